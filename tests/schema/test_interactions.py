"""Polls, attachments and chats: whatever came first, whoever is unknown, however many there are."""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import pytest_asyncio

from db import interactions
from db.interactions import Feed
from db.load import load_files
from db.pool import Database
from tests.schema.test_answers import ask, data

START = "2026-05-04T10:00:00+00:00"
Tell = Callable[..., None]
Json = dict[str, Any]


@pytest_asyncio.fixture
async def store(dsn: str) -> AsyncIterator[Database]:
    """An empty database of the test's own."""
    database = await Database.open(dsn, max_size=4)
    yield database
    await database.close()


@pytest.fixture
def tell(dsn: str, tmp_path: Path) -> Tell:
    """Loads records and events of tenant 1001."""

    def load(*records: Json) -> None:
        path = tmp_path / "told.ndjson"
        path.write_text("\n".join(json.dumps({"partnerId": 1001, **record}) for record in records), "utf-8")
        assert load_files(dsn, [str(path)]).rejected == 0

    return load


def session(key: str = "s", **more: Any) -> Json:
    return {"kind": "session", "sessionId": key, "startsAt": START, **more}


def poll(key: str, type_: str | None, *texts: str | None, **more: Any) -> Json:
    options = [{"optionId": f"o{number}", "text": text} for number, text in enumerate(texts, 1)]
    return {"kind": "poll", "pollId": key, "sessionId": "s", "type": type_, "options": options, **more}


def attachment(key: str, **more: Any) -> Json:
    return {"kind": "attachment", "attachmentId": key, **more}


def event(kind: str, minute: int, user: str | None = None, **more: Any) -> Json:
    time = f"2026-05-04T10:{minute:02}:00Z"
    return {"eventType": kind, "time": time, "userId": user, "eventId": f"{kind} {minute} {user}", **more}


def answer(minute: int, user: str | None, *options: str, poll: str = "p", **more: Any) -> Json:
    return event("pollAnswered", minute, user, pollId=poll, optionIds=list(options), **more)


def download(minute: int, user: str | None, key: str | None, **more: Any) -> Json:
    return event("attachmentDownloaded", minute, user, attachmentId=key, **more)


def message(key: str, minute: int | None = 0, **more: Any) -> Json:
    time = None if minute is None else f"2026-05-04T10:{minute:02}:00Z"
    return {"kind": "chatMessage", "messageId": key, "sessionId": "s", "sentAt": time, "message": "hi", **more}


def thread(key: str, status: str | None, owner: str | None = None, **more: Any) -> Json:
    return {"kind": "chatThread", "threadId": key, "sessionId": "s", "status": status, "ownerUserId": owner, **more}


async def test_every_answer_counts_and_each_user_once(store: Database, tell: Tell) -> None:
    tell(
        answer(1, "a", "o1"),
        answer(2, "a", "o2"),
        answer(3, "b", "o1", "o2", "o1", "gone"),
        answer(4, "c"),
        answer(5, None, "o2"),
        answer(6, None, "o2"),
        answer(7, "d", "o1", poll="other"),
    )
    document = '{ poll(pollId: "p") { question type participants options { text participants rate } } }'
    assert (await data(store, document))["poll"] is None  # answered, but not in the catalogue yet
    tell(session(), poll("p", "multiple", "כן", None, "👏", question="מה?"))
    assert (await data(store, document))["poll"] == {
        "question": "מה?",
        "type": "MULTIPLE",
        "participants": 4,
        "options": [
            {"text": "כן", "participants": 2, "rate": 0.5},
            {"text": "o2", "participants": 3, "rate": 0.75},
            {"text": "👏", "participants": 0, "rate": 0},
        ],
    }


async def test_a_poll_without_answers_has_no_rates(store: Database, tell: Tell) -> None:
    tell(poll("p", None, "yes", sessionId="nowhere"), poll("q", None))
    document = (
        "query($id: String!) { poll(pollId: $id) { question type launchedAt session { name } participants"
        " options { correct participants rate } rating { average } answers { totalCount nodes { answer } } } }"
    )
    nothing: Json = {"launchedAt": None, "session": None, "participants": 0, "rating": None}
    nothing["answers"] = {"totalCount": 0, "nodes": []}
    option = {"correct": None, "participants": 0, "rate": None}
    assert (await data(store, document, id="p"))["poll"] == {
        **{"question": "p", "type": "SINGLE", "options": [option]},
        **nothing,
    }
    assert (await data(store, document, id="q"))["poll"] == {"question": "q", "type": "OPEN", "options": [], **nothing}
    assert (await data(store, document, id="\0"))["poll"] is None


