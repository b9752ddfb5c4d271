"""Inputs: ranges, comparisons, orders, filters. Each turns itself into the value that resolvers take."""

from datetime import date, datetime
from typing import Annotated

import strawberry
from strawberry import UNSET

from db.catalogue import storable
from db.question import EVERYTHING, And, Direction, Filter, KeyIn, Not, Or, Order, Range
from resolvers import ranges
from resolvers.context import Context
from resolvers.errors import FilterTooDeep
from resolvers.ranges import Period, Preset
from schema.enums import EntryOrderField, MediaType, MetricName, SessionOrderField

UTC = "UTC"


@strawberry.input(description="An interval of time. Half-open: from ≤ time < to.")
class DateTimeInterval:
    """From one moment to another."""

    from_: datetime = strawberry.field(name="from", description="Its first moment.")
    to: datetime = strawberry.field(description="The first moment after it.")


@strawberry.input(description="Whole calendar days in `timeZone`, both included.")
class DayInterval:
    """From one day to another."""

    from_: date = strawberry.field(name="from", description="Its first day.")
    to: date = strawberry.field(description="Its last day.")


@strawberry.input(one_of=True, description="A range of time: by name, by moments, or by days.")
class DateRange:
    """Exactly one of three ways to say it."""

    preset: Preset | None = strawberry.field(default=UNSET, description="Whole days relative to today.")
    between: DateTimeInterval | None = strawberry.field(default=UNSET, description="From one moment to another.")
    days: DayInterval | None = strawberry.field(default=UNSET, description="From one day to another.")

    async def resolved(self, context: Context, zone: str) -> Range:
        """The range in this zone, now."""
        if self.between:
            return ranges.between(self.between.from_, self.between.to, zone)
        if self.days:
            return ranges.days(self.days.from_, self.days.to, zone)
        preset = self.preset or Preset.LAST_30_DAYS
        first_event = await context.loaders.first_event() if preset is Preset.ALL_TIME else None
        return ranges.preset(preset, zone, context.started, first_event)


@strawberry.input(one_of=True, description="What a range is compared with.")
class Comparison:
    """Exactly one of two ways to say it."""

    period: Period | None = strawberry.field(default=UNSET, description="A period relative to the range.")
    range: DateRange | None = strawberry.field(default=UNSET, description="A range of one's own.")

    async def resolved(self, context: Context, window: Range) -> Range:
        """The range that this window is compared with."""
        if self.range:
            return await self.range.resolved(context, window.zone)
        return ranges.compared(window, self.period or Period.PREVIOUS)


@strawberry.input(
    description="An order by a metric. Nulls last both ways; ties by key, ascending by code point. "
    "Without it: PLAYS, DESC."
)
class MetricOrder:
    """Rows by a metric."""

    metric: MetricName = strawberry.field(description="What rows are ordered by.")
    direction: Direction | None = strawberry.field(default=Direction.DESC, description="Which end comes first.")

    @property
    def order(self) -> Order:
        """As resolvers take it."""
        return Order(self.metric.value, self.direction or Direction.DESC)


@strawberry.input(description="An order of entries; ties by entry id.")
class EntryOrder:
    """Entries by a field."""

    field: EntryOrderField | None = strawberry.field(
        default=EntryOrderField.CREATED_AT, description="What entries are ordered by."
    )
    direction: Direction | None = strawberry.field(default=Direction.DESC, description="Which end comes first.")


@strawberry.input(description="An order of sessions; ties by session id.")
class SessionOrder:
    """Sessions by a field."""

    field: SessionOrderField | None = strawberry.field(
        default=SessionOrderField.STARTS_AT, description="What sessions are ordered by."
    )
    direction: Direction | None = strawberry.field(default=Direction.DESC, description="Which end comes first.")


@strawberry.input(description="Which entries; conditions that are left out are none, the others all hold.")
class EntryFilter:
    """Conditions on entries."""

    search: str | None = strawberry.field(default=UNSET, description="Part of the name, whatever the case.")
    media_type: list[MediaType] | None = strawberry.field(default=UNSET, description="One of these media types.")
    category: list[str] | None = strawberry.field(
        default=UNSET, description="In one of these categories, by full name."
    )
    owner_id: list[str] | None = strawberry.field(default=UNSET, description="Owned by one of these users.")


@strawberry.input(description="Which sessions; conditions that are left out are none, the others all hold.")
class SessionFilter:
    """Conditions on sessions."""

    search: str | None = strawberry.field(default=UNSET, description="Part of the name, whatever the case.")
    event_id: list[str] | None = strawberry.field(default=UNSET, description="Of one of these virtual events.")
    room_id: list[str] | None = strawberry.field(default=UNSET, description="In one of these rooms, by entry id.")
    starts_after: datetime | None = strawberry.field(default=UNSET, description="Starting then or later.")
    starts_before: datetime | None = strawberry.field(default=UNSET, description="Starting before then.")


