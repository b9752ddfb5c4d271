"""Makes a database what this version needs: facts by numbered files, each applied once; rollups by comparison.

Facts can't be derived, so their tables change by migrations only. Rollups can: when their definition is not the one
they were made from, they are dropped and made anew, and filled from the events again; where it is only that of the
audiences, those are, from the rollups.
"""

import hashlib
import time
from collections.abc import Callable, Sequence
from importlib import resources
from typing import Any, Final, LiteralString

import psycopg

from db import storage
from db.audiences import AUDIENCES
from db.connect import connected
from db.errors import FrontrowError
from db.load.alike import unmix_all
from db.storage import Keeping, retention
from db.storage.locks import LOCK

_ROLLUPS: Final = "rollups"
_AUDIENCES: Final = "audiences"

_LOCK: Final = 0x46524F57
_AT_ONCE_MS: Final = 900  # less than PostgreSQL takes to look for those who wait for each other
_PAUSE_SECONDS: Final = 0.5
_PATIENCE_SECONDS: Final = 600.0
_OWN_TABLES: Final = (
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


class InUse(FrontrowError):
    """Whoever reads the rollups does not let go of them."""

    code = "DATABASE_IN_USE"

    def __init__(self) -> None:
        super().__init__(
            f"rollups are to be made anew, and were in use for {_PATIENCE_SECONDS:g} s without a pause",
            hint="try again when no report is being made",
        )


def migrate(dsn: str, keeping: Keeping = Keeping(), *, filling: bool = True) -> list[str]:  # noqa: B008 - frozen
    """Applies what is missing, all of it or nothing. The names of what was applied.

    Who reads meanwhile is right before and after, and waits for a moment at most: until a rollup is filled again, its
    view adds up raw events, an audience's view a rollup's rows. That takes its time, so a service does not wait for it
    (`filling`) but has `fill` do it.
    """
    with connected(dsn) as connection:
        connection.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
        for statement in _OWN_TABLES:
            connection.execute(statement)
        keeps = storage.of(connection)
        applied = []
        missing = _missing(connection)
        if missing:
            # They alter what readers read, who would hold the gate and wait for that, and be waited for there.
            _at_gate(connection, lambda: None)
        for name, text in missing:
            connection.execute(keeps.migration(text, keeping).encode())
            connection.execute("insert into migrations (name) values (%s)", [name])
            applied.append(name)
        if differing := _differing(connection):
            _make(differing, connection, keeping)
            applied.append(differing)
    if filling and leaves_to_fill(applied):
        fill(dsn)
    return applied


def leaves_to_fill(applied: Sequence[str]) -> bool:
    """Whether what `migrate` applied leaves something to `fill`."""
    return not {_ROLLUPS, _AUDIENCES}.isdisjoint(applied)


def fill(dsn: str) -> None:
    """Fills the rollups with all that is stored; what was done of it stays done, whatever ends it."""
    with connected(dsn, autocommit=True) as connection:
        keeps = storage.of(connection)
        unmix_all(connection)
        keeps.roll_up(connection)
        unmix_all(connection)
        keeps.analyze(connection)


def pending(dsn: str) -> list[str]:
    """The names of what `migrate` would apply. Only reads: the database may be a standby, the role one that reads."""
    with connected(dsn) as connection:
        missing = [name for name, _ in _missing(connection)]
        return [*missing, *filter(None, [_differing(connection)])]


def names() -> list[str]:
    """The migrations of this version, in their order."""
    return sorted(file.name for file in resources.files(__package__).iterdir() if file.name.endswith(".sql"))


def _missing(connection: psycopg.Connection[Any]) -> list[tuple[str, str]]:
    applied = {name for (name,) in rows_of(connection, "migrations", "name")}
    return [(name, resources.files(__package__).joinpath(name).read_text()) for name in names() if name not in applied]


def _fingerprints(keeps: storage.Storage) -> dict[str, str]:
    made = {_ROLLUPS: keeps.rollups(), _AUDIENCES: keeps.audiences()}
    return {what: hashlib.sha256("\n".join(statements).encode()).hexdigest() for what, statements in made.items()}


def _differing(connection: psycopg.Connection[Any]) -> str | None:
    """What has to be made anew: _ROLLUPS with all that is made of them, _AUDIENCES alone, or nothing."""
    there = rows_of(connection, "rollup_definition", "fingerprint")
    wanted = _fingerprints(storage.of(connection))
    return next((what for what, fingerprint in wanted.items() if (fingerprint,) not in there), None)


def rows_of(connection: psycopg.Connection[Any], table: LiteralString, column: LiteralString) -> list[tuple[Any, ...]]:
    """The rows of one of the tables kept here; none where it was not made yet."""
    (found,) = connection.execute("select to_regclass(%s)", [table]).fetchone() or (None,)
    return connection.execute(f"select {column} from {table}").fetchall() if found else []


def _make(what: str, connection: psycopg.Connection[Any], keeping: Keeping) -> None:
    """Makes the rollups and audiences anew, or the audiences."""
    if what == _ROLLUPS and retention.raw_from(connection) is not None:
        raise RawEventsGone
    keeps = storage.of(connection)
    # Nothing is stored or rolled up meanwhile. What takes long comes first: rollups can still be read.
    connection.execute("select pg_advisory_xact_lock(%s, 0)", [LOCK])
    # Tenants first: whoever stores begins with that table, so it either ends or has not taken another yet.
    connection.execute("lock table tenants, pending_batches, stale_days in exclusive mode")
    if what == _ROLLUPS:
        connection.execute(
            "insert into pending_batches select distinct partner_id, batch from events on conflict do nothing"
        )
        connection.execute("delete from stale_days")
    else:
        keeps.empty_audiences(connection)

    def replace() -> None:
        if what == _ROLLUPS:
            keeps.drop_rollups(connection)
        else:
            keeps.drop(connection, AUDIENCES)
        for statement in [*(keeps.rollups() if what == _ROLLUPS else ()), *keeps.audiences()]:
            connection.execute(statement.encode())
        keeps.keep(connection, keeping)

    _at_gate(connection, replace)
    connection.execute("delete from rollup_definition")
    for fingerprint in _fingerprints(keeps).values():
        connection.execute("insert into rollup_definition values (%s)", [fingerprint])


def _at_gate(connection: psycopg.Connection[Any], act: Callable[[], None]) -> None:
    """Acts while nobody reads, nor will until the transaction ends.

    Readers are waited for at the gate, where those who come later hold nothing yet that is needed here. Others may
    hold it, and two may wait for each other: so this gives up before anybody notices, and tries again.
    """
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            with connection.transaction():
                connection.execute(f"set local lock_timeout = '{_AT_ONCE_MS}ms'")
                connection.execute("lock table rollup_definition in access exclusive mode")
                act()
                connection.execute("set local lock_timeout = 0")
                return
        except psycopg.errors.LockNotAvailable:
            if time.monotonic() > until:
                raise InUse from None
            time.sleep(_PAUSE_SECONDS)
