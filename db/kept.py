"""Breakdowns kept for a while, so that all their pages show the moment of the first.

Whoever asks for the cursors of a breakdown that goes on behind its first page gets pages of one moment, each at the
cost of reading that page: the statement that answers the first page keeps all rows under an id that the cursors carry.
After KEPT_FOR, or for metrics that the first page did not have, pages are computed anew from where the cursor stands.

Most are never paged through. So the rows are only set aside at first, as they come and with keys instead of texts; who
asks for the second page has them put in order, many in one record. Those that share a place are in one record, and are
put in order by their texts when that is read; where too many do, they are put in order at once.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from db.dimensions import DIMENSIONS, Labels, Plain
from db.filters import Arguments
from db.formulas import sql_type
from db.metrics import METRICS
from db.question import Order, Range

KEPT_FOR: Final = timedelta(hours=1)

_ASIDE: Final = 20_000
"""Rows of a record that are set aside: so many that an array of all their metrics still is one value."""

_CHUNK: Final = 500
"""Rows of a record, and some more that share the last place: fewer take longer to keep, more to read a page of."""

_EXPIRED: Final = f"made_at < now() - interval '{KEPT_FOR.total_seconds():.0f} seconds'"

NOTE: Final = f"""
    with expired as (delete from kept_breakdowns where {_EXPIRED} returning kept_id),
         dropped as (delete from kept_chunks where kept_id in (select kept_id from expired))
    insert into kept_breakdowns (partner_id, kept_id, question, metrics, row_count, totals, range_start, range_end)
    values ($1, $2::uuid, $3, $4::text[], $5, $6::jsonb, $7, $8)
"""

FORGET: Final = f"""
    with expired as (delete from kept_breakdowns where {_EXPIRED} returning kept_id)
    delete from kept_chunks c
    where c.kept_id in (select kept_id from expired)
       or not exists (select from kept_breakdowns b where b.kept_id = c.kept_id)
