"""Reports made in process over the golden data, and read back by independent readers."""

import csv
import io
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from api.reports.making import write
from db.pool import Database
from db.question import EVERYTHING, And, Filter, KeyIn, Range
from resolvers.context import Context
from resolvers.reports.kinds import KINDS
from resolvers.reports.request import Format, HeaderStyle, Kind, Request
from tests.differential.product import LIMITS

TENANT = 1001
SEASON = Range(datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 10, 1, tzinfo=UTC))
NOW = datetime(2026, 12, 1, tzinfo=UTC)
ABOUT = {"entry": "rec-1", "session": "s-1", "room": "room-1", "user": "u01"}
"""What the dashboards are made of."""


def asked(kind: Kind, format: Format = Format.CSV, *filters: Filter, **more: Any) -> Request:
    """A request; of a dashboard one that names what it is about."""
    about = KINDS[kind].about
    named = (KeyIn(about, (ABOUT[about],)),) if about else ()
    wanted = And((*named, *filters)) if named or filters else EVERYTHING
    return Request(kind, format, more.get("headers", HeaderStyle.SYSTEM), more.get("window", SEASON), wanted)


async def made(database: Database, request: Request, folder: Path, tenant: int = TENANT) -> tuple[Path, int]:
    """The report's file, and how many rows it says to have."""
    path = folder / f"{request.kind}.{request.format}"
    context = Context.of(tenant, None, database, LIMITS, lambda: NOW)
    return path, await write(context, request, path, _nobody_looks)


async def _nobody_looks(share: float) -> None:
    assert 0 <= share <= 1


async def table(database: Database, request: Request, folder: Path) -> list[dict[str, str]]:
    """The rows of the only table of a CSV report."""
    path, _ = await made(database, request, folder)
    return rows_of(path.read_bytes())


async def tables(database: Database, request: Request, folder: Path) -> dict[str, list[dict[str, str]]]:
    """The rows of each table of a CSV report of several."""
    path, _ = await made(database, request, folder)
    with ZipFile(path) as archive:
        return {name.removesuffix(".csv"): rows_of(archive.read(name)) for name in archive.namelist()}


def lines_of(content: bytes) -> list[list[str]]:
    """Every record of a CSV file, the preamble's too."""
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))


def rows_of(content: bytes) -> list[dict[str, str]]:
    """The rows of a CSV file, by the names in its header row."""
    lines = lines_of(content)
    header = [number for number, line in enumerate(lines) if line == ["#-----"]][1] + 1
    return [dict(zip(lines[header], line, strict=True)) for line in lines[header + 1 :]]


def numbers(rows: Sequence[dict[str, str]], *columns: str) -> list[list[float | None]]:
    """These columns as numbers; null for an empty cell."""
    return [[float(row[column]) if row[column] else None for column in columns] for row in rows]
