"""Analytics: the shapes that the numbers of a scope come in."""

from typing import Annotated, Any

import strawberry

from resolvers.breakdown import groups
from resolvers.buckets import Granularity
from resolvers.curve import curve
from resolvers.funnel import PlayThrough, funnel
from resolvers.heatmap import engagement
from resolvers.moments import top_moments
from resolvers.pages import DEFAULT, size
from resolvers.search import searched
from resolvers.subject import Subject
from resolvers.timeline import timeline
from resolvers.totals import totals
from schema.breakdown import Breakdown, as_field, rows
from schema.comparison import MetricsComparison, comparison
from schema.enums import Dimension, MetricName
from schema.fields import field
from schema.info import Info
from schema.inputs import PREVIOUS, AfterArgument, ComparisonArgument, FirstArgument, OrderArgument
from schema.metrics import Metrics, as_metrics
from schema.row import (
    BreakdownRow,
    CountryRow,
    DeviceRow,
    DomainRow,
    EntryRow,
    GroupRow,
    NamedRow,
    RoomRow,
    SessionRow,
    UserRow,
)
from schema.scalars import Count
from schema.selection import selected_metrics, selects
from schema.shapes import (
    EngagementMinute,
    FunnelStep,
    PlaybackPoint,
    ReactionCount,
    Series,
    SeriesColumn,
    TimelinePoint,
    TopMoment,
)
from schema.time import Freshness, ResolvedRange

MOMENTS = 5

GranularityArgument = Annotated[Granularity, strawberry.argument(description="How long its spans are.")]
MetricsArgument = Annotated[list[MetricName], strawberry.argument(description="Which metrics, one column each.")]
ReachedArgument = Annotated[
    PlayThrough | None, strawberry.argument(description="How far plays of the last step got. Without it: half.")
]
MomentsArgument = Annotated[int | None, strawberry.argument(description="How many at most.")]
SearchArgument = Annotated[
    str | None,
    strawberry.argument(
        description="Only users whose name, user id, email or company holds this; at least three letters, case and "
        "accents aside. The totals are those of the users found."
    ),
]
ByArgument = Annotated[list[Dimension], strawberry.argument(description="The dimensions, each once.")]


def _by(dimension: str, name: str, row_type: type[BreakdownRow], what: str) -> Any:
    """A breakdown by one dimension."""

    async def resolve(
        self: "Analytics",
        info: Info,
        order_by: OrderArgument = strawberry.UNSET,
        first: FirstArgument = DEFAULT,
        after: AfterArgument = strawberry.UNSET,
    ) -> Any:
        return await rows(info, self.subject, (dimension,), row_type, order_by, first, after)

    return as_field(resolve, name, row_type, f"A row for each {what} that has an event.")


