"""A range cut into the spans of a timeline: minutes to years of the caller's clock and calendar, as instants.

Spans are whole: the first may begin before the range and the last end after it. Where the zone's clock jumps, a span
ends: the hour that comes twice is two spans, and where it jumps by half an hour a span may last only half an hour.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta, timezone
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from db.question import LATEST, Range
from db.zones import DAY, day_of, even_spans, start_of_day
from resolvers.errors import InvalidRange, TooManyPoints


class Granularity(StrEnum):
    """How long the spans of a timeline are."""

    MINUTE = "minute"
    TEN_MINUTES = "ten_minutes"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


class Bucket(NamedTuple):
    """A whole span in the zone's offset; `complete` unless the range cuts it. `key` is its start in UTC."""

    key: datetime
    start: datetime
    end: datetime
    complete: bool


_STEPS: dict[Granularity, timedelta] = {
    Granularity.MINUTE: timedelta(minutes=1),
    Granularity.TEN_MINUTES: timedelta(minutes=10),
    Granularity.HOUR: timedelta(hours=1),
}
"""Spans by the clock."""

_FIRST: dict[Granularity, Callable[[date], date]] = {
    Granularity.DAY: lambda day: day,
    Granularity.WEEK: lambda day: day - timedelta(days=day.weekday()),
    Granularity.MONTH: lambda day: day.replace(day=1),
    Granularity.YEAR: lambda day: day.replace(month=1, day=1),
}
"""Spans by the calendar: the first day of the one that a day is in."""

_LONGEST: dict[Granularity, timedelta] = {
    **_STEPS,
    Granularity.DAY: DAY,
    Granularity.WEEK: 7 * DAY,
    Granularity.MONTH: 31 * DAY,
    Granularity.YEAR: 366 * DAY,
}


@lru_cache(maxsize=8)
def buckets(window: Range, granularity: Granularity, limit: int) -> Sequence[Bucket]:
    """The spans that hold the window, none for an empty one; raises TooManyPoints above `limit`."""
    at_least = (window.end - window.start) // _LONGEST[granularity]
    if at_least > limit:
        raise TooManyPoints(at_least, limit)
    if window.start == window.end:
        return ()
    try:
        cuts = list(_cuts(window, granularity))
    except (OverflowError, ValueError) as error:
        raise _endless(window, granularity) from error
    if len(cuts) - 1 > limit:
        raise TooManyPoints(len(cuts) - 1, limit)
    tz = window.tz
    return tuple(
        Bucket(start, _served(start, tz), _served(end, tz), window.start <= start and end <= window.end)
        for start, end in pairwise(cuts)
    )


def _endless(window: Range, granularity: Granularity) -> InvalidRange:
    """The error for spans that no calendar has the end of."""
    return InvalidRange(
        f"the last {granularity.name} of the range ends after the year {LATEST.year}: it is up to"
        f" {window.end.isoformat()}",
        hint="ask for a range that ends earlier",
    )


def _served(moment: datetime, tz: ZoneInfo) -> datetime:
    """The moment in the offset of then: two times of one zone would compare by their clocks, which may be set back."""
    return moment.astimezone(timezone(moment.astimezone(tz).utcoffset() or timedelta()))


def _cuts(window: Range, granularity: Granularity) -> Iterator[datetime]:
    """The starts of the spans, and the end of the last."""
    cuts = (
        _by_clock(window, _STEPS[granularity])
        if granularity in _STEPS
        else _by_calendar(window.start, window.tz, granularity)
    )
    before = next(cuts)
    for cut in cuts:
        if cut > window.start and cut > before:
            yield before
        before = cut
        if cut >= window.end:
            yield cut
            return


def _by_clock(window: Range, step: timedelta) -> Iterator[datetime]:
    """Instants from one before the window on at which the clock shows a whole step, or jumps."""
    for start, end, offset in even_spans(window.start - DAY, window.end + DAY, window.tz):
        yield start
        local = (start + offset).replace(tzinfo=None)
        cut = start - (local - datetime.min) % step + step
        while cut < end:
            yield cut
            cut += step


def _by_calendar(start: datetime, tz: ZoneInfo, granularity: Granularity) -> Iterator[datetime]:
    """The starts of the span that holds this instant and of all after it."""
    first = _FIRST[granularity]
    day = first(day_of(start, tz))
    while True:
        yield start_of_day(day, tz)
        # As long as the longest span from its first day on is in the next one, whichever it is.
        day = first(day + _LONGEST[granularity])


def chunk_length(window: Range, most: int) -> timedelta:
    """The smallest number of whole minutes that cuts the window into at most `most` chunks."""
    minute = timedelta(minutes=1)
    return max(1, -((window.start - window.end) // (most * minute))) * minute


def chunks(window: Range, most: int) -> list[datetime]:
    """The starts of the chunks, from the window's start on."""
    length = chunk_length(window, most)
    count = -((window.start - window.end) // length)
    return [window.start + length * place for place in range(count)]
