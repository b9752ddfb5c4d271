"""The queue: its tables are the library's own, and its jobs are done side by side, again where a worker died."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import procrastinate
import psycopg

import db.migrations
from db import jobs, reports
from db.jobs import work
from db.pool import Database
from db.reports import Asked

MIGRATION = Path(db.migrations.__file__).parent / "0006_reports.sql"
QUEUE = (
    "select procrastinate_defer_jobs_v1(array[row('reports', $1, 0, null, null, jsonb_build_object('report_id',"
    " $2::text), null)::procrastinate_job_to_defer_v1])"
)


def test_the_migration_is_the_librarys_schema() -> None:
    schema = Path(procrastinate.__file__).parent / "sql" / "schema.sql"
    assert MIGRATION.read_text().endswith(schema.read_text())


async def done(dsn: str, handlers: dict[str, jobs.Handler], over: Callable[[], bool], at_once: int = 4) -> None:
    """Works until it is over."""
    worker = asyncio.create_task(work(dsn, handlers, at_once))
    async with asyncio.timeout(40):
        while not over() and not worker.done():
            await asyncio.sleep(0.05)
    worker.cancel()
    await asyncio.gather(worker, return_exceptions=True)


async def test_a_long_job_holds_up_no_other(dsn: str) -> None:
    database = await Database.open(dsn)
    begun, release, finished = asyncio.Event(), asyncio.Event(), list[str]()

    async def make(report_id: str) -> None:
        if report_id == "long":
            begun.set()
            await release.wait()
        finished.append(report_id)

    for name in ("long", "short", "shorter"):
        await database.rows(QUEUE, reports.MAKE, name)

    def over() -> bool:
        if begun.is_set() and len(finished) == 2:
            release.set()
        return len(finished) == 3

    await done(dsn, {reports.MAKE: make}, over)
    await database.close()
    assert finished[-1] == "long"


async def asked(database: Database, tenant: int, most: int = 100) -> str | None:
    """The id of a report that an account asked for; none where too many of it wait."""
    report_id = str(uuid4())
    noted = await reports.request(database, Asked(tenant, report_id, "k", "csv", {}, datetime.now(UTC), most))
    return report_id if noted else None


async def in_order(dsn: str, of: dict[str, int]) -> list[int]:
    """The accounts of these reports, in the order in which one worker makes them."""
    made = list[int]()

    async def make(report_id: str) -> None:
        made.append(of[report_id])

    await done(dsn, {reports.MAKE: make}, lambda: len(made) == len(of), 1)
    return made


async def test_accounts_take_turns(dsn: str) -> None:
    database = await Database.open(dsn)
    of = {str(await asked(database, tenant)): tenant for tenant in (1, 1, 1, 1, 2, 2, 3)}
    assert await in_order(dsn, of) == [1, 2, 3, 1, 2, 1, 1]
    await database.close()


async def test_who_asks_again_and_again_passes_nobody_who_waits(dsn: str) -> None:
    database = await Database.open(dsn)
    waiting = [await asked(database, 1) for _ in range(3)]
    # The first is made, and since then the queue has come to the second turn.
    await database.rows("delete from procrastinate_jobs where args ->> 'report_id' = $1", waiting.pop(0))
    of = {str(id_): 1 for id_ in waiting} | {str(await asked(database, 2)): 2}
    assert await in_order(dsn, of) == [1, 2, 1]
    await database.close()


async def test_as_many_reports_wait_as_may_however_many_ask_at_once(dsn: str) -> None:
    database = await Database.open(dsn)
    found = await asyncio.gather(*(asked(database, 1, 3) for _ in range(20)))
    assert len([id_ for id_ in found if id_]) == 3
    (row,) = await database.rows("select count(*) as n from procrastinate_jobs")
    assert row["n"] == 3
    assert await asked(database, 2, 3)
    await database.rows("update reports set status = 'ready' where report_id = $1::uuid", next(filter(None, found)))
    assert await asked(database, 1, 3)
    assert await asked(database, 1, 3) is None
    await database.close()


async def test_a_job_that_fails_is_tried_again(dsn: str) -> None:
    database, tries = await Database.open(dsn), list[str]()
    await database.rows(QUEUE, reports.MAKE, "one")

    async def make(report_id: str) -> None:
        tries.append(report_id)
        if len(tries) == 1:
            raise RuntimeError("once")

    await done(dsn, {reports.MAKE: make}, lambda: len(tries) == 2)
    await database.close()
    assert tries == ["one", "one"]


async def test_the_job_of_a_worker_that_is_gone_is_done_by_another(dsn: str) -> None:
    database, made = await Database.open(dsn), list[str]()
    await database.rows(QUEUE, reports.MAKE, "one")
    with psycopg.connect(dsn) as connection:
        (worker,) = connection.execute("select worker_id from procrastinate_register_worker_v1()").fetchone() or (0,)
        taken = connection.execute("select id from procrastinate_fetch_job_v2(null, %s)", [worker]).fetchone()
        assert taken
        connection.execute("update procrastinate_workers set last_heartbeat = now() - interval '1 hour'")

    async def make(report_id: str) -> None:
        made.append(report_id)

    await done(dsn, {reports.MAKE: make}, lambda: bool(made))
    await database.close()
    assert made == ["one"]
