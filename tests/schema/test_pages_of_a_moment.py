"""Pages of a breakdown: all of the moment of the first, each at the cost of reading it."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from db.load import load_files
from db.pool import Database
from resolvers.pages import pin_of
from tests.db.given import event, store_only
from tests.schema.test_answers import SEASON, data

USERS = (
    f"query($first: Int!, $after: String) {{ analytics({SEASON}) {{ users(first: $first, after: $after) {{"
    " totalCount totals { plays minutesViewed } pageInfo { hasNextPage endCursor }"
    " nodes { key metrics { plays averageMinutesViewed } share } } } }"
)


@pytest.fixture
def changing_dsn(make_database: Callable[[str | None], str], golden_dsn: str) -> str:
    """The golden data, in a database of the test's own."""
    return make_database(golden_dsn)


@pytest_asyncio.fixture
async def changing(changing_dsn: str) -> AsyncIterator[Database]:
    """Connections to it."""
    connections = await Database.open(changing_dsn, max_size=2)
    yield connections
    await connections.close()


async def page(database: Database, first: int, after: str | None = None) -> dict[str, Any]:
    """A page of users by plays."""
    users: dict[str, Any] = (await data(database, USERS, first=first, after=after))["analytics"]["users"]
    return users


def play(folder: Path, user: str, times: int) -> str:
    """A file in which a user plays something so many times."""
    lines = [
        {"eventType": 3, "partnerId": 1001, "time": f"2026-07-01T10:00:{n % 60:02}.{n:03}Z", "entryId": "v-mid"}
        | {"sessionId": f"more-{n}", "eventIndex": 1, "userId": user, "playbackType": "vod"}
        for n in range(times)
    ]
    file = folder / "more.ndjson"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return str(file)


@pytest.mark.usefixtures("rollup_tables")
async def test_a_first_page_whose_events_wait_is_kept_once(changing: Database, changing_dsn: str) -> None:
    """Though there are two statements, of which one does not answer: within parts of quarters of an hour, too."""
    users = [f"late-{number}" for number in range(5)]
    moments = [f"2026-07-03T10:{minute}:30Z" for minute in ("08", "20", "59")]
    seen = [(user, number, moment) for user in users for number, moment in enumerate(moments)]
    lines = [event(eventType=3, userId=user, sessionId=f"{user}-{n}", time=moment) for user, n, moment in seen]
    store_only(changing_dsn, lines)
    for first, last in (("10:07", "10:59:45"), ("10:08", "10:09")):
        between = f'range: {{between: {{from: "2026-07-03T{first}Z", to: "2026-07-03T{last}Z"}}}}'
        document = USERS.replace(SEASON, between)
        changing._not_settled.clear()
        found = (await data(changing, document, first=2, after=None))["analytics"]["users"]
        rows = found["nodes"]
        while found["pageInfo"]["hasNextPage"]:
            found = (await data(changing, document, first=2, after=found["pageInfo"]["endCursor"]))["analytics"][
                "users"
            ]
            rows += found["nodes"]
        plays = {row["key"]: row["metrics"]["plays"] for row in rows}
        assert {user: plays[user] for user in users} == dict.fromkeys(users, 3 if first == "10:07" else 1)


