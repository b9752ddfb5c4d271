"""Rooms: their sessions and breakouts, and what happens in them outside of any session."""

from typing import Any

import pytest

from api.explorer.examples import examples
from db.pool import Database
from tests.db.given import PARTNER, entry, event, session
from tests.schema.test_answers import SEASON, data
from tests.schema.watching import HOUR, Told, did

Json = dict[str, Any]


def inside(user: str | None, room: str, beats: int, start: float = 0, **modes: int) -> list[Json]:
    """Heartbeats of someone in a room."""
    seen: Json = {"eventType": "roomView", "entryId": room, "sessionId": f"in-{room}-{user}", "userId": user, **modes}
    return [event(start + 10 * n, **{**seen, "playbackType": None, "eventIndex": n}) for n in range(1, beats + 1)]


@pytest.fixture
def met(told: Told) -> None:
    """A room with two meetings, the first with a breakout in a room of its own."""
    told(entry("room", mediaType="room", name="Room"), entry("side", mediaType="room", parentEntryId="room"))
    told({"kind": "user", "partnerId": PARTNER, "userId": "h", "firstName": "Host"}, entry("film"))
    told(session("first", 0, HOUR, entryId="room", hostUserId="h"), session("second", 2 * HOUR, None, entryId="room"))
    told(session("group", 600, 1200, entryId="side", parentSessionId="first", hostUserId="h"))
    told(*inside("a", "room", 30, tabMode=2), *inside("b", "room", 30), *inside("a", "side", 6, 600, cameraMode=2))
    told(*inside("c", "room", 6, 2 * HOUR, stageMode=2), *inside("d", "room", 6, 1.5 * HOUR))
    told(
        did("messageSent", "b", contextSessionId="first"),
        did("handRaised", "a", entryId="side", contextSessionId="group"),
    )


@pytest.mark.usefixtures("met")
async def test_sessions_are_the_newest_first_with_their_breakouts(own: Database) -> None:
    metrics = "metrics { liveUniqueViewers liveMinutesViewed liveEngagementRate raisedHands chatMessages }"
    about = f"sessionId startsAt endsAt durationMinutes host {{ name }} analytics({SEASON}) {{ {metrics} }}"
    meetings = f"nodes {{ {about} breakouts {{ {about} parent {{ sessionId }} }} }}"
    document = f'{{ room(entryId: "room") {{ sessions {{ {meetings} }} }} }}'
    before = own.statements
    sessions = (await data(own, document))["room"]["sessions"]["nodes"]
    assert own.statements - before <= 8
    assert [each["sessionId"] for each in sessions] == ["second", "first"]
    assert (sessions[0]["breakouts"], sessions[0]["durationMinutes"]) == ([], None)
    (group,) = sessions[1]["breakouts"]
    assert list(sessions[1]["analytics"]["metrics"].values()) == [2, 10, 0.5, 0, 1]
    assert list(group["analytics"]["metrics"].values()) == [1, 1, 1, 1, 0]
    assert {name: group[name] for name in ("sessionId", "durationMinutes", "host", "startsAt", "endsAt", "parent")} == {
        **{"sessionId": "group", "durationMinutes": 10, "host": {"name": "Host"}, "parent": {"sessionId": "first"}},
        **{"startsAt": "2026-07-01T10:10:00+00:00", "endsAt": "2026-07-01T10:20:00+00:00"},
    }


@pytest.mark.usefixtures("met")
async def test_a_room_has_what_happened_outside_of_sessions_and_not_its_breakouts(own: Database) -> None:
    metrics = "metrics { liveUniqueViewers liveMinutesViewed chatMessages raisedHands }"
    document = (
        f'{{ room(entryId: "room") {{ analytics({SEASON}) {{ {metrics} users {{ nodes {{ key }} }} }}'
        f" breakoutRooms {{ entryId parent {{ name }} analytics({SEASON}) {{ {metrics} }} }} }} }}"
    )
    room = (await data(own, document))["room"]
    assert list(room["analytics"]["metrics"].values()) == [4, 12, 1, 0]
    assert {row["key"] for row in room["analytics"]["users"]["nodes"]} == {"a", "b", "c", "d"}
    (side,) = room["breakoutRooms"]
    assert (side["entryId"], side["parent"]) == ("side", {"name": "Room"})
    assert list(side["analytics"]["metrics"].values()) == [1, 1, 0, 1]


@pytest.mark.usefixtures("met")
async def test_pages_of_sessions(own: Database) -> None:
    document = (
        'query($after: String) { room(entryId: "room") { sessions(first: 1, after: $after)'
        " { totalCount nodes { sessionId } pageInfo { hasNextPage endCursor } } } }"
    )
    first = (await data(own, document))["room"]["sessions"]
    second = (await data(own, document, after=first["pageInfo"]["endCursor"]))["room"]["sessions"]
    assert [first["nodes"], second["nodes"]] == [[{"sessionId": "second"}], [{"sessionId": "first"}]]
    assert (first["pageInfo"]["hasNextPage"], second["pageInfo"]["hasNextPage"]) == (True, False)
    assert first["totalCount"] == 2


async def test_a_room_without_anything_is_empty(own: Database, told: Told) -> None:
    told(entry("room", mediaType="room"), entry("film"))
    document = '{{ room(entryId: "{}") {{ sessions {{ totalCount }} breakoutRooms {{ name }} analytics {{ {} }} }} }}'
    metrics = "metrics { liveUniqueViewers liveEngagementRate } users { totalCount }"
    assert (await data(own, document.format("room", metrics)))["room"] == {
        **{"sessions": {"totalCount": 0}, "breakoutRooms": []},
        "analytics": {"metrics": {"liveUniqueViewers": 0, "liveEngagementRate": None}, "users": {"totalCount": 0}},
    }
    assert (await data(own, document.format("film", metrics)))["room"] is None


@pytest.mark.usefixtures("met")
async def test_the_heat_map_of_a_breakout_is_as_long_as_it_was(own: Database) -> None:
    maps = "users { nodes { analytics { engagementHeatmap { state } } } }"
    found = await data(own, f'{{ session(sessionId: "group") {{ analytics {{ {maps} }} }} }}')
    (row,) = found["session"]["analytics"]["users"]["nodes"]
    states = [minute["state"] for minute in row["analytics"]["engagementHeatmap"]]
    assert states == ["ENGAGED", "ENGAGED", *["OFFLINE"] * 8]


async def test_the_dashboard_of_a_room_costs_no_more_for_more_sessions(own: Database, told: Told) -> None:
    document = next(each.query for each in examples() if each.name == "60-room")
    counts = []
    for number in (2, 6):
        told(entry("room", mediaType="room"), *(session(f"s{n}", n * HOUR, entryId="room") for n in range(number)))
        told(*(session(f"g{n}", n * HOUR, parentSessionId=f"s{n}", hostUserId="h") for n in range(number)))
        told(*(beat for n in range(number) for beat in inside("a", "room", 3, n * HOUR)))
        before = own.statements
        found = (await data(own, document, entryId="room", range={"preset": "ALL_TIME"}))["room"]
        counts.append(own.statements - before)
        assert len(found["sessions"]["nodes"]) == number
    assert counts[0] == counts[1] <= 10
