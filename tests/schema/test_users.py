"""Users: the attendee table with its heat maps, a person's dashboard, many people at once."""

from typing import Any

import pytest

from api.explorer.examples import examples
from db.pool import Database
from tests.db.given import PARTNER, at, entry, event, of, session
from tests.schema.test_answers import SEASON, data
from tests.schema.test_sessions import talk
from tests.schema.watching import HOUR, SESSION, Told, did, live, recorded

Json = dict[str, Any]


def person(key: str, **profile: Any) -> Json:
    """A user of the catalogue."""
    return {"kind": "user", "partnerId": PARTNER, "userId": key, **profile}


PEOPLE = (
    person("amelie", firstName="Amélie", lastName="Żółć", company="Café Noir", email="a.z@example.com"),
    person("bo", firstName="陽子", lastName="佐藤", title="CTO", role="speaker", industry="Media", country="JP"),
    person("chatty", firstName="Only", lastName="Chats", company="NOIRE Ltd"),
)


@pytest.fixture
def attended(told: Told) -> None:
    """Amélie stays for two minutes and is engaged for one, Bo for one; Chatty never watches, anonymous people do."""
    told(*SESSION, *PEOPLE, *live("amelie", 6), *live("amelie", 6, 60, False), *live("bo", 6, 120), *live(None, 3, 600))
    told(did("messageSent", "chatty", 10), did("messageSent", "chatty", 20), did("reactionSent", "bo", 130))
    told(
        did("pollAnswered", "bo", pollId="p"),
        did("pollAnswered", "bo", pollId="p"),
        did("handRaised", "bo", entryId="stream"),
    )
    told(did("questionSent", "amelie", opensThread=True), did("attachmentDownloaded", "amelie", attachmentId="f"))


COLUMNS = (
    "minutesViewed reactions chatMessages pollsAnswered liveEngagementRate qnaThreads attachmentDownloads raisedHands"
)


@pytest.mark.usefixtures("attended")
async def test_everyone_who_did_something_is_in_the_table(own: Database) -> None:
    rows = (await talk(own, f"users(first: 50) {{ nodes {{ key metrics {{ {COLUMNS} }} }} }}"))["users"]["nodes"]
    assert {row["key"]: tuple(row["metrics"].values()) for row in rows} == {
        "amelie": (2, 0, 0, 0, 0.5, 1, 1, 0),
        "bo": (1, 1, 0, 1, 1, 0, 0, 1),
        "chatty": (0, 0, 2, 0, None, 0, 0, 0),
        "Unknown": (0.5, 0, 0, 0, 1, 0, 0, 0),
    }


@pytest.mark.usefixtures("attended")
async def test_the_table_has_the_profile(own: Database) -> None:
    profile = "user { name title company role industry country { name } }"
    rows = (await talk(own, f"users {{ nodes {{ key {profile} }} }}"))["users"]["nodes"]
    found = {row["key"]: row["user"] for row in rows}
    assert found["Unknown"] is None
    assert found["bo"] == {
        **{"name": "陽子 佐藤", "title": "CTO", "company": None, "role": "speaker", "industry": "Media"},
        "country": {"name": "Japan"},
    }


ORDERS = {
    "{metric: MINUTES_VIEWED}": ["amelie", "bo", "Unknown", "chatty"],
    "{metric: LIVE_ENGAGEMENT_RATE}": ["Unknown", "bo", "amelie", "chatty"],
    "{metric: LIVE_ENGAGEMENT_RATE, direction: ASC}": ["amelie", "Unknown", "bo", "chatty"],
    "{metric: CHAT_MESSAGES}": ["chatty", "Unknown", "amelie", "bo"],
    "{metric: POLLS_ANSWERED, direction: ASC}": ["Unknown", "amelie", "chatty", "bo"],
}


@pytest.mark.usefixtures("attended")
async def test_the_table_in_any_order(own: Database) -> None:
    for order, keys in ORDERS.items():
        rows = (await talk(own, f"users(orderBy: {order}) {{ nodes {{ key }} }}"))["users"]["nodes"]
        assert [row["key"] for row in rows] == keys, order


