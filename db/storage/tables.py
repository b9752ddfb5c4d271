"""Rollup tables: what was stored since the last time is added to them, tenant by tenant, beside whoever stores more.

Nobody waits for it but those who change stored events of the tenant (db/load/corrections.py), and who rolls up its
events, too. The batches are deleted from `pending_batches` first and their events read afterwards, so each event is
rolled up once, as it stands when nobody may change it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import psycopg

from db.audiences import AUDIENCES, add_new, mark_stale
from db.rollups import DAYS, ROLLUPS, Rollup, merge, note_new, refresh_curves, refresh_sums
from db.storage.definition import refuse_others
from db.storage.locks import lock, lock_rollups

_AT_ONCE: Final = 40
"""Batches of a transaction: while all that is stored is rolled up anew, readers have less and less to add up."""

_DAYS_OF_STREAMS: Final = 2
"""The newest UTC days of what is rolled up, so many of them, get it added to their audiences; others are made later."""
_LAYERS: Final = 8
"""Times that something was added to a day's audiences after which its rows are merged."""

_HOLD_STALE: Final = """
    select bucket from stale_days where partner_id = %(tenant)s and bucket = any(%(days)s) order by 1 for update
"""

# The day itself is the first layer, where there is anything of it.
_WHOLE: Final = next(each for each in AUDIENCES if each.detailed)  # one of few rows, in which every event is
_LAYERED: Final = f"""
    insert into layered_days as l (partner_id, bucket, layers)
    select %(tenant)s, day, 1 + exists (
        select from {_WHOLE.table} s where s.partner_id = %(tenant)s and s.bucket = day
    )::int
    from unnest(%(days)s::timestamptz[]) day where day <> all(%(stale)s::timestamptz[]) order by 2
    on conflict (partner_id, bucket) do update set layers = l.layers + 1 returning bucket, layers
"""

_TAKE: Final = """
    with taken as (
        select batch from pending_batches where partner_id = %(tenant)s and batch = any(%(some)s)
        order by batch for update
    )
    delete from pending_batches p using taken t where p.partner_id = %(tenant)s and p.batch = t.batch returning p.batch
"""


def refresh_tenant(connection: psycopg.Connection[Any], partner: int) -> bool:
    """Rolls up the tenant's events that wait, some batches in a transaction. Whether there were any."""
    found = connection.execute("select batch from pending_batches where partner_id = %s order by 1", [partner])
    waiting = [batch for (batch,) in found.fetchall()]
    pieces = [waiting[place : place + _AT_ONCE] for place in range(0, len(waiting), _AT_ONCE)]
    return sum([_refresh(connection, partner, piece) for piece in pieces]) > 0


def _refresh(connection: psycopg.Connection[Any], partner: int, some: Sequence[int]) -> bool:
    with connection.transaction(), connection.cursor() as cursor:
        lock_rollups(cursor, partner)
        batches = [batch for (batch,) in cursor.execute(_TAKE, {"tenant": partner, "some": list(some)}).fetchall()]
        if not batches:
            return False
        refuse_others(cursor)
        values = {"tenant": partner, "batches": batches}
        # Groups by the million are made in memory where it is there to have.
        cursor.execute("set local work_mem = '256MB'")
        for statement in (*note_new(), refresh_sums(), refresh_curves()):
            cursor.execute(statement.encode(), values)
        found = cursor.execute(f"select distinct bucket from {DAYS.new} order by 1".encode()).fetchall()
        days = [day for (day,) in found]
        if late := days[: max(0, len(days) - _DAYS_OF_STREAMS)]:
            stale(cursor, partner, late)
        _layer(cursor, partner, days)
        return True


def _layer(cursor: psycopg.Cursor[Any], partner: int, days: Sequence[datetime]) -> None:
    """Adds what is new of these days to the audiences, but for days that are stale: of those they are made later.

    Who makes them of such a day waits for this transaction, and this one for whoever is at it.
    """
    values: dict[str, Any] = {"tenant": partner, "days": list(days)}
    values["stale"] = [day for (day,) in cursor.execute(_HOLD_STALE, values).fetchall()]
    layers = cursor.execute(_LAYERED.encode(), values).fetchall()
    if layers:
        for statement in add_new():
            cursor.execute(statement.encode(), values)
    for day, count in layers:
        if count >= _LAYERS:
            _merge_layers(cursor, partner, day)


def _merge_layers(cursor: psycopg.Cursor[Any], partner: int, day: datetime) -> bool:
    """Makes one row of those that are parts of one sum, in the audiences of a day; whether there were any.

    Holds the rollups' lock. Raises OtherVersion.
    """
    values = {"tenant": partner, "day": day}
    taken = "delete from layered_days where partner_id = %(tenant)s and bucket = %(day)s returning layers"
    (layers,) = cursor.execute(taken, values).fetchone() or (0,)
    # Not before: who replaces rollups holds that row, and then wants what this holds from here on.
    refuse_others(cursor)
    if layers > 1:
        for audience in AUDIENCES:
            cursor.execute(audience.merged().encode(), values)
    return layers > 1


