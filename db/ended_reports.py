"""Reports that have ended: told by mail, their files deleted when their time is over, forgotten some time later.

Like the statements of the jobs in db/reports.py, these go by a report's id, which comes from the queue, or by the time.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from db.pool import Database

REMEMBERED_FOR: Final = timedelta(days=30)
"""How long after its file, or after it failed, a report can still be asked about."""

_ENDED: Final = """
    select request::text, row_count, file, expires_at, error, mailed_at
    from reports
    where report_id = $1::uuid and status in ('ready', 'failed')
"""

# Of a report that failed nothing more will be mailed.
_MAILED: Final = """
    update reports
    set mailed_at = now(), request = case when status = 'failed' then request - 'email' else request end
    where report_id = $1::uuid and mailed_at is null
"""

_EXPIRED: Final = """
    select report_id::text, file
    from reports
    where file is not null and expires_at <= now()
    order by expires_at
    limit 1000
"""

_DELETED: Final = """
    update reports set file = null, request = request - 'email' where report_id = any($1::uuid[])
"""

_FORGET: Final = """
    delete from reports
    where status in ('ready', 'failed') and file is null
        and coalesce(expires_at, finished_at, requested_at) < now() - $1::interval
    returning report_id
"""


@dataclass(frozen=True, slots=True)
class Ended:
    """A report that is ready, and until when, or of which there is only the `error`."""

    report_id: str
    request: Mapping[str, Any]
    rows: int
    file: str | None
    expires_at: datetime | None
    error: str | None
    mailed: bool


async def ended(database: Database, report_id: str) -> Ended | None:
    """The report, if it was made or given up; its file may be deleted since."""
    rows = await database.rows(_ENDED, report_id)
    if not rows:
        return None
    row = rows[0]
    asked, mailed = json.loads(row["request"]), row["mailed_at"] is not None
    return Ended(report_id, asked, row["row_count"] or 0, row["file"], row["expires_at"], row["error"], mailed)


async def mailed(database: Database, report_id: str) -> None:
    """Notes that the mail is out."""
    await database.rows(_MAILED, report_id)


async def expired(database: Database) -> Sequence[Mapping[str, Any]]:
    """`report_id` and `file` of reports whose time is over and whose file may still be there."""
    return await database.rows(_EXPIRED)


async def deleted(database: Database, report_ids: Sequence[str]) -> None:
    """Notes that these files are gone, and forgets whom they were mailed to."""
    await database.rows(_DELETED, list(report_ids))


async def forget(database: Database) -> int:
    """Deletes what is kept of reports that ended long ago; how many."""
    return len(await database.rows(_FORGET, REMEMBERED_FOR))
