"""Room: an entry that people meet in, again and again."""

from typing import Self

import strawberry

from db.catalogue import ENTRIES, Row
from db.question import Scope as Path
from resolvers.listing import Listed, listed
from resolvers.pages import DEFAULT, size
from schema.connection import Connection
from schema.enums import MediaType
from schema.fields import field
from schema.info import Info
from schema.inputs import AfterArgument, FirstArgument
from schema.node import Node
from schema.scope import Scope
from schema.session import Session, sessions


@strawberry.type(description="An entry that people meet in. A breakout room is a room of its own.")
class Room(Node, Scope):
    """A record of db/sql/entries.sql whose media type is room."""

    entry_id: str = strawberry.field(description="The entry's key in the catalogue.")
    name: str = strawberry.field(description="Its name, else its key.")
    parent_id: strawberry.Private[str | None]

    @field("The main room, of a breakout room.")
    async def parent(self, info: Info) -> "Room | None":
        return await Room.load(info, self.parent_id)

    @field("Its breakout rooms, by key.")
    async def breakout_rooms(self, info: Info) -> list["Room"]:
        rows = await info.context.loaders.breakout_rooms.load(self.entry_id)
        return [Room.of(row) for row in rows if _is_room(row)]

    @field("The sessions held in it, the latest first.")
    async def sessions(
        self, info: Info, first: FirstArgument = DEFAULT, after: AfterArgument = strawberry.UNSET
    ) -> Connection[Session]:
        found = await sessions(info, first, after, parent=("room_id", self.entry_id))
        return Connection(listed=found, make=Session.of)

    def key(self) -> str:
        """Its entry id."""
        return self.entry_id

    def path(self) -> Path:
        """The events of its sessions, and those in it outside of any."""
        return (("room", self.entry_id),)

    @classmethod
    async def load(cls, info: Info, key: str | None) -> Self | None:
        """The room with this entry id; none for an entry that is no room, and for no id."""
        row = await info.context.loaders.entries.load(key) if key is not None else None
        return cls.of(row) if row and _is_room(row) else None


def _is_room(row: Row) -> bool:
    return bool(row["media_type"] == MediaType.ROOM)


async def rooms(info: Info, first: int | None, after: str | None) -> Listed:
    """A page of rooms, by entry id."""
    where = {"media_type": (MediaType.ROOM.value,)}
    return await listed(info.context, ENTRIES, size(first, info.context.limits), after or None, where=where)
