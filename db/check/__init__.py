"""What is wrong with a database, and the command that mends each.

The server (server.py), the clock and time zones (clocks.py), the schema (tables.py), the queue of reports (queue.py),
and what only one kind of storage can have wrong (db/storage).
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import psycopg

from db import storage
from db.check import clocks, queue, server, tables
from db.connect import connected
from db.migrations import pending
from db.storage.findings import Finding

Look = Callable[[psycopg.Connection[Any]], Iterator[Finding]]


def check(dsn: str, connections: int = 0) -> list[Finding]:
    """All that was looked at. `connections`: how many the service may hold at once."""
    always: list[Look] = [server.version, server.encoding, partial(server.settings, connections=connections)]
    always += [clocks.clock, clocks.zones, tables.newer]
    with connected(dsn, autocommit=True) as connection:
        findings = [finding for look in always for finding in look(connection)]
        if missing := pending(dsn):
            return [*findings, Finding(False, f"not migrated: {', '.join(missing)}", "frontrow db migrate")]
        later: list[Look] = [storage.of(connection).looks, tables.drift, tables.broken, queue.jobs]
        findings.append(Finding(True, "schema up to date"))
        return [*findings, *(finding for look in later for finding in look(connection))]
