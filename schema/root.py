"""The root: what a query can start from, and the schema itself."""

import asyncio
from dataclasses import asdict
from typing import Annotated, Any

import strawberry
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.name_converter import NameConverter
from strawberry.types.base import StrawberryObjectDefinition, StrawberryType

from db.metrics import PUBLIC
from resolvers.ids import GlobalId
from resolvers.pages import DEFAULT, check_ids
from resolvers.sources import served_by
from schema.connection import Connection
from schema.country import Country
from schema.device import Device
from schema.domain import Domain
from schema.entry import Entry, entries
from schema.fields import field
from schema.info import Info
from schema.inputs import (
    LAST_30_DAYS,
    UTC,
    AfterArgument,
    EntryFilter,
    EntryOrder,
    FilterArgument,
    FirstArgument,
    RangeArgument,
    SessionFilter,
    SessionOrder,
    ZoneArgument,
)
from schema.limits import Limits
from schema.metrics import MetricInfo
from schema.node import Node
from schema.poll import Poll
from schema.report import Mutation, Report, report, reports
from schema.room import Room, rooms
from schema.scalars import SCALARS
from schema.scope import LazyAnalytics, analytics_of
from schema.session import Session, sessions
from schema.user import User, users
from schema.virtual_event import VirtualEvent, virtual_events

NODES: tuple[type[Node], ...] = (Entry, Session, Room, User, VirtualEvent, Poll, Country, Device, Domain, Report)


def _about(description: str) -> Any:
    return strawberry.argument(description=description)


IdArgument = Annotated[strawberry.ID, _about("The `id` of an object.")]
IdsArgument = Annotated[list[strawberry.ID], _about("The `id`s of objects.")]


EntryId = Annotated[str, _about("The entry's key in the catalogue.")]
SessionId = Annotated[str, _about("The session's key in the catalogue.")]
PollId = Annotated[str, _about("The poll's key in the catalogue.")]
UserId = Annotated[str, _about("The login id.")]
ReportId = Annotated[strawberry.ID, _about("The `id` that `requestReport` gave.")]
EventId = Annotated[str, _about("The virtual event's key in the catalogue.")]
CountryCode = Annotated[str, _about("ISO 3166-1 alpha-2 code, in capitals.")]
DeviceName = Annotated[str, _about("The name, such as Desktop.")]
DomainName = Annotated[str, _about("The host, in lower case.")]
UserSearch = Annotated[
    str | None,
    _about(
        "Part of name, login id, email or company: at least three letters, case and accents aside. Without it: all."
    ),
]


async def _node(info: Info, id: str) -> Node | None:
    """The object with this id; none of another tenant."""
    found = GlobalId.parse(id)
    if found.tenant != info.context.tenant:
        return None
    types = {node.__name__: node for node in NODES}
    return await types[found.type].load(info, found.key)


