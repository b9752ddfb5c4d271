"""What a real player sent, by the product: every number that was worked out by hand from the beacons."""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
import pytest_asyncio

from db.codes import HEARTBEAT
from db.load import load_files
from db.pool import Database
from tests.conftest import GOLDEN
from tests.reference.matching import rounded

from .product import put

FOLDER = GOLDEN / "real-player"
EXPECTED = json.loads((FOLDER / "expected.json").read_text())
TENANT = EXPECTED["partnerId"]
NOW = datetime(2026, 12, 1, tzinfo=UTC)
RANGE = f'{{between: {{from: "{EXPECTED["from"]}", to: "{EXPECTED["to"]}"}}}}'
METRICS = " ".join(EXPECTED["account"])
FILTERS = {
    "byUser": "userId", "byUrl": "url", "byPlaybackContext": "playbackContext",
    "byEvent": "eventId", "bySession": "sessionId",
}  # fmt: skip


@pytest.fixture(scope="module")
def real_dsn(make_database: Callable[[str | None], str], empty_dsn: str) -> str:
    """A database with what was sent."""
    dsn = make_database(empty_dsn)
    summary = asdict(load_files(dsn, [str(FOLDER / name) for name in ("catalogue.ndjson", "events.ndjson")]))
    assert {name: summary[name] for name in EXPECTED["load"]} == EXPECTED["load"]
    return dsn


@pytest_asyncio.fixture
async def real(real_dsn: str) -> AsyncIterator[Database]:
    connections = await Database.open(real_dsn, max_size=2)
    yield connections
    await connections.close()


async def test_reads_real_beacons(real: Database) -> None:
    document = f"{{ analytics(range: {RANGE}) {{ metrics {{ {METRICS} }} }} }}"
    got = await put(real, TENANT, document, None, NOW)
    assert wrong(EXPECTED["account"], got["analytics"]["metrics"]) == {}


@pytest.mark.parametrize(("group", "key"), [(group, key) for group in FILTERS for key in EXPECTED[group]])
async def test_groups_real_beacons(real: Database, group: str, key: str) -> None:
    document = f"query($f: AnalyticsFilter) {{ analytics(range: {RANGE}, filter: $f) {{ metrics {{ {METRICS} }} }} }}"
    got = await put(real, TENANT, document, {"f": {FILTERS[group]: {"in": [key]}}}, NOW)
    assert wrong(EXPECTED[group][key], got["analytics"]["metrics"]) == {}


@pytest.mark.parametrize("entry", EXPECTED["byEntry"])
async def test_understands_a_real_viewing(real: Database, real_dsn: str, entry: str) -> None:
    expected = EXPECTED["byEntry"][entry]
    shapes = f"metrics {{ {METRICS} }} playbackCurve {{ percentile views }}"
    document = f"query($e: String!) {{ entry(entryId: $e) {{ analytics(range: {RANGE}) {{ {shapes} }} }} }}"
    got = (await put(real, TENANT, document, {"e": entry}, NOW))["entry"]["analytics"]
    views = {point["percentile"]: point["views"] for point in got["playbackCurve"]}
    assert wrong(expected["metrics"], got["metrics"]) == {}
    assert {k for k, count in views.items() if count > 0} == numbers(expected["percentilesSeen"])
    assert {k for k, count in views.items() if count > 1} == numbers(expected["percentilesViewedTwice"])
    beats = stored_heartbeats(real_dsn, entry)
    assert [seconds for seconds, _ in beats] == pytest.approx(expected["playSecondsByHeartbeat"], abs=1e-6)
    assert [engaged for _, engaged in beats] == expected["engagedByHeartbeat"]


def wrong(expected: dict[str, Any], got: dict[str, Any]) -> dict[str, Any]:
    """What of the expected is not met."""
    return {name: (value, got[name]) for name, value in expected.items() if not rounded(value, got[name])}


def numbers(runs: list[list[int]]) -> set[int]:
    return {k for low, high in runs for k in range(low, high + 1)}


def stored_heartbeats(dsn: str, entry: str) -> list[Any]:
    """Play seconds and attention of the entry's heartbeats, in order."""
    with psycopg.connect(dsn) as connection:
        return connection.execute(
            "select play_seconds, engaged from events join entries using (partner_id, entry_key)"
            " where partner_id = %s and entry_id = %s and event_type = %s order by time, event_index",
            [TENANT, entry, HEARTBEAT],
        ).fetchall()
