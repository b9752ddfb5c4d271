"""What heartbeats stand for: seconds, played intervals, percentiles and views, for many viewings in one pass.

All of it is a function of one viewing's events in order. Nothing here looks further back than the heartbeat before,
so a whole batch is worked out with array operations: no step depends on the result of the step before it.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from db.codes import HEARTBEAT, REACHED_100, REPLAY, ROOM_VIEW, SEEK, VOD
from db.load.spans import COUNTED, FIRST_HIGH, FIRST_LOW, SECOND_HIGH, SECOND_LOW

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

FIRST_LIMIT: Final = 12.0  # seconds that a counter may stand at when nothing came before it
INCREASE_LIMIT: Final = 3600.0  # seconds; a counter that rose by more was not playing
TAIL_LIMIT: Final = 12.0  # seconds of the viewer's life between the last heartbeat and the end
NEAR: Final = 1.0  # seconds between intervals that go on from one another
TOUCH: Final = 0.001  # seconds by which an interval must overlap a slice
ROOM_SECONDS: Final = 10.0  # a room heartbeat that tells no time

HEARTBEATS: Final = (HEARTBEAT, ROOM_VIEW)
JUMPS: Final = (SEEK, REPLAY)


@dataclass(slots=True)
class Events:
    """Events of whole viewings, or of their ends, in order of (viewing, time, index). NaN: not told.

    `frozen`: a first heartbeat whose own predecessor is not here; its last interval is taken as it is.
    """

    viewing: Ints
    type: Ints
    index: Ints
    playback: Ints
    position: Floats  # of a jump: where to
    play_time: Floats
    play_time_sum: Floats
    speed: Floats
    duration: Floats
    frozen: Bools
    interval_start: Floats
    interval_end: Floats


@dataclass(slots=True)
class Beats:
    """What each heartbeat stands for; `at` is its place among the events. `spans`: see db/load/spans.py."""

    at: Ints
    play_seconds: Floats
    interval_start: Floats
    interval_end: Floats
    spans: NDArray[np.int16]


def beats(events: Events) -> Beats:
    """Every heartbeat among the events, in their order."""
    at = np.flatnonzero(np.isin(events.type, HEARTBEATS))
    previous = _previous(events, at)
    speed = np.where(events.speed[at] > 0, events.speed[at], 1.0)
    seconds = _play_seconds(events, at, previous, speed)
    media = seconds * speed
    position, duration = events.position[at], events.duration[at]
    on_demand = (events.type[at] == HEARTBEAT) & (events.playback[at] == VOD) & (duration > 0) & ~np.isnan(position)

    to = _jumped_to(events, at, previous)
    jumped = on_demand & (to <= position)
    begin = np.where(jumped, np.maximum(to, position - media), position - media)
    start = np.where(on_demand, np.clip(begin, 0, duration), np.nan)
    end = np.where(on_demand, np.clip(position, 0, duration), np.nan)
    end = np.where(_played_out(events, at) & (duration - end <= TAIL_LIMIT * speed), duration, end)
    frozen = events.frozen[at]
    start = np.where(frozen, events.interval_start[at], start)
    end = np.where(frozen, events.interval_end[at], end)

    before_start, before_end = _before_jump(jumped, previous, end, media - (position - begin), duration)
    spans = _spans(start, end, before_start, before_end, jumped, previous, duration)
    return Beats(at, seconds, start, end, spans)


def _previous(events: Events, at: Ints) -> Ints:
    """For each heartbeat the place (among heartbeats) of the one before it in its viewing; -1: none."""
    viewing = events.viewing[at]
    places = np.arange(len(at)) - 1
    follows = np.zeros(len(at), dtype=bool)
    follows[1:] = (viewing[1:] == viewing[:-1]) & (viewing[1:] > 0)
    return np.where(follows, places, -1)


def _play_seconds(events: Events, at: Ints, previous: Ints, speed: Floats) -> Floats:
    """Seconds of the viewer's life played since the heartbeat before."""
    total, told = events.play_time_sum[at], events.play_time[at]
    rate = np.where(events.playback[at] == VOD, speed, 1.0)
    before = np.where(previous >= 0, total[previous], np.nan)
    index, index_before = events.index[at], events.index[at][previous]
    again = (index > 0) & (index_before > 0) & (index <= index_before)
    fresh = np.isnan(before) | (total < before) | again
    increase = (total - before) / rate
    increase = np.where(increase > INCREASE_LIMIT, 0.0, increase)
    counted = np.where(fresh, np.clip(total / rate, 0, FIRST_LIMIT), increase)
    silent = np.where(events.type[at] == ROOM_VIEW, ROOM_SECONDS, 0.0)
    seconds = np.where(np.isnan(total), silent, counted)
    return np.where(np.isnan(told), seconds, np.maximum(told, 0.0))