async def test_ratings_are_numbers_of_options_and_answers(store: Database, tell: Tell) -> None:
    tell(
        poll("p", "rating", "1", " 2 ", "3.5", "no idea", None),
        answer(1, "a", "o1"),
        answer(2, "b", "o3"),
        answer(3, "c", "o3"),
        answer(4, "c", "o3", answer="3.5"),
        answer(5, None, answer="10"),
        answer(6, "d", "o4", answer="great"),
    )
    found = await data(
        store, '{ poll(pollId: "p") { participants rating { average distribution { value participants } } } }'
    )
    assert found["poll"]["participants"] == 5
    assert found["poll"]["rating"] == {
        "average": (1 + 2 * 3.5 + 10) / 4,
        "distribution": [
            {"value": 1, "participants": 1},
            {"value": 2, "participants": 0},
            {"value": 3.5, "participants": 2},
            {"value": 10, "participants": 1},
        ],
    }


async def test_a_scale_that_nobody_used_has_no_average(store: Database, tell: Tell) -> None:
    tell(poll("p", "rating", "1", "2"))
    found = await data(store, '{ poll(pollId: "p") { rating { average distribution { value participants } } } }')
    assert found["poll"]["rating"] == {
        "average": None,
        "distribution": [{"value": 1, "participants": 0}, {"value": 2, "participants": 0}],
    }


async def test_open_answers_come_in_pages(store: Database, tell: Tell) -> None:
    tell(
        {"kind": "user", "userId": "a", "firstName": "Ádám"},
        poll("p", "open"),
        *(answer(1, user, answer=f"ちがう {user}") for user in "abc"),
        answer(2, None, answer="anonymous"),
        answer(3, "a", answer=""),
        answer(4, "a", answer="again"),
    )
    document = (
        'query($first: Int, $after: String) { poll(pollId: "p") { answers(first: $first, after: $after)'
        " { totalCount nodes { user { name } answer answeredAt } pageInfo { hasNextPage endCursor } } } }"
    )
    pages = [page async for page in _pages(store, document, "poll", "answers", 2)]
    assert [len(page["nodes"]) for page in pages] == [2, 2, 1]
    assert {page["totalCount"] for page in pages} == {5}
    nodes = [node for page in pages for node in page["nodes"]]
    assert [node["answer"] for node in nodes] == ["ちがう a", "ちがう b", "ちがう c", "anonymous", "again"]
    assert [node["user"] for node in nodes] == [{"name": "Ádám"}, None, None, None, {"name": "Ádám"}]
    assert nodes[3]["answeredAt"] == "2026-05-04T10:02:00+00:00"


async def _pages(store: Database, document: str, parent: str, field: str, first: int) -> AsyncIterator[Json]:
    """The pages of a connection, one after the other."""
    after = None
    while True:
        page: Json = (await data(store, document, first=first, after=after))[parent][field]
        yield page
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break


async def test_polls_of_a_session_in_the_order_of_launch(store: Database, tell: Tell) -> None:
    tell(
        session(),
        poll("z", "quiz", launchedAt="2026-05-04T10:01:00Z"),
        poll("b", "crowd", launchedAt="2026-05-04T10:02:00Z"),
        poll("a", "crowd"),
        poll("c", "crowd", launchedAt="2026-05-04T10:02:00Z"),
        poll("elsewhere", "crowd", sessionId="other"),
    )
    found = await data(store, '{ session(sessionId: "s") { polls { pollId session { sessionId } } } }')
    assert found["session"]["polls"] == [{"pollId": key, "session": {"sessionId": "s"}} for key in "zbca"]


