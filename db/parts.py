"""The selects that a statement is made of: one for each shape that is asked.

Every part gives the same leading columns: `scope` and `keys` as texts, `bucket` (number of the timeline's bucket),
`row_count`, `beyond` (a row that only carries the count, not one of the page) and `place`, then its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import assert_never

from db.dimensions import DIMENSIONS, Joined, Plain
from db.filters import Arguments, found
from db.formulas import Sums, keys_of, needs_durations, read_besides, render
from db.kept import keeping
from db.metrics import METRICS
from db.question import Cursor, Direction, Page, Scope, Table
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
            case Plain(column, table, key, text):
                self.items.append(f"r.{column} as {name}")
                self.labels.append(f"left join {table} {name}_of on {name}_of.{key} = o.{name}")
                self.texts.append(f"coalesce({name}_of.{text}, 'Unknown')")
                self.grouped[column] = name
            case Joined() if only is not None:
                self.items.append(f"{only} as {name}")
                self.texts.append(f"o.{name}")
            case Joined(join, text, _):
                self.items.append(f"{text.format(r='r')} as {name}")
                if join and join not in self.joins:
                    self.joins.append(join)
                self.texts.append(f"o.{name}")
            case _:
                assert_never(source)
        self.reads |= _columns_of(source) if only is None else set()
        self.narrow(dimension)

    def narrow(self, dimension: str) -> None:
        """Leaves only the rows that a breakdown by this dimension is about."""
        if (only := DIMENSIONS[dimension].only) and only not in self.only:
            self.only.append(only)

    def add_time(self, bucket: str) -> None:
        """One more column to group by: the number of the timeline's bucket."""
        self.items.append(f"{bucket} as t")

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
        known = alone and isinstance(DIMENSIONS[dimension].source, Joined)
        groups.add(dimension, arguments.add(key, "text") if known else None)
    return groups


def keys_read(shape: Table, scope: Scope) -> set[str]:
    """The keys that rows must have to answer this shape for scopes like this one; users by their chunk will do."""
    groups = _Groups()
    for dimension in (*(dimension for dimension, _ in scope), *shape.dimensions):
        groups.add(dimension)
    for dimension in shape.among:
        groups.narrow(dimension)
    keys = groups.reads | keys_of(METRICS[name] for name in shape.metrics)
    return keys | ({"user_key"} if shape.search else set()) | ({"reaction_key"} if groups.only else set())


def table_part(
    shape: Table,
    scope: Scope,
    alone: bool,
    exact: Sequence[Scope] | None,
    source: str,
    of_users: bool,
    arguments: Arguments,
) -> Part:
    """Metrics by scope, dimensions and time, ordered and cut to the page where one is asked for."""
    groups = _scoped(scope, alone, arguments)
    for dimension in shape.dimensions:
        groups.add(dimension)
    for dimension in shape.among:
        groups.narrow(dimension)
    sums = Sums(groups.grouped, of_users)
    metrics = sorted(shape.metrics | ({shape.page.order.metric} if shape.page else set()))
    values = [f"{render(METRICS[name], sums)} as {name}" for name in metrics]
    durations = needs_durations(METRICS[name] for name in metrics)
    rows = _rows(shape, groups, sums, source, arguments)
    outer = _metrics_of_groups(groups, sums, values, durations, _sums(shape, groups, sums, rows, arguments))
    labelled = _labelled(groups, len(scope), outer, exact, bool(shape.buckets), arguments)
    reads = frozenset(groups.reads | sums.measures() | set(sums.sets) | _read_besides(shape, groups, sums))
    sql, ctes = _paged(labelled, shape.page, len(shape.dimensions), metrics, arguments)
    return Part(sql, source, reads, frozenset(metrics), ctes=ctes)


def _read_besides(shape: Table, groups: _Groups, sums: Sums) -> set[str]:
    """Columns that conditions need."""
    columns = read_besides(sums) | ({"user_key"} if shape.search else set())
    return columns | ({"reactions"} if groups.only else set())


def _metrics_of_groups(groups: _Groups, sums: Sums, values: Sequence[str], durations: bool, first: str) -> str:
    """The second of the two steps of db/formulas.py: metrics by group, from the first step's sums."""
    joined = f" left join entries d on d.entry_key = {sums.key('entry_key')}" if durations else ""
    by = f" group by {', '.join(groups.names)}" if groups.names else " having count(*) > 0"
    return f"select {sums.resolve(', '.join([*groups.names, *values]) or '1')} from ({first}) i{joined}{by}"


