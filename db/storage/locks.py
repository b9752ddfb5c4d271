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
    """Makes this transaction the only one that rolls up, or takes back, a tenant's events where it does.

    That is in the schema which is first: others may be made beside it.
    """
    cursor.execute("select pg_advisory_xact_lock(hashtextextended(current_schema() || ' ' || %s, 0))", [partner])


def nobody_builds(connection: psycopg.Connection[Any]) -> bool:
    """Whether no version makes rollups beside the others now, nor will until the transaction ends."""
    return connection.execute("select pg_try_advisory_xact_lock(%s)", [BUILDING]).fetchone() == (True,)
