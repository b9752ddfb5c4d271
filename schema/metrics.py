"""Metrics: one field for each public metric of db/metrics.py.

A row of an answer is the object: a mapping from metric names to values. Nothing is copied out of it.
"""

from typing import Any, cast

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.field import StrawberryField
from strawberry.types.info import Info as AnyInfo

from db.metrics import PUBLIC, Metric
from db.plan import Row
from schema.enums import MetricName
from schema.scalars import Count


class MetricField(StrawberryField):
    """A field that reads its row by the metric's name."""

    def get_result(self, source: Any, info: AnyInfo | None, args: list[Any], kwargs: Any) -> Any:
        """The metric's value in this row."""
        return source[self.name]


def description(metric: Metric) -> str:
    """What the metric counts, in which unit, how it is computed and whether it adds up."""
    adds_up = "Rows of a breakdown add up to the whole." if metric.additive else "Rows of a breakdown do not add up."
    nothing = " Null where there is nothing to divide by." if metric.nullable else ""
    return f"{metric.summary}{nothing}\n\nUnit: {metric.unit}. Formula: {metric.says}. {adds_up}"


def _annotation(metric: Metric) -> object:
    if metric.nullable:
        return float | None
    return Count if metric.unit.whole else float


def _with_fields(cls: type) -> type:
    """The class with one field for each public metric."""
    cls.__annotations__ = {metric.name: _annotation(metric) for metric in PUBLIC}
    for metric in PUBLIC:
        field = MetricField(
            python_name=metric.name,
            graphql_name=metric.field,
            type_annotation=StrawberryAnnotation.from_annotation(cls.__annotations__[metric.name]),
            description=description(metric),
        )
        setattr(cls, metric.name, field)
    return cls


@strawberry.type(description="Numbers of one scope and time. Only those that are asked for are computed.")
@_with_fields
class Metrics:
    """Never made: rows of answers stand for it."""


def as_metrics(row: Row) -> Metrics:
    """The row, which is what the fields of Metrics read."""
    return cast(Metrics, row)


NAME_OF_FIELD = {metric.field: metric.name for metric in PUBLIC}


@strawberry.type(description="What a metric is.")
class MetricInfo:
    """A metric's definition as data."""

    name: MetricName = strawberry.field(description="Its name in arguments.")
    field: str = strawberry.field(description="Its field of Metrics.")
    label: str = strawberry.field(description="A short name for people.")
    unit: str = strawberry.field(description="What it is measured in: count, users, min, ratio or kbit/s.")
    description: str = strawberry.field(description="What is counted, and what is not.")
    formula: str = strawberry.field(description="How it is computed, in words of the event format and other metrics.")
    additive: bool = strawberry.field(description="Whether the rows of a breakdown add up to the whole.")
    served_by: list[str] = strawberry.field(
        description="What it is computed from, the coarsest first: of them the first that has what else is asked for. "
        "`session_minutes` only serves what belongs to sessions."
    )

    @classmethod
    def of(cls, metric: Metric, served_by: list[str]) -> "MetricInfo":
        """The metric's definition."""
        return cls(
            name=MetricName(metric.name),
            field=metric.field,
            label=metric.label,
            unit=metric.unit.value,
            description=metric.summary,
            formula=metric.says,
            additive=metric.additive,
            served_by=served_by,
        )