async def test_attachments_count_the_downloads_in_their_session(store: Database, tell: Tell) -> None:
    tell(
        session(),
        session("t"),
        attachment("b", sessionId="s", name="Ü.pdf", fileType="pdf"),
        attachment("a", sessionId="s"),
        attachment("c", sessionId="t"),
        download(1, "u", "b", contextSessionId="s"),
        download(2, "u", "b", contextSessionId="s"),
        download(3, None, "b", contextSessionId="s"),
        download(4, None, "b", contextSessionId="s"),
        download(5, "v", "b", contextSessionId="t"),
        download(6, "w", "b"),
        {"kind": "user", "userId": "v"},
    )
    found = await data(
        store,
        '{ session(sessionId: "s") { attachments { attachmentId name fileType downloads users } }'
        ' user(userId: "v") { attachmentDownloads { nodes { downloads attachment { name downloads users } } } } }',
    )
    assert found["session"]["attachments"] == [
        {"attachmentId": "a", "name": "a", "fileType": None, "downloads": 0, "users": 0},
        {"attachmentId": "b", "name": "Ü.pdf", "fileType": "pdf", "downloads": 4, "users": 2},
    ]
    everywhere = {"name": "Ü.pdf", "downloads": 6, "users": 4}
    assert found["user"]["attachmentDownloads"]["nodes"] == [{"downloads": 1, "attachment": everywhere}]


DOWNLOADS = (
    'query($first: Int, $after: String, $range: DateRange) { user(userId: "u")'
    " { attachmentDownloads(range: $range, first: $first, after: $after) { totalCount nodes { attachmentId downloads"
    " lastDownloadedAt attachment { name } session { sessionId } entry { entryId } }"
    " pageInfo { hasNextPage endCursor } } } }"
)


@pytest.fixture
def downloaded(tell: Tell) -> None:
    """What user u downloaded, of known and unknown things, some of it at one moment."""
    tell(
        {"kind": "user", "userId": "u"},
        {"kind": "entry", "entryId": "e"},
        {"kind": "entry", "entryId": "own"},
        session(),
        attachment("a", entryId="own"),
        download(1, "u", "a", entryId="e"),
        download(2, "u", "a", contextSessionId="s", eventId="1"),
        download(4, "u", "a", contextSessionId="s", eventId="2"),
        download(5, "u", "a", contextSessionId="nowhere"),
        download(6, "u", "b", eventId="3"),
        download(6, "u", None, eventId="4"),
        download(7, "other", "a", contextSessionId="s"),
    )


@pytest.mark.usefixtures("downloaded")
async def test_downloads_of_a_user_newest_first(store: Database) -> None:
    def one(minute: int, key: str, downloads: int = 1, **known: Any) -> Json:
        return {
            "attachmentId": key,
            "downloads": downloads,
            "lastDownloadedAt": f"2026-05-04T10:{minute:02}:00+00:00",
            **{"attachment": None, "session": None, "entry": None},
            **known,
        }

    a: Json = {"attachment": {"name": "a"}, "entry": {"entryId": "own"}}
    expected = [
        one(6, "b"),
        one(6, "Unknown"),
        one(5, "a", **a),
        one(4, "a", 2, **{**a, "session": {"sessionId": "s"}}),
        one(1, "a", **{**a, "entry": {"entryId": "e"}}),
    ]
    pages = [page async for page in _pages(store, DOWNLOADS, "user", "attachmentDownloads", 1)]
    assert [node for page in pages for node in page["nodes"]] == expected
    assert {page["totalCount"] for page in pages} == {5}


@pytest.mark.usefixtures("downloaded")
async def test_downloads_of_a_range(store: Database) -> None:
    interval = {"between": {"from": "2026-05-04T10:01:00Z", "to": "2026-05-04T10:04:00Z"}}
    found = (await data(store, DOWNLOADS, range=interval))["user"]["attachmentDownloads"]
    assert [(node["downloads"], node["lastDownloadedAt"][14:16]) for node in found["nodes"]] == [(1, "02"), (1, "01")]
    assert found["totalCount"] == 2


CHAT = (
    'query($first: Int, $after: String, $deleted: Boolean) { session(sessionId: "s")'
    " { chatMessages(first: $first, after: $after, includeDeleted: $deleted) { totalCount"
    " nodes { messageId sentAt user { userId } likes } pageInfo { hasNextPage hasPreviousPage endCursor } } } }"
)


