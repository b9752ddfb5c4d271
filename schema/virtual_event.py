"""Virtual event: sessions and content that belong together."""

from datetime import datetime
from typing import Self

import strawberry

from db.catalogue import VIRTUAL_EVENTS
from db.question import Scope as Path
from resolvers.listing import Listed, listed
from resolvers.pages import DEFAULT, size
from resolvers.subject import Live
from schema.connection import Connection
from schema.fields import field
from schema.info import Info
from schema.inputs import AfterArgument, FirstArgument
from schema.node import Node
from schema.scope import StartingScope
from schema.session import Session, sessions


@strawberry.type(description="Sessions and on-demand content that belong together.")
class VirtualEvent(Node, StartingScope):
    """A record of db/sql/virtual_events.sql."""

    event_id: str = strawberry.field(description="Its key in the catalogue.")
    name: str = strawberry.field(description="Its name, else its key.")
    starts_at: datetime | None = strawberry.field(description="When it starts.")
    ends_at: datetime | None = strawberry.field(description="When it ends.")

    @field("Its sessions, the latest first.")
    async def sessions(
        self, info: Info, first: FirstArgument = DEFAULT, after: AfterArgument = strawberry.UNSET
    ) -> Connection[Session]:
        found = await sessions(info, first, after, parent=("event_id", self.event_id))
        return Connection(listed=found, make=Session.of)

    def key(self) -> str:
        """Its event id."""
        return self.event_id

    def path(self) -> Path:
        """The events that belong to it."""
        return (("event", self.event_id),)

    def start(self) -> datetime | None:
        """Its exact start."""
        return self.starts_at

    def live(self) -> Live:
        """Until its end."""
        return Live(self.ends_at)

    @classmethod
    async def load(cls, info: Info, key: str | None) -> Self | None:
        """The virtual event with this id; none for no id, too."""
        row = await info.context.loaders.virtual_events.load(key) if key is not None else None
        return cls.of(row) if row else None


async def virtual_events(info: Info, first: int | None, after: str | None) -> Listed:
    """A page of virtual events, by id."""
    return await listed(info.context, VIRTUAL_EVENTS, size(first, info.context.limits), after or None)
