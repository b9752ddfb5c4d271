"""Chat: what people write in a session, and what moderators make of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Self

import strawberry

from db.catalogue import Row
from schema.fields import field
from schema.info import Info
from schema.scalars import Count
from schema.user import User


@strawberry.type(description="A message in a session's chat.")
class ChatMessage:
    """A row of db/sql/chat_messages.sql."""

    message_id: str = strawberry.field(description="Its key in the catalogue.")
    sent_at: datetime = strawberry.field(
        description="When it was sent; the start of the session where that was not told."
    )
    message: str = strawberry.field(description="What was written.")
    replied_to_message_id: str | None = strawberry.field(description="The key of the message that it replies to.")
    likes: Count = strawberry.field(description="How many liked it.")
    deleted: bool = strawberry.field(description="Whether it was deleted.")
    sub_context: str | None = strawberry.field(description="The part of the chat that it was written in.")
    user_id: strawberry.Private[str | None]

    @field("Who wrote it; null for anonymous people, and where the catalogue lacks the user.")
    async def user(self, info: Info) -> User | None:
        return await User.load(info, self.user_id)

    @classmethod
    def of(cls, row: Row) -> Self:
        """The message of a row."""
        return cls(
            message_id=row["key"],
            sent_at=row["at"],
            message=row["message"],
            replied_to_message_id=row["replied_to_message_id"],
            likes=row["likes"],
            deleted=row["deleted"],
            sub_context=row["sub_context"],
            user_id=row["user_id"],
        )


@strawberry.type(description="What became of the threads that people opened in a session's chat.")
class ChatModeration:
    """A row of db/sql/chat_moderation.sql."""

    last_activity_at: datetime | None = strawberry.field(description="When anything last happened in a thread.")
    pending_threads: Count = strawberry.field(description="Threads that wait for a moderator.")
    owned_threads: Count = strawberry.field(description="Threads that a moderator has taken.")
    resolved_threads: Count = strawberry.field(description="Threads that are resolved.")
    done_threads: Count = strawberry.field(description="Threads that are done.")
    user_messages: Count = strawberry.field(description="Messages of users in all threads.")
    moderator_messages: Count = strawberry.field(description="Messages of moderators in all threads.")
    owning_resolved: strawberry.Private[Sequence[str]]
    owning_unresolved: strawberry.Private[Sequence[str]]

    @field("Moderators who own threads that are resolved or done, by login id.")
    async def moderators_owning_resolved(self, info: Info) -> list[User]:
        return await _users(info, self.owning_resolved)

    @field("Moderators who own threads that are pending or owned, by login id.")
    async def moderators_owning_unresolved(self, info: Info) -> list[User]:
        return await _users(info, self.owning_unresolved)

    @classmethod
    def of(cls, row: Row) -> Self:
        """The moderation of a row."""
        names = ("last_activity_at", *_COUNTS)
        return cls(
            **{name: row[name] for name in names},
            owning_resolved=row["owning_resolved"] or (),
            owning_unresolved=row["owning_unresolved"] or (),
        )


_COUNTS = (
    *("pending_threads", "owned_threads", "resolved_threads", "done_threads"),
    *("user_messages", "moderator_messages"),
)


async def _users(info: Info, keys: Sequence[str]) -> list[User]:
    """The users with these ids that the catalogue has."""
    return [User.of(row) for row in await info.context.loaders.users.load_many(keys) if row]
