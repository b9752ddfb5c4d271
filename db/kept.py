"""Breakdowns kept for a while, so that all their pages show the moment of the first.

Whoever asks for the cursors of a breakdown that goes on behind its first page gets pages of one moment, each at the
cost of reading that page: the statement that answers the first page keeps all rows, with their order, under an id that
the cursors carry. After KEPT_FOR, or for metrics that the first page did not have, pages are computed anew from where
the cursor stands.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from db.filters import Arguments
from db.metrics import METRICS
from db.question import Range

KEPT_FOR: Final = timedelta(hours=1)

_EXPIRED: Final = f"made_at < now() - interval '{KEPT_FOR.total_seconds():.0f} seconds'"

NOTE: Final = f"""
    with expired as (delete from kept_breakdowns where {_EXPIRED} returning kept_id),
         dropped as (delete from kept_rows where kept_id in (select kept_id from expired))
    insert into kept_breakdowns (partner_id, kept_id, question, metrics, row_count, totals, range_start, range_end)
    values ($1, $2::uuid, $3, $4::text[], $5, $6::jsonb, $7, $8)
"""

FORGET: Final = f"""
    with expired as (delete from kept_breakdowns where {_EXPIRED} returning kept_id)
    delete from kept_rows r
    where r.kept_id in (select kept_id from expired)
       or not exists (select from kept_breakdowns b where b.kept_id = r.kept_id)
"""

FIND: Final = f"""
    select b.metrics, b.row_count, b.totals::text as totals, r.place, r.keys, r.values
    from kept_breakdowns b
    left join kept_rows r on r.kept_id = b.kept_id and r.place > $4 and r.place <= $4 + $5
    where b.partner_id = $1 and b.kept_id = $2::uuid and b.question = $3 and b.metrics @> $6::text[]
      and b.range_start = $7 and $8 between b.range_end and b.range_end + (now() - b.made_at) + interval '5 seconds'
      and not b.{_EXPIRED}
    order by r.place
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


def keeping(rows: str, kept_id: str, first: int, metrics: Sequence[str], arguments: Arguments) -> str:
    """A part of a statement that keeps these placed rows if they go on behind the first page."""
    values = ", ".join(f"{name}::float8" for name in metrics)
    return (
        f"kept_{rows} as (insert into kept_rows (kept_id, place, keys, values)"
        f" select {arguments.add(kept_id, 'uuid')}, place, keys, array[{values}] from {rows}"
        f" where row_count > {arguments.add(first, 'int')})"
    )


def noted(
    kept_id: str, question: str, metrics: Sequence[str], row_count: int, totals: Mapping[str, Any], window: Range
) -> tuple[Any, ...]:
    """The arguments of NOTE after the tenant: what the kept rows are the answer to."""
    return (kept_id, question, list(metrics), row_count, json.dumps(dict(totals)), window.start, window.end)


def sought(pin: Pin, question: str, first: int, metrics: Sequence[str], window: Range) -> tuple[Any, ...]:
    """The arguments of FIND after the tenant."""
    return (pin.kept_id, question, pin.place, first + 1, list(metrics), window.start, window.end)


def page_of(found: Sequence[Mapping[str, Any]]) -> KeptPage | None:
    """The page that FIND found; none where the breakdown is not kept, or not for this question."""
    if not found:
        return None
    names = found[0]["metrics"]
    rows = [
        {"keys": row["keys"], "place": row["place"], **_typed(zip(names, row["values"], strict=True))}
        for row in found
        if row["place"] is not None
    ]
    return KeptPage(rows, found[0]["row_count"], json.loads(found[0]["totals"]))


def _typed(values: Any) -> dict[str, Any]:
    return {name: int(value) if value is not None and METRICS[name].unit.whole else value for name, value in values}
