"""Rolls up what was stored since the last time, tenant by tenant, beside whoever stores more.

Nobody waits for it but those who change events that are just being rolled up (db/load/corrections.py): the rows of
`pending_batches` say whose turn it is. Here they are deleted first and the events of their batches read afterwards,
so of two at once each event is rolled up by one, as it stands when nobody may change it.
"""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from types import TracebackType
from typing import Any, Final, Self

import psycopg

from db.connect import connected
from db.rollups import AUDIENCES, DERIVED, ROLLUPS, mark_stale, refresh, refresh_days

_ENOUGH: Final = 200_000
"""Events stored after which a load rolls up: fewer make more partial rows, more leave readers more to add up."""

_EVENTS: Final = "events (partner_id, batch, time, entry_key, session_key, viewing_key, event_type)"
"""Only what statements find events by; looking at the rest takes longer than a load can wait."""

_SMALL: Final = ("pending_batches", "stale_days")

_TAKE: Final = """
    with taken as (
        select batch from pending_batches where partner_id = %(tenant)s order by batch for update
    )
    delete from pending_batches p using taken t where p.partner_id = %(tenant)s and p.batch = t.batch returning p.batch
"""


def refresh_tenant(connection: psycopg.Connection[Any], partner: int) -> bool:
    """Rolls up the tenant's newest events, in one transaction. Whether there were any."""
    with connection.transaction(), connection.cursor() as cursor:
        batches = [batch for (batch,) in cursor.execute(_TAKE, {"tenant": partner}).fetchall()]
        if not batches:
            return False
        values = {"tenant": partner, "batches": batches}
        # Groups by the million are made in memory where it is there to have.
        cursor.execute("set local work_mem = '256MB'")
        days = [day for (day,) in cursor.execute(refresh_days().encode(), values).fetchall()]
        for rollup in ROLLUPS:
            if rollup.name not in ("watch_quarters", "watch_days"):
                cursor.execute(refresh(rollup).encode(), values)
        stale(cursor, partner, days)
        return True


def stale(cursor: psycopg.Cursor[Any], partner: int, days: Sequence[datetime]) -> None:
    """Says that rows of these days of the tenant change in this transaction."""
    for statement in mark_stale():
        cursor.execute(statement.encode(), {"tenant": partner, "days": list(days)})


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
                for audience in AUDIENCES:
                    cursor.execute(audience.of_day().encode(), values)
    return len(days)


def stale_tenants(connection: psycopg.Connection[Any]) -> list[int]:
    """The tenants that have events not rolled up yet."""
    rows = connection.execute("select distinct partner_id from pending_batches order by 1").fetchall()
    return [partner for (partner,) in rows]


class Refresher:
    """Rolls up in a thread what a load stores, while it stores more; when the block ends, all of it."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._thread = ThreadPoolExecutor(1, "refresh")
        self._running: Future[None] | None = None
        self._waiting = 0  # events, since the last refresh began
        self._unseen = 0  # events, since the last look at how values are spread
        self._seen = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with self._thread:
            if self._running:
                self._running.result()
            self._start(last=True).result()

    def stored(self, events: int) -> None:
        """Begins to roll up where there is enough to do. Raises what went wrong with the refresh before."""
        self._waiting += events
        if self._running and self._running.done():
            self._running.result()
            self._running = None
        if not self._running and self._waiting >= _ENOUGH:
            self._running = self._start()

    def _start(self, last: bool = False) -> "Future[None]":
        self._unseen += self._waiting
        self._waiting = 0
        # Statistics are worth the time whenever there is twice as much.
        look = bool(self._unseen) and (last or self._unseen >= self._seen)
        if look:
            self._seen, self._unseen = self._seen + self._unseen, 0
        return self._thread.submit(_refresh, self._dsn, last, look, self._seen >= _ENOUGH)


def _refresh(dsn: str, last: bool, look: bool, events_too: bool) -> None:
    with connected(dsn, autocommit=True) as connection:
        for partner in stale_tenants(connection):
            refresh_tenant(connection, partner)
        if last:
            settle(connection)
        if look:
            analyze(connection, events_too)


def analyze(connection: psycopg.Connection[Any], events_too: bool = True) -> None:
    """Tells the planner what there is: it would plan for empty tables until it gets round to looking by itself."""
    tables = [*_SMALL, *(each.table for each in DERIVED), *([_EVENTS] if events_too else [])]
    connection.execute(f"analyze {', '.join(tables)}".encode())
