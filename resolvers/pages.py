"""Pages of lists: how many rows, after which one. A cursor says where a page ended and in which order.

A cursor holds nothing but values of the list that it comes from, so it can't reach anything else.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64

from db.catalogue import storable
from resolvers.context import Limits
from resolvers.errors import InvalidCursor, InvalidPage, PageTooLarge

Value = str | int | float | None

DEFAULT = 25


def size(first: int | None, limits: Limits, default: int = DEFAULT) -> int:
    """How many rows are wanted; raises PageTooLarge or InvalidPage."""
    wanted = default if first is None else first
    if wanted < 0:
        raise InvalidPage(wanted)
    if wanted > limits.max_page_size:
        raise PageTooLarge(wanted, limits.max_page_size)
    return wanted


def to_cursor(order: str, value: Value, keys: tuple[str, ...]) -> str:
    """Where a page ends that is in this order: the last row's value and keys."""
    return encode(json.dumps([order, value, *keys], separators=(",", ":"), ensure_ascii=False))


def from_cursor(cursor: str, order: str, keys: int) -> tuple[Value, tuple[str, ...]]:
    """Value and keys of the row that a page ended with; raises InvalidCursor."""
    try:
        given, value, *found = json.loads(decode(cursor), parse_constant=_no_number)
    except (ValueError, TypeError, RecursionError) as error:
        raise InvalidCursor(cursor) from error
    texts = [value, *found] if isinstance(value, str) else found
    known = isinstance(value, str | int | float | None) and not isinstance(value, bool)
    if not known or given != order or len(found) != keys or not all(isinstance(t, str) and storable(t) for t in texts):
        raise InvalidCursor(cursor)
    return value, tuple(found)


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
