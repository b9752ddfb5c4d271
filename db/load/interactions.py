"""Writes the catalogue records of what people do besides watching: polls, attachments, messages and threads."""

import json
from collections.abc import Sequence

from db.load import keys
from db.load.keys import Keys
from db.load.moments import datetime_of
from db.load.records import Attachment, ChatMessage, ChatThread, Poll
from db.load.upsert import Cursor, refs, write


def polls(cursor: Cursor, records: Sequence[Poll], known: Keys) -> None:
    """Stores polls."""
    refs(known, keys.POLLS, records, "pollId")
    sessions = refs(known, keys.SESSIONS, records, "sessionId")
    write(
        cursor,
        "polls",
        ("partner_id", "poll_id"),
        [
            {
                "partner_id": r.partnerId,
                "poll_id": r.pollId,
                "known": True,
                "session_key": session,
                "question": r.question or None,
                "type": r.type or None,
                "launched_at": datetime_of(r.launchedAt, "launchedAt"),
                "options": json.dumps(
                    [{"optionId": o.optionId, "text": o.text, "correct": o.correct} for o in r.options or []]
                ),
            }
            for r, session in zip(records, sessions, strict=True)
        ],
    )


def attachments(cursor: Cursor, records: Sequence[Attachment], known: Keys) -> None:
    """Stores attachments."""
    refs(known, keys.ATTACHMENTS, records, "attachmentId")
    sessions = refs(known, keys.SESSIONS, records, "sessionId")
    entries = refs(known, keys.ENTRIES, records, "entryId")
    write(
        cursor,
        "attachments",
        ("partner_id", "attachment_id"),
        [
            {
                "partner_id": r.partnerId,
                "attachment_id": r.attachmentId,
                "known": True,
                "name": r.name or None,
                "file_type": r.fileType or None,
                "session_key": session,
                "entry_key": entry,
            }
            for r, session, entry in zip(records, sessions, entries, strict=True)
        ],
    )


def chat_messages(cursor: Cursor, records: Sequence[ChatMessage], known: Keys) -> None:
    """Stores chat messages."""
    sessions = refs(known, keys.SESSIONS, records, "sessionId")
    users = refs(known, keys.USERS, records, "userId")
    write(
        cursor,
        "chat_messages",
        ("partner_id", "message_id"),
        [
            {
                "partner_id": r.partnerId,
                "message_id": r.messageId,
                "session_key": session,
                "sub_context": r.subContext or None,
                "user_key": user,
                "sent_at": datetime_of(r.sentAt, "sentAt"),
                "message": r.message or "",
                "replied_to_message_id": r.repliedToMessageId or None,
                "likes": r.likes or 0,
                "deleted": r.deleted is True,
            }
            for r, session, user in zip(records, sessions, users, strict=True)
        ],
    )


def chat_threads(cursor: Cursor, records: Sequence[ChatThread], known: Keys) -> None:
    """Stores chat threads."""
    sessions = refs(known, keys.SESSIONS, records, "sessionId")
    owners = refs(known, keys.USERS, records, "ownerUserId")
    write(
        cursor,
        "chat_threads",
        ("partner_id", "thread_id"),
        [
            {
                "partner_id": r.partnerId,
                "thread_id": r.threadId,
                "session_key": session,
                "status": r.status or None,
                "owner_key": owner,
                "last_activity_at": datetime_of(r.lastActivityAt, "lastActivityAt"),
                "user_messages": r.userMessages or 0,
                "moderator_messages": r.moderatorMessages or 0,
            }
            for r, session, owner in zip(records, sessions, owners, strict=True)
        ],
    )