def _jumped_to(events: Events, at: Ints, previous: Ints) -> Floats:
    """Where the last jump since the heartbeat before led to; NaN: there was none."""
    everyone = np.arange(len(events.type))
    jumps = np.isin(events.type, JUMPS) & (events.viewing > 0)
    last = np.maximum.accumulate(np.where(jumps, everyone, -1))[at] if len(everyone) else at
    first_of_viewing = np.searchsorted(events.viewing, events.viewing[at], side="left")
    since = np.where(previous >= 0, at[previous], first_of_viewing - 1)
    return np.where(last > since, events.position[last], np.nan)


def _played_out(events: Events, at: Ints) -> Bools:
    """Whether a heartbeat is the last before a jump or of all, and the end was reached after it, before that jump."""
    size = len(events.type)
    everyone = np.arange(size)

    def following(which: Bools) -> Ints:
        """For each event the place of the next one of these."""
        marked = np.where(which, everyone, size)
        after: Ints = np.append(np.minimum.accumulate(marked[::-1])[::-1], size)
        return after[at + 1]

    end_of_viewing = np.searchsorted(events.viewing, events.viewing[at], side="right")
    jump = np.minimum(following(np.isin(events.type, JUMPS)), end_of_viewing)
    ended = following(events.type == REACHED_100)
    followed = following(np.isin(events.type, HEARTBEATS))
    return (ended < jump) & (jump <= followed) & (events.viewing[at] > 0)


def _before_jump(jumped: Bools, previous: Ints, end: Floats, rest: Floats, duration: Floats) -> tuple[Floats, Floats]:
    """What was played before the jump: on from where the heartbeat before ended. NaN: nothing."""
    went_on = np.where(jumped & (previous >= 0) & (rest > 0), end[previous], np.nan)
    return np.clip(went_on, 0, duration), np.clip(went_on + rest, 0, duration)


def _spans(
    start: Floats,
    end: Floats,
    before_start: Floats,
    before_end: Floats,
    jumped: Bools,
    previous: Ints,
    duration: Floats,
) -> NDArray[np.int16]:
    """The percentiles of each heartbeat's intervals, the first that was played first."""
    low, high = percentiles(start, end, duration)
    low_before, high_before = percentiles(before_start, before_end, duration)
    first_start = np.where(jumped, before_start, start)
    near = (previous >= 0) & (np.abs(first_start - end[previous]) <= NEAR)
    spans = np.zeros((len(start), 5), dtype=np.int16)
    spans[:, FIRST_LOW] = np.where(jumped, low_before, low)
    spans[:, FIRST_HIGH] = np.where(jumped, high_before, high)
    spans[:, COUNTED] = np.where(near, high[previous], 0)
    spans[:, SECOND_LOW] = np.where(jumped, low, 0)
    spans[:, SECOND_HIGH] = np.where(jumped, high, 0)
    return spans


def percentiles(start: Floats, end: Floats, duration: Floats) -> tuple[Ints, Ints]:
    """First and last percentile that each interval overlaps by more than a touch; (0, 0): none."""
    with np.errstate(invalid="ignore", divide="ignore"):
        near_start = np.nan_to_num(np.floor(start / duration * 100)).astype(np.int64)
        near_end = np.nan_to_num(np.floor(end / duration * 100)).astype(np.int64)
    low = np.zeros(len(start), dtype=np.int64)
    high = np.zeros(len(start), dtype=np.int64)
    for step in (2, 1, 0, -1):  # rounding may put the guess one slice off
        k = near_start + step
        low = np.where(_overlaps(k, start, end, duration), k, low)
    for step in (-1, 0, 1, 2):
        k = near_end + step
        high = np.where(_overlaps(k, start, end, duration), k, high)
    none = (low == 0) | (high == 0)
    return np.where(none, 0, low), np.where(none, 0, high)


def _overlaps(k: Ints, start: Floats, end: Floats, duration: Floats) -> Bools:
    touching = np.minimum(end, k / 100 * duration) - np.maximum(start, (k - 1) / 100 * duration)
    found: Bools = (touching > TOUCH) & (k >= 1) & (k <= 100)
    return found
