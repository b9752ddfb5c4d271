"""What a line of input may hold: events and the kinds of catalogue records, with the types of their fields.

The fields are those of the input format; names stay as they are sent. The types are what the decoder checks as it
reads (db/load/reading.py).
"""

import math
from typing import Annotated, Any, Final, Literal

from msgspec import Meta, Struct

INT32: Final = 2**31 - 1
INT64: Final = 2**63 - 1

# An empty string is an absent field, whatever the field's type.
Number = float | Literal[""] | None
Whole = int | Literal[""] | None
Stored = Annotated[int, Meta(ge=-INT64, le=INT64)] | Literal[""] | None
Flag = bool | Literal[""] | None
Moment = int | float | str | None
Texts = list[str] | Literal[""] | None
Partner = Annotated[int, Meta(ge=0, le=INT32)]


class Event(Struct, gc=False):
    """What happened, as sent. `contextSessionId` and its synonyms are told apart only until they are read."""

    partnerId: Partner
    eventType: int | str
    time: Moment = None
    eventId: str | None = None
    sessionStartTime: Moment = None
    entryId: str | None = None
    contextId: str | None = None
    contextSessionId: str | None = None
    eventSessionContextId: str | None = None
    cuePointId: str | None = None
    sessionId: str | None = None
    eventIndex: Annotated[int, Meta(ge=1, le=INT32)] | Literal[""] | None = None
    userId: str | None = None
    playbackType: str | None = None
    position: Number = None
    playTime: Number = None
    playTimeSum: Number = None
    targetPosition: Number = None
    bufferTime: Number = None
    playbackSpeed: Number = None
    actualBitrate: Number = None
    soundMode: Whole = None
    tabMode: Whole = None
    screenMode: Whole = None
    micMode: Whole = None
    cameraMode: Whole = None
    stageMode: Whole = None
    ip: str | None = None
    userAgent: str | None = None
    referrer: str | None = None
    country: str | None = None
    region: str | None = None
    city: str | None = None
    device: str | None = None
    os: str | None = None
    browser: str | None = None
    domain: str | None = None
    url: str | None = None
    playbackContext: str | None = None
    virtualEventId: str | None = None
    reaction: str | None = None
    pollId: str | None = None
    optionIds: Texts = None
    answer: str | None = None
    attachmentId: str | None = None
    opensThread: Flag = None
    roomRole: str | None = None
    kind: Any = None  # told, it is no event


class Record(Struct, gc=False):
    """What every catalogue record has."""

    kind: str
    partnerId: Partner


class Entry(Record, gc=False):
    entryId: str
    name: str | None = None
    mediaType: Literal["video", "audio", "image", "document", "live", "room", ""] | None = None
    durationSeconds: Number = None
    ownerId: str | None = None
    createdAt: Moment = None
    categories: Texts = None
    tags: Texts = None
    parentEntryId: str | None = None


class User(Record, gc=False):
    userId: str
    firstName: str | None = None
    lastName: str | None = None
    email: str | None = None
    title: str | None = None
    company: str | None = None
    industry: str | None = None
    role: str | None = None
    country: str | None = None
    registered: Flag = None


class VirtualEvent(Record, gc=False):
    eventId: str
    name: str | None = None
    startsAt: Moment = None
    endsAt: Moment = None
    contentCategory: str | None = None


class Session(Record, gc=False):
    sessionId: str
    startsAt: int | float | str
    name: str | None = None
    eventId: str | None = None
    entryId: str | None = None
    recordingEntryId: str | None = None
    endsAt: Moment = None
    hostUserId: str | None = None
    parentSessionId: str | None = None


class Option(Struct, gc=False):
    optionId: str
    text: str | None = None
    correct: bool | None = None


class Poll(Record, gc=False):
    pollId: str
    sessionId: str | None = None
    question: str | None = None
    type: Literal["single", "multiple", "open", "rating", "crowd", "quiz", ""] | None = None
    launchedAt: Moment = None
    options: list[Option] | None = None


class Attachment(Record, gc=False):
    attachmentId: str
    name: str | None = None
    fileType: str | None = None
    sessionId: str | None = None
    entryId: str | None = None


class ChatMessage(Record, gc=False):
    messageId: str
    sessionId: str | None = None
    subContext: str | None = None
    userId: str | None = None
    sentAt: Moment = None
    message: str | None = None
    repliedToMessageId: str | None = None
    likes: Stored = None
    deleted: Flag = None


class ChatThread(Record, gc=False):
    threadId: str
    sessionId: str | None = None
    status: Literal["pending", "owned", "resolved", "done", ""] | None = None
    ownerUserId: str | None = None
    lastActivityAt: Moment = None
    userMessages: Stored = None
    moderatorMessages: Stored = None


KINDS: Final[dict[str, type[Record]]] = {
    "entry": Entry,
    "user": User,
    "virtualEvent": VirtualEvent,
    "session": Session,
    "poll": Poll,
    "attachment": Attachment,
    "chatMessage": ChatMessage,
    "chatThread": ChatThread,
}


class Rejected(ValueError):
    """A line that can't be taken: in which field (empty: the line itself) and why."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}" if field else reason)
        self.field, self.reason = field, reason


def number(value: Number) -> float:
    """The number, NaN where there is none."""
    return math.nan if value is None or value == "" else float(value)
