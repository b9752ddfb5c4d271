"""Reports as they are kept: asked for, taken up by a job, finished or given up. What comes then: db/ended_reports.py.

The statements of a request come from clients, so the tenant's predicate is in them. Those of the jobs go by the
report's id, which a job has from the queue and from nowhere else.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from db.pool import Database

KEPT_FOR: Final = timedelta(days=7)
MOST_ATTEMPTS: Final = 4
MAKE: Final = "make_report"
MAIL: Final = "mail_report"
QUEUE: Final = "reports"


def _queued(task: str, report_id: str, priority: str = "0") -> str:
    """A job of the queue, in the transaction of the statement: there never is a report without one, or the reverse."""
    return (
        f"select procrastinate_defer_jobs_v1(array[row('{QUEUE}', '{task}', {priority}, null, null,"
        f" jsonb_build_object('report_id', {report_id}::text), null)::procrastinate_job_to_defer_v1]) as jobs"
    )


# Accounts take turns: of those that wait, every account's first report comes before any account's second. A turn is a
# number that a job has below 0 as its priority: the one after the account's last, and never before the turn that the
# queue has come to, so that nobody who asks again and again goes before those who wait.
_REQUEST: Final = f"""
    with waiting as (
        select count(*) as reports from reports where partner_id = $1 and status in ('queued', 'running')
    ),
    queue as (
        select r.partner_id, j.status, -j.priority as turn
        from procrastinate_jobs j
        join reports r on r.report_id = (j.args ->> 'report_id')::uuid
        where j.task_name = '{MAKE}' and j.status in ('todo', 'doing')
    ),
    mine as (
        select
            greatest(
                0,
                max(turn + 1) filter (where partner_id = $1),
                min(turn) filter (where status = 'todo')
            ) as turn
        from queue
    ),
    made as (
        insert into reports (partner_id, report_id, kind, format, request, requested_at)
        select $1, $2::uuid, $3, $4, $5::jsonb, $6 from waiting where reports < $7
        returning report_id
    )
    select queued.jobs
    from made
    cross join mine
    cross join lateral ({_queued(MAKE, "made.report_id", "-mine.turn")}) queued
"""

_TAKE: Final = f"""
    with taken as (
        update reports
        set attempts = attempts + 1,
            progress = 0,
            status = case when attempts < {MOST_ATTEMPTS} then 'running' else 'failed' end,
            error = case when attempts >= {MOST_ATTEMPTS} then 'given up: {MOST_ATTEMPTS} attempts were cut off' end,
            finished_at = case when attempts >= {MOST_ATTEMPTS} then now() end
        where report_id = $1::uuid and status in ('queued', 'running')
        returning report_id::text, partner_id, kind, format, request, requested_at, attempts, status
    )
    select
        report_id, partner_id, kind, format, request::text, requested_at, attempts, status,
        case when status = 'failed' and request ? 'email' then ({_queued(MAIL, "report_id", "1")}) end as jobs
    from taken
"""

_PROGRESS: Final = """
    update reports set progress = $3 where report_id = $1::uuid and attempts = $2 and status = 'running'
"""

_FINISH: Final = f"""
    with done as (
        update reports
        set status = 'ready', progress = 1, row_count = $3, file = $4, file_bytes = $5,
            finished_at = now(), expires_at = now() + $6::interval
        where report_id = $1::uuid and attempts = $2 and status = 'running'
        returning report_id, request
    )
    select report_id, case when request ? 'email' then ({_queued(MAIL, "report_id", "1")}) end as jobs from done
"""

_GIVE_BACK: Final = """
    update reports
    set status = 'queued', progress = 0, attempts = attempts - case when $3::boolean then 0 else 1 end
    where report_id = $1::uuid and attempts = $2 and status = 'running'
"""

_FAIL: Final = f"""
    with failed as (
        update reports
        set status = 'failed', error = $3, finished_at = now()
        where report_id = $1::uuid and attempts = $2 and status = 'running'
        returning report_id, request
    )
    select case when request ? 'email' then ({_queued(MAIL, "report_id", "1")}) end as jobs from failed
"""

_FORGOTTEN: Final = f"""
    with lost as (
        select r.report_id
        from reports r
        where r.status in ('queued', 'running') and r.requested_at < now() - interval '30 seconds'
            and not exists (
                select from procrastinate_jobs j
                where j.task_name = '{MAKE}' and j.status in ('todo', 'doing')
                    and j.args ->> 'report_id' = r.report_id::text
            )
    )
    select queued.jobs from lost cross join lateral ({_queued(MAKE, "lost.report_id")}) queued
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """A report that a job has taken up. `attempt`: what it writes counts only as long as no other took it up."""

    report_id: str
    tenant: int
    kind: str
    format: str
    request: Mapping[str, Any]
    requested_at: datetime
    attempt: int


@dataclass(frozen=True, slots=True)
class Asked:
    """A report that is asked for, and how many of its account may wait with it."""

    tenant: int
    report_id: str
    kind: str
    format: str
    request: Mapping[str, Any]
    at: datetime
    most: int


async def request(database: Database, asked: Asked) -> bool:
    """Notes the report and queues the job that makes it, both or neither: False where too many wait already."""
    told = json.dumps(dict(asked.request))
    args = (asked.tenant, asked.report_id, asked.kind, asked.format, told, asked.at, asked.most)
    # One after the other: two at once would both be counted as the last that may wait.
    return bool(await database.rows_in_turn(f"reports of {asked.tenant}", _REQUEST, *args))


async def take(database: Database, report_id: str) -> Taken | None:
    """The report for a job to make; none where it is made, or was taken up too often already."""
    rows = await database.rows(_TAKE, report_id)
    if not rows or rows[0]["status"] != "running":
        return None
    row = rows[0]
    return Taken(
        row["report_id"],
        row["partner_id"],
        row["kind"],
        row["format"],
        json.loads(row["request"]),
        row["requested_at"],
        row["attempts"],
    )


async def progress(database: Database, taken: Taken, share: float) -> None:
    """Notes how far the report is: 0 to 1."""
    await database.rows(_PROGRESS, taken.report_id, taken.attempt, share)


async def finish(database: Database, taken: Taken, rows: int, file: str, size: int) -> bool:
    """Notes that the report is ready and queues its mail; False where another attempt has taken over."""
    args = (taken.report_id, taken.attempt, rows, file, size, KEPT_FOR)
    return bool(await database.rows(_FINISH, *args))


async def give_back(database: Database, taken: Taken, *, counted: bool = True) -> None:
    """Notes that the report waits for its next attempt. `counted`: whether this one was one of the few there are."""
    await database.rows(_GIVE_BACK, taken.report_id, taken.attempt, counted)


async def fail(database: Database, taken: Taken, error: str) -> None:
    """Notes that there will be no file, and why, and queues its mail."""
    await database.rows(_FAIL, taken.report_id, taken.attempt, error)


async def queue_again(database: Database) -> int:
    """Queues reports that wait and have no job any more; how many."""
    return len(await database.rows(_FORGOTTEN))
