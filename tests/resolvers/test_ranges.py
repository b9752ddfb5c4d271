"""Ranges are what people mean by them, in their zone; what is none is refused with a way out."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from db.errors import QuestionError
from db.question import Range, UnknownZone
from resolvers.errors import InvalidRange
from resolvers.ranges import Period, Preset, between, compared, days, preset, since

NOW = datetime(2026, 3, 1, 3, tzinfo=UTC)  # noon in Tokyo, still February in New York


def shown(window: Range) -> tuple[str, str]:
    """Both ends on the zone's clock."""
    return tuple(f"{end.astimezone(window.tz):%Y-%m-%d %H:%M}" for end in (window.start, window.end))  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("name", "zone", "start", "end"),
    [
        (Preset.TODAY, "Asia/Tokyo", "2026-03-01 00:00", "2026-03-02 00:00"),
        (Preset.TODAY, "America/New_York", "2026-02-28 00:00", "2026-03-01 00:00"),
        (Preset.YESTERDAY, "Asia/Tokyo", "2026-02-28 00:00", "2026-03-01 00:00"),
        (Preset.LAST_7_DAYS, "UTC", "2026-02-22 00:00", "2026-03-01 00:00"),
        (Preset.LAST_30_DAYS, "UTC", "2026-01-30 00:00", "2026-03-01 00:00"),
        (Preset.LAST_120_DAYS, "UTC", "2025-11-01 00:00", "2026-03-01 00:00"),
        (Preset.LAST_365_DAYS, "UTC", "2025-03-01 00:00", "2026-03-01 00:00"),
        (Preset.THIS_MONTH, "America/New_York", "2026-02-01 00:00", "2026-03-01 00:00"),
        (Preset.LAST_MONTH, "America/New_York", "2026-01-01 00:00", "2026-02-01 00:00"),
        (Preset.ALL_TIME, "UTC", "2026-03-01 00:00", "2026-03-03 00:00"),
    ],
)
def test_presets_are_whole_days_of_the_zone(name: Preset, zone: str, start: str, end: str) -> None:
    assert shown(preset(name, zone, NOW)) == (start, end)


def test_all_time_starts_with_the_first_event() -> None:
    window = preset(Preset.ALL_TIME, "UTC", NOW, datetime(2025, 5, 6, 7, tzinfo=UTC))
    assert shown(window) == ("2025-05-06 00:00", "2026-03-03 00:00")


def test_a_moment_without_offset_is_utc() -> None:
    assert between(datetime(2026, 1, 1), datetime(2026, 1, 2), "Asia/Tokyo").start == datetime(2026, 1, 1, tzinfo=UTC)


def test_days_are_those_of_the_zone() -> None:
    window = days(date(2026, 10, 25), date(2026, 10, 25), "Asia/Jerusalem")
    assert window.end - window.start == timedelta(hours=25)


def test_since_is_open_to_the_future() -> None:
    assert since(NOW - timedelta(days=3), "UTC", NOW).end == NOW + timedelta(days=1)
    future = NOW + timedelta(days=9)
    assert since(future, "UTC", NOW).start == since(future, "UTC", NOW).end


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        # whole days stay whole days across a change of the clock
        ("2026-10-25T00:00+03:00", "2026-10-27T00:00+02:00", ("2026-10-23 00:00", "2026-10-25 00:00")),
        ("2026-10-26T00:00+02:00", "2026-10-27T00:00+02:00", ("2026-10-25 00:00", "2026-10-26 00:00")),
        # else the same length
        ("2026-10-26T01:00+02:00", "2026-10-27T01:00+02:00", ("2026-10-25 01:00", "2026-10-26 01:00")),
        ("2026-10-25T12:00+02:00", "2026-10-26T12:00+02:00", ("2026-10-24 13:00", "2026-10-25 12:00")),
    ],
)
def test_the_previous_period(start: str, end: str, expected: tuple[str, str]) -> None:
    window = between(datetime.fromisoformat(start), datetime.fromisoformat(end), "Asia/Jerusalem")
    assert shown(compared(window, Period.PREVIOUS)) == expected


def test_the_year_before_shifts_the_clock() -> None:
    window = days(date(2024, 2, 29), date(2024, 3, 31), "Europe/Berlin")
    assert shown(compared(window, Period.YEAR_BEFORE)) == ("2023-02-28 00:00", "2023-04-01 00:00")


@pytest.mark.parametrize("name", ["Nowhere/Land", "", "/etc/passwd", "../UTC", "Europe", "UTC\0", "\ud800", "x" * 5000])
def test_a_zone_that_does_not_exist_is_refused(name: str) -> None:
    with pytest.raises(UnknownZone):
        between(NOW, NOW, name)


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Pacific/Midway"])
def test_any_year_that_an_event_may_have_is_a_range(zone: str) -> None:
    for year in (10, 500, 999, 9998):
        window = days(date(year, 1, 2), date(year, 12, 28), zone)
        assert shown(window) == (f"{year}-01-02 00:00", f"{year}-12-29 00:00")


EASTERN = timezone(timedelta(hours=14))


@pytest.mark.parametrize(
    "ask",
    [
        lambda: between(NOW, NOW - timedelta(seconds=1), "UTC"),
        lambda: days(date(2026, 1, 2), date(2026, 1, 1), "UTC"),
        lambda: days(date.min, date.max, "Pacific/Kiritimati"),
        lambda: days(date(2026, 1, 1), date.max, "America/New_York"),
        lambda: between(datetime.min, datetime.max, "Asia/Tokyo"),
        lambda: between(datetime.min.replace(tzinfo=EASTERN), NOW, "UTC"),
        lambda: compared(between(datetime(10, 1, 2), datetime(9000, 1, 1), "UTC"), Period.PREVIOUS),
        lambda: compared(between(datetime(10, 1, 2), datetime(9000, 1, 1, 5), "UTC"), Period.PREVIOUS),
        lambda: compared(between(datetime(10, 1, 2), NOW, "UTC"), Period.YEAR_BEFORE),
    ],
)
def test_what_is_no_range_is_refused(ask) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InvalidRange) as refused:
        ask()
    assert isinstance(refused.value, QuestionError)
    assert refused.value.hint
