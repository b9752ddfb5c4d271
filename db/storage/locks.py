"""One writer for each tenant at a time."""

from collections.abc import Iterable
from typing import Any, Final

import psycopg

from db.storage.definition import refuse_others

LOCK: Final = 0x46524F
BUILDING: Final = 0x46524F58
"""Held by who makes rollups beside those that are read."""


def lock(cursor: psycopg.Cursor[Any], partners: Iterable[int]) -> None:
    """Makes this transaction the only writer of these tenants until it ends. Raises OtherVersion."""
    for partner in sorted(partners):
        cursor.execute("select pg_advisory_xact_lock(%s, %s)", [LOCK, partner])
        cursor.execute("insert into tenants (partner_id) values (%s) on conflict do nothing", [partner])
    refuse_others(cursor)


def lock_rollups(cursor: psycopg.Cursor[Any], partner: int) -> None:
    """Makes this transaction the only one that adds a tenant's events to rollups, takes them back or merges layers.

    Those beside are others: the lock is one of what waits for them.
    """
    name = "hashtextextended('pending_batches'::regclass::oid::text || ' ' || %s, 0)"
    cursor.execute(f"select pg_advisory_xact_lock({name})".encode(), [partner])


def nobody_builds(connection: psycopg.Connection[Any]) -> bool:
    """Whether no version makes rollups beside the others now, nor will until the transaction ends."""
    return connection.execute("select pg_try_advisory_xact_lock(%s)", [BUILDING]).fetchone() == (True,)
