"""Maintenance: rolls up what is new, merges what was rolled up in pieces, and changes no answer."""

from pathlib import Path

import pytest

from db.maintain import maintain
from tests.db.answers import answers, differences
from tests.db.given import beats, empty, entry, event, load, of, store_only, value

ROWS = "select count(*) from watch_days_stored"


@pytest.mark.usefixtures("rollup_tables")
async def test_what_is_new_is_rolled_up_and_pieces_are_merged(dsn: str, tmp_path: Path) -> None:
    assert maintain(dsn) == ["nothing to do"]
    load(dsn, tmp_path, [entry(), *beats(3)])
    load(dsn, tmp_path, beats(6)[3:])
    assert value(dsn, ROWS) == 2
    store_only(dsn, beats(8)[6:])
    before = await answers(dsn)
    assert before["totals", None, "minutes_viewed"] == 80 / 60
    done = maintain(dsn)
    assert done[0] == "tenant 1001: rolled up the newest events"
    assert "tenant 1001: merged 3 rows of watch_days" in done
    assert value(dsn, ROWS) == 1
    assert value(dsn, "select sum(heartbeats) from watch_days") == 8
    assert not differences(await answers(dsn), before)
    assert maintain(dsn) == ["nothing to do"]


@pytest.mark.usefixtures("rollup_tables")
async def test_tenants_are_merged_apart(dsn: str, tmp_path: Path) -> None:
    for part in (beats(9)[:5], beats(9)[5:]):
        load(dsn, tmp_path, [*part, *of(1002, part)])
    load(dsn, tmp_path, of(1003, beats(2)))
    assert value(dsn, ROWS) == 5
    done = maintain(dsn)
    merged = [line for line in done if line.endswith("of watch_days")]
    assert merged == [f"tenant {partner}: merged 2 rows of watch_days" for partner in (1001, 1002)]
    assert value(dsn, ROWS) == 3
    assert not differences(await answers(dsn, 1001), await answers(dsn, 1002))


async def test_late_events_correct_what_was_merged(dsn: str, tmp_path: Path) -> None:
    """Heartbeats that arrive after the ones that follow them change what those stand for."""
    late, early = beats(9)[1::2], beats(9)[::2]
    seek = event(45, eventType=35, targetPosition=80, eventIndex=4)
    load(dsn, tmp_path, [entry(), *late, *early, seek])
    maintain(dsn)
    expected = await answers(dsn)
    empty(dsn)
    load(dsn, tmp_path, [entry(), *late])
    maintain(dsn)
    load(dsn, tmp_path, early)
    maintain(dsn)
    load(dsn, tmp_path, [seek])
    assert not differences(await answers(dsn), expected)
    maintain(dsn)
    assert not differences(await answers(dsn), expected)
