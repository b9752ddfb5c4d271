"""Every rollup answers what the raw events answer: every metric, by every dimension, over every kind of window."""

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import psycopg
import pytest

from db.load import load_files
from db.maintain import maintain
from db.measures import CHUNK
from db.metrics import METRICS
from db.migrations import migrate
from db.plan import plan
from db.pool import Database
from db.question import Curve, Question, Range, Scope, Shape, Table
from db.relations import CURVE_RELATIONS, METRIC_RELATIONS, RAW, RELATIONS, SETTLED_RELATIONS, Relation, Relations
from db.rollups import ROLLUPS, Rollup
from db.storage.tables import stale_tenants
from tests.conftest import SMALL
from tests.db.answers import EVERY, SEASON, SPLITS, Answers, NotSettled, answers, asked, differences
from tests.db.check.looking import change
from tests.db.given import PARTNER, shuffled, store_only, value, write

FROM_RAW = Relations((RAW,), (RAW,), (), ())
LATEST = 1000  # events that are stored but not rolled up
KATHMANDU = ZoneInfo("Asia/Kathmandu")


@pytest.fixture(scope="module")
def scattered(
    make_database: Callable[[str | None], str],
    empty_dsn: str,
    aggregates: bool,
    tmp_path_factory: pytest.TempPathFactory,
) -> str:
    """The golden data, their events in any order, rolled up in three pieces, the last ones not at all.

    Users are in many chunks.
    """
    folder = tmp_path_factory.mktemp("pieces")
    with gzip.open(SMALL[1]) as file:
        lines = shuffled(file.read().splitlines(), 7)
    dsn = make_database(empty_dsn)
    change(dsn, f"alter table users alter column user_key set increment by {CHUNK // 3}")
    load_files(dsn, SMALL[:1])
    for piece in range(3):
        load_files(dsn, [write(folder, lines[:-LATEST][piece::3])])
    store_only(dsn, lines[-LATEST:])
    if aggregates:  # what comes late is in them once they are refreshed
        maintain(dsn)
    return dsn


@pytest.fixture(scope="module")
def merged(make_database: Callable[[str | None], str], scattered: str) -> str:
    """The same after maintenance."""
    dsn = make_database(scattered)
    maintain(dsn)
    return dsn


@pytest.fixture
def which(request: pytest.FixtureRequest) -> str:
    """The database whose name the test was given."""
    dsn: str = request.getfixturevalue(request.param)
    return dsn


DATABASES = pytest.mark.parametrize("which", ["golden_dsn", "scattered", "merged"], indirect=True)


def scattered_rows(dsn: str, rollup: Rollup) -> int:
    """How many keys of a rollup have their sums in several rows."""
    keys = ", ".join(("partner_id", "bucket", *rollup.keys))
    rows = f"select 1 from {rollup.table} group by {keys} having count(*) > 1"
    found: int = value(dsn, f"select count(*) from ({rows}) s")
    return found


def stale(dsn: str) -> list[int]:
    with psycopg.connect(dsn) as connection:
        return stale_tenants(connection)


