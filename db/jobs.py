"""The queue of jobs, which lives in the database: what is in it survives a restart, whoever takes it.

The only module that knows procrastinate. Its tables come with a migration (db/migrations), word for word its own. Jobs
are put there by the statements of db/reports.py, together with what they are about.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

from procrastinate import App, PsycopgConnector, RetryStrategy
from procrastinate.exceptions import ConnectorException
from psycopg_pool import PoolTimeout

from db.errors import DatabaseAway
from db.reports import MOST_ATTEMPTS, QUEUE

logger = logging.getLogger("frontrow.jobs")

Handler = Callable[[str], Awaitable[None]]

HEARTBEAT_SECONDS: Final = 5
STALLED_SECONDS: Final = 20
RESCUE_SECONDS: Final = 10
GRACE_SECONDS: Final = 5

_RETRY: Final = RetryStrategy(max_attempts=MOST_ATTEMPTS - 1, exponential_wait=3)


async def work(dsn: str, handlers: Mapping[str, Handler], concurrency: int) -> None:
    """Does jobs, so many at a time, until a signal ends it. A handler gets the report's id; what it raises is tried
    again later. Raises DatabaseAway."""
    connector = PsycopgConnector(
        conninfo=dsn, min_size=1, max_size=4, timeout=10, kwargs={"application_name": "frontrow jobs"}
    )
    app = App(connector=connector)
    for name, handler in handlers.items():
        app.task(name=name, queue=QUEUE, retry=_RETRY)(_named(handler))
    try:
        async with app.open_async():
            rescue = asyncio.create_task(_rescue(app))
            try:
                await app.run_worker_async(
                    queues=[QUEUE],
                    concurrency=concurrency,
                    delete_jobs="always",
                    update_heartbeat_interval=HEARTBEAT_SECONDS,
                    stalled_worker_timeout=STALLED_SECONDS,
                    shutdown_graceful_timeout=GRACE_SECONDS,
                )
            finally:
                rescue.cancel()
                with suppress(asyncio.CancelledError):
                    await rescue
    except (ConnectorException, PoolTimeout) as error:
        raise DatabaseAway from error


def _named(handler: Handler) -> Callable[[str], Awaitable[None]]:
    async def run(report_id: str) -> None:
        await handler(report_id)

    return run


async def _rescue(app: App) -> None:
    """Puts jobs of workers that died back into the queue, again and again."""
    while True:
        try:
            stalled = await app.job_manager.get_stalled_jobs(queue=QUEUE, seconds_since_heartbeat=STALLED_SECONDS)
            for job in stalled:
                logger.warning("job %s of a worker that is gone goes back into the queue", job.id)
                await app.job_manager.retry_job(job, retry_at=datetime.now(UTC))
        except Exception as error:  # the worker itself ends where the database stays away
            logger.warning("the queue can't be looked through: %s", error)
        await asyncio.sleep(RESCUE_SECONDS)
