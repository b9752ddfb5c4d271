"""The process that makes reports: `frontrow worker`, and a child of `frontrow serve`.

A process of its own, so that no report slows the answers to requests, nor takes the service down.
"""

import asyncio
import logging
import shutil
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from api.reports.links import Links
from api.reports.mail import Mailer
from api.reports.mailing import Postroom
from api.reports.making import ATTEMPT, Workshop
from api.reports.store import Store, store_at
from api.settings import Settings
from db import ended_reports, reports
from db.jobs import work
from db.pool import Database
from resolvers.context import Limits

logger = logging.getLogger("frontrow.reports")

TIDY_SECONDS: Final = 30
LEFT_SECONDS: Final = 86_400  # no attempt takes a day


async def run_worker(settings: Settings, dsn: str) -> None:
    """Makes and mails reports until a signal ends it; raises DatabaseAway."""
    jobs = max(settings.report_jobs, 1)
    # Two connections for each report: one that its rows come through, one for what belongs to them.
    seconds = settings.report_statement_timeout_seconds
    database = await Database.open(dsn, max_size=2 * jobs + 2, statement_timeout=seconds, keeping=0)
    store = store_at(settings.report_place)
    limits = Limits.of(settings)
    workshop = Workshop(database, store, limits)
    postroom = Postroom(database, Links(settings.signing_key(), settings.base_url), _mailer(settings))
    tidying = asyncio.create_task(_tidy(database, store))
    try:
        await work(dsn, {reports.MAKE: workshop.make, reports.MAIL: postroom.mail}, jobs)
    finally:
        tidying.cancel()
        with suppress(asyncio.CancelledError):
            await tidying
        await database.close()


def _mailer(settings: Settings) -> Mailer | None:
    return Mailer(settings.smtp_url.get_secret_value(), settings.mail_from) if settings.smtp_url else None


async def _tidy(database: Database, store: Store) -> None:
    """Deletes what is over and queues reports that lost their job, again and again."""
    while True:
        try:
            await delete_expired(database, store)
            await ended_reports.forget(database)
            await reports.queue_again(database)
            await asyncio.to_thread(clear_leftovers, store.work)
        except Exception as error:  # of the database, the disk or the store: the next round may do better
            logger.warning("tidying up has to wait: %s", error)
        await asyncio.sleep(TIDY_SECONDS)


async def delete_expired(database: Database, store: Store) -> None:
    """Deletes the files of reports whose time is over."""
    over = await ended_reports.expired(database)
    gone = [report["report_id"] for report in over if await _is_gone(store, report["file"])]
    if gone:
        await ended_reports.deleted(database, gone)


async def _is_gone(store: Store, file: str) -> bool:
    """Deletes the file; False where that can't be done now, which is no reason to keep the others."""
    try:
        await store.delete(file)
    except Exception as error:  # a store's errors are its own
        logger.warning("%s can't be deleted: %s", file, error)
        return False
    return True


def clear_leftovers(work: Path) -> None:
    """Removes what killed workers left of files that they were writing."""
    latest = time.time() - LEFT_SECONDS
    for left in work.iterdir():
        with suppress(OSError):
            if ATTEMPT.fullmatch(left.name) and left.stat().st_mtime < latest:
                shutil.rmtree(left)
