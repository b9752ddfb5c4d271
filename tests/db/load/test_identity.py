"""Of events with one key one is kept: the same whatever the order, the files and the times of loading."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.db.answers import answers, differences
from tests.db.given import Record, at, beats, empty, entry, event, load, of, shuffled, store_only, value

FACTS = """
    select coalesce(jsonb_agg(to_jsonb(e) order by e.time, e.event_type, e.event_index, e.digest), '[]') from (
        select x.time, x.event_type, x.event_index, x.key_tag, x.digest, n.entry_id, u.user_id, x.position,
               x.play_time, x.play_seconds, x.interval_start, x.interval_end, x.coverage, x.views, x.spans
        from events x left join entries n using (entry_key) left join users u using (user_key)
    ) e
"""


@pytest.fixture(scope="module")
def shared(make_database: Callable[[str | None], str], empty_dsn: str) -> str:
    """One database for tests that have a tenant of their own each, or empty it."""
    return make_database(empty_dsn)


def one(**fields: Any) -> Record:
    """One event with a place in its viewing session."""
    return event(**{"eventIndex": 1, "playTime": 10, "position": 10, **fields})


ONE_KEY = [
    (one(), one()),
    (one(time="2026-07-01T10:00:10Z"), one(time=1782900010)),
    (one(time="2026-07-01T10:00:10Z"), one(time=1782900010.0)),
    (one(time=1782900010), one(time=1782900010000)),
    (one(time="2026-07-01T10:00:10"), one(time="2026-07-01T12:00:10.000+02:00")),
    (one(userId=None), one(userId="")),
    (one(eventId=""), one()),
    (one(eventId="x"), one(eventId="x", time=at(5), sessionId="w", entryId="other", eventType=3)),
    (one(sessionStartTime=1782900000), one(sessionStartTime="2026-07-01T10:00:00Z", time=at(7))),
    (one(sessionStartTime=1782900000), one(sessionStartTime=1782900000, time=at(90_000))),
    (event(sessionId=None, eventType="like"), event(sessionId="", eventType="like", playbackType="")),
    (one(userId="anna"), one(userId="berta")),
    (one(position=10), one(position=11)),
]

TWO_KEYS = [
    (one(), one(time=at(0.001))),
    (one(), one(eventIndex=2)),
    (one(), one(eventIndex=None)),
    (one(), one(eventType=3)),
    (one(), one(sessionId="w")),
    (one(), one(sessionId=None)),
    (one(), one(entryId="other")),
    (one(), one(partnerId=1002)),
    (one(), one(sessionStartTime=1782900000)),
    (one(), one(eventId="x")),
    (one(eventId="x"), one(eventId="x", partnerId=1002)),
    (one(eventId="x"), one(eventId="X")),
    (one(sessionStartTime=1782900000), one(sessionStartTime=1782900001)),
    (one(sessionStartTime=1782900000), one(sessionStartTime=1782900000, entryId="other")),
    (one(sessionStartTime=1782900000), one(sessionStartTime=1782900000, eventIndex=2)),
]


@pytest.mark.parametrize("number", range(len(ONE_KEY)))
def test_one_key_is_one_event(shared: str, tmp_path: Path, number: int) -> None:
    pair = of(2000 + number, ONE_KEY[number])
    summary = load(shared, tmp_path, pair)
    assert (summary.read, summary.stored, summary.duplicates) == (2, 1, 1)
    assert load(shared, tmp_path, pair[:1]).duplicates == load(shared, tmp_path, pair[1:]).duplicates == 1
    assert value(shared, f"select count(*) from events where partner_id = {2000 + number}") == 1


@pytest.mark.parametrize("number", range(len(TWO_KEYS)))
def test_another_key_is_another_event(shared: str, tmp_path: Path, number: int) -> None:
    summary = load(shared, tmp_path, of(3000 + number, TWO_KEYS[number]))
    assert (summary.stored, summary.duplicates) == (2, 0)


def in_one_file(dsn: str, folder: Path, records: Sequence[Record]) -> None:
    load(dsn, folder, records)


def one_by_one(dsn: str, folder: Path, records: Sequence[Record]) -> None:
    load(dsn, folder, records[:1])
    for record in records[1:]:
        store_only(dsn, [record])


def in_halves(dsn: str, folder: Path, records: Sequence[Record]) -> None:
    for part in (records[: len(records) // 2], records[len(records) // 2 :], records[: len(records) // 2]):
        load(dsn, folder, part)


CONFLICTS: dict[str, list[Record]] = {
    "another user and position": [
        *beats(6, userId="anna"),
        *[record | {"userId": "berta", "position": record["position"] + 7} for record in beats(6)],
    ],
    "sent again and received later": [
        record | {"sessionStartTime": 1782900000, "time": at(10 * n + late), "userId": user}
        for late, user in ((0, "a"), (25, "b"), (200, "c"))
        for n, record in enumerate(beats(6), 1)
    ],
    "an eventId of two viewings": [
        record | {"eventId": f"id-{record['eventIndex']}"}
        for key in ("v", "w", "x")
        for record in beats(6, sessionId=key, userId=f"of {key}", entryId="film" if key == "v" else "tape")
    ],
    "a seek and an end that go elsewhere": [
        *beats(9),
        *beats(9, sessionId="w"),
        *(
            event(seconds, eventType=35, sessionId=key, targetPosition=5, eventId="seek")
            for key, seconds in (("v", 45), ("w", 65), ("u", 10), ("v", 75))
        ),
        *(event(95 + n, eventType=14, sessionId=key, eventId="end") for n, key in enumerate("vwvw")),
    ],
    "an answer to a poll": [
        event(n, eventType="pollAnswered", pollId="p", eventId="answer", optionIds=[str(n)], userId=f"u{n}")
        for n in range(5)
    ],
}


@pytest.mark.parametrize("records", CONFLICTS.values(), ids=CONFLICTS)
async def test_the_same_one_is_kept_whatever_the_order(
    shared: str, tmp_path: Path, records: list[Record], aggregates: bool
) -> None:
    catalogue = [entry(), entry("tape", durationSeconds=60)]
    expected = None
    for number, way in enumerate([in_one_file, in_one_file, in_halves, in_halves, one_by_one, one_by_one]):
        empty(shared)
        load(shared, tmp_path, catalogue)
        way(shared, tmp_path, shuffled(records, number))
        if aggregates:  # what comes late is in them once they are refreshed, in tables at once
            load(shared, tmp_path, [])
        found = (value(shared, FACTS), await answers(shared))
        expected = expected or found
        assert found[0] == expected[0], (way.__name__, number)
        assert not differences(found[1], expected[1]), (way.__name__, number)
    assert expected is not None
    assert expected[1]["totals", None, "minutes_viewed"] > 0 or expected[1]["polls",]


async def test_later_events_read_a_viewing_from_which_one_was_taken_as_if_it_had_never_been(
    shared: str, tmp_path: Path
) -> None:
    """Two heartbeats of a viewing go to another one; then the viewing reaches its end."""
    moved = [record | {"eventId": f"id-{record['eventIndex']}"} for record in beats(9)]
    away = [record | {"sessionId": "w", "userId": user} for record in moved[7:] for user in ("a", "b", "c", "d", "e")]
    end = event(99, eventType=14)
    found = []
    for parts in ([moved, away, [end]], [[*moved, *away, end]], [[end], away, moved]):
        empty(shared)
        load(shared, tmp_path, [entry(durationSeconds=81)])
        for part in parts:
            load(shared, tmp_path, part)
        found.append(value(shared, FACTS))
    assert found[0] == found[1] == found[2]
