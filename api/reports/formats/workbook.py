"""XLSX: a sheet for each table with a frozen header row and typed cells, and one that says what they are about.

Texts are stored as texts, so none of them can be run as a formula. Rows go to disk as they come.
"""

import math
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from api.reports.formats.csv_files import told_moment
from api.reports.formats.sheets import Sheet
from resolvers.reports.columns import Column, Type, Values

MOST_ROWS: Final = 1_048_576
LONGEST_TEXT: Final = 32_767
LONGEST_NAME: Final = 31
EARLIEST_YEAR: Final = 1900
WIDTHS: Final = {Type.TEXT: 24, Type.MOMENT: 22, Type.NUMBER: 14, Type.WHOLE: 12, Type.FLAG: 10}
FORMATS: Final = {"ratio": "0.0%", "min": "#,##0.00", "UTC": 'yyyy-mm-dd"T"hh:mm:ss"Z"', "count": "#,##0"}

Write = Callable[[Worksheet, int, int, Any, Format | None], Any]


def _text(sheet: Worksheet, row: int, column: int, value: Any, shown: Format | None) -> None:
    sheet.write_string(row, column, value[:LONGEST_TEXT])


def _number(sheet: Worksheet, row: int, column: int, value: Any, shown: Format | None) -> None:
    if math.isfinite(value):
        sheet.write_number(row, column, value, shown)
    else:
        sheet.write_string(row, column, str(value))


def _moment(sheet: Worksheet, row: int, column: int, value: datetime, shown: Format | None) -> None:
    moment = value.astimezone(UTC).replace(tzinfo=None)
    if moment.year >= EARLIEST_YEAR:
        sheet.write_datetime(row, column, moment, shown)
    else:
        sheet.write_string(row, column, told_moment(value))


_WRITE: Final[dict[Type, Write]] = {
    Type.TEXT: _text,
    Type.WHOLE: _number,
    Type.NUMBER: _number,
    Type.MOMENT: _moment,
    Type.FLAG: lambda sheet, row, column, value, shown: sheet.write_number(row, column, int(value)),
}


class Workbook:
    """One table or several, a sheet each; one with more rows than a sheet holds goes on in the next."""

    def __init__(self, path: Path) -> None:
        options = {"constant_memory": True, "tmpdir": str(path.parent)}
        self._book = xlsxwriter.Workbook(str(path), options)
        self._formats = {unit: self._book.add_format({"num_format": shown}) for unit, shown in FORMATS.items()}
        self._bold = self._book.add_format({"bold": True, "bottom": 1})
        self._preamble: Sequence[str] = ()

    def begin(self, sheet: Sheet) -> None:
        """Starts the next sheet."""
        self._sheet, self._part = sheet, 1
        self._preamble = self._preamble or sheet.preamble
        self._writes = [(_WRITE[column.type], self._shown(column)) for column in sheet.columns]
        self._open(sheet.title)

    def write(self, rows: Sequence[Values]) -> None:
        """Adds rows."""
        for row in rows:
            if self._next == MOST_ROWS:
                self._part += 1
                self._open(f"{self._sheet.title} ({self._part})")
            for place, (value, (write, shown)) in enumerate(zip(row, self._writes, strict=True)):
                if value is not None:
                    write(self._page, self._next, place, value, shown)
            self._next += 1

    def close(self) -> None:
        """Adds what the tables are about, and completes the file."""
        about = self._book.add_worksheet("About")
        about.set_column(0, 0, 100)
        for row, line in enumerate(self._preamble):
            about.write_string(row, 0, line[:LONGEST_TEXT])
        self._book.close()

    def _open(self, title: str) -> None:
        self._page = self._book.add_worksheet(title[:LONGEST_NAME])
        self._page.freeze_panes(1, 0)
        for place, (column, heading) in enumerate(zip(self._sheet.columns, self._sheet.headings, strict=True)):
            self._page.set_column(place, place, max(WIDTHS[column.type], len(heading) + 2))
            self._page.write_string(0, place, heading, self._bold)
        self._next = 1

    def _shown(self, column: Column) -> Format | None:
        return self._formats.get("count" if column.unit == "users" else column.unit)
