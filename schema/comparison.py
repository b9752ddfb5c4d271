"""Comparison: the same scope at another time."""

import strawberry

from resolvers.comparison import Change, Compared, compare
from resolvers.subject import Subject
from schema.enums import MetricName
from schema.fields import field
from schema.info import Info
from schema.inputs import PREVIOUS, Comparison
from schema.metrics import Metrics, as_metrics
from schema.selection import selected_metrics, selects
from schema.time import ResolvedRange


@strawberry.type(description="How a metric changed.")
class MetricChange:
    """A metric at two times."""

    metric: MetricName = strawberry.field(description="Which metric.")
    current: float | None = strawberry.field(description="Its value in the range, in the metric's unit.")
    previous: float | None = strawberry.field(description="Its value in the range compared with, in the metric's unit.")
    change: float | None = strawberry.field(
        description="(current - previous) / previous: 0.1 is 10 % more. Null where previous is 0 or null."
    )

    @classmethod
    def of(cls, change: Change) -> "MetricChange":
        """The change, with the metric's name in the enum."""
        return cls(
            metric=MetricName(change.metric), current=change.current, previous=change.previous, change=change.change
        )


@strawberry.type(description="The same scope at another time.")
class MetricsComparison:
    """Another range's totals, and the changes since."""

    compared: strawberry.Private[Compared]

    @field("The range compared with.")
    def range(self) -> ResolvedRange:
        return ResolvedRange.of(self.compared.window)

    @field("The metrics of the range compared with.")
    def previous(self) -> Metrics:
        return as_metrics(self.compared.previous)

    @field("Every metric's change, in the order of `metricCatalogue`.")
    def change(self) -> list[MetricChange]:
        return [MetricChange.of(change) for change in self.compared.changes()]


async def comparison(info: Info, subject: Subject, to: Comparison | None) -> MetricsComparison:
    """The subject at another time; only what is selected is computed."""
    window = await (to or PREVIOUS).resolved(info.context, subject.window)
    wanted = selected_metrics(info, ("previous",))
    return MetricsComparison(compared=await compare(info.context, subject, window, wanted, selects(info, ("change",))))
