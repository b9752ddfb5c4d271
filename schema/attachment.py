"""Attachment: a file that belongs to a session or an entry, and who downloaded it."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self

import strawberry

from db.catalogue import Row
from resolvers import attachments
from schema.entry import Entry
from schema.fields import field
from schema.info import Info
from schema.scalars import Count

if TYPE_CHECKING:
    from schema.session import Session


@strawberry.type(description="A file that belongs to a session or an entry.")
class Attachment:
    """A record of db/sql/attachments.sql. `counted_in`: the session whose downloads count; none: all do."""

    attachment_id: str = strawberry.field(description="Its key in the catalogue.")
    name: str = strawberry.field(description="Its name, else its key.")
    file_type: str | None = strawberry.field(description="What kind of file it is, such as pdf.")
    counted_in: strawberry.Private[str | None]

    @field("How often it was downloaded: below a session in that session, else anywhere.")
    async def downloads(self, info: Info) -> Count:
        return Count((await attachments.counts(info.context, self.attachment_id, self.counted_in))["downloads"])

    @field("Different users among those downloads. All anonymous people are one user.")
    async def users(self, info: Info) -> Count:
        return Count((await attachments.counts(info.context, self.attachment_id, self.counted_in))["users"])

    @classmethod
    def of(cls, row: Row, counted_in: str | None = None) -> Self:
        """The attachment of a record."""
        return cls(
            attachment_id=row["attachment_id"], name=row["name"], file_type=row["file_type"], counted_in=counted_in
        )

    @classmethod
    async def load(cls, info: Info, key: str) -> Self | None:
        """The attachment with this id."""
        row = await info.context.loaders.attachments.load(key)
        return cls.of(row) if row else None


@strawberry.type(description="What a user downloaded in a session: one attachment, once or more often.")
class AttachmentDownload:
    """A row of db/sql/attachment_downloads.sql."""

    attachment_id: str = strawberry.field(description="The attachment's key; `Unknown` where it was not told.")
    last_downloaded_at: datetime = strawberry.field(description="When the user downloaded it last.")
    downloads: Count = strawberry.field(description="How often the user downloaded it.")
    session_id: strawberry.Private[str | None]
    entry_id: strawberry.Private[str | None]

    @field("The attachment; null where the catalogue lacks it.")
    async def attachment(self, info: Info) -> Attachment | None:
        return await Attachment.load(info, self.attachment_id)

    @field("The session that it was downloaded in; null outside of any, and where the catalogue lacks it.")
    async def session(self, info: Info) -> Annotated["Session", strawberry.lazy("schema.session")] | None:
        from schema.session import Session

        return await Session.load(info, self.session_id)

    @field("The entry that it was last downloaded at, else the one that it is attached to; null where there is none.")
    async def entry(self, info: Info) -> Entry | None:
        return await Entry.load(info, self.entry_id)

    @classmethod
    def of(cls, row: Row) -> Self:
        """The download of a row."""
        return cls(
            attachment_id=row["attachment_id"],
            last_downloaded_at=row["at"],
            downloads=row["downloads"],
            session_id=row["session_id"],
            entry_id=row["entry_id"],
        )
