"""The sample data: the same bytes for the same plan, lines that the input format allows, behaviour one believes."""

import hashlib
import itertools
import json
import time
import tracemalloc
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from db.demo import DEMO_PARTNER, DemoPlan, catalogue_lines, event_count, event_lines, plan_for_events, write
from db.demo.plan import DAY_MS

Event = dict[str, Any]

END = datetime(2026, 11, 21, tzinfo=UTC)
PLAN = DemoPlan(end=END)
SMALL = DemoPlan(days=12, viewers=40, end=END)

PLAYER_EVENTS = {1, 2, 3, 4, 11, 12, 13, 14, 21, 23, 33, 34, 35, 45, 46, 98, 99}
ROOM_EVENTS = {"roomJoined", "roomView", "handRaised"}
ACTIONS = {"reactionSent", "messageSent", "questionSent", "pollAnswered", "attachmentDownloaded", "chatJoined"}
EVENT_TYPES = PLAYER_EVENTS | ROOM_EVENTS | ACTIONS | {"like", "unlike", "registered"}
STRINGS = {
    "entryId",
    "contextSessionId",
    "sessionId",
    "country",
    "region",
    "city",
    "device",
    "os",
    "browser",
    "domain",
    "url",
    "playbackContext",
    "virtualEventId",
    "reaction",
    "pollId",
    "answer",
    "attachmentId",
}
NUMBERS = {"position", "playTime", "playTimeSum", "targetPosition", "bufferTime", "playbackSpeed", "actualBitrate"}
MODES = {"soundMode", "tabMode", "screenMode", "micMode", "cameraMode", "stageMode"}
OTHERS = {
    "eventType",
    "partnerId",
    "time",
    "eventIndex",
    "userId",
    "playbackType",
    "optionIds",
    "opensThread",
    "roomRole",
}
ALLOWED = STRINGS | NUMBERS | MODES | OTHERS

REQUIRED = {
    "entry": {"entryId"},
    "user": {"userId"},
    "virtualEvent": {"eventId"},
    "session": {"sessionId", "startsAt"},
    "poll": {"pollId"},
    "attachment": {"attachmentId"},
    "chatMessage": {"messageId"},
    "chatThread": {"threadId"},
}


@pytest.fixture(scope="module")
def events() -> list[Event]:
    """All events of the default plan."""
    return [json.loads(line) for line in event_lines(PLAN)]


@pytest.fixture(scope="module")
def catalogue() -> list[Event]:
    """All catalogue records of the default plan."""
    return [json.loads(line) for line in catalogue_lines(PLAN)]


def digest(plan: DemoPlan) -> str:
    """A hash of everything that a plan makes."""
    lines = itertools.chain(catalogue_lines(plan), event_lines(plan))
    return hashlib.sha256(b"".join(lines)).hexdigest()


def strictly(pairs: list[tuple[str, Any]]) -> Event:
    """A JSON object, if no name is in it twice."""
    names = [name for name, _ in pairs]
    assert len(names) == len(set(names)), names
    return dict(pairs)


def complaints(event: Event) -> list[str]:
    """What the input format has against an event."""
    kind = event["eventType"]
    found = [f"unknown field {name}" for name in event.keys() - ALLOWED]
    found += [name for name in STRINGS if name in event and not (isinstance(event[name], str) and event[name])]
    found += [name for name in NUMBERS if name in event and not isinstance(event[name], int | float)]
    found += [name for name in MODES if event.get(name, 1) not in (1, 2)]
    found += ["eventType"] * (kind not in EVENT_TYPES)
    found += ["eventIndex"] * (event["eventIndex"] < 1)
    found += ["time"] * (not PLAN.day_ms(0) <= event["time"] < PLAN.end_ms)
    found += ["entryId"] * ("entryId" not in event)
    found += ["playbackType"] * ((event.get("playbackType") in ("vod", "live", "dvr")) != plays(event))
    found += ["heartbeat"] * (kind == 99 and not {"position", "soundMode", "tabMode"} <= event.keys())
    found += ["play time"] * (kind == 99 and ("playTime" in event) == ("playTimeSum" in event))
    found += ["room"] * ((kind in ROOM_EVENTS) != ("roomRole" in event))
    found += ["poll"] * (kind == "pollAnswered" and ("optionIds" in event) == ("answer" in event))
    return found


