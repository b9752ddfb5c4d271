"""Events as sent → columns of numbers, a batch at a time.

What events repeat is worked out once: all that describes place, page and context is one tuple, and each different tuple
of a batch gets its keys once. Users are apart: of a live stream each event has another.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, Final

import numpy as np
import xxhash
from msgspec import Struct
from numpy.typing import NDArray

from db.codes import (
    FLAGS,
    HEARTBEAT,
    INTERACTION_EVENTS,
    PLAYBACK_TYPES,
    POLL_ANSWERED,
    REPLAY,
    ROOM_PLAYBACK,
    ROOM_ROLES,
    ROOM_VIEW,
    SEEK,
    UNKNOWN,
)
from db.load import keys
from db.load.enrichment import Places, agent_of, page_of, place_of
from db.load.keys import Keys, Text
from db.load.records import Event, number

_INTERESTING: Final = frozenset(INTERACTION_EVENTS)
_BUFFER_LIMIT: Final = 10.0
_NUMBERS: Final = ("position", "playTime", "playTimeSum", "playbackSpeed", "bufferTime", "actualBitrate")


class Line(Struct, gc=False):
    """An event with what reading it gave: its type's number, its time in microseconds, a digest of its line."""

    event: Event
    code: int
    time: int
    starts: int | None
    digest: int


@dataclass(slots=True)
class Answer:
    """What a poll answer says, beside the event itself."""

    option_ids: list[str]
    answer: str | None


@dataclass(slots=True)
class Batch:
    """Events as columns of one length. `viewings`: hash and whether it has a session, by `viewing` number."""

    columns: dict[str, NDArray[Any]]
    viewings: list[tuple[bytes, bool]]
    viewing: NDArray[np.int64]
    key_hashes: list[bytes | None]
    answers: dict[int, Answer]
    partners: list[int] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.viewing)


def encode(lines: Sequence[Line], known: Keys, places: Places | None) -> Batch:
    """The batch of these events, in their order."""
    events = [line.event for line in lines]
    columns: dict[str, NDArray[Any]] = {
        name: np.array(list(map(attrgetter(name), lines)), dtype=np.int64) for name in ("code", "time", "digest")
    }
    columns["index"] = np.array([event.eventIndex or 0 for event in events], dtype=np.int64)
    for name in _NUMBERS:
        columns[name] = _floats(list(map(attrgetter(name), events)))
    columns |= _described(events, known, places)
    columns |= _interactions(lines, known)
    columns["flags"] = _flags(events)
    _derive(columns, events)
    viewing, viewings = _viewings(events)
    answers = {place: _answer(line.event) for place, line in enumerate(lines) if line.code == POLL_ANSWERED}
    partners = np.unique(columns["partner"]).tolist()
    return Batch(columns, viewings, viewing, [_key_hash(line) for line in lines], answers, partners)


def _floats(values: list[Any]) -> NDArray[np.float64]:
    try:
        return np.array(values, dtype=np.float64)
    except ValueError:  # an empty string among them
        return np.array([number(value) for value in values], dtype=np.float64)


def _derive(columns: dict[str, NDArray[Any]], events: Sequence[Event]) -> None:
    """Columns that follow from one event alone."""
    code, flags = columns["code"], columns["flags"]
    columns["playback"] = columns["playback"] + np.where(code == ROOM_VIEW, ROOM_PLAYBACK, 0)
    for place in np.flatnonzero((code == SEEK) | (code == REPLAY)).tolist():
        target = number(events[place].targetPosition)
        if code[place] == REPLAY:
            columns["position"][place] = 0.0
        elif not np.isnan(target):
            columns["position"][place] = target
    sound, tab = FLAGS["sound_mode"], FLAGS["tab_mode"]
    attends = FLAGS["tab_mode"] | FLAGS["screen_mode"] | FLAGS["camera_mode"] | FLAGS["stage_mode"]
    player = (code == HEARTBEAT) & (flags & (sound | tab) == sound | tab)
    columns["engaged"] = player | (code == ROOM_VIEW) & (flags & attends > 0)
    beat = (code == HEARTBEAT) | (code == ROOM_VIEW)
    buffered = np.clip(np.nan_to_num(columns.pop("bufferTime")), 0, _BUFFER_LIMIT)
    columns["buffer_seconds"] = np.where(beat & (buffered > 0), buffered, np.nan)
    columns["actualBitrate"] = np.where(columns["actualBitrate"] >= 0, columns["actualBitrate"], np.nan)


def _flags(events: Sequence[Event]) -> NDArray[np.int64]:
    bits = [*FLAGS.values()]
    sound, tab, screen, mic, camera, stage = bits
    return np.array(
        [
            (sound if event.soundMode == 2 else 0)
            | (tab if event.tabMode == 2 else 0)
            | (screen if event.screenMode == 2 else 0)
            | (mic if event.micMode == 2 else 0)
            | (camera if event.cameraMode == 2 else 0)
            | (stage if event.stageMode == 2 else 0)
            for event in events
        ],
        dtype=np.int64,
    )


