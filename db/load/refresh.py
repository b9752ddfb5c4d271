"""Rolls up what was stored since the last time, tenant by tenant."""

from typing import Any

import psycopg

from db.load.store import lock
from db.rollups import ROLLUPS, refresh


def refresh_tenant(connection: psycopg.Connection[Any], partner: int) -> bool:
    """Rolls up the tenant's newest events, in one transaction. Whether there were any."""
    with connection.transaction(), connection.cursor() as cursor:
        lock(cursor, [partner])
        row = cursor.execute("select rolled_up_to, batch from tenants where partner_id = %s", [partner]).fetchone()
        if row is None or row[0] == row[1]:
            return False
        # Groups by the million are made in memory where it is there to have.
        cursor.execute("set local work_mem = '256MB'")
        for rollup in ROLLUPS:
            cursor.execute(refresh(rollup).encode(), {"tenant": partner, "after": row[0], "up_to": row[1]})
        cursor.execute("update tenants set rolled_up_to = batch where partner_id = %s", [partner])
        return True


def stale_tenants(connection: psycopg.Connection[Any]) -> list[int]:
    """The tenants that have events not rolled up yet."""
    rows = connection.execute("select partner_id from tenants where rolled_up_to < batch order by 1").fetchall()
    return [partner for (partner,) in rows]
