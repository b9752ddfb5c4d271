"""What viewings have seen is added up from what each heartbeat was first at; the few that can't be are told apart."""

import gzip
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from db.load import load_files
from db.maintain import maintain
from db.plan import plan
from db.pool import Database
from db.question import EVERYTHING, KeyIn, Question, Range, Table
from db.relations import RAW, RELATIONS, Relations
from db.storage import Keeping
from tests.conftest import SMALL
from tests.db.answers import Answers, answers, asked, differences
from tests.db.firsts import wrong_firsts
from tests.db.given import PARTNER, Record, entry, event, load, session, shuffled, store_only, value, write

MIDNIGHT = 14 * 3600  # seconds from given.START on
FILM = [entry(), session(recordingEntryId="film", entryId="air")]
BY_RATE = frozenset({"average_completion_rate", "viewing_sessions", "plays"})
FROM_RAW = Relations((RAW,), (RAW,), (), ())


def watched(key: str, start: float, *positions: float, **fields: object) -> list[Record]:
    """A play and ten seconds up to each position, in a row."""
    at = enumerate(positions, 1)
    told = [event(start + 10 * n, sessionId=key, eventIndex=n + 1, position=p, playTime=10, **fields) for n, p in at]
    return [event(start, sessionId=key, eventType=3, eventIndex=1, **fields), *told]


CASES: dict[str, list[Record]] = {
    "straight on": watched("v", 0, 10, 20, 30),
    "again and again": watched("v", 0, 10, 20, 10, 20, 30, 10),
    "over midnight": watched("v", MIDNIGHT - 25, 10, 20, 30, 40, 20),
    "over two midnights": watched("v", MIDNIGHT - 15, 10, 20, 30) + watched("v", MIDNIGHT + 86_390, 40, 50),
    "from two countries": watched("v", 0, 10, 20, country="PT") + watched("v", 60, 20, 30, country="FR"),
    "by two users": watched("v", 0, 10, 20, userId="ada") + watched("v", 60, 20, 30, userId="bob"),
    "without a session": watched("", 0, 10, 20, 20),
    "to the end": [*watched("v", 0, 80, 90), event(25, sessionId="v", eventType=14, eventIndex=9)],
    "several": [e for n in range(8) for e in watched(f"v{n}", 13.3 * n, 10, 20, 20 + n, 5)],
}


def one_by_one(dsn: str, folder: Path, events: list[Record]) -> None:
    """As a stream does."""
    for line in events:
        store_only(dsn, [line])


def backwards(dsn: str, folder: Path, events: list[Record]) -> None:
    """The newest first, each rolled up."""
    for line in reversed(events):
        load(dsn, folder, [line])


def at_once(dsn: str, folder: Path, events: list[Record]) -> None:
    """In one file."""
    load(dsn, folder, events)


def in_halves(dsn: str, folder: Path, events: list[Record]) -> None:
    """Every other one first."""
    load(dsn, folder, events[::2])
    load(dsn, folder, events[1::2])


async def told(dsn: str, relations: Relations = RELATIONS) -> Answers:
    """Rates of everything by day and by country, of whole days and of days that begin and end somewhere."""
    database = await Database.open(dsn, max_size=1)
    day = datetime(2026, 7, 1, tzinfo=UTC)
    found: Answers = {}
    try:
        for start, end in ((0, 72), (10.003, 72), (10.003, 34.002), (0, 24.004), (24.0025, 60)):
            window = Range(day + timedelta(hours=start), day + timedelta(hours=end))
            cuts = [day + timedelta(days=n) for n in range(3) if window.start < day + timedelta(days=n) < window.end]
            shapes = {
                "totals": Table(BY_RATE),
                "days": Table(BY_RATE, buckets=(window.start, *cuts)),
                "countries": Table(BY_RATE, ("country",)),
                "users of entries": Table(BY_RATE, ("entry", "user")),
                "alone": Table(frozenset({"viewing_sessions"}), ("device",)),
            }
            for filter_ in (EVERYTHING, KeyIn("country", ("PT", "Unknown"))):
                answer = await asked(database, PARTNER, window, shapes, relations, filter_)
                found |= {(start, end, filter_ is EVERYTHING, *key): number for key, number in answer.items()}
    finally:
        await database.close()
    return found


@pytest.fixture(scope="module")
def expected() -> dict[str, Answers]:
    """What raw events answer, viewings told apart, by case."""
    return {}


@pytest.mark.parametrize("way", [at_once, in_halves, one_by_one, backwards], ids=lambda way: way.__name__)
@pytest.mark.parametrize("case", CASES)
async def test_they_add_up_however_they_came(
    dsn: str, tmp_path: Path, expected: dict[str, Answers], case: str, way: Callable[..., None]
) -> None:
    load(dsn, tmp_path, FILM)
    way(dsn, tmp_path, CASES[case])
    assert wrong_firsts(dsn) == {}
    if case not in expected:
        expected[case] = await told(dsn, FROM_RAW)
    assert not differences(await told(dsn), expected[case])
    maintain(dsn)
    assert not differences(await told(dsn), expected[case])
    assert expected[case][0, 72, True, "totals", None, "average_completion_rate"]


