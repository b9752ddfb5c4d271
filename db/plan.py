"""Turns the questions of a moment into one statement, and its rows into their answers.

All questions of a statement share tenant, window, filter and kind of scope (Question.statement); each different shape
among them becomes a part (db/parts.py): a select of its own over rows that are read once (db/reader.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from db.codes import UNKNOWN
from db.filters import Arguments, condition, in_sessions, only_keys, within
from db.formulas import sql_type
from db.measures import VIEWS_DIGITS
from db.metrics import METRICS
from db.parts import Part, curve_part, table_part
from db.question import Curve, Question, Scope, Shape, Table
from db.reader import Reader
from db.relations import GATE, RELATIONS, SETTLED, Relations

Row = Mapping[str, Any]
_LEADING: Final = ("p.scope", "p.keys", "p.bucket", "p.row_count", "p.beyond", "p.place")
_UNSETTLED: Final = -1
"""The number of a part that only says that the statement does not answer."""


class Rows(list[Row]):
    """The rows of an answer. `row_count`: how many the whole breakdown has, of which these may be a page."""

    row_count: int = 0


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with its arguments, and the questions that it answers: each shape by one part or by several together.

    Shapes may share parts. `plan_once`: it is about one person, whose few rows are found by key.
    """

    sql: str
    args: Sequence[Any]
    questions: Sequence[Question]
    parts: Sequence[Part]
    numbers: Mapping[Shape, tuple[int, ...]]
    plan_once: bool

    def answers(self, rows: Sequence[Mapping[str, Any]]) -> bool:
        """Whether these rows answer: something may wait to be rolled up, of which what is settled knows nothing."""
        return all(row["part"] != _UNSETTLED for row in rows)

    def split(self, rows: Sequence[Mapping[str, Any]]) -> list[Rows]:
        """The answers to the questions, in their order, from the statement's rows."""
        answers: dict[tuple[int, tuple[str, ...]], Rows] = {}
        for row in rows:
            answer = answers.setdefault((row["part"], tuple(row["scope"])), Rows())
            answer.row_count = row["row_count"] or 0
            if not row["beyond"]:
                answer.append(row)
        return [
            _served(
                question,
                self._joined(
                    [(n, answers.get((n, _keys(question.scope)), Rows())) for n in self.numbers[question.shape]]
                ),
            )
            for question in self.questions
        ]

    def _joined(self, pieces: Sequence[tuple[int, Rows]]) -> Rows:
        """The rows of several parts that hold different columns of the same groups."""
        if len(pieces) == 1:
            return pieces[0][1]
        whole: dict[Any, dict[str, Any]] = {}
        for number, rows in pieces:
            for row in rows:
                values = whole.setdefault((tuple(row["keys"]), row["bucket"]), dict(row))
                part = self.parts[number]
                values.update({name: row[name] for name in part.metrics | part.others})
        return Rows(whole.values())


def plan(questions: Sequence[Question], relations: Relations = RELATIONS) -> Statement:
    """The one statement that answers these questions, which agree in Question.statement. Their window is not empty.

    Of `relations` once settled it may not answer (Statement.answers): then others do.
    """
    scopes = list(dict.fromkeys(question.scope for question in questions))
    only = {name: only_keys(name, scopes, questions[0].filter) for name in ("user", "entry")}
    plan_once = len(only["user"] or ()) == 1 and only["user"] != (UNKNOWN,)
    arguments = Arguments(questions[0].tenant, plan_once)
    sessions = in_sessions(scopes, questions[0].filter)
    relations = relations.of_sessions() if sessions else relations.beyond_sessions()
    where = f"{within(scopes, arguments)} and {condition(questions[0].filter, arguments)}"
    reader = Reader(questions[0].window, where, only["user"], only["entry"], relations, arguments)
    pieces = {shape: reader.pieces(shape, scopes[0]) for shape in dict.fromkeys(each.shape for each in questions)}
    asked: dict[Shape, list[Scope]] = {}
    for question in questions:
        for piece in pieces[question.shape]:
            asked.setdefault(piece, []).append(question.scope)
    places = {piece: number for number, piece in enumerate(asked)}
    numbers = {shape: tuple(places[piece] for piece in its) for shape, its in pieces.items()}
    parts = [_part(piece, places[piece], its, len(scopes), reader, arguments) for piece, its in asked.items()]
    ctes = [reader.source(parts, source) for source in dict.fromkeys(part.source for part in parts)]
    ctes += [cte for part in parts for cte in part.ctes]
    begins = [GATE]
    if reader.settled:
        start, end = (arguments.add(moment, "timestamptz") for moment in (reader.window.start, reader.window.end))
        begins.append(SETTLED.format(start=start, end=end))
    sql = f"with {', '.join([*begins, *ctes])} {_union(parts, reader.settled)}"
    return Statement(sql, arguments.values, questions, parts, numbers, plan_once)


def _part(shape: Shape, number: int, asked: list[Scope], of: int, reader: Reader, arguments: Arguments) -> Part:
    scopes = list(dict.fromkeys(asked))
    # Paths of several dimensions let combinations through that nobody asked for.
    exact = scopes if len(scopes) < of or len(scopes[0]) > 1 else scopes[:1] if not scopes[0] else None
    match shape:
        case Table():
            reads = reader.relations_of(shape, scopes[0])
            source = reader.open(reads, shape.buckets[1:])
            apart = reader.apart(shape)
            return table_part(shape, number, scopes[0], of == 1, exact, source, reads[0].of_users, apart, arguments)
        case Curve():
            source = reader.open(reader.relations_of_curve(shape), ())
            return curve_part(shape, scopes[0], of == 1, exact, source, reader.users is not None, arguments)


def _union(parts: Sequence[Part], settled: bool) -> str:
    """The parts one after the other; a metric that a part does not hold is null there."""
    metrics = sorted({metric for part in parts for metric in part.metrics})
    columns = [(name, sql_type(METRICS[name])) for name in metrics]
    if any(part.others for part in parts):
        columns += [("views", "numeric"), ("viewers", "bigint[]")]
    selects = []
    for number, part in enumerate(parts):
        has = part.metrics | part.others
        given = [f"p.{name}" if name in has else f"null::{type_} as {name}" for name, type_ in columns]
        selects.append(f"(select {', '.join([f'{number} as part', *_LEADING, *given])} from ({part.sql}) p)")
    if settled:
        nothing = ", ".join("null" for _ in (*_LEADING, *columns))
        selects.append(f"select {_UNSETTLED}, {nothing} where not (select it from settled)")
    return " union all ".join(selects)


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
