"""A report equals its query: the numbers in a file are those that GraphQL gives for the same scope and range."""

from pathlib import Path
from typing import Any

import pytest

from db.pool import Database
from db.question import KeyIn, Not
from resolvers.reports.request import Format, Kind
from tests.schema.test_answers import SEASON, data

from .made import asked, table

ALL = "first: 1000"


def close(found: str, expected: Any) -> bool:
    """Whether a cell tells this value; an empty one tells null."""
    if expected is None or found == "":
        return expected is None and found == ""
    if isinstance(expected, str):
        return found.removesuffix("Z") == expected.removesuffix("+00:00").removesuffix("Z")
    return float(found) == pytest.approx(float(expected), rel=1e-9, abs=1e-12)


def same(rows: list[dict[str, str]], expected: list[dict[str, Any]]) -> None:
    """Asserts that each row tells what its query says, and that there are as many."""
    assert len(rows) == len(expected) > 0
    for row, wanted in zip(rows, expected, strict=True):
        assert {name: (row[name], value) for name, value in wanted.items() if not close(row[name], value)} == {}


async def test_user_engagement(database: Database, tmp_path: Path) -> None:
    metrics = "playerImpressions plays minutesViewed liveMinutesViewed liveBufferRatio completions liveEngagementRate"
    users = f"users({ALL}) {{ nodes {{ key user {{ name registered }} metrics {{ {metrics} }} }} }}"
    found = (await data(database, f"{{ analytics({SEASON}) {{ {users} }} }}"))["analytics"]["users"]["nodes"]
    columns = (
        *("count_loads", "count_plays", "sum_view_period", "sum_live_view_period", "avg_live_buffer_time"),
        *("total_completion_rate", "live_engaged_users_play_time_ratio"),
    )
    expected = [
        {
            **{"user_id": node["key"], "user_name": (node["user"] or {"name": node["key"]})["name"]},
            **{"registered": int(bool(node["user"] and node["user"]["registered"]))},
            **{name: value or 0 for name, value in zip(columns, node["metrics"].values(), strict=True)},
        }
        for node in found
    ]
    same(await table(database, asked(Kind.USER_ENGAGEMENT), tmp_path), expected)


async def test_user_engagement_of_an_entry(database: Database, tmp_path: Path) -> None:
    users = f"users({ALL}) {{ nodes {{ key metrics {{ plays minutesViewed }} }} }}"
    filter = 'filter: {entryId: {in: ["live-1", "rec-1"]}, country: {notIn: ["US"]}}'
    found = (await data(database, f"{{ analytics({SEASON}, {filter}) {{ {users} }} }}"))["analytics"]["users"]["nodes"]
    wanted = (KeyIn("entry", ("live-1", "rec-1")), Not(KeyIn("country", ("US",))))
    rows = await table(database, asked(Kind.USER_ENGAGEMENT, Format.CSV, *wanted), tmp_path)
    columns = ("count_plays", "sum_view_period")
    expected = [{"user_id": node["key"], **dict(zip(columns, node["metrics"].values(), strict=True))} for node in found]
    same(rows, expected)


@pytest.mark.parametrize(
    ("kind", "by", "order", "metrics"),
    [
        (
            Kind.SESSION_ATTENDEES,
            ("SESSION", "USER"),
            "MINUTES_VIEWED",
            {
                **{"live_minutes_viewed": "liveMinutesViewed", "recording_minutes_viewed": "recordingMinutesViewed"},
                **{"total_completion_rate": "totalCompletionRate", "live_engagement_rate": "liveEngagementRate"},
                **{"reactions": "reactions", "raised_hands": "raisedHands", "polls_answered": "pollsAnswered"},
            },
        ),
        (
            Kind.ROOM_DATA,
            ("ROOM", "SESSION"),
            "LIVE_UNIQUE_VIEWERS",
            {"unique_users": "liveUniqueViewers", "engagement_rate": "liveEngagementRate"},
        ),
        (
            Kind.ATTENDEES,
            ("ROOM", "SESSION", "USER"),
            "LIVE_MINUTES_VIEWED",
            {"participation_minutes": "liveMinutesViewed", "engagement_rate": "liveEngagementRate"},
        ),
    ],
)
async def test_groups(
    kind: Kind, by: tuple[str, ...], order: str, metrics: dict[str, str], database: Database, tmp_path: Path
) -> None:
    known = by[0].lower()
    filter = f'filter: {{{known}Id: {{notIn: ["Unknown"]}}}}'
    asked_for = f"by: [{', '.join(by)}], {ALL}, orderBy: {{metric: {order}}}"
    groups = f"groups({asked_for}) {{ nodes {{ keys {{ key }} metrics {{ {' '.join(metrics.values())} }} }} }}"
    found = (await data(database, f"{{ analytics({SEASON}, {filter}) {{ {groups} }} }}"))["analytics"]["groups"]
    expected = [
        {
            **{f"{name.lower()}_id": key["key"] for name, key in zip(by, node["keys"], strict=True)},
            **{column: node["metrics"][field] for column, field in metrics.items()},
        }
        for node in found["nodes"]
    ]
    same(await table(database, asked(kind), tmp_path), expected)


