"""Lines that can't be taken: each goes to the reject file with its field and the reason, and stops nothing."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from db.load import Summary, load_files
from db.load.reading import read
from db.load.records import KINDS, Event, Rejected
from tests.conftest import GOLDEN
from tests.db.given import entry, event, line_of, load, session, without

AHEAD = (datetime.now(UTC) + timedelta(hours=25)).isoformat()


def number(text: str, field: str = "position") -> bytes:
    """An event with a number just as it is written here."""
    return line_of(event() | {field: "?"}).replace(b'"?"', text.encode())


def record(kind: str, **fields: Any) -> dict[str, Any]:
    """A catalogue record."""
    return {"kind": kind, "partnerId": 1001, **fields}


BAD: list[tuple[Any, str, str]] = [
    (b"this is no JSON", "", "not JSON"),
    (b'{"partnerId": 1001', "", "not JSON"),
    (line_of(event()) + b" x", "", "not JSON"),
    (line_of(event()).replace(b"film", b"\xff\xfe"), "", "UTF-8"),
    (line_of(event(extra="?")).replace(b"?", b"\xff"), "", "UTF-8"),
    (b'{"partnerId": 1001, "x": ' + b"[" * 5000 + b"]" * 5000 + b"}", "", "not JSON"),
    (b"[1, 2]", "", "not an object"),
    (b'"text"', "", "not an object"),
    (b"17", "", "not an object"),
    (b"null", "", "not an object"),
    (b"{}", "partnerId", "missing"),
    (without(event(), "partnerId"), "partnerId", "missing"),
    (event(partnerId=""), "partnerId", "expected `int`"),
    (event(partnerId="1001"), "partnerId", "expected `int`"),
    (event(partnerId=-1), "partnerId", ">= 0"),
    (event(partnerId=2**31), "partnerId", "<= 2147483647"),
    (without(event(), "eventType"), "eventType", "missing"),
    (event(eventType=""), "eventType", "missing"),
    (event(eventType="spaceship"), "eventType", "there is no event type 'spaceship'"),
    (event(eventType="99"), "eventType", "there is no event type '99'"),
    (event(eventType=-3), "eventType", "there is no event type -3"),
    (event(eventType=True), "eventType", "got `bool`"),
    (event(eventType=99.5), "eventType", "got `float`"),
    (without(event(), "time"), "time", "missing"),
    (event(time=""), "time", "missing"),
    (event(time=None), "time", "missing"),
    (event(time="yesterday"), "time", "'yesterday' is no time"),
    (event(time="2026-02-30T00:00:00Z"), "time", "is no time"),
    (event(time=True), "time", "got `bool`"),
    (event(time=1e300), "time", "is no time"),
    (event(time="0009-12-31T23:59:59Z"), "time", "is no time"),
    (number("1e999", "time"), "time", "infinite"),
    (event(time=AHEAD), "time", "more than 24 h ahead"),
    (event(sessionStartTime="once"), "sessionStartTime", "'once' is no time"),
    (without(event(), "entryId"), "entryId", "missing"),
    (event(entryId=""), "entryId", "missing"),
    (event(entryId=None), "entryId", "missing"),
    (event(entryId=7), "entryId", "got `int`"),
    (without(event(eventType="roomView"), "entryId"), "entryId", "missing"),
    (without(event(eventType="handRaised", contextId="film"), "entryId"), "entryId", "missing"),
    (event(eventIndex=0), "eventIndex", "0: expected `int` >= 1"),
    (event(eventIndex=1.5), "eventIndex", "got `float`"),
    (event(eventIndex="1"), "eventIndex", "'1': not of the field's type"),
    (event(eventIndex=2**31), "eventIndex", "<= 2147483647"),
    (event(position="far"), "position", "'far': not of the field's type"),
    (event(position=[]), "position", "got `array`"),
    (event(position=True), "position", "got `bool`"),
    (event(playTime="10"), "playTime", "not of the field's type"),
    (event(playTime=3600.5), "playTime", "at most 3600"),
    (event(soundMode="2"), "soundMode", "not of the field's type"),
    (event(soundMode=1.5), "soundMode", "got `float`"),
    (event(opensThread="true"), "opensThread", "not of the field's type"),
    (event(opensThread=1), "opensThread", "got `int`"),
    (event(optionIds="a"), "optionIds", "not of the field's type"),
    (event(optionIds=[1]), "optionIds[0]", "got `int`"),
    (event(reaction=5), "reaction", "got `int`"),
    (number("NaN"), "", "not JSON"),
    (number("Infinity"), "", "not JSON"),
    (number("NaN", "extra"), "", "not JSON"),
    (number("1e999"), "position", "infinite"),
    (number("-1e999"), "position", "infinite"),
    (number("9" * 400), "position", "out of range"),
    (event(userId="a\0b"), "userId", "U+0000"),
    (event(optionIds=["\0"]), "optionIds", "U+0000"),
    (event(userId="\ud83d"), "userId", "half a surrogate"),
    (event(optionIds=["\udc00"]), "optionIds", "half a surrogate"),
    (event(userId="x" * 2049), "userId", "2,049 bytes"),
    (event(userId="é" * 1025), "userId", "2,050 bytes"),
    (event(optionIds=["x" * 2049]), "optionIds", "2,049 bytes"),
    (event(extra="x" * 65_536), "", "at most 65,536"),
    (record("spaceship", id="x"), "kind", "there is no kind 'spaceship'"),
    ({"kind": 5, "partnerId": 1001}, "kind", "there is no kind 5"),
    (record("entry"), "entryId", "missing"),
    (entry(""), "entryId", "missing"),
    (without(entry(), "partnerId"), "partnerId", "missing"),
    (entry(mediaType="film"), "mediaType", "'film'"),
    (entry(durationSeconds="100"), "durationSeconds", "not of the field's type"),
    (number("1e999", "durationSeconds").replace(b"{", b'{"kind": "entry", ', 1), "durationSeconds", "infinite"),
    (entry(createdAt="soon"), "createdAt", "'soon' is no time"),
    (entry(categories="Sports"), "categories", "not of the field's type"),
    (record("user"), "userId", "missing"),
    (record("user", userId="u", registered="yes"), "registered", "not of the field's type"),
    (record("virtualEvent", eventId="x", startsAt="once"), "startsAt", "'once' is no time"),
    (without(session(), "startsAt"), "startsAt", "missing"),
    (session() | {"startsAt": ""}, "startsAt", "missing"),
    (session() | {"startsAt": None}, "startsAt", "got `null`"),
    (session() | {"startsAt": "once"}, "startsAt", "'once' is no time"),
    (session() | {"endsAt": "never"}, "endsAt", "'never' is no time"),
    (record("poll", pollId="p", type="guess"), "type", "not of the field's type"),
    (record("poll", pollId="p", options=[{"text": "a"}]), "optionId", "missing"),
    (record("poll", pollId="p", options=[{"optionId": "\0"}]), "options", "U+0000"),
    (record("attachment", attachmentId=None), "attachmentId", "got `null`"),
    (record("chatMessage", messageId="m", likes="3"), "likes", "not of the field's type"),
    (record("chatMessage", messageId="m", likes=2**63), "likes", "<="),
    (record("chatThread", threadId="t", userMessages=-(2**70)), "userMessages", ">="),
    (record("chatThread", threadId="t", status="lost"), "status", "not of the field's type"),
]

GOOD: list[Any] = [
    event(extra="a\0b"),
    event(extra="\ud83d"),
    {**event(), "\ud83d": 1},
    event(extra={"userId": "\ud83d", "a": [1, None, {}]}),
    event(extra="x" * 60_000),
    event(eventIndex="", position="", soundMode="", opensThread="", optionIds="", sessionStartTime="", eventId=""),
    event(userId="x" * 2048),
    event(userId="é" * 1024),
    event(userId="\U0001f600"),
    event(playTime=3600),
    event(playTime=-1),
    event(ip="nowhere", userAgent="?", referrer="%%%"),
    event(eventType=1234),
    without(event(eventType="like"), "entryId"),
    without(event(eventType="registered"), "entryId"),
    without(event(eventType="messageSent"), "entryId"),
    event(kind=""),
    event(kind=None),
    number("9" * 400, "extra"),
    entry(mediaType="", durationSeconds="", categories="", createdAt="", parentEntryId=""),
    session(end=None, eventId="not there", entryId="nor this", hostUserId="nor them"),
]


@pytest.fixture(scope="module")
def refused(
    make_database: Callable[[str | None], str], empty_dsn: str, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Summary, list[dict[str, Any]]]:
    """The load of all lines above, the bad ones first, and what its reject file says."""
    folder = tmp_path_factory.mktemp("records")
    summary = load(make_database(empty_dsn), folder, [*(line for line, _, _ in BAD), *GOOD])
    assert summary.reject_file is not None
    return summary, [json.loads(row) for row in summary.reject_file.read_text().splitlines()]


@pytest.mark.parametrize("place", range(len(BAD)), ids=lambda place: f"{place + 1}-{BAD[place][1]}-{BAD[place][2]}")
def test_a_bad_line_is_told_with_field_and_reason(refused: tuple[Summary, list[dict[str, Any]]], place: int) -> None:
    line, field, reason = BAD[place]
    row = next(row for row in refused[1] if row["line"] == place + 1)
    assert (row["field"], reason in row["reason"]) == (field, True), row
    assert row["text"] == line_of(line).decode(errors="backslashreplace")
    assert row["file"].endswith(".ndjson")


def test_every_line_has_one_fate(refused: tuple[Summary, list[dict[str, Any]]]) -> None:
    summary, rows = refused
    assert [row["line"] for row in rows] == list(range(1, len(BAD) + 1))
    assert (summary.read, summary.rejected, summary.catalogue) == (len(BAD) + len(GOOD), len(BAD), 2)
    assert summary.stored + summary.duplicates == len(GOOD) - 2


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_needs_its_key(kind: str) -> None:
    with pytest.raises(Rejected, match="missing"):
        read(line_of(record(kind, startsAt=0)))


def test_a_time_a_little_less_than_24_hours_ahead_is_taken(dsn: str, tmp_path: Path) -> None:
    soon = datetime.now(UTC) + timedelta(hours=23, minutes=59)
    assert load(dsn, tmp_path, [event(time=soon.isoformat())]).stored == 1


def test_an_absent_field_may_be_empty_or_null() -> None:
    names = [name for name in Event.__struct_fields__ if name not in ("partnerId", "eventType", "time")]
    for absent in ("", None):
        found = read(line_of(event() | dict.fromkeys(names, absent)))
        assert {getattr(found, name) for name in names} == {absent}


def test_the_golden_edges_have_their_fates(dsn: str, tmp_path: Path) -> None:
    folder = GOLDEN / "edge-public"
    summary = load_files(dsn, [str(folder / "lines.ndjson")], rejects=tmp_path / "rejects.ndjson")
    expected = json.loads((folder / "expected_load.json").read_text())
    assert {name: getattr(summary, name) for name in expected} == expected
    told = {json.loads(row)["line"] for row in (tmp_path / "rejects.ndjson").read_text().splitlines()}
    notes = json.loads((folder / "notes.json").read_text())
    assert told == {note["line"] for note in notes if note["fate"] == "rejected"}
