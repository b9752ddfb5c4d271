"""What each heartbeat was the first of its viewing at: percentiles that none before it covered, and being there at all.

So what viewings have seen adds up over events, and nobody has to tell viewings apart to sum it up. That holds where all
heartbeats of a viewing are of one UTC day and have the same keys: the others are `mixed`, and noted as such.

What a heartbeat covers is a set of 101 bits in two numbers: one for each percentile, and one for the heartbeat itself.
"""

from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
import psycopg
from numpy.typing import NDArray

from db.load.context import Viewings, fill
from db.load.heartbeats import HEARTBEATS
from db.load.spans import bounds
from db.load.wire import Fixed
from db.relations import KEYS

Ints = NDArray[np.int64]
Columns = dict[str, NDArray[Any]]
Bits = NDArray[np.uint64]

MIXED: Final = -1
"""`shared_keys` of a viewing whose heartbeats differ in what they share."""

_LOW: Final = 64  # percentiles in the first number
_HERE: Final = np.uint64(1 << 100 - _LOW)
_HERE_FIRST: Final = 128
_DAY: Final = 86_400_000_000  # µs

SHARED: Final = tuple(key for key in KEYS if key != "viewing_key")
"""What the heartbeats of a viewing have to share, beside the day."""


@dataclass(frozen=True, slots=True)
class Covered:
    """Sets of bits, one for each row."""

    low: Bits
    high: Bits

    @classmethod
    def by(cls, spans: Ints) -> Self:
        """What heartbeats with these packed spans cover."""
        low, high = np.zeros(len(spans), dtype=np.uint64), np.full(len(spans), _HERE)
        for first, last in bounds(spans):
            low |= _UP_TO[0][last] & ~_UP_TO[0][np.maximum(first - 1, 0)]
            high |= _UP_TO[1][last] & ~_UP_TO[1][np.maximum(first - 1, 0)]
        return cls(low, high)

    @classmethod
    def nothing(cls, size: int) -> Self:
        """So many times nothing."""
        return cls(np.zeros(size, dtype=np.uint64), np.zeros(size, dtype=np.uint64))

    def where(self, condition: NDArray[np.bool_]) -> "Covered":
        """Those for which this holds; of the others nothing."""
        return Covered(np.where(condition, self.low, np.uint64(0)), np.where(condition, self.high, np.uint64(0)))

    def at(self, places: Ints) -> "Covered":
        """The rows at these places."""
        return Covered(self.low[places], self.high[places])

    def __or__(self, other: "Covered") -> "Covered":
        return Covered(self.low | other.low, self.high | other.high)


def _up_to() -> tuple[Bits, Bits]:
    sets = [(1 << k) - 1 for k in range(101)]
    low = np.array([bits & (1 << _LOW) - 1 for bits in sets], dtype=np.uint64)
    return low, np.array([bits >> _LOW for bits in sets], dtype=np.uint64)


_UP_TO: Final = _up_to()


def before(viewing: Ints, covered: Covered, start: Covered) -> Covered:
    """What was covered before each heartbeat, of viewings one by one; `start`: before the first of its viewing.

    Each round puts twice as many together, so there are few.
    """
    low, high = covered.low.copy(), covered.high.copy()
    reach = 1
    while reach < len(viewing) and (same := viewing[reach:] == viewing[:-reach]).any():
        for bits in (low, high):
            bits[reach:] |= np.where(same, bits[:-reach], np.uint64(0))
        reach *= 2
    follows = np.append(False, viewing[1:] == viewing[:-1])[: len(viewing)]
    return Covered(np.roll(low, 1), np.roll(high, 1)).where(follows) | start


def firsts(covered: Covered, earlier: Covered) -> Ints:
    """The column of heartbeats that cover this, after others that covered that."""
    high = covered.high & ~earlier.high
    new = np.bitwise_count(covered.low & ~earlier.low) + np.bitwise_count(high & ~_HERE)
    found: Ints = new.astype(np.int64) + np.where(high & _HERE, _HERE_FIRST, 0)
    return found


def shared(seen: Viewings, viewing: Ints, new: Columns) -> Ints:
    """`shared_keys` of the batch's viewings, once these events are stored. `viewing`: of each event the number."""
    beat = np.flatnonzero(np.isin(new["event_type"], HEARTBEATS))
    kind, number = kinds({name: new[name][beat] for name in ("time", *SHARED)}), viewing[beat]
    low = np.full(len(seen.key), np.iinfo(np.int64).max)
    high = np.full(len(seen.key), np.iinfo(np.int64).min)
    np.minimum.at(low, number, kind)
    np.maximum.at(high, number, kind)
    got = low <= high
    differs = got & ((low < high) | ((seen.shared != 0) & (seen.shared != low)) | (seen.key < 0))
    return np.where(differs, MIXED, np.where(got, low, seen.shared))


def kinds(beats: Columns) -> Ints:
    """A hash of the UTC day and keys of each heartbeat; never 0 or MIXED."""
    kind = (beats["time"] // _DAY).astype(np.uint64)
    for name in SHARED:
        kind = (kind ^ beats[name].astype(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        kind ^= kind >> np.uint64(29)
    return (kind >> np.uint64(1)).astype(np.int64) | 1


def note_mixed(
    cursor: psycopg.Cursor[Any], seen: Viewings, shared_now: Ints, viewing: Ints, new: Columns, old: Columns
) -> None:
    """Notes the days of mixed viewings: of their new heartbeats, and of stored ones where that was not known.

    Stored heartbeats that did not differ were all of the day and entry of those that were read with the new ones.
    """
    mixed = shared_now == MIXED
    beat = np.isin(new["event_type"], HEARTBEATS) & mixed[viewing]
    late = seen.key[mixed & (seen.shared != MIXED)]
    stored = np.isin(old["event_type"], HEARTBEATS) & np.isin(old["viewing_key"], late)
    if not beat.any():
        return
    partner_of = dict(zip(new["viewing_key"].tolist(), new["partner_id"].tolist(), strict=True))
    partners = [partner_of[key] for key in old["viewing_key"][stored].tolist()]
    rows = {
        name: np.concatenate([new[name][beat].astype(np.int64), old[name][stored].astype(np.int64)])
        for name in ("entry_key", "time", "viewing_key")
    }
    columns = [
        Fixed("partner_id", "int4", np.concatenate([new["partner_id"][beat], np.array(partners, dtype=np.int64)])),
        Fixed("entry_key", "int4", rows["entry_key"]),
        Fixed("day", "time", rows["time"] // _DAY * _DAY),
        Fixed("viewing_key", "int8", rows["viewing_key"]),
    ]
    fill(cursor, "mixed", "partner_id int, entry_key int, day timestamptz, viewing_key bigint", columns)
    cursor.execute("insert into mixed_viewings select distinct *, true from mixed on conflict do nothing")


def mix(cursor: psycopg.Cursor[Any], table: str) -> None:
    """Takes the viewings of the events named in a table for mixed: keys of some of them have changed."""
    cursor.execute(
        f"update viewings set shared_keys = {MIXED} where viewing_key in (select viewing_key from {table})".encode()
    )
    cursor.execute(
        "insert into mixed_viewings (partner_id, entry_key, day, viewing_key)"
        " select distinct partner_id, entry_key, date_trunc('day', time, 'UTC'), viewing_key"
        f" from events where viewing_key in (select viewing_key from {table}) and event_type in {HEARTBEATS}"
        " on conflict do nothing".encode()
    )
