"""Entry: something that is watched."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Self

import strawberry

from db.catalogue import ENTRIES
from db.question import Direction
from db.question import Scope as Path
from resolvers.listing import Listed, listed
from resolvers.pages import size
from schema.enums import EntryOrderField, MediaType
from schema.fields import field
from schema.info import Info
from schema.inputs import EntryFilter, EntryOrder
from schema.node import Node
from schema.scope import Scope

if TYPE_CHECKING:
    from schema.user import User


@strawberry.type(description="Something that is watched: a video, a live stream, a recording, a room.")
class Entry(Node, Scope):
    """A record of db/sql/entries.sql."""

    entry_id: str = strawberry.field(description="Its key in the catalogue.")
    name: str = strawberry.field(description="Its name, else its key.")
    media_type: MediaType = strawberry.field(description="What it is.")
    duration_seconds: float | None = strawberry.field(description="How long it lasts, in seconds; null for live.")
    created_at: datetime | None = strawberry.field(description="When it was created.")
    categories: list[str] = strawberry.field(description="The categories it is in, by full name.")
    tags: list[str] = strawberry.field(description="Its tags.")
    owner_id: strawberry.Private[str | None]

    @field("Who owns it; null where the catalogue lacks the user.")
    async def owner(self, info: Info) -> Annotated["User", strawberry.lazy("schema.user")] | None:
        from schema.user import User

        return await User.load(info, self.owner_id)

    def key(self) -> str:
        """Its entry id."""
        return self.entry_id

    def path(self) -> Path:
        """Its own events."""
        return (("entry", self.entry_id),)

    @classmethod
    async def load(cls, info: Info, key: str | None) -> Self | None:
        """The entry with this id; none for no id, too."""
        row = await info.context.loaders.entries.load(key) if key is not None else None
        return cls.of(row) if row else None


async def entries(
    info: Info, filter: EntryFilter | None, order: EntryOrder | None, first: int | None, after: str | None
) -> Listed:
    """A page of entries."""
    order = order or EntryOrder()
    return await listed(
        info.context,
        ENTRIES,
        size(first, info.context.limits),
        after or None,
        where=_conditions(filter) if filter else None,
        order=(order.field or EntryOrderField.CREATED_AT).value,
        descending=(order.direction or Direction.DESC) is Direction.DESC,
    )


def _conditions(filter: EntryFilter) -> dict[str, Any]:
    return {
        "search": filter.search or None,
        "media_type": texts(filter.media_type),
        "category": texts(filter.category),
        "owner": texts(filter.owner_id),
    }


def texts(values: list[Any] | None) -> tuple[str, ...] | None:
    """Values of a condition; none where it is left out."""
    return None if values is None or values is strawberry.UNSET else tuple(str(value) for value in values)
