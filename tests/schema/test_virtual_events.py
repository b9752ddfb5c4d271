"""Virtual events: sessions by any metric, attendees, on-demand content, their days."""

from typing import Any

import pytest

from api.explorer.examples import examples
from db.pool import Database
from tests.db.given import PARTNER, at, entry, of, session
from tests.schema.test_answers import data
from tests.schema.watching import HOUR, Told, did, live, recorded

Json = dict[str, Any]
DAY = 24 * HOUR


def expo(**fields: Any) -> Json:
    """A virtual event of three days."""
    usual = {"kind": "virtualEvent", "partnerId": PARTNER, "eventId": "expo", "name": "Expo"}
    return {**usual, "startsAt": at(0), "endsAt": at(3 * DAY), "contentCategory": "Expo", **fields}


def day(number: int, **fields: Any) -> Json:
    """A session of the event."""
    start = (number - 1) * DAY
    return session(f"day {number}", start, start + HOUR, entryId=f"stream {number}", eventId="expo", **fields)


@pytest.fixture
def held(told: Told) -> None:
    """Two sessions on two days, content on demand, and things that are of no event."""
    told(
        expo(),
        day(1, recordingEntryId="film"),
        day(2),
        entry("film"),
        entry("clip", categories=["Expo"]),
        entry("else"),
    )
    told(*live("a", 12, entryId="stream 1"), *live("b", 6, entryId="stream 1"), *live("a", 6, DAY, entryId="stream 2"))
    told(*recorded("c", 3, 2 * DAY), *recorded("d", 3, DAY, entryId="clip", sessionId="x"))
    told(*recorded("e", 3, DAY, entryId="else", sessionId="y"), *live("a", 6, entryId="stream 9"))
    told(did("reactionSent", "f", DAY, contextSessionId="day 2"), did("messageSent", "g", virtualEventId="expo"))
    told(did("messageSent", "early", -1, contextSessionId="day 1"))


async def asked(database: Database, analytics: str, arguments: str = "", tenant: int = PARTNER) -> Json:
    """The analytics of the event."""
    document = f'{{ virtualEvent(eventId: "expo") {{ analytics{arguments} {{ {analytics} }} }} }}'
    found: Json = (await data(database, document, tenant))["virtualEvent"]["analytics"]
    return found


@pytest.mark.usefixtures("held")
async def test_totals_are_those_of_sessions_and_content(own: Database) -> None:
    names = "uniqueViewers liveUniqueViewers recordingUniqueViewers sessionsViewed videosViewed reactions chatMessages"
    minutes = "liveMinutesViewed recordingMinutesViewed onDemandMinutesViewed"
    found = await asked(own, f"range {{ from }} metrics {{ {names} {minutes} }}")
    assert found["range"]["from"] == "2026-07-01T10:00:00+00:00"
    assert list(found["metrics"].values()) == [4, 2, 1, 2, 1, 1, 1, 4, 0.5, 0.5]


@pytest.mark.usefixtures("held")
@pytest.mark.parametrize(
    ("metric", "first"), [("LIVE_UNIQUE_VIEWERS", "day 1"), ("REACTIONS", "day 2"), ("CHAT_MESSAGES", "talk")]
)
async def test_sessions_by_any_metric(own: Database, metric: str, first: str) -> None:
    rows = "nodes { key session { sessionId } }"
    found = (await asked(own, f"sessions(orderBy: {{metric: {metric}}}) {{ totalCount {rows} }}"))["sessions"]
    assert (found["totalCount"], found["nodes"][0]["key"]) == (4, first)
    assert {row["key"] for row in found["nodes"] if row["session"] is None} == {"Unknown", "talk"}


@pytest.mark.usefixtures("held")
async def test_attendees_are_all_who_did_anything_in_it(own: Database) -> None:
    rows = "users { nodes { key metrics { minutesViewed sessionsViewed chatMessages } } }"
    found = (await asked(own, rows))["users"]["nodes"]
    assert {row["key"]: tuple(row["metrics"].values()) for row in found} == {
        **{"a": (3, 2, 0), "b": (1, 1, 0), "c": (0.5, 1, 0), "d": (0.5, 0, 0), "f": (0, 0, 0), "g": (0, 0, 1)},
    }


@pytest.mark.usefixtures("held")
async def test_content_on_demand_is_what_no_session_has(own: Database) -> None:
    rows = "entries { nodes { key metrics { plays uniqueViewers minutesViewed totalCompletionRate } } }"
    found = await asked(own, rows, '(filter: {sessionId: {in: ["Unknown"]}, entryId: {notIn: ["Unknown"]}})')
    (clip,) = found["entries"]["nodes"]
    assert (clip["key"], *clip["metrics"].values()) == ("clip", 1, 1, 0.5, 0.3)


@pytest.mark.usefixtures("held")
async def test_days_reach_to_now_and_minutes_to_the_end(own: Database) -> None:
    days = "timeline(granularity: DAY) { start metrics { uniqueViewers reactions } }"
    found = await asked(
        own, f"{days} minutes: timeline(granularity: TEN_MINUTES) {{ start }} topMoments {{ start end }}"
    )
    assert [tuple(point["metrics"].values()) for point in found["timeline"][:4]] == [(2, 0), (2, 1), (1, 0), (0, 0)]
    assert len(found["timeline"]) > 4
    assert len(found["minutes"]) == 3 * 24 * 6
    assert found["topMoments"] == [{"start": "2026-07-02T07:36:00+00:00", "end": "2026-07-02T11:12:00+00:00"}]


async def test_an_event_without_start_was_always(own: Database, told: Told) -> None:
    told(expo(startsAt=None, endsAt=None), day(1), *live("a", entryId="stream 1"))
    assert (await asked(own, "metrics { liveUniqueViewers }"))["metrics"] == {"liveUniqueViewers": 1}


async def test_an_event_that_is_imported_late_takes_its_events(own: Database, told: Told) -> None:
    told(
        *live("a", entryId="stream 1"),
        *recorded("b", 3, DAY, entryId="clip"),
        did("messageSent", "c", virtualEventId="expo"),
    )
    told(entry("clip", categories=["Expo"]), day(1), expo())
    found = await asked(own, "metrics { uniqueViewers chatMessages }")
    assert found["metrics"] == {"uniqueViewers": 2, "chatMessages": 1}
    told(expo(contentCategory="Other"))
    found = await asked(own, "metrics { uniqueViewers chatMessages }")
    assert found["metrics"] == {"uniqueViewers": 1, "chatMessages": 1}


async def test_an_event_of_another_tenant_is_another(own: Database, told: Told) -> None:
    told(expo(), day(1), *live("a", entryId="stream 1"), *of(1002, [expo(), day(1)]))
    metrics = "metrics { liveUniqueViewers }"
    assert (await asked(own, metrics))["metrics"] == {"liveUniqueViewers": 1}
    assert (await asked(own, metrics, tenant=1002))["metrics"] == {"liveUniqueViewers": 0}


async def test_the_whole_dashboard_is_ten_statements(database: Database) -> None:
    document = next(each.query for each in examples() if each.name == "61-virtual-event")
    before = database.statements
    found = (await data(database, document, eventId="ve-1"))["virtualEvent"]
    assert database.statements - before <= 10
    assert found["analytics"]["metrics"]["liveUniqueViewers"] > 0
