"""The selects that a statement is made of: one for each shape that is asked.

Every part gives the same leading columns: `scope` and `keys` as texts, `bucket` (number of the timeline's bucket),
`row_count`, `beyond` (a row that only carries the count, not one of the page) and `place`, then its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import assert_never

from db.dimensions import DIMENSIONS, Joined, Labels, Plain
from db.filters import Arguments, found
from db.formulas import Sums, keys_of, needs_durations, read_besides
from db.metrics import METRICS
from db.paging import paged
from db.question import Curve, Scope, Table
from db.relations import KEYS


@dataclass(frozen=True, slots=True)
class Part:
    """A select as text, the columns it reads of its source, and what it gives beside the leading columns."""

    sql: str
    source: str
    reads: frozenset[str]
    metrics: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()
    ctes: tuple[str, ...] = ()


@dataclass(slots=True)
class _Groups:
    """What rows are grouped by: one column each, its expression over `r`, its joins, and its text afterwards."""

    items: list[str] = field(default_factory=list)
    joins: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    grouped: dict[str, str] = field(default_factory=dict)
    reads: set[str] = field(default_factory=set)
    only: list[str] = field(default_factory=list)

    def add(self, dimension: str, only: str | None = None) -> None:
        """One more column to group by. `only`: the one text that all rows have, which need not be looked up."""
        name = f"g{len(self.items)}"
        source = DIMENSIONS[dimension].source
        match source:
            case Plain(column):
                self.items.append(f"r.{column} as {name}")
                self.grouped[column] = name
            case Joined() if only is not None:
                self.items.append(f"{only} as {name}")
            case Joined(join, text, _):
                self.items.append(f"{text.format(r='r')} as {name}")
                if join and join not in self.joins:
                    self.joins.append(join)
            case _:
                assert_never(source)
        self.labels.append(source.label(name) if only is None else "")
        self.texts.append(source.text_of(name) if only is None else only)
        self.reads |= _columns_of(source) if only is None or isinstance(source, Plain) else set()
        self.narrow(dimension)

    def narrow(self, dimension: str) -> None:
        """Leaves only the rows that a breakdown by this dimension is about."""
        if (only := DIMENSIONS[dimension].only) and only not in self.only:
            self.only.append(only)

    def add_time(self, bucket: str) -> None:
        """One more column to group by: the number of the timeline's bucket."""
        self.items.append(f"{bucket} as t")

    def labelled(self, scoped: int) -> Labels:
        """What rows are grouped by within their scope, which takes the first columns."""
        return Labels(self.names[scoped:], self.labels[scoped:], self.texts[scoped:])

    @property
    def names(self) -> list[str]:
        """The columns grouped by."""
        return [item.rsplit(" ", 1)[1] for item in self.items]


def _columns_of(source: Plain | Joined) -> set[str]:
    """The relation's columns that a dimension reads."""
    text = source.column if isinstance(source, Plain) else source.join + source.text
    return {key for key in KEYS if key in text}


def _scoped(scope: Scope, alone: bool, arguments: Arguments) -> _Groups:
    """Rows grouped by the dimensions of scopes, of which this is one; `alone`: the only one."""
    groups = _Groups()
    for dimension, key in scope:
        groups.add(dimension, arguments.add(key, "text") if alone else None)
    return groups


def keys_read(shape: Table, scope: Scope, apart: bool) -> set[str]:
    """The keys that rows must have to answer this shape for scopes like this one; users by their chunk will do.

    `apart`: viewings that have to be told apart come in rows of their own.
    """
    groups = _Groups()
    for dimension in (*(dimension for dimension, _ in scope), *shape.dimensions):
        groups.add(dimension)
    for dimension in shape.among:
        groups.narrow(dimension)
    keys = groups.reads | keys_of((METRICS[name] for name in shape.computed), apart)
    return keys | ({"user_key"} if shape.search else set()) | ({"reaction_key"} if groups.only else set())


