"""What is wrong with a database, and the command that mends it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, Final

import psycopg

from db import storage
from db.connect import connected
from db.migrations import pending
from db.rollups import DERIVED
from db.storage.findings import Finding

_OLDEST: Final = 160_000
_CLOCK_SECONDS: Final = 5.0


def check(dsn: str) -> list[Finding]:
    """All that was looked at."""
    with connected(dsn, autocommit=True) as connection:
        findings = [finding for look in _LOOKS[:3] for finding in look(connection)]
        missing = pending(dsn)
        if missing:
            return [*findings, Finding(False, f"not migrated: {', '.join(missing)}", "frontrow db migrate")]
        return [*findings, Finding(True, "schema up to date"), *(f for look in _LOOKS[3:] for f in look(connection))]


def _version(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    version = connection.info.server_version
    shown = f"PostgreSQL {version // 10000}, kept as {storage.of(connection).name}"
    yield Finding(version >= _OLDEST, shown, None if version >= _OLDEST else "upgrade PostgreSQL to 16 or newer")


def _clock(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    (now,) = connection.execute("select clock_timestamp()").fetchone() or (datetime.now(UTC),)
    off = abs((now - datetime.now(UTC)).total_seconds())
    ok = off <= _CLOCK_SECONDS
    yield Finding(
        ok, f"clocks of server and database differ by {off:.1f} s", None if ok else "synchronise both clocks (NTP)"
    )


def _encoding(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    encoding = connection.info.parameter_status("server_encoding")
    ok = encoding == "UTF8"
    yield Finding(ok, f"encoding {encoding}", None if ok else "createdb --encoding UTF8, then load again")


def _stored(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    yield from storage.of(connection).looks(connection)


def _indexes(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    invalid = [
        name
        for (name,) in connection.execute(
            "select c.relname from pg_index i join pg_class c on c.oid = i.indexrelid where not i.indisvalid"
        )
    ]
    yield Finding(
        not invalid,
        "indexes valid" if not invalid else f"broken indexes: {', '.join(invalid)}",
        (f"reindexdb --index {invalid[0]}" if invalid else None),
    )
    for rollup in DERIVED if storage.of(connection).rolls_up_in_tables else ():
        (count,) = connection.execute(
            "select count(*) from pg_index where indrelid = %s::regclass", [rollup.table]
        ).fetchone() or (0,)
        if not count:
            yield Finding(False, f"{rollup.table} has no index", "frontrow db migrate")


_LOOKS: Final[tuple[Callable[[psycopg.Connection[Any]], Iterator[Finding]], ...]] = (
    _version,
    _clock,
    _encoding,
    _stored,
    _indexes,
)
