"""What TimescaleDB Community does by itself, as the doctor sees it: aggregates that add up what is new, their policies.

Jobs that are not of our tables (statistics, telemetry) are none of ours.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import psycopg

from db.storage.findings import Finding, psql

Connection = psycopg.Connection[Any]

_FEWEST_WORKERS: Final = 4  # launcher, scheduler, and two at work
_LATE: Final = "1 day"

_NOT_REAL_TIME: Final = """
    select view_name::text from timescaledb_information.continuous_aggregates
    where view_schema = current_schema() and materialized_only order by 1
"""
# Names of aggregates instead of those of their hypertables, whatever the version shows.
_JOBS: Final = """
    select j.job_id, coalesce(a.view_name, j.hypertable_name)::text as name, j.scheduled, j.schedule_interval,
        case when j.proc_name = 'policy_refresh_continuous_aggregate' then 'refresh' else 'columnstore' end as does
    from timescaledb_information.jobs j
    left join timescaledb_information.continuous_aggregates a
        on a.materialization_hypertable_name = j.hypertable_name
        and a.materialization_hypertable_schema = j.hypertable_schema
    where j.hypertable_name is not null
"""
_FAILED: Final = f"""
    select j.job_id, j.does || ' of ' || j.name, e.err_message
    from ({_JOBS}) j join timescaledb_information.job_stats s using (job_id)
    left join lateral (
        select err_message from timescaledb_information.job_errors e where e.job_id = j.job_id
        order by finish_time desc limit 1
    ) e on true
    where s.last_run_status = 'Failed' order by 1
"""
_OFF: Final = f"select job_id, does || ' of ' || name from ({_JOBS}) j where not scheduled order by 1"
_STALE: Final = f"""
    select j.job_id, j.name, to_char(s.last_successful_finish, 'YYYY-MM-DD HH24:MI') from ({_JOBS}) j
    join timescaledb_information.job_stats s using (job_id)
    where j.does = 'refresh' and j.scheduled and s.last_run_status <> 'Failed'
        and s.last_successful_finish < now() - greatest(interval '{_LATE}', 6 * j.schedule_interval) order by 1
"""


def looks(connection: Connection, aggregates: Sequence[str], compressed: Sequence[str]) -> Iterator[Finding]:
    """All of it."""
    yield _workers(connection)
    yield _real_time(connection)
    yield _missing(connection, aggregates, compressed)
    yield _failed(connection)
    yield _stopped(connection)
    yield _stale(connection)


def _workers(connection: Connection) -> Finding:
    (found,) = connection.execute("select current_setting('timescaledb.max_background_workers')::int").fetchone() or (
        0,
    )
    ok = found >= _FEWEST_WORKERS
    what = f"timescaledb.max_background_workers is {found}"
    mend = f"{psql('alter system set timescaledb.max_background_workers = 16')} and restart PostgreSQL"
    return Finding(ok, what if ok else f"{what}: policies do not run", None if ok else mend)


def _real_time(connection: Connection) -> Finding:
    names = [name for (name,) in connection.execute(_NOT_REAL_TIME).fetchall()]
    mend = psql(*(f"alter materialized view {name} set (timescaledb.materialized_only = false)" for name in names))
    what = f"aggregates that lack what is new: {', '.join(names)}" if names else "aggregates add up what is new"
    return Finding(not names, what, mend if names else None)


def _missing(connection: Connection, aggregates: Sequence[str], compressed: Sequence[str]) -> Finding:
    there = {(does, name) for _, name, _, _, does in connection.execute(_JOBS).fetchall()}
    wanted = [("refresh", name) for name in aggregates] + [("columnstore", name) for name in compressed]
    lost = [f"{does} of {name}" for does, name in wanted if (does, name) not in there]
    what = f"no policy for the {', '.join(lost)}" if lost else "policies for all aggregates and old chunks"
    return Finding(not lost, what, "frontrow db maintain" if lost else None)


def _failed(connection: Connection) -> Finding:
    failed = connection.execute(_FAILED).fetchall()
    shown = "; ".join(f"{name} ({job}){f': {why}' if why else ''}" for job, name, why in failed)
    mend = psql(*(f"call run_job({job})" for job, _, _ in failed))
    return Finding(not failed, f"failed jobs: {shown}" if failed else "no job failed", mend if failed else None)


def _stopped(connection: Connection) -> Finding:
    off = connection.execute(_OFF).fetchall()
    mend = psql(*(f"select alter_job({job}, scheduled => true)" for job, _ in off))
    shown = ", ".join(f"{name} ({job})" for job, name in off)
    return Finding(not off, f"jobs that are switched off: {shown}" if off else "all jobs are on", mend if off else None)


def _stale(connection: Connection) -> Finding:
    late = connection.execute(_STALE).fetchall()
    shown = ", ".join(f"{name} since {last}" for _, name, last in late)
    mend = psql(*(f"call run_job({job})" for job, _, _ in late))
    what = f"aggregates not refreshed: {shown}" if late else "aggregates are refreshed"
    return Finding(not late, what, mend if late else None)
