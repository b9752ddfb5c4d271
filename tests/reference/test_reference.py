"""The reference against the golden answers: what it is worth as a measure for the product."""

import gzip
import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from .answers import put
from .attribution import Tenant, tenant_of
from .matching import difference, rounded
from .metrics import ADDITIVE, FIELDS, METRICS, Facts
from .reading import World, read

GOLDEN = Path(__file__).parents[1] / "data" / "golden"
NOW = datetime(2026, 12, 1, tzinfo=UTC)
CASES = {case["name"]: case for case in json.loads((GOLDEN / "cases.json").read_text())["cases"]}
ELSEWHERE = {"chat-messages", "chat-moderation", "limits", "metric-catalogue"}
ANSWERED = [
    name
    for name, case in CASES.items()
    if "document" in case and name not in ELSEWHERE and not name.startswith("catalogue-")
]
EXPECTED = json.loads((GOLDEN / "real-player" / "expected.json").read_text())
GROUPS = {
    "byUser": "USER", "byUrl": "URL", "byPlaybackContext": "PLAYBACK_CONTEXT",
    "byEvent": "EVENT", "bySession": "SESSION",
}  # fmt: skip


def world_of(*paths: Path) -> World:
    world = World()
    for path in paths:
        raw = path.read_bytes()
        read((gzip.decompress(raw) if path.suffix == ".gz" else raw).splitlines(), NOW, world)
    return world


@pytest.fixture(scope="module")
def small() -> World:
    return world_of(GOLDEN / "small-7" / "catalogue.ndjson", GOLDEN / "small-7" / "events.ndjson.gz")


@pytest.fixture(scope="module")
def tenants(small: World) -> dict[int, Tenant]:
    return {partner: tenant_of(small, partner) for partner in (1001, 1002)}


@pytest.fixture(scope="module")
def real_world() -> World:
    return world_of(GOLDEN / "real-player" / "catalogue.ndjson", GOLDEN / "real-player" / "events.ndjson")


@pytest.fixture(scope="module")
def real(real_world: World) -> Tenant:
    return tenant_of(real_world, 1001)


def plain(value: Any) -> Any:
    """As it would come over the wire."""
    return json.loads(json.dumps(value, default=lambda moment: moment.isoformat()))


def answered(tenant: Tenant, case: dict[str, Any]) -> Any:
    """The data of the case; of one with pages, the first with the nodes of all."""
    variables = dict(case.get("variables") or {})
    if "paging" not in case:
        return plain(put(tenant, case["document"], variables, NOW))
    path, size = case["paging"]["connection"].split("."), case["paging"]["first"]
    nodes: list[Any] = []
    after = None
    while True:
        data = plain(put(tenant, case["document"], {**variables, "first": size, "after": after}, NOW))
        connection = data
        for part in path:
            connection = connection[part]
        nodes += connection["nodes"]
        info = connection.pop("pageInfo")
        if not info["hasNextPage"]:
            connection["nodes"] = nodes
            return data
        after = info["endCursor"]


@pytest.mark.parametrize("name", ANSWERED)
def test_answers_golden_case(name: str, tenants: dict[int, Tenant]) -> None:
    case = CASES[name]
    assert difference(case["expected"], answered(tenants[case["tenant"]], case)) is None


def test_knows_every_metric_and_whether_it_sums() -> None:
    catalogue = CASES["metric-catalogue"]["expected"]["metricCatalogue"]["$superset"]
    assert {it["name"]: it["field"] for it in catalogue} == FIELDS
    assert {it["field"] for it in catalogue if it["additive"]} == ADDITIVE


def test_counts_the_lines_of_small_7(small: World) -> None:
    assert small.counts == json.loads((GOLDEN / "small-7" / "expected_load.json").read_text())


def test_judges_each_line_of_edge_public() -> None:
    now = datetime(2026, 12, 1, tzinfo=UTC)
    notes = json.loads((GOLDEN / "edge-public" / "notes.json").read_text())
    world = World()
    fates = []
    for line in (GOLDEN / "edge-public" / "lines.ndjson").read_bytes().splitlines():
        before = dict(world.counts)
        read([line], now, world)
        fates.append(next(f for f in ("stored", "duplicates", "rejected") if world.counts[f] > before[f]))
    assert [fate.removesuffix("s") for fate in fates] == [note["fate"] for note in notes]
    assert [where for _, where, _ in world.rejects] == [
        "line", "partnerId", "entryId", "time", "position", "userId", "kind",
    ]  # fmt: skip


def nearly(expected: dict[str, Any], facts: Facts) -> dict[str, Any]:
    """What of the expected is not met."""
    got = {name: METRICS[name](facts) for name in expected}
    return {name: (value, got[name]) for name, value in expected.items() if not rounded(value, got[name])}


def test_reads_real_beacons(real_world: World, real: Tenant) -> None:
    assert real_world.counts == EXPECTED["load"]
    assert nearly(EXPECTED["account"], real.facts) == {}


@pytest.mark.parametrize("group", GROUPS)
def test_groups_real_beacons(group: str, real: Tenant) -> None:
    for key, expected in EXPECTED[group].items():
        facts = [fact for fact in real.facts if key in fact.keys[GROUPS[group]]]
        assert nearly(expected, facts) == {}, key


def numbers(runs: list[list[int]]) -> set[int]:
    return {k for low, high in runs for k in range(low, high + 1)}


@pytest.mark.parametrize("entry", EXPECTED["byEntry"])
def test_understands_a_real_viewing(entry: str, real: Tenant) -> None:
    expected = EXPECTED["byEntry"][entry]
    facts = sorted((f for f in real.facts if f.entry == entry), key=lambda f: (f.time, f.event["eventIndex"]))
    beats = [fact.beat for fact in facts if fact.beat]
    views = Counter(k for beat in beats for k in beat.views)
    assert nearly(expected["metrics"], facts) == {}
    assert [beat.play_seconds for beat in beats] == pytest.approx(expected["playSecondsByHeartbeat"], abs=1e-6)
    assert [beat.engaged for beat in beats] == expected["engagedByHeartbeat"]
    assert {k for beat in beats for k in beat.percentiles} == set(views) == numbers(expected["percentilesSeen"])
    assert {k for k, count in views.items() if count > 1} == numbers(expected["percentilesViewedTwice"])
