"""Makes rollups anew beside those that are read; in the end, in a moment, they take their place.

So a service of the version before goes on answering as fast as ever, however long it takes. What is cut off is gone on
with by whoever calls this next.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import psycopg

from db import storage
from db.migrations import grants
from db.migrations.gate import at_gate, keep_writers_out
from db.storage.beside import Beside, begun, schemas

Connection = psycopg.Connection[Any]

_POSSIBLE: Final = """
    select has_database_privilege(current_database(), 'create') and exists (select from rollup_definition)
"""


def possible(connection: Connection) -> bool:
    """Whether there is something to read meanwhile, and the role may make a schema."""
    (possible,) = connection.execute(_POSSIBLE).fetchone() or (False,)
    return bool(possible)


def abandon(connection: Connection) -> None:
    """Drops what was begun, if anything was, with its triggers on what is read."""
    if not begun(connection):
        return
    home, beside = schemas(connection)
    with connection.transaction():
        keep_writers_out(connection)
        storage.of(connection).beside(home, beside).hold(connection)
        at_gate(connection, lambda: _drop(connection, beside))


def forget(connection: Connection) -> None:
    """Says that what was begun is of no use, whoever is at it."""
    _, beside = schemas(connection)
    if _fingerprints(connection, beside):
        connection.execute(f"delete from {beside}.rollup_definition".encode())


def _drop(connection: Connection, beside: str) -> None:
    connection.execute(f"drop schema {beside} cascade".encode())


@contextmanager
def _first(connection: Connection, schema: str) -> Iterator[None]:
    """Has names lead to this schema first, before where they lead else."""
    (before,) = connection.execute("show search_path").fetchone() or ("",)
    connection.execute(f"set search_path to {schema}, {before}".encode())
    yield
    connection.execute(f"set search_path to {before}".encode())


def build(connection: Connection, facts: str) -> None:
    """Makes rollups and audiences of this version beside those there are, and fills them. `facts`: the last migration.

    What is there of the same version, and with the same tables of facts, is gone on with.
    """
    keeps, (home, beside) = storage.of(connection), schemas(connection)
    there = keeps.beside(home, beside)
    if not is_begun(connection, facts):
        _begin(connection, there, facts)
    with _first(connection, beside):
        there.fill(connection, keeps.roll_up_beside)
        keeps.analyze(connection)


def is_begun(connection: Connection, facts: str) -> bool:
    """Whether they are being made already, of this version and with the same tables of facts."""
    _, beside = schemas(connection)
    return _fingerprints(connection, beside) == {*storage.of(connection).fingerprints().values(), facts}


def _fingerprints(connection: Connection, beside: str) -> set[str]:
    """What is said of those that were begun; nothing where none were."""
    definition = f"{beside}.rollup_definition"
    (there,) = connection.execute("select to_regclass(%s) is not null", [definition]).fetchone() or (False,)
    return {found for (found,) in connection.execute(f"table {definition}".encode())} if there else set()


def _begin(connection: Connection, there: Beside, facts: str) -> None:
    keeps = storage.of(connection)
    abandon(connection)
    with connection.transaction():
        keep_writers_out(connection)
        connection.execute(f"create schema {there.schema}".encode())
        there.begin(connection)
    # What is stored from now on is noted there; all the rest is seen here.
    with connection.transaction(), _first(connection, there.schema):
        for statement in [*keeps.rollups(), *keeps.audiences()]:
            connection.execute(statement.encode())
        there.queue(connection)
        connection.execute("create table rollup_definition (fingerprint text not null)")
        connection.execute(
            "insert into rollup_definition select unnest(%s::text[])", [[*keeps.fingerprints().values(), facts]]
        )


def put_in_place(connection: Connection, replaced: Callable[[], None]) -> None:
    """Puts what was built in the place of what is read, and does what belongs to it, in a transaction that is open."""
    keeps, (home, beside) = storage.of(connection), schemas(connection)
    there = keeps.beside(home, beside)
    keep_writers_out(connection)
    there.hold(connection)
    with _first(connection, beside):
        there.take_back(connection)
    views = [each for each in [*keeps.rollups(), *keeps.audiences()] if each.startswith("create view ")]

    def replace() -> None:
        with grants.kept(connection, keeps):
            keeps.drop_rollups(connection)
            there.move(connection, views)
            _drop(connection, beside)
        replaced()

    at_gate(connection, replace)
