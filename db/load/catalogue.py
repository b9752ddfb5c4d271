"""Writes catalogue records. A record that comes again replaces the one before; references may point to what is not
there yet.

Events that are stored already follow: those of a session whose entry or times change are attributed anew, and the
heartbeats of an entry whose duration changes are read anew (db/load/reattribution.py).
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

import psycopg

from db.load import interactions, keys, reattribution
from db.load.keys import Keys
from db.load.moments import datetime_of
from db.load.records import (
    Attachment,
    ChatMessage,
    ChatThread,
    Entry,
    Poll,
    Record,
    Rejected,
    Session,
    User,
    VirtualEvent,
)
from db.load.upsert import Cursor, Row, refs, write
from db.storage.locks import lock
from db.text import folded


def checked(record: Record) -> None:
    """Raises Rejected where types alone did not tell what is wrong: a key that is empty, a time that is none."""
    for field in record.__struct_fields__:
        if field.endswith("At"):
            datetime_of(getattr(record, field), field)
    key = _KEYS[type(record)]
    if not getattr(record, key):
        raise Rejected(key, "missing")
    if isinstance(record, Session) and record.startsAt == "":
        raise Rejected("startsAt", "missing")


def store_catalogue(connection: psycopg.Connection[Any], records: Sequence[Record], known: Keys) -> None:
    """Stores records of any kinds, all or none, and lets the events follow."""
    with connection.transaction(), connection.cursor() as cursor:
        lock(cursor, {record.partnerId for record in records})
        for kind, writer in _WRITERS.items():
            mine = {(r.partnerId, getattr(r, _KEYS[kind])): r for r in records if isinstance(r, kind)}
            if mine:
                writer(cursor, list(mine.values()), known)


def _entries(cursor: Cursor, records: Sequence[Entry], known: Keys) -> None:
    own = refs(known, keys.ENTRIES, records, "entryId")
    owners = refs(known, keys.USERS, records, "ownerId")
    parents = refs(known, keys.ENTRIES, records, "parentEntryId")
    stored = cursor.execute("select entry_key, duration_seconds from entries where entry_key = any(%s)", [own])
    before: dict[int, float | None] = dict(stored.fetchall())
    rows = [
        {
            "partner_id": r.partnerId,
            "entry_id": r.entryId,
            "known": True,
            "name": r.name or None,
            "media_type": r.mediaType or None,
            "duration_seconds": None if r.durationSeconds == "" else r.durationSeconds,
            "owner_key": owner,
            "created_at": datetime_of(r.createdAt, "createdAt"),
            "categories": list(r.categories or []),
            "tags": list(r.tags or []),
            "parent_key": parent,
        }
        for r, owner, parent in zip(records, owners, parents, strict=True)
    ]
    write(cursor, "entries", ("partner_id", "entry_id"), rows)
    cursor.execute("delete from entry_categories where entry_key = any(%s)", [own])
    cursor.executemany(
        "insert into entry_categories (partner_id, category, entry_key) values (%s, %s, %s) on conflict do nothing",
        [(r.partnerId, category, key) for r, key in zip(records, own, strict=True) for category in r.categories or []],
    )
    changed: list[tuple[int, int]] = [
        (r.partnerId, key)
        for r, row, key in zip(records, rows, own, strict=True)
        if before.get(key) != row["duration_seconds"]
    ]
    reattribution.read_entries_anew(cursor, changed)


def _users(cursor: Cursor, records: Sequence[User], known: Keys) -> None:
    refs(known, keys.USERS, records, "userId")
    write(
        cursor,
        "users",
        ("partner_id", "user_id"),
        [
            {
                "partner_id": r.partnerId,
                "user_id": r.userId,
                "known": True,
                "first_name": r.firstName or None,
                "last_name": r.lastName or None,
                "email": r.email or None,
                "title": r.title or None,
                "company": r.company or None,
                "industry": r.industry or None,
                "role": r.role or None,
                "country": r.country or None,
                "registered": r.registered is True,
                "search_text": folded(
                    "\n".join(filter(None, (_name(r), r.userId, r.email, r.company))),
                ),
            }
            for r in records
        ],
    )


def _name(user: User) -> str:
    return " ".join(filter(None, (user.firstName, user.lastName)))


def _virtual_events(cursor: Cursor, records: Sequence[VirtualEvent], known: Keys) -> None:
    refs(known, keys.VIRTUAL_EVENTS, records, "eventId")
    write(
        cursor,
        "virtual_events",
        ("partner_id", "event_id"),
        [
            {
                "partner_id": r.partnerId,
                "event_id": r.eventId,
                "known": True,
                "name": r.name or None,
                "starts_at": datetime_of(r.startsAt, "startsAt"),
                "ends_at": datetime_of(r.endsAt, "endsAt"),
                "content_category": r.contentCategory or None,
            }
            for r in records
        ],
    )


_TIMING: Final = "session_key, known, entry_key, recording_key, starts_at, ends_at"


def _sessions(cursor: Cursor, records: Sequence[Session], known: Keys) -> None:
    own = refs(known, keys.SESSIONS, records, "sessionId")
    targets = {
        "event_key": refs(known, keys.VIRTUAL_EVENTS, records, "eventId"),
        "entry_key": refs(known, keys.ENTRIES, records, "entryId"),
        "recording_key": refs(known, keys.ENTRIES, records, "recordingEntryId"),
        "host_key": refs(known, keys.USERS, records, "hostUserId"),
        "parent_key": refs(known, keys.SESSIONS, records, "parentSessionId"),
    }
    timing = f"select {_TIMING} from sessions where session_key = any(%s)"
    before = set(cursor.execute(timing, [own]).fetchall())
    rows: list[Row] = [
        {
            "partner_id": r.partnerId,
            "session_id": r.sessionId,
            "known": True,
            "name": r.name or None,
            "starts_at": datetime_of(r.startsAt, "startsAt"),
            "ends_at": datetime_of(r.endsAt, "endsAt"),
            **{name: values[place] for name, values in targets.items()},
        }
        for place, r in enumerate(records)
    ]
    write(cursor, "sessions", ("partner_id", "session_id"), rows)
    after = set(cursor.execute(timing, [own]).fetchall())
    partner_of = {key: r.partnerId for key, r in zip(own, records, strict=True)}
    changed = before ^ after
    reattribution.attribute_anew(
        cursor,
        entries={(partner_of[row[0]], entry) for row in changed for entry in row[2:4] if entry},
        sessions={row[0] for row in changed},
    )


_KEYS: Final[dict[type[Record], str]] = {
    Entry: "entryId",
    User: "userId",
    VirtualEvent: "eventId",
    Session: "sessionId",
    Poll: "pollId",
    Attachment: "attachmentId",
    ChatMessage: "messageId",
    ChatThread: "threadId",
}

_WRITERS: Final[dict[type[Record], Callable[[Cursor, Any, Keys], None]]] = {
    Entry: _entries,
    User: _users,
    VirtualEvent: _virtual_events,
    Session: _sessions,
    Poll: interactions.polls,
    Attachment: interactions.attachments,
    ChatMessage: interactions.chat_messages,
    ChatThread: interactions.chat_threads,
}
