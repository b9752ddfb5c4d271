"""Timelines are cut by the clock and the calendar of the zone, whatever its clock does."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.question import EARLIEST, LATEST, Range
from resolvers.buckets import Granularity, buckets, chunk_length, chunks
from resolvers.errors import InvalidRange, TooManyPoints
from resolvers.ranges import between

LIMIT = 50_000
ZONES = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith(("right", "posix")))


def cut(zone: str, start: str, end: str, granularity: Granularity) -> list[tuple[str, str, bool]]:
    """The spans, as texts in the zone."""
    window = between(datetime.fromisoformat(start), datetime.fromisoformat(end), zone)
    spans = buckets(window, granularity, LIMIT)
    return [(f"{span.start:%d %H:%M%z}", f"{span.end:%d %H:%M%z}", span.complete) for span in spans]


def test_an_hour_that_comes_twice_is_two_spans() -> None:
    assert cut("Europe/Berlin", "2026-10-25T00:00Z", "2026-10-25T02:00Z", Granularity.HOUR) == [
        ("25 02:00+0200", "25 02:00+0100", True),
        ("25 02:00+0100", "25 03:00+0100", True),
    ]


@pytest.mark.parametrize("granularity", Granularity)
@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Pacific/Midway"])
def test_timelines_reach_to_the_ends_of_the_calendar_or_say_so(zone: str, granularity: Granularity) -> None:
    first = between(EARLIEST, EARLIEST + timedelta(hours=30), zone)
    spans = buckets(first, granularity, LIMIT)
    assert spans[0].start <= first.start < first.end <= spans[-1].end
    with pytest.raises(InvalidRange, match="9999-12-31") as refused:
        buckets(between(LATEST - timedelta(hours=30), LATEST, "Pacific/Kiritimati"), granularity, LIMIT)
    assert refused.value.hint


def test_half_an_hour_that_comes_twice_is_a_span() -> None:
    assert cut("Australia/Lord_Howe", "2026-04-04T14:00Z", "2026-04-04T15:45Z", Granularity.HOUR) == [
        ("05 01:00+1100", "05 01:30+1030", True),
        ("05 01:30+1030", "05 02:00+1030", True),
        ("05 02:00+1030", "05 03:00+1030", False),
    ]


def test_half_an_hour_that_is_skipped_shortens_a_span() -> None:
    assert cut("Australia/Lord_Howe", "2026-10-03T15:00Z", "2026-10-03T16:00Z", Granularity.HOUR) == [
        ("04 01:00+1030", "04 02:30+1100", False),
        ("04 02:30+1100", "04 03:00+1100", True),
    ]


def test_ten_minutes_of_a_zone_off_the_hour() -> None:
    assert cut("Asia/Kathmandu", "2026-07-31T18:00Z", "2026-07-31T18:15Z", Granularity.TEN_MINUTES) == [
        ("31 23:40+0545", "31 23:50+0545", False),
        ("31 23:50+0545", "01 00:00+0545", True),
    ]


def test_days_of_25_hours() -> None:
    assert cut("Asia/Jerusalem", "2026-10-24T21:00Z", "2026-10-25T22:00Z", Granularity.DAY) == [
        ("25 00:00+0300", "26 00:00+0200", True)
    ]


def test_a_day_that_a_zone_skips_is_no_span() -> None:
    assert cut("Pacific/Apia", "2011-12-29T10:00Z", "2011-12-31T10:00Z", Granularity.DAY) == [
        ("29 00:00-1000", "31 00:00+1400", True),
        ("31 00:00+1400", "01 00:00+1400", True),
    ]


def test_a_day_whose_midnight_is_skipped_starts_later() -> None:
    assert cut("Africa/Cairo", "2026-04-23T22:00Z", "2026-04-24T21:00Z", Granularity.DAY) == [
        ("24 01:00+0300", "25 00:00+0300", True)
    ]


def test_weeks_start_on_monday() -> None:
    assert cut("UTC", "2026-07-15T00:00Z", "2026-07-21T00:00Z", Granularity.WEEK) == [
        ("13 00:00+0000", "20 00:00+0000", False),
        ("20 00:00+0000", "27 00:00+0000", False),
    ]


def test_an_empty_range_has_no_spans() -> None:
    assert cut("UTC", "2026-07-15T00:00Z", "2026-07-15T00:00Z", Granularity.DAY) == []


@pytest.mark.parametrize("granularity", Granularity)
def test_too_many_points_are_refused(granularity: Granularity) -> None:
    window = Range(datetime(1000, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC))
    with pytest.raises(TooManyPoints):
        buckets(window, granularity, 100)


@given(
    st.sampled_from(ZONES),
    st.datetimes(datetime(1990, 1, 1), datetime(2037, 1, 1)),
    st.integers(1, 3 * 24 * 60),
    st.sampled_from(Granularity),
)
def test_spans_cover_the_range_without_gap_or_overlap(
    zone: str, start: datetime, minutes: int, granularity: Granularity
) -> None:
    window = between(start, start + timedelta(minutes=minutes), zone)
    spans = buckets(window, granularity, LIMIT)
    assert spans[0].start <= window.start < spans[0].end
    assert spans[-1].start < window.end <= spans[-1].end
    assert all(one.end == other.start for one, other in pairwise(spans))
    assert all(span.start < span.end for span in spans)
    assert all(span.key == span.start and span.key.tzinfo is UTC for span in spans)


@given(st.integers(1, 100_000), st.integers(0, 59))
def test_chunks_are_the_shortest_that_are_few_enough(minutes: int, seconds: int) -> None:
    start = datetime(2026, 7, 14, 10, 20, 30, tzinfo=UTC)
    window = Range(start, start + timedelta(minutes=minutes, seconds=seconds))
    length = chunk_length(window, 20)
    starts = chunks(window, 20)
    assert starts[0] == start
    assert starts[-1] < window.end <= starts[-1] + length
    assert len(starts) <= 20
    assert length == timedelta(minutes=1) or (window.end - window.start) > 20 * (length - timedelta(minutes=1))
