"""The chat of a session: its messages, and what moderators made of its threads."""

from db.catalogue import Row
from resolvers.context import Context
from resolvers.errors import NotOfOneUser
from resolvers.feeds import Fed, fed


async def messages(
    context: Context, session_id: str, first: int, after: str | None, counted: bool, include_deleted: bool
) -> Fed:
    """A page of a session's messages, in the order they were sent."""
    return await fed(context, "chat_messages.sql", session_id, first, after, counted, include_deleted)


async def moderation(context: Context, session_id: str) -> Row:
    """What became of the threads of a session of the catalogue: a row of db/sql/chat_moderation.sql.

    Raises NotOfOneUser for a token of one user: whose threads they are is not kept, and nothing would be untrue.
    """
    if context.user_id is not None:
        raise NotOfOneUser(f"the chat moderation of session {session_id[:80]!r}", context.user_id)
    (row,) = await context.loaders.chat_moderation.load(session_id)
    return row
