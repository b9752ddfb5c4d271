"""PostgreSQL without extensions: the events' table split by month, a partition made when first needed."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg import sql

Month = tuple[int, int]


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
                self._connection.execute(make)
            self._there.add((year, month))