def plays(event: Event) -> bool:
    """Whether the event comes from a player, not from a room or a form."""
    entry_id = event["entryId"]
    in_room = entry_id.startswith("studio") and not entry_id.endswith("-recording")
    return event["eventType"] != "registered" and not in_room


def heartbeats(events: Iterable[Event]) -> list[Event]:
    """Player and room heartbeats."""
    return [event for event in events if event["eventType"] in (99, "roomView")]


def by_viewing(events: Iterable[Event]) -> dict[tuple[str, str], list[Event]]:
    """The events of each viewing session on each entry, in order."""
    found = defaultdict(list)
    for event in events:
        found[event["sessionId"], event["entryId"]].append(event)
    return {key: sorted(group, key=lambda event: event["eventIndex"]) for key, group in found.items()}


def test_the_same_plan_gives_the_same_bytes() -> None:
    assert digest(SMALL) == digest(replace(SMALL))
    assert digest(SMALL) == digest(replace(SMALL, end=END.astimezone(timezone(timedelta(hours=9)))))


@pytest.mark.parametrize(
    "changed", [{"seed": 8}, {"viewers": 41}, {"days": 13}, {"partner": 1002}, {"end": END + timedelta(days=1)}]
)
def test_another_plan_gives_other_bytes(changed: dict[str, Any]) -> None:
    assert digest(replace(SMALL, **changed)) != digest(SMALL)


@pytest.mark.parametrize("plan", [DemoPlan(days=1, viewers=1, end=END), DemoPlan(days=2, viewers=3, seed=-1, end=END)])
def test_a_tiny_plan_works(plan: DemoPlan) -> None:
    assert list(catalogue_lines(plan))
    assert all(plan.day_ms(0) <= json.loads(line)["time"] < plan.end_ms for line in event_lines(plan))


def test_a_plan_needs_days_viewers_and_a_time_zone() -> None:
    for wrong in ({"days": 0}, {"viewers": 0}, {"end": datetime(2026, 11, 21)}):
        with pytest.raises(ValueError, match="sample data"):
            replace(SMALL, **wrong)


def test_by_default_it_ends_with_the_last_midnight() -> None:
    assert timedelta() <= datetime.now(UTC) - DemoPlan().end < timedelta(days=1, minutes=1)


def test_lines_are_json_that_the_input_format_allows() -> None:
    for line in itertools.islice(event_lines(PLAN), 0, None, 7):
        assert line.endswith(b"\n")
        assert len(line) < 64 * 1024
        event = json.loads(line, object_pairs_hook=strictly)
        assert event["partnerId"] == DEMO_PARTNER
        assert not complaints(event), line


def test_events_have_no_duplicates(events: list[Event]) -> None:
    names = ("sessionId", "entryId", "eventType", "eventIndex", "time")
    assert len({tuple(event[name] for name in names) for event in events}) == len(events)
    for group in by_viewing(events).values():
        assert [event["eventIndex"] for event in group] == list(range(1, len(group) + 1))
        assert all(one["time"] <= next_["time"] for one, next_ in itertools.pairwise(group))


def test_catalogue_records_have_their_keys_and_come_once(catalogue: list[Event]) -> None:
    for record in catalogue:
        assert record["partnerId"] == DEMO_PARTNER
        assert all(record[name] for name in REQUIRED[record["kind"]])
    assert {record["kind"] for record in catalogue} == set(REQUIRED)
    keys = [(record["kind"], *(record[name] for name in sorted(REQUIRED[record["kind"]]))) for record in catalogue]
    assert len(keys) == len(set(keys))


