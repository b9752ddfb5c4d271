"""Stored events that change: what they stand for, where they belong, or that they give way to another.

An event is rolled up once, with its batch. One that changes after that is taken out of the rollups together with all
that its viewing did on that UTC day, and gets the newest batch number, so that the next refresh rolls it up again.
Until then the rollups' views read it from the events. Whatever changes stored events calls `take_back` first.
"""

from typing import Any, Final

import numpy as np
import psycopg
from numpy.typing import NDArray

from db import storage
from db.load import columns
from db.load.context import copy_in
from db.load.spans import columns_of, first_column
from db.load.wire import Blobs, Fixed, Nullable
from db.rollups import ROLLUPS
from db.storage.locks import lock_rollups
from db.storage.tables import stale

Ints = NDArray[np.int64]
Columns = dict[str, NDArray[Any]]

_SAME: Final = " and ".join(f"e.{name} = c.{name}" for name in columns.EVENT_KEY)
_KEY_TYPES: Final = {name: columns.FIXED[name] for name in columns.EVENT_KEY}

_TENANTS: Final = "select distinct e.partner_id from {table} c join events e on {same} order by 1"

# The days of viewings ({table}: viewing_key, time) of which something is rolled up.
_ROLLED_UP: Final = """
    create temp table rolled_up on commit drop as
    select distinct e.partner_id, e.viewing_key, date_trunc('day', c.time, 'UTC') as day
    from {table} c join events e on {same}
    where not exists (select from pending_batches p where p.partner_id = e.partner_id and p.batch = e.batch)
"""

_AGAIN: Final = """
    update events e set batch = t.batch from rolled_up r join tenants t using (partner_id)
    where e.viewing_key = r.viewing_key and e.time >= r.day and e.time < r.day + interval '1 day'
"""

_WIDEN: Final = """
    update pending_batches p set first_time = least(p.first_time, d.first), last_time = greatest(p.last_time, d.last)
    from tenants t join (
        select partner_id, min(day) as first, max(day) + interval '1 day' - interval '1 microsecond' as last
        from rolled_up group by 1
    ) d using (partner_id)
    where p.partner_id = t.partner_id and p.batch = t.batch
"""


def take_back(cursor: psycopg.Cursor[Any], table: str) -> None:
    """Takes out of the rollups what the events named in a table (with the columns of EVENT_KEY) are part of."""
    if not storage.of(cursor.connection).rolls_up_in_tables:
        return
    # What is just being rolled up must not change: whoever is at it is waited for.
    for (partner,) in cursor.execute(_TENANTS.format(table=table, same=_SAME).encode()).fetchall():
        lock_rollups(cursor, partner)
    cursor.execute(_ROLLED_UP.format(table=table, same=_SAME).encode())
    if cursor.rowcount:
        for rollup in ROLLUPS:
            cursor.execute(
                f"delete from {rollup.table} s using rolled_up r where s.viewing_key = r.viewing_key"
                " and s.partner_id = r.partner_id and s.bucket >= r.day and s.bucket < r.day + interval '1 day'"
            )
        for partner, days in cursor.execute("select partner_id, array_agg(distinct day) from rolled_up group by 1"):
            stale(cursor.connection.cursor(), partner, days)
        cursor.execute(_AGAIN)
        cursor.execute(_WIDEN)
    cursor.execute("drop table rolled_up")


def remove(cursor: psycopg.Cursor[Any], gone: NDArray[Any]) -> None:
    """Deletes events (of identity.IDENTITY) that give way to others."""
    if not len(gone):
        return
    names = dict(zip(columns.EVENT_KEY, ("viewing", "time", "type", "index", "tag"), strict=True))
    _name(cursor, {name: gone[source] for name, source in names.items()}, [])
    take_back(cursor, "changed")
    for table in ("events", "poll_answers"):
        cursor.execute(f"delete from {table} e using changed c where {_SAME}")


def correct(cursor: psycopg.Cursor[Any], old: Columns, places: Ints, found: Columns) -> None:
    """Rewrites the stored heartbeats `old[places]` of which something else was found than is stored."""
    differs = (old["spans"][places] != found["spans"]) | (old["firsts"][places] != found["firsts"])
    for name in columns.DERIVED:
        before, after = old[name][places], found[name]
        differs |= ~((before == after) | np.isnan(before) & np.isnan(after))
    if not differs.any():
        return
    changed, found = places[differs], {name: values[differs] for name, values in found.items()}
    derived: list[Any] = [Nullable(name, found[name]) for name in columns.DERIVED]
    derived += [*columns_of(found["spans"]), first_column(found["firsts"])]
    _name(cursor, {name: old[name][changed] for name in columns.EVENT_KEY}, derived)
    take_back(cursor, "changed")
    values = ", ".join(f"{column.name} = c.{column.name}" for column in derived)
    cursor.execute(f"update events e set {values} from changed c where {_SAME}")


def renumber(cursor: psycopg.Cursor[Any], events: Columns, firsts: Ints) -> None:
    """Rewrites what stored heartbeats (by EVENT_KEY) were first at."""
    if not storage.of(cursor.connection).rolls_up_in_tables:
        # All of history may be in the columnstore.
        cursor.execute("set local timescaledb.max_tuples_decompressed_per_dml_transaction = 0")
    _name(cursor, events, [first_column(firsts)])
    take_back(cursor, "changed")
    cursor.execute(f"update events e set firsts = c.firsts from changed c where {_SAME}")


def _name(cursor: psycopg.Cursor[Any], keys: Columns, others: list[Fixed | Nullable | Blobs]) -> None:
    """Fills the temporary table `changed`."""
    cursor.execute("drop table if exists changed")
    cursor.execute(
        "create temp table changed as select viewing_key, time, event_type, event_index, key_tag, play_seconds,"
        " interval_start, interval_end, coverage, viewed, views, spans, firsts from events where false"
    )
    named: list[Any] = [Fixed(name, type_, keys[name]) for name, type_ in _KEY_TYPES.items()]
    copy_in(cursor, "changed", [*named, *others])
    cursor.execute("analyze changed")
