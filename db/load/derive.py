"""What the heartbeats of a batch stand for, read together with what is stored of their viewings.

Stored heartbeats that stand for something else now are corrected (db/load/corrections.py).
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import psycopg
from numpy.typing import NDArray

from db.load import columns, corrections, firsts, heartbeats, spans
from db.load.context import Viewings
from db.load.firsts import MIXED, Covered
from db.load.heartbeats import Events
from db.load.order import wholly

Ints = NDArray[np.int64]
Columns = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Before:
    """What is known of viewings, by key: what was covered before the events that are read, and which are mixed."""

    viewing: Ints
    covered: Covered
    mixed: NDArray[np.bool_]

    @classmethod
    def of(cls, seen: Viewings, shared: Ints, partial: Ints) -> "Before":
        """Of the viewings of a batch; whatever is not `partial` is read from its first event on."""
        order = np.argsort(seen.key)
        covered = Covered(seen.seen_low.view(np.uint64), seen.seen_high.view(np.uint64))
        covered = covered.where(np.isin(seen.key, partial))
        return cls(seen.key[order], covered.at(order), (shared == MIXED)[order])

    def places(self, viewing: Ints) -> tuple[Ints, NDArray[np.bool_]]:
        """Where these viewings are, and whether they are there at all."""
        at = np.minimum(np.searchsorted(self.viewing, viewing), len(self.viewing) - 1)
        return at, self.viewing[at] == viewing


@dataclass(frozen=True, slots=True)
class Read:
    """The heartbeats that were read, new and stored, in the order of viewing and time, and what they cover."""

    viewing: Ints
    time: Ints
    covered: Covered


def read_heartbeats(cursor: psycopg.Cursor[Any], new: Columns, old: Columns, partial: Ints, before: Before) -> Read:
    """Adds what the new heartbeats stand for, and corrects the stored ones that stand for something else now."""
    size = len(new["time"])
    both = {name: np.concatenate([new[name], old[name]]) for name in _READ_TOGETHER}
    order = wholly(both["viewing_key"], both["time"], both["event_index"], both["event_type"], both["digest"])
    events = _events(cursor, {name: values[order] for name, values in both.items()}, old, order, size, partial)
    beats = heartbeats.beats(events)
    origin = order[beats.at]
    mine, frozen = origin < size, events.frozen[beats.at]
    played = spans.packed(beats.spans, ~np.isnan(beats.interval_start))
    played[frozen] = old["spans"][origin[frozen] - size]
    covered = Covered.by(played)
    found: Columns = {
        "play_seconds": beats.play_seconds,
        "interval_start": beats.interval_start,
        "interval_end": beats.interval_end,
        "spans": played,
        "firsts": _firsts(events.viewing[beats.at], covered, before),
    }
    is_mixed = found["firsts"] == columns.NO_FIRSTS
    found["firsts"][is_mixed & ~mine] = old["firsts"][origin[is_mixed & ~mine] - size]
    for name, values in found.items():
        new[name] = np.full(size, _NONE.get(name, np.nan), dtype=values.dtype)
        new[name][origin[mine]] = values[mine]
    stored = np.flatnonzero(~mine & ~frozen)
    corrections.correct(cursor, old, origin[stored] - size, {name: values[stored] for name, values in found.items()})
    return Read(events.viewing[beats.at], both["time"][origin], covered)


_NONE: Final = {"spans": columns.NO_SPANS, "firsts": columns.NO_FIRSTS}


def _firsts(viewing: Ints, covered: Covered, before: Before) -> Ints:
    """What each heartbeat was first at; nothing is told of mixed viewings."""
    at, known = before.places(viewing)
    start = before.covered.at(at).where(known)
    found = firsts.firsts(covered, firsts.before(viewing, covered, start))
    return np.where(known & before.mixed[at], columns.NO_FIRSTS, found)


_READ_TOGETHER: Final = (
    "viewing_key", "time", "event_type", "event_index", "digest", "entry_key", "playback", "position", "play_time",
    "play_time_sum", "playback_speed",
)  # fmt: skip


def _events(cursor: psycopg.Cursor[Any], both: Columns, old: Columns, order: Ints, size: int, partial: Ints) -> Events:
    """New and stored events together, in order."""
    stored = order >= size
    bounds = {name: np.full(len(order), np.nan) for name in ("interval_start", "interval_end")}
    for name, values in bounds.items():
        values[stored] = old[name][order[stored] - size]
    first = np.zeros(len(order), dtype=bool)
    at = np.flatnonzero(np.isin(both["event_type"], heartbeats.HEARTBEATS))
    if len(at):
        first[at] = np.append(True, both["viewing_key"][at][1:] != both["viewing_key"][at][:-1])
    return Events(
        viewing=both["viewing_key"],
        type=both["event_type"].astype(np.int64),
        index=both["event_index"].astype(np.int64),
        playback=both["playback"].astype(np.int64),
        position=both["position"],
        play_time=both["play_time"],
        play_time_sum=both["play_time_sum"],
        speed=both["playback_speed"],
        duration=_durations(cursor, both["entry_key"]),
        # What a stored heartbeat depends on may lie before the window, what depends on it may not.
        frozen=first & stored & np.isin(both["viewing_key"], partial),
        interval_start=bounds["interval_start"],
        interval_end=bounds["interval_end"],
    )


def _durations(cursor: psycopg.Cursor[Any], entry: Ints) -> NDArray[np.float64]:
    """Each event's entry's duration in seconds; NaN where it has none."""
    keys, places = np.unique(entry, return_inverse=True)
    rows = cursor.execute(
        "select entry_key, duration_seconds from entries where entry_key = any(%s) and duration_seconds is not null",
        [keys.tolist()],
    ).fetchall()
    known = dict(rows)
    return np.array([known.get(key, np.nan) for key in keys.tolist()], dtype=np.float64)[places]
