"""Turns the questions of a moment into one statement, and its rows into their answers.

All questions of a statement share tenant, window, filter and kind of scope (Question.statement); each different shape
among them becomes a part: a select of its own over rows that are read once. The tenant's predicate is put here, into
every segment that is read: $1 is the tenant in every statement. Only the statements of db/sql hold it themselves.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from db.filters import Arguments, condition, in_sessions, in_viewings_of, mixed_viewings, only_keys, within
from db.formulas import APART, APART_MEASURES, sql_type
from db.measures import USER_CHUNK, USER_SETS, VIEWS_DIGITS
from db.metrics import METRICS
from db.parts import Part, curve_part, keys_read, table_part
from db.question import Curve, Question, Range, Scope, Shape, Table
from db.relations import DAYS, GATE, KEYS, RAW, RELATIONS, Relation, Relations, Segment, segments

Row = Mapping[str, Any]
_COLUMN: Final = re.compile(r"\br\.(\w+)")


class Rows(list[Row]):
    """The rows of an answer. `row_count`: how many the whole breakdown has, of which these may be a page."""

    row_count: int = 0


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with its arguments, and the questions that it answers: each shape by one part or by several together."""

    sql: str
    args: Sequence[Any]
    questions: Sequence[Question]
    parts: Sequence[Part]
    numbers: Mapping[Shape, tuple[int, ...]]

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
        """The rows of several parts that hold different metrics of the same groups."""
        if len(pieces) == 1:
            return pieces[0][1]
        whole: dict[Any, dict[str, Any]] = {}
        for number, rows in pieces:
            for row in rows:
                values = whole.setdefault((tuple(row["keys"]), row["bucket"]), dict(row))
                values.update({name: row[name] for name in self.parts[number].metrics})
        return Rows(whole.values())


def plan(questions: Sequence[Question], relations: Relations = RELATIONS) -> Statement:
    """The one statement that answers these questions, which agree in Question.statement. Their window is not empty."""
    arguments = Arguments(questions[0].tenant)
    scopes = list(dict.fromkeys(question.scope for question in questions))
    sessions = in_sessions(scopes, questions[0].filter)
    relations = relations.of_sessions() if sessions else relations.beyond_sessions()
    where = f"{within(scopes, arguments)} and {condition(questions[0].filter, arguments)}"
    only = {name: only_keys(name, scopes, questions[0].filter) for name in ("user", "entry")}
    reader = _Reader(questions[0].window, where, only["user"], only["entry"], relations, arguments)
    asked: dict[Shape, list[Scope]] = {}
    for question in questions:
        asked.setdefault(question.shape, []).append(question.scope)
    parts: list[Part] = []
    numbers: dict[Shape, tuple[int, ...]] = {}
    for shape, its in asked.items():
        pieces = reader.pieces(shape, scopes[0])
        numbers[shape] = tuple(range(len(parts), len(parts) + len(pieces)))
        for number, piece in zip(numbers[shape], pieces, strict=True):
            parts.append(_part(piece, number, its, len(scopes), reader, arguments))
    ctes = [reader.source(parts, source) for source in dict.fromkeys(part.source for part in parts)]
    ctes += [cte for part in parts for cte in part.ctes]
    return Statement(f"with {', '.join([GATE, *ctes])} {_union(parts)}", arguments.values, questions, parts, numbers)


def _part(shape: Shape, number: int, asked: list[Scope], of: int, reader: "_Reader", arguments: Arguments) -> Part:
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
            return curve_part(scopes[0], of == 1, exact, reader.open(reader.relations.curves, ()), arguments)


