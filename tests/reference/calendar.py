"""Ranges, their comparisons and the buckets of a timeline, in the caller's time zone.

Ranges are half-open. Instants are kept in UTC and shown in the zone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ONE_DAY = timedelta(days=1)
STEPS = {"MINUTE": timedelta(minutes=1), "TEN_MINUTES": timedelta(minutes=10), "HOUR": timedelta(hours=1)}


@dataclass(frozen=True)
class Range:
    """From `start` up to, not including, `end`."""

    start: datetime
    end: datetime
    zone: ZoneInfo

    def holds(self, moment: datetime) -> bool:
        return self.start <= moment < self.end

    def shown(self, moment: datetime) -> str:
        return moment.astimezone(self.zone).isoformat()


@dataclass(frozen=True)
class Bucket:
    start: datetime
    end: datetime
    complete: bool


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of the day."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def day_of(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()


def of_days(first: date, last: date, zone: ZoneInfo) -> Range:
    """Whole days, both included."""
    return Range(midnight(first, zone), midnight(last + ONE_DAY, zone), zone)


def of_preset(preset: str, zone: ZoneInfo, now: datetime) -> Range:
    """The named range, seen from now."""
    today = day_of(now, zone)
    if preset == "ALL_TIME":
        return Range(datetime(1970, 1, 1, tzinfo=UTC), now + 2 * ONE_DAY, zone)
    if preset == "TODAY":
        return of_days(today, today, zone)
    if preset == "YESTERDAY":
        return of_days(today - ONE_DAY, today - ONE_DAY, zone)
    this_month = today.replace(day=1)
    if preset == "THIS_MONTH":
        return of_days(this_month, next_month(this_month) - ONE_DAY, zone)
    if preset == "LAST_MONTH":
        return of_days((this_month - ONE_DAY).replace(day=1), this_month - ONE_DAY, zone)
    days = int(preset.split("_")[1])
    return of_days(today - days * ONE_DAY, today - ONE_DAY, zone)


def whole_days(span: Range) -> bool:
    return all(midnight(day_of(edge, span.zone), span.zone) == edge for edge in (span.start, span.end))


def previous(span: Range) -> Range:
    """The range of the same length that ends where this one starts."""
    if not whole_days(span):
        return Range(span.start - (span.end - span.start), span.start, span.zone)
    first, after = day_of(span.start, span.zone), day_of(span.end, span.zone)
    return Range(midnight(first - (after - first), span.zone), span.start, span.zone)


def year_before(span: Range) -> Range:
    """The same wall-clock range one year earlier; 29 February becomes the 28th."""
    return Range(a_year_earlier(span.start, span.zone), a_year_earlier(span.end, span.zone), span.zone)


def a_year_earlier(moment: datetime, zone: ZoneInfo) -> datetime:
    wall = moment.astimezone(zone)
    day = 28 if (wall.month, wall.day) == (2, 29) else wall.day
    return wall.replace(year=wall.year - 1, day=day, fold=0).astimezone(UTC)


def buckets(span: Range, granularity: str) -> Iterator[Bucket]:
    """Every bucket that the range touches, whole, in order."""
    start = bucket_start(span.start, granularity, span.zone)
    while start < span.end:
        end = bucket_end(start, granularity, span.zone)
        yield Bucket(start, end, complete=start >= span.start and end <= span.end)
        start = end


def bucket_start(moment: datetime, granularity: str, zone: ZoneInfo) -> datetime:
    wall = moment.astimezone(zone)
    if granularity in STEPS:
        return (moment - timedelta(seconds=since_midnight(wall) % STEPS[granularity].total_seconds())).astimezone(UTC)
    day = wall.date()
    match granularity:
        case "WEEK":
            day -= timedelta(days=day.weekday())
        case "MONTH":
            day = day.replace(day=1)
        case "YEAR":
            day = day.replace(month=1, day=1)
    return midnight(day, zone)


def bucket_end(start: datetime, granularity: str, zone: ZoneInfo) -> datetime:
    if granularity in STEPS:
        return start + STEPS[granularity]
    day = day_of(start, zone)
    match granularity:
        case "DAY":
            return midnight(day + ONE_DAY, zone)
        case "WEEK":
            return midnight(day + 7 * ONE_DAY, zone)
        case "MONTH":
            return midnight(next_month(day), zone)
        case _:
            return midnight(day.replace(year=day.year + 1), zone)


def next_month(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1)


def since_midnight(wall: datetime) -> float:
    """What the clock on the wall shows, in seconds."""
    return timedelta(
        hours=wall.hour, minutes=wall.minute, seconds=wall.second, microseconds=wall.microsecond
    ).total_seconds()
