"""Lists of the catalogue, page by page: which records, in which order, after which cursor."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from db.catalogue import ORDERS, Kind, Listing, Page, Row
from resolvers.context import Context
from resolvers.errors import InvalidCursor
from resolvers.pages import from_cursor, to_cursor, to_moment


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of records, one more than asked for where there are more."""

    listing: Listing
    found: Page

    @property
    def rows(self) -> Sequence[Row]:
        """The records of the page."""
        return self.found.rows[: self.listing.first]

    @property
    def has_more(self) -> bool:
        """Whether records follow after the page."""
        return len(self.found.rows) > self.listing.first

    @property
    def has_before(self) -> bool:
        """Whether the page was asked for with a cursor."""
        return self.listing.after is not None

    @property
    def row_count(self) -> int:
        """How many there are on all pages."""
        return self.found.row_count

    def cursor(self, row: Row) -> str:
        """Where the record stands in this order."""
        order = self.listing.order
        value = row[order] if order else None
        text = value.isoformat() if isinstance(value, datetime) else value
        return to_cursor(
            _order_name(self.listing.kind, order, self.listing.descending), text, (row[self.listing.kind.key],)
        )


async def listed(
    context: Context,
    kind: Kind,
    first: int,
    after: str | None,
    *,
    where: dict[str, Any] | None = None,
    order: str | None = None,
    descending: bool = False,
    parent: tuple[str, str] | None = None,
) -> Listed:
    """A page of records. Conditions that are None are none."""
    conditions = tuple((name, value) for name, value in (where or {}).items() if value is not None)
    cursor = None if after is None else _cursor(after, kind, order, descending)
    listing = Listing(kind, first, conditions, order, descending, cursor, parent)
    return Listed(listing, await context.loaders.lists.load(listing))


def _cursor(after: str, kind: Kind, order: str | None, descending: bool) -> tuple[str | datetime | None, str]:
    value, (key,) = from_cursor(after, _order_name(kind, order, descending), 1)
    if value is not None and not isinstance(value, str):
        raise InvalidCursor(after)
    if value is not None and order and ORDERS[order] == "timestamptz":
        return to_moment(value, after), key
    return value, key


def _order_name(kind: Kind, order: str | None, descending: bool) -> str:
    return f"{kind.key} {order} {'desc' if descending else 'asc'}"
