"""From what a client says about time to a Range: presets, days, intervals, and the period to compare with.

Days are whole days of the caller's zone (db/zones.py). Every function gives a Range in UTC or raises an error that
names the value.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from enum import StrEnum

from db.question import AHEAD, EARLIEST, LATEST, Range
from db.zones import DAY, day_of, is_midnight, start_of_day, year_before, zone
from resolvers.errors import InvalidRange


class Preset(StrEnum):
    """A range by name, relative to today."""

    TODAY = "today"
    YESTERDAY = "yesterday"
    LAST_7_DAYS = "last_7_days"
    LAST_30_DAYS = "last_30_days"
    LAST_120_DAYS = "last_120_days"
    LAST_365_DAYS = "last_365_days"
    THIS_MONTH = "this_month"
    LAST_MONTH = "last_month"
    ALL_TIME = "all_time"


class Period(StrEnum):
    """What a range is compared with, relative to itself."""

    PREVIOUS = "previous"
    YEAR_BEFORE = "year_before"


_FIRST_AND_NEXT: dict[Preset, Callable[[date], tuple[date, date]]] = {
    Preset.TODAY: lambda today: (today, today + DAY),
    Preset.YESTERDAY: lambda today: (today - DAY, today),
    Preset.LAST_7_DAYS: lambda today: (today - 7 * DAY, today),
    Preset.LAST_30_DAYS: lambda today: (today - 30 * DAY, today),
    Preset.LAST_120_DAYS: lambda today: (today - 120 * DAY, today),
    Preset.LAST_365_DAYS: lambda today: (today - 365 * DAY, today),
    Preset.THIS_MONTH: lambda today: (today.replace(day=1), today + DAY),
    Preset.LAST_MONTH: lambda today: ((today.replace(day=1) - DAY).replace(day=1), today.replace(day=1)),
}
"""Of each preset the first day and the day after the last; ALL_TIME depends on what there is."""


def preset(name: Preset, zone_name: str, now: datetime, first_event: datetime | None = None) -> Range:
    """The whole days that a preset means now; ALL_TIME reaches from the first event's day to the last possible one."""
    tz = zone(zone_name)
    if name is Preset.ALL_TIME:
        first, following = day_of(min(first_event or now, now), tz), day_of(now + AHEAD, tz) + DAY
    else:
        first, following = _FIRST_AND_NEXT[name](day_of(now, tz))
    return Range(start_of_day(first, tz), start_of_day(following, tz), zone_name)


def between(start: datetime, end: datetime, zone_name: str) -> Range:
    """The interval from one instant to another; one without an offset is in UTC."""
    zone(zone_name)
    start, end = _utc(start), _utc(end)
    if end < start:
        raise InvalidRange(
            f"the range ends before it starts: from {start.isoformat()} to {end.isoformat()}",
            hint="swap `from` and `to`",
        )
    return Range(start, end, zone_name)


def days(first: date, last: date, zone_name: str) -> Range:
    """The whole days from the first to the last, both included."""
    tz = zone(zone_name)
    if last < first:
        raise InvalidRange(f"the range ends before it starts: from {first} to {last}", hint="swap `from` and `to`")
    if first < EARLIEST.date() + DAY or last >= LATEST.date() - DAY:
        raise _unheard_of(f"{first} to {last}")
    return Range(start_of_day(first, tz), start_of_day(last + DAY, tz), zone_name)


def since(start: datetime, zone_name: str, now: datetime) -> Range:
    """From this instant on, open to the future: no event is later than the end."""
    zone(zone_name)
    start = _utc(start)
    return Range(start, max(start, now + AHEAD), zone_name)


def compared(window: Range, period: Period) -> Range:
    """The period that a range is compared with; whole days stay whole days."""
    try:
        start, end = _previous(window) if period is Period.PREVIOUS else _year_before(window)
    except (ValueError, OverflowError) as error:
        raise _unheard_of(f"{period.name} of {window.start.isoformat()} to {window.end.isoformat()}") from error
    return Range(_possible(start), _possible(end), window.zone)


def _previous(window: Range) -> tuple[datetime, datetime]:
    tz = window.tz
    if is_midnight(window.start, tz) and is_midnight(window.end, tz):
        first = day_of(window.start, tz)
        return start_of_day(first - (day_of(window.end, tz) - first), tz), window.start
    return window.start - (window.end - window.start), window.start


def _year_before(window: Range) -> tuple[datetime, datetime]:
    return year_before(window.start, window.tz), year_before(window.end, window.tz)


def _utc(moment: datetime) -> datetime:
    """The instant in UTC."""
    try:
        return _possible(moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC))
    except (ValueError, OverflowError) as error:
        raise _unheard_of(moment.isoformat()) from error


def _possible(moment: datetime) -> datetime:
    """The instant, if every zone's calendar has it and the days around it."""
    if not EARLIEST <= moment <= LATEST:
        raise _unheard_of(moment.isoformat())
    return moment


def _unheard_of(what: str) -> InvalidRange:
    return InvalidRange(
        f"the range is not within {EARLIEST.date()} and {LATEST.date()}: {what}", hint="ask for days in between"
    )