def _described(events: Sequence[Event], known: Keys, places: Places | None) -> dict[str, NDArray[Any]]:
    """The keys of everything that describes an event: of what others repeat, whoever sent them, and of its user."""
    numbers: dict[Text, int] = {}
    users: dict[Text, int] = {}
    which = _numbers(
        numbers.setdefault(
            (
                e.partnerId, e.entryId, e.contextSessionId, e.eventSessionContextId, e.cuePointId, e.virtualEventId,
                e.playbackType, e.roomRole, e.playbackContext, e.country, e.region, e.city, e.ip, e.device, e.os,
                e.browser, e.userAgent, e.domain, e.url, e.referrer,
            ),
            len(numbers),
        )
        for e in events
    )  # fmt: skip
    of_user = _numbers(users.setdefault((e.partnerId, e.userId), len(users)) for e in events)
    rows = list(numbers)
    found = {
        "partner": [row[0] for row in rows],
        "entry": known.of(keys.ENTRIES, [_text(row[0], row[1]) for row in rows]),
        "named_session": known.of(keys.SESSIONS, [_text(row[0], row[2] or row[3] or row[4]) for row in rows]),
        "named_event": known.of(keys.VIRTUAL_EVENTS, [_text(row[0], row[5]) for row in rows]),
        "playback": [PLAYBACK_TYPES.get(row[6] or "", 0) for row in rows],
        "room_role": [ROOM_ROLES.get(row[7] or "", 0) for row in rows],
        "context": known.of(keys.CONTEXTS, [_named(row[0], row[8]) for row in rows]),
        "place": known.of(keys.PLACES, [_place(row[0], row[9:12], row[12], places) for row in rows]),
        "agent": known.of(keys.AGENTS, [_agent(row[0], row[13:16], row[16]) for row in rows]),
        "page": known.of(keys.PAGES, [_page(row[0], row[17:19], row[19]) for row in rows]),
    }
    columns = {name: np.array(values, dtype=np.int64)[which] for name, values in found.items()}
    columns["user"] = np.array(known.of(keys.USERS, [_named(*user) for user in users]), dtype=np.int64)[of_user]
    return columns


def _numbers(numbers: Iterable[int]) -> NDArray[np.int64]:
    return np.array(list(numbers), dtype=np.int64)


def _text(partner: int, text: str | None) -> Text | None:
    return (partner, text) if text else None


def _named(partner: int, text: str | None) -> Text | None:
    """A row's key; none where the text is the name of the row of those who tell nothing."""
    return None if text == UNKNOWN else _text(partner, text)


def _group(partner: int, told: Sequence[str]) -> Text | None:
    """A dictionary's row; none where nothing is known."""
    return (partner, *told) if any(text != UNKNOWN for text in told) else None


def _place(partner: int, told: Sequence[str | None], ip: str | None, places: Places | None) -> Text | None:
    if any(told):
        return _group(partner, [text or UNKNOWN for text in told])
    return _group(partner, place_of(places, ip)) if ip else None


def _agent(partner: int, told: Sequence[str | None], user_agent: str | None) -> Text | None:
    if any(told):
        return _group(partner, [text or UNKNOWN for text in told])
    return _group(partner, agent_of(user_agent)) if user_agent else None


def _page(partner: int, told: Sequence[str | None], referrer: str | None) -> Text | None:
    if any(told):
        return _group(partner, [text or UNKNOWN for text in told])
    return _group(partner, page_of(referrer)) if referrer else None


def _interactions(lines: Sequence[Line], known: Keys) -> dict[str, NDArray[Any]]:
    """What only interaction events tell: reaction, poll, attachment, context, whether a thread was opened."""
    names = ("reaction", "poll", "attachment", "context_id")
    columns: dict[str, NDArray[Any]] = {name: np.zeros(len(lines), dtype=np.int64) for name in names}
    columns["opens_thread"] = np.zeros(len(lines), dtype=bool)
    at = [place for place, line in enumerate(lines) if line.code in _INTERESTING]
    if not at:
        return columns
    told = [lines[place].event for place in at]
    columns["reaction"][at] = known.of(keys.REACTIONS, [_named(e.partnerId, e.reaction) for e in told])
    columns["poll"][at] = known.of(keys.POLLS, [_text(e.partnerId, e.pollId) for e in told])
    columns["attachment"][at] = known.of(keys.ATTACHMENTS, [_text(e.partnerId, e.attachmentId) for e in told])
    columns["context_id"][at] = known.of(keys.CONTEXT_IDS, [_text(e.partnerId, e.contextId) for e in told])
    columns["opens_thread"][at] = [e.opensThread is True for e in told]
    return columns


def _viewings(events: Sequence[Event]) -> tuple[NDArray[np.int64], list[tuple[bytes, bool]]]:
    """Each event's viewing: one viewing session on one entry."""
    numbers: dict[tuple[int, str | None, str | None], int] = {}
    which = _numbers(
        numbers.setdefault((e.partnerId, e.sessionId or None, e.entryId or None), len(numbers)) for e in events
    )
    return which, [(_hash("viewing", *key), key[1] is not None) for key in numbers]


def _key_hash(line: Line) -> bytes | None:
    """The key of an event whose time is not part of its key; None for the others."""
    event = line.event
    if event.eventId:
        return _hash("id", event.partnerId, event.eventId)
    if line.starts is None:
        return None
    return _hash(
        "start",
        event.partnerId,
        event.sessionId or None,
        event.entryId or None,
        line.code,
        event.eventIndex or 0,
        line.starts,
    )


def _hash(*parts: Any) -> bytes:
    return xxhash.xxh3_128_digest(repr(parts).encode())


def _answer(event: Event) -> Answer:
    return Answer(list(event.optionIds or []), event.answer or None)