@strawberry.input(
    description="A condition on a key. Both parts hold where both are given. `Unknown` is a key like any other."
)
class KeyFilter:
    """Keys let in, keys left out."""

    in_: list[str] | None = strawberry.field(name="in", default=UNSET, description="One of these.")
    not_in: list[str] | None = strawberry.field(default=UNSET, description="None of these.")

    def filters(self, dimension: str) -> list[Filter]:
        """The conditions on this dimension."""
        found: list[Filter] = []
        if self.in_ is not None and self.in_ is not UNSET:
            found.append(_key_in(dimension, self.in_))
        if self.not_in is not None and self.not_in is not UNSET:
            found.append(Not(_key_in(dimension, self.not_in)))
        return found


def _key_in(dimension: str, keys: list[str]) -> KeyIn:
    return KeyIn(dimension, tuple(sorted({key for key in keys if storable(key)})))


def _of(description: str) -> KeyFilter | None:
    found: KeyFilter | None = strawberry.field(default=UNSET, description=description)
    return found


@strawberry.input(
    description="Which events count. Conditions that are left out are none, the others all hold; an empty `or` lets "
    "nothing through."
)
class AnalyticsFilter:
    """A tree of conditions."""

    and_: list["AnalyticsFilter"] | None = strawberry.field(name="and", default=UNSET, description="All of these hold.")
    or_: list["AnalyticsFilter"] | None = strawberry.field(name="or", default=UNSET, description="Any of these holds.")
    not_: "AnalyticsFilter | None" = strawberry.field(name="not", default=UNSET, description="This does not hold.")
    country: KeyFilter | None = _of("Where the viewer was: ISO 3166-1 alpha-2 code.")
    region: KeyFilter | None = _of("Region of the viewer, by name.")
    city: KeyFilter | None = _of("City of the viewer, by name.")
    device: KeyFilter | None = _of("Class of the viewer's device.")
    operating_system: KeyFilter | None = _of("Operating system of the viewer's device.")
    browser: KeyFilter | None = _of("Browser, by family.")
    domain: KeyFilter | None = _of("Host of the page that the player was on.")
    url: KeyFilter | None = _of("Page that the player was on, without query and fragment.")
    playback_type: KeyFilter | None = _of("vod, live, dvr or offline.")
    media_type: KeyFilter | None = _of("Media type of the entry: video, audio, image, document, live or room.")
    category: KeyFilter | None = _of("Category of the entry, by full name, exactly.")
    playback_context: KeyFilter | None = _of("Category page that the entry was watched on.")
    entry_id: KeyFilter | None = _of("Entry.")
    session_id: KeyFilter | None = _of("Session of the catalogue.")
    room_id: KeyFilter | None = _of("Room of the session, else the room that was entered; by entry id.")
    event_id: KeyFilter | None = _of("Virtual event.")
    user_id: KeyFilter | None = _of("User; all anonymous people are Unknown.")
    owner_id: KeyFilter | None = _of("Owner of the entry.")

    def resolved(self, deepest: int) -> Filter:
        """As resolvers take it; raises FilterTooDeep."""
        if (depth := self._depth()) > deepest:
            raise FilterTooDeep(depth, deepest)
        return self._filter()

    def _depth(self) -> int:
        """How many filters stand inside each other, this one included."""
        inner = [*(self.and_ or ()), *(self.or_ or ()), *([self.not_] if self.not_ else ())]
        return 1 + max((part._depth() for part in inner), default=0)

    def _filter(self) -> Filter:
        parts: list[Filter] = []
        if self.and_:
            parts += [part._filter() for part in self.and_]
        if self.or_ is not None and self.or_ is not UNSET:
            parts.append(Or(tuple(part._filter() for part in self.or_)))
        if self.not_:
            parts.append(Not(self.not_._filter()))
        for name, dimension in _DIMENSIONS.items():
            if keys := getattr(self, name):
                parts += keys.filters(dimension)
        return And(tuple(parts)) if parts else EVERYTHING


_DIMENSIONS = {
    **{
        name: name
        for name in (
            *("country", "region", "city", "device", "operating_system", "browser", "domain", "url"),
            *("playback_type", "media_type", "category", "playback_context"),
        )
    },
    **{f"{name}_id": name for name in ("entry", "session", "room", "event", "user", "owner")},
}
"""Which dimension each condition is about."""

LAST_30_DAYS = DateRange(preset=Preset.LAST_30_DAYS)
PREVIOUS = Comparison(period=Period.PREVIOUS)

RangeArgument = Annotated[
    DateRange | None, strawberry.argument(description="When. Without it: the 30 whole days before today.")
]
SinceArgument = Annotated[
    DateRange | None, strawberry.argument(description="When. Without it: from the exact start on, open to the future.")
]
ZoneArgument = Annotated[
    str | None,
    strawberry.argument(
        name="timeZone", description="IANA time zone that days and months are cut in and times are served in."
    ),
]
FilterArgument = Annotated[
    AnalyticsFilter | None, strawberry.argument(description="Which events count. Without it: all.")
]
ComparisonArgument = Annotated[
    Comparison | None, strawberry.argument(description="What to compare with. Without it: the period before.")
]
OrderArgument = Annotated[
    MetricOrder | None, strawberry.argument(name="orderBy", description="In which order. Without it: PLAYS, DESC.")
]
FirstArgument = Annotated[int | None, strawberry.argument(description="How many at most: 0 to `limits.maxPageSize`.")]
AfterArgument = Annotated[
    str | None, strawberry.argument(description="The cursor that the page before ended with: pageInfo.endCursor.")
]
