"""Makes a database what this version needs: facts by numbered files, each applied once; rollups by comparison.

Facts can't be derived, so their tables change by migrations only. Rollups can: when their definition is not the one
they were made from, they are dropped and made anew, and filled from the events again.
"""

import hashlib
from importlib import resources
from typing import Any, LiteralString

import psycopg

from db import storage
from db.connect import connected
from db.errors import FrontrowError
from db.storage import Keeping, retention

_LOCK = 0x46524F57
_OWN_TABLES = (
    "create table if not exists migrations (name text primary key, applied_at timestamptz not null default now())",
    "create table if not exists rollup_definition (fingerprint text not null)",
)


class RawEventsGone(FrontrowError):
    """The rollups would have to be made anew from events that were dropped."""

    code = "RAW_EVENTS_GONE"

    def __init__(self) -> None:
        super().__init__(
            "rollups of this version are made otherwise, and raw events that they would be made of were dropped",
            hint="stay with the version before, or load the dropped events' files into a new database",
        )


def migrate(dsn: str, keeping: Keeping = Keeping()) -> list[str]:  # noqa: B008 - frozen
    """Applies what is missing, all of it or nothing. The names of what was applied."""
    with connected(dsn) as connection:
        connection.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
        for statement in _OWN_TABLES:
            connection.execute(statement)
        keeps = storage.of(connection)
        applied = []
        for name, text in _missing(connection):
            connection.execute(keeps.migration(text, keeping).encode())
            connection.execute("insert into migrations (name) values (%s)", [name])
            applied.append(name)
        if _rollups_differ(connection):
            _make_rollups(connection)
            keeps.keep(connection, keeping)
            applied.append("rollups")
    # Until a rollup is filled again its view adds up raw events: right, but slow.
    if "rollups" in applied:
        with connected(dsn, autocommit=True) as connection:
            keeps.roll_up(connection)
            keeps.analyze(connection)
    return applied


def pending(dsn: str) -> list[str]:
    """The names of what `migrate` would apply. Only reads: the database may be a standby, the role one that reads."""
    with connected(dsn) as connection:
        missing = [name for name, _ in _missing(connection)]
        return [*missing, *(["rollups"] if _rollups_differ(connection) else [])]


def names() -> list[str]:
    """The migrations of this version, in their order."""
    return sorted(file.name for file in resources.files(__package__).iterdir() if file.name.endswith(".sql"))


def _missing(connection: psycopg.Connection[Any]) -> list[tuple[str, str]]:
    applied = {name for (name,) in rows_of(connection, "migrations", "name")}
    return [(name, resources.files(__package__).joinpath(name).read_text()) for name in names() if name not in applied]


def _fingerprint(connection: psycopg.Connection[Any]) -> str:
    return hashlib.sha256("\n".join(storage.of(connection).derived()).encode()).hexdigest()


def _rollups_differ(connection: psycopg.Connection[Any]) -> bool:
    return (_fingerprint(connection),) not in rows_of(connection, "rollup_definition", "fingerprint")


def rows_of(connection: psycopg.Connection[Any], table: LiteralString, column: LiteralString) -> list[tuple[Any, ...]]:
    """The rows of one of the tables kept here; none where it was not made yet."""
    (found,) = connection.execute("select to_regclass(%s)", [table]).fetchone() or (None,)
    return connection.execute(f"select {column} from {table}").fetchall() if found else []


def _make_rollups(connection: psycopg.Connection[Any]) -> None:
    if retention.raw_from(connection) is not None:
        raise RawEventsGone
    keeps = storage.of(connection)
    keeps.drop_derived(connection)
    for statement in keeps.derived():
        connection.execute(statement.encode())
    connection.execute("delete from pending_batches")
    connection.execute(
        "insert into pending_batches select distinct partner_id, batch from events on conflict do nothing"
    )
    connection.execute("delete from stale_days")
    connection.execute("delete from rollup_definition")
    connection.execute("insert into rollup_definition values (%s)", [_fingerprint(connection)])
