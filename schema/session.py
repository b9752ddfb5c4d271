"""Session: a live event or a meeting in a room, with its recording."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Self

import strawberry

from db.catalogue import SESSIONS
from db.question import Direction
from db.question import Scope as Path
from resolvers import chat
from resolvers.listing import Listed, listed
from resolvers.pages import size
from resolvers.subject import Live
from schema.attachment import Attachment
from schema.chat import ChatMessage, ChatModeration
from schema.connection import Connection
from schema.entry import Entry, texts
from schema.enums import SessionOrderField
from schema.fields import field
from schema.info import Info
from schema.inputs import AfterArgument, FirstArgument, SessionFilter, SessionOrder
from schema.node import Node
from schema.poll import Poll
from schema.scope import StartingScope
from schema.selection import selects
from schema.user import User

if TYPE_CHECKING:
    from schema.room import Room
    from schema.virtual_event import VirtualEvent

MESSAGES = 100
"""How many messages of a chat a page holds, unless asked otherwise."""

DeletedArgument = Annotated[
    bool | None, strawberry.argument(description="Whether messages that were deleted are in the list.")
]


@strawberry.type(description="A live event or a meeting in a room, with its recording.")
class Session(Node, StartingScope):
    """A record of db/sql/sessions.sql."""

    session_id: str = strawberry.field(description="Its key in the catalogue.")
    name: str = strawberry.field(description="Its name, else its key.")
    starts_at: datetime = strawberry.field(description="When it starts.")
    ends_at: datetime | None = strawberry.field(description="When it ends.")
    duration_minutes: float | None = strawberry.field(description="From start to end, in minutes.")
    host_id: strawberry.Private[str | None]
    entry_id: strawberry.Private[str | None]
    recording_id: strawberry.Private[str | None]
    room_id: strawberry.Private[str | None]
    event_id: strawberry.Private[str | None]
    parent_id: strawberry.Private[str | None]

    @field("Who hosts it.")
    async def host(self, info: Info) -> User | None:
        return await User.load(info, self.host_id)

    @field("The live stream or the room.")
    async def entry(self, info: Info) -> Entry | None:
        return await Entry.load(info, self.entry_id)

    @field("Its recording.")
    async def recording(self, info: Info) -> Entry | None:
        return await Entry.load(info, self.recording_id)

    @field("The room it is held in; null for a live stream.")
    async def room(self, info: Info) -> Annotated["Room", strawberry.lazy("schema.room")] | None:
        from schema.room import Room

        return await Room.load(info, self.room_id)

    @field("The virtual event it is part of.")
    async def virtual_event(
        self, info: Info
    ) -> Annotated["VirtualEvent", strawberry.lazy("schema.virtual_event")] | None:
        from schema.virtual_event import VirtualEvent

        return await VirtualEvent.load(info, self.event_id)

    @field("The session that it broke out of.")
    async def parent(self, info: Info) -> "Session | None":
        return await Session.load(info, self.parent_id)

    @field("The sessions that broke out of it, by key.")
    async def breakouts(self, info: Info) -> list["Session"]:
        return [Session.of(row) for row in await info.context.loaders.breakouts.load(self.session_id)]

    @field(
        "Its polls, in the order they were launched. How many of its live viewers took part in any: "
        "`analytics { metrics { pollUserRate } }`."
    )
    async def polls(self, info: Info) -> list[Poll]:
        return [Poll.of(row) for row in await info.context.loaders.polls_of_session.load(self.session_id)]

    @field("What is attached to it, by key; counted are the downloads in the session.")
    async def attachments(self, info: Info) -> list[Attachment]:
        rows = await info.context.loaders.attachments_of_session.load(self.session_id)
        return [Attachment.of(row, counted_in=self.session_id) for row in rows]

    @field("The messages of its chat, in the order they were sent.")
    async def chat_messages(
        self,
        info: Info,
        first: FirstArgument = MESSAGES,
        after: AfterArgument = strawberry.UNSET,
        include_deleted: DeletedArgument = True,
    ) -> Connection[ChatMessage]:
        found = await chat.messages(
            info.context,
            self.session_id,
            size(first, info.context.limits, MESSAGES),
            after or None,
            counted=selects(info, ("totalCount",)),
            include_deleted=include_deleted is not False,
        )
        return Connection(listed=found, make=ChatMessage.of)

    @field("What became of the threads that people opened in its chat. Not for a token of one user.")
    async def chat_moderation(self, info: Info) -> ChatModeration:
        return ChatModeration.of(await chat.moderation(info.context, self.session_id))

    def key(self) -> str:
        """Its session id."""
        return self.session_id

    def path(self) -> Path:
        """The events that belong to it, live and in the recording."""
        return (("session", self.session_id),)

    def start(self) -> datetime | None:
        """Its exact start."""
        return self.starts_at

    def live(self) -> Live:
        """Until its end, or as long as someone stayed."""
        return Live(self.ends_at, self.session_id)

    @classmethod
    async def load(cls, info: Info, key: str | None) -> Self | None:
        """The session with this id; none for no id, too."""
        row = await info.context.loaders.sessions.load(key) if key is not None else None
        return cls.of(row) if row else None


async def sessions(
    info: Info,
    first: int | None,
    after: str | None,
    filter: SessionFilter | None = None,
    order: SessionOrder | None = None,
    parent: tuple[str, str] | None = None,
) -> Listed:
    """A page of sessions. `parent`: a column of db/sql/sessions.sql and the key that it holds."""
    order = order or SessionOrder()
    return await listed(
        info.context,
        SESSIONS,
        size(first, info.context.limits),
        after or None,
        where=_conditions(filter) if filter else None,
        order=(order.field or SessionOrderField.STARTS_AT).value,
        descending=(order.direction or Direction.DESC) is Direction.DESC,
        parent=parent,
    )


def _conditions(filter: SessionFilter) -> dict[str, Any]:
    return {
        "search": filter.search or None,
        "event": texts(filter.event_id),
        "room": texts(filter.room_id),
        "starts_after": filter.starts_after or None,
        "starts_before": filter.starts_before or None,
    }
