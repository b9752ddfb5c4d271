"""Pages of lists: how many rows, after which one. A cursor says where a page ended and in which order.

A cursor holds nothing but values of the list that it comes from, so it can't reach anything else.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Protocol
from uuid import UUID

from db.catalogue import Row, storable
from db.kept import Pin
from resolvers.context import Limits
from resolvers.errors import InvalidCursor, InvalidPage, PageTooLarge, TooManyIds

Value = str | int | float | None

DEFAULT = 25


class Paged(Protocol):
    """A page of a list, whatever it is a list of."""

    @property
    def rows(self) -> Sequence[Row]:
        """The records of the page."""

    @property
    def has_more(self) -> bool:
        """Whether records follow after the page."""

    @property
    def has_before(self) -> bool:
        """Whether the page was asked for with a cursor."""

    @property
    def row_count(self) -> int:
        """How many there are on all pages."""

    def cursor(self, row: Row) -> str:
        """Where the record stands in the list."""


def size(first: int | None, limits: Limits, default: int = DEFAULT) -> int:
    """How many rows are wanted; raises PageTooLarge or InvalidPage."""
    wanted = default if first is None else first
    if wanted < 0:
        raise InvalidPage(wanted)
    if wanted > limits.max_page_size:
        raise PageTooLarge(wanted, limits.max_page_size)
    return wanted


def check_ids(count: int, limits: Limits) -> None:
    """Raises TooManyIds where so many objects are asked for by their ids at once."""
    if count > limits.max_page_size:
        raise TooManyIds(count, limits.max_page_size)


def to_cursor(order: str, value: Value, keys: tuple[str, ...], pin: Pin | None = None) -> str:
    """Where a page ends that is in this order: the last row's value and keys, and its place in a kept breakdown."""
    pinned = [[pin.kept_id, pin.place]] if pin else []
    return encode(json.dumps([order, value, *keys, *pinned], separators=(",", ":"), ensure_ascii=False))


def pin_of(cursor: str) -> Pin | None:
    """Where the page stood in a kept breakdown; none where it was not kept."""
    try:
        *_, pin = json.loads(decode(cursor))
        kept_id, place = pin if isinstance(pin, list) else (None, None)
        return Pin(str(UUID(kept_id)), place) if isinstance(place, int) and 0 <= place < 2**62 else None
    except (ValueError, TypeError, AttributeError, RecursionError):
        return None


def from_cursor(cursor: str, order: str, keys: int) -> tuple[Value, tuple[str, ...]]:
    """Value and keys of the row that a page ended with; raises InvalidCursor."""
    try:
        given, value, *found = json.loads(decode(cursor), parse_constant=_no_number)
        if found and isinstance(found[-1], list):
            found.pop()
    except (ValueError, TypeError, RecursionError) as error:
        raise InvalidCursor(cursor) from error
    texts = [value, *found] if isinstance(value, str) else found
    known = isinstance(value, str | int | float | None) and not isinstance(value, bool)
    if not known or given != order or len(found) != keys or not all(isinstance(t, str) and storable(t) for t in texts):
        raise InvalidCursor(cursor)
    return value, tuple(found)


def to_moment(value: Value, cursor: str) -> datetime:
    """The moment that a cursor's value is; raises InvalidCursor."""
    try:
        moment = datetime.fromisoformat(str(value))
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidCursor(cursor) from error
    raise InvalidCursor(cursor)


def encode(text: str) -> str:
    """The text as something that nobody takes for one."""
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode(text: str) -> str:
    """The text that was encoded; raises ValueError for anything else."""
    try:
        found = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4)).decode()
    except (NotBase64, UnicodeError) as error:
        raise ValueError(text) from error
    if encode(found) != text:
        raise ValueError(text)
    return found


def _no_number(constant: str) -> float:
    raise ValueError(constant)
