"""PostgreSQL without extensions: the events' table split by month, a partition made when first needed."""

import time
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final

import psycopg
from psycopg import sql

Month = tuple[int, int]

_AT_ONCE_MS: Final = 900
_PAUSE_SECONDS: Final = 0.1
_PATIENCE_SECONDS: Final = 60.0


class Partitions:
    """The months that have a partition, for one loader. `connection` commits each statement by itself."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._there: set[Month] = set()

    def ensure(self, months: Iterable[Month]) -> None:
        """Makes the partitions that are missing. Two loaders may ask for one at once."""
        for year, month in sorted(set(months) - self._there):
            start = datetime(year, month, 1, tzinfo=UTC)
            end = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
            make = sql.SQL("create table if not exists {} partition of events for values from ({}) to ({})").format(
                sql.Identifier(f"events_{year:04}_{month:02}"), sql.Literal(start), sql.Literal(end)
            )
            # Another loader may have been faster.
            with suppress(psycopg.errors.DuplicateTable, psycopg.errors.UniqueViolation):
                self._make(make)
            self._there.add((year, month))

    def _make(self, statement: sql.Composed) -> None:
        """Makes one while nobody reads events. While it waits for that nobody begins to: so it never waits for long."""
        until = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                with self._connection.transaction():
                    # As a load begins: not while rollups are being replaced.
                    self._connection.execute("lock table tenants in row exclusive mode")
                    if time.monotonic() < until:
                        self._connection.execute(f"set local lock_timeout = '{_AT_ONCE_MS}ms'".encode())
                    self._connection.execute(statement)
                    return
            except psycopg.errors.LockNotAvailable:
                time.sleep(_PAUSE_SECONDS)
