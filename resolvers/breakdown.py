"""Breakdown: one row of metrics for each key of a dimension, or each combination of several, page by page."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import uuid4

from db.dimensions import DIMENSIONS
from db.kept import Pin
from db.metrics import METRICS
from db.plan import Row, Rows
from db.question import Cursor, Order, Page, Table
from resolvers.context import Context
from resolvers.errors import InvalidCursor, InvalidGroups
from resolvers.kept import Kept
from resolvers.pages import from_cursor, to_cursor
from resolvers.subject import Subject
from resolvers.totals import totals


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of a breakdown was selected: metrics of rows and totals, whether its rows are needed at all, and cursors."""

    metrics: frozenset[str]
    totals: frozenset[str]
    rows: bool
    cursors: bool


@dataclass(frozen=True, slots=True)
class Breakdown:
    """A page of rows, one more than asked for where there are more, and the totals of all rows."""

    subject: Subject
    dimensions: tuple[str, ...]
    page: Page
    found: Rows
    totals: Row
    kept_id: str | None = None

    @property
    def rows(self) -> Sequence[Row]:
        """The rows of the page."""
        return self.found[: self.page.first]

    @property
    def has_more(self) -> bool:
        """Whether rows follow after the page."""
        return len(self.found) > self.page.first

    def cursor(self, row: Row) -> str:
        """Where the row stands in this order, and in the kept breakdown if it is kept."""
        order = self.page.order
        pin = Pin(self.kept_id, row["place"]) if self.kept_id else None
        return to_cursor(_order_name(order, self.dimensions), row[order.metric], tuple(row["keys"]), pin)

    def scope_of(self, row: Row) -> Subject:
        """The row as a narrower scope."""
        return self.subject.narrowed(tuple(zip(self.dimensions, row["keys"], strict=True)))

    def share(self, row: Row, metric: str) -> float | None:
        """The row's part of the metric over all rows; null where that is 0 or the metric does not add up."""
        total = self.totals[metric] if METRICS[metric].additive else 0
        return row[metric] / total if total else None


async def breakdown(
    context: Context,
    subject: Subject,
    dimensions: tuple[str, ...],
    page: Page,
    wanted: Wanted,
    search: str | None = None,
    pin: Pin | None = None,
) -> Breakdown:
    """A page of the subject's rows by these dimensions; of a kept breakdown where the page before was of one."""
    question = Kept(subject, dimensions, page, wanted.metrics | {page.order.metric}, wanted.totals, search)
    if pin and (kept := await question.page_behind(context, pin)):
        return Breakdown(subject, dimensions, page, kept[0], kept[1], pin.kept_id)
    # Rows of rows go without: each would need a statement of its own.
    if wanted.cursors and page.after is None and not subject.is_row:
        page = replace(page, keep=str(uuid4()))
    shape = Table(wanted.metrics, dimensions, page=page, search=search)
    found, whole = await asyncio.gather(
        _rows(context, subject, shape, wanted.rows),
        totals(context, subject, wanted.totals, search, _narrowing(dimensions)),
    )
    kept_id = page.keep if len(found) > page.first else None
    if kept_id:
        await question.note(context, kept_id, found.row_count, whole)
    return Breakdown(subject, dimensions, page, found, whole, kept_id)


async def _rows(context: Context, subject: Subject, shape: Table, needed: bool) -> Rows:
    return await context.loaders.answers.load(subject.asked(shape)) if needed else Rows()


def _narrowing(dimensions: tuple[str, ...]) -> tuple[str, ...]:
    """Those that not every event has a row of; so that other totals share a question with the scope's own."""
    return tuple(name for name in dimensions if DIMENSIONS[name].only)


def page(order: Order, first: int, after: str | None, dimensions: tuple[str, ...]) -> Page:
    """The page that follows a cursor of these dimensions in this order; raises InvalidCursor."""
    return Page(order, first, None if after is None else _cursor(after, order, dimensions))


def _cursor(after: str, order: Order, dimensions: tuple[str, ...]) -> Cursor:
    value, found = from_cursor(after, _order_name(order, dimensions), len(dimensions))
    try:
        if not isinstance(value, str):
            return Cursor(None if value is None else float(value), found)
    except OverflowError:
        pass
    raise InvalidCursor(after)


def _order_name(order: Order, dimensions: tuple[str, ...]) -> str:
    return f"{' '.join(dimensions)} by {order.metric} {order.direction}"


def groups(by: Sequence[str]) -> tuple[str, ...]:
    """The dimensions of a breakdown by several; raises InvalidGroups."""
    if not by:
        raise InvalidGroups("`by` names no dimension", hint="name at least one, such as COUNTRY")
    twice = sorted({name for name in by if by.count(name) > 1})
    if twice:
        names = ", ".join(DIMENSIONS[name].enum for name in twice)
        raise InvalidGroups(f"`by` names {names} more than once", hint="name each dimension once")
    return tuple(by)