async def test_messages_in_the_order_they_were_sent(store: Database, tell: Tell) -> None:
    tell(
        {"kind": "user", "userId": "u"},
        session(),
        message("z", 1, userId="u", likes=3),
        message("é", 1, userId="unheard-of"),
        message("b", 2, deleted=True),
        message("y", None),
        message("x", None),
        message("elsewhere", 1, sessionId="t"),
    )
    pages = [page async for page in _pages(store, CHAT, "session", "chatMessages", 1)]
    nodes = [node for page in pages for node in page["nodes"]]
    assert [node["messageId"] for node in nodes] == ["x", "y", "z", "é", "b"]
    assert [node["sentAt"][14:16] for node in nodes] == ["00", "00", "01", "01", "02"]
    assert [node["user"] for node in nodes] == [None, None, {"userId": "u"}, None, None]
    assert [node["likes"] for node in nodes] == [0, 0, 3, 0, 0]
    assert [page["pageInfo"]["hasPreviousPage"] for page in pages] == [False, True, True, True, True]
    assert {page["totalCount"] for page in pages} == {5}
    kept = (await data(store, CHAT, deleted=False))["session"]["chatMessages"]
    assert (kept["totalCount"], len(kept["nodes"])) == (4, 4)
    assert len((await data(store, CHAT, deleted=None))["session"]["chatMessages"]["nodes"]) == 5


async def test_pages_stay_where_they_were_while_messages_arrive(store: Database, tell: Tell) -> None:
    tell(session(), *(message(f"m{number}", number) for number in range(10, 16)))
    page = (await data(store, CHAT, first=3))["session"]["chatMessages"]
    tell(message("late", 5), message("m11b", 11), message("new", 20), message("m12", 12, deleted=True))
    after = page["pageInfo"]["endCursor"]
    rest = (await data(store, CHAT, first=10, after=after))["session"]["chatMessages"]
    assert [node["messageId"] for node in page["nodes"]] == ["m10", "m11", "m12"]
    assert [node["messageId"] for node in rest["nodes"]] == ["m13", "m14", "m15", "new"]


async def test_a_late_page_of_a_long_chat_reads_that_page_only(store: Database, dsn: str, tell: Tell) -> None:
    tell(session())
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(
            "insert into chat_messages (partner_id, message_id, session_key, sent_at)"
            " select 1001, i, session_key, starts_at + i * interval '1 second'"
            " from sessions, generate_series(1, 100000) i"
        )
        connection.execute("analyze chat_messages")
    whole = await data(store, CHAT, first=1)
    assert whole["session"]["chatMessages"]["totalCount"] == 100_000
    (late,) = await store.rows("select sent_at, message_id from chat_messages where message_id = '90000'")
    after = (late["sent_at"], late["message_id"])
    sql, args = interactions.pages([Feed("chat_messages.sql", "s", 100, after, False, (True,))], None)
    (explained,) = await store.rows(f"explain (analyze, format json) {sql}", 1001, *args)
    plan = json.loads(explained["QUERY PLAN"])
    read = [
        node["Actual Rows"] * node["Actual Loops"] + node.get("Rows Removed by Filter", 0)
        for node in _nodes(plan[0]["Plan"])
        if node.get("Relation Name") == "chat_messages"
    ]
    assert 101 <= sum(read) <= 102


def _nodes(plan: Json) -> Iterator[Json]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


