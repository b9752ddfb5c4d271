"""TimescaleDB's Apache edition: events in a hypertable, rollups in tables as without the extension."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any, Final

import psycopg

from db.storage.findings import Finding, psql
from db.storage.keeping import Keeping
from db.storage.partitions import Month
from db.storage.postgresql import BY_TIME, PostgreSQL

Connection = psycopg.Connection[Any]
_BOUND: Final = "select min(range_start) from timescaledb_information.chunks where hypertable_name = 'events'"


class ApacheEdition(PostgreSQL):
    """Chunks are made by the extension, and dropped by it."""

    name = "TimescaleDB Apache edition"
    oldest = (2, 19)  # of the extension: what this was tested with

    def migration(self, sql: str, keeping: Keeping) -> str:
        """Tables that are split by time are hypertables."""
        split = (
            f"select create_hypertable('events', by_range('time', interval '{keeping.chunk_days:d} days'),"
            " create_default_indexes => false);"
        )
        return sql.replace(BY_TIME, f");\n{split}")

    def keep(self, connection: Connection, keeping: Keeping) -> None:
        """The length of chunks that are yet to be made."""
        connection.execute(f"select set_chunk_time_interval('events', interval '{keeping.chunk_days:d} days')")

    def room(self, connection: Connection) -> Callable[[Iterable[Month]], None]:
        """Nothing to do."""
        return lambda _: None

    def drop_before(self, connection: Connection, moment: datetime) -> datetime | None:
        """Drops whole chunks."""
        if not connection.execute("select drop_chunks('events', older_than => %s::timestamptz)", [moment]).fetchall():
            return None
        (bound,) = connection.execute(_BOUND).fetchone() or (None,)
        return min(bound, moment) if bound else moment

    def looks(self, connection: Connection) -> Iterator[Finding]:
        """The extension's version, beside the usual."""
        (version,) = connection.execute(
            "select extversion from pg_extension where extname = 'timescaledb'"
        ).fetchone() or ("0",)
        yield version_finding(version, self.oldest)
        yield from super().looks(connection)


def version_finding(version: str, oldest: tuple[int, int]) -> Finding:
    """Whether this version of the extension will do."""
    ok = tuple(int(part) for part in version.split("-")[0].split(".")[:2]) >= oldest
    least = ".".join(map(str, oldest))
    return Finding(
        ok,
        f"TimescaleDB {version}" if ok else f"TimescaleDB {version}: the oldest that will do is {least}",
        None
        if ok
        else f"apt-get install --only-upgrade 'timescaledb-*', and {psql('alter extension timescaledb update')}",
    )
