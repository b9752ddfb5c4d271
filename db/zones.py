"""Days and clocks of IANA time zones, as instants.

A zone's days have 23, 24 or 25 hours, one may be missing altogether, and its clock may jump by half an hour at any
time. Everything here gives aware instants in UTC, so that nobody else has to think of it.

Governments change their clocks at short notice, and systems are updated late: of the system's data and those of the
package `tzdata` the newer ones are used.
"""

import zoneinfo
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from db.question import UnknownZone

DAY = timedelta(days=1)


def _version(folders: Sequence[Traversable]) -> str:
    """Of the first data there, such as 2026a; empty where they do not tell, or are none."""
    for folder in folders:
        if (told := folder.joinpath("tzdata.zi")).is_file():
            with told.open("r", encoding="utf-8") as lines:
                return lines.readline().removeprefix("# version").strip()
    return ""


def _newest() -> str:
    """The version of the newest data there are, which are used from now on."""
    system = _version([Path(folder) for folder in zoneinfo.TZPATH])
    package = _version([resources.files("tzdata").joinpath("zoneinfo")])
    if package > system:
        zoneinfo.reset_tzpath(to=())
        ZoneInfo.clear_cache()
    return max(package, system)


DATA_VERSION: Final = _newest()


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo:
    """The zone of this IANA name; raises UnknownZone."""
    if name not in names():
        raise UnknownZone(name)
    return ZoneInfo(name)


@lru_cache(maxsize=1)
def names() -> frozenset[str]:
    """The zones that mean the same everywhere."""
    return frozenset(available_timezones() - {"localtime", "Factory"})


def start_of_day(day: date, tz: ZoneInfo) -> datetime:
    """The first instant of this date in the zone: midnight, or where the clock skips it, the moment it does."""
    return datetime(day.year, day.month, day.day, tzinfo=tz).astimezone(UTC)


def day_of(moment: datetime, tz: ZoneInfo) -> date:
    """The date in the zone at this instant."""
    return moment.astimezone(tz).date()


def is_midnight(moment: datetime, tz: ZoneInfo) -> bool:
    """Whether a day of the zone begins at this instant."""
    return start_of_day(day_of(moment, tz), tz) == moment


def year_before(moment: datetime, tz: ZoneInfo) -> datetime:
    """The instant at which the zone's clock showed the same a year before; 29 February gives the 28th."""
    local = moment.astimezone(tz)
    try:
        earlier = local.replace(year=local.year - 1)
    except ValueError:
        if local.year <= 1:
            raise
        earlier = local.replace(year=local.year - 1, day=28)
    return earlier.astimezone(UTC)


def even_spans(start: datetime, end: datetime, tz: ZoneInfo) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """Consecutive spans that together are [start, end), each with the one offset that the zone has throughout it."""
    while start < end:
        change = _next_change(start, end, tz)
        yield start, change, _offset(start, tz)
        start = change


def _next_change(start: datetime, end: datetime, tz: ZoneInfo) -> datetime:
    """The first instant after `start` with another offset, or `end`. Offsets hold for longer than a day."""
    offset = _offset(start, tz)
    same = start
    while same < end:
        other = min(same + DAY, end)
        if _offset(other, tz) != offset:
            return _between(same, other, offset, tz)
        same = other
    return end


def _between(same: datetime, other: datetime, offset: timedelta, tz: ZoneInfo) -> datetime:
    """The first second after `same`, which has this offset, at which the zone has the offset of `other`."""
    seconds = int((other - same).total_seconds())
    low, high = 0, seconds
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(same + timedelta(seconds=middle), tz) == offset:
            low = middle
        else:
            high = middle
    return (same + timedelta(seconds=high)).replace(microsecond=0)


def _offset(moment: datetime, tz: ZoneInfo) -> timedelta:
    return moment.astimezone(tz).utcoffset() or timedelta()