def table_part(
    shape: Table,
    number: int,
    scope: Scope,
    alone: bool,
    exact: Sequence[Scope] | None,
    source: str,
    of_users: bool,
    apart: bool,
    arguments: Arguments,
) -> Part:
    """Metrics by scope, dimensions and time, ordered and cut to the page where one is asked for.

    `number`: of the part, to name what is its own. `of_users`, `apart`: what the source's rows are (db/formulas.py).
    """
    groups = _scoped(scope, alone, arguments)
    for dimension in shape.dimensions:
        groups.add(dimension)
    for dimension in shape.among:
        groups.narrow(dimension)
    metrics = sorted(shape.computed)
    sums, values = Sums.rendered([METRICS[name] for name in metrics], groups.grouped, of_users, apart)
    named = [f"{value} as {name}" for name, value in zip(metrics, values, strict=True)]
    durations = needs_durations(METRICS[name] for name in metrics)
    rows = _rows(shape, groups, sums, source, arguments)
    outer = _metrics_of_groups(groups, sums, named, durations, _sums(shape, groups, sums, rows, arguments))
    reads = frozenset(groups.reads | sums.measures() | set(sums.sets) | _read_besides(shape, groups, sums))
    scoped = _scoped_rows(groups, len(scope), outer, exact, arguments)
    if shape.page is None:
        return Part(_unpaged(groups, len(scope), scoped, bool(shape.buckets)), source, reads, frozenset(metrics))
    one = alone or (exact is not None and len(exact) == 1)
    sql, ctes = paged(f"ranked_{number}", scoped, groups.labelled(len(scope)), one, shape.page, metrics, arguments)
    return Part(sql, source, reads, frozenset(metrics), ctes=ctes)


def _read_besides(shape: Table, groups: _Groups, sums: Sums) -> set[str]:
    """Columns that conditions need."""
    columns = read_besides(sums) | ({"user_key"} if shape.search else set())
    return columns | ({"reactions"} if groups.only else set())


def _metrics_of_groups(groups: _Groups, sums: Sums, values: Sequence[str], durations: bool, first: str) -> str:
    """The second of the two steps of db/formulas.py: metrics by group, from the first step's sums."""
    joined = f" left join entries d on d.entry_key = {sums.key('entry_key')}" if durations else ""
    by = f" group by {', '.join(groups.names)}" if groups.names else " having count(*) > 0"
    by = "" if sums.by_row else by
    return f"select {sums.resolve(', '.join([*groups.names, *values]) or '1')} from ({first}) i{joined}{by}"


def _sums(shape: Table, groups: _Groups, sums: Sums, rows: str, arguments: Arguments) -> str:
    """The first step: one row for each group, and one for each group and key that is told apart."""
    if shape.buckets:
        groups.add_time(f"width_bucket(r.bucket, {arguments.add(list(shape.buckets), 'timestamptz[]')})")
    if not sums.sets or sums.by_one_key:
        keys = [f"r.{key}" for key in sums.sets]  # what is joined may have such a column, too
        columns = ", ".join([*groups.items, *keys, *sums.columns()]) or "1"
        names = [*groups.names, *keys]
        by = f" group by {', '.join(names)}" if names else " having count(*) > 0"
        return f"select {columns} from {rows}{by}"
    level = f"grouping({', '.join(sums.sets)}) as level"
    columns = ", ".join([*groups.names, *sums.sets, *sums.columns(), level])
    sets = ", ".join(f"({', '.join([*groups.names, *key])})" for key in ([], *([key] for key in sums.sets)))
    # Grouping sets name their columns, so expressions get their names one level below.
    below = ", ".join(["r.*", *groups.items])
    some = "" if groups.names else " having count(*) > 0"
    return f"select {columns} from (select {below} from {rows}) r group by grouping sets ({sets}){some}"


