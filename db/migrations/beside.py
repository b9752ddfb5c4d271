"""Makes rollups anew beside those that are read; in the end, in a moment, they take their place.

So a service of the version before goes on answering as fast as ever, however long it takes. What is cut off is gone on
with by whoever calls this next.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

import psycopg

from db import storage
from db.migrations import grants
from db.migrations.gate import at_gate, keep_writers_out
from db.storage.beside import Beside, schemas

Connection = psycopg.Connection[Any]

_POSSIBLE: Final = """
    select has_database_privilege(current_database(), 'create') and exists (select from rollup_definition)
"""


def possible(connection: Connection) -> bool:
    """Whether there is something to read meanwhile, and the role may make a schema."""
    (possible,) = connection.execute(_POSSIBLE).fetchone() or (False,)
    return bool(possible)


def drop(connection: Connection) -> None:
    """Drops what was begun. Nobody reads until the transaction ends."""
    _, beside = schemas(connection)
    connection.execute(f"drop schema if exists {beside} cascade".encode())


def build(connection: Connection) -> None:
    """Makes rollups and audiences of this version beside those there are, and fills them."""
    keeps, (home, beside) = storage.of(connection), schemas(connection)
    there, prints = keeps.beside(home, beside), list(keeps.fingerprints().values())
    if not _begun(connection, beside, prints):
        _begin(connection, there, [*keeps.rollups(), *keeps.audiences()], prints)
    connection.execute(f"set search_path to {beside}, {home}".encode())
    there.fill(connection, keeps.roll_up_beside)
    keeps.analyze(connection, events_too=False)
    connection.execute(f"set search_path to {home}".encode())


def _begun(connection: Connection, beside: str, prints: Sequence[str]) -> bool:
    """Whether they are being made already."""
    definition = f"{beside}.rollup_definition"
    (there,) = connection.execute("select to_regclass(%s) is not null", [definition]).fetchone() or (False,)
    return there and {found for (found,) in connection.execute(f"table {definition}".encode())} == set(prints)


def _begin(connection: Connection, there: Beside, statements: Sequence[str], prints: Sequence[str]) -> None:
    with connection.transaction():
        keep_writers_out(connection, there.home)
        at_gate(connection, lambda: drop(connection))
        connection.execute(f"create schema {there.schema}".encode())
        there.begin(connection)
    # What is stored from now on is noted there; all the rest is seen here.
    with connection.transaction():
        connection.execute(f"set local search_path to {there.schema}, {there.home}".encode())
        for statement in statements:
            connection.execute(statement.encode())
        there.queue(connection)
        connection.execute("create table rollup_definition (fingerprint text not null)")
        connection.execute("insert into rollup_definition select unnest(%s::text[])", [prints])


def put_in_place(connection: Connection, replaced: Callable[[], None]) -> None:
    """Puts what was built in the place of what is read, and does what belongs to it, in a transaction that is open."""
    keeps, (home, beside) = storage.of(connection), schemas(connection)
    there = keeps.beside(home, beside)
    keep_writers_out(connection, home)
    connection.execute(f"set local search_path to {beside}, {home}".encode())
    there.take_back(connection)
    connection.execute(f"set local search_path to {home}".encode())
    views = [each for each in [*keeps.rollups(), *keeps.audiences()] if each.startswith("create view ")]

    def replace() -> None:
        with grants.kept(connection, list(keeps.relations())):
            keeps.drop_rollups(connection)
            there.move(connection, views)
            drop(connection)
        replaced()

    at_gate(connection, replace)
