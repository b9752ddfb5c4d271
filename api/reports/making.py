"""One job: from a report that was asked for to a file in the store, or to the reason why there is none."""

import asyncio
import errno
import logging
import re
import shutil
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final
from uuid import uuid4

from api.reports.formats import Sheet, Writer, extension, writer
from api.reports.store import Store
from db import reports
from db.errors import DatabaseAway, FrontrowError
from db.pool import Database, TooSlow
from db.reports import MOST_ATTEMPTS, Taken
from resolvers.context import Context, Limits
from resolvers.reports.asking import subject_of
from resolvers.reports.columns import asked_metrics, values
from resolvers.reports.kinds import KINDS
from resolvers.reports.preamble import preamble
from resolvers.reports.request import Format, HeaderStyle, Request
from resolvers.reports.sources import Asked
from resolvers.reports.tables import Table

logger = logging.getLogger("frontrow.reports")

PROGRESS_SECONDS: Final = 1.0
FULL: Final = (errno.ENOSPC, errno.EDQUOT)
ATTEMPT: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-[0-9a-f]{8}")

Progress = Callable[[float], Awaitable[None]]


class NoSpace(FrontrowError):
    """The disk that files are made on is full."""

    code = "NO_SPACE"

    def __init__(self) -> None:
        super().__init__("there is no space left where files are kept", hint="make room, then ask for the report again")


@dataclass(frozen=True, slots=True)
class Workshop:
    """What jobs work with."""

    database: Database
    store: Store
    limits: Limits

    async def make(self, report_id: str) -> None:
        """Makes a report; raises what may be over when it is tried again."""
        taken = await reports.take(self.database, report_id)
        if taken is None:
            return
        logger.info("makes report %s, attempt %d", report_id, taken.attempt)
        try:
            # A folder of this attempt's own: another may still be at work.
            with attempt_folder(self.store.work, report_id) as folder:
                await self._make(taken, folder / "file")
        except asyncio.CancelledError:
            await asyncio.shield(reports.give_back(self.database, taken, counted=False))
            raise
        except Exception as error:
            await self._failed(taken, error)

    async def _make(self, taken: Taken, path: Path) -> None:
        request = Request.from_json(taken.request)
        context = Context.of(taken.tenant, None, self.database, self.limits, lambda: taken.requested_at)
        rows = await write(context, request, path, _noting(self.database, taken))
        size = path.stat().st_size
        name = f"{taken.tenant}/{taken.report_id}.{extension(request.format, len(KINDS[request.kind].tables) > 1)}"
        await self.store.put(name, path)
        await reports.finish(self.database, taken, rows, name, size)

    async def _failed(self, taken: Taken, error: Exception) -> None:
        told = _told(error)
        if taken.attempt < MOST_ATTEMPTS and not _is_final(told):
            await reports.give_back(self.database, taken)
            raise error
        logger.error("report %s can't be made", taken.report_id, exc_info=error)
        await reports.fail(self.database, taken, told.message if told else "internal error")


def _told(error: Exception) -> FrontrowError | None:
    """What of the error may be told."""
    if any(isinstance(cause, OSError) and cause.errno in FULL for cause in _causes(error)):
        return NoSpace()
    return error if isinstance(error, FrontrowError) else None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error and those that led to it: what writes a format may have errors of its own."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _is_final(told: FrontrowError | None) -> bool:
    """Whether trying again can't help."""
    return told is not None and not isinstance(told, DatabaseAway | TooSlow | NoSpace)


@contextmanager
def attempt_folder(work: Path, report_id: str) -> Iterator[Path]:
    """A folder for what an attempt writes, its name like ATTEMPT; at the end it is gone with all that is left there."""
    folder = work / f"{report_id}-{uuid4().hex[:8]}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _noting(database: Database, taken: Taken) -> Progress:
    """Notes progress, at most once a second."""
    last = time.monotonic()

    async def note(share: float) -> None:
        nonlocal last
        if time.monotonic() - last >= PROGRESS_SECONDS:
            last = time.monotonic()
            await reports.progress(database, taken, share)

    return note


async def write(context: Context, request: Request, path: Path, progress: Progress) -> int:
    """Writes the report's file; how many rows its tables have together."""
    if request.format is Format.PDF:
        from api.reports.pages import write_pages  # what sets pages takes long to import

        return await write_pages(context, request, path, progress)
    definition = KINDS[request.kind]
    asked = Asked(context, subject_of(context.tenant, request))
    about = preamble(definition.title, request)
    file = writer(request.format, len(definition.tables) > 1, path)
    total = 0
    for place, table in enumerate(definition.tables):
        share = partial(_share_of, progress, place, len(definition.tables))
        total += await _write_table(asked, table, _sheet(table, request.headers, about), file, share)
    await asyncio.to_thread(file.close)
    return total


def _sheet(table: Table, headers: HeaderStyle, about: Sequence[str]) -> Sheet:
    names = [column.label if headers is HeaderStyle.DESCRIPTIVE else column.name for column in table.columns]
    return Sheet(table.name, table.title, table.columns, names, about)


async def _share_of(progress: Progress, place: int, tables: int, share: float) -> None:
    await progress((place + share) / tables)


async def _write_table(asked: Asked, table: Table, sheet: Sheet, file: Writer, progress: Progress) -> int:
    """Writes a table batch by batch; formatting runs in a thread, so that other reports go on meanwhile."""
    read = values(table.columns)
    await asyncio.to_thread(file.begin, sheet)
    written = seen = 0
    async with aclosing(table.source.batches(asked, asked_metrics(table.columns))) as batches:
        async for batch in batches:
            await asyncio.to_thread(lambda rows: file.write([read(row) for row in rows]), batch.rows)
            written += len(batch.rows)
            seen += len(batch.rows)
            await progress(min(seen / batch.total, 1) if batch.total else 0)
    return written