"""


@dataclass(frozen=True, slots=True)
class Pin:
    """Where a page ended in a kept breakdown."""

    kept_id: str
    place: int


@dataclass(frozen=True, slots=True)
class KeptPage:
    """Rows of a kept breakdown, its number of rows and its totals."""

    rows: Sequence[Mapping[str, Any]]
    row_count: int
    totals: Mapping[str, Any]


def set_aside(name: str, kept_id: str, first: int, labels: Labels, metrics: Sequence[str], arguments: Arguments) -> str:
    """A part of a statement that keeps the rows of this name, as they come, if they go on behind the first page."""
    rows = f"select *, row_number() over () as number from {name}"
    return (
        f"kept_{name} as (insert into kept_chunks (kept_id, first_place, last_place, keys, values)"
        f" select {arguments.add(kept_id, 'uuid')}, -min(number), -min(number), {_arrays(labels, metrics)}"
        f" from ({rows}) r where (select count from count_of_{name}) > {arguments.add(first, 'int')}"
        f" group by (number - 1) / {_ASIDE})"
    )


def put_in_order(dimensions: Sequence[str], order: Order, metrics: Sequence[str]) -> str:
    """Puts rows that were set aside with these metrics in order; the argument is what they are kept under."""
    columns, labels = _columns(dimensions, {name: f"c.values[{n}:{n}]" for n, name in enumerate(metrics, 1)})
    ranked = (
        f"select {columns.selected}, rank() over (order by {order.metric} {order.direction} nulls last) as rank"
        f" from aside c, {columns.unnested}"
    )
    values = ", ".join((*labels.columns, *metrics))
    # Where more than a record's rows share a place, the texts decide right away which record takes which.
    alone = f"select o.rank as place, {values} from ranked o where o.rank not in (select rank from crowds)"
    crowded = (
        f"select o.*, {labels.texts} as keys from ranked o{labels.joins} where o.rank in (select rank from crowds)"
    )
    in_turn = f"o.rank - 1 + row_number() over (partition by o.rank order by {labels.order('o.rank')})"
    rows = f"{alone} union all select {in_turn}, {values} from ({crowded}) o"
    return f"""
        with aside as (delete from kept_chunks where kept_id = $1::uuid and first_place < 0 returning keys, values),
             ranked as materialized ({ranked}),
             crowds as (select rank from ranked group by rank having count(*) > {_CHUNK})
        insert into kept_chunks (kept_id, first_place, last_place, keys, values)
        select $1::uuid, min(place), min(place) + count(*) - 1, {_arrays(labels, metrics)}
        from ({rows}) r group by (place - 1) / {_CHUNK}
    """


def _arrays(labels: Labels, metrics: Sequence[str]) -> str:
    """The columns `keys` and `values` of a record of rows."""
    keys = ", ".join(f"array_agg({column}::text)" for column in labels.columns)
    return f"array[{keys}], array[{', '.join(f'array_agg({metric}::float8)' for metric in metrics)}]"


def noted(
    kept_id: str, question: str, metrics: Sequence[str], row_count: int, totals: Mapping[str, Any], window: Range
) -> tuple[Any, ...]:
    """The arguments of NOTE after the tenant: what the kept rows are the answer to."""
    return (kept_id, question, list(metrics), row_count, json.dumps(dict(totals)), window.start, window.end)


def find(dimensions: Sequence[str], order: Order, metrics: Sequence[str]) -> str:
    """A select of the page behind a pin, with these metrics; its arguments are the tenant and those of `sought`."""
    places = {name: f"array_position(b.metrics, '{name}')" for name in metrics}
    columns, labels = _columns(dimensions, {name: f"c.values[{at}:{at}]" for name, at in places.items()})
    by = labels.order(f"o.{order.metric} {order.direction} nulls last")
    return f"""
        select b.row_count, b.totals::text as totals, b.metrics, r.place, r.keys,
            {", ".join(f"r.{name}" for name in metrics)}
        from kept_breakdowns b
        left join lateral (
            select o.*, o.first_place - 1 + row_number() over (partition by o.first_place order by {by}) as place
            from (
                select o.*, {labels.texts} as keys
                from (
                    select c.first_place, {columns.selected} from kept_chunks c, {columns.unnested}
                    where c.kept_id = b.kept_id and c.first_place <= $4::bigint + $5::bigint and c.last_place > $4
                ) o{labels.joins}
            ) o
        ) r on r.place > $4 and r.place <= $4 + $5
        where b.partner_id = $1 and b.kept_id = $2::uuid and b.question = $3 and b.metrics @> $6::text[]
          and b.range_start = $7 and $8 between b.range_end and b.range_end + (now() - b.made_at) + interval '5 seconds'
          and not b.{_EXPIRED}
        order by r.place
    """


@dataclass(frozen=True, slots=True)
class _Columns:
    """Rows out of their records `c`: where they come from, and their columns there."""

    unnested: str
    selected: str


def _columns(dimensions: Sequence[str], values: Mapping[str, str]) -> tuple[_Columns, Labels]:
    """The keys of these dimensions, each leading to a text or being one, and metrics, by where they are in a record."""
    sources = [DIMENSIONS[name].source for name in dimensions]
    named = [(f"k{place}", source) for place, source in enumerate(sources)]
    slices = [f"c.keys[{place + 1}:{place + 1}]" for place in range(len(sources))]
    names = [*(key for key, _ in named), *values]
    selected = [f"u.{key}{'::int' if isinstance(of, Plain) else ''} as {key}" for key, of in named]
    selected += [f"u.{name}::{sql_type(METRICS[name])} as {name}" for name in values]
    labels = Labels(
        [key for key, _ in named], [of.label(key) for key, of in named], [of.text_of(key) for key, of in named]
    )
    return _Columns(
        f"unnest({', '.join([*slices, *values.values()])}) as u ({', '.join(names)})", ", ".join(selected)
    ), labels


def sought(pin: Pin, question: str, first: int, metrics: Sequence[str], window: Range) -> tuple[Any, ...]:
    """The arguments of `find` after the tenant."""
    return (pin.kept_id, question, pin.place, first + 1, list(metrics), window.start, window.end)


def set_aside_metrics(found: Sequence[Mapping[str, Any]], pin: Pin) -> Sequence[str] | None:
    """The metrics of rows that may have to be put in order first; None where there is nothing to look for."""
    behind = found and found[0]["place"] is None and pin.place < found[0]["row_count"]
    return found[0]["metrics"] if behind and set(found[0]["metrics"]) <= METRICS.keys() else None


def page_of(found: Sequence[Mapping[str, Any]], pin: Pin) -> KeptPage | None:
    """The page that was found; none where the breakdown is not kept, or not for this question, or without its rows.

    They are forgotten where that happens after they are kept and before it is noted what they answer.
    """
    if not found:
        return None
    rows = [row for row in found if row["place"] is not None]
    if not rows and pin.place < found[0]["row_count"]:
        return None
    return KeptPage(rows, found[0]["row_count"], json.loads(found[0]["totals"]))
