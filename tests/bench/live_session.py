"""A session that many attend: a catalogue and events written line by line, the same bytes for the same number.

Everybody stays the whole time, sends a heartbeat every ten seconds and does a thing or two; a tenth watches the
recording afterwards. It belongs to the sample's account, and to the last of its weeks (tests/bench/data.py).
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from db.demo import DEMO_PARTNER

TENANT: Final = DEMO_PARTNER
SESSION: Final = "bench-session"
ATTENDEES: Final = 5_000
MINUTES: Final = 90
START: Final = datetime(2025, 6, 24, 15, tzinfo=UTC)
RECORDED: Final = START + timedelta(days=1)

_LIVE: Final = "bench-live"
_RECORDING: Final = "bench-recording"
_POLLS: Final = 3
_ATTACHMENTS: Final = 2
_REACTIONS: Final = ("clap", "heart", "think", "wow", "smile")
_PLACES: Final = (("US", "Texas", "Austin"), ("DE", "Berlin", "Berlin"), ("BR", "Bahia", "Salvador"), ("IL", "", ""))
_AGENTS: Final = (("Desktop", "Windows", "Edge"), ("Desktop", "Mac OS X", "Safari"), ("Mobile", "Android", "Chrome"))
_BEAT: Final = 10
_RECORDING_BEATS: Final = 30


def attendees(events: int) -> int:
    """How many attend beside a sample of so many events: all from 20 million on."""
    return max(20, min(ATTENDEES, events // 4_000))


def attendee(number: int) -> str:
    """A login id."""
    return f"attendee-{number:05d}"


def write(people: int, path: Path) -> None:
    """Writes the session with so many attendees."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for record in _catalogue(people):
            file.write(json.dumps({"partnerId": TENANT, **record}, separators=(",", ":")) + "\n")
        file.writelines(_events(people))


def _catalogue(people: int) -> Iterator[dict[str, Any]]:
    yield {"kind": "entry", "entryId": _LIVE, "name": "The big stream", "mediaType": "live"}
    yield {"kind": "entry", "entryId": _RECORDING, "mediaType": "video", "durationSeconds": MINUTES * 60}
    session = {"kind": "session", "sessionId": SESSION, "name": "The big session", "hostUserId": attendee(0)}
    ends = START + timedelta(minutes=MINUTES)
    session |= {"entryId": _LIVE, "recordingEntryId": _RECORDING, "startsAt": _iso(START), "endsAt": _iso(ends)}
    yield session
    for number in range(_POLLS):
        options = [{"optionId": letter, "text": letter} for letter in "abc"]
        poll = {"kind": "poll", "pollId": f"bench-poll-{number}", "sessionId": SESSION, "question": f"Poll {number}?"}
        yield {**poll, "type": "single", "launchedAt": _iso(START), "options": options}
    for number in range(_ATTACHMENTS):
        yield {"kind": "attachment", "attachmentId": f"bench-file-{number}", "sessionId": SESSION, "fileType": "pdf"}
    for number in range(people):
        user = {"kind": "user", "userId": attendee(number), "firstName": "Ann", "lastName": f"Attendee {number}"}
        yield {**user, "email": f"{attendee(number)}@example.com", "company": f"Company {number % 50}"}


def _events(people: int) -> Iterator[str]:
    """Lines in order of time, so far as they are heartbeats."""
    heads = [_head(number) for number in range(people)]
    for number, head in enumerate(heads):
        yield from _arrival(number, head)
    for beat in range(1, MINUTES * 60 // _BEAT):
        times = [_iso(START + timedelta(seconds=beat * _BEAT, milliseconds=10 * tenth)) for tenth in range(1000)]
        for number, head in enumerate(heads):
            modes = f'"soundMode":2,"tabMode":{1 + (number + beat // 6) % 4 // 2}'
            yield (
                f'{head}"entryId":"{_LIVE}","playbackType":"live","eventType":99,"eventIndex":{beat + 2},'
                f'"time":"{times[number * 37 % 1000]}","playTime":10,"bufferTime":0.0,"actualBitrate":2400,{modes}}}\n'
            )
    for number, head in enumerate(heads):
        yield from _actions(number, head)
        if number % 10 == 0:
            yield from _recording(number, head)


def _head(number: int) -> str:
    """What all lines of an attendee have, and their beginning."""
    country, region, city = _PLACES[number * 7 % len(_PLACES)]
    device, system, browser = _AGENTS[number * 5 % len(_AGENTS)]
    fields = {"partnerId": TENANT, "userId": attendee(number), "sessionId": f"bench-{number}"}
    fields |= {"country": country, "region": region, "city": city, "device": device, "os": system, "browser": browser}
    return json.dumps(fields | {"domain": "live.example.com"}, separators=(",", ":"))[:-1] + ","


def _arrival(number: int, head: str) -> Iterator[str]:
    time = _iso(START + timedelta(milliseconds=10 * (number * 37 % 1000)))
    for index, kind in enumerate((1, 3), 1):
        yield _line(head, kind, index, time, entryId=_LIVE, playbackType="live")


def _actions(number: int, head: str) -> Iterator[str]:
    """What an attendee does: some react, chat, answer, download, raise a hand."""
    for nth in range(number % 4):
        time = _moment(number * 61 + nth * 977)
        reaction = _REACTIONS[(number + nth) % len(_REACTIONS)]
        yield _line(head, "reactionSent", 1000 + nth, time, contextSessionId=SESSION, reaction=reaction)
    if number % 3 == 0:
        yield _line(head, "messageSent", 1010, _moment(number * 17), contextSessionId=SESSION)
    for poll in range(number % (_POLLS + 1)):
        answer = {"pollId": f"bench-poll-{poll}", "optionIds": ["abc"[number % 3]]}
        yield _line(head, "pollAnswered", 1020 + poll, _moment(1200 * poll + number % 300), **answer)
    if number % 20 == 0:
        yield _line(head, "questionSent", 1030, _moment(number * 23), contextSessionId=SESSION, opensThread=True)
    if number % 5 == 0:
        file = f"bench-file-{number % _ATTACHMENTS}"
        yield _line(head, "attachmentDownloaded", 1040, _moment(number), contextSessionId=SESSION, attachmentId=file)
    if number % 50 == 0:
        yield _line(head, "handRaised", 1050, _moment(number * 3), contextSessionId=SESSION, entryId=_LIVE)


def _recording(number: int, head: str) -> Iterator[str]:
    """Five minutes of the recording, in a viewing session of their own."""
    head = head.replace('"sessionId":"bench-', '"sessionId":"bench-again-')
    seen = {"entryId": _RECORDING, "playbackType": "vod"}
    first = RECORDED + timedelta(seconds=number)
    yield _line(head, 3, 1, _iso(first), **seen)
    for beat in range(1, _RECORDING_BEATS + 1):
        time, position = _iso(first + timedelta(seconds=beat * _BEAT)), number % 4000 + beat * _BEAT
        yield _line(head, 99, 1 + beat, time, **seen, playTime=_BEAT, position=position)


def _moment(second: int) -> str:
    """So many seconds after the start, turning back to it at the end."""
    return _iso(START + timedelta(seconds=second % (MINUTES * 60)))


def _line(head: str, kind: int | str, index: int, time: str, **fields: Any) -> str:
    more = json.dumps({"eventType": kind, "eventIndex": index, "time": time, **fields}, separators=(",", ":"))
    return f"{head}{more[1:]}\n"


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