@dataclass(slots=True)
class _Reader:
    """Where a statement's parts read: rows are read once for all parts that can read them from the same relations."""

    window: Range
    where: str
    users: Sequence[str] | None
    entries: Sequence[str] | None
    relations: Relations
    arguments: Arguments
    _opened: dict[str, tuple[Sequence[Relation], set[datetime]]] = field(default_factory=dict)

    def pieces(self, shape: Shape, scope: Scope) -> list[Shape]:
        """The shape, or two that together hold its metrics: what an audience serves, and what none does."""
        if isinstance(shape, Curve) or shape.page or self.relations_of(shape, scope)[0] in self.relations.audiences:
            return [shape]
        alone = {name: replace(shape, metrics=frozenset({name})) for name in shape.metrics}
        served = {name for name, one in alone.items() if not self.relations_of(one, scope)[0].of_users}
        return [replace(shape, metrics=frozenset(some)) for some in (served, shape.metrics - served) if some] or [shape]

    def apart(self, shape: Table) -> bool:
        """Whether heartbeats that were the first of their viewing add up: over whole UTC days, and what is left of one.

        Of the day within which the window begins all viewings are told apart, so it takes a whole one to be worth it.
        """
        whole = DAYS.up(self.window.start) < DAYS.down(self.window.end) and DAYS.divides_all(shape.buckets[1:])
        return whole and DAYS in self.relations.metrics

    def relations_of(self, shape: Table, scope: Scope) -> Sequence[Relation]:
        """Those that may serve a shape, coarsest first."""
        keys = keys_read(shape, scope, self.apart(shape)) | (set(_COLUMN.findall(self.where)) & set(KEYS))
        return self.relations.for_metrics(keys, (self.window.start, self.window.end), shape.buckets[1:]).metrics

    def open(self, relations: Sequence[Relation], cuts: Sequence[datetime]) -> str:
        """A name for where a part reads: the same for parts that the same relation may serve."""
        first = next(relation for relation in relations if relation.divides_all(cuts))
        self._opened.setdefault(f"rows_of_{first.name}", (relations, set()))[1].update(cuts)
        return f"rows_of_{first.name}"

    def source(self, parts: Sequence[Part], name: str) -> str:
        """The rows of these parts that read there."""
        columns = sorted({column for part in parts if part.source == name for column in part.reads})
        relations, cuts = self._opened[name]
        spans = segments(self.window.start, self.window.end, relations, sorted(cuts))
        reads = [self._read(segment, columns, relations[0].of_users) for segment in spans]
        if APART in columns:
            of_users = [relation for relation in relations if relation.of_users]
            again = segments(self.window.start, self.window.end, of_users, sorted(cuts))
            reads += [self._read_apart(segment, columns) for segment in again]
        # Rows of curves are wide: of many it takes longer to put them aside than to read them again.
        wide = self.users is None and all(part.others for part in parts if part.source == name)
        kind = "not materialized " if wide else ""
        return f"{name} as {kind}({' union all '.join([*reads, *self._guards(spans, len(columns))])})"

    def _guards(self, spans: Sequence[Segment], columns: int) -> Iterator[str]:
        """No row, but an error where what these segments read is kept no longer.

        Said apart, for a partition that is not there would take a condition of its own with it.
        """
        nothing = ", ".join("null" for _ in range(columns + 1))
        first: dict[str, datetime] = {}
        for segment in spans:
            if guard := segment.relation.guard:
                first[guard] = min(segment.start, first.get(guard, segment.start))
        for guard, moment in first.items():
            yield f"select {nothing} where not {guard}({self.arguments.add(moment, 'timestamptz')})"

    def _read(self, segment: Segment, columns: Sequence[str], of_users: bool) -> str:
        """A segment's rows of one tenant."""
        selected = {column: f"r.{column}" for column in ("bucket", *columns)}
        if not of_users and segment.relation.of_users:
            selected = {column: _by_chunk(column) for column in selected}
        if APART in selected:
            selected[APART] = f"0::bigint as {APART}"
        return self._select(segment, [*selected.values()])

    def _read_apart(self, segment: Segment, columns: Sequence[str]) -> str:
        """A segment's rows of viewings that have to be told apart, with what else does not add up."""
        told = ("bucket", *KEYS, *APART_MEASURES)
        selected = {column: f"r.{column}" if column in told else "null" for column in ("bucket", *columns)}
        if "user_chunk" in selected:
            selected["user_chunk"] = _by_chunk("user_chunk")
        selected[APART] = "r.viewing_key"
        rows = f"{self._select(segment, [f'r.{column}' for column in told])} and r.heartbeats > 0"
        source = f"({rows}) r"
        if segment.start >= DAYS.up(self.window.start):
            start, end = (self.arguments.add(moment, "timestamptz") for moment in (self.window.start, self.window.end))
            # Few of many, and each by its key: behind an offset the planner can't begin with the many.
            source = (
                f"({mixed_viewings(self.entries, start, end, self.arguments)}) v"
                f" cross join lateral ({rows} and r.viewing_key = v.viewing_key offset 0) r"
            )
        return f"select {', '.join(selected.values())} from {source}"

    def _select(self, segment: Segment, selected: Sequence[str]) -> str:
        start, end = (self.arguments.add(moment, "timestamptz") for moment in (segment.start, segment.end))
        where = self.where
        if segment.relation is RAW and self.users is not None:
            where = f"{where} and {in_viewings_of(self.users, start, end, self.arguments)}"
        return (
            f"select {', '.join(selected)} from {segment.relation.name} r where r.partner_id = $1"
            f" and r.bucket >= {start} and r.bucket < {end} and {where}"
        )


def _by_chunk(column: str) -> str:
    """A column of an audience, from a row of one user."""
    if column == "user_chunk":
        return f"r.{USER_CHUNK} as user_chunk"
    return f"{USER_SETS[column].expression} as {column}" if column in USER_SETS else f"r.{column}"


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
