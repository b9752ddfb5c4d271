"""Sessions: overview, engagement, minutes and moments; live and recording, late and odd ones."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from api.explorer.examples import examples
from db.catalogue import live_ends
from db.metrics import METRICS
from db.pool import Database
from db.question import KeyIn, Range, Table
from db.relations import RAW, RELATIONS, Relations
from tests.db.answers import asked, differences, spans
from tests.db.given import PARTNER, at, of, session, store_only
from tests.schema.test_answers import data
from tests.schema.watching import HOUR, SESSION, Told, did, live, recorded

Json = dict[str, Any]

CARD = (
    "uniqueViewers liveUniqueViewers recordingUniqueViewers averageMinutesViewed liveEngagementRate plays"
    " reactions reactionUsers reactionUserRate chatMessages chatUsers chatUserRate pollAnswers pollUsers pollUserRate"
    " qnaThreads qnaUsers qnaUserRate attachmentDownloads attachmentUsers attachmentUserRate raisedHands"
)


async def talk(database: Database, analytics: str, arguments: str = "", tenant: int = PARTNER) -> Json:
    """The analytics of the session `talk`."""
    document = f'{{ session(sessionId: "talk") {{ analytics{arguments} {{ {analytics} }} }} }}'
    found: Json = (await data(database, document, tenant))["session"]["analytics"]
    return found


async def test_the_engagement_card_counts_users_as_shares_of_the_live_viewers(own: Database, told: Told) -> None:
    told(*SESSION, *live("a", 12), *live("b", 6, engaged=False), *live("c", 6), *live(None, 6), *recorded("d", 6))
    told(*(did("reactionSent", user, reaction="clap") for user in ("a", "a", "b")), did("messageSent", "a"))
    told(did("pollAnswered", "c", pollId="p"), did("questionSent", "c", opensThread=True), did("questionSent", "b"))
    told(did("attachmentDownloaded", "a", attachmentId="f"), did("handRaised", "b", entryId="stream"))
    assert (await talk(own, f"metrics {{ {CARD} }}"))["metrics"] == {
        **{"uniqueViewers": 5, "liveUniqueViewers": 4, "recordingUniqueViewers": 1, "averageMinutesViewed": 6 / 5},
        **{"liveEngagementRate": 0.8, "plays": 1, "raisedHands": 1},
        **{"reactions": 3, "reactionUsers": 2, "reactionUserRate": 0.5},
        **{"chatMessages": 1, "chatUsers": 1, "chatUserRate": 0.25},
        **{"pollAnswers": 1, "pollUsers": 1, "pollUserRate": 0.25},
        **{"qnaThreads": 1, "qnaUsers": 1, "qnaUserRate": 0.25},
        **{"attachmentDownloads": 1, "attachmentUsers": 1, "attachmentUserRate": 0.25},
    }


async def test_without_a_range_it_starts_at_the_exact_start_and_has_the_recording(own: Database, told: Told) -> None:
    told(*SESSION, did("reactionSent", "early", -0.001), did("reactionSent", "first", 0), *recorded("late", 6))
    found = await talk(own, "range { from } metrics { reactions recordingMinutesViewed }", '(timeZone: "Asia/Tokyo")')
    assert found["range"] == {"from": "2026-07-01T19:00:00+09:00"}
    assert found["metrics"] == {"reactions": 1, "recordingMinutesViewed": 1}


MINUTES = "timeline(granularity: MINUTE) { start complete metrics { liveUniqueViewers liveEngagementRate reactions } }"


async def test_minutes_of_an_open_range_are_those_of_the_session(own: Database, told: Told) -> None:
    told(*SESSION, *live("a", 12), *live("b", 6, 60, engaged=False), *recorded("c"), did("reactionSent", "c", 70))
    points = (await talk(own, MINUTES))["timeline"]
    assert [point["start"] for point in points[:2]] == ["2026-07-01T10:00:00+00:00", "2026-07-01T10:01:00+00:00"]
    assert len(points) == 60
    assert all(point["complete"] for point in points)
    assert [list(point["metrics"].values()) for point in points[:3]] == [[1, 1, 0], [2, 0.5, 1], [0, None, 0]]


async def test_minutes_go_on_while_anyone_stays(own: Database, told: Told) -> None:
    told(*SESSION, *live("a"), *live("b", 7, HOUR, contextSessionId="talk"))
    assert len((await talk(own, MINUTES))["timeline"]) == 62


@pytest.mark.parametrize("ends", [None, 60])
async def test_a_session_that_nobody_ends(own: Database, told: Told, ends: float | None) -> None:
    told(*SESSION[:2], session("talk", end=ends, entryId="stream"), *live("a", 13, contextSessionId="talk"))
    assert len((await talk(own, MINUTES))["timeline"]) == 3


@pytest.mark.parametrize("ahead", [timedelta(hours=3), timedelta(days=30)])
async def test_a_session_that_is_to_come_has_no_minutes(own: Database, told: Told, ahead: timedelta) -> None:
    soon = (datetime.now().astimezone() + ahead).isoformat()
    told({"kind": "session", "partnerId": PARTNER, "sessionId": "talk", "startsAt": soon, "endsAt": soon})
    assert await talk(own, f"{MINUTES} topMoments {{ start }} metrics {{ plays }}") == {
        **{"timeline": [], "topMoments": [], "metrics": {"plays": 0}},
    }


async def test_an_explicit_range_holds_every_minute(own: Database, told: Told) -> None:
    told(*SESSION, *live("a"))
    between = f'(range: {{between: {{from: "{at(-90)}", to: "{at(2 * HOUR)}"}}}})'
    points = (await talk(own, MINUTES, between))["timeline"]
    assert len(points) == 122
    assert not points[0]["complete"]


async def test_moments_are_of_the_live_part(own: Database, told: Told) -> None:
    told(*SESSION, *live("a", 360), *(did("reactionSent", "a", second, reaction="wow") for second in (0, 400, 500)))
    told(did("reactionSent", "a", 370, reaction="clap"), did("reactionSent", "b", 90 * 24 * HOUR, reaction="clap"))
    moments = (await talk(own, "topMoments { start end reactions byType { reaction count } }"))["topMoments"]
    assert [(moment["start"][11:16], moment["end"][11:16], moment["reactions"]) for moment in moments] == [
        ("10:06", "10:09", 3),
        ("10:00", "10:03", 1),
    ]
    assert moments[0]["byType"] == [{"reaction": "wow", "count": 2}, {"reaction": "clap", "count": 1}]


async def test_reactions_without_viewers_are_counted_and_have_no_rate(own: Database, told: Told) -> None:
    told(*SESSION, did("reactionSent", "a", 65, reaction="clap"))
    found = await talk(
        own, f"metrics {{ reactions reactionUsers reactionUserRate }} {MINUTES} topMoments {{ reactions }}"
    )
    assert found["metrics"] == {"reactions": 1, "reactionUsers": 1, "reactionUserRate": None}
    assert [point["metrics"]["reactions"] for point in found["timeline"][:3]] == [0, 1, 0]
    assert found["topMoments"] == [{"reactions": 1}]


async def test_a_session_without_events_is_full_of_nothing(own: Database, told: Told) -> None:
    told(*SESSION)
    found = await talk(
        own, f"metrics {{ {CARD} }} {MINUTES} topMoments {{ start }} users {{ totalCount nodes {{ key }} }}"
    )
    assert set(found["metrics"].values()) == {0, None}
    assert [point["metrics"]["liveUniqueViewers"] for point in found["timeline"]] == [0] * 60
    assert (found["topMoments"], found["users"]) == ([], {"totalCount": 0, "nodes": []})


async def test_minutes_over_midnight_and_a_switch_of_the_clocks(own: Database, told: Told) -> None:
    start = (datetime(2026, 3, 28, 22, 30) - datetime(2026, 7, 1, 10)).total_seconds()
    told(*SESSION[:2], session("talk", start, start + 4 * HOUR, entryId="stream"), *live("a", 4 * 360, start))
    document = "timeline(granularity: MINUTE) { start metrics { liveUniqueViewers liveMinutesViewed } }"
    points = (await talk(own, document, '(timeZone: "Europe/Berlin")'))["timeline"]
    moments = [datetime.fromisoformat(point["start"]) for point in points]
    assert len(moments) == 240
    assert {after - before for before, after in pairwise(moments)} == {timedelta(minutes=1)}
    assert points[149]["start"] == "2026-03-29T01:59:00+01:00"
    assert points[150]["start"] == "2026-03-29T03:00:00+02:00"
    assert {tuple(point["metrics"].values()) for point in points} == {(1, 1)}


async def test_a_session_of_another_tenant_is_another(own: Database, told: Told) -> None:
    told(*SESSION, *live("a"), *of(1002, [*SESSION, *live("a"), *live("b"), did("reactionSent", "a")]))
    document = "metrics { liveUniqueViewers reactions } users { totalCount }"
    mine, other = await talk(own, document), await talk(own, document, tenant=1002)
    assert mine == {"metrics": {"liveUniqueViewers": 1, "reactions": 0}, "users": {"totalCount": 1}}
    assert other == {"metrics": {"liveUniqueViewers": 2, "reactions": 1}, "users": {"totalCount": 2}}


async def test_a_session_that_is_imported_late_and_moved_takes_its_events(own: Database, told: Told) -> None:
    told(*live("a", 6), *live("b", 6, 2 * HOUR), *recorded("c"))
    told(*SESSION)
    minutes = "timeline(granularity: MINUTE) { start metrics { liveUniqueViewers } }"
    seen = f"metrics {{ liveUniqueViewers recordingUniqueViewers }} {minutes}"
    found = await talk(own, seen)
    assert found["metrics"] == {"liveUniqueViewers": 1, "recordingUniqueViewers": 1}
    told(session("talk", 2 * HOUR, 4 * HOUR, entryId="stream", recordingEntryId="film"))
    moved = await talk(own, seen + " users { nodes { key } }")
    assert moved["metrics"] == found["metrics"]
    assert {row["key"] for row in moved["users"]["nodes"]} == {"b", "c"}
    assert len(moved["timeline"]) == 120
    assert moved["timeline"][0] == {"start": "2026-07-01T12:00:00+00:00", "metrics": {"liveUniqueViewers": 1}}
    assert sum(point["metrics"]["liveUniqueViewers"] for point in moved["timeline"]) == 1


async def test_minutes_that_are_kept_agree_with_the_events(database: Database) -> None:
    window = Range(datetime(2026, 7, 14, 10, 20, tzinfo=UTC), datetime(2026, 7, 14, 11, tzinfo=UTC))
    metrics, only = frozenset(METRICS), KeyIn("session", ("s-1",))
    shapes = {
        "minutes": Table(metrics, buckets=spans(window, timedelta(minutes=1))),
        "users": Table(metrics, ("user",)),
    }
    kept = await asked(database, PARTNER, window, shapes, RELATIONS, only)
    raw = await asked(database, PARTNER, window, shapes, Relations((RAW,), (RAW,), (), ()), only)
    assert len(kept) > 40 * len(metrics)
    assert differences(kept, raw) == []


async def test_reactions_of_no_known_type_are_told_from_what_is_none(own: Database, told: Told) -> None:
    told(*SESSION, *live("a", 6), did("reactionSent", "a", 20), did("reactionSent", "b", 30, reaction="clap"))
    told(did("messageSent", "a", 25), did("messageSent", "b", 40))
    counts = "metrics { reactions reactionUsers chatMessages chatUsers minutesViewed }"
    by_type = (
        f"reactionTypes {{ nodes {{ key {counts} analytics {{ timeline(granularity: MINUTE) {{ {counts} }} }} }} }}"
    )
    rows = (await talk(own, by_type))["reactionTypes"]["nodes"]
    assert {row["key"] for row in rows} == {"Unknown", "clap"}
    expected = [1, 1, 0, 0, 0]
    for row in rows:
        assert list(row["metrics"].values()) == expected
        assert list(row["analytics"]["timeline"][0]["metrics"].values()) == expected


@pytest.mark.usefixtures("rollup_tables")
async def test_until_when_it_was_live_is_told_of_a_user_and_of_what_waits(own: Database, told: Told, dsn: str) -> None:
    told(*SESSION, *live("a"), *live("b", 6, HOUR, contextSessionId="talk"))
    ends = {}
    for waits in (False, True):
        if waits:
            store_only(dsn, live("a", 6, HOUR + 125, contextSessionId="talk"))
        for user in (None, "a", "b", "nobody"):
            sql, arguments = live_ends(["talk"], user)
            (row,) = await own.rows(sql, PARTNER, *arguments)
            ends[waits, user] = row["live_until"] and (row["live_until"] - datetime.fromisoformat(at(0))).seconds // 60
    assert [ends[False, user] for user in (None, "a", "b", "nobody")] == [61, 1, 61, None]
    assert [ends[True, user] for user in (None, "a", "b", "nobody")] == [63, 63, 61, None]


@pytest.mark.usefixtures("rollup_tables")
async def test_events_that_are_not_rolled_up_yet_are_in_the_minutes(own: Database, told: Told, dsn: str) -> None:
    told(*SESSION, *live("a"))
    store_only(dsn, [*live("b"), *live("b", 6, 60)])
    points = (await talk(own, MINUTES))["timeline"]
    assert [point["metrics"]["liveUniqueViewers"] for point in points[:3]] == [2, 1, 0]


async def test_countries_have_live_and_recording_viewers_side_by_side(own: Database, told: Told) -> None:
    texas: Json = {"country": "US", "region": "Texas", "city": "Austin", "device": "Desktop"}
    told(
        *SESSION, *live("a", **texas), *live("b", country="US", region="Ohio"), *recorded("a", **texas), *recorded("c")
    )
    viewers = "key metrics { liveUniqueViewers recordingUniqueViewers }"
    order = "(orderBy: {metric: UNIQUE_VIEWERS})"
    below = f"analytics {{ cities {{ nodes {{ {viewers} }} }} }}"
    nested = f"analytics {{ regions{order} {{ nodes {{ {viewers} {below} }} }} }}"
    found = await talk(
        own, f"countries{order} {{ nodes {{ {viewers} {nested} }} }} devices {{ nodes {{ {viewers} }} }}"
    )

    def rows(breakdown: Json) -> list[tuple[Any, ...]]:
        return [(row["key"], *row["metrics"].values()) for row in breakdown["nodes"]]

    assert rows(found["countries"]) == [("US", 2, 1), ("Unknown", 0, 1)]
    regions = found["countries"]["nodes"][0]["analytics"]["regions"]
    assert rows(regions) == [("Ohio", 1, 0), ("Texas", 1, 1)]
    assert rows(regions["nodes"][1]["analytics"]["cities"]) == [("Austin", 1, 1)]
    assert sorted(rows(found["devices"])) == [("Desktop", 1, 1), ("Unknown", 1, 1)]


@pytest.fixture
def example() -> Callable[[str], str]:
    """A saved query of the explorer."""
    return lambda name: next(each.query for each in examples() if each.name == name)


async def test_the_whole_dashboard_is_ten_statements(database: Database, example: Callable[[str], str]) -> None:
    before = database.statements
    found = (await data(database, example("50-session-dashboard"), sessionId="s-1"))["session"]
    late = not await database.always_current()  # then `freshness` has to ask since when
    assert database.statements - before - late <= 10
    assert found["analytics"]["users"]["nodes"][0]["analytics"]["engagementHeatmap"]
    assert len(found["analytics"]["timeline"]) >= found["durationMinutes"]
    assert found["polls"][0]["participants"] > 0
