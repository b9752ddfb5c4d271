"""Attachments: how often and by how many they were downloaded, and what a user downloaded."""

from db.catalogue import Row
from db.question import Range
from resolvers.context import Context
from resolvers.feeds import Fed, fed


async def counts(context: Context, attachment_id: str, session_id: str | None) -> Row:
    """`downloads` and `users` of an attachment of the catalogue: in this session, or anywhere (None)."""
    (row,) = await context.loaders.attachment_counts.load((attachment_id, session_id))
    return row


async def downloads(
    context: Context, user_id: str, window: Range | None, first: int, after: str | None, counted: bool
) -> Fed:
    """A page of what a user downloaded, in this range or ever: one row for each attachment and session."""
    bounds = (window.start, window.end) if window else (None, None)
    return await fed(context, "attachment_downloads.sql", user_id, first, after, counted, *bounds)
