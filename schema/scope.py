"""Scopes: what has analytics. A scope is a path of (dimension, key) that narrows the account."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from db.question import EVERYTHING, And, KeyIn, Range
from db.question import Scope as Path
from resolvers import ranges
from resolvers.ranges import Preset
from resolvers.subject import Live, Subject
from schema.fields import field
from schema.info import Info
from schema.inputs import (
    LAST_30_DAYS,
    UTC,
    AnalyticsFilter,
    DateRange,
    FilterArgument,
    RangeArgument,
    SinceArgument,
    ZoneArgument,
)

if TYPE_CHECKING:
    from schema.analytics import Analytics

LazyAnalytics = Annotated["Analytics", strawberry.lazy("schema.analytics")]

DESCRIPTION = "The numbers of this scope, in every shape."


async def analytics_of(
    info: Info, path: Path, range: DateRange | None, time_zone: str | None, filter: AnalyticsFilter | None
) -> "Analytics":
    """The analytics of a scope, over the range asked for."""
    window = await (range or LAST_30_DAYS).resolved(info.context, _zone(time_zone))
    return _analytics(info, path, window, filter)


def _analytics(
    info: Info, path: Path, window: Range, filter: AnalyticsFilter | None, live: Live | None = None
) -> "Analytics":
    from schema.analytics import Analytics

    wanted = filter.resolved(info.context.limits.max_filter_depth) if filter else EVERYTHING
    if info.context.user_id is not None:
        # A token of one user sees that user's events and no others.
        wanted = And((wanted, KeyIn("user", (info.context.user_id,))))
    return Analytics(subject=Subject(info.context.tenant, window, path, wanted, live))


def _zone(time_zone: str | None) -> str:
    return UTC if time_zone is None else time_zone


@strawberry.type
class Scope:
    """Something whose analytics are, unless asked otherwise, those of the last 30 days."""

    def path(self) -> Path:
        """What narrows the account to it."""
        raise NotImplementedError

    @field(DESCRIPTION)
    async def analytics(
        self,
        info: Info,
        range: RangeArgument = LAST_30_DAYS,
        time_zone: ZoneArgument = UTC,
        filter: FilterArgument = strawberry.UNSET,
    ) -> LazyAnalytics:
        return await analytics_of(info, self.path(), range, time_zone, filter)


@strawberry.type
class StartingScope:
    """Something whose analytics are, unless asked otherwise, those from its start on."""

    def path(self) -> Path:
        """What narrows the account to it."""
        raise NotImplementedError

    def start(self) -> datetime | None:
        """When it starts; none: as far as anyone knows, it always was."""
        raise NotImplementedError

    def live(self) -> Live:
        """What of the time since then it was live."""
        raise NotImplementedError

    @field(
        f"{DESCRIPTION} Without `range`: from its exact start on, open to the future. Timelines of minutes or ten "
        "minutes, heat maps and top moments then show its live part: until its end, or as long as anyone stayed on."
    )
    async def analytics(
        self,
        info: Info,
        range: SinceArgument = strawberry.UNSET,
        time_zone: ZoneArgument = UTC,
        filter: FilterArgument = strawberry.UNSET,
    ) -> LazyAnalytics:
        start = self.start()
        if range or start is None:
            return await analytics_of(info, self.path(), range or _ALL_TIME, time_zone, filter)
        window = ranges.since(start, _zone(time_zone), info.context.started)
        return _analytics(info, self.path(), window, filter, self.live())


_ALL_TIME = DateRange(preset=Preset.ALL_TIME)
