"""What a heartbeat stands for: seconds, parts of the medium, attention.

All of it is a function of one viewing session's events on one entry, in order. Intervals are pairs of seconds of
the medium; percentiles are numbered 1 to 100.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .reading import PLAY_TIME_LIMIT, Record

Interval = tuple[float, float]

PLAYER, ROOM, REPLAY, SEEK, ENDED = 99, "roomView", 34, 35, 14
FIRST_LIMIT = 12.0  # seconds that a counter may stand at when nothing came before it
TAIL_LIMIT = 12.0  # seconds of the viewer's life between the last heartbeat and the end
NEAR = 1.0  # seconds between intervals that still belong together
TOUCH = 0.001  # seconds by which an interval must overlap a slice
BUFFER_LIMIT = 10.0


@dataclass(frozen=True)
class Beat:
    """One heartbeat, read in the light of the events around it."""

    play_seconds: float
    buffer_seconds: float
    engaged: bool
    intervals: tuple[Interval, ...]
    percentiles: frozenset[int]
    views: tuple[int, ...]  # the percentiles viewed, once for each view


@dataclass(frozen=True)
class Stretch:
    """What one heartbeat played of the medium; `jumped` marks the interval that follows a jump."""

    interval: Interval
    jumped: bool


def is_heartbeat(event: Record) -> bool:
    return event["eventType"] in (PLAYER, ROOM)


def is_jump(event: Record) -> bool:
    return event["eventType"] in (SEEK, REPLAY)


def in_order(events: Iterable[Record]) -> list[Record]:
    return sorted(events, key=lambda event: (event["time"], event.get("eventIndex", 0)))


def beats(events: Iterable[Record], duration: float | None) -> list[tuple[Record, Beat]]:
    """Each heartbeat of one viewing session on one entry with what it stands for, in order."""
    ordered = in_order(events)
    found: list[tuple[Record, Beat]] = []
    previous: Record | None = None
    end: float | None = None
    last: Stretch | None = None
    jumps: list[Record] = []
    for place, event in enumerate(ordered):
        if is_jump(event):
            jumps.append(event)
        if not is_heartbeat(event):
            continue
        seconds = play_seconds(event, previous)
        stretches: list[Stretch] = []
        if event.get("playbackType") == "vod" and event["eventType"] == PLAYER and duration and duration > 0:
            stretches = played(event, seconds * speed(event), jumps, end, duration)
            if stretches and reaches_end(ordered[place + 1 :], stretches[-1], speed(event), duration):
                stretches[-1] = Stretch((stretches[-1].interval[0], duration), stretches[-1].jumped)
        found.append((event, beat(event, seconds, stretches, last, duration)))
        previous, jumps = event, []
        last = stretches[-1] if stretches else None
        end = last.interval[1] if last else None
    return found


def play_seconds(event: Record, previous: Record | None) -> float:
    """Seconds of the viewer's life played since the previous heartbeat."""
    if "playTime" in event:
        return max(0.0, float(event["playTime"]))
    if "playTimeSum" not in event:
        return 10.0 if event["eventType"] == ROOM else 0.0
    total = float(event["playTimeSum"])
    rate = speed(event) if event.get("playbackType") == "vod" else 1.0
    if previous is None or "playTimeSum" not in previous or restarted(event, previous):
        return min(FIRST_LIMIT, max(0.0, total / rate))
    increase = (total - float(previous["playTimeSum"])) / rate
    return increase if increase <= PLAY_TIME_LIMIT else 0.0


def restarted(event: Record, previous: Record) -> bool:
    """Whether the player's counter began anew between the two."""
    if event["playTimeSum"] < previous["playTimeSum"]:
        return True
    both = "eventIndex" in event and "eventIndex" in previous
    return both and event["eventIndex"] <= previous["eventIndex"]


def speed(event: Record) -> float:
    given: float = event.get("playbackSpeed", 1.0)
    return given if given > 0 else 1.0


def target(jump: Record) -> float | None:
    """Where a jump led to."""
    if jump["eventType"] == REPLAY:
        return 0.0
    return jump.get("targetPosition", jump.get("position"))


def played(event: Record, m: float, jumps: list[Record], end: float | None, duration: float) -> list[Stretch]:
    """The stretches of the medium that the heartbeat reports, in the order they were played."""
    if "position" not in event:
        return []
    position = event["position"]
    to = target(jumps[-1]) if jumps else None
    if to is None or to > position:
        return [Stretch(clipped((position - m, position), duration), False)]
    start = max(to, position - m)
    rest = m - (position - start)
    before = [Stretch(clipped((end, end + rest), duration), False)] if end is not None and rest > 0 else []
    return [*before, Stretch(clipped((start, position), duration), True)]


def clipped(interval: Interval, duration: float) -> Interval:
    return (min(max(interval[0], 0.0), duration), min(max(interval[1], 0.0), duration))


def reaches_end(following: Sequence[Record], stretch: Stretch, rate: float, duration: float) -> bool:
    """Whether the medium was played out after this heartbeat: the last before a jump, or of all."""
    if duration - stretch.interval[1] > TAIL_LIMIT * rate:
        return False
    ended = False
    for event in following:
        if is_jump(event):
            return ended
        if is_heartbeat(event):
            return False
        ended = ended or event["eventType"] == ENDED
    return ended


def beat(event: Record, seconds: float, stretches: list[Stretch], last: Stretch | None, duration: float | None) -> Beat:
    """The heartbeat's own numbers; `last` is what the heartbeat before it played last."""
    views: list[int] = []
    seen: set[int] = set()
    for stretch in stretches:
        slices = percentiles(stretch.interval, duration)
        views += sorted(slices - counted(stretch, last, duration))
        seen |= slices
        last = stretch
    return Beat(
        play_seconds=seconds,
        buffer_seconds=min(max(event.get("bufferTime", 0.0), 0.0), BUFFER_LIMIT),
        engaged=engaged(event),
        intervals=tuple(stretch.interval for stretch in stretches),
        percentiles=frozenset(seen),
        views=tuple(views),
    )


def counted(stretch: Stretch, last: Stretch | None, duration: float | None) -> set[int]:
    """The slice that the interval before has counted already, where this one goes on from it."""
    if last is None or stretch.jumped or abs(stretch.interval[0] - last.interval[1]) > NEAR:
        return set()
    return set(sorted(percentiles(last.interval, duration))[-1:])


def percentiles(interval: Interval, duration: float | None) -> set[int]:
    """The hundredths of the medium that the interval overlaps."""
    if not duration:
        return set()
    low, high = interval
    return {k for k in range(1, 101) if min(high, k / 100 * duration) - max(low, (k - 1) / 100 * duration) > TOUCH}


def engaged(event: Record) -> bool:
    """Whether the viewer attended to it."""
    if event["eventType"] == ROOM:
        return any(event.get(flag) == 2 for flag in ("tabMode", "screenMode", "cameraMode", "stageMode"))
    return event.get("soundMode") == 2 and event.get("tabMode") == 2