def test_events_mention_what_the_catalogue_holds(events: list[Event], catalogue: list[Event]) -> None:
    def known(kind: str, name: str) -> set[str]:
        return {record[name] for record in catalogue if record["kind"] == kind}

    def mentioned(name: str) -> set[str]:
        return {event[name] for event in events if event.get(name) is not None}

    assert mentioned("entryId") <= known("entry", "entryId")
    assert mentioned("contextSessionId") == known("session", "sessionId")
    assert mentioned("userId") <= known("user", "userId")
    assert mentioned("pollId") == known("poll", "pollId")
    assert mentioned("attachmentId") < known("attachment", "attachmentId")
    assert mentioned("virtualEventId") == known("virtualEvent", "eventId") == {"spring-summit"}
    options = {option["optionId"] for record in catalogue for option in record.get("options", ())}
    assert {option for event in events for option in event.get("optionIds", ())} <= options


def test_chat_events_are_the_messages_of_the_catalogue(events: list[Event], catalogue: list[Event]) -> None:
    sent = Counter((event["userId"], event["time"]) for event in events if event["eventType"] == "messageSent")
    messages = Counter(
        (record["userId"], round(datetime.fromisoformat(record["sentAt"]).timestamp() * 1000))
        for record in catalogue
        if record["kind"] == "chatMessage"
    )
    assert sent == messages


def test_the_names_that_examples_use_are_there(events: list[Event], catalogue: list[Event]) -> None:
    values = {value for record in catalogue for value in record.values() if isinstance(value, str)}
    assert {"product-tour", "ana.silva", "webinar-1", "studio", "studio-blue", "spring-summit"} <= values
    often = [event for event in events if event["userId"] == "ana.silva" and event["entryId"] == "product-tour"]
    assert sum(event["eventType"] == 3 for event in often) > 10
    unwatched = {
        record["entryId"] for record in catalogue if record["kind"] == "entry" and record["mediaType"] == "video"
    }
    assert unwatched - {event["entryId"] for event in events} == {"archive-2019"}


def test_the_default_plan_is_about_two_hundred_thousand_events_mostly_heartbeats(events: list[Event]) -> None:
    beats = heartbeats(events)
    assert 150_000 < len(events) < 250_000
    assert len(beats) / len(events) > 0.9
    assert 48 < len(beats) / len(by_viewing(beats)) < 60
    assert abs(event_count(PLAN) / len(events) - 1) < 0.05


def test_every_kind_of_event_comes_in_believable_numbers(events: list[Event]) -> None:
    counts = Counter(event["eventType"] for event in events)
    assert set(counts) == EVENT_TYPES
    assert counts[1] > counts[2] > counts[3] > counts[11] > counts[12] > counts[13] > counts[14] > 0
    assert counts["like"] > counts["unlike"]
    anonymous = sum(event["userId"] is None for event in events) / len(events)
    assert 0.1 < anonymous < 0.3
    assert len({event["country"] for event in events}) == 14
    assert {event.get("playbackSpeed", 1) for event in events} == {0.75, 1, 1.25, 1.5, 2}


def test_heartbeats_agree_with_the_clock_and_the_playhead(events: list[Event]) -> None:
    durations = {"product-tour": 720, "brand-film": 95, "api-deep-dive": 1980}
    for (_, entry_id), group in by_viewing(events).items():
        beats = [event for event in group if event["eventType"] == 99]
        jumped = any(event["eventType"] in (34, 35) for event in group)
        for one, following in itertools.pairwise(beats):
            speed = following.get("playbackSpeed", 1)
            elapsed = (following["time"] - one["time"]) / 1000
            played = following.get("playTime", (following.get("playTimeSum", 0) - one.get("playTimeSum", 0)) / speed)
            assert 9.9 < played < 11.1
            assert elapsed > played - 0.05
            assert jumped or abs(following["position"] - one["position"] - played * speed) < 0.05
        if entry_id in durations:
            assert all(0 <= beat["position"] <= durations[entry_id] for beat in beats)