@strawberry.type(description="What can be asked.")
class Query:
    """Scopes by key and in lists, the whole account, and reports."""

    @field("The object with this id; null where there is none or it is another account's.")
    async def node(self, info: Info, id: IdArgument) -> Node | None:
        return await _node(info, id)

    @field("The objects with these ids, in their order; null for each that there is not.")
    async def nodes(self, info: Info, ids: IdsArgument) -> list[Node | None]:
        check_ids(len(ids), info.context.limits)
        # An error is that of its place in the list, and leaves the others.
        found: list[Any] = await asyncio.gather(*(_node(info, id) for id in ids), return_exceptions=True)
        return found

    @field("An entry by its key.")
    async def entry(self, info: Info, entry_id: EntryId) -> Entry | None:
        return await Entry.load(info, entry_id)

    @field("The entries of the catalogue.")
    async def entries(
        self,
        info: Info,
        filter: Annotated[EntryFilter | None, _about("Which entries. Without it: all.")] = strawberry.UNSET,
        order_by: Annotated[
            EntryOrder | None, _about("In which order. Without it: the newest first.")
        ] = strawberry.UNSET,
        first: FirstArgument = DEFAULT,
        after: AfterArgument = strawberry.UNSET,
    ) -> Connection[Entry]:
        return Connection(listed=await entries(info, filter, order_by, first, after), make=Entry.of)

    @field("A session by its key.")
    async def session(self, info: Info, session_id: SessionId) -> Session | None:
        return await Session.load(info, session_id)

    @field("The sessions of the catalogue.")
    async def sessions(
        self,
        info: Info,
        filter: Annotated[SessionFilter | None, _about("Which sessions. Without it: all.")] = strawberry.UNSET,
        order_by: Annotated[
            SessionOrder | None, _about("In which order. Without it: the latest first.")
        ] = strawberry.UNSET,
        first: FirstArgument = DEFAULT,
        after: AfterArgument = strawberry.UNSET,
    ) -> Connection[Session]:
        return Connection(listed=await sessions(info, first, after, filter, order_by), make=Session.of)

    @field("A room by its entry's key; null for an entry that is no room.")
    async def room(self, info: Info, entry_id: EntryId) -> Room | None:
        return await Room.load(info, entry_id)

    @field("The rooms of the catalogue, by key.")
    async def rooms(
        self, info: Info, first: FirstArgument = DEFAULT, after: AfterArgument = strawberry.UNSET
    ) -> Connection[Room]:
        return Connection(listed=await rooms(info, first, after), make=Room.of)

    @field("A user by login id.")
    async def user(self, info: Info, user_id: UserId) -> User | None:
        return await User.load(info, user_id)

    @field("The users of the catalogue, by login id.")
    async def users(
        self,
        info: Info,
        search: UserSearch = strawberry.UNSET,
        first: FirstArgument = DEFAULT,
        after: AfterArgument = strawberry.UNSET,
    ) -> Connection[User]:
        return Connection(listed=await users(info, search, first, after), make=User.of)

    @field("A poll by its key.")
    async def poll(self, info: Info, poll_id: PollId) -> Poll | None:
        return await Poll.load(info, poll_id)

    @field("A virtual event by its key.")
    async def virtual_event(self, info: Info, event_id: EventId) -> VirtualEvent | None:
        return await VirtualEvent.load(info, event_id)

    @field("The virtual events of the catalogue, by key.")
    async def virtual_events(
        self, info: Info, first: FirstArgument = DEFAULT, after: AfterArgument = strawberry.UNSET
    ) -> Connection[VirtualEvent]:
        return Connection(listed=await virtual_events(info, first, after), make=VirtualEvent.of)

    @field("A country; null for what is no ISO 3166-1 alpha-2 code.")
    async def country(self, info: Info, code: CountryCode) -> Country | None:
        return await Country.load(info, code)

    @field("A class of devices; null where nobody ever watched on one.")
    async def device(self, info: Info, name: DeviceName) -> Device | None:
        return await Device.load(info, name)

    @field("A domain; null where no player ever was on it.")
    async def domain(self, info: Info, name: DomainName) -> Domain | None:
        return await Domain.load(info, name)

    @field("The whole account, in every shape.")
    async def analytics(
        self,
        info: Info,
        range: RangeArgument = LAST_30_DAYS,
        time_zone: ZoneArgument = UTC,
        filter: FilterArgument = strawberry.UNSET,
    ) -> LazyAnalytics:
        return await analytics_of(info, (), range, time_zone, filter)

    @field("A report by its id; null where there is none, it is another account's, or it ended more than a month ago.")
    async def report(self, info: Info, id: ReportId) -> Report | None:
        return await report(info, id)

    @field("The account's reports, the newest first.")
    async def reports(
        self, info: Info, first: FirstArgument = DEFAULT, after: AfterArgument = strawberry.UNSET
    ) -> Connection[Report]:
        return Connection(listed=await reports(info, first, after), make=Report.of)

    @field("Every metric with label, unit, formula, how it sums and what serves it.")
    def metric_catalogue(self) -> list[MetricInfo]:
        return [MetricInfo.of(metric, served_by(metric)) for metric in PUBLIC]

    @field("The limits in force for the caller, as data.")
    def limits(self, info: Info) -> Limits:
        return Limits(**asdict(info.context.limits))


class Names(NameConverter):
    """A breakdown of CountryRow is a CountryBreakdown."""

    def from_generic(self, generic_type: StrawberryObjectDefinition, types: list[StrawberryType | type]) -> str:
        """The name of a generic type for these types."""
        return super().from_generic(generic_type, types).replace("RowBreakdown", "Breakdown")


def build(*, sort: bool = False) -> strawberry.Schema:
    """The schema. A sorted one is only for printing: sorting replaces enums by ones that don't know our values."""
    config = StrawberryConfig(name_converter=Names(), scalar_map=SCALARS, sort_schema=sort)
    return strawberry.Schema(Query, Mutation, types=NODES, config=config)


schema = build()
