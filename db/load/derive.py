"""What the heartbeats of a batch stand for, read together with what is stored of their viewings.

Stored heartbeats that stand for something else now are corrected (db/load/corrections.py).
"""

from typing import Any, Final

import numpy as np
import psycopg
from numpy.typing import NDArray

from db.load import columns, corrections, heartbeats, spans
from db.load.heartbeats import Events
from db.load.order import wholly

Ints = NDArray[np.int64]
Columns = dict[str, NDArray[Any]]


def read_heartbeats(cursor: psycopg.Cursor[Any], new: Columns, old: Columns, partial: Ints) -> None:
    """Adds what the new heartbeats stand for, and corrects the stored ones that stand for something else now."""
    size = len(new["time"])
    both = {name: np.concatenate([new[name], old[name]]) for name in _READ_TOGETHER}
    order = wholly(both["viewing_key"], both["time"], both["event_index"], both["event_type"], both["digest"])
    events = _events(cursor, {name: values[order] for name, values in both.items()}, old, order, size, partial)
    beats = heartbeats.beats(events)
    origin = order[beats.at]
    found = {
        "play_seconds": beats.play_seconds,
        "interval_start": beats.interval_start,
        "interval_end": beats.interval_end,
        "spans": spans.packed(beats.spans, ~np.isnan(beats.interval_start)),
    }
    mine = origin < size
    for name, values in found.items():
        new[name] = np.full(size, columns.NO_SPANS if name == "spans" else np.nan, dtype=values.dtype)
        new[name][origin[mine]] = values[mine]
    stored = np.flatnonzero(~mine & ~events.frozen[beats.at])
    corrections.correct(cursor, old, origin[stored] - size, {name: values[stored] for name, values in found.items()})


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
