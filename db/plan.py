"""Turns the questions of a moment into one statement, and its rows into their answers.

All questions of a statement share tenant, window, filter and kind of scope (Question.statement); each different shape
among them becomes a part: a select of its own over rows that are read once. The tenant's predicate is put here, into
every segment that is read, and nowhere else: $1 is the tenant in every statement.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from db.filters import Arguments, condition, within
from db.formulas import sql_type
from db.measures import VIEWS_DIGITS
from db.metrics import METRICS
from db.parts import Part, curve_part, table_part
from db.question import Curve, Question, Scope, Shape, Table
from db.relations import CURVE_RELATIONS, METRIC_RELATIONS, Relation, segments

Row = Mapping[str, Any]


class Rows(list[Row]):
    """The rows of an answer. `row_count`: how many the whole breakdown has, of which these may be a page."""

    row_count: int = 0


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with its arguments, and the questions that it answers."""

    sql: str
    args: Sequence[Any]
    questions: Sequence[Question]
    parts: Mapping[Shape, int]

    def split(self, rows: Sequence[Mapping[str, Any]]) -> list[Rows]:
        """The answers to the questions, in their order, from the statement's rows."""
        answers: dict[tuple[int, tuple[str, ...]], Rows] = {}
        for row in rows:
            answer = answers.setdefault((row["part"], tuple(row["scope"])), Rows())
            answer.row_count = row["row_count"] or 0
            if not row["beyond"]:
                answer.append(row)
        return [
            _served(question, answers.get((self.parts[question.shape], _keys(question.scope)), Rows()))
            for question in self.questions
        ]


def plan(questions: Sequence[Question]) -> Statement:
    """The one statement that answers these questions, which agree in Question.statement."""
    arguments = Arguments(questions[0].tenant)
    scopes = list(dict.fromkeys(question.scope for question in questions))
    shapes: dict[Shape, list[Scope]] = {}
    for question in questions:
        shapes.setdefault(question.shape, []).append(question.scope)
    parts = [_part(shape, asked, len(scopes), arguments) for shape, asked in shapes.items()]
    where = f"{within(scopes, arguments)} and {condition(questions[0].filter, arguments)}"
    ctes = _sources(questions[0], shapes, parts, where, arguments)
    return Statement(
        f"with {', '.join(ctes)} {_union(parts)}",
        arguments.values,
        questions,
        {shape: number for number, shape in enumerate(shapes)},
    )


def _part(shape: Shape, asked: list[Scope], of: int, arguments: Arguments) -> Part:
    scopes = list(dict.fromkeys(asked))
    # Paths of several dimensions let combinations through that nobody asked for.
    exact = scopes if len(scopes) < of or len(scopes[0]) > 1 else scopes[:1] if not scopes[0] else None
    match shape:
        case Table():
            return table_part(shape, scopes[0], exact, arguments)
        case Curve():
            return curve_part(scopes[0], exact, arguments)


def _sources(
    question: Question, shapes: Mapping[Shape, list[Scope]], parts: Sequence[Part], where: str, arguments: Arguments
) -> list[str]:
    """The rows that the parts read, once for metrics and once for curves."""
    ctes = []
    for name, kind, relations in (("metric_rows", Table, METRIC_RELATIONS), ("curve_rows", Curve, CURVE_RELATIONS)):
        mine = [(shape, part) for shape, part in zip(shapes, parts, strict=True) if isinstance(shape, kind)]
        if mine:
            columns = sorted({column for _, part in mine for column in part.reads})
            cuts = [cut for shape, _ in mine if isinstance(shape, Table) for cut in shape.buckets[1:]]
            ctes.append(f"{name} as ({_read(question, relations, columns, cuts, where, arguments)})")
    return ctes


def _read(
    question: Question,
    relations: Sequence[Relation],
    columns: Sequence[str],
    cuts: Sequence[Any],
    where: str,
    arguments: Arguments,
) -> str:
    """The window's rows of one tenant, from the coarsest relations that answer exactly."""
    window = question.window
    selected = ", ".join(f"r.{column}" for column in ("bucket", *columns))
    return (
        " union all ".join(
            f"select {selected} from {segment.relation.name} r where r.partner_id = $1"
            f" and r.bucket >= {arguments.add(segment.start, 'timestamptz')}"
            f" and r.bucket < {arguments.add(segment.end, 'timestamptz')} and {where}"
            for segment in segments(window.start, window.end, relations, cuts)
        )
        or f"select {selected} from {relations[-1].name} r where false"
    )


def _union(parts: Sequence[Part]) -> str:
    """The parts one after the other; a metric that a part does not hold is null there."""
    metrics = sorted({metric for part in parts for metric in part.metrics})
    columns = [(name, sql_type(METRICS[name])) for name in metrics]
    if any("views" in part.others for part in parts):
        columns += [("views", "numeric"), ("viewers", "bigint[]")]
    return " union all ".join(
        "(select "
        + ", ".join(
            [
                f"{number} as part, p.scope, p.keys, p.bucket, p.row_count, p.beyond",
                *(
                    f"p.{name}" if name in part.metrics or name in part.others else f"null::{type_} as {name}"
                    for name, type_ in columns
                ),
            ]
        )
        + f" from ({part.sql}) p{part.order})"
        for number, part in enumerate(parts)
    )


def _keys(scope: Scope) -> tuple[str, ...]:
    return tuple(key for _, key in scope)


def _served(question: Question, rows: Rows) -> Rows:
    """The answer in the form that its shape promises."""
    if isinstance(question.shape, Curve):
        return Rows({"views": _digits(row["views"]), "viewers": row["viewers"]} for row in rows)
    if question.shape.buckets:
        starts = question.shape.buckets
        for row in rows:
            assert row["bucket"] is not None
        return Rows(_Bucketed(row, starts[row["bucket"] - 1]) for row in rows)
    return rows


class _Bucketed(dict[str, Any]):
    """A timeline's row, with the start of its bucket instead of the bucket's number."""

    def __init__(self, row: Mapping[str, Any], start: Any) -> None:
        super().__init__(row)
        self["bucket"] = start


def _digits(views: Any) -> list[int]:
    """The hundred counts that the number `views` is made of, percentile 1 first."""
    rest, base, counts = int(views or 0), 10**VIEWS_DIGITS, []
    for _ in range(100):
        rest, count = divmod(rest, base)
        counts.append(count)
    return counts
