"""Lines in, accepted records and rejects out.

Reading is order-free for events: of two with one key the same one is kept whichever came first. A catalogue
record that comes again replaces the one before it.
"""

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

Record = dict[str, Any]
Key = tuple[Any, ...]

LINE_LIMIT = 64 * 1024
STRING_LIMIT = 2 * 1024
PLAY_TIME_LIMIT = 3600
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

ROOM_TYPES = {"roomJoined", "roomView", "handRaised"}
INTERACTION_TYPES = {
    "reactionSent", "messageSent", "questionSent", "pollAnswered", "attachmentDownloaded", "chatJoined",
}  # fmt: skip
NAMED_TYPES = {"like", "unlike", "registered"} | ROOM_TYPES | INTERACTION_TYPES

EVENT_FIELDS: dict[str, str] = {
    **dict.fromkeys(("partnerId", "eventIndex"), "integer"),
    **dict.fromkeys(("soundMode", "tabMode", "screenMode", "micMode", "cameraMode", "stageMode"), "integer"),
    **dict.fromkeys(("position", "playTime", "playTimeSum", "targetPosition", "bufferTime"), "number"),
    **dict.fromkeys(("playbackSpeed", "actualBitrate"), "number"),
    **dict.fromkeys(("time", "sessionStartTime"), "time"),
    **dict.fromkeys(("eventId", "entryId", "contextId", "sessionId", "userId", "playbackType"), "string"),
    **dict.fromkeys(("contextSessionId", "eventSessionContextId", "cuePointId", "virtualEventId"), "string"),
    **dict.fromkeys(("ip", "userAgent", "referrer", "country", "region", "city"), "string"),
    **dict.fromkeys(("device", "os", "browser", "domain", "url", "playbackContext"), "string"),
    **dict.fromkeys(("reaction", "pollId", "answer", "attachmentId", "roomRole"), "string"),
    "eventType": "type", "optionIds": "strings", "opensThread": "boolean",
}  # fmt: skip

KINDS: dict[str, str] = {
    "entry": "entryId", "user": "userId", "virtualEvent": "eventId", "session": "sessionId",
    "poll": "pollId", "attachment": "attachmentId", "chatMessage": "messageId", "chatThread": "threadId",
}  # fmt: skip
CATALOGUE_FIELDS: dict[str, str] = {
    "durationSeconds": "number", "startsAt": "time", "endsAt": "time", "createdAt": "time",
    "categories": "strings", "name": "string", "mediaType": "string", "ownerId": "string",
    "entryId": "string", "recordingEntryId": "string", "eventId": "string", "contentCategory": "string",
}  # fmt: skip


class Rejected(ValueError):
    """A line that can't be taken, with the field and the reason."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(f"{where}: {reason}")
        self.where, self.reason = where, reason


@dataclass
class World:
    """Everything that was read so far."""

    events: dict[Key, Record] = field(default_factory=dict)
    catalogue: dict[tuple[int, str], dict[str, Record]] = field(default_factory=dict)
    rejects: list[tuple[int, str, str]] = field(default_factory=list)
    counts: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("read", "stored", "duplicates", "rejected", "catalogue"), 0)
    )

    def of_kind(self, partner: int, kind: str) -> dict[str, Record]:
        """The tenant's catalogue records of one kind, by key."""
        return self.catalogue.get((partner, kind), {})


def read(lines: Iterable[bytes], now: datetime, world: World | None = None) -> World:
    """The world with these lines in it; counts go on from those of the world given."""
    world = World() if world is None else world
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        world.counts["read"] += 1
        try:
            fate = take(world, parsed(line), now)
        except Rejected as rejected:
            world.rejects.append((number, rejected.where, rejected.reason))
            fate = "rejected"
        world.counts[fate] += 1
    return world


def take(world: World, raw: Record, now: datetime) -> str:
    """What became of the record: stored, duplicates or catalogue."""
    if "kind" in raw:
        kind, record = catalogue_record(raw)
        world.catalogue.setdefault((record["partnerId"], kind), {})[record[KINDS[kind]]] = record
        return "catalogue"
    event = event_record(raw, now)
    key = key_of(event)
    known = world.events.get(key)
    world.events[key] = event if known is None else min(known, event, key=content)
    return "stored" if known is None else "duplicates"