async def test_room_data_has_the_sessions(database: Database, tmp_path: Path) -> None:
    rows = {row["session_id"]: row for row in await table(database, asked(Kind.ROOM_DATA), tmp_path)}
    about = "sessionId name startsAt endsAt host { userId name } room { entryId name }"
    sessions = (await data(database, f"{{ sessions({ALL}) {{ nodes {{ {about} }} }} }}"))["sessions"]["nodes"]
    held = [session for session in sessions if session["sessionId"] in rows]
    assert len(held) >= 3
    for session in held:
        row = rows[session["sessionId"]]
        assert (row["session_name"], row["room_id"]) == (session["name"], session["room"]["entryId"])
        assert (row["host_id"], row["host_name"]) == (session["host"]["userId"], session["host"]["name"])
        assert close(row["session_start"], session["startsAt"])
        assert close(row["session_end"], session["endsAt"])


async def test_breakouts(database: Database, tmp_path: Path) -> None:
    metrics = f"analytics({SEASON}) {{ metrics {{ liveUniqueViewers liveEngagementRate }} }}"
    about = f"sessionId name durationMinutes startsAt host {{ name }} room {{ entryId parent {{ entryId }} }} {metrics}"
    sessions = (await data(database, f"{{ sessions({ALL}) {{ nodes {{ {about} }} }} }}"))["sessions"]["nodes"]
    expected = [
        {
            **{"session_id": session["sessionId"], "breakout_room_id": session["room"]["entryId"]},
            **{"main_room_id": session["room"]["parent"]["entryId"], "initiator_name": session["host"]["name"]},
            **{"duration_minutes": session["durationMinutes"], "session_start": session["startsAt"]},
            **{"participants": session["analytics"]["metrics"]["liveUniqueViewers"]},
            **{"engagement_rate": session["analytics"]["metrics"]["liveEngagementRate"]},
        }
        for session in sessions
        if session["room"] and session["room"]["parent"]
    ]
    same(await table(database, asked(Kind.BREAKOUT_SESSIONS), tmp_path), expected)


async def test_chat_transcript(database: Database, tmp_path: Path) -> None:
    fields = "messageId sentAt message repliedToMessageId likes deleted subContext user { userId firstName email }"
    chat = f"chatMessages({ALL}) {{ nodes {{ {fields} }} }}"
    found = (await data(database, f'{{ session(sessionId: "s-1") {{ {chat} }} }}'))["session"]["chatMessages"]["nodes"]
    rows = await table(database, asked(Kind.CHAT_TRANSCRIPT, *_of("s-1")), tmp_path)
    assert [row["messageId"] for row in rows] == [node["messageId"] for node in found] != []
    for row, node in zip(rows, found, strict=True):
        user = node["user"] or {"userId": row["userId"], "firstName": None, "email": None}
        assert (row["userId"], row["userFirstName"]) == (user["userId"], user["firstName"] or "")
        assert (row["userEmail"], row["message"].lstrip("'")) == (user["email"] or "", node["message"].lstrip("'"))
        assert (row["likes"], row["deleted"]) == (str(node["likes"]), str(int(node["deleted"])))
        assert (row["repliedToMessageId"], row["subContext"]) == (
            node["repliedToMessageId"] or "",
            node["subContext"] or "",
        )
        assert close(row["sentAt"], node["sentAt"])


async def test_chat_moderation(database: Database, tmp_path: Path) -> None:
    counts = "pendingThreads ownedThreads resolvedThreads doneThreads userMessages moderatorMessages"
    owners = "moderatorsOwningResolved { userId } moderatorsOwningUnresolved { userId }"
    moderation = f"chatModeration {{ lastActivityAt {counts} {owners} }}"
    rows = await table(database, asked(Kind.CHAT_MODERATION), tmp_path)
    assert len(rows) >= 2
    for row in rows:
        document = f"query($id: String!) {{ session(sessionId: $id) {{ name {moderation} }} }}"
        session = (await data(database, document, id=row["context_id"]))["session"]
        told = session["chatModeration"]
        assert row["context_name"] == session["name"]
        assert close(row["last_activity"], told["lastActivityAt"])
        assert [row[f"{state}_threads"] for state in ("pending", "owned", "resolved", "done")] == [
            str(told[f"{state}Threads"]) for state in ("pending", "owned", "resolved", "done")
        ]
        assert [row["user_messages"], row["moderator_messages"]] == [
            str(told["userMessages"]),
            str(told["moderatorMessages"]),
        ]
        for column, field in (("resolved", "Resolved"), ("unresolved", "Unresolved")):
            owning = [user["userId"] for user in told[f"moderatorsOwning{field}"]]
            assert row[f"moderators_owning_{column}_threads"].split() == owning


