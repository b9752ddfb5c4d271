"""Many questions, one statement: each gets the answer that it would get alone, and only its tenant's."""

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest

from db.metrics import PUBLIC
from db.plan import Rows, plan
from db.pool import Database
from db.question import And, Curve, Direction, KeyIn, Not, Or, Order, Page, Question, Range, Scope, Shape, Table
from db.relations import CURVE_RELATIONS, VIEWS
from tests.db.answers import SEASON, spans

SERVED = frozenset(metric.name for metric in PUBLIC)
VIEWED = Curve(("views",))
SOME = frozenset({"plays", "unique_viewers", "minutes_viewed", "average_completion_rate"})
SHAPES: list[Shape] = [
    Table(SERVED),
    Table(SOME, ("country",), page=Page(first=3)),
    Table(SOME, ("user",), page=Page(Order("minutes_viewed", Direction.ASC), first=5)),
    Table(frozenset({"reactions"}), ("reaction",), page=Page(Order("reactions"), first=10)),
    Table(SOME, buckets=spans(SEASON, timedelta(days=7))),
    Table(SOME, ("country", "device")),
    Table(SOME, search="unfindable"),
    Curve(),
    VIEWED,
    Curve(("viewers",)),
]


def content(question: Question, rows: Rows, columns: Iterable[str] | None = None) -> tuple[int, list[dict[str, Any]]]:
    """An answer without what only the statement needs, and the metrics that only others ask for."""
    besides = {"part", "scope", "beyond", "place"}
    kept = [{name: row[name] for name in columns or row if name not in besides} for row in map(dict, rows)]
    if isinstance(question.shape, Table) and question.shape.page is None:
        kept.sort(key=lambda row: (row["keys"], str(row["bucket"])))
    return rows.row_count, [
        {name: pytest.approx(value) if isinstance(value, float) else value for name, value in row.items()}
        for row in kept
    ]


async def answered(database: Database, questions: list[Question]) -> list[Rows]:
    """The answers by one statement."""
    statement = plan(questions)
    return statement.split(await database.rows(statement.sql, *statement.args))


async def keys_of(database: Database, dimension: str, tenant: int = 1001) -> list[str]:
    """Every key of a dimension that has events."""
    (rows,) = await answered(database, [Question(tenant, SEASON, Table(frozenset({"plays"}), (dimension,)))])
    return [row["keys"][0] for row in rows]


async def test_fifty_entries_with_totals_are_one_statement(database: Database) -> None:
    keys = [*await keys_of(database, "entry"), *(f"no-{number}" for number in range(50))][:50]
    questions = [Question(1001, SEASON, Table(SERVED), (("entry", key),)) for key in keys]
    before = database.statements
    together = await answered(database, questions)
    assert database.statements - before == 1
    for question, rows in zip(questions, together, strict=True):
        alone = (await answered(database, [question]))[0]
        assert [row["plays"] for row in rows] == [row["plays"] for row in alone]
        assert [row["unique_viewers"] for row in rows] == [row["unique_viewers"] for row in alone]
        assert [row["minutes_viewed"] for row in rows] == pytest.approx([row["minutes_viewed"] for row in alone])
    assert sum(row["plays"] for rows in together for row in rows) > 0


@pytest.mark.parametrize(
    "scopes",
    [
        [()],
        [(("entry", "v-mid"),), (("entry", "live-1"),), (("entry", "nothing"),)],
        [(("country", "US"), ("region", "California")), (("country", "DE"), ("region", "Unknown"))],
        [(("user", "u01"),)],
        [(("user", "u01"),), (("user", "Unknown"),)],
    ],
)
async def test_shapes_and_scopes_side_by_side_answer_as_alone(database: Database, scopes: list[Scope]) -> None:
    wanted = Or((KeyIn("playback_type", ("vod", "live")), Not(And((KeyIn("device", ("Desktop",)),)))))
    questions = [Question(1001, SEASON, shape, scope, wanted) for scope in scopes for shape in SHAPES]
    together = await answered(database, questions)
    for question, rows in zip(questions, together, strict=True):
        (alone,) = await answered(database, [question])
        expected = content(question, alone)
        assert content(question, rows, expected[1][0] if expected[1] else None) == expected, question


async def test_a_statement_reads_one_tenant_only(database: Database) -> None:
    assert await keys_of(database, "entry", 1003) == []
    for shape in SHAPES:
        statement = plan([Question(1003, SEASON, shape, (("entry", "v-mid"),), KeyIn("user", ("u01",)))])
        assert statement.args[0] == 1003
        assert not [row for row in await database.rows(statement.sql, *statement.args) if row["scope"] != ["v-mid"]]
        assert statement.split(await database.rows(statement.sql, *statement.args)) == [Rows()]


@pytest.mark.parametrize("scopes", [[()], [(("entry", "v-mid"),)], [(("entry", "v-mid"),), (("entry", "v-long"),)]])
def test_views_by_entry_are_read_without_users(scopes: list[Scope]) -> None:
    views, both = (_read([Question(1001, SEASON, shape, scope) for scope in scopes]) for shape in (VIEWED, Curve()))
    days = CURVE_RELATIONS[0].name
    assert VIEWS.name in views
    assert days not in views
    assert {VIEWS.name, days} <= both


@pytest.mark.parametrize(
    "question",
    [
        Question(1001, SEASON, VIEWED, (("user", "u01"),)),
        Question(1001, SEASON, VIEWED, (("entry", "v-mid"), ("country", "US"))),
        Question(1001, SEASON, VIEWED, filter=KeyIn("device", ("Desktop",))),
        Question(1001, Range(SEASON.start, SEASON.start + timedelta(hours=23)), VIEWED),
    ],
)
def test_views_in_need_of_more_are_not(question: Question) -> None:
    assert VIEWS.name not in _read([question])


def _read(questions: list[Question]) -> set[str]:
    """The relations that a statement reads."""
    return set(re.findall(r"from (\w+) r where", plan(questions).sql))
