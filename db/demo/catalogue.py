"""The catalogue of a plan: everything that its events mention, and a few things that nothing mentions."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain

from db.demo.actions import attachments, polls
from db.demo.chat import Message, chat
from db.demo.people import HOST, MODERATOR, Audience, Person, audience
from db.demo.places import PLACES
from db.demo.plan import DAY_MS, DemoPlan
from db.demo.programme import (
    BREAKOUTS,
    EVENT_CATEGORY,
    MINUTE_MS,
    ROOM,
    VIRTUAL_EVENT,
    Programme,
    Session,
    Video,
    event_period,
    programme,
)
from db.demo.rooms import STEP, workshop
from db.demo.viewings import Viewings, attendance

Record = dict[str, object]
THREAD_STATUSES = ("resolved", "pending", "done", "owned", "resolved", "done")


def catalogue_lines(plan: DemoPlan) -> Iterator[bytes]:
    """Every catalogue record of the plan, a line of JSON each."""
    people = audience(plan)
    shown = programme(plan)
    records = chain(
        _entries(plan, shown),
        (_user(person) for person in people.people[: people.named]),
        [_virtual_event(plan, shown)],
        (_session(session) for session in shown.sessions),
        _offers(shown),
        _talks(plan, people, shown),
    )
    for record in records:
        line = {"kind": record["kind"], "partnerId": plan.partner} | record
        yield json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _entries(plan: DemoPlan, shown: Programme) -> Iterator[Record]:
    created = plan.day_ms(0) - 20 * DAY_MS
    yield from (_video(video, created + video.from_day * DAY_MS) for video in shown.videos)
    for webinar in shown.webinars:
        yield _entry(webinar.entry_id, webinar.name, "live", created, categories=["Spring Summit"])
    yield _entry(ROOM, "The studio", "room", created, categories=["Rooms"])
    for colour in BREAKOUTS:
        yield _entry(f"{ROOM}-{colour}", f"The studio, group {colour}", "room", created, parentEntryId=ROOM)
    yield _entry("house-rules", "House rules", "document", created, categories=["Learning>Compliance"])
    yield _entry("stage-photo", "The stage", "image", created, categories=["Brand"])


def _entry(entry_id: str, name: str, media: str, created: int, **more: object) -> Record:
    record: Record = {"kind": "entry", "entryId": entry_id, "name": name, "mediaType": media, "durationSeconds": None}
    record |= {"ownerId": HOST, "createdAt": _iso(created), "categories": [], "tags": [], "parentEntryId": None}
    return record | more


def _video(video: Video, created: int) -> Record:
    return _entry(
        video.entry_id,
        video.name,
        video.media,
        created,
        durationSeconds=video.seconds,
        categories=list(video.categories),
        tags=list(video.tags),
    )


def _user(person: Person) -> Record:
    return {
        "kind": "user",
        "userId": person.user_id,
        "firstName": person.first_name,
        "lastName": person.last_name,
        "email": f"{person.user_id}@example.com",
        "title": person.title,
        "company": person.company,
        "industry": person.industry,
        "role": person.role,
        "country": PLACES[person.place].country,
        "registered": person.registered,
    }


def _virtual_event(plan: DemoPlan, shown: Programme) -> Record:
    starts, ends = event_period(plan, shown)
    return {
        "kind": "virtualEvent",
        "eventId": VIRTUAL_EVENT,
        "name": "Spring Summit",
        "startsAt": _iso(starts),
        "endsAt": _iso(ends),
        "contentCategory": EVENT_CATEGORY,
    }


def _session(session: Session) -> Record:
    return {
        "kind": "session",
        "sessionId": session.session_id,
        "name": session.name,
        "eventId": session.event_id,
        "entryId": session.entry_id,
        "recordingEntryId": session.recording_id,
        "startsAt": _iso(session.starts),
        "endsAt": _iso(session.ends),
        "hostUserId": HOST,
        "parentSessionId": session.parent_id,
    }


def _main_sessions(shown: Programme) -> list[Session]:
    """The sessions in which people do things, by the number that their chat and their actions go by."""
    return [*shown.webinars, *shown.workshops[::STEP]]


def _offers(shown: Programme) -> Iterator[Record]:
    """Polls and attachments."""
    for number, session in enumerate(_main_sessions(shown)):
        for poll in polls(session, number):
            options = [
                {"optionId": poll.option_id(at), "text": text, "correct": correct}
                for at, (text, correct) in enumerate(poll.options)
            ]
            record: Record = {"kind": "poll", "pollId": poll.poll_id, "sessionId": session.session_id}
            record |= {"question": poll.question, "type": poll.type, "launchedAt": _iso(poll.launched)}
            yield record | {"options": options}
        for attachment_id, name, file_type in attachments(session):
            yield _attachment(attachment_id, name, file_type, sessionId=session.session_id)
    yield _attachment("product-tour-transcript", "Transcript.txt", "txt", entryId="product-tour")


def _attachment(attachment_id: str, name: str, file_type: str, **of: str) -> Record:
    return {"kind": "attachment", "attachmentId": attachment_id, "name": name, "fileType": file_type, **of}


def _talks(plan: DemoPlan, people: Audience, shown: Programme) -> Iterator[Record]:
    """Chat messages and threads."""
    for number, session in enumerate(_main_sessions(shown)):
        messages = chat(plan, people, number, _present(plan, people, shown, number))
        for at, message in enumerate(messages):
            yield _message(session, at, message)
        for at in range(min(6, len(messages))):
            yield _thread(session, number, at)


def _present(plan: DemoPlan, people: Audience, shown: Programme, number: int) -> Viewings:
    """The viewing sessions in the main room or the webinar with that number."""
    if number < len(shown.webinars):
        return attendance(plan, people, shown, number)
    rows, _ = workshop(plan, people, shown, number - len(shown.webinars))
    together: Viewings = rows[rows["title"] == rows["title"][0]]
    return together


def _message(session: Session, at: int, message: Message) -> Record:
    replied_to = None if message.replied_to is None else _message_id(session, message.replied_to)
    return {
        "kind": "chatMessage",
        "messageId": _message_id(session, at),
        "sessionId": session.session_id,
        "subContext": "public",
        "userId": message.user_id,
        "sentAt": _iso(message.sent),
        "message": message.text,
        "repliedToMessageId": replied_to,
        "likes": message.likes,
        "deleted": message.deleted,
    }


def _message_id(session: Session, at: int) -> str:
    return f"{session.session_id}-message-{at:03d}"


def _thread(session: Session, number: int, at: int) -> Record:
    status = THREAD_STATUSES[(number + at) % len(THREAD_STATUSES)]
    return {
        "kind": "chatThread",
        "threadId": f"{session.session_id}-thread-{at + 1}",
        "sessionId": session.session_id,
        "status": status,
        "ownerUserId": None if status == "pending" else (HOST, MODERATOR)[at % 2],
        "lastActivityAt": _iso(session.starts + (6 + 5 * at) * MINUTE_MS),
        "userMessages": 1 + (number + 2 * at) % 5,
        "moderatorMessages": 0 if status == "pending" else 1 + (number + at) % 4,
    }


def _iso(instant: int) -> str:
    """Epoch milliseconds as ISO 8601 in UTC."""
    return datetime.fromtimestamp(instant / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
