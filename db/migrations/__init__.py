"""Makes a database what this version needs: facts by numbered files, each applied once; rollups by comparison.

Facts can't be derived, so their tables change by migrations only. Rollups can: when their definition is not the one
they were made from, they are dropped and made anew, and filled from the events again.
"""

import hashlib
from importlib import resources
from typing import Any

import psycopg

from db import rollups
from db.connect import connected
from db.load.refresh import refresh_tenant, stale_tenants

_LOCK = 0x46524F57


def migrate(dsn: str) -> list[str]:
    """Applies what is missing, all of it or nothing. The names of what was applied."""
    with connected(dsn) as connection:
        connection.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
        applied = []
        for name, text in _missing(connection):
            connection.execute(text.encode())
            connection.execute("insert into migrations (name) values (%s)", [name])
            applied.append(name)
        if _rollups_differ(connection):
            _make_rollups(connection)
            applied.append("rollups")
    # Until a rollup is filled again its view adds up raw events: right, but slow.
    with connected(dsn, autocommit=True) as connection:
        for partner in stale_tenants(connection) if "rollups" in applied else []:
            refresh_tenant(connection, partner)
    return applied


def pending(dsn: str) -> list[str]:
    """The names of what `migrate` would apply."""
    with connected(dsn) as connection:
        names = [name for name, _ in _missing(connection)]
        differ = _rollups_differ(connection)
        connection.rollback()
        return [*names, *(["rollups"] if differ else [])]


def _missing(connection: psycopg.Connection[Any]) -> list[tuple[str, str]]:
    connection.execute(
        "create table if not exists migrations (name text primary key, applied_at timestamptz not null default now())"
    )
    applied = {name for (name,) in connection.execute("select name from migrations")}
    files = sorted(
        (file for file in resources.files(__package__).iterdir() if file.name.endswith(".sql")),
        key=lambda file: file.name,
    )
    return [(file.name, file.read_text()) for file in files if file.name not in applied]


def _fingerprint() -> str:
    return hashlib.sha256("\n".join(rollups.definitions()).encode()).hexdigest()


def _rollups_differ(connection: psycopg.Connection[Any]) -> bool:
    connection.execute("create table if not exists rollup_definition (fingerprint text not null)")
    row = connection.execute("select fingerprint from rollup_definition").fetchone()
    return row is None or row[0] != _fingerprint()


def _make_rollups(connection: psycopg.Connection[Any]) -> None:
    for rollup in rollups.ROLLUPS:
        connection.execute(f"drop view if exists {rollup.name}")
        connection.execute(f"drop table if exists {rollup.table}")
    connection.execute("drop view if exists raw_measures")
    for statement in rollups.definitions():
        connection.execute(statement.encode())
    connection.execute(
        "insert into pending_batches select partner_id, generate_series(1, batch) from tenants on conflict do nothing"
    )
    connection.execute("delete from rollup_definition")
    connection.execute("insert into rollup_definition values (%s)", [_fingerprint()])