@pytest.mark.usefixtures("rollup_tables")
@pytest.mark.parametrize("rollup", ROLLUPS, ids=lambda rollup: rollup.name)
def test_sums_stand_in_several_rows_until_they_are_merged(
    golden_dsn: str, scattered: str, merged: str, rollup: Rollup
) -> None:
    assert stale(scattered) == [1001, 1002]
    assert stale(golden_dsn) == stale(merged) == []
    assert scattered_rows(scattered, rollup) > 10
    assert scattered_rows(merged, rollup) == 0
    rows = [value(dsn, f"select count(*) from {rollup.table}") for dsn in (golden_dsn, merged)]
    assert rows[0] == rows[1]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked: over which window, cut into which buckets, within which scope.

    `pairs_by`: each metric with only the unique viewers beside it, by this dimension. `alone_by`: with nothing beside.
    """

    window: Range
    buckets: tuple[datetime, ...] = ()
    scope: Scope = ()
    pairs_by: str | None = None
    alone_by: str | None = None

    @property
    def shapes(self) -> dict[str, Shape]:
        """Everything, by every dimension and by time."""
        if self.pairs_by:
            return {name: Table(frozenset({"unique_viewers", name}), (self.pairs_by,)) for name in METRICS}
        if self.alone_by:
            return {name: Table(frozenset({name}), (self.alone_by,)) for name in METRICS}
        found: dict[str, Shape] = {name: Table(EVERY, (name,)) for name in SPLITS}
        found |= {"totals": Table(EVERY), "curve": Curve()}
        return found | ({"timeline": Table(EVERY, buckets=self.buckets)} if self.buckets else {})


def whole(first: str, last: str) -> Range:
    """A window by two moments in UTC."""
    start, end = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (first, last))
    return Range(start, end)


def days(zone: ZoneInfo, year: int, month: int, day: int, count: int) -> Asked:
    """Whole days of a zone, one by one."""
    first = datetime(year, month, day, tzinfo=zone)
    midnights = [(first + timedelta(days=number)).astimezone(UTC) for number in range(count + 1)]
    return Asked(Range(midnights[0], midnights[-1], zone.key), tuple(midnights[:-1]))


def cut(first: str, last: str, span: timedelta, scope: Scope = ()) -> Asked:
    """A window in equal spans."""
    window = whole(first, last)
    return Asked(window, tuple(window.start + n * span for n in range((window.end - window.start) // span)), scope)


CASES = {
    "whole season": Asked(SEASON),
    "UTC days": days(ZoneInfo("UTC"), 2026, 7, 1, 30),
    "days of a zone off by 5:45": days(KATHMANDU, 2026, 7, 1, 30),
    "days around the end of summer time": days(ZoneInfo("Europe/Berlin"), 2026, 10, 18, 14),
    "neither days nor quarters": Asked(whole("2026-06-20T10:07:13.5", "2026-09-03T17:52:41")),
    "within a day": Asked(whole("2026-07-14T09:14:59.999", "2026-07-14T23:50:00.001")),
    "hours": cut("2026-07-13T00:00", "2026-07-16T12:00", timedelta(hours=1)),
    "a session": Asked(SEASON, scope=(("session", "s-1"),)),
    "a session by the minute": cut("2026-07-14T23:20", "2026-07-15T00:40", timedelta(minutes=1), (("session", "s-2"),)),
    "an entry": Asked(whole("2026-06-20T10:07:13.5", "2026-09-03T17:52:41"), scope=(("entry", "v-mid"),)),
    "a user": Asked(SEASON, scope=(("user", "u01"),)),
    "a user's country": Asked(SEASON, scope=(("user", "u01"), ("country", "US"))),
}


async def answered(dsn: str, case: Asked, relations: Relations, tenant: int = PARTNER) -> Answers:
    """The answers to all of a case."""
    database = await Database.open(dsn, max_size=1)
    try:
        return await asked(database, tenant, case.window, case.shapes, relations, scope=case.scope)
    finally:
        await database.close()


@pytest.fixture(scope="module")
def from_raw() -> dict[str, Answers]:
    """What raw events answered to the cases so far."""
    return {}


@DATABASES
@pytest.mark.parametrize("case", CASES)
async def test_the_planner_agrees_with_raw_events(
    which: str, golden_dsn: str, from_raw: dict[str, Answers], case: str
) -> None:
    if case not in from_raw:
        from_raw[case] = await answered(golden_dsn, CASES[case], FROM_RAW)
    assert not differences(await answered(which, CASES[case], RELATIONS), from_raw[case])
    assert from_raw[case]["totals", None, "minutes_viewed"] > 0


async def test_a_curve_of_nobody_is_none(golden_dsn: str) -> None:
    for scope in ((("user", "nobody"),), (("entry", "none"),)):
        for relations in (RELATIONS, FROM_RAW):
            found = await answered(golden_dsn, Asked(SEASON, scope=scope), relations)
            assert not [key for key in found if key[0] == "curve"]


@pytest.mark.usefixtures("rollup_tables")
@pytest.mark.parametrize("which", ["golden_dsn", "merged"], indirect=True)
@pytest.mark.parametrize("case", CASES)
async def test_what_is_settled_agrees_with_raw_events(
    which: str, golden_dsn: str, from_raw: dict[str, Answers], case: str
) -> None:
    if case not in from_raw:
        from_raw[case] = await answered(golden_dsn, CASES[case], FROM_RAW)
    assert not differences(await answered(which, CASES[case], SETTLED_RELATIONS), from_raw[case])


@pytest.mark.usefixtures("rollup_tables")
@pytest.mark.parametrize("case", CASES)
async def test_what_waits_to_be_rolled_up_is_not_settled(scattered: str, case: str) -> None:
    with pytest.raises(NotSettled):
        await answered(scattered, CASES[case], SETTLED_RELATIONS)


@DATABASES
@pytest.mark.parametrize("relation", METRIC_RELATIONS[:-1], ids=lambda relation: relation.name)
async def test_each_rollup_agrees_with_raw_events(
    which: str, golden_dsn: str, from_raw: dict[str, Answers], relation: Relation
) -> None:
    case = "a session" if relation.of_sessions else "neither days nor quarters"
    only = Relations((relation, RAW), CURVE_RELATIONS, (), ())
    question = Question(PARTNER, CASES[case].window, Table(EVERY), CASES[case].scope)
    assert f"from {relation.name} " in plan([question], only).sql
    if case not in from_raw:
        from_raw[case] = await answered(golden_dsn, CASES[case], FROM_RAW)
    assert not differences(await answered(which, CASES[case], only), from_raw[case])


@pytest.mark.parametrize("dimension", ["entry", "session", "user"])
async def test_any_two_metrics_agree_with_raw_events(scattered: str, golden_dsn: str, dimension: str) -> None:
    """What others are asked for decides how a metric is computed."""
    case = Asked(SEASON, pairs_by=dimension)
    expected = await answered(golden_dsn, case, FROM_RAW)
    assert not differences(await answered(scattered, case, RELATIONS), expected)


@pytest.mark.parametrize("dimension", SPLITS)
async def test_any_metric_alone_is_what_it_is_among_all(
    scattered: str, golden_dsn: str, from_raw: dict[str, Answers], dimension: str
) -> None:
    """Whatever is joined: tables of texts have columns of the same names as the rows that they are joined to."""
    if "whole season" not in from_raw:
        from_raw["whole season"] = await answered(golden_dsn, CASES["whole season"], FROM_RAW)
    expected = {key[1:]: number for key, number in from_raw["whole season"].items() if key[0] == dimension}
    found = await answered(scattered, Asked(SEASON, alone_by=dimension), RELATIONS)
    assert not differences({key[1:]: number for key, number in found.items()}, expected)


async def test_the_other_tenant_agrees_too(scattered: str, golden_dsn: str) -> None:
    case = CASES["neither days nor quarters"]
    expected = await answered(golden_dsn, case, FROM_RAW, 1002)
    assert not differences(await answered(scattered, case, RELATIONS, 1002), expected)
    assert expected["totals", None, "minutes_viewed"] > 0


async def test_rollups_are_made_anew_where_their_definition_is_another(
    make_database: Callable[[str | None], str], scattered: str, golden_dsn: str, aggregates: bool
) -> None:
    dsn = make_database(scattered)
    with psycopg.connect(dsn) as connection:
        connection.execute("update rollup_definition set fingerprint = 'of another version'")
    assert migrate(dsn) == ["rollups"]
    assert stale(dsn) == []
    assert aggregates or scattered_rows(dsn, ROLLUPS[0]) == 0
    assert not differences(await answers(dsn), await answers(golden_dsn))