@strawberry.type(description="The numbers of a scope over a range of time, in every shape.")
class Analytics:
    """A subject, to be asked in shapes."""

    subject: strawberry.Private[Subject]

    @field("The range as it was understood.")
    def range(self) -> ResolvedRange:
        return ResolvedRange.of(self.subject.window)

    @field("How fresh the numbers are.")
    async def freshness(self, info: Info) -> Freshness:
        moment = await info.context.loaders.data_up_to(info.context.started)
        return Freshness(data_up_to=moment.astimezone(self.subject.window.tz))

    @field("Totals of the scope over the whole range.")
    async def metrics(self, info: Info) -> Metrics:
        return as_metrics(await totals(info.context, self.subject, selected_metrics(info, ())))

    @field("The totals at another time, and how much they changed since.")
    async def comparison(self, info: Info, to: ComparisonArgument = PREVIOUS) -> MetricsComparison:
        return await comparison(info, self.subject, to)

    @field("The metrics of every span of the range, those without events included.")
    async def timeline(self, info: Info, granularity: GranularityArgument) -> list[TimelinePoint]:
        points = await timeline(info.context, self.subject, granularity, selected_metrics(info, ("metrics",)))
        return [
            TimelinePoint(start=span.start, end=span.end, complete=span.complete, metrics=as_metrics(row))
            for span, row in points
        ]

    @field("The timeline as columns, for charts: one array for the times, one for each metric asked for.")
    async def series(self, info: Info, granularity: GranularityArgument, metrics: MetricsArgument) -> Series:
        names = [metric.value for metric in metrics]
        points = await timeline(info.context, self.subject, granularity, names)
        return Series(
            starts=[span.start for span, _ in points],
            complete=[span.complete for span, _ in points],
            columns=[SeriesColumn(metric=MetricName(name), values=[row[name] for _, row in points]) for name in names],
        )

    @field("How often each percentile of the entries was viewed: a hundred points. For one user, the heat map.")
    async def playback_curve(self, info: Info) -> list[PlaybackPoint]:
        views, viewers = selects(info, ("views",), ("tier",)), selects(info, ("uniqueViewers",))
        return [
            PlaybackPoint(
                percentile=point.percentile,
                views=Count(point.views),
                unique_viewers=Count(point.unique_viewers),
                tier=point.tier,
            )
            for point in await curve(info.context, self.subject, views, viewers)
        ]

    @field("Impressions, plays, and plays that got as far as asked.")
    async def funnel(self, info: Info, reached: ReachedArgument = PlayThrough.FIFTY_PERCENT) -> list[FunnelStep]:
        steps = await funnel(info.context, self.subject, reached or PlayThrough.FIFTY_PERCENT)
        return [FunnelStep(step=step.step, count=Count(step.count), rate=step.rate) for step in steps]

    @field("Live engagement minute by minute. Needs a scope or filter of one user; else NEEDS_ONE_USER.")
    async def engagement_heatmap(self, info: Info) -> list[EngagementMinute]:
        return [
            EngagementMinute(start=start, state=state) for start, state in await engagement(info.context, self.subject)
        ]

    @field(
        "The spans with the most reactions, most first. Spans are n whole minutes from the range's start, "
        "n the smallest that gives at most 20 of them."
    )
    async def top_moments(self, info: Info, first: MomentsArgument = MOMENTS) -> list[TopMoment]:
        moments = await top_moments(info.context, self.subject, size(first, info.context.limits, MOMENTS))
        return [
            TopMoment(
                start=moment.start,
                end=moment.end,
                reactions=Count(moment.reactions),
                by_type=[ReactionCount(reaction=name, count=Count(count)) for name, count in moment.by_type],
            )
            for moment in moments
        ]

    countries = _by("country", "countries", CountryRow, "country")
    regions = _by("region", "regions", NamedRow, "region")
    cities = _by("city", "cities", NamedRow, "city")
    devices = _by("device", "devices", DeviceRow, "class of devices")
    operating_systems = _by("operating_system", "operating_systems", NamedRow, "operating system")
    browsers = _by("browser", "browsers", NamedRow, "browser")
    domains = _by("domain", "domains", DomainRow, "domain")
    urls = _by("url", "urls", NamedRow, "page")
    playback_types = _by("playback_type", "playback_types", NamedRow, "playback type")
    categories = _by("category", "categories", NamedRow, "category of entries")
    playback_contexts = _by("playback_context", "playback_contexts", NamedRow, "playback context")
    reaction_types = _by("reaction", "reaction_types", NamedRow, "reaction")
    entries = _by("entry", "entries", EntryRow, "entry")
    sessions = _by("session", "sessions", SessionRow, "session")
    rooms = _by("room", "rooms", RoomRow, "room")

    @field("A row for each user that has an event.")
    async def users(
        self,
        info: Info,
        search: SearchArgument = strawberry.UNSET,
        order_by: OrderArgument = strawberry.UNSET,
        first: FirstArgument = DEFAULT,
        after: AfterArgument = strawberry.UNSET,
    ) -> Breakdown[UserRow]:
        return await rows(info, self.subject, ("user",), UserRow, order_by, first, after, searched(search or None))

    @field("A row for each combination of keys that has an event, for a panel of one's own.")
    async def groups(
        self,
        info: Info,
        by: ByArgument,
        order_by: OrderArgument = strawberry.UNSET,
        first: FirstArgument = DEFAULT,
        after: AfterArgument = strawberry.UNSET,
    ) -> Breakdown[GroupRow]:
        dimensions = groups([dimension.value for dimension in by])
        return await rows(info, self.subject, dimensions, GroupRow, order_by, first, after)