@pytest.mark.parametrize("record", [500, 4, 1])
async def test_what_arrives_between_pages_is_on_none_of_them(
    changing: Database, changing_dsn: str, tmp_path: Path, record: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever rows share a record: all, those that share a place and some of those."""
    monkeypatch.setattr("db.kept._CHUNK", record)
    monkeypatch.setattr("db.kept._ASIDE", 2 * record)
    whole = await page(changing, 100)
    first = await page(changing, 7)
    load_files(changing_dsn, [play(tmp_path, "u-new", 500)])
    pages = [first]
    while pages[-1]["pageInfo"]["hasNextPage"]:
        pages.append(await page(changing, 7, pages[-1]["pageInfo"]["endCursor"]))
    assert [row for each in pages for row in each["nodes"]] == whole["nodes"]
    assert {json.dumps(each["totals"]) for each in pages} == {json.dumps(whole["totals"])}
    assert {each["totalCount"] for each in pages} == {whole["totalCount"]}
    assert (await page(changing, 1))["nodes"][0]["key"] == "u-new"


async def test_a_later_page_computes_nothing(changing: Database) -> None:
    """The second one puts what was set aside in order, and then reads it."""
    after, taken = None, []
    for _ in range(4):
        before = changing.statements
        after = (await page(changing, 7, after))["pageInfo"]["endCursor"]
        taken.append(changing.statements - before)
    assert taken[1:] == [3, 1, 1]


ORDERS = [
    "PLAYS",
    "AVERAGE_BITRATE",
    "SESSIONS_VIEWED",
    "POLLS_ANSWERED",
    "AVERAGE_COMPLETION_RATE",
    "VIEWING_SESSIONS",
]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("field", ["countries(", "devices(", "users(", "domains(", "groups(by: [USER, DEVICE], "])
async def test_pages_are_the_whole_in_any_order(changing: Database, field: str, order: str) -> None:
    """By a metric that nobody selected, with rows that have none of it, and with ties."""
    for direction in ("ASC", "DESC"):
        asked = (
            f"query($first: Int!, $after: String) {{ analytics({SEASON}) {{ rows: {field}first: $first, after: $after,"
            f" orderBy: {{ metric: {order}, direction: {direction} }}) {{ pageInfo {{ hasNextPage endCursor }}"
            " nodes { key metrics { minutesViewed } } } } }"
        )
        (whole,) = [(await data(changing, asked, first=1000))["analytics"]["rows"]["nodes"]]
        pages, after, more = [], None, True
        while more:
            rows = (await data(changing, asked, first=4, after=after))["analytics"]["rows"]
            pages += rows["nodes"]
            after, more = rows["pageInfo"]["endCursor"], rows["pageInfo"]["hasNextPage"]
        assert pages == whole
        assert len(whole) > 1


async def test_a_page_may_be_asked_for_twice_at_once(changing: Database) -> None:
    after = (await page(changing, 7))["pageInfo"]["endCursor"]
    pages = await asyncio.gather(*(page(changing, 7, after) for _ in range(6)))
    assert pages == [await page(changing, 7, after)] * 6
    whole = await page(changing, 100)
    assert pages[0]["nodes"] == whole["nodes"][7:14]
    pin = pin_of(after)
    assert pin
    rows = "select sum(last_place - first_place + 1)::int as rows from kept_chunks where kept_id = $1::uuid"
    kept = await changing.rows(rows, pin.kept_id)
    assert kept[0]["rows"] == len(whole["nodes"])


async def test_a_cursor_answers_no_other_question(changing: Database) -> None:
    first = await page(changing, 7)
    other = USERS.replace('to: "2026-10-01"', 'to: "2026-07-02"')
    after = first["pageInfo"]["endCursor"]
    pinned = await data(changing, other, first=100, after=after)
    alone = await data(changing, other, first=100, after=None)
    assert pinned["analytics"]["users"]["totals"] == alone["analytics"]["users"]["totals"]
    assert pinned["analytics"]["users"]["totalCount"] == alone["analytics"]["users"]["totalCount"]


async def test_another_tenant_gets_nothing_by_a_cursor(changing: Database) -> None:
    cursor = (await page(changing, 7))["pageInfo"]["endCursor"]
    alone = await data(changing, USERS, tenant=1002, first=100, after=None)
    pinned = await data(changing, USERS, tenant=1002, first=100, after=cursor)
    assert pinned["analytics"]["users"]["totals"] == alone["analytics"]["users"]["totals"]


@pytest.mark.parametrize(
    "lost", ["update kept_breakdowns set made_at = now() - interval '2 hours'", "delete from kept_chunks"]
)
async def test_pages_outlive_what_was_kept(changing: Database, lost: str) -> None:
    first = await page(changing, 7)
    whole = await page(changing, 100)
    await changing.rows(lost)
    second = await page(changing, 100, first["pageInfo"]["endCursor"])
    assert first["nodes"] + second["nodes"] == whole["nodes"]


async def test_who_asks_for_no_cursor_keeps_nothing(changing: Database) -> None:
    before = await changing.rows("select count(*) as rows from kept_chunks")
    await data(changing, f"{{ analytics({SEASON}) {{ users(first: 2) {{ nodes {{ key }} totalCount }} }} }}")
    assert await changing.rows("select count(*) as rows from kept_chunks") == before
