"""The queue of reports: what failed, and what nobody takes."""

from collections.abc import Iterator
from typing import Any, Final

import psycopg

from db.storage.findings import Finding, psql

_WAITING: Final = "10 minutes"

_REPORTS: Final = """
    select count(*), (array_agg(left(coalesce(error, 'no reason told'), 100) order by finished_at desc))[1]
    from reports where status = 'failed' and finished_at > now() - interval '1 day'
"""
_JOBS: Final = "select id, task_name from procrastinate_jobs where status = 'failed' order by id"
_LATE: Final = f"""
    select count(*) from procrastinate_jobs j where j.status = 'todo'
        and greatest(j.scheduled_at, (select max(at) from procrastinate_events e where e.job_id = j.id))
            < now() - interval '{_WAITING}'
"""


def jobs(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    """Reports that failed lately, jobs that failed for good, and those that wait for a worker."""
    failed, why = connection.execute(_REPORTS).fetchone() or (0, None)
    what = f"{failed} reports of the last day failed, lately: {why}" if failed else "no report failed lately"
    # Who asked for it was told; nothing is wrong with the database.
    yield Finding(True, what, "ask for them again: requestReport" if failed else None)
    stuck = connection.execute(_JOBS).fetchall()
    shown = ", ".join(f"{name} ({job})" for job, name in stuck)
    again = (
        "select procrastinate_retry_job_v2(id, now(), null, null, null) from procrastinate_jobs where status = 'failed'"
    )
    yield Finding(
        not stuck,
        f"failed jobs of the queue: {shown}" if stuck else "no job of the queue failed",
        psql(again) if stuck else None,
    )
    (late,) = connection.execute(_LATE).fetchone() or (0,)
    what = f"{late} jobs wait for more than {_WAITING}" if late else "no job waits for long"
    yield Finding(not late, what, "frontrow worker" if late else None)