def test_live_players_stay_within_their_session(events: list[Event], catalogue: list[Event]) -> None:
    sessions = {record["entryId"]: record for record in catalogue if record["kind"] == "session" and record["eventId"]}
    live = [event for event in events if event.get("playbackType") in ("live", "dvr")]
    assert {event["entryId"] for event in live} == set(sessions)
    for event in live:
        session = sessions[event["entryId"]]
        when = datetime.fromtimestamp(event["time"] / 1000, UTC)
        starts, ends = datetime.fromisoformat(session["startsAt"]), datetime.fromisoformat(session["endsAt"])
        assert starts <= when < ends or event["eventType"] != 99
    assert any("contextSessionId" not in event for event in live)


def test_engagement_changes_from_minute_to_minute(events: list[Event]) -> None:
    webinar = by_viewing(event for event in events if event["entryId"] == "webinar-6-live" and event["eventType"] == 99)
    changing = [group for group in webinar.values() if len({event["tabMode"] for event in group}) == 2]
    assert len(changing) > len(webinar) / 2
    rooms = [event for event in events if event["eventType"] == "roomView"]
    for name in ("micMode", "cameraMode", "stageMode", "tabMode", "screenMode"):
        assert {event[name] for event in rooms} == {1, 2}


def test_the_audience_grows_rests_on_weekends_and_comes_back(events: list[Event]) -> None:
    opened = [event for event in events if event["eventType"] == 1 and event["playbackType"] == "vod"]
    days = Counter((event["time"] - PLAN.day_ms(0)) // DAY_MS for event in opened)
    weekend = [days[day] for day in range(PLAN.days) if PLAN.weekday(day) > 4]
    weekdays = [days[day] for day in range(PLAN.days) if PLAN.weekday(day) < 5]
    assert max(weekend) < min(weekdays) * 1.2
    assert sum(days[day] for day in range(31, 45)) > 1.3 * sum(days[day] for day in range(14))
    again = Counter(event["userId"] for event in opened if event["userId"])
    assert sum(count > 1 for count in again.values()) > 0.8 * len(again)


def test_lines_are_roughly_by_time(events: list[Event]) -> None:
    latest, back = 0, 0
    for event in events:
        back = max(back, latest - event["time"])
        latest = max(latest, event["time"])
    assert back < 3 * 3_600_000


def test_files_hold_the_lines(tmp_path: Path) -> None:
    catalogue, events = write(SMALL, tmp_path / "new" / "folder")
    assert [catalogue.name, events.name] == ["catalogue.ndjson", "events.ndjson"]
    assert catalogue.read_bytes() == b"".join(catalogue_lines(SMALL))
    assert events.read_bytes() == b"".join(event_lines(SMALL))


@pytest.mark.parametrize("wanted", [50_000, 1_000_000, 20_000_000])
def test_a_plan_for_so_many_events_keeps_the_period(wanted: int) -> None:
    plan = plan_for_events(wanted, PLAN)
    assert replace(plan, viewers=PLAN.viewers) == PLAN
    assert abs(event_count(plan) / wanted - 1) < 0.02


def test_a_big_plan_is_streamed_in_bounded_memory(record_property: Callable[[str, object], None]) -> None:
    lines = event_lines(plan_for_events(20_000_000, PLAN))
    began = time.perf_counter()
    first = sum(1 for _ in itertools.islice(lines, 200_000))
    record_property("lines_a_second", round(first / (time.perf_counter() - began)))
    tracemalloc.start()
    count = sum(1 for _ in itertools.islice(lines, 200_000))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == first == 200_000
    assert peak < 150 * 1024 * 1024
