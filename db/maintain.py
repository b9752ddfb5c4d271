"""What a database needs done now and then: rolling up what is new, merging what was rolled up piece by piece."""

from typing import Any

import psycopg

from db.connect import connected
from db.kept import FORGET
from db.load.refresh import refresh_tenant, settle, stale_tenants
from db.load.store import lock
from db.rollups import ROLLUPS, Rollup, merge


def maintain(dsn: str) -> list[str]:
    """Does all of it, tenant by tenant; says what was done, a line each."""
    done = []
    with connected(dsn, autocommit=True) as connection:
        for partner in stale_tenants(connection):
            refresh_tenant(connection, partner)
            done.append(f"tenant {partner}: rolled up the newest events")
        for rollup in ROLLUPS:
            for partner in _scattered(connection, rollup):
                merged = _merge(connection, rollup, partner)
                done.append(f"tenant {partner}: merged {merged:,} rows of {rollup.name}")
        if days := settle(connection):
            done.append(f"made the audiences of {days:,} days")
        connection.execute(FORGET)
        connection.execute("analyze")
    return done or ["nothing to do"]


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
