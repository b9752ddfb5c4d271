"""Which percentiles a heartbeat's intervals cover: as columns, as one number, and as what the database stores.

A heartbeat plays at most two intervals (before a jump and after it), so five percentiles say it all: first and last
of the one played first, the percentile of it that the heartbeat before has counted already, first and last of the
second. (0, 0) is no interval.
"""

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from db.load.columns import DERIVED_PACKED, NO_FIRSTS, NO_SPANS
from db.load.wire import Blobs
from db.measures import VIEWS_DIGITS

FIRST_LOW, FIRST_HIGH, COUNTED, SECOND_LOW, SECOND_HIGH = range(5)
_BITS: Final = 7

Ints = NDArray[np.int64]


def packed(spans: NDArray[np.int16], told: NDArray[np.bool_]) -> Ints:
    """The five percentiles of each row in one number; NO_SPANS where there are none."""
    number = np.zeros(len(spans), dtype=np.int64)
    for place in range(spans.shape[1]):
        number = number * 2**_BITS + spans[:, place]
    return np.where(told, number, NO_SPANS)


def bounds(spans: Ints) -> list[tuple[Ints, Ints]]:
    """First and last percentile of both intervals of each row with these packed spans; (0, 0): none."""
    told = np.where(spans == NO_SPANS, 0, spans)
    places = ((FIRST_LOW, FIRST_HIGH), (SECOND_LOW, SECOND_HIGH))
    return [(_percentile(told, low), _percentile(told, high)) for low, high in places]


def _percentile(spans: Ints, place: int) -> Ints:
    """One of the five percentiles of packed spans."""
    return spans >> _BITS * (SECOND_HIGH - place) & 2**_BITS - 1


def columns_of(spans: Ints) -> list[Blobs]:
    """The columns coverage, viewed, views and spans of heartbeats with these packed spans."""
    numbers, which = np.unique(spans, return_inverse=True)
    values = [_blobs(number) for number in numbers.tolist()]
    columns = [Blobs(name, [value[place] for value in values], which) for place, name in enumerate(DERIVED_PACKED)]
    stored = [b"" if number == NO_SPANS else number.to_bytes(8, "big") for number in numbers.tolist()]
    return [*columns, Blobs("spans", stored, which)]


def first_column(firsts: Ints) -> Blobs:
    """The column `firsts`."""
    numbers, which = np.unique(firsts, return_inverse=True)
    return Blobs("firsts", [b"" if n == NO_FIRSTS else n.to_bytes(2, "big") for n in numbers.tolist()], which)


@lru_cache(maxsize=65536)
def _blobs(number: int) -> tuple[bytes, bytes, bytes]:
    """Coverage and viewed as bit(100), and views as numeric, in PostgreSQL's binary format. Empty: null."""
    if number == NO_SPANS:
        return b"", b"", b""
    first_low, first_high, counted, second_low, second_high = (number >> 7 * place & 127 for place in (4, 3, 2, 1, 0))
    covered, counts = [0] * 100, [0] * 100
    for low, high, skipped in ((first_low, first_high, counted), (second_low, second_high, 0)):
        for k in range(low, high + 1) if low else ():
            covered[k - 1] = 1
            counts[k - 1] += k != skipped
    viewed = [int(count > 0) for count in counts]
    return _bits(covered), _bits(viewed), _number(counts)


def _bits(flags: list[int]) -> bytes:
    if not any(flags):
        return b""
    return (100).to_bytes(4, "big") + np.packbits(np.array(flags, dtype=np.uint8)).tobytes()


def _number(counts: list[int]) -> bytes:
    """The sum of counts[k - 1] x 10^(VIEWS_DIGITS (k - 1)) as digits of base 10 000, the highest first."""
    if not any(counts):
        return b""
    per_count = VIEWS_DIGITS // 4
    highest = max(k for k, count in enumerate(counts) if count)
    lowest = min(k for k, count in enumerate(counts) if count)
    digits: list[int] = []
    for k in range(highest, lowest - 1, -1):
        digits += [counts[k], *[0] * (per_count - 1)]
    digits = digits[: len(digits) - per_count + 1]
    head = [len(digits), highest * per_count, 0, 0]
    return b"".join(value.to_bytes(2, "big") for value in (*head, *digits))
