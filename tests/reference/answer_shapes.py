"""Shapes without arguments of their own as the objects that a document selects from."""

from typing import Any

from . import shapes
from .attribution import FOREVER
from .calendar import Range
from .documents import Object
from .metrics import FIELDS, METRICS, Facts, Value
from .shapes import Scope


def objects(typename: str, **fields: Any) -> Object:
    return {"__typename": typename, **fields}


def range_object(span: Range) -> dict[str, Any]:
    return {"__typename": "ResolvedRange", "from": span.shown(span.start), "to": shown_end(span)}


def shown_end(span: Range) -> str:
    return span.end.isoformat() if span.end == FOREVER else span.shown(span.end)


def real(value: Value) -> float | None:
    """As a field serves it that holds metrics of any unit."""
    return None if value is None else float(value)


def metrics_object(facts: Facts) -> Object:
    """The metrics, each counted when it is asked for."""
    return {"__typename": "Metrics", **{name: (lambda a, f=function: f(facts)) for name, function in METRICS.items()}}


def timeline_objects(scope: Scope, granularity: str) -> list[Object]:
    shown = scope.span.shown
    return [
        objects(
            "TimelinePoint",
            start=shown(bucket.start),
            end=shown(bucket.end),
            complete=bucket.complete,
            metrics=metrics_object(facts),
        )
        for bucket, facts in shapes.timeline(scope, granularity)
    ]


def series_object(scope: Scope, granularity: str, names: list[str]) -> Object:
    points = shapes.timeline(scope, granularity)
    columns = {name: [real(METRICS[FIELDS[name]](facts)) for _, facts in points] for name in names}
    return {
        "__typename": "Series",
        "starts": [scope.span.shown(bucket.start) for bucket, _ in points],
        "complete": [bucket.complete for bucket, _ in points],
        "columns": [objects("SeriesColumn", metric=name, values=values) for name, values in columns.items()],
    }


def moment_objects(scope: Scope, first: int) -> list[Object]:
    shown = scope.span.shown
    return [
        objects(
            "TopMoment",
            start=shown(start),
            end=shown(end),
            reactions=by_type.total(),
            byType=[
                objects("ReactionCount", reaction=name, count=count)
                for name, count in sorted(by_type.items(), key=lambda item: (-item[1], item[0]))
            ],
        )
        for start, end, by_type in shapes.top_moments(scope, first)
    ]
