"""One job, in process: made once, whatever happens on the way."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from api.reports import making
from api.reports.making import Workshop
from api.reports.store import Directory
from db import reports
from db.errors import DatabaseAway
from db.pool import Database
from db.reports import MOST_ATTEMPTS, Asked
from resolvers.reports.request import Format, Kind
from tests.api.reports.made import NOW, TENANT, asked, rows_of

REPORT = "select status, attempts, row_count, file, error, progress from reports where report_id = $1::uuid"


async def request(
    database: Database, email: str | None = None, kind: Kind = Kind.USER_ENGAGEMENT, format: Format = Format.CSV
) -> str:
    """The id of a report that was asked for."""
    report_id, told = str(uuid4()), asked(kind, format).to_json()
    told |= {"email": email} if email else {}
    assert await reports.request(database, Asked(TENANT, report_id, kind, format, told, NOW, 100))
    return report_id


async def hopeless(database: Database, email: str | None = None) -> str:
    """The id of a report of nothing, which can't come from a request; one from an older version could."""
    report_id = await request(database, email)
    await database.rows(
        "update reports set request = jsonb_set(request, '{kind}', '\"entry_dashboard\"') where report_id = $1::uuid",
        report_id,
    )
    return report_id


async def state(database: Database, report_id: str) -> dict[str, Any]:
    """What is kept of a report."""
    return dict((await database.rows(REPORT, report_id))[0])


async def jobs(database: Database) -> list[str]:
    """The tasks that wait in the queue."""
    rows = await database.rows("select task_name from procrastinate_jobs where status = 'todo' order by id")
    return [row["task_name"] for row in rows]


async def test_a_report_is_made_once(workshop: Workshop, copy: Database) -> None:
    report_id = await request(copy)
    assert await jobs(copy) == [reports.MAKE]
    await workshop.make(report_id)
    found = await state(copy, report_id)
    assert (found["status"], found["attempts"], found["progress"]) == ("ready", 1, 1)
    assert isinstance(workshop.store, Directory)
    path = workshop.store.folder / found["file"]
    assert len(rows_of(path.read_bytes())) == found["row_count"] > 0
    written = path.stat().st_mtime_ns
    await workshop.make(report_id)
    assert path.stat().st_mtime_ns == written
    assert list(workshop.store.work.iterdir()) == []
    assert await jobs(copy) == [reports.MAKE]


async def test_a_mail_is_queued_with_the_report_and_once(workshop: Workshop, copy: Database) -> None:
    report_id = await request(copy, "ada@example.org")
    await asyncio.gather(workshop.make(report_id), workshop.make(report_id))
    assert await jobs(copy) == [reports.MAKE, reports.MAIL]


async def test_two_attempts_at_once_leave_one_report(workshop: Workshop, copy: Database) -> None:
    report_id = await request(copy, "ada@example.org")
    first = await reports.take(copy, report_id)
    second = await reports.take(copy, report_id)
    assert first
    assert second
    assert not await reports.finish(copy, first, 1, "1001/first.csv", 1)
    assert await reports.finish(copy, second, 2, "1001/second.csv", 1)
    assert (await state(copy, report_id))["row_count"] == 2
    assert await jobs(copy) == [reports.MAKE, reports.MAIL]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # ZIPs that can't be closed
@pytest.mark.parametrize("format", Format)
async def test_a_full_disk_is_tried_again_and_then_told(
    format: Format, workshop: Workshop, copy: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no device that is always full")
    report_id = await request(copy, kind=Kind.POLLS, format=format)
    fixed = UUID(int=7)
    monkeypatch.setattr(making, "uuid4", lambda: fixed)
    for attempt in range(1, MOST_ATTEMPTS + 1):
        folder = workshop.store.work / f"{report_id}-{fixed.hex[:8]}"
        folder.mkdir()
        (folder / "file").symlink_to("/dev/full")
        if attempt < MOST_ATTEMPTS:
            with pytest.raises(Exception, match="No space"):
                await workshop.make(report_id)
            assert (await state(copy, report_id))["status"] == "queued"
        else:
            await workshop.make(report_id)
        assert list(workshop.store.work.iterdir()) == []
    found = await state(copy, report_id)
    assert (found["status"], found["attempts"]) == ("failed", MOST_ATTEMPTS)
    assert found["error"] == "there is no space left where files are kept"


async def test_an_error_that_stays_is_told_at_once(workshop: Workshop, copy: Database) -> None:
    report_id = await hopeless(copy)
    await workshop.make(report_id)
    found = await state(copy, report_id)
    assert (found["status"], found["attempts"]) == ("failed", 1)
    assert "names 0" in found["error"]
    assert await jobs(copy) == [reports.MAKE], "nobody wants a mail"


async def test_an_attempt_that_was_stopped_does_not_count(workshop: Workshop, copy: Database) -> None:
    report_id = await request(copy)
    job = asyncio.create_task(workshop.make(report_id))
    while not list(workshop.store.work.iterdir()):
        await asyncio.sleep(0)
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job
    found = await state(copy, report_id)
    assert (found["status"], found["attempts"]) == ("queued", 0)
    await workshop.make(report_id)
    assert (await state(copy, report_id))["status"] == "ready"


async def test_one_that_is_cut_off_again_and_again_is_given_up(workshop: Workshop, copy: Database) -> None:
    report_id = await request(copy)
    for _ in range(MOST_ATTEMPTS):
        assert await reports.take(copy, report_id)
    await workshop.make(report_id)
    found = await state(copy, report_id)
    assert (found["status"], found["file"]) == ("failed", None)
    assert "given up" in found["error"]


async def test_a_report_that_lost_its_job_gets_another(copy: Database, copied_dsn: str) -> None:
    report_id = await request(copy)
    assert await reports.queue_again(copy) == 0
    with psycopg.connect(copied_dsn) as connection:
        connection.execute("delete from procrastinate_jobs")
        connection.execute("update reports set requested_at = now() - interval '1 minute'")
    assert await reports.queue_again(copy) == 1
    assert await reports.queue_again(copy) == 0
    (row,) = await copy.rows("select args ->> 'report_id' as id from procrastinate_jobs")
    assert row["id"] == report_id


async def test_a_database_that_is_away_is_waited_for(workshop: Workshop, copy: Database) -> None:
    report_id = await request(copy)
    away = await Database.open("postgresql://nobody@127.0.0.1:1/none", max_size=1)
    with pytest.raises(DatabaseAway):
        await Workshop(away, workshop.store, workshop.limits).make(report_id)
    assert (await state(copy, report_id))["status"] == "queued"
