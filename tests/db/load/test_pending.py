"""What waits to be rolled up is noted with its times, and only who asks about those looks for it."""

import gzip
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from db.connect import connected
from db.load import load_files
from db.load.moments import datetime_of
from db.load.records import Rejected
from db.load.refresh import Refresher
from db.maintain import maintain
from db.pool import Database
from db.question import Range, Scope, Shape, Table
from db.relations import RAW, RELATIONS, SETTLED_RELATIONS, Relations
from db.storage.tables import refresh_tenant
from tests.conftest import SMALL
from tests.db.answers import BEYOND_THEIR_SPAN, EVERY, SEASON, Answers, NotSettled, asked, differences, spans
from tests.db.given import PARTNER, entry, event, load, store_only, value, write

FROM_RAW = Relations((RAW,), (RAW,), (), ())
WEEK = Range(datetime(2026, 7, 13, tzinfo=UTC), datetime(2026, 7, 20, tzinfo=UTC))
DAY = timedelta(days=1)
TOTALS = Table(EVERY)


@pytest.fixture(scope="module")
def waiting(
    make_database: Callable[[str | None], str],
    empty_dsn: str,
    tmp_path_factory: pytest.TempPathFactory,
    aggregates: bool,
) -> str:
    """The golden data; half of a week's events came after all others were rolled up, and wait."""
    if aggregates:
        pytest.skip("rollups are continuous aggregates here")
    with gzip.open(SMALL[1]) as file:
        lines = file.read().splitlines()
    Random(5).shuffle(lines)
    late = [line for line in lines if WEEK.start <= _time(line) < WEEK.end][::2]
    others = set(lines).difference(late)
    dsn = make_database(empty_dsn)
    load_files(dsn, [SMALL[0], write(tmp_path_factory.mktemp("most"), [line for line in lines if line in others])])
    for piece in range(3):
        store_only(dsn, late[piece::3])
        assert value(dsn, BEYOND_THEIR_SPAN) == 0
    assert value(dsn, "select count(*) from pending_batches where first_time > '-infinity'") >= 3
    return dsn


def _time(line: bytes) -> datetime:
    try:
        return datetime_of(json.loads(line)["time"], "time") or SEASON.start
    except (ValueError, KeyError, Rejected):  # one of those that are rejected
        return SEASON.start


async def _answered(dsn: str, window: Range, relations: Relations, shape: Shape = TOTALS, scope: Scope = ()) -> Answers:
    database = await Database.open(dsn, max_size=1)
    try:
        return await asked(database, PARTNER, window, {"totals": shape}, relations, scope=scope)
    finally:
        await database.close()


@pytest.mark.parametrize(
    "window",
    [Range(SEASON.start, WEEK.start), Range(WEEK.end + 2 * DAY, SEASON.end)],
    ids=["before", "after"],
)
async def test_other_times_are_settled(waiting: str, window: Range) -> None:
    found = await _answered(waiting, window, SETTLED_RELATIONS)
    assert not differences(found, await _answered(waiting, window, FROM_RAW))
    assert found["totals", None, "plays"] > 0


@pytest.mark.parametrize(
    "window",
    [WEEK, SEASON, Range(WEEK.start + 3 * DAY, WEEK.start + 4 * DAY)],
    ids=["all of it", "more", "a part"],
)
async def test_its_own_times_are_not(waiting: str, window: Range) -> None:
    with pytest.raises(NotSettled):
        await _answered(waiting, window, SETTLED_RELATIONS)


async def test_days_of_which_audiences_are_stale_are_not_either(
    make_database: Callable[[str | None], str], waiting: str
) -> None:
    dsn = make_database(waiting)
    with connected(dsn, autocommit=True) as connection:
        refresh_tenant(connection, PARTNER)
    assert value(dsn, f"select count(*) from pending_batches where partner_id = {PARTNER}") == 0
    assert value(dsn, "select count(*) from stale_days") > 0
    with pytest.raises(NotSettled):
        await _answered(dsn, WEEK, SETTLED_RELATIONS)
    hour = Range(WEEK.start + timedelta(days=1, hours=10), WEEK.start + timedelta(days=1, hours=11))
    minutes = Table(EVERY, buckets=spans(hour, timedelta(minutes=1)))
    for window, shape, scope in (
        (WEEK, TOTALS, ()),
        (WEEK, Table(EVERY, ("country",)), ()),
        (hour, minutes, (("session", "s-1"),)),
    ):
        found = await _answered(dsn, window, RELATIONS, shape, scope)
        assert found
        assert not differences(found, await _answered(dsn, window, FROM_RAW, shape, scope))


async def test_all_are_once_it_is_rolled_up(make_database: Callable[[str | None], str], waiting: str) -> None:
    dsn = make_database(waiting)
    maintain(dsn)
    found = await _answered(dsn, SEASON, SETTLED_RELATIONS)
    assert not differences(found, await _answered(dsn, SEASON, FROM_RAW))


@pytest.mark.usefixtures("rollup_tables")
async def test_a_heartbeat_that_changes_another_day_unsettles_it(dsn: str, tmp_path: Path) -> None:
    """Once it is there, one of the day after was not the first to play what it played."""
    midnight = 14 * 3600
    beats = [(-15, 10), (-5, 20), (5, 30), (15, 20)]
    sent = [event(midnight + at, eventIndex=n, position=to, playTime=10) for n, (at, to) in enumerate(beats, 1)]
    load(dsn, tmp_path, [entry(), *sent[:1], *sent[2:]])
    after = Range(datetime(2026, 7, 2, tzinfo=UTC), datetime(2026, 7, 3, tzinfo=UTC))
    assert (await _answered(dsn, after, SETTLED_RELATIONS))["totals", None, "minutes_viewed"]
    store_only(dsn, [sent[1]])
    assert value(dsn, BEYOND_THEIR_SPAN) == 0
    with pytest.raises(NotSettled):
        await _answered(dsn, after, SETTLED_RELATIONS)
    maintain(dsn)
    found = await _answered(dsn, after, SETTLED_RELATIONS)
    assert not differences(found, await _answered(dsn, after, FROM_RAW))


@pytest.mark.usefixtures("rollup_tables")
def test_what_comes_slowly_is_rolled_up_in_time(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    waits = "select count(*) from pending_batches"
    with Refresher(dsn) as refresher:
        for longest, left in ((60.0, 1), (0.0, 0)):
            monkeypatch.setattr("db.load.refresh._LONG_SECONDS", longest)
            store_only(dsn, [event(longest)])
            refresher.stored(1)
            deadline = time.monotonic() + 5
            while value(dsn, waits) != left and time.monotonic() < deadline:
                time.sleep(0.05)
            assert value(dsn, waits) == left
