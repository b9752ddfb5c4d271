"""The audiences: sums by a few keys with sets of users, made of rollups a day at a time (db/rollups.py).

Which days they hold is said by `stale_days`: all but those.
"""

from dataclasses import dataclass
from typing import Final

from db.measures import CHUNK, COUNTED, MEASURES, PART, USER_CHUNK, USER_SETS, user_set
from db.relations import RELATIONS, Relation, stored
from db.rollups import DAYS, MINUTES, TYPES, WAYS, Rollup, summed


@dataclass(frozen=True, slots=True)
class Audience:
    """A table of sums by some keys, span of time and chunk of users, with the sets of users who did this or that.

    It is made of a rollup of the same span, a tenant's UTC day at a time: days in `stale_days` are not in it and read
    from the rollup. `detailed`: an audience with a key more that it can be made of instead, for the same day.
    """

    name: str
    keys: tuple[str, ...]
    source: Rollup
    detailed: "Audience | None" = None

    @property
    def span(self) -> str:
        """The length of its buckets."""
        return self.source.span

    @property
    def table(self) -> str:
        """The stored rows; `name` is the view over them."""
        return stored(self.name)

    @property
    def columns(self) -> str:
        """Its columns in the table's order."""
        return ", ".join(("partner_id", "bucket", *self.keys, "user_chunk", *AUDIENCE_MEASURES))

    def of_rows(self, source: str) -> str:
        """A select that makes rows of one user each, which have their keys and measures, rows of this table."""
        sets = ", ".join(f"{m.expression} as {m.name}" for m in USER_SETS.values())
        shared = ", ".join(("partner_id", "bucket", *self.keys, f"{USER_CHUNK} as user_chunk", *MEASURES))
        return f"select {shared}, {sets} from {source}"

    def of_day(self) -> str:
        """Adds a day (%(day)s) of a tenant (%(tenant)s)."""
        # The order that they are read in.
        order = ", ".join(("partner_id", "bucket", *self.keys, "user_chunk"))
        rows = self._summed_up(self.detailed) if self.detailed else self._counted()
        return f"insert into {self.table} ({self.columns}) {rows} order by {order}"

    def _summed_up(self, detailed: "Audience") -> str:
        """The rows of a day, of those of a more detailed audience."""
        keys = ", ".join(("partner_id", "bucket", *self.keys, "user_chunk"))
        sums = summed(AUDIENCE_MEASURES.values())
        return f"select {keys}, {sums} from {detailed.table} where {_OF_DAY} group by {keys}"

    def _counted(self) -> str:
        """The rows of a day: sets of a few users first, of a chunk from those."""
        keys = ", ".join(("partner_id", "bucket", *self.keys))
        sets = ", ".join(f"{user_set(measure, PART)} as {name}" for name, measure in COUNTED.items())
        rows = (
            f"select {keys}, user_key / {PART} as part, {', '.join(MEASURES)}, {sets} from {self.source.table}"
            f" where {_OF_DAY}"
        )
        parts = f"select {keys}, part, {summed(AUDIENCE_MEASURES.values())} from ({rows}) r group by {keys}, part"
        number = f"part / {CHUNK // PART}"
        moved = (f"bit_or({name}::bit({CHUNK}) >> {PART} * mod(part, {CHUNK // PART}))" for name in USER_SETS)
        return (
            f"select {keys}, {number} as user_chunk, {summed(MEASURES.values())}, {', '.join(moved)}"
            f" from ({parts}) p group by {keys}, {number}"
        )


AUDIENCE_MEASURES: Final = MEASURES | USER_SETS
_OF_DAY: Final = "partner_id = %(tenant)s and bucket >= %(day)s and bucket < %(day)s + interval '1 day'"


def _audience(relation: Relation) -> Audience:
    """What keeps this relation's rows."""
    source = MINUTES if relation.of_sessions else DAYS
    if "entry_key" in relation.keys:
        return Audience(relation.name, relation.keys, source)
    detailed = next(each for each in RELATIONS.audiences if each.keys == ("entry_key", *relation.keys))
    return Audience(relation.name, relation.keys, source, _audience(detailed))


AUDIENCES: Final = tuple(sorted(map(_audience, RELATIONS.audiences), key=lambda each: each.detailed is not None))
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
    keys = ", ".join(f"{key} {TYPES.get(key, 'integer')} not null" for key in (*audience.keys, "user_chunk"))
    measures = ", ".join(f"{m.name} {m.type}" for m in AUDIENCE_MEASURES.values())
    stale = _STALE_DAY if audience.source is DAYS else _STALE_PART
    return [
        f"create table {audience.table} (partner_id integer not null, bucket timestamptz not null, {keys}, {measures})",
        f"create index on {audience.table} (partner_id, bucket)",
        *(f"create index on {audience.table} {WAYS[key]}" for key in audience.keys[:1] if key in WAYS),
        f"create view {audience.name} as select {audience.columns} from {audience.table}"
        f" union all {audience.of_rows(f'{audience.source.table} d where {stale}')}"
        f" union all {audience.of_rows(f'pending_measures where {audience.source.where}')}",
    ]


def mark_stale() -> list[str]:
    """Makes %(days)s of tenant %(tenant)s stale, of which rows change in this transaction."""
    days = "unnest(%(days)s::timestamptz[])"
    return [
        # An update that changes nothing still makes whoever settles the day wait.
        f"insert into stale_days (partner_id, bucket) select %(tenant)s, day from {days} day order by 2"
        " on conflict (partner_id, bucket) do update set bucket = excluded.bucket",
        *(
            f"delete from {audience.table} using {days} day where partner_id = %(tenant)s"
            " and bucket >= day and bucket < day + interval '1 day'"
            for audience in AUDIENCES
        ),
    ]
