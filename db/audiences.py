"""The audiences: sums by a few keys with sets of users, made of rollups a day at a time (db/rollups.py).

That of playback curves has sums only: too many percentiles to keep a set of users for each.

Which days they hold is said by `stale_days`: all but those. What a stream adds to a day that they hold is added to
them, too, as rows that are parts of sums; `layered_days` says of how many, until they are merged.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from db.measures import CHUNK, COUNTED, CURVE_MEASURES, MEASURES, PART, USER_SETS, Measure, user_set
from db.relations import RELATIONS, VIEWS, Relation, stored
from db.rollups import CURVES, DAYS, MINUTES, TYPES, WAYS, Rollup, summed


@dataclass(frozen=True, slots=True)
class Audience:
    """A table of sums by some keys and span of time; by chunk of users, too, where it has sets of who did this or that.

    It is made of a rollup of the same span, a tenant's UTC day at a time: days in `stale_days` are not in it and read
    from the rollup. `detailed`: an audience with a key more that it can be made of instead, for the same day.
    """

    name: str
    keys: tuple[str, ...]
    source: Rollup
    detailed: "Audience | None" = None
    measures: Mapping[str, Measure] = field(default_factory=lambda: MEASURES | USER_SETS)

    @property
    def span(self) -> str:
        """The length of its buckets."""
        return self.source.span

    @property
    def table(self) -> str:
        """The stored rows; `name` is the view over them."""
        return stored(self.name)

    @property
    def has_sets(self) -> bool:
        """Whether its rows are of chunks of users."""
        return not USER_SETS.keys().isdisjoint(self.measures)

    @property
    def grouped(self) -> tuple[str, ...]:
        """What a row is told apart by, within its tenant and span."""
        return (*self.keys, "user_chunk") if self.has_sets else self.keys

    @property
    def columns(self) -> str:
        """Its columns in the table's order."""
        return ", ".join(("partner_id", "bucket", *self.grouped, *self.measures))

    @property
    def row_keys(self) -> str:
        """What a row is told apart by, and the order that rows are read in."""
        return ", ".join(("partner_id", "bucket", *self.grouped))

    def of_rows(self, source: str, bucket: str = "bucket") -> str:
        """A select that makes rows of one user each, which have their keys and measures, rows of this table.

        `bucket`: the expression of theirs, where there are sets of them; others are left as they are.
        """
        return self._counted(source, bucket) if self.has_sets else f"select {self.columns} from {source}"

    def of_day(self) -> str:
        """Adds a day (%(day)s) of a tenant (%(tenant)s)."""
        source = self.detailed or self.source
        of_users = self.has_sets and source is self.source
        rows = (self._counted if of_users else self._summed_up)(f"{source.table} where {_OF_DAY}")
        return f"insert into {self.table} ({self.columns}) {rows} order by {self.row_keys}"

    def of_new(self, whole: "Audience | None" = None) -> str:
        """Adds what was just added to its rollup, but for the days %(stale)s. Rows may be parts of sums then.

        `whole`: one that is made of this, and gets the same.
        """
        source = f"{self.source.new} where date_trunc('day', bucket, 'UTC') <> all(%(stale)s::timestamptz[])"
        rows = self._counted(source) if self.has_sets else self._summed_up(source)
        added = f"insert into {self.table} ({self.columns}) {rows}"
        if whole is None:
            return added
        sums = whole._summed_up("added")
        return f"with added as ({added} returning *) insert into {whole.table} ({whole.columns}) {sums}"

    def merged(self) -> str:
        """Makes one row of those of a day (%(day)s) of a tenant (%(tenant)s) that are parts of one sum."""
        rows = f"{self._summed_up('taken')} order by {self.row_keys}"
        taken = f"delete from {self.table} where {_OF_DAY} returning *"
        return f"with taken as ({taken}) insert into {self.table} ({self.columns}) {rows}"

    def _summed_up(self, source: str) -> str:
        """The sums of rows that have its columns."""
        return f"select {self.row_keys}, {summed(self.measures.values())} from {source} group by {self.row_keys}"

    def _counted(self, source: str, bucket: str = "bucket") -> str:
        """The rows of what is in a source: sets of a few users first, of a chunk from those."""
        keys = ", ".join(("partner_id", "bucket", *self.keys))
        sets = ", ".join(f"{user_set(measure, PART)} as {name}" for name, measure in COUNTED.items())
        read = ", ".join(("partner_id", f"{bucket} as bucket", *self.keys))
        rows = f"select {read}, user_key / {PART} as part, {', '.join(MEASURES)}, {sets} from {source}"
        parts = f"select {keys}, part, {summed(self.measures.values())} from ({rows}) r group by {keys}, part"
        number = f"part / {CHUNK // PART}"
        moved = ", ".join(
            f"bit_or({name}::bit({CHUNK}) >> {PART} * mod(part, {CHUNK // PART})) as {name}" for name in USER_SETS
        )
        return (
            f"select {keys}, {number} as user_chunk, {summed(MEASURES.values())}, {moved}"
            f" from ({parts}) p group by {keys}, {number}"
        )


