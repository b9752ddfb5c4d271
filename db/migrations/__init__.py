"""Makes a database what this version needs: facts by numbered files, each applied once; rollups by comparison.

Facts can't be derived, so their tables change by migrations only. Rollups can: when their definition is not the one
they were made from, they are dropped and made anew, and filled from the events again; where it is only that of the
audiences, those are, from the rollups. Where somebody may be reading the rollups, they are made beside those that are
read (beside.py).
"""

from collections.abc import Sequence
from contextlib import suppress
from importlib import resources
from typing import Any, Final, LiteralString

import psycopg

from db import storage
from db.audiences import AUDIENCES
from db.connect import connected
from db.errors import FrontrowError
from db.load.alike import unmix_all
from db.migrations import beside, grants
from db.migrations.gate import InUse, at_gate, keep_writers_out
from db.storage import Keeping, retention
from db.storage.definition import OF_AUDIENCES, OF_ROLLUPS
from db.storage.locks import BUILDING, LOCK, nobody_builds

_LOCK: Final = 0x46524F57
_REMAKING: Final = "0011_pending_times.sql"
"""Up to this one, migrations rely on rollups being made anew with them."""

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


class Overtaken(FrontrowError):
    """Another version replaced the rollups while this one was making its own beside them."""

    code = "OVERTAKEN"

    def __init__(self) -> None:
        super().__init__(
            "another version of Frontrow replaced the rollups meanwhile",
            hint="see that only one version migrates this database, and run `frontrow db migrate` of that one",
        )


def migrate(dsn: str, keeping: Keeping = Keeping(), *, filling: bool = True) -> list[str]:  # noqa: B008 - frozen
    """Applies the migrations that are missing, all or none, and makes rollups that differ. The names of all that.

    Who reads meanwhile is right before and after, and waits for a moment at most. Rollups that differ are made beside
    those of the version before, and take their place when they are filled. A service can't wait for that, nor read the
    others (`filling`): it has them replaced at once and `fill` fill them, until when their views add up raw events;
    an audience's view those of a rollup.
    """
    with connected(dsn) as connection:
        connection.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
        for statement in _OWN_TABLES:
            connection.execute(statement)
        keeps = storage.of(connection)
        applied = []
        missing = _missing(connection)
        if missing:
            # They alter what others use, who would hold the gate and wait for that, and be waited for there.
            connection.execute("select pg_advisory_xact_lock(%s, 0)", [LOCK])
            keep_writers_out(connection)
            at_gate(connection, lambda: None)
        for name, text in missing:
            connection.execute(keeps.migration(text, keeping).encode())
            connection.execute("insert into migrations (name) values (%s)", [name])
            applied.append(name)
        differing, aside = _differing(connection), False
        if differing:
            _refuse_if_gone(connection, differing)
            aside = differing == OF_ROLLUPS and filling and all(name > _REMAKING for name in applied)
            aside = aside and beside.possible(connection)
            if not aside:
                _make(differing, connection, keeping)
            applied.append(differing)
    if aside:
        _make_beside(dsn, keeping)
    else:
        _leave_nothing(dsn)
    if filling and leaves_to_fill(applied):
        fill(dsn)
    return applied


def leaves_to_fill(applied: Sequence[str]) -> bool:
    """Whether what `migrate` applied leaves something to `fill`."""
    return not {OF_ROLLUPS, OF_AUDIENCES}.isdisjoint(applied)


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


def _differing(connection: psycopg.Connection[Any]) -> str | None:
    """What has to be made anew: OF_ROLLUPS with all that is made of them, OF_AUDIENCES alone, or nothing."""
    there = rows_of(connection, "rollup_definition", "fingerprint")
    wanted = storage.of(connection).fingerprints()
    return next((what for what, fingerprint in wanted.items() if (fingerprint,) not in there), None)


def rows_of(connection: psycopg.Connection[Any], table: LiteralString, column: LiteralString) -> list[tuple[Any, ...]]:
    """The rows of one of the tables kept here; none where it was not made yet."""
    (found,) = connection.execute("select to_regclass(%s)", [table]).fetchone() or (None,)
    return connection.execute(f"select {column} from {table}").fetchall() if found else []


def _make(what: str, connection: psycopg.Connection[Any], keeping: Keeping) -> None:
    """Makes the rollups and audiences anew, or the audiences."""
    keeps = storage.of(connection)
    # Nothing is stored or rolled up meanwhile. What takes long comes first: rollups can still be read.
    connection.execute("select pg_advisory_xact_lock(%s, 0)", [LOCK])
    keep_writers_out(connection)
    _refuse_if_gone(connection, what)
    if what == OF_ROLLUPS:
        beside.forget(connection)
        connection.execute(
            "insert into pending_batches select distinct partner_id, batch from events on conflict do nothing"
        )
        connection.execute("delete from stale_days")
        connection.execute("delete from layered_days")
    else:
        keeps.empty_audiences(connection)

    def replace() -> None:
        with grants.kept(connection, keeps):
            if what == OF_ROLLUPS:
                keeps.drop_rollups(connection)
            else:
                keeps.drop(connection, AUDIENCES)
            for statement in [*(keeps.rollups() if what == OF_ROLLUPS else ()), *keeps.audiences()]:
                connection.execute(statement.encode())
        _note_made(connection, keeping)

    at_gate(connection, replace)


def _make_beside(dsn: str, keeping: Keeping) -> None:
    """Makes the rollups anew while those of the version before are read."""
    with connected(dsn, autocommit=True) as connection:
        connection.execute("select pg_advisory_lock(%s)", [BUILDING])
        if _differing(connection) == OF_ROLLUPS:  # else another has made them while this waited
            beside.build(connection, names()[-1])
        with connection.transaction():
            connection.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
            connection.execute("select pg_advisory_xact_lock(%s, 0)", [LOCK])
            # A service may have replaced them at once, and raw events been dropped.
            left = _differing(connection) == OF_ROLLUPS
            gone = retention.raw_from(connection) is not None
            if left and not gone and beside.is_begun(connection, names()[-1]):
                beside.put_in_place(connection, lambda: _note_made(connection, keeping))
                left = False
        beside.abandon(connection)
    if left:
        raise RawEventsGone if gone else Overtaken


def _leave_nothing(dsn: str) -> None:
    """Drops what was begun beside and is not gone on with, unless somebody is at it or reads without a pause."""
    with suppress(InUse), connected(dsn, autocommit=True) as connection, connection.transaction():
        if nobody_builds(connection):
            beside.abandon(connection)


def _note_made(connection: psycopg.Connection[Any], keeping: Keeping) -> None:
    """Sets what the database does with what was made, and says of which definitions that is."""
    keeps = storage.of(connection)
    keeps.keep(connection, keeping)
    connection.execute("delete from rollup_definition")
    for fingerprint in keeps.fingerprints().values():
        connection.execute("insert into rollup_definition values (%s)", [fingerprint])


def _refuse_if_gone(connection: psycopg.Connection[Any], what: str | None) -> None:
    """Raises RawEventsGone where rollups would lack what was dropped."""
    if what == OF_ROLLUPS and retention.raw_from(connection) is not None:
        raise RawEventsGone
