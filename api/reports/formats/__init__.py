"""The formats: each writes tables row by row, so that what is held in memory does not grow with the rows."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from api.reports.formats.csv_files import CsvFile, CsvFiles
from api.reports.formats.parquet_files import ParquetFile, ParquetFiles
from api.reports.formats.sheets import Sheet, Writer
from api.reports.formats.workbook import Workbook
from resolvers.reports.request import Format

__all__ = ["Sheet", "Writer", "extension", "writer"]

_WRITERS: Final[dict[tuple[Format, bool], tuple[str, Callable[[Path], Writer]]]] = {
    (Format.CSV, False): ("csv", CsvFile),
    (Format.CSV, True): ("zip", CsvFiles),
    (Format.XLSX, False): ("xlsx", Workbook),
    (Format.XLSX, True): ("xlsx", Workbook),
    (Format.PARQUET, False): ("parquet", ParquetFile),
    (Format.PARQUET, True): ("zip", ParquetFiles),
}
"""By format and whether there are several tables: the file's extension, and what writes it."""


def extension(format: Format, several: bool) -> str:
    """What the file's name ends with."""
    return "pdf" if format is Format.PDF else _WRITERS[format, several][0]


def writer(format: Format, several: bool, path: Path) -> Writer:
    """What writes this file, of one table or several."""
    return _WRITERS[format, several][1](path)