def _sums(shape: Table, groups: _Groups, sums: Sums, rows: str, arguments: Arguments) -> str:
    """The first step: one row for each group, and one for each group and key that is told apart."""
    if shape.buckets:
        groups.add_time(f"width_bucket(r.bucket, {arguments.add(list(shape.buckets), 'timestamptz[]')})")
    if not sums.sets or sums.by_chunk_only:
        columns = ", ".join([*groups.items, *sums.sets, *sums.columns()]) or "1"
        names = [*groups.names, *sums.sets]
        by = f" group by {', '.join(names)}" if names else " having count(*) > 0"
        return f"select {columns} from {rows}{by}"
    level = f"grouping({', '.join(sums.sets)}) as level"
    columns = ", ".join([*groups.names, *sums.sets, *sums.columns(), level])
    sets = ", ".join(f"({', '.join([*groups.names, *key])})" for key in ([], *([key] for key in sums.sets)))
    # Grouping sets name their columns, so expressions get their names one level below.
    below = ", ".join(["r.*", *groups.items])
    return f"select {columns} from (select {below} from {rows}) r group by grouping sets ({sets})"


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


def _labelled(
    groups: _Groups,
    scoped: int,
    outer: str,
    exact: Sequence[Scope] | None,
    timed: bool,
    arguments: Arguments,
) -> str:
    """The groups with texts instead of keys, those of the scopes asked for only."""
    scope = ", ".join(groups.texts[:scoped])
    keys = ", ".join(groups.texts[scoped:])
    bucket = "o.t" if timed else "null::int"
    labels = "".join(f" {label}" for label in groups.labels)
    where = ""
    if exact and scoped:
        columns = ", ".join(arguments.add([path[place][1] for path in exact], "text[]") for place in range(scoped))
        where = f" where ({scope}) in (select * from unnest({columns}))"
    return (
        f"select array[{scope}]::text[] as scope, array[{keys}]::text[] as keys, {bucket} as bucket, o.*"
        f" from ({outer}) o{labels}{where}"
    )


def _paged(
    labelled: str, page: Page | None, dimensions: int, metrics: Sequence[str], arguments: Arguments
) -> tuple[str, tuple[str, ...]]:
    """The page of each scope and one row more; a row that is not of the page carries the count past the end.

    With the common table expressions that it needs beside the statement's rows.
    """
    if page is None:
        return f"select *, null::bigint as row_count, false as beyond, null::bigint as place from ({labelled}) l", ()
    keys = ", ".join(f'l.keys[{place + 1}] collate "C"' for place in range(dimensions))
    order = f"l.{page.order.metric} {page.order.direction} nulls last, {keys}"
    beyond = _beyond(page, page.after, arguments) if page.after else "false"
    limit = arguments.add(page.first + 1, "int")
    placed = (
        f"select l.*, count(*) over (partition by l.scope) as row_count, {beyond} as beyond,"
        f" row_number() over (partition by l.scope order by {beyond}, {order}) as place from ({labelled}) l"
    )
    rows, ctes = f"({placed})", tuple[str, ...]()
    if page.keep:
        rows = f"placed_{len(arguments.values)}"
        ctes = (f"{rows} as materialized ({placed})", keeping(rows, page.keep, page.first, metrics, arguments))
    return f"select * from {rows} l where place <= {limit} order by l.scope, l.place", ctes


def _beyond(page: Page, after: Cursor, arguments: Arguments) -> str:
    """Whether a row is not behind the cursor."""
    keys = f'l.keys collate "C" > {arguments.add(list(after.keys), "text[]")}'
    metric = f"l.{page.order.metric}"
    if after.value is None:
        return f"not ({metric} is null and {keys})"
    value = arguments.add(after.value, "float8")
    ahead = ">" if page.order.direction is Direction.ASC else "<"
    return f"not ({metric} is null or {metric} {ahead} {value} or {metric} = {value} and {keys})"


def curve_part(scope: Scope, alone: bool, exact: Sequence[Scope] | None, source: str, arguments: Arguments) -> Part:
    """Views of every percentile, and the users with a view of it."""
    groups = _scoped(scope, alone, arguments)
    names = "".join(f"{name}, " for name in groups.names)
    items = "".join(f"{item}, " for item in groups.items)
    joins = "".join(f" {join.format(r='r')}" for join in groups.joins)
    by = f" group by {', '.join(groups.names)}" if groups.names else " having count(*) > 0"
    # A scope that is about some events only, reactions, is about none that view anything.
    rows = f"from {source} r{joins} where {'false' if groups.only else 'r.viewed is not null'}"
    # Views are wide numbers, too wide to be added up for each user; and users who saw the same percentiles are counted
    # together before the hundred counts are taken apart.
    views = f"select {items}null::bit(100) as seen, null::bigint as users, sum(r.views) as views {rows}{by}"
    seen = f"select {items}r.user_key, bit_or(r.viewed) as seen {rows} group by {names}r.user_key"
    patterns = f"select {names}seen, count(*) as users, null::numeric as views from ({seen}) u group by {names}seen"
    counts = ", ".join(f"sum(users * get_bit(seen, {place}))" for place in range(100))
    outer = f"select {names}sum(views) as views, array[{counts}]::bigint[] as viewers"
    outer += f" from ({views} union all {patterns}) c{by}"
    labelled = _labelled(groups, len(scope), outer, exact, False, arguments)
    return Part(
        f"select *, null::bigint as row_count, false as beyond, null::bigint as place from ({labelled}) l",
        source,
        frozenset(groups.reads | {"user_key", "viewed", "views"}),
        others=frozenset({"views", "viewers"}),
    )