def test_only_viewings_that_differ_are_told_apart(dsn: str, tmp_path: Path) -> None:
    load(dsn, tmp_path, [*FILM, *CASES["several"]])
    assert value(dsn, "select count(*) from mixed_viewings") == 0
    assert value(dsn, "select sum(firsts >> 7) from events") == 8
    load(dsn, tmp_path, CASES["over midnight"])
    assert value(dsn, "select count(*) from mixed_viewings") == 2


def test_what_makes_them_differ_may_come_later(dsn: str, tmp_path: Path) -> None:
    """Other keys by the catalogue, another duration, an event in the place of another."""
    load(dsn, tmp_path, CASES["straight on"])
    load(dsn, tmp_path, [entry(durationSeconds=50)])
    assert wrong_firsts(dsn) == {}
    load(dsn, tmp_path, watched("v", 40, 50))
    assert wrong_firsts(dsn) == {}
    load(dsn, tmp_path, [session(entryId="film", start=15, end=25)])
    assert wrong_firsts(dsn) == {}
    assert value(dsn, "select count(*) from mixed_viewings") == 1
    load(dsn, tmp_path, [session(entryId="film", start=0, end=1000)])  # all of it
    assert wrong_firsts(dsn) == {}
    assert value(dsn, "select count(*) from mixed_viewings") == 0
    for changed in (10.5, 11.5, 12.5, 13.5):
        load(dsn, tmp_path, watched("w", 0, changed, 20))
        assert wrong_firsts(dsn) == {}


async def test_what_is_left_of_a_viewing_is_not_taken_for_the_whole(dsn: str, tmp_path: Path) -> None:
    """Its first day was dropped, and then the catalogue moves the second one elsewhere."""
    august = datetime(2026, 8, 1, tzinfo=UTC)
    over_midnight = watched("v", 30 * 86_400 + MIDNIGHT - 25, 10, 20, 30, 40, 50)
    maintain(dsn, Keeping(chunk_days=1))  # before there are any chunks
    load(dsn, tmp_path, [*FILM, *over_midnight])
    window = Range(august - timedelta(days=1), august + timedelta(days=1))

    async def seen() -> Answers:
        database = await Database.open(dsn, max_size=1)
        try:
            cuts = (window.start, august)
            return await asked(database, PARTNER, window, {"all": Table(BY_RATE), "days": Table(BY_RATE, buckets=cuts)})
        finally:
            await database.close()

    before = await seen()
    maintain(dsn, Keeping(raw_days=(datetime.now(UTC) - august).days, chunk_days=1))
    assert value(dsn, "select count(*) from events") < len(over_midnight)
    assert not differences(await seen(), before)
    load(dsn, tmp_path, [session("late", entryId="film", start=30 * 86_400 + MIDNIGHT, end=31 * 86_400 + MIDNIGHT)])
    assert not differences(await seen(), before)


async def test_many_that_are_told_apart_take_their_time_and_no_more(dsn: str, tmp_path: Path) -> None:
    """Even where nothing is rolled up: twice as many take about twice as long, not four times."""
    took = []
    for count in (2_000, 8_000):
        store_only(dsn, [e for n in range(count) for e in watched(f"{count}-{n}", MIDNIGHT - 15, 10, 20)[1:]])
        database = await Database.open(dsn, max_size=1)
        day = datetime(2026, 7, 1, tzinfo=UTC)
        window = Range(day, day + timedelta(days=3))
        try:
            began = time.perf_counter()
            found = await asked(database, PARTNER, window, {"all": Table(frozenset({"viewing_sessions"}))})
            took.append(time.perf_counter() - began)
        finally:
            await database.close()
        assert found["all", None, "viewing_sessions"] == value(dsn, "select count(distinct viewing_key) from events")
    assert took[1] < 12 * took[0] + 0.2  # five times as many by now


async def test_they_add_up_in_any_pieces(
    make_database: Callable[[str | None], str], empty_dsn: str, golden_dsn: str, tmp_path: Path
) -> None:
    assert wrong_firsts(golden_dsn) == {}
    assert value(golden_dsn, "select sum(firsts & 127) from events") > 10_000
    with gzip.open(SMALL[1]) as file:
        lines = shuffled(file.read().splitlines(), 3)
    dsn = make_database(empty_dsn)
    for piece in range(4):
        load_files(dsn, [write(tmp_path, lines[piece::4])])
    load_files(dsn, SMALL[:1])
    assert wrong_firsts(dsn) == {}
    assert not differences(await answers(dsn), await answers(golden_dsn))


def test_rates_are_read_where_viewings_are_added_up() -> None:
    window = Range(datetime(2026, 7, 1, tzinfo=UTC), datetime(2026, 7, 31, tzinfo=UTC))
    shape = Table(BY_RATE, ("entry",))
    assert "from audience_entries " in plan([Question(PARTNER, window, shape)]).sql
    assert "from mixed_viewings " in plan([Question(PARTNER, window, shape)]).sql
