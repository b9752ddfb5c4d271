"""CSV by RFC 4180: UTF-8 with byte order mark, so that spreadsheets know it; the preamble, then the header row.

A text that a spreadsheet would run as a formula gets an apostrophe before it. Numbers never do, nor texts that are
plain numbers.
"""

import csv
import io
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Final
from zipfile import ZIP_DEFLATED, ZipFile

from api.reports.formats.sheets import Sheet
from resolvers.reports.columns import Column, Type, Values

FORMULA_STARTS: Final = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""With what a formula may start: also the wide forms of = + - @."""
PLAIN_NUMBER: Final = re.compile(r"[+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?")


def harmless(text: str) -> str:
    """The text, in a form that no spreadsheet runs."""
    if text and text[0] in FORMULA_STARTS and not PLAIN_NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def told_number(value: Any) -> str:
    """The number as it is, without exponent; whole ones without a point."""
    if value == int(value):
        return str(int(value))
    told = repr(float(value))
    return f"{value:.20f}".rstrip("0") if "e" in told else told


def told_moment(at: datetime) -> str:
    """The moment in UTC, ISO 8601."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


_TELL: Final[dict[Type, Callable[[Any], str]]] = {
    Type.TEXT: harmless,
    Type.WHOLE: str,
    Type.NUMBER: told_number,
    Type.MOMENT: told_moment,
    Type.FLAG: lambda value: "1" if value else "0",
}


def cells(columns: Sequence[Column]) -> Callable[[Values], list[str]]:
    """Tells a row's values; null is an empty cell."""
    tellers = [_TELL[column.type] for column in columns]
    return lambda row: ["" if value is None else tell(value) for tell, value in zip(tellers, row, strict=True)]


class _Table:
    """A CSV file that is open."""

    def __init__(self, file: IO[bytes], sheet: Sheet) -> None:
        self._text = io.TextIOWrapper(file, "utf-8-sig", newline="", write_through=False)
        self._csv = csv.writer(self._text, lineterminator="\r\n")
        self._cells = cells(sheet.columns)
        self._csv.writerows([harmless(line)] for line in sheet.preamble)
        self._csv.writerow(sheet.headings)

    def write(self, rows: Sequence[Values]) -> None:
        self._csv.writerows(map(self._cells, rows))

    def close(self) -> None:
        self._text.close()


class CsvFile:
    """One table, one file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._table: _Table | None = None

    def begin(self, sheet: Sheet) -> None:
        """Starts the table."""
        self._table = _Table(self._path.open("wb", buffering=1 << 20), sheet)

    def write(self, rows: Sequence[Values]) -> None:
        """Adds rows."""
        assert self._table is not None
        self._table.write(rows)

    def close(self) -> None:
        """Completes the file."""
        if self._table is not None:
            self._table.close()


class CsvFiles:
    """Several tables: a ZIP with a file for each."""

    def __init__(self, path: Path) -> None:
        self._zip = ZipFile(path, "w", ZIP_DEFLATED, compresslevel=6)
        self._table: _Table | None = None

    def begin(self, sheet: Sheet) -> None:
        """Starts the next file."""
        self._end()
        self._table = _Table(self._zip.open(f"{sheet.name}.csv", "w", force_zip64=True), sheet)

    def write(self, rows: Sequence[Values]) -> None:
        """Adds rows."""
        assert self._table is not None
        self._table.write(rows)

    def close(self) -> None:
        """Completes the ZIP."""
        self._end()
        self._zip.close()

    def _end(self) -> None:
        if self._table is not None:
            self._table.close()
            self._table = None
