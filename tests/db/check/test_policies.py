"""What TimescaleDB Community does by itself, and what the Apache edition can't: told where it is wrong."""

from pathlib import Path

import psycopg
import pytest

from db.check import check
from db.maintain import maintain
from tests.db.check.looking import OF_TEST_SERVERS, change, found, mend
from tests.db.given import beats, load, value

JOB = "(select job_id from timescaledb_information.jobs where proc_name = '{}' order by job_id limit 1)"
REFRESH = JOB.format("policy_refresh_continuous_aggregate")
RAN = (
    "insert into _timescaledb_internal.bgw_job_stat values ({job}, now() - interval '{ago}', now() - interval '{ago}',"
    " now(), now() - interval '{ago}', {success}, 1, '1 s', '0 s', 1, 0, 0, 0, 0, 0)"
)


@pytest.fixture
def own(dsn: str, aggregates: bool) -> str:
    """A database with aggregates."""
    if not aggregates:
        pytest.skip("nothing runs by itself here")
    return dsn


def test_a_server_without_workers_is_told(own: str) -> None:
    workers = int(value(own, "show timescaledb.max_background_workers"))
    (finding,) = [each for each in check(own) if each.what.startswith(OF_TEST_SERVERS)]
    assert finding.ok == (workers >= 4)
    assert finding.ok or finding.mend == (
        "psql -c 'alter system set timescaledb.max_background_workers = 16' and restart PostgreSQL"
    )


def test_an_aggregate_that_lacks_what_is_new_is_told(own: str) -> None:
    change(own, "alter materialized view watch_days set (timescaledb.materialized_only = true)")
    ((what, command),) = found(own)
    assert what == "aggregates that lack what is new: watch_days"
    mend(own, command)
    assert found(own) == []


def test_a_policy_that_is_gone_is_told(own: str) -> None:
    change(
        own,
        "select remove_continuous_aggregate_policy('curve_days')",
        "call remove_columnstore_policy('events')",
        "call remove_columnstore_policy('watch_quarters')",
    )
    ((what, command),) = found(own)
    assert what == "no policy for the refresh of curve_days, columnstore of events, columnstore of watch_quarters"
    mend(own, command)
    assert found(own) == []


def test_a_job_that_failed_is_told(own: str) -> None:
    job = value(own, f"select {REFRESH}")
    change(own, RAN.format(job=job, ago="1 minute", success="false"))
    ((what, command),) = found(own)
    assert what == f"failed jobs: refresh of watch_quarters ({job})"
    assert command == f"psql -c 'call run_job({job})'"
    mend(own, command)


def test_a_job_that_is_off_is_told(own: str) -> None:
    change(own, f"select alter_job({REFRESH}, scheduled => false)")
    ((what, command),) = found(own)
    assert what.startswith("jobs that are switched off: refresh of watch_quarters")
    mend(own, command)
    assert found(own) == []


def test_an_aggregate_that_was_not_refreshed_for_long_is_told(own: str) -> None:
    job = value(own, f"select {REFRESH}")
    change(own, RAN.format(job=job, ago="1 hour", success="true"))
    assert found(own) == []
    change(own, "update _timescaledb_internal.bgw_job_stat set last_successful_finish = now() - interval '2 days'")
    ((what, command),) = found(own)
    assert what.startswith("aggregates not refreshed: watch_quarters since ")
    assert command == f"psql -c 'call run_job({job})'"
    mend(own, command)


def test_chunks_that_are_due_are_told(own: str, tmp_path: Path) -> None:
    load(own, tmp_path, beats(3))
    ((what, command),) = found(own)
    assert what == "2 chunks are due for the columnstore"
    mend(own, command)
    assert found(own) == []


def test_a_job_of_the_extension_that_the_licence_forbids_is_normal(dsn: str, aggregates: bool) -> None:
    installed = value(dsn, "select exists (select from pg_extension where extname = 'timescaledb')")
    if aggregates or not installed:
        pytest.skip("not the Apache edition")
    with psycopg.connect(dsn, autocommit=True) as connection, pytest.raises(psycopg.Error, match="license"):
        connection.execute("call run_job(3)")
    change(dsn, RAN.format(job=3, ago="1 minute", success="false"))
    maintain(dsn)
    assert found(dsn) == []