async def test_polls(database: Database, tmp_path: Path) -> None:
    fields = "pollId question participants options { optionId text participants rate } rating { average }"
    answers = f"answers({ALL}) {{ nodes {{ answer answeredAt user {{ userId }} }} }}"
    document = f'{{ session(sessionId: "s-1") {{ polls {{ {fields} {answers} }} }} }}'
    polls = (await data(database, document))["session"]["polls"]
    rows = await table(database, asked(Kind.POLLS, *_of("s-1")), tmp_path)
    expected = []
    for poll in polls:
        about = {"poll_id": poll["pollId"], "question": poll["question"], "participants": poll["participants"]}
        about["average_rating"] = poll["rating"]["average"] if poll["rating"] else None
        expected += [
            {
                **about,
                **{"option_id": option["optionId"], "option_text": option["text"]},
                **{"option_participants": option["participants"], "rate": option["rate"], "answer": None},
            }
            for option in poll["options"]
        ] or [about]
        expected += [
            {**about, "answer": answer["answer"], "answered_at": answer["answeredAt"]}
            for answer in poll["answers"]["nodes"]
        ]
    same(rows, expected)


def _of(session: str) -> tuple[Any, Any]:
    return Format.CSV, KeyIn("session", (session,))


async def test_answers_in_words_are_with_their_poll(database: Database, tmp_path: Path) -> None:
    document = f'{{ poll(pollId: "p-3") {{ answers({ALL}) {{ nodes {{ answer answeredAt }} }} }} }}'
    answers = (await data(database, document))["poll"]["answers"]["nodes"]
    rows = [row for row in await table(database, asked(Kind.POLLS), tmp_path) if row["poll_id"] == "p-3"]
    assert rows[0]["answer"] == ""
    same(rows[1:], [{"answer": answer["answer"], "answered_at": answer["answeredAt"]} for answer in answers])


@pytest.mark.parametrize(
    ("kind", "column"), [(Kind.CHAT_MODERATION, "context_id"), (Kind.POLLS, "session_id"), (Kind.CHAT_TRANSCRIPT, "")]
)
@pytest.mark.parametrize("dimension", ["session", "room", "event"])
async def test_records_are_those_of_the_sessions_asked_for(
    kind: Kind, column: str, dimension: str, database: Database, tmp_path: Path
) -> None:
    about = "sessionId room { entryId } virtualEvent { eventId } chatMessages(first: 1000) { nodes { messageId } }"
    sessions = (await data(database, f"{{ sessions({ALL}) {{ nodes {{ {about} }} }} }}"))["sessions"]["nodes"]
    key = {"session": "s-1", "room": "room-1", "event": _event_of(sessions, "s-1")}[dimension]
    wanted = [session for session in sessions if key in _keys_of(session)]
    rows = await table(database, asked(kind, Format.CSV, KeyIn(dimension, (key,))), tmp_path)
    everything = await table(database, asked(kind), tmp_path)
    assert len(rows) < len(everything)
    if kind is Kind.CHAT_TRANSCRIPT:
        sent = {node["messageId"] for session in wanted for node in session["chatMessages"]["nodes"]}
        assert {row["messageId"] for row in rows} == {row["messageId"] for row in everything} & sent
    else:
        held = {session["sessionId"] for session in wanted}
        assert {row[column] for row in rows} == {row[column] for row in everything} & held
    nothing = asked(kind, Format.CSV, KeyIn(dimension, (key,)), KeyIn(dimension, ("another",)))
    assert await table(database, nothing, tmp_path) == []


def _keys_of(session: dict[str, Any]) -> list[str]:
    room, event = session["room"] or {}, session["virtualEvent"] or {}
    return [session["sessionId"], room.get("entryId", ""), event.get("eventId", "")]


def _event_of(sessions: list[dict[str, Any]], session_id: str) -> str:
    (found,) = [session for session in sessions if session["sessionId"] == session_id]
    key: str = found["virtualEvent"]["eventId"]
    return key


async def test_transcripts_of_an_author(database: Database, tmp_path: Path) -> None:
    everything = await table(database, asked(Kind.CHAT_TRANSCRIPT), tmp_path)
    for author in ("u01", "Unknown"):
        rows = await table(database, asked(Kind.CHAT_TRANSCRIPT, Format.CSV, KeyIn("user", (author,))), tmp_path)
        assert rows == [row for row in everything if row["userId"] == author] != []


async def test_breakouts_of_a_main_room(database: Database, tmp_path: Path) -> None:
    everything = await table(database, asked(Kind.BREAKOUT_SESSIONS), tmp_path)
    rows = await table(database, asked(Kind.BREAKOUT_SESSIONS, Format.CSV, KeyIn("room", ("room-1",))), tmp_path)
    assert rows == [row for row in everything if row["main_room_id"] == "room-1"] != []
    assert await table(database, asked(Kind.BREAKOUT_SESSIONS, Format.CSV, KeyIn("room", ("room-2",))), tmp_path) == []
