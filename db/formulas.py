"""Metrics as SQL, in two steps: sums by group and by the keys to be told apart, then the metrics of each group.

The first step sums measures once for each group and once for each group and distinct key (users, viewing sessions,
entries …), all in one pass by grouping sets. The second counts those keys whose sums are above 0 and puts the sums
together. A key that the rows are grouped by anyway needs no set of its own. Of a single set the first step makes no
other rows, for they add up to the groups; where there is none, each row is a group, and the second step adds nothing.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Self, assert_never

from db.measures import MEASURES, USER_SETS, users_of
from db.metrics import METRICS, Distinct, DurationSeconds, Formula, Metric, Net, Only, Ratio, Seen, SeenSeconds, Sum

_COUNTED_KEYS: Final = {
    "entry_key": "{key} <> 0",
    "session_key": "{key} in (select session_key from sessions where partner_id = $1 and known)",
    "poll_key": "{key} <> 0",
    "attachment_key": "{key} <> 0",
    "viewing_key": "{key} > 0",
}
"""Which keys are counted at all; others always are. (User 0 is one: all the anonymous together.)"""

_CHUNK: Final = "user_chunk"

APART: Final = "apart_key"
"""Of rows that stand beside the others because their viewing has to be told apart: its key; of the others 0."""

APART_MEASURES: Final = ("coverage", "first_seen", "first_heartbeats")
"""What such rows hold; all else was counted in the others already."""

_SET: Final = re.compile(r"\{set of \w*\}")
_COVERAGE: Final = Sum("coverage")
_VOD_HEARTBEATS: Final = Sum("heartbeats", Only.VOD)


def sql_type(metric: Metric) -> str:
    """The type that a metric is served in."""
    return "bigint" if metric.unit.whole else "float8"


@dataclass(slots=True)
class Sums:
    """The first step: which sums are taken, over which sets of keys. Rendering metrics fills it.

    `grouped`: key columns that the rows are grouped by, with the group column that holds each. `of_users`: rows are
    of one user each, not of a chunk of them. `apart`: viewings that can't be added up are there a second time, told
    apart. `by_row`: there are no sets, so each of its rows is a group.
    """

    grouped: dict[str, str]
    of_users: bool = True
    apart: bool = False
    by_row: bool = False
    taken: dict[Sum, str] = field(default_factory=dict)
    sets: list[str] = field(default_factory=list)
    _of_groups: bool = False

    @classmethod
    def rendered(
        cls, metrics: Sequence[Metric], grouped: dict[str, str], of_users: bool, apart: bool
    ) -> tuple[Self, list[str]]:
        """The first step for these metrics, and each of them as an expression over its rows."""
        sums = cls(grouped, of_users, apart)
        values = [render(metric, sums) for metric in metrics]
        if not sums.sets:
            sums = cls(grouped, of_users, apart, by_row=True)
            values = [render(metric, sums) for metric in metrics]
        return sums, values

    def of(self, wanted: Sum) -> str:
        """The column that holds this sum."""
        return self.taken.setdefault(wanted, f"a{len(self.taken)}")

    def set_of(self, key: str) -> str:
        """A condition that holds for the first step's rows of this key."""
        if key in self.grouped:
            self._of_groups = True
            return self.whole()
        if key not in self.sets:
            self.sets.append(key)
        return f"{{set of {key}}}"

    @property
    def by_one_key(self) -> bool:
        """Whether there is one set, and nothing that asks for rows of whole groups but sums, which add up over it."""
        return len(self.sets) == 1 and not self._of_groups

    def whole(self) -> str:
        """A condition that holds for the first step's rows of whole groups."""
        return "{set of }"

    def add(self, value: str, condition: str) -> str:
        """The value of a group's rows for which this holds, added up; null where there are none."""
        return f"case when {condition} then {value} end" if self.by_row else f"sum({value}) filter (where {condition})"

    def count(self, condition: str) -> str:
        """How many of a group's rows this holds for."""
        return f"case when {condition} then 1 else 0 end" if self.by_row else f"count(*) filter (where {condition})"

    def key(self, key: str) -> str:
        """The column of the first step that holds this key."""
        return f"i.{self.grouped.get(key, key)}"

    def resolve(self, sql: str) -> str:
        """The second step's text, once all sets are known."""
        if not self.sets or self.by_one_key:
            return _SET.sub("true", sql)
        everything = 2 ** len(self.sets) - 1
        sql = sql.replace("{set of }", f"i.level = {everything}")
        for place, key in enumerate(reversed(self.sets)):
            sql = sql.replace(f"{{set of {key}}}", f"i.level = {everything - 2**place}")
        return sql

    def columns(self) -> list[str]:
        """The first step's sums as select items."""
        return [f"{_aggregate(wanted)} as {name}" for wanted, name in self.taken.items()]

    def measures(self) -> set[str]:
        """The measures that the first step reads."""
        return {wanted.measure for wanted in self.taken}

    def uses_recording(self) -> bool:
        """Whether it must know which entries are recordings."""
        return any(wanted.only in (Only.RECORDING, Only.ON_DEMAND) for wanted in self.taken)


