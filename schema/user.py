"""User: someone who watches, hosts or owns."""

from typing import Annotated, Self

import strawberry

from db.catalogue import USERS
from db.question import Scope as Path
from resolvers import attachments
from resolvers.listing import Listed, listed
from resolvers.pages import DEFAULT, size
from resolvers.search import searched
from schema.attachment import AttachmentDownload
from schema.connection import Connection
from schema.country import Country
from schema.fields import field
from schema.info import Info
from schema.inputs import UTC, AfterArgument, DateRange, FirstArgument, ZoneArgument
from schema.node import Node
from schema.scope import Scope
from schema.selection import selects

EverArgument = Annotated[
    DateRange | None, strawberry.argument(description="When it was downloaded. Without it: over all time.")
]


@strawberry.type(description="Someone who watches, hosts, owns or moderates.")
class User(Node, Scope):
    """A record of db/sql/users.sql."""

    user_id: str = strawberry.field(description="Login id.")
    name: str = strawberry.field(description="First and last name, else the one there is, else the login id.")
    first_name: str | None = strawberry.field(description="First name.")
    last_name: str | None = strawberry.field(description="Last name.")
    email: str | None = strawberry.field(description="Mail address.")
    title: str | None = strawberry.field(description="Job title.")
    company: str | None = strawberry.field(description="Company.")
    industry: str | None = strawberry.field(description="Industry of the company.")
    role: str | None = strawberry.field(description="Role, as the catalogue writes it.")
    registered: bool = strawberry.field(description="Whether the user has registered.")
    country_code: strawberry.Private[str | None]

    @field("Country of the profile, which need not be where the user watches.")
    def country(self) -> Country | None:
        return Country.by_code(self.country_code)

    @field("Attachments that the user downloaded, the newest first, one for each attachment and session.")
    async def attachment_downloads(
        self,
        info: Info,
        range: EverArgument = strawberry.UNSET,
        time_zone: ZoneArgument = UTC,
        first: FirstArgument = DEFAULT,
        after: AfterArgument = strawberry.UNSET,
    ) -> Connection[AttachmentDownload]:
        window = await range.resolved(info.context, UTC if time_zone is None else time_zone) if range else None
        rows = size(first, info.context.limits)
        counted = selects(info, ("totalCount",))
        found = await attachments.downloads(info.context, self.user_id, window, rows, after or None, counted)
        return Connection(listed=found, make=AttachmentDownload.of)

    def key(self) -> str:
        """The login id."""
        return self.user_id

    def path(self) -> Path:
        """The user's events."""
        return (("user", self.user_id),)

    @classmethod
    async def load(cls, info: Info, key: str | None) -> Self | None:
        """The user with this id; none for no id, too."""
        row = await info.context.loaders.users.load(key) if key is not None else None
        return cls.of(row) if row else None


async def users(info: Info, search: str | None, first: int | None, after: str | None) -> Listed:
    """A page of users, by id."""
    where = {"user": info.context.user_id, "user_search": searched(search or None)}
    return await listed(info.context, USERS, size(first, info.context.limits), after or None, where=where)
