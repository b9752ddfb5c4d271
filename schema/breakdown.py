"""Breakdowns: connections of rows, with the totals of all rows. One implementation for every dimension."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

import strawberry

from db.plan import Row
from db.question import Order
from resolvers.breakdown import Breakdown as Found
from resolvers.breakdown import Wanted, breakdown, page
from resolvers.pages import pin_of, size
from resolvers.subject import Subject
from schema.connection import Edge, N, PageInfo
from schema.fields import field
from schema.info import Info
from schema.inputs import MetricOrder
from schema.metrics import Metrics, as_metrics
from schema.row import PLAYS, BreakdownRow
from schema.scalars import Count
from schema.selection import metric_arguments, selected_metrics, selects

R = TypeVar("R", bound=BreakdownRow)

SEPARATOR = " | "

_NODES = (("nodes",), ("edges", "node"))
_METRICS = tuple((*path, "metrics") for path in _NODES)
_SHARES = tuple((*path, "share") for path in _NODES)
_CURSORS = (("pageInfo", "endCursor"), ("edges", "cursor"))
_ROWS = (("nodes",), ("edges",), ("pageInfo",), ("totalCount",))


@strawberry.type(description="A page of rows, one for each key that has an event, and the totals of all rows.")
class Breakdown(Generic[N]):
    """What a resolver found, as rows of one type."""

    found: strawberry.Private[Found]
    make: strawberry.Private[Callable[[Row], N]]

    @field("The rows of this page.")
    def nodes(self) -> list[N]:
        return [self.make(row) for row in self.found.rows]

    @field("The rows of this page, with cursors.")
    def edges(self) -> list[Edge[N]]:
        return [Edge(cursor=self.found.cursor(row), node=self.make(row)) for row in self.found.rows]

    @field("Where this page stands in the list.")
    def page_info(self) -> PageInfo:
        found = self.found
        return PageInfo.of(found.rows, found.cursor, found.has_more, found.page.after is not None)

    @field("How many rows there are on all pages.")
    def total_count(self) -> Count:
        return Count(self.found.found.row_count)

    @field("The metrics of all rows together, each event counted once.")
    def totals(self) -> Metrics:
        return as_metrics(self.found.totals)


async def rows(
    info: Info,
    subject: Subject,
    dimensions: tuple[str, ...],
    row_type: type[R],
    order_by: MetricOrder | None,
    first: int | None,
    after: str | None,
    search: str | None = None,
) -> Breakdown[R]:
    """A breakdown of the subject; only what is selected is computed."""
    order = order_by.order if order_by else Order()
    asked = page(order, size(first, info.context.limits), after or None, dimensions)
    pin = pin_of(after) if after else None
    found = await breakdown(info.context, subject, dimensions, asked, _wanted(info), search, pin)

    def make(row: Row) -> R:
        return row_type(found=found, row=row, key=SEPARATOR.join(row["keys"]), metrics=as_metrics(row))

    return Breakdown(found=found, make=make)


def _wanted(info: Info) -> Wanted:
    shares = metric_arguments(info, "of", PLAYS.value, *_SHARES)
    return Wanted(
        metrics=selected_metrics(info, *_METRICS) | shares,
        totals=selected_metrics(info, ("totals",)) | shares,
        rows=selects(info, *_ROWS),
        cursors=selects(info, *_CURSORS),
    )


def as_field(resolver: Any, name: str, row_type: type[BreakdownRow], description: str) -> Any:
    """A field that a resolver made in a loop serves: Strawberry tells fields apart by their resolver's name."""
    resolver.__name__ = name
    return strawberry.field(resolver=resolver, graphql_type=Breakdown[row_type], description=description)  # type: ignore[valid-type]