_OF_DAY: Final = "partner_id = %(tenant)s and bucket >= %(day)s and bucket < %(day)s + interval '1 day'"


def _audience(relation: Relation) -> Audience:
    """What keeps this relation's rows."""
    source = MINUTES if relation.of_sessions else DAYS
    if "entry_key" in relation.keys:
        return Audience(relation.name, relation.keys, source)
    detailed = next(each for each in RELATIONS.audiences if each.keys == ("entry_key", *relation.keys))
    return Audience(relation.name, relation.keys, source, _audience(detailed))


AUDIENCES: Final = (
    *sorted(map(_audience, RELATIONS.audiences), key=lambda each: each.detailed is not None),
    Audience(VIEWS.name, VIEWS.keys, CURVES, measures={"views": CURVE_MEASURES["views"]}),
)
"""In the order that they can be made in."""

# Such days are few, and mostly none: said so that nothing is read where there are none.
_STALE: Final = "(select exists (select from stale_days))"
_STALE_DAY: Final = (
    f"{_STALE} and bucket = any(array(select bucket from stale_days))"
    " and exists (select from stale_days s where s.partner_id = d.partner_id and s.bucket = d.bucket)"
)
_STALE_PART: Final = (
    f"{_STALE} and bucket >= (select min(bucket) from stale_days)"
    " and bucket < (select max(bucket) + interval '1 day' from stale_days) and exists (select from stale_days s"
    " where s.partner_id = d.partner_id and s.bucket = date_trunc('day', d.bucket, 'UTC'))"
)


def audience_table(audience: Audience) -> list[str]:
    """The statements that make an audience's table and view."""
    keys = ", ".join(f"{key} {TYPES.get(key, 'integer')} not null" for key in audience.grouped)
    measures = ", ".join(f"{m.name} {m.type}" for m in audience.measures.values())
    stale = _STALE_DAY if audience.span == DAYS.span else _STALE_PART
    return [
        f"create table {audience.table} (partner_id integer not null, bucket timestamptz not null, {keys}, {measures})",
        f"create index on {audience.table} (partner_id, bucket)",
        *(f"create index on {audience.table} {WAYS[key]}" for key in audience.keys[:1] if key in WAYS),
        f"create view {audience.name} as select {audience.columns} from {audience.table}"
        f" union all {audience.of_rows(f'{audience.source.table} d where {stale}')}"
        f" union all {audience.of_rows(f'pending_measures where {audience.source.where}', audience.source.begins)}",
    ]


def add_new() -> list[str]:
    """Adds to all of them what was just added to their rollups, but for the days %(stale)s of tenant %(tenant)s."""
    wholes = {each.detailed.name: each for each in AUDIENCES if each.detailed}
    return [each.of_new(wholes.get(each.name)) for each in AUDIENCES if each.detailed is None]


def mark_stale() -> list[str]:
    """Makes %(days)s of tenant %(tenant)s stale, of which rows change in this transaction."""
    days = "unnest(%(days)s::timestamptz[])"
    return [
        # An update that changes nothing still makes whoever settles the day wait.
        f"insert into stale_days (partner_id, bucket) select %(tenant)s, day from {days} day order by 2"
        " on conflict (partner_id, bucket) do update set bucket = excluded.bucket",
        f"delete from layered_days using {days} day where partner_id = %(tenant)s and bucket = day",
        *(
            f"delete from {audience.table} using {days} day where partner_id = %(tenant)s"
            " and bucket >= day and bucket < day + interval '1 day'"
            for audience in AUDIENCES
        ),
    ]