def _aggregate(wanted: Sum) -> str:
    only = f" filter (where {wanted.only})" if wanted.only else ""
    measure = MEASURES.get(wanted.measure) or USER_SETS[wanted.measure]
    return f"{measure.aggregate}(r.{measure.name}){only}"


def render(metric: Metric, sums: Sums) -> str:
    """The metric as an aggregate over the first step's rows `i` of a group (entries joined as `d`)."""
    return f"({_render(metric.formula, sums)})::{sql_type(metric)}"


def _render(formula: Formula, sums: Sums) -> str:
    match formula:
        case Sum(_, _, divisor):
            total = f"coalesce({_whole(formula, sums)}, 0)"
            return total if divisor == 1 else f"{total} / {divisor}"
        case Net(plus, minus):
            return f"greatest(coalesce({_whole(plus, sums)}, 0) - coalesce({_whole(minus, sums)}, 0), 0)"
        case Distinct("user_key", counting) if not sums.of_users:
            users = Sum(users_of(counting.measure), counting.only)
            return f"coalesce({sums.add(f'bit_count(i.{sums.of(users)})', sums.set_of(_CHUNK))}, 0)"
        case Distinct("viewing_key", Sum("heartbeats", None)) if sums.apart:
            told = f"case when {sums.key(APART)} > 0 then 1 else 0 end"
            return f"coalesce({_apart(told, Sum('first_heartbeats'), sums)}, 0)"
        case Distinct(key, counting):
            counted = _COUNTED_KEYS.get(key, "true").format(key=sums.key(key))
            return sums.count(f"{sums.set_of(key)} and i.{sums.of(counting)} > 0 and {counted}")
        case Seen() if sums.apart:
            told = f"bit_count(coalesce(i.{sums.of(_COVERAGE)}, B'0'))"
            return f"coalesce({_apart(told, Sum('first_seen'), sums)}, 0)::float8 / 100"
        case Seen():
            seen = sums.add(f"bit_count(i.{sums.of(_COVERAGE)})", sums.set_of("viewing_key"))
            return f"coalesce({seen}, 0)::float8 / 100"
        case SeenSeconds():
            seen = f"d.duration_seconds * bit_count(i.{sums.of(_COVERAGE)}) / 100"
            return f"coalesce({sums.add(seen, _lasting(sums))}, 0)"
        case DurationSeconds():
            return f"coalesce({sums.add('d.duration_seconds', _lasting(sums))}, 0)"
        case Ratio(top, bottom, at_most):
            above, below = render(METRICS[top], sums), render(METRICS[bottom], sums)
            ratio = f"{above} / nullif({below}::float8, 0)"
            # `least` takes a null for nothing: the condition keeps a ratio of nothing null.
            return ratio if at_most is None else f"case when {below} <> 0 then least({at_most}, {ratio}) end"
        case _:
            assert_never(formula)


def _apart(told: str, firsts: Sum, sums: Sums) -> str:
    """What heartbeats were the first of their viewing at, added up; of viewings told apart what is told instead."""
    added = f"coalesce(i.{sums.of(firsts)}, 0)"
    of_row = f"case when {sums.key(APART)} = 0 then {added} else {told} - {added} end"
    return sums.add(of_row, sums.set_of(APART))


def _whole(wanted: Sum, sums: Sums) -> str:
    return sums.add(f"i.{sums.of(wanted)}", sums.whole())


def _lasting(sums: Sums) -> str:
    watched = f"i.{sums.of(_VOD_HEARTBEATS)} > 0"
    return f"{sums.set_of('entry_key')} and d.duration_seconds > 0 and {watched}"


def needs_durations(metrics: Iterable[Metric]) -> bool:
    """Whether any of them weighs entries by duration."""
    return any(
        isinstance(part.formula, SeenSeconds | DurationSeconds) for metric in metrics for part in _parts_of(metric)
    )


def _parts_of(metric: Metric) -> list[Metric]:
    if isinstance(metric.formula, Ratio):
        return [*_parts_of(METRICS[metric.formula.top]), *_parts_of(METRICS[metric.formula.bottom])]
    return [metric]


def keys_of(metrics: Iterable[Metric], apart: bool) -> set[str]:
    """The keys that rows must have to give these metrics; users go without, where rows have sets of them."""
    sums = Sums({}, of_users=False, apart=apart)
    for metric in metrics:
        render(metric, sums)
    return set(sums.sets) - {_CHUNK, APART} | read_besides(sums)


def read_besides(sums: Sums) -> set[str]:
    """Keys that conditions on sums need."""
    return ({"playback"} if any(wanted.only for wanted in sums.taken) else set()) | (
        {"entry_key"} if sums.uses_recording() else set()
    )
