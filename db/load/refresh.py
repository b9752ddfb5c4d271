"""Rolls up what was stored since the last time, tenant by tenant."""

from typing import Any, Final

import psycopg

from db.load.store import lock
from db.rollups import ROLLUPS, refresh, refresh_days

_MANY: Final = 100_000
_EVENTS: Final = "events (partner_id, batch, time, entry_key, session_key, viewing_key, event_type)"
"""Only what statements find events by; looking at the rest takes longer than a load can wait."""


def refresh_tenant(connection: psycopg.Connection[Any], partner: int) -> bool:
    """Rolls up the tenant's newest events, in one transaction. Whether there were any."""
    with connection.transaction(), connection.cursor() as cursor:
        lock(cursor, [partner])
        rows = cursor.execute("delete from pending_batches where partner_id = %s returning batch", [partner]).fetchall()
        if not rows:
            return False
        values = {"tenant": partner, "batches": [batch for (batch,) in rows]}
        # Groups by the million are made in memory where it is there to have.
        cursor.execute("set local work_mem = '256MB'")
        cursor.execute(refresh_days().encode(), values)
        for rollup in ROLLUPS:
            if rollup.name not in ("watch_quarters", "watch_days"):
                cursor.execute(refresh(rollup).encode(), values)
        return True


def analyze(connection: psycopg.Connection[Any], stored: int) -> None:
    """Tells the planner what has changed, before it gets round to looking by itself: it would plan for empty tables."""
    tables = ["pending_batches", *(rollup.table for rollup in ROLLUPS), *([_EVENTS] if stored >= _MANY else [])]
    connection.execute(f"analyze {', '.join(tables)}".encode())


def stale_tenants(connection: psycopg.Connection[Any]) -> list[int]:
    """The tenants that have events not rolled up yet."""
    rows = connection.execute("select distinct partner_id from pending_batches order by 1").fetchall()
    return [partner for (partner,) in rows]