def _rows(shape: Table, groups: _Groups, sums: Sums, source: str, arguments: Arguments) -> str:
    """The statement's rows as this part needs them: joined, narrowed."""
    recording = ""
    if sums.uses_recording():
        recordings = "select recording_key from sessions where partner_id = $1 and recording_key <> 0"
        recording = f", r.entry_key in ({recordings}) as recording"
    rows = f"(select r.*{recording} from {source} r) r" if recording else f"{source} r"
    joins = "".join(f" {join.format(r='r')}" for join in groups.joins)
    where = groups.only + ([found(shape.search, arguments)] if shape.search else [])
    return f"{rows}{joins}" + (f" where {' and '.join(map(str, where))}" if where else "")


def _scoped_rows(groups: _Groups, scoped: int, outer: str, exact: Sequence[Scope] | None, arguments: Arguments) -> str:
    """The groups with the texts of their scopes, those asked for only."""
    scope = ", ".join(groups.texts[:scoped])
    where = ""
    if exact and scoped:
        columns = ", ".join(arguments.add([path[place][1] for path in exact], "text[]") for place in range(scoped))
        where = f" where ({scope}) in (select * from unnest({columns}))"
    labels = "".join(groups.labels[:scoped])
    return f"select array[{scope}]::text[] as scope, o.* from ({outer}) o{labels}{where}"


def _unpaged(groups: _Groups, scoped: int, rows: str, timed: bool = False) -> str:
    """All of these rows with texts instead of keys."""
    labels, bucket = groups.labelled(scoped), "o.t" if timed else "null::int"
    return (
        f"select o.*, {labels.texts} as keys, {bucket} as bucket, null::bigint as row_count, false as beyond,"
        f" null::bigint as place from ({rows}) o{labels.joins}"
    )


def curve_part(
    shape: Curve,
    scope: Scope,
    alone: bool,
    exact: Sequence[Scope] | None,
    source: str,
    few: bool,
    arguments: Arguments,
) -> Part:
    """The one thing that the shape gives of every percentile. `few`: of some users only."""
    (given,) = shape.gives
    groups = _scoped(scope, alone, arguments)
    items = "" if alone else "".join(f"{item}, " for item in groups.items)
    joins = "" if alone else "".join(f" {join.format(r='r')}" for join in groups.joins)
    # A scope that is about some events only, reactions, is about none that view anything.
    measure = "r.views" if given == "views" else "r.viewed"
    rows = f"from {source} r{joins} where {'false' if groups.only else f'{measure} is not null'}"
    names = [] if alone else groups.names
    by = f" group by {', '.join(names)}" if names else " having count(*) > 0"
    outer, ctes = f"select {items}sum(r.views) as views {rows}{by}", tuple[str, ...]()
    if given == "viewers":
        outer, ctes = _viewers("".join(f"{name}, " for name in names), items, rows, by, alone and few)
    scoped = _scoped_rows(groups, len(scope), outer, exact, arguments)
    return Part(
        _unpaged(groups, len(scope), scoped),
        source,
        frozenset({"views"} if given == "views" else {"user_key", "viewed"}) | (set() if alone else groups.reads),
        others=frozenset({given}),
        ctes=ctes,
    )


def _viewers(names: str, items: str, rows: str, by: str, few: bool) -> tuple[str, tuple[str, ...]]:
    """A select of how many users have a view of each percentile, and what it needs before it."""
    # Users who saw the same percentiles are counted together before the hundred counts are taken apart.
    seen = f"select {items}r.user_key, bit_or(r.viewed) as seen {rows} group by {names}r.user_key"
    patterns = f"select {names}seen, count(*) as users from ({seen}) u group by {names}seen"
    if not few:
        counts = ", ".join(f"sum(users * get_bit(seen, {place}))" for place in range(100))
        return f"select {names}array[{counts}]::bigint[] as viewers from ({patterns}) c{by}", ()
    # A hundred sums of a few rows take longer to plan than to add up.
    each = (
        "select sum(users * get_bit(seen, k))::bigint from seen_by_few, generate_series(0, 99) k group by k order by k"
    )
    return f"select array({each}) as viewers from seen_by_few{by}", (f"seen_by_few as ({patterns})",)
