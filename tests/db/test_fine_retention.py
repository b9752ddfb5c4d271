"""Parts of days that are dropped: whole days are answered as before, what needs parts is refused, never smaller."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from db import catalogue, storage
from db.check import check
from db.connect import connected
from db.derived import DERIVED, FINE
from db.maintain import maintain
from db.pool import Database, PartsOfDaysDropped
from db.question import Curve, Range, Scope, Shape, Table
from db.relations import AUDIENCES, CURVE_RELATIONS, METRIC_RELATIONS, VIEWS
from db.storage import Keeping
from tests.db.answers import EVERY, Answers, asked, differences, spans
from tests.db.given import PARTNER, Record, beats, entry, event, load, run_jobs, value
from tests.schema.test_answers import ask as request

DAY = timedelta(days=1)
NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
TODAY = NOON.replace(hour=0)
ANCIENT, OLD, NEW = (NOON - days * DAY for days in (250, 100, 1))
KEEPING = Keeping(raw_days=50, fine_days=150)
FINE_FROM = TODAY - 150 * DAY
SEASON = Range(TODAY - 300 * DAY, TODAY + DAY)
TALK: Scope = (("session", "ancient"),)


def on(day: datetime, name: str) -> list[Record]:
    """A session that is watched for two minutes, and a minute of a video."""
    moments = [day + number * timedelta(seconds=10) for number in range(12)]
    seen: Record = {"entryId": "hall", "playbackType": "live", "playTime": 10, "userId": "ann"}
    seen |= {"sessionId": f"live-{name}", "contextSessionId": name}
    times = {"startsAt": day.isoformat(), "endsAt": (day + timedelta(minutes=1)).isoformat()}
    return [
        {"kind": "session", "partnerId": PARTNER, "sessionId": name, "entryId": "hall", **times},
        *(event(**{**seen, "time": each.isoformat(), "eventIndex": number}) for number, each in enumerate(moments)),
        *({**beat, "time": each.isoformat()} for beat, each in zip(beats(6, sessionId=name), moments, strict=False)),
    ]


@pytest.fixture
def kept(dsn: str, tmp_path: Path) -> str:
    """A database with an ancient, an old and a new day, all of it rolled up; nothing is dropped yet."""
    days = {"ancient": ANCIENT, "old": OLD, "new": NEW}
    catalogue = [entry(), entry("hall", mediaType="live", durationSeconds=None)]
    load(dsn, tmp_path, [*catalogue, *(record for name, day in days.items() for record in on(day, name))])
    return dsn


async def ask(dsn: str, shape: Shape, window: Range = SEASON, scope: Scope = ()) -> Answers:
    database = await Database.open(dsn, max_size=2)
    try:
        return await asked(database, PARTNER, window, {"it": shape}, scope=scope)
    finally:
        await database.close()


def stored(dsn: str) -> dict[str, int]:
    """How many rows each of the finer rollups has by itself."""
    with connected(dsn) as connection:
        keeps = storage.of(connection)
        homes = {each.name: keeps.home(connection, each.table) or keeps.home(connection, each.name) for each in FINE}
    return {name: value(dsn, f"select count(distinct bucket) from {home}") for name, home in homes.items()}


SHAPES: dict[str, Shape] = {
    "totals": Table(EVERY),
    "days": Table(EVERY, buckets=spans(SEASON, DAY)),
    "entries": Table(EVERY, ("entry", "user")),
    "sessions": Table(EVERY, ("session",)),
    "curve": Curve(),
}


def test_what_is_dropped_is_what_is_guarded() -> None:
    guards = {relation.name: relation.guard for relation in (*METRIC_RELATIONS, *AUDIENCES, *CURVE_RELATIONS, VIEWS)}
    assert {name for name, guard in guards.items() if guard == "fine_kept"} == {rollup.name for rollup in FINE}
    days = {each.name for each in DERIVED if each not in FINE}
    assert {name for name, guard in guards.items() if guard is None} == days


async def test_whole_days_are_answered_as_before(kept: str) -> None:
    before = {name: await ask(kept, shape) for name, shape in SHAPES.items()}
    assert stored(kept) == {"watch_quarters": 3, "session_minutes": 6, "audience_minutes": 6}
    assert f"dropped quarters of an hour and minutes of before {FINE_FROM:%Y-%m-%d}" in maintain(kept, KEEPING)
    assert stored(kept) == {"watch_quarters": 2, "session_minutes": 4, "audience_minutes": 4}
    for name, shape in SHAPES.items():
        assert not differences(await ask(kept, shape), before[name])
    assert f"parts of days since {FINE_FROM:%Y-%m-%d}" in [finding.what for finding in check(kept)]
    assert not any(line.startswith("dropped") for line in maintain(kept, KEEPING))


WEEK = Range((ANCIENT - 3 * DAY).replace(hour=0), (ANCIENT + 4 * DAY).replace(hour=0))
IN_KOLKATA = Range(WEEK.start - timedelta(hours=5, minutes=30), WEEK.end - timedelta(hours=5, minutes=30))
MINUTES = Range(ANCIENT, ANCIENT + timedelta(minutes=5))
PARTS: dict[str, tuple[Shape, Range, Scope]] = {
    "hours": (Table(EVERY, buckets=spans(WEEK, timedelta(hours=1))), WEEK, ()),
    "days of another time zone": (Table(EVERY, buckets=spans(IN_KOLKATA, DAY)), IN_KOLKATA, ()),
    "totals of half a day": (Table(EVERY, ("country",)), Range(ANCIENT, WEEK.end), ()),
    "minutes of a session": (Table(EVERY, buckets=spans(MINUTES, timedelta(minutes=1))), MINUTES, TALK),
}


@pytest.mark.parametrize("parts", PARTS)
async def test_parts_of_days_are_refused(kept: str, parts: str) -> None:
    shape, window, scope = PARTS[parts]
    assert await ask(kept, shape, window, scope)
    maintain(kept, KEEPING)
    with pytest.raises(PartsOfDaysDropped) as refused:
        await ask(kept, shape, window, scope)
    assert refused.value.code == "RAW_EVENTS_DROPPED"
    assert refused.value.message == f"this needs parts of days of before {FINE_FROM:%Y-%m-%d}T00:00:00Z, " + (
        "which are kept no longer"
    )


async def test_parts_of_days_that_are_kept_are_answered_as_before(kept: str) -> None:
    hour = timedelta(hours=1)
    windows = [Range(OLD - hour, OLD + hour), Range(FINE_FROM, FINE_FROM + 100 * hour), Range(NEW, NOON)]
    shapes: list[Shape] = [Table(EVERY, buckets=spans(window, hour)) for window in windows]
    before = [await ask(kept, *each) for each in zip(shapes, windows, strict=True)]
    maintain(kept, KEEPING)
    for shape, window, expected in zip(shapes, windows, before, strict=True):
        assert not differences(await ask(kept, shape, window), expected)


@pytest.mark.parametrize("scope", [(), TALK], ids=["account", "session"])
async def test_an_answer_is_as_before_or_refused(kept: str, scope: Scope) -> None:
    """Windows of all kinds: what is refused are those with an end within a day of which only the whole is kept."""
    table = Table(frozenset({"minutes_viewed", "unique_viewers"}))
    starts = [WEEK.start + number * timedelta(hours=6) for number in range(8, 20)]
    windows = [Range(start, end) for start in starts for end in (starts[7], WEEK.end, OLD) if start < end]
    before = [await ask(kept, table, window, scope) for window in windows]
    maintain(kept, KEEPING)
    for window, expected in zip(windows, before, strict=True):
        if any(moment < FINE_FROM and moment.hour for moment in (window.start, window.end)):
            with pytest.raises(PartsOfDaysDropped):
                await ask(kept, table, window, scope)
        else:
            assert not differences(await ask(kept, table, window, scope), expected)


async def test_days_survive_what_the_database_does_by_itself(kept: str, aggregates: bool) -> None:
    """Chunks that are dropped are invalid to the extension, and the days are made of the quarters."""
    if not aggregates:
        pytest.skip("nothing runs by itself here")
    before = {name: await ask(kept, shape) for name, shape in SHAPES.items()}
    for keeping in (KEEPING, Keeping()):  # the operator may stop dropping
        maintain(kept, keeping)
        run_jobs(kept)
        for name, shape in SHAPES.items():
            assert not differences(await ask(kept, shape), before[name])


async def test_days_survive_what_is_stored_and_changed_later(kept: str, tmp_path: Path) -> None:
    ancient = Range(ANCIENT.replace(hour=0), ANCIENT.replace(hour=0) + DAY)
    before = await ask(kept, Table(EVERY, ("session",)), ancient)
    maintain(kept, KEEPING)
    late: Record = {"sessionId": "late", "time": NEW.isoformat()}
    sessions = [{**record, "entryId": "film"} for record in on(ANCIENT, "ancient") if "kind" in record]
    load(kept, tmp_path, [*sessions, *(event(**late, eventIndex=n) for n in range(3))])
    maintain(kept, KEEPING)
    assert not differences(await ask(kept, Table(EVERY, ("session",)), ancient), before)
    with pytest.raises(PartsOfDaysDropped):
        await ask(kept, Table(EVERY), Range(ANCIENT, ancient.end))


async def test_what_comes_when_everything_was_dropped_is_added(dsn: str, tmp_path: Path) -> None:
    load(dsn, tmp_path, [entry(), entry("hall", mediaType="live"), *on(ANCIENT, "ancient")])
    by_day = Table(frozenset({"minutes_viewed"}), buckets=spans(SEASON, DAY))
    ((_, minutes),) = (await ask(dsn, by_day)).items()
    maintain(dsn, KEEPING)
    assert stored(dsn) == {"watch_quarters": 0, "session_minutes": 0, "audience_minutes": 0}
    load(dsn, tmp_path, on(NEW, "new"))
    expected = {("it", day.replace(hour=0), "minutes_viewed"): minutes for day in (ANCIENT, NEW)}
    assert not differences(await ask(dsn, by_day), expected)


async def test_parts_of_days_are_kept_as_long_as_raw_events(kept: str) -> None:
    hours: tuple[Any, ...] = PARTS["hours"]
    before = await ask(kept, *hours)
    for keeping in (Keeping(fine_days=150), Keeping(raw_days=400, fine_days=150)):
        assert not any(line.startswith("dropped") for line in maintain(kept, keeping))
        assert not differences(await ask(kept, *hours), before)


async def test_until_when_an_old_session_was_live_is_refused_and_of_others_told(kept: str) -> None:
    maintain(kept, KEEPING)
    moments = "analytics { timeline(granularity: MINUTE) { start } }"
    names = ("ancient", "old", "new")
    document = " ".join(f'{name}: session(sessionId: "{name}") {{ {moments} }}' for name in names)
    database = await Database.open(kept, max_size=2)
    try:
        answer = await request(database, f"{{ {document} }}")
        sql, arguments = catalogue.live_ends(names, None)
        ends = await database.rows(sql, PARTNER, *arguments)
    finally:
        await database.close()
    assert [error.path and error.path[0] for error in answer.errors or []] == ["ancient"]
    assert [getattr(error.original_error, "code", None) for error in answer.errors or []] == ["RAW_EVENTS_DROPPED"]
    assert answer.data is not None
    assert [len(answer.data[name]["analytics"]["timeline"]) for name in names[1:]] == [2, 2]
    assert {row["session_id"]: row["live_until"] for row in ends if not row["kept_since"]} == {
        "old": OLD + timedelta(minutes=2),
        "new": NEW + timedelta(minutes=2),
    }
