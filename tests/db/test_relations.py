"""A window is cut into segments: none missing, none twice, each from the coarsest relation that answers exactly."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.measures import MEASURES
from db.relations import CURVE_RELATIONS, METRIC_RELATIONS, RAW, Relation, segments
from db.rollups import ROLLUPS

DAYS, QUARTERS = METRIC_RELATIONS[:2]
WHOLE = (DAYS, QUARTERS, RAW)
MOMENTS = st.datetimes(datetime(1969, 12, 1), datetime(2026, 12, 31), timezones=st.just(UTC))
SPANS = st.timedeltas(timedelta(0), timedelta(days=40))
GRAINS = st.sampled_from([timedelta(microseconds=1), timedelta(minutes=1), timedelta(minutes=15), timedelta(days=1)])


def at(text: str) -> datetime:
    """A moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_every_relation_of_metrics_has_every_measure() -> None:
    kept = {rollup.name: rollup for rollup in ROLLUPS}
    for relation in METRIC_RELATIONS[:-1]:
        assert {measure.name for measure in kept[relation.name].measures} == MEASURES.keys()
        assert relation.of_sessions == (kept[relation.name].where == "session_key <> 0")


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2026-07-01", "2026-07-03", [(DAYS, "2026-07-01", "2026-07-03")]),
        (
            "2026-07-01T10:07",
            "2026-07-03T05:30",
            [
                (RAW, "2026-07-01T10:07", "2026-07-01T10:15"),
                (QUARTERS, "2026-07-01T10:15", "2026-07-02"),
                (DAYS, "2026-07-02", "2026-07-03"),
                (QUARTERS, "2026-07-03", "2026-07-03T05:30"),
            ],
        ),
        ("2026-07-01T10:15", "2026-07-01T23:45", [(QUARTERS, "2026-07-01T10:15", "2026-07-01T23:45")]),
        ("2026-07-01T10:01", "2026-07-01T10:14", [(RAW, "2026-07-01T10:01", "2026-07-01T10:14")]),
        ("2026-07-01", "2026-07-01", []),
    ],
)
def test_each_part_is_read_where_it_is_coarsest(
    start: str, end: str, expected: list[tuple[Relation, str, str]]
) -> None:
    found = sorted(segments(at(start), at(end), WHOLE), key=lambda segment: segment.start)
    assert [(each.relation, each.start, each.end) for each in found] == [(r, at(a), at(b)) for r, a, b in expected]


def test_midnights_of_a_zone_off_by_a_quarter_are_read_by_quarters() -> None:
    start = at("2026-06-30T18:15")
    days = [start + timedelta(days=number) for number in range(1, 10)]
    found = segments(start, days[-1], WHOLE, days[:-1])
    assert [(each.relation, each.start, each.end) for each in found] == [(QUARTERS, start, days[-1])]


@given(MOMENTS, SPANS, GRAINS, st.integers(1, 50), st.sampled_from([WHOLE, CURVE_RELATIONS, (RAW,)]))
def test_segments_cover_the_window_once_and_no_row_straddles_an_end_or_a_cut(
    start: datetime, span: timedelta, grain: timedelta, count: int, relations: tuple[Relation, ...]
) -> None:
    end = start + span
    first = start - (start - at("1970-01-01")) % grain
    cuts = [cut for cut in (first + number * grain for number in range(count)) if start < cut < end]
    found = sorted(segments(start, end, relations, cuts), key=lambda segment: segment.start)
    assert [each.end for each in found[:-1]] == [each.start for each in found[1:]]
    assert (found[0].start, found[-1].end) == (start, end) if span else not found
    for each in found:
        assert each.start < each.end
        assert all(each.relation.divides(moment) for moment in (each.start, each.end))
        assert all(each.relation.divides(cut) for cut in cuts if each.start <= cut < each.end)
