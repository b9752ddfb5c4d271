"""What a stream adds to a day is added to the day's audiences, too, which go on answering."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from db.audiences import AUDIENCES, Audience
from db.connect import connected
from db.demo import DemoPlan
from db.demo import write as sample
from db.load import load_files
from db.load.moments import datetime_of
from db.maintain import maintain
from db.pool import Database
from db.question import Range, Shape, Table
from db.relations import RAW, RELATIONS, SETTLED_RELATIONS, Relations
from db.storage.tables import merge_layers, refresh_tenant, settle
from tests.db.answers import EVERY, NotSettled, asked, differences, spans
from tests.db.check.looking import change
from tests.db.given import PARTNER, beats, entry, event, load, store_only, value, write

pytestmark = pytest.mark.usefixtures("rollup_tables")

FROM_RAW = Relations((RAW,), (RAW,), (), ())
DAYS = Range(datetime(2026, 7, 14, tzinfo=UTC), datetime(2026, 7, 16, tzinfo=UTC))
SHAPES = {
    "totals": Table(EVERY),
    "countries": Table(EVERY, ("country",)),
    "devices": Table(EVERY, ("device",)),
    "domains": Table(EVERY, ("domain",)),
    "entries": Table(EVERY, ("entry",)),
    "days": Table(EVERY, buckets=spans(DAYS, timedelta(days=1))),
}
PIECES = 11

HERE = Range(datetime(2026, 7, 1, tzinfo=UTC), datetime(2026, 7, 8, tzinfo=UTC))
SOME = {"totals": Table(EVERY), "devices": Table(EVERY, ("device",))}


@pytest.fixture(scope="module")
def stream(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], list[list[bytes]]]:
    """Files of sample data without their last two days, and the events of those in the order of time, in pieces."""
    catalogue, events = sample(
        DemoPlan(partner=PARTNER, days=3, viewers=60, end=DAYS.end), tmp_path_factory.mktemp("all")
    )
    lines = sorted(events.read_bytes().splitlines(), key=_time)
    first = [line for line in lines if _time(line) < DAYS.start]
    rest = lines[len(first) :]
    size = -(-len(rest) // PIECES)
    pieces = [rest[place : place + size] for place in range(0, len(rest), size)]
    return [str(catalogue), write(tmp_path_factory.mktemp("first"), first)], pieces


def _time(line: bytes) -> datetime:
    found = datetime_of(json.loads(line)["time"], "time")
    assert found
    return found


async def _wrong(
    dsn: str, relations: Relations = SETTLED_RELATIONS, window: Range = HERE, shapes: Mapping[str, Shape] = SOME
) -> list[tuple[Any, ...]]:
    """Where these relations answer otherwise than the events themselves."""
    database = await Database.open(dsn, max_size=1)
    try:
        answers = [await asked(database, PARTNER, window, shapes, each) for each in (relations, FROM_RAW)]
    finally:
        await database.close()
    assert answers[1]["totals", None, "minutes_viewed"] > 0
    return differences(*answers)


def _roll_up(dsn: str) -> None:
    with connected(dsn, autocommit=True) as connection:
        refresh_tenant(connection, PARTNER)


def _parts(dsn: str, audience: Audience) -> int:
    """How many sums of an audience stand in several rows."""
    rows = f"select from {audience.table} group by {audience.row_keys} having count(*) > 1"
    found: int = value(dsn, f"select count(*) from ({rows}) s")
    return found


async def test_a_day_that_goes_on_is_answered_by_its_audiences(
    make_database: Callable[[str | None], str],
    empty_dsn: str,
    stream: tuple[list[str], list[list[bytes]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("db.storage.tables._LAYERS", 4)
    dsn = make_database(empty_dsn)
    before, pieces = stream
    load_files(dsn, before)
    most = []
    for piece in pieces:
        store_only(dsn, piece)
        assert not await _wrong(dsn, RELATIONS, DAYS, SHAPES)
        _roll_up(dsn)
        assert value(dsn, "select count(*) from stale_days") == 0
        assert not await _wrong(dsn, SETTLED_RELATIONS, DAYS, SHAPES)
        most.append(value(dsn, "select coalesce(max(layers), 0) from layered_days"))
    assert max(most) == 3
    assert sum(_parts(dsn, audience) for audience in AUDIENCES) > 0
    maintain(dsn)
    assert value(dsn, "select count(*) from layered_days") == 0
    assert [_parts(dsn, audience) for audience in AUDIENCES] == [0] * len(AUDIENCES)
    assert not await _wrong(dsn, SETTLED_RELATIONS, DAYS, SHAPES)


async def test_a_load_merges_what_it_added(
    make_database: Callable[[str | None], str],
    empty_dsn: str,
    stream: tuple[list[str], list[list[bytes]]],
    tmp_path: Path,
) -> None:
    dsn = make_database(empty_dsn)
    before, pieces = stream
    load_files(dsn, before)
    for piece in pieces[:2]:
        load_files(dsn, [write(tmp_path, piece)])
        assert [_parts(dsn, audience) for audience in AUDIENCES] == [0] * len(AUDIENCES)
        assert not await _wrong(dsn, SETTLED_RELATIONS, DAYS, SHAPES)


async def test_a_day_with_a_correction_is_read_from_its_rollup_until_it_is_made_again(dsn: str, tmp_path: Path) -> None:
    """A late heartbeat changes one that was rolled up; what is rolled up after it does not count twice."""
    sent = beats(7)
    other = [event(10 * n, eventIndex=n, playTime=10, sessionId="w", userId="ann") for n in range(1, 4)]
    load(dsn, tmp_path, [entry(), *sent[:2]])
    store_only(dsn, sent[3:5])
    _roll_up(dsn)
    assert value(dsn, "select array_agg(layers) from layered_days") == [2]
    store_only(dsn, [sent[2]])
    assert value(dsn, "select count(*) from stale_days") == 1
    assert value(dsn, "select count(*) from layered_days") == 0
    assert not await _wrong(dsn, RELATIONS)
    for piece in (sent[5:], other):
        store_only(dsn, piece)
        _roll_up(dsn)
        assert value(dsn, "select count(*) from layered_days") == 0
        assert not await _wrong(dsn, RELATIONS)
        with pytest.raises(NotSettled):
            await _wrong(dsn)
    maintain(dsn)
    assert not await _wrong(dsn)


@contextmanager
def _beside(act: Callable[[], object]) -> Iterator[Callable[[], bool]]:
    """Does it in a thread meanwhile; gives whether that has ended. It has when this ends."""
    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(act)
        yield running.done
        running.result()


def _waits(has_ended: Callable[[], bool]) -> bool:
    time.sleep(0.3)
    return not has_ended()


async def test_who_rolls_up_waits_for_who_makes_the_audiences_of_a_day(dsn: str, tmp_path: Path) -> None:
    load(dsn, tmp_path, [entry(), *beats(2, userId="ann")])
    change(dsn, "insert into stale_days select distinct partner_id, bucket from watch_days_stored")
    change(dsn, *(f"delete from {audience.table}" for audience in AUDIENCES))
    store_only(dsn, beats(3, sessionId="w", userId="bob"))
    with connected(dsn) as making:
        assert settle(making) == 1
        with _beside(lambda: _roll_up(dsn)) as has_ended:
            assert _waits(has_ended)
            making.commit()
    assert value(dsn, "select array_agg(layers) from layered_days") == [2]
    assert not await _wrong(dsn)


async def test_who_makes_the_audiences_of_a_day_waits_for_who_rolls_up(dsn: str, tmp_path: Path) -> None:
    load(dsn, tmp_path, [entry(), *beats(2, userId="ann")])
    change(dsn, "insert into stale_days select distinct partner_id, bucket from watch_days_stored")
    change(dsn, *(f"delete from {audience.table}" for audience in AUDIENCES))
    store_only(dsn, beats(3, sessionId="w", userId="bob"))

    def make() -> None:
        with connected(dsn, autocommit=True) as connection:
            settle(connection)

    with connected(dsn) as rolling:
        assert refresh_tenant(rolling, PARTNER)
        with _beside(make) as has_ended:
            assert _waits(has_ended)
            rolling.commit()
    assert value(dsn, "select count(*) from layered_days") == 0
    assert not await _wrong(dsn)


@pytest.mark.parametrize("merging", [False, True], ids=["rolls up", "merges"])
async def test_a_correction_waits_for_who(dsn: str, tmp_path: Path, merging: bool) -> None:
    """Else what is added, or made one, would stay when the day is taken back."""
    sent = beats(7, userId="ann")
    load(dsn, tmp_path, [entry(), *sent[:2]])
    store_only(dsn, sent[3:])
    if merging:
        _roll_up(dsn)
    with connected(dsn) as adding:
        assert merge_layers(adding) if merging else refresh_tenant(adding, PARTNER)
        with _beside(lambda: store_only(dsn, [sent[2]])) as has_ended:
            assert _waits(has_ended)
            adding.commit()
    assert value(dsn, "select count(*) from stale_days") == 1
    assert sum(value(dsn, f"select count(*) from {audience.table}") for audience in AUDIENCES) == 0
    maintain(dsn)
    assert not await _wrong(dsn)


def test_who_merges_does_not_keep_others_from_the_gate(dsn: str, tmp_path: Path) -> None:
    """A migration that is about to replace the rollups holds the days that have layers."""
    load(dsn, tmp_path, [entry(), *beats(2)])
    store_only(dsn, beats(2, sessionId="w"))
    _roll_up(dsn)

    def merge() -> None:
        with connected(dsn, autocommit=True) as connection:
            assert merge_layers(connection) == 0

    with connected(dsn) as replacing:
        replacing.execute("delete from layered_days")
        with _beside(merge) as has_ended:
            assert _waits(has_ended)
            replacing.execute("set lock_timeout = '1s'")
            replacing.execute("lock table rollup_definition in access exclusive mode")
            replacing.commit()


async def test_a_straggler_leaves_the_newest_days_as_they_are(dsn: str, tmp_path: Path) -> None:
    load(dsn, tmp_path, [entry(), *(event(86_400 * day, sessionId=f"{day}", playTime=10) for day in range(5))])
    store_only(dsn, [event(86_400 * day + 60, sessionId=f"w{day}", eventType=3) for day in (0, 3, 4)])
    _roll_up(dsn)
    days = "select array_agg(extract(day from bucket at time zone 'UTC')::int order by bucket) from "
    assert value(dsn, f"{days} stale_days") == [1]
    assert value(dsn, f"{days} layered_days") == [4, 5]
    maintain(dsn)
    assert not await _wrong(dsn)
