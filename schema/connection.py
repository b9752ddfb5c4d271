"""Relay connections: the one form of every list that comes in pages."""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import strawberry

from db.catalogue import Row
from resolvers.pages import Paged
from schema.fields import field
from schema.scalars import Count

N = TypeVar("N")


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    """What a client needs to go on."""

    has_next_page: bool = strawberry.field(description="Whether more follow after this page.")
    has_previous_page: bool = strawberry.field(description="Whether the page was asked for with `after`.")
    start_cursor: str | None = strawberry.field(description="Cursor of the first on this page; null on an empty one.")
    end_cursor: str | None = strawberry.field(
        description="Cursor of the last on this page, for `after`; null on an empty one."
    )

    @classmethod
    def of(cls, rows: Sequence[Row], cursor: Callable[[Row], str], has_more: bool, has_before: bool) -> "PageInfo":
        """The place of a page with these rows."""
        first, last = (cursor(rows[0]), cursor(rows[-1])) if rows else (None, None)
        return cls(has_next_page=has_more, has_previous_page=has_before, start_cursor=first, end_cursor=last)


@strawberry.type(description="One of a list, with its place in it.")
class Edge(Generic[N]):
    """A node and its cursor."""

    cursor: str = strawberry.field(description="Its place in the list, for `after`.")
    node: N = strawberry.field(description="What is listed.")


@strawberry.type(description="A page of a list.")
class Connection(Generic[N]):
    """What a resolver found, as objects of one type."""

    listed: strawberry.Private[Paged]
    make: strawberry.Private[Callable[[Row], N]]

    @field("What is listed, on this page.")
    def nodes(self) -> list[N]:
        return [self.make(row) for row in self.listed.rows]

    @field("What is listed, on this page, with cursors.")
    def edges(self) -> list[Edge[N]]:
        return [Edge(cursor=self.listed.cursor(row), node=self.make(row)) for row in self.listed.rows]

    @field("Where this page stands in the list.")
    def page_info(self) -> PageInfo:
        listed = self.listed
        return PageInfo.of(listed.rows, listed.cursor, listed.has_more, listed.has_before)

    @field("How many there are on all pages.")
    def total_count(self) -> Count:
        return Count(self.listed.row_count)
