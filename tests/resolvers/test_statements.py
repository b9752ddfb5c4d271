"""Few statements: what is asked side by side is answered together, however many ask."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from api.explorer.examples import examples
from db.maintain import maintain
from db.pool import Database
from tests.db.given import event, store_only
from tests.differential.product import put

NOW = datetime(2026, 11, 20, tzinfo=UTC)
SEASON = {"between": {"from": "2026-06-01", "to": "2026-11-15"}}
DASHBOARDS = {example.name: example for example in examples() if "dashboard" in example.name}

TEN_PANELS = """
query ($entryId: String!, $userId: String!, $range: DateRange!) {
  entry(entryId: $entryId) {
    name
    analytics(range: $range) {
      highlights: comparison { change { metric current previous change } }
      metrics { plays uniqueViewers minutesViewed totalCompletionRate }
      playbackCurve { percentile views uniqueViewers }
      users(first: 10) {
        totalCount totals { plays }
        nodes { key user { name email } share metrics { plays minutesViewed averageCompletionRate } }
      }
      timeline(granularity: DAY) { start metrics { plays uniqueViewers } }
      funnel { step count rate }
      countries(first: 10) { totalCount nodes { key country { name } share metrics { plays uniqueViewers } } }
      devices { nodes { key share metrics { plays } } }
      domains { nodes { key share metrics { plays } } }
      playbackContexts { nodes { key metrics { plays } } }
    }
  }
  user(userId: $userId) {
    name
    analytics(range: $range, filter: {entryId: {in: [$entryId]}}) {
      playbackCurve { percentile views tier }
      timeline(granularity: DAY) { metrics { plays } }
    }
  }
}
"""


async def statements(database: Database, document: str, variables: dict[str, Any]) -> tuple[int, Any]:
    """How many statements a document takes, every time, and its answer."""
    taken = set()
    for _ in range(5):
        before = database.statements
        answer = await put(database, 1001, document, variables, NOW)
        taken.add(database.statements - before)
    (statements,) = taken
    return statements, answer


def noted(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, bool]]:
    """What databases are asked from now on, and whether it is to be planned once."""
    asked: list[tuple[str, bool]] = []
    sent = Database.rows

    async def rows(self: Database, sql: str, *args: Any, plan_once: bool = False) -> Any:
        asked.append((sql, plan_once))
        return await sent(self, sql, *args, plan_once=plan_once)

    monkeypatch.setattr(Database, "rows", rows)
    return asked


@pytest.mark.parametrize("count", [1, 50])
async def test_fifty_entries_cost_one_statement(database: Database, count: int) -> None:
    rows = await database.rows("select entry_id from entries where partner_id = 1001 and known and entry_id <> 'v-mid'")
    known = [row["entry_id"] for row in rows]
    names = ["v-mid", *known, *(f"no-{number}" for number in range(50))][:count]
    asked = "analytics(range: $range) { metrics { plays } }"
    fields = " ".join(f'e{place}: entry(entryId: "{name}") {{ {asked} }}' for place, name in enumerate(names))
    taken, answer = await statements(database, f"query ($range: DateRange!) {{{fields} }}", {"range": SEASON})
    assert taken == 2  # whether they exist; their totals
    assert answer["e0"]["analytics"]["metrics"]["plays"] > 0


async def test_a_page_of_entries_with_totals_costs_two(database: Database) -> None:
    document = """query ($range: DateRange!) { entries(first: 50) {
        totalCount nodes { entryId analytics(range: $range) { metrics { plays minutesViewed } } } } }"""
    taken, answer = await statements(database, document, {"range": SEASON})
    assert taken == 2
    assert sum(entry["analytics"]["metrics"]["plays"] for entry in answer["entries"]["nodes"]) > 0


async def test_the_ten_panels_of_an_entry_cost_at_most_six(database: Database) -> None:
    variables = {"entryId": "v-mid", "userId": "u01", "range": SEASON}
    taken, answer = await statements(database, TEN_PANELS, variables)
    assert taken <= 6
    panels = answer["entry"]["analytics"]
    assert panels["metrics"]["plays"] == sum(day["metrics"]["plays"] for day in panels["timeline"]) > 0
    assert len(panels["users"]["nodes"]) == 10
    assert max(point["views"] for point in answer["user"]["analytics"]["playbackCurve"]) > 0


@pytest.mark.parametrize(("fields", "expected"), [("percentile", 1), ("views", 2), ("tier", 2), ("uniqueViewers", 2)])
async def test_a_playback_curve_is_of_what_is_asked_for(
    database: Database, fields: str, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = 'query ($range: DateRange!) {{ entry(entryId: "v-mid") {{ analytics(range: $range) {{ {} }} }} }}'
    every = document.format("playbackCurve { percentile views tier uniqueViewers }")
    _, whole = await statements(database, every, {"range": SEASON})
    asked = noted(monkeypatch)
    taken, some = await statements(database, document.format(f"playbackCurve {{ {fields} }}"), {"range": SEASON})
    assert any("from curve_entries" in sql for sql, _ in asked) == (fields in ("views", "tier"))
    assert any("from curve_days" in sql for sql, _ in asked) == (fields == "uniqueViewers")
    points, found = (answer["entry"]["analytics"]["playbackCurve"] for answer in (whole, some))
    assert found == [{fields: point[fields]} for point in points]
    assert max(point["uniqueViewers"] for point in points) > 1
    assert taken == expected  # whether the entry exists; its views or viewers


async def test_look_ups_and_questions_about_one_user_are_planned_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = """query ($range: DateRange!, $users: [String!]!) {
        user(userId: "u01") { analytics(range: $range) { metrics { plays } } }
        some: analytics(range: $range, filter: {userId: {in: $users}}) { metrics { plays } } }"""
    asked = noted(monkeypatch)
    for users, once in (["u01"], True), (["u01", "u02"], False), (["Unknown"], False):
        asked.clear()
        _, answer = await statements(database, document, {"range": SEASON, "users": users})
        assert answer["some"]["metrics"]["plays"] > 0
        assert answer["user"]["analytics"]["metrics"]["plays"] > 0
        planned = [("from rollup_definition" in sql, plan_once) for sql, plan_once in asked]
        assert sorted(planned) == sorted(5 * [(False, True), (True, True), (True, once)])


@pytest.mark.parametrize("name", DASHBOARDS)
async def test_a_dashboard_of_the_explorer_costs_few(database: Database, name: str) -> None:
    variables = json.loads(DASHBOARDS[name].variables) | {"range": SEASON}
    variables |= {
        key: known for key, known in (("entryId", "v-mid"), ("userId", "u01"), ("sessionId", "s-1")) if key in variables
    }
    taken, answer = await statements(database, DASHBOARDS[name].query, variables)
    # Where late events wait, `freshness` has to ask since when.
    freshness = "freshness" in DASHBOARDS[name].query and not await database.always_current()
    assert taken - freshness <= (6 if "entry" in name else 10)
    assert all(answer.values())


async def test_what_waits_to_be_rolled_up_is_counted_for_one_statement_more(
    make_database: Callable[[str | None], str],
    golden_dsn: str,
    rollup_tables: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("db.pool.UNSETTLED_FOR", 60.0)
    dsn = make_database(golden_dsn)
    database = await Database.open(dsn, max_size=1)
    document = """query ($range: DateRange!) { analytics(range: $range) { metrics { plays } } }"""

    async def plays(expected: int, range_: dict[str, Any] = SEASON) -> int:
        before = database.statements
        answer = await put(database, 1001, document, {"range": range_}, NOW)
        assert database.statements - before == expected
        found: int = answer["analytics"]["metrics"]["plays"]
        return found

    try:
        before = await plays(1)
        store_only(dsn, [event(eventType=3, sessionId="late", time="2026-07-03T10:00:00Z")])
        assert await plays(2) == before + 1
        # While more is likely to come, nobody asks first whether there is; but of other times.
        assert await plays(1) == before + 1
        assert await plays(1, {"between": {"from": "2026-06-01", "to": "2026-07-01"}}) > 0
        maintain(dsn)
        assert await plays(1) == before + 1
    finally:
        await database.close()
