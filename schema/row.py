"""Rows of breakdowns: each is a narrower scope, with its metrics and the object that its key stands for."""

from typing import Annotated

import strawberry

from db.plan import Row
from resolvers.breakdown import Breakdown as Found
from schema.comparison import MetricsComparison, comparison
from schema.country import Country
from schema.device import Device
from schema.domain import Domain
from schema.entry import Entry
from schema.enums import Dimension, MetricName
from schema.fields import field
from schema.info import Info
from schema.inputs import PREVIOUS, ComparisonArgument
from schema.metrics import Metrics
from schema.room import Room
from schema.scope import LazyAnalytics
from schema.session import Session
from schema.user import User

PLAYS = MetricName("plays")

ShareArgument = Annotated[MetricName | None, strawberry.argument(description="Which metric. Without it: PLAYS.")]


@strawberry.interface(description="A row of a breakdown: a scope of its own.")
class BreakdownRow:
    """Made for every row of a page, so nothing is computed before it is asked for."""

    found: strawberry.Private[Found]
    row: strawberry.Private[Row]
    key: str = strawberry.field(
        description="The key that the row is for; `Unknown` for events without one. Of several: joined by ` | `."
    )
    metrics: Metrics = strawberry.field(description="The row's numbers.")

    @field(
        "The row's part (0 to 1) of a metric over all rows, not only those of the page. Null for metrics "
        "that do not add up, and where all rows together have 0."
    )
    def share(self, of: ShareArgument = PLAYS) -> float | None:
        return self.found.share(self.row, (of or PLAYS).value)

    @field("The row at another time.")
    async def comparison(self, info: Info, to: ComparisonArgument = PREVIOUS) -> MetricsComparison:
        return await comparison(info, self.found.scope_of(self.row), to)

    @field("The row as a narrower scope, over the same time and with the same filter.")
    def analytics(self) -> LazyAnalytics:
        from schema.analytics import Analytics

        return Analytics(subject=self.found.scope_of(self.row))


@strawberry.type(description="A row that only its key names.")
class NamedRow(BreakdownRow):
    """Region, city, browser and the like."""


@strawberry.type(description="A country's row.")
class CountryRow(BreakdownRow):
    """Key: the code."""

    @field("The country; null for Unknown and for what is no ISO code.")
    def country(self) -> Country | None:
        return Country.by_code(self.key)


@strawberry.type(description="A device's row.")
class DeviceRow(BreakdownRow):
    """Key: the name."""

    @field("The device; null for Unknown.")
    def device(self) -> Device | None:
        return Device.of_row(self.key)


@strawberry.type(description="A domain's row.")
class DomainRow(BreakdownRow):
    """Key: the host."""

    @field("The domain; null for Unknown.")
    def domain(self) -> Domain | None:
        return Domain.of_row(self.key)


@strawberry.type(description="An entry's row.")
class EntryRow(BreakdownRow):
    """Key: the entry id."""

    @field("The entry; null for Unknown and where the catalogue lacks it.")
    async def entry(self, info: Info) -> Entry | None:
        return await Entry.load(info, self.key)


@strawberry.type(description="A session's row.")
class SessionRow(BreakdownRow):
    """Key: the session id."""

    @field("The session; null for Unknown and where the catalogue lacks it.")
    async def session(self, info: Info) -> Session | None:
        return await Session.load(info, self.key)


@strawberry.type(description="A room's row.")
class RoomRow(BreakdownRow):
    """Key: the entry id."""

    @field("The room; null for Unknown and where the catalogue lacks it.")
    async def room(self, info: Info) -> Room | None:
        return await Room.load(info, self.key)


@strawberry.type(description="A user's row.")
class UserRow(BreakdownRow):
    """Key: the user id."""

    @field("The user; null for Unknown (all anonymous people) and where the catalogue lacks them.")
    async def user(self, info: Info) -> User | None:
        return await User.load(info, self.key)


@strawberry.type(description="A dimension and a key of it.")
class DimensionKey:
    """One part of a group."""

    dimension: Dimension = strawberry.field(description="The dimension.")
    key: str = strawberry.field(description="The key; `Unknown` for events without one.")


@strawberry.type(description="A row for a combination of keys.")
class GroupRow(BreakdownRow):
    """Key: all keys, joined."""

    @field("The keys, in the order of `by`.")
    def keys(self) -> list[DimensionKey]:
        pairs = zip(self.found.dimensions, self.row["keys"], strict=True)
        return [DimensionKey(dimension=Dimension(dimension), key=key) for dimension, key in pairs]
