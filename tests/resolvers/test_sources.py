"""What is said to serve a metric is what the planner reads for it."""

from datetime import UTC, datetime, timedelta

import pytest

from db.metrics import PUBLIC, Metric
from db.plan import plan
from db.question import Question, Range, Table
from db.relations import AUDIENCES, METRIC_RELATIONS
from resolvers.sources import served_by

DAYS = Range(datetime(2026, 7, 1, tzinfo=UTC), datetime(2026, 7, 8, tzinfo=UTC))
ODD = Range(datetime(2026, 7, 1, 10, 7, tzinfo=UTC), datetime(2026, 7, 8, 9, 3, tzinfo=UTC))
SCOPES = [
    (),
    *((scope,) for scope in (("entry", "e"), ("session", "s"), ("country", "DE"), ("device", "Phone"), ("url", "u"))),
    *((("entry", "e"), scope) for scope in (("country", "DE"), ("device", "Phone"), ("url", "u"))),
    (("country", "DE"), ("device", "Phone")),
]


MINUTES = tuple(DAYS.start + number * timedelta(minutes=1) for number in range(5))


@pytest.mark.parametrize("metric", PUBLIC, ids=lambda metric: metric.name)
def test_a_metric_is_read_where_it_is_said_to_be(metric: Metric) -> None:
    read = {
        relation.name
        for window in (DAYS, ODD)
        for scope in SCOPES
        for buckets in ((), MINUTES if window is DAYS else ())
        for relation in (*AUDIENCES, *METRIC_RELATIONS)
        if f"from {relation.name} r " in plan([Question(1, window, _table(metric, buckets), scope)]).sql
    }
    assert read == set(served_by(metric))


def _table(metric: Metric, buckets: tuple[datetime, ...]) -> Table:
    return Table(frozenset({metric.name}), buckets=buckets)


def test_not_every_audience_serves_every_metric() -> None:
    served = {metric.name: set(served_by(metric)) for metric in PUBLIC}
    by_day = {relation.name for relation in AUDIENCES if not relation.of_sessions}
    assert by_day & served["viewing_sessions"] == by_day
    assert "audience_minutes" not in served["viewing_sessions"]
    assert {relation.name for relation in AUDIENCES} <= served["unique_viewers"]
    assert {relation.name for relation in AUDIENCES} & served["sessions_viewed"] == {
        "audience_entries",
        "audience_minutes",
    }
