"""Where a statement reads: which relations serve its parts, and the selects of their rows, segment by segment.

The tenant's predicate is put here, into every segment: $1 is the tenant in every statement. Only the statements of
db/sql hold it themselves.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from db.filters import Arguments, in_viewings_of, mixed_viewings
from db.formulas import APART, APART_MEASURES
from db.measures import USER_CHUNK, USER_SETS
from db.parts import Part, keys_read
from db.question import Curve, Range, Scope, Shape, Table
from db.relations import DAYS, KEYS, RAW, Relation, Relations, Segment, segments

_COLUMN: Final = re.compile(r"\br\.(\w+)")


@dataclass(slots=True)
class Reader:
    """Where a statement's parts read: rows are read once for all parts that can read them from the same relations."""

    window: Range
    where: str
    users: Sequence[str] | None
    entries: Sequence[str] | None
    relations: Relations
    arguments: Arguments
    _opened: dict[str, tuple[Sequence[Relation], set[datetime]]] = field(default_factory=dict)
    _spans: dict[str, list[Segment]] = field(default_factory=dict)

    def pieces(self, shape: Shape, scope: Scope) -> list[Shape]:
        """The shape, or two that together hold what it asks for: what an audience may serve, and what none does."""
        if isinstance(shape, Curve):
            return [Curve((given,)) for given in shape.gives]
        if shape.page or self.relations_of(shape, scope)[0] in self.relations.audiences:
            return [shape]
        alone = {name: replace(shape, metrics=frozenset({name})) for name in shape.metrics}
        served = {name for name, one in alone.items() if not self.relations_of(one, scope)[0].of_users}
        return [replace(shape, metrics=frozenset(some)) for some in (served, shape.metrics - served) if some] or [shape]

    def apart(self, shape: Table) -> bool:
        """Whether heartbeats that were the first of their viewing add up: over whole UTC days, and what is left of one.

        Of the day within which the window begins all viewings are told apart, so it takes a whole one to be worth it.
        """
        whole = DAYS.up(self.window.start) < DAYS.down(self.window.end) and DAYS.divides_all(shape.buckets[1:])
        return whole and self.relations.metrics[0].grain == DAYS.grain

    def relations_of(self, shape: Table, scope: Scope) -> Sequence[Relation]:
        """Those that may serve a shape, coarsest first."""
        keys = keys_read(shape, scope, self.apart(shape)) | self._keys_of_conditions
        return self.relations.for_metrics(keys, (self.window.start, self.window.end), shape.buckets[1:]).metrics

    def relations_of_curve(self, shape: Curve) -> Sequence[Relation]:
        """The same of a curve: its scopes are among the conditions."""
        if "viewers" in shape.gives:
            return self.relations.curves
        return self.relations.for_views(self._keys_of_conditions, (self.window.start, self.window.end))

    @property
    def _keys_of_conditions(self) -> set[str]:
        return set(_COLUMN.findall(self.where)) & set(KEYS)

    def open(self, relations: Sequence[Relation], cuts: Sequence[datetime]) -> str:
        """A name for where a part reads: the same for parts that the same relation may serve."""
        first = next(relation for relation in relations if relation.divides_all(cuts))
        self._opened.setdefault(f"rows_of_{first.name}", (relations, set()))[1].update(cuts)
        return f"rows_of_{first.name}"

    @property
    def settled(self) -> bool:
        """Whether anything that was opened lacks what is not rolled up yet."""
        return any(segment.relation.settled for name in self._opened for segment in self._segments(name))

    def _segments(self, name: str) -> list[Segment]:
        """Those of what was opened under a name, once all parts are: of a timeline's many cuts found once."""
        if name not in self._spans:
            relations, cuts = self._opened[name]
            self._spans[name] = segments(self.window.start, self.window.end, relations, sorted(cuts))
        return self._spans[name]

    def source(self, parts: Sequence[Part], name: str) -> str:
        """The rows of these parts that read there."""
        columns = sorted({column for part in parts if part.source == name for column in part.reads})
        relations, cuts = self._opened[name]
        spans = self._segments(name)
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
        if self.settled:
            # Raw events neither: who does not answer must not read, or keep for later pages, what there is.
            where = f"(select it from settled) and {where}"
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