SEARCHES = {
    "AMELIE zol": [],
    "amelie zołc": ["amelie"],
    "noir": ["amelie", "chatty"],
    "CAFE": ["amelie"],
    "A.Z@EXAMPLE": ["amelie"],
    "hatt": ["chatty"],
    "陽子 佐": ["bo"],
    "unknown": [],
}


@pytest.mark.usefixtures("attended")
async def test_the_table_is_searched(own: Database) -> None:
    for search, keys in SEARCHES.items():
        document = f'users(search: "{search}") {{ totalCount totals {{ chatMessages }} nodes {{ key }} }}'
        found = (await talk(own, document))["users"]
        assert sorted(row["key"] for row in found["nodes"]) == keys, search
        assert (found["totalCount"], found["totals"]["chatMessages"]) == (len(keys), 2 * ("chatty" in keys))


@pytest.mark.usefixtures("attended")
async def test_heat_maps_of_all_attendees_cover_the_session(own: Database) -> None:
    before = own.statements
    document = "users { nodes { key analytics { engagementHeatmap { start state } } } }"
    rows = (await talk(own, document))["users"]["nodes"]
    assert own.statements - before == 4  # the session, its end, the rows, all heat maps
    maps = {row["key"]: [minute["state"] for minute in row["analytics"]["engagementHeatmap"]] for row in rows}
    off = ["OFFLINE"]
    assert maps == {
        "amelie": ["ENGAGED", "NOT_ENGAGED", *off * 58],
        "bo": [*off * 2, "ENGAGED", *off * 57],
        "chatty": off * 60,
        "Unknown": [*off * 10, "ENGAGED", *off * 49],
    }


async def test_heat_maps_are_as_long_as_the_session(own: Database, told: Told) -> None:
    told(*SESSION[:2], session("talk", end=30 * HOUR, entryId="stream"))
    told(*live("a"), *live("a", 6, 30 * HOUR - 60, engaged=False), *recorded("b"))
    document = "users { nodes { key analytics { engagementHeatmap { start state } } } }"
    rows = (await talk(own, document))["users"]["nodes"]
    minutes = next(row["analytics"]["engagementHeatmap"] for row in rows if row["key"] == "a")
    assert len(minutes) == 1800
    assert [minute["state"] for minute in minutes] == ["ENGAGED", *["OFFLINE"] * 1798, "NOT_ENGAGED"]
    assert minutes[-1]["start"] == "2026-07-02T15:59:00+00:00"


DASHBOARD = (
    "metrics { minutesViewed sessionsViewed videosViewed liveEngagementRate liveMinutesViewed recordingMinutesViewed"
    " onDemandMinutesViewed reactions chatMessages pollsAnswered qnaThreads attachmentDownloads }"
    " sessions { nodes { key metrics { minutesViewed liveEngagementRate reactions raisedHands chatMessages } } }"
)


async def test_a_person_over_all_and_inside_one_event(own: Database, told: Told) -> None:
    told(person("a"), {"kind": "virtualEvent", "partnerId": PARTNER, "eventId": "expo", "contentCategory": "Expo"})
    told(*SESSION[:2], session("talk", entryId="stream", recordingEntryId="film", eventId="expo"))
    told(entry("clip", categories=["Expo"]), entry("else"), *live("a", 12), *recorded("a", 3), *recorded("b"))
    told(*recorded("a", 6, 100, entryId="clip", sessionId="x"), *recorded("a", 3, 100, entryId="else", sessionId="y"))
    told(did("reactionSent", "a"), did("messageSent", "a", contextSessionId="elsewhere"))
    document = (
        f'query($f: AnalyticsFilter) {{ user(userId: "a") {{ analytics({SEASON}, filter: $f) {{ {DASHBOARD} }} }} }}'
    )
    whole = (await data(own, document))["user"]["analytics"]
    assert list(whole["metrics"].values()) == [4, 1, 2, 1, 2, 0.5, 1.5, 1, 1, 0, 0, 0]
    rows = {row["key"]: list(row["metrics"].values()) for row in whole["sessions"]["nodes"]}
    assert rows == {"talk": [2.5, 1, 1, 0, 0], "Unknown": [1.5, None, 0, 0, 0], "elsewhere": [0, None, 0, 0, 1]}
    inside = (await data(own, document, f={"eventId": {"in": ["expo"]}}))["user"]["analytics"]
    assert list(inside["metrics"].values()) == [3.5, 1, 1, 1, 2, 0.5, 1, 1, 0, 0, 0, 0]


