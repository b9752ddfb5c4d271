"""Turns the questions of a moment into one statement, and its rows into their answers.

All questions of a statement share tenant, window, filter and kind of scope (Question.statement); each different shape
among them becomes a part: a select of its own over rows that are read once. The tenant's predicate is put here, into
every segment that is read: $1 is the tenant in every statement. Only the statements of db/sql hold it themselves.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from db.filters import Arguments, condition, in_sessions, in_viewings_of, only_keys, within
from db.formulas import sql_type
from db.measures import VIEWS_DIGITS
from db.metrics import METRICS
from db.parts import Part, curve_part, table_part
from db.question import Curve, Question, Scope, Shape, Table
from db.relations import RAW, RELATIONS, Relations, Segment, segments

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


def plan(questions: Sequence[Question], relations: Relations = RELATIONS) -> Statement:
    """The one statement that answers these questions, which agree in Question.statement. Their window is not empty."""
    arguments = Arguments(questions[0].tenant)
    scopes = list(dict.fromkeys(question.scope for question in questions))
    if not in_sessions(scopes, questions[0].filter):
        relations = relations.beyond_sessions()
    shapes: dict[Shape, list[Scope]] = {}
    for question in questions:
        shapes.setdefault(question.shape, []).append(question.scope)
    parts = [_part(shape, asked, len(scopes), _source(shape, relations), arguments) for shape, asked in shapes.items()]
    ctes = _sources(questions, list(shapes), parts, relations, arguments)
    ctes += [cte for part in parts for cte in part.ctes]
    return Statement(
        f"with {', '.join(ctes)} {_union(parts)}",
        arguments.values,
        questions,
        {shape: number for number, shape in enumerate(shapes)},
    )


def _part(shape: Shape, asked: list[Scope], of: int, source: str, arguments: Arguments) -> Part:
    scopes = list(dict.fromkeys(asked))
    # Paths of several dimensions let combinations through that nobody asked for.
    exact = scopes if len(scopes) < of or len(scopes[0]) > 1 else scopes[:1] if not scopes[0] else None
    match shape:
        case Table():
            return table_part(shape, scopes[0], of == 1, exact, source, arguments)
        case Curve():
            return curve_part(scopes[0], of == 1, exact, source, arguments)


def _sources(
    questions: Sequence[Question],
    shapes: Sequence[Shape],
    parts: Sequence[Part],
    relations: Relations,
    arguments: Arguments,
) -> list[str]:
    """The rows that the parts read: once for all parts that can read them from the same relations."""
    scopes = list(dict.fromkeys(question.scope for question in questions))
    where = f"{within(scopes, arguments)} and {condition(questions[0].filter, arguments)}"
    users = only_keys("user", scopes, questions[0].filter)
    ctes = []
    for source in dict.fromkeys(part.source for part in parts):
        mine = [(shape, part) for shape, part in zip(shapes, parts, strict=True) if part.source == source]
        columns = sorted({column for _, part in mine for column in part.reads})
        cuts = [cut for shape, _ in mine if isinstance(shape, Table) for cut in shape.buckets[1:]]
        kept = relations.curves if isinstance(mine[0][0], Curve) else relations.metrics
        window = questions[0].window
        spans = segments(window.start, window.end, kept, cuts)
        reads = [_read(segment, columns, where, users, arguments) for segment in spans]
        ctes.append(f"{source} as ({' union all '.join(reads)})")
    return ctes


def _source(shape: Shape, relations: Relations) -> str:
    """A name for where a part reads: the same for parts that the same relation may serve."""
    if isinstance(shape, Curve):
        return "curve_rows"
    usable = (relation for relation in relations.metrics if all(relation.divides(cut) for cut in shape.buckets[1:]))
    return f"rows_of_{next(usable).name}"


def _read(
    segment: Segment, columns: Sequence[str], where: str, users: Sequence[str] | None, arguments: Arguments
) -> str:
    """A segment's rows of one tenant."""
    start, end = (arguments.add(moment, "timestamptz") for moment in (segment.start, segment.end))
    if segment.relation is RAW and users is not None:
        where = f"{where} and {in_viewings_of(users, start, end, arguments)}"
    selected = ", ".join(f"r.{column}" for column in ("bucket", *columns))
    return (
        f"select {selected} from {segment.relation.name} r where r.partner_id = $1"
        f" and r.bucket >= {start} and r.bucket < {end} and {where}"
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
                f"{number} as part, p.scope, p.keys, p.bucket, p.row_count, p.beyond, p.place",
                *(
                    f"p.{name}" if name in part.metrics or name in part.others else f"null::{type_} as {name}"
                    for name, type_ in columns
                ),
            ]
        )
        + f" from ({part.sql}) p)"
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
