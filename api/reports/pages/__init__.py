"""PDF: dashboards and polls as pages that one hands on. Typst sets them, with the fonts that come along, offline.

page.typ draws what blocks.py says; values reach it as JSON, so that no text is ever read as its markup.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import typst

from api.reports.pages.blocks import block
from api.reports.pages.telling import soft
from resolvers import ranges
from resolvers.context import Context
from resolvers.ranges import Period
from resolvers.reports.asking import named_keys, scope_record, subject_of
from resolvers.reports.columns import asked_metrics
from resolvers.reports.kinds import KINDS, Definition
from resolvers.reports.preamble import conditions
from resolvers.reports.request import Request
from resolvers.reports.sources import Asked
from resolvers.reports.tables import Look, Table
from resolvers.subject import Subject

FOLDER: Final = Path(__file__).parent
MOST_RECORDS: Final = 5_000
"""Rows of polls that pages show; of other tables they show the first ones anyway."""

LONGEST_SUBJECT: Final = 150
LONGEST_FILTER: Final = 400

Progress = Callable[[float], Awaitable[None]]


async def write_pages(context: Context, request: Request, path: Path, progress: Progress) -> int:
    """Writes the PDF; how many rows its tables have together."""
    definition, subject = KINDS[request.kind], subject_of(context.tenant, request)
    asked, blocks, total = Asked(context, subject), [], 0
    for place, table in enumerate(definition.tables):
        rows, count = await _rows(asked, table)
        blocks.append(block(table, rows, count, request.window))
        total += len(rows) if table.look is Look.POLLS else count
        await progress((place + 1) / (len(definition.tables) + 1))
    about = await _about(context, definition, request, subject)
    await asyncio.to_thread(_compile, json.dumps({**about, "blocks": blocks}), path)
    return total


async def _rows(asked: Asked, table: Table) -> tuple[list[Any], int]:
    """The rows that a page may show, and how many there are."""
    rows: list[Any] = []
    count = 0
    async with aclosing(table.source.batches(asked, asked_metrics(table.columns))) as batches:
        async for batch in batches:
            rows += batch.rows
            count = batch.total or 0
            if table.look is not Look.POLLS or len(rows) >= MOST_RECORDS:
                break
    return rows, count


async def _about(context: Context, definition: Definition, request: Request, subject: Subject) -> dict[str, Any]:
    """What stands above the panels."""
    named, before = await _name(context, definition, subject), ""
    if any(table.look is Look.CARDS for table in definition.tables):
        previous = ranges.compared(request.window, Period.PREVIOUS)
        before = f"compared with {_days(previous.start, previous.end, request)}"
    made = context.started.astimezone(request.window.tz)
    return {
        "title": definition.title,
        "subject": soft(named, LONGEST_SUBJECT),
        "range": _days(request.window.start, request.window.end, request),
        "zone": request.window.zone,
        "compared": before,
        "filters": [soft(line, LONGEST_FILTER) for line in conditions(subject.filter)],
        "footer": f"{definition.title} · as of {made:%Y-%m-%d %H:%M} {request.window.zone} · {soft(named)}",
    }


async def _name(context: Context, definition: Definition, subject: Subject) -> str:
    if definition.about is not None:
        record = await scope_record(context, definition.about, subject.scope[0][1])
        return str(record["name"])
    sessions, rest = named_keys(subject.filter, "session")
    record_of_one = await context.loaders.sessions.load(sessions[0]) if len(sessions) == 1 else None
    if record_of_one is not None:
        return str(record_of_one["name"])
    return "Selected sessions" if sessions or conditions(rest) else "All sessions"


def _days(start: Any, end: Any, request: Request) -> str:
    """The range by days where it is whole days, else by minutes; both ends included."""
    first, last = start.astimezone(request.window.tz), end.astimezone(request.window.tz)
    if first.hour == first.minute == last.hour == last.minute == 0:
        days = [f"{day:%-d %b %Y}" for day in (first, max(first, last - timedelta(seconds=1)))]
        return " – ".join(dict.fromkeys(days))
    return f"{first:%-d %b %Y %H:%M} – {last:%-d %b %Y %H:%M}"


def _compile(told: str, path: Path) -> None:
    """Sets the pages; nothing of this machine but the fonts here is used."""
    content = typst.compile(
        str(FOLDER / "page.typ"),
        root=str(FOLDER),
        font_paths=[str(FOLDER / "fonts")],
        ignore_system_fonts=True,
        sys_inputs={"data": told},
        format="pdf",
    )
    path.write_bytes(content)
