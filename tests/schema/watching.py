"""What people do in a session, as events: watch it live or afterwards, and more. Times are seconds from START."""

from collections.abc import Callable
from itertools import count
from typing import Any

from tests.db.given import Record, at, entry, event, session

Told = Callable[..., None]

HOUR = 3600
_numbers = count(1)

SESSION: list[Record] = [
    entry("stream", mediaType="live", durationSeconds=None),
    entry("film", mediaType="video"),
    session("talk", entryId="stream", recordingEntryId="film", name="The talk"),
]
"""A session of an hour from START on, with a recording of a hundred seconds."""


def live(user: str | None, beats: int = 6, start: float = 0, engaged: bool = True, **more: Any) -> list[Record]:
    """Heartbeats of ten seconds each, from `start` on."""
    seen: Record = {"entryId": "stream", "playbackType": "live", "playTime": 10, "soundMode": 2}
    seen |= {"tabMode": 2 if engaged else 1, "userId": user, "sessionId": f"live-{user}", **more}
    return [event(start + 10 * n, **{**seen, "eventIndex": next(_numbers)}) for n in range(beats)]


def recorded(user: str | None, beats: int = 6, start: float = 30 * 24 * HOUR, **more: Any) -> list[Record]:
    """A play and heartbeats of the recording, a month later."""
    seen: Record = {"entryId": "film", "sessionId": f"again-{user}", "userId": user, **more}
    played = event(start, **{**seen, "eventType": 3, "eventIndex": next(_numbers)})
    beats_ = [{**seen, "playTime": 10, "position": 10 * n, "eventIndex": next(_numbers)} for n in range(1, beats + 1)]
    return [played, *(event(start + 10 * n, **beat) for n, beat in enumerate(beats_, 1))]


def did(kind: str, user: str | None, seconds: float = 60, **more: Any) -> Record:
    """Something done in the session."""
    done: Record = {"eventType": kind, "time": at(seconds), "partnerId": 1001, "userId": user}
    return done | {"contextSessionId": "talk", "eventId": f"did-{next(_numbers)}", **more}
