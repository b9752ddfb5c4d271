"""Lists in order of time: chat messages, answers in words, downloads. They are read from the cursor on, so a page costs
the same wherever it is, and what comes in meanwhile moves nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from db.catalogue import Page, Row
from db.interactions import Feed
from resolvers.context import Context
from resolvers.pages import from_cursor, to_cursor, to_moment


@dataclass(frozen=True, slots=True)
class Fed:
    """A page of a feed, one row more than asked for where there are more."""

    feed: Feed
    found: Page

    @property
    def rows(self) -> Sequence[Row]:
        """The rows of the page."""
        return self.found.rows[: self.feed.first]

    @property
    def has_more(self) -> bool:
        """Whether rows follow after the page."""
        return len(self.found.rows) > self.feed.first

    @property
    def has_before(self) -> bool:
        """Whether the page was asked for with a cursor."""
        return self.feed.after is not None

    @property
    def row_count(self) -> int:
        """How many there are on all pages; 0 where that was not asked for."""
        return self.found.row_count

    def cursor(self, row: Row) -> str:
        """Where the row stands in the list."""
        return to_cursor(self.feed.file, row["at"].isoformat(), (row["key"],))


async def fed(
    context: Context, file: str, parent: str, first: int, after: str | None, counted: bool, *more: Any
) -> Fed:
    """A page of the list that this statement of db/sql gives for one record; see db.interactions.Feed."""
    start = None
    if after is not None:
        value, (key,) = from_cursor(after, file, 1)
        start = (to_moment(value, after), key)
    feed = Feed(file, parent, first, start, counted, more)
    return Fed(feed, await context.loaders.feeds.load(feed))
