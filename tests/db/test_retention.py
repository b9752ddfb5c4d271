"""Raw events that are dropped: what rollups hold is answered as before, what needs events is refused, never smaller."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from db import storage
from db.check import check
from db.connect import connected
from db.load import load_files
from db.maintain import maintain
from db.migrations import RawEventsGone, migrate
from db.pool import Database, RawEventsDropped
from db.question import Curve, Range, Table
from db.storage import Keeping
from db.storage.definition import OtherVersion
from tests.db.answers import EVERY, Answers, asked, differences, spans
from tests.db.check.looking import change
from tests.db.given import PARTNER, beats, entry, event, load, run_jobs, store_only, value, write
from tests.db.migrations.versions import outdate_audiences

DAY = timedelta(days=1)
NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
OLD = NOON - 100 * DAY
KEEPING = Keeping(raw_days=50, chunk_days=1)
SEASON = Range((NOON - 150 * DAY).replace(hour=0), (NOON + DAY).replace(hour=0))


def at(day: datetime) -> list[dict[str, object]]:
    """Six heartbeats of that day."""
    return [
        {**beat, "time": (day + number * timedelta(seconds=10)).isoformat()} for number, beat in enumerate(beats(6))
    ]


@pytest.fixture
async def kept(dsn: str, tmp_path: Path) -> str:
    """A database whose old day is rolled up and has no raw events any more."""
    load(dsn, tmp_path, [entry(), *at(OLD), *({**beat, "sessionId": "new"} for beat in at(NOON - DAY))])
    return dsn


async def ask(dsn: str, window: Range, shape: Table | Curve) -> Answers:
    database = await Database.open(dsn, max_size=2)
    try:
        return await asked(database, PARTNER, window, {"it": shape})
    finally:
        await database.close()


async def test_what_rollups_hold_is_answered_as_before(kept: str) -> None:
    shapes: dict[str, Table | Curve] = {
        "days": Table(EVERY, buckets=spans(SEASON, DAY)),
        "entries": Table(EVERY, ("entry",)),
        "curve": Curve(),
    }
    before = {name: await ask(kept, SEASON, shape) for name, shape in shapes.items()}
    assert value(kept, "select count(*) from events") == 12
    assert any(line.startswith("dropped the raw events of before") for line in maintain(kept, KEEPING))
    assert value(kept, "select count(*) from events") == 6
    for name, shape in shapes.items():
        found = await ask(kept, SEASON, shape)
        assert not differences(found, before[name])
    assert any("raw events since" in finding.what for finding in check(kept))
    assert not any(line.startswith("dropped") for line in maintain(kept, KEEPING))


@pytest.mark.parametrize("meanwhile", ["a late load", "another version"])
def test_what_rollups_lack_is_not_dropped(kept: str, monkeypatch: pytest.MonkeyPatch, meanwhile: str) -> None:
    """They held all that there was when maintenance began."""

    def tidied(*_: Any) -> list[str]:
        if meanwhile == "a late load":
            store_only(kept, [{**beat, "sessionId": "late"} for beat in at(OLD)])
        else:
            change(kept, "update rollup_definition set fingerprint = 'of another version'")
        return []

    with connected(kept) as connection:
        keeps = type(storage.of(connection))
    with monkeypatch.context() as patched:
        patched.setattr(keeps, "tidy", tidied)
        if meanwhile == "a late load":
            assert not any(line.startswith("dropped") for line in maintain(kept, KEEPING))
            assert value(kept, "select count(*) from events") == 18
        else:
            with pytest.raises(OtherVersion):
                maintain(kept, KEEPING)
            assert value(kept, "select count(*) from events") == 12
    if meanwhile == "a late load":
        assert any(line.startswith("dropped") for line in maintain(kept, KEEPING))
        assert value(kept, "select sum(heartbeats) from watch_days") == 18


async def test_what_rollups_hold_survives_what_the_database_does_by_itself(kept: str, aggregates: bool) -> None:
    """Chunks that are dropped are invalid to the extension: a refresh of their time would empty the aggregates."""
    if not aggregates:
        pytest.skip("nothing runs by itself here")
    before = await ask(kept, SEASON, Table(EVERY, buckets=spans(SEASON, DAY)))
    for keeping in (KEEPING, Keeping()):  # the operator may stop dropping
        maintain(kept, keeping)
        run_jobs(kept)
        assert not differences(await ask(kept, SEASON, Table(EVERY, buckets=spans(SEASON, DAY))), before)


async def test_what_was_not_over_when_it_was_loaded_is_rolled_up_before_it_is_dropped(
    dsn: str, aggregates: bool, tmp_path: Path
) -> None:
    """A load leaves the day that it comes in to the events; nothing else need come later, and policies may be off."""
    if not aggregates:
        pytest.skip("all that is loaded is rolled up here")
    load(dsn, tmp_path, [entry()])
    store_only(dsn, at(OLD))
    with psycopg.connect(dsn) as connection:
        connection.execute("delete from pending_batches")
    before = await ask(dsn, SEASON, Table(EVERY, buckets=spans(SEASON, DAY)))
    maintain(dsn, KEEPING)
    assert value(dsn, "select count(*) from events") == 0
    assert not differences(await ask(dsn, SEASON, Table(EVERY, buckets=spans(SEASON, DAY))), before)


async def test_what_needs_raw_events_is_refused(kept: str) -> None:
    seconds = Range(OLD + timedelta(seconds=5), OLD + timedelta(seconds=45))
    assert await ask(kept, seconds, Table(frozenset({"minutes_viewed"})))
    maintain(kept, KEEPING)
    with pytest.raises(RawEventsDropped) as refused:
        await ask(kept, seconds, Table(frozenset({"minutes_viewed"})))
    assert "kept no longer" in refused.value.message
    lately = Range(NOON - DAY, NOON - DAY + timedelta(seconds=45))
    assert await ask(kept, lately, Table(frozenset({"minutes_viewed"})))


async def test_events_of_before_are_rejected(kept: str, tmp_path: Path) -> None:
    maintain(kept, KEEPING)
    late = [event(sessionId="late", time=moment.isoformat()) for moment in (OLD, NOON)]
    summary = load_files(kept, [write(tmp_path, late)], rejects=tmp_path / "rejects.ndjson")
    assert (summary.stored, summary.rejected) == (1, 1)
    assert "kept no longer" in (tmp_path / "rejects.ndjson").read_text()


async def test_rollups_are_not_made_anew_of_what_is_left(kept: str) -> None:
    maintain(kept, KEEPING)
    with psycopg.connect(kept) as connection:
        connection.execute("update rollup_definition set fingerprint = 'of another version'")
    with pytest.raises(RawEventsGone):
        migrate(kept)
    found = await ask(kept, SEASON, Table(frozenset({"minutes_viewed"})))
    assert found == {("it", None, "minutes_viewed"): 2.0}


async def test_audiences_are_made_anew_of_what_rollups_hold(kept: str, aggregates: bool) -> None:
    maintain(kept, KEEPING)
    shapes: list[Table | Curve] = [Table(EVERY), Table(EVERY, ("entry",)), Curve()]
    before = [await ask(kept, SEASON, shape) for shape in shapes]
    outdate_audiences(kept)
    assert migrate(kept, KEEPING, filling=False) == ["audiences"]
    if aggregates:
        run_jobs(kept)
    for shape, answer in zip(shapes, before, strict=True):
        assert not differences(await ask(kept, SEASON, shape), answer)
    maintain(kept, KEEPING)
    for shape, answer in zip(shapes, before, strict=True):
        assert not differences(await ask(kept, SEASON, shape), answer)
    assert before[0]["it", None, "minutes_viewed"] == 2.0