def parsed(line: bytes) -> Record:
    """The line as a JSON object."""
    if len(line.rstrip(b"\r\n")) > LINE_LIMIT:
        raise Rejected("line", "longer than 64 KiB")
    try:
        value = json.loads(line.decode(), parse_constant=not_a_number)
    except (ValueError, RecursionError) as error:
        raise Rejected("line", "not JSON") from error
    if not isinstance(value, dict):
        raise Rejected("line", "not an object")
    return value


def not_a_number(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")


def event_record(raw: Record, now: datetime) -> Record:
    """The event with the fields that the contract knows, read; absent ones left out."""
    event = read_fields(raw, EVENT_FIELDS)
    for name in ("partnerId", "time", "eventType"):
        if name not in event:
            raise Rejected(name, "missing")
    kind = event["eventType"]
    if "entryId" not in event and (isinstance(kind, int) or kind in ROOM_TYPES):
        raise Rejected("entryId", "missing on a player or room event")
    if event.get("eventIndex", 1) < 1:
        raise Rejected("eventIndex", "below 1")
    if event.get("playTime", 0) > PLAY_TIME_LIMIT:
        raise Rejected("playTime", "more than an hour since the previous heartbeat")
    if event["time"] > now + timedelta(hours=24):
        raise Rejected("time", "more than 24 h ahead")
    return event


def catalogue_record(raw: Record) -> tuple[str, Record]:
    """The record's kind and the record."""
    kind = raw["kind"]
    if not isinstance(kind, str) or kind not in KINDS:
        raise Rejected("kind", "unknown")
    key = KINDS[kind]
    fields = {**CATALOGUE_FIELDS, key: "string", "partnerId": "integer"}
    known = read_fields({name: raw[name] for name in raw if name in fields}, fields)
    for name in ("partnerId", key, *(("startsAt",) if kind == "session" else ())):
        if name not in known:
            raise Rejected(name, "missing")
    others = {name: value for name, value in raw.items() if name not in fields and name != "kind"}
    return kind, {**others, **known}


def read_fields(raw: Record, fields: dict[str, str]) -> Record:
    """Each known field that is there, read as its type; null and the empty string are absent."""
    return {
        name: read_value(name, raw[name], sort)
        for name, sort in fields.items()
        if raw.get(name) is not None and raw[name] != ""
    }


def read_value(name: str, value: Any, sort: str) -> Any:
    """The value as its type."""
    match sort, value:
        case _, bool():
            if sort == "boolean":
                return value
        case "integer", int():
            return value
        case "number", int() | float():
            return finite(name, value)
        case "string", str():
            return text(name, value)
        case "strings", list() if all(isinstance(item, str) for item in value):
            return [text(name, item) for item in value]
        case "time", str() | int() | float():
            return moment(name, value)
        case "type", int():
            return value
        case "type", str() if value in NAMED_TYPES:
            return value
    raise Rejected(name, f"is no {sort}")


def finite(name: str, value: float) -> float:
    if not math.isfinite(value):
        raise Rejected(name, "not a finite number")
    return float(value)


def text(name: str, value: str) -> str:
    try:
        size = len(value.encode())
    except UnicodeEncodeError as error:
        raise Rejected(name, "half a surrogate") from error
    if size > STRING_LIMIT or "\x00" in value:
        raise Rejected(name, "too long" if size > STRING_LIMIT else "U+0000")
    return value


def moment(name: str, value: str | float) -> datetime:
    """The instant in UTC: ISO 8601 (UTC where it says no offset), or epoch seconds below 1e11, else milliseconds."""
    try:
        if isinstance(value, str):
            stamp = datetime.fromisoformat(value)
            return (stamp if stamp.tzinfo else stamp.replace(tzinfo=UTC)).astimezone(UTC)
        seconds = finite(name, value) if value < 1e11 else finite(name, value) / 1000
        return EPOCH + timedelta(microseconds=round(seconds * 1_000_000))
    except (ValueError, OverflowError) as error:
        raise Rejected(name, "is no time") from error


def key_of(event: Record) -> Key:
    """What two lines of one event have in common."""
    if "eventId" in event:
        return (event["partnerId"], "id", event["eventId"])
    when = event.get("sessionStartTime", event["time"])
    names = ("partnerId", "sessionId", "entryId", "eventType", "eventIndex")
    return (*(event.get(name) for name in names), "sessionStartTime" in event, when)


def content(event: Record) -> str:
    """A text that orders events by what is in them, whatever order they came in."""
    return json.dumps(event, sort_keys=True, default=str)
