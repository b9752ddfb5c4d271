"""Catalogue records that come late, or change: the answers are those of a database that knew them from the start."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.db.answers import answers, differences
from tests.db.firsts import wrong_firsts
from tests.db.given import Record, beats, empty, entry, event, load, session, shuffled, store_only, value

TALK: Record = {"entryId": "air", "recordingEntryId": "film"}


def record(kind: str, **fields: Any) -> Record:
    """A catalogue record."""
    return {"kind": kind, "partnerId": 1001, **fields}


def watched(session_id: str, entry_id: str, start: float, count: int, user: str | None, **fields: Any) -> list[Record]:
    """A viewing session from a moment on: a play, heartbeats, the end."""
    shown: Record = {"sessionId": session_id, "entryId": entry_id, "userId": user, **fields}
    lived = [
        event(start + 10 * n, eventIndex=n + 1, position=10 * n, playTimeSum=10 * n, **shown)
        for n in range(1, count + 1)
    ]
    return [
        event(start, eventType=3, eventIndex=1, **shown),
        *lived,
        event(start + 10 * count + 5, eventType=14, **shown),
    ]


LIVE: Record = {"playbackType": "live", "soundMode": 2, "tabMode": 2}
EVENTS = [
    *watched("v", "film", 0, 9, "anna"),
    *watched("w", "film", 4000, 3, "berta", playbackSpeed=2),
    *watched("x", "air", 1000, 30, "anna", **LIVE),
    *watched("y", "air", 3500, 30, None, **LIVE),
    *watched("z", "air", 90_000, 5, "carl", **LIVE),
    *watched("q", "other", 0, 5, "dora"),
    *[event(1000 + n, eventType="messageSent", entryId=None, contextId="talk", userId=f"u{n % 3}") for n in range(9)],
    *[event(1100 + n, eventType="reactionSent", entryId=None, contextId="air", reaction="clap") for n in range(4)],
    *[event(1200 + n, eventType="questionSent", contextId="talk", opensThread=True, userId="anna") for n in range(4)],
    *[event(1300 + n, eventType="messageSent", contextSessionId="talk", userId="eve") for n in range(2)],
    *[event(1400 + n, eventType="reactionSent", contextId="talk", contextSessionId="named") for n in range(2)],
    *[event(1500 + n, eventType="like", virtualEventId="named", userId=f"u{n}") for n in range(2)],
    event(1600, eventType="pollAnswered", entryId=None, contextId="talk", pollId="p", optionIds=["a"], userId="anna"),
]

FINAL: dict[str, list[Record]] = {
    "a duration that comes late": [entry()],
    "a duration that changes": [entry(durationSeconds=57), entry(durationSeconds=90.5)],
    "a duration that goes": [entry(), entry(durationSeconds=None)],
    "a session that comes late": [entry(), session(**TALK)],
    "a session without an end": [session(end=None, **TALK)],
    "a session that moves": [session(start=0, end=1200, **TALK), session(start=1250, end=3600, **TALK)],
    "a session that moves to another entry": [session(**TALK), session(entryId="other", recordingEntryId="air")],
    "a session whose recording comes late": [session(entryId="air"), session(**TALK)],
    "a session that loses its recording": [session(**TALK), session(entryId="air")],
    "sessions that overlap": [
        session("b", 900, 1100, entryId="air"),
        session("a", 900, 1150, entryId="air"),
        session("c", 0, 3600, entryId="air"),
        session("d", 1050, 1060, entryId="air"),
    ],
    "several with one recording": [
        session("b", 20, recordingEntryId="film"),
        session("a", 20, recordingEntryId="film"),
        session("c", 50, entryId="air", recordingEntryId="film"),
    ],
    "a context that turns out to be a session": [session(entryId="elsewhere")],
    "a room": [entry("air", mediaType="room"), session(**TALK)],
    "a virtual event by session": [session(eventId="fair", **TALK), record("virtualEvent", eventId="fair")],
    "a virtual event by category": [
        entry(categories=["Fair", "Other"]),
        record("virtualEvent", eventId="fair", contentCategory="Fair"),
        record("virtualEvent", eventId="named"),
    ],
    "a category that changes": [
        entry(categories=["Fair"]),
        record("virtualEvent", eventId="fair", contentCategory="Fair"),
        entry(categories=["Other"], mediaType="audio"),
        record("virtualEvent", eventId="fair", contentCategory="Other"),
    ],
    "a user": [record("user", userId="anna", firstName="Anna", company="Acme")],
}


@pytest.fixture(scope="module")
def shared(make_database: Callable[[str | None], str], empty_dsn: str) -> str:
    """A database that each test empties."""
    return make_database(empty_dsn)


def last_of_each(records: Sequence[Record]) -> list[Record]:
    """The records that are not replaced by later ones."""
    keys = {"entry": "entryId", "session": "sessionId", "virtualEvent": "eventId", "user": "userId"}
    return [*{(record["kind"], record[keys[record["kind"]]]): record for record in records}.values()]


@pytest.mark.parametrize("records", FINAL.values(), ids=FINAL)
async def test_events_follow_the_catalogue(shared: str, tmp_path: Path, records: list[Record]) -> None:
    empty(shared)
    load(shared, tmp_path, last_of_each(records))
    load(shared, tmp_path, EVENTS)
    expected = await answers(shared)

    def late(dsn: str) -> None:
        load(dsn, tmp_path, EVENTS)
        for record in records:
            load(dsn, tmp_path, [record])

    def in_between(dsn: str) -> None:
        events = shuffled(EVENTS, len(records))
        for number, record in enumerate([*records, None]):
            load(dsn, tmp_path, events[number :: len(records) + 1])
            load(dsn, tmp_path, [record] if record else [])

    def not_rolled_up(dsn: str) -> None:
        store_only(dsn, EVENTS[::2])
        load(dsn, tmp_path, records[:-1])
        store_only(dsn, EVENTS[1::2])
        load(dsn, tmp_path, records)

    for way in (late, in_between, not_rolled_up):
        empty(shared)
        way(shared)
        assert not differences(await answers(shared), expected), way.__name__
        assert wrong_firsts(shared) == {}, way.__name__


async def number(dsn: str, *name: Any) -> Any:
    return (await answers(dsn)).get(name)


async def test_a_session_lets_go_and_takes_in(shared: str, tmp_path: Path) -> None:
    empty(shared)
    load(shared, tmp_path, EVENTS)
    assert await number(shared, "session", "talk", None, "live_minutes_viewed") == 0  # named, not yet in the catalogue
    load(shared, tmp_path, [session(start=900, end=1250, **TALK)])
    assert await number(shared, "session", "talk", None, "live_minutes_viewed") == pytest.approx(24 * 10 / 60)
    load(shared, tmp_path, [session(start=1200, end=3600, **TALK)])
    assert await number(shared, "session", "talk", None, "live_minutes_viewed") == pytest.approx((11 + 9) * 10 / 60)
    assert await number(shared, "session", "talk", None, "chat_messages") == 11
    assert await number(shared, "entry", "Unknown", None, "chat_messages") == 9


async def test_a_duration_decides_what_was_seen(shared: str, tmp_path: Path) -> None:
    empty(shared)
    load(shared, tmp_path, beats(5))
    assert await number(shared, "totals", None, "total_completion_rate") is None
    for duration, seen in ((100, 0.5), (200, 0.25), (50, 1), (None, None), (80, 0.63)):
        load(shared, tmp_path, [entry(durationSeconds=duration)])
        assert await number(shared, "totals", None, "total_completion_rate") == pytest.approx(seen), duration
    assert await number(shared, "totals", None, "minutes_viewed") == pytest.approx(50 / 60)


def test_a_record_that_comes_again_replaces_the_one_before(dsn: str, tmp_path: Path) -> None:
    load(dsn, tmp_path, [entry(name="Old", tags=["a"]), entry(name="Older"), entry(durationSeconds=7, tags=["b", "c"])])
    with_all = "select jsonb_build_array(known, name, duration_seconds, tags) from entries"
    assert value(dsn, with_all) == [True, None, 7, ["b", "c"]]
    summary = load(dsn, tmp_path, [entry(name="New")])
    assert (summary.read, summary.catalogue) == (1, 1)
    assert value(dsn, with_all) == [True, "New", 100, []]
