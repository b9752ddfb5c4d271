"""What the shapes of analytics give, apart from breakdowns: points, steps, minutes, moments."""

from datetime import datetime

import strawberry

from resolvers.curve import Tier
from resolvers.funnel import Step
from resolvers.heatmap import Engagement
from schema.enums import MetricName
from schema.metrics import Metrics
from schema.scalars import Count


@strawberry.type(description="A span of a timeline.")
class TimelinePoint:
    """One bucket."""

    start: datetime = strawberry.field(description="When the whole span starts, even where the range starts later.")
    end: datetime = strawberry.field(description="When the whole span ends, even where the range ends earlier.")
    complete: bool = strawberry.field(description="Whether the whole span is in the range.")
    metrics: Metrics = strawberry.field(description="The numbers of the part that is in the range.")


@strawberry.type(description="A metric along a timeline.")
class SeriesColumn:
    """One line of a chart."""

    metric: MetricName = strawberry.field(description="Which metric.")
    values: list[float | None] = strawberry.field(description="A value for each span, in the metric's unit.")


@strawberry.type(description="A timeline as columns: all arrays are as long.")
class Series:
    """A chart."""

    starts: list[datetime] = strawberry.field(description="When the whole spans start.")
    complete: list[bool] = strawberry.field(description="Whether the whole span is in the range.")
    columns: list[SeriesColumn] = strawberry.field(description="One for each metric, in the order asked for.")


@strawberry.type(description="How a percentile of the entries was viewed.")
class PlaybackPoint:
    """One of a hundred."""

    percentile: int = strawberry.field(description="1 to 100.")
    views: Count = strawberry.field(description="How often it was viewed.")
    unique_viewers: Count = strawberry.field(description="How many users viewed it.")
    tier: Tier = strawberry.field(description="Its views in words; for one user, the heat map.")


@strawberry.type(description="A step of the funnel.")
class FunnelStep:
    """One of three."""

    step: Step = strawberry.field(description="Which step.")
    count: Count = strawberry.field(description="How many took it.")
    rate: float | None = strawberry.field(description="As a share of the impressions; null where there were none.")


@strawberry.type(description="A minute of a user's live engagement.")
class EngagementMinute:
    """One square of the heat map."""

    start: datetime = strawberry.field(description="When the minute starts.")
    state: Engagement = strawberry.field(description="What the user did.")


@strawberry.type(description="How often a reaction was sent.")
class ReactionCount:
    """One kind of reaction."""

    reaction: str = strawberry.field(description="The reaction, such as clap; `Unknown` where it was not told.")
    count: Count = strawberry.field(description="How often it was sent.")


@strawberry.type(description="A span of whole minutes with many reactions.")
class TopMoment:
    """One highlight."""

    start: datetime = strawberry.field(description="When it starts.")
    end: datetime = strawberry.field(description="When it ends.")
    reactions: Count = strawberry.field(description="How many reactions were sent.")
    by_type: list[ReactionCount] = strawberry.field(description="Which, the most frequent first.")