def stale(cursor: psycopg.Cursor[Any], partner: int, days: Sequence[datetime]) -> None:
    """Says that rows of these days of the tenant change in this transaction."""
    for statement in mark_stale():
        cursor.execute(statement.encode(), {"tenant": partner, "days": list(days)})


def all_stale(connection: psycopg.Connection[Any]) -> None:
    """Says that the audiences hold no day."""
    connection.execute(
        f"insert into stale_days (partner_id, bucket) select distinct partner_id, bucket from {DAYS.table}"
        " on conflict do nothing"
    )
    connection.execute("delete from layered_days")


def merge_layers(connection: psycopg.Connection[Any]) -> int:
    """Merges what streams have added to the audiences, each day in a transaction of its own; how many there were."""
    merged = 0
    for tenant, day in connection.execute("select partner_id, bucket from layered_days order by 1, 2").fetchall():
        with connection.transaction(), connection.cursor() as cursor:
            lock_rollups(cursor, tenant)
            merged += _merge_layers(cursor, tenant, day)
    return merged


def settle(connection: psycopg.Connection[Any], partner: int | None = None) -> int:
    """Makes the audiences of stale days, each in a transaction of its own; how many there were."""
    days = connection.execute(
        "select partner_id, bucket from stale_days where partner_id = coalesce(%s, partner_id) order by 1, 2", [partner]
    ).fetchall()
    for tenant, day in days:
        with connection.transaction(), connection.cursor() as cursor:
            # Before anything is read: who changes the day holds this row until it has.
            values = {"tenant": tenant, "day": day}
            taken = "delete from stale_days where partner_id = %(tenant)s and bucket = %(day)s"
            if cursor.execute(taken, values).rowcount:
                refuse_others(cursor)
                for audience in AUDIENCES:
                    cursor.execute(audience.of_day().encode(), values)
    return len(days)


def stale_tenants(connection: psycopg.Connection[Any]) -> list[int]:
    """The tenants that have events not rolled up yet."""
    rows = connection.execute("select distinct partner_id from pending_batches order by 1").fetchall()
    return [partner for (partner,) in rows]


def waiting(connection: psycopg.Connection[Any]) -> tuple[int, int, float]:
    """How many batches of how many tenants are not rolled up, and for how many seconds at most."""
    count, tenants, age = connection.execute(
        "select count(*), count(distinct partner_id), extract(epoch from now() - min(stored_at))::float8"
        " from pending_batches"
    ).fetchone() or (0, 0, None)
    return count, tenants, age or 0.0


def unsettled(connection: psycopg.Connection[Any]) -> int:
    """How many days of tenants no audience holds; loads make them when they end."""
    (count,) = connection.execute("select count(*) from stale_days").fetchone() or (0,)
    return int(count)


def merge_all(connection: psycopg.Connection[Any]) -> list[str]:
    """Makes one row of each group of partial sums; a line for each rollup and tenant that had any."""
    return [
        f"tenant {partner}: merged {_merge(connection, rollup, partner):,} rows of {rollup.name}"
        for rollup in ROLLUPS
        for partner in _scattered(connection, rollup)
    ]


def _scattered(connection: psycopg.Connection[Any], rollup: Rollup) -> list[int]:
    """The tenants with rows that are partial sums of one."""
    keys = ", ".join(("partner_id", "bucket", *rollup.keys))
    rows = connection.execute(
        f"select distinct partner_id from (select partner_id from {rollup.table} group by {keys} having count(*) > 1) s"
        " order by 1"
    ).fetchall()
    return [partner for (partner,) in rows]


def _merge(connection: psycopg.Connection[Any], rollup: Rollup, partner: int) -> int:
    """Makes one row of each such group; how many rows there were too many of one."""
    keys = ", ".join(("bucket", *rollup.keys))
    with connection.transaction(), connection.cursor() as cursor:
        lock(cursor, [partner])
        before, start, end = cursor.execute(
            "select sum(rows), min(bucket), max(bucket) + interval '1 microsecond'"
            f" from (select bucket, count(*) as rows from {rollup.table} where partner_id = %s"
            f" group by {keys} having count(*) > 1) s",
            [partner],
        ).fetchone() or (0, None, None)
        if start is None:
            return 0
        cursor.execute("set local work_mem = '256MB'")
        cursor.execute(merge(rollup).encode(), {"tenant": partner, "start": start, "end": end})
        return int(before)
