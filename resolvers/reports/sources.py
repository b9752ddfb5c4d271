"""Rows from breakdowns: those that a breakdown's pages hold, in its order, batch by batch however many they are."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol

from db import catalogue
from db.catalogue import Kind
from db.codes import UNKNOWN
from db.plan import plan
from db.question import And, KeyIn, Not, Order, Page, Table
from resolvers.context import Context
from resolvers.places import country_name
from resolvers.reports.columns import Row
from resolvers.subject import Subject

BATCH: Final = 5_000
MOST: Final = 2**31 - 2  # rows of a page: all there are


@dataclass(frozen=True, slots=True)
class Asked:
    """What a source is asked about."""

    context: Context
    subject: Subject


@dataclass(frozen=True, slots=True)
class Batch:
    """Some of the rows, and how many there are in all where that is known."""

    rows: Sequence[Row]
    total: int | None = None


class Source(Protocol):
    """Where a table's rows come from."""

    def batches(self, asked: Asked, metrics: frozenset[str]) -> AsyncGenerator[Batch, None]:
        """All rows, with these metrics where they have any."""


@dataclass(frozen=True, slots=True)
class Breakdown:
    """A row for each key of the dimensions. `known`: of these the row `Unknown` is left out."""

    dimensions: tuple[str, ...]
    order: Order = field(default_factory=Order)
    known: tuple[str, ...] = ()

    async def batches(self, asked: Asked, metrics: frozenset[str]) -> AsyncGenerator[Batch, None]:
        """The rows of the breakdown, each with its keys by dimension and the records that these are keys of."""
        subject = self._narrowed(asked.subject)
        if not subject.window.seconds:
            return
        page = Page(self.order, MOST)
        statement = plan([subject.asked(Table(metrics, self.dimensions, page=page))])
        database = asked.context.database
        async with aclosing(database.batches(statement.sql, *statement.args, size=BATCH)) as batches:
            async for found in batches:
                rows = [_keyed(row, self.dimensions) for row in found]
                yield Batch(await _with_records(asked.context, rows), found[0]["row_count"])

    def _narrowed(self, subject: Subject) -> Subject:
        known = tuple(Not(KeyIn(dimension, (UNKNOWN,))) for dimension in self.known)
        return replace(subject, filter=And((subject.filter, *known))) if known else subject


def _keyed(row: Any, dimensions: tuple[str, ...]) -> dict[str, Any]:
    keys = (f"{dimension}_id" for dimension in dimensions)
    return {**row, **dict(zip(keys, row["keys"], strict=True))}


_KINDS: Final[dict[str, Kind]] = {
    "entry_id": catalogue.ENTRIES,
    "room_id": catalogue.ENTRIES,
    "session_id": catalogue.SESSIONS,
    "user_id": catalogue.USERS,
}
"""Which keys of rows are keys of the catalogue."""


async def _with_records(context: Context, rows: Sequence[dict[str, Any]]) -> list[Row]:
    """The rows with the records of their keys: `user_id` with `user`; and the hosts of their sessions.

    What the catalogue lacks has its key for a name.
    """
    if not rows:
        return []
    for key in rows[0].keys() & _KINDS.keys():
        found = await records(context, _KINDS[key], {row[key] for row in rows})
        for row in rows:
            row[key.removesuffix("_id")] = found.get(row[key]) or {"name": row[key], "registered": False}
    if "session" in rows[0]:
        hosts = await records(context, catalogue.USERS, {row["session"].get("host_id") for row in rows})
        for row in rows:
            row["host"] = hosts.get(row["session"].get("host_id"))
    if "country_id" in rows[0]:
        for row in rows:
            row["country"] = {"name": country_name(row["country_id"]) or row["country_id"]}
    return list(rows)


async def records(context: Context, kind: Kind, keys: set[Any]) -> dict[Any, Row]:
    """The catalogue's records with these keys. Not remembered: there may be millions."""
    wanted = sorted(keys - {None, UNKNOWN})
    if not wanted:
        return {}
    sql, args = catalogue.by_keys(kind, wanted)
    return {row[kind.key]: row for row in await context.database.rows(sql, context.tenant, *args)}
