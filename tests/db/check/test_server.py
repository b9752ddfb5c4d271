"""The server: versions, settings, clock and time zones."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from db import embedded, zones
from db.check.server import version_finding as of_postgresql
from db.migrations import migrate
from db.storage.hypertables import version_finding as of_timescaledb
from tests.db.check.looking import change, found, mend, noted

AHEAD = "public, pg_catalog"


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[str]:
    """The address of an embedded server of the test's own, migrated."""
    with embedded.running(tmp_path) as dsn:
        migrate(dsn)
        yield dsn


def test_old_versions_are_told() -> None:
    assert of_postgresql(160_004, "PostgreSQL 16").ok
    old = of_postgresql(150_009, "PostgreSQL 15")
    assert (old.ok, old.what) == (False, "PostgreSQL 15: the oldest that will do is 16")
    assert of_timescaledb("2.29.2", (2, 29)).ok
    assert of_timescaledb("3.0.0-dev", (2, 29)).ok
    older = of_timescaledb("2.9.3", (2, 19))
    assert (older.ok, older.what) == (False, "TimescaleDB 2.9.3: the oldest that will do is 2.19")
    assert older.mend is not None
    assert older.mend.endswith("psql -c 'alter extension timescaledb update'")


def test_too_few_connections_are_told(dsn: str) -> None:
    ((what, command),) = found(dsn, connections=5000)
    assert what.endswith("connections at once, and the service may hold 5000")
    assert command is not None
    assert command.startswith("psql -c 'alter system set max_connections = 5015' and restart")


def test_too_little_memory_is_told(dsn: str) -> None:
    name = psycopg.conninfo.conninfo_to_dict(dsn)["dbname"]
    change(dsn, f"alter database \"{name}\" set work_mem = '1MB'")
    assert [what for what, _ in found(dsn)] == ["work_mem is 1MB: far too little, better 8MB or more"]
    change(dsn, f"alter database \"{name}\" set work_mem = '4MB'")
    assert found(dsn) == []
    assert "work_mem is 4MB: better 8MB or more" in noted(dsn)


def test_settings_of_the_server_are_told_and_mended(own_server: str, tmp_path: Path) -> None:
    change(own_server, "alter system set max_wal_size = '64MB'", "select pg_reload_conf()")
    ((what, command),) = found(own_server)
    assert what == "max_wal_size is 64MB: far too little, better 2048MB or more"
    mend(own_server, command)
    assert found(own_server) == []
    change(own_server, "alter system set shared_buffers = '16MB'")
    embedded.stop(tmp_path)
    again = embedded.ensure_running(tmp_path)
    assert [what for what, _ in found(again)] == ["shared_buffers is 16MB: far too little, better 256MB or more"]


def test_a_clock_that_differs_is_told(dsn: str) -> None:
    name = psycopg.conninfo.conninfo_to_dict(dsn)["dbname"]
    change(
        dsn,
        f'alter database "{name}" set search_path = {AHEAD}',
        "create function clock_timestamp() returns timestamptz language sql volatile"
        " return pg_catalog.clock_timestamp() + interval '90 seconds'",
    )
    assert ("clocks of service and database differ by 90.0 s", "timedatectl set-ntp true (on both machines)") in found(
        dsn
    )


def test_other_time_zones_are_noted(dsn: str) -> None:
    name = psycopg.conninfo.conninfo_to_dict(dsn)["dbname"]
    change(
        dsn,
        f'alter database "{name}" set search_path = {AHEAD}',
        "create view pg_timezone_names as select name, case name when 'Africa/Abidjan' then interval '5 hours'"
        " else utc_offset end as utc_offset from pg_catalog.pg_timezone_names where name <> 'Africa/Accra'",
    )
    (what,) = [what for what in noted(dsn) if what.startswith("time zones")]
    assert "in the database: Africa/Abidjan" in what
    assert "missing in the database: Africa/Accra" in what
    assert zones.DATA_VERSION in what