async def test_on_demand_videos_have_their_minutes_and_completion(own: Database, told: Told) -> None:
    told(person("a"), *SESSION, entry("clip"), *recorded("a", 3), *recorded("a", 5, 100, entryId="clip", sessionId="x"))
    only = 'filter: {sessionId: {in: ["Unknown"]}}'
    rows = "entries { nodes { key metrics { plays minutesViewed totalCompletionRate } } }"
    found = await data(own, f'{{ user(userId: "a") {{ analytics({SEASON}, {only}) {{ {rows} }} }} }}')
    metrics = {"plays": 1, "minutesViewed": 5 / 6, "totalCompletionRate": 0.5}
    assert found["user"]["analytics"]["entries"]["nodes"] == [{"key": "clip", "metrics": metrics}]


async def test_a_user_of_another_tenant_is_another(own: Database, told: Told) -> None:
    theirs = [*SESSION, person("a", firstName="Theirs"), *live("a", 12), did("reactionSent", "a")]
    told(person("a", firstName="Mine"), *SESSION, *live("a"), *of(1002, theirs))
    document = f'{{ user(userId: "a") {{ name analytics({SEASON}) {{ metrics {{ minutesViewed reactions }} }} }} }}'
    mine, other = await data(own, document), await data(own, document, 1002)
    assert mine["user"] == {"name": "Mine", "analytics": {"metrics": {"minutesViewed": 1, "reactions": 0}}}
    assert other["user"] == {"name": "Theirs", "analytics": {"metrics": {"minutesViewed": 2, "reactions": 1}}}


async def test_a_user_who_is_imported_late_has_done_everything(own: Database, told: Told) -> None:
    told(*SESSION, *live("a"), did("pollAnswered", "a", pollId="p"))
    told(person("a", lastName="Späth"))
    told({"kind": "poll", "partnerId": PARTNER, "pollId": "p", "sessionId": "talk", "type": "open"})
    document = 'users(search: "spath") { nodes { user { name } metrics { minutesViewed pollsAnswered } } }'
    metrics = {"minutesViewed": 1, "pollsAnswered": 1}
    assert (await talk(own, document))["users"]["nodes"] == [{"user": {"name": "Späth"}, "metrics": metrics}]
    polls = await data(own, '{ session(sessionId: "talk") { polls { participants } } }')
    assert polls["session"]["polls"] == [{"participants": 1}]


async def test_a_person_without_events_is_full_of_nothing(own: Database, told: Told) -> None:
    told(person("a"))
    found = await data(own, f'{{ user(userId: "a") {{ analytics({SEASON}) {{ {DASHBOARD} }} }} }}')
    assert set(found["user"]["analytics"]["metrics"].values()) == {0, None}
    assert found["user"]["analytics"]["sessions"]["nodes"] == []


async def test_fifty_users_by_alias_cost_a_statement_a_shape(own: Database, told: Told) -> None:
    told(*SESSION, *(person(f"u{n}") for n in range(50)), *(event(n, userId=f"u{n}", playTime=n) for n in range(50)))
    fields = f"name analytics({SEASON}) {{ metrics {{ minutesViewed }} timeline(granularity: MONTH) {{ start }} }}"
    before = own.statements
    found = await data(own, "{" + " ".join(f'a{n}: user(userId: "u{n}") {{ {fields} }}' for n in range(50)) + "}")
    assert own.statements - before == 2
    minutes = [found[f"a{n}"]["analytics"]["metrics"]["minutesViewed"] for n in range(50)]
    assert minutes == pytest.approx([n / 60 for n in range(50)])


@pytest.mark.parametrize(
    ("name", "more"), [("40-user-dashboard", {}), ("41-user-in-virtual-event", {"eventId": "ve-1"})]
)
async def test_a_dashboard_is_ten_statements(database: Database, name: str, more: Json) -> None:
    document = next(each.query for each in examples() if each.name == name)
    range_ = {"between": {"from": at(-90 * 24 * HOUR), "to": at(90 * 24 * HOUR)}}
    before = database.statements
    found = await data(database, document, userId="u01", range=range_, **more)
    assert found["user"]["analytics"]["metrics"]["minutesViewed"] > 0
    assert database.statements - before <= 10