async def test_moderation_counts_threads_and_messages(store: Database, tell: Tell) -> None:
    tell(
        *({"kind": "user", "userId": user} for user in ("b", "a", "é")),
        session(),
        session("quiet"),
        thread("1", "pending", "é", userMessages=2, lastActivityAt="2026-05-04T11:00:00Z"),
        thread("2", "owned", "a", moderatorMessages=3),
        thread("3", "owned", "a", lastActivityAt="2026-05-04T12:00:00Z"),
        thread("4", "resolved", "b", userMessages=5),
        thread("5", "done", "a"),
        thread("6", "done", "unheard-of"),
        thread("7", None, "b", userMessages=1),
        thread("8", "done", sessionId="other", userMessages=100),
    )
    document = (
        "query($id: String!) { session(sessionId: $id) { chatModeration { lastActivityAt pendingThreads ownedThreads"
        " resolvedThreads doneThreads userMessages moderatorMessages"
        " resolved: moderatorsOwningResolved { userId } unresolved: moderatorsOwningUnresolved { userId } } } }"
    )
    assert (await data(store, document, id="s"))["session"]["chatModeration"] == {
        "lastActivityAt": "2026-05-04T12:00:00+00:00",
        **{"pendingThreads": 1, "ownedThreads": 2, "resolvedThreads": 1, "doneThreads": 2},
        **{"userMessages": 8, "moderatorMessages": 3},
        "resolved": [{"userId": "a"}, {"userId": "b"}],
        "unresolved": [{"userId": "a"}, {"userId": "é"}],
    }
    assert (await data(store, document, id="quiet"))["session"]["chatModeration"] == {
        "lastActivityAt": None,
        **{"pendingThreads": 0, "ownedThreads": 0, "resolvedThreads": 0, "doneThreads": 0},
        **{"userMessages": 0, "moderatorMessages": 0, "resolved": [], "unresolved": []},
    }


@pytest.mark.parametrize(
    ("fields", "statements"),
    [
        ("polls { participants options { participants rate } rating { average } }", 4),
        ("polls { answers { totalCount nodes { user { name } answer } } }", 4),
        ("attachments { downloads users }", 3),
        ("chatMessages(first: 5) { totalCount nodes { user { name } message } }", 3),
        ("chatModeration { userMessages moderatorsOwningResolved { name } moderatorsOwningUnresolved { name } }", 3),
    ],
)
async def test_many_sessions_cost_a_statement_a_kind(database: Database, fields: str, statements: int) -> None:
    before = database.statements
    found = await data(database, f"{{ sessions(first: 100) {{ nodes {{ {fields} }} }} }}")
    assert len(found["sessions"]["nodes"]) == 7
    assert database.statements - before == statements


async def test_downloads_of_many_users_cost_a_statement_a_kind(database: Database) -> None:
    before = database.statements
    found = await data(
        database,
        "{ users(first: 100) { nodes { attachmentDownloads { totalCount nodes { attachment { name downloads }"
        " session { name } entry { name } } } } } }",
    )
    assert sum(user["attachmentDownloads"]["totalCount"] for user in found["users"]["nodes"]) > 10
    assert database.statements - before == 6  # users; downloads; attachments, sessions, entries; their counts


async def test_a_tenant_sees_its_own_only(database: Database) -> None:
    document = (
        '{ poll(pollId: "p-2") { question participants options { participants } } session(sessionId: "s-1") {'
        " chatModeration { userMessages } chatMessages { totalCount } attachments { name downloads users } }"
        ' user(userId: "u01") { attachmentDownloads { totalCount } } }'
    )
    mine, other = await data(database, document), await data(database, document, tenant=1002)
    assert mine["poll"]["participants"] == 12
    assert other["poll"]["question"] == "Question p-2? (1002)"
    assert other["session"]["chatModeration"] == {"userMessages": 14}
    assert [each["name"] for each in other["session"]["attachments"]] == ["Slides.pdf (1002)", "Notes ü.docx (1002)"]
    assert [(each["downloads"], each["users"]) for each in other["session"]["attachments"]] == [(2, 2), (3, 3)]
    assert (await data(database, document, tenant=1003)) == {"poll": None, "session": None, "user": None}


@pytest.mark.parametrize("cursor", ["x", "WyJ4IiwxXQ"])
@pytest.mark.parametrize(
    "field",
    [
        'session(sessionId: "s-1") { chatMessages(after: $after) { totalCount } }',
        'poll(pollId: "p-3") { answers(after: $after) { totalCount } }',
        'user(userId: "u01") { attachmentDownloads(after: $after) { totalCount } }',
    ],
)
async def test_a_cursor_of_something_else_is_refused(database: Database, field: str, cursor: str) -> None:
    errors = (await ask(database, f"query($after: String) {{ {field} }}", after=cursor)).errors or []
    assert [getattr(error.original_error, "code", None) for error in errors] == ["INVALID_CURSOR"]
