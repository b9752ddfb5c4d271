"""Parquet: typed columns with their units and names for people as metadata; the file says what it is about."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final
from zipfile import ZIP_STORED, ZipFile

import pyarrow as pa
import pyarrow.parquet as pq

from api.reports.formats.sheets import Sheet
from resolvers.reports.columns import Column, Type, Values

ROW_GROUP: Final = 50_000

_TYPES: Final[dict[Type, pa.DataType]] = {
    Type.TEXT: pa.string(),
    Type.WHOLE: pa.int64(),
    Type.NUMBER: pa.float64(),
    Type.MOMENT: pa.timestamp("us", tz="UTC"),
    Type.FLAG: pa.bool_(),
}


class ParquetFile:
    """One table, one file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._waiting: list[Values] = []

    def begin(self, sheet: Sheet) -> None:
        """Starts the table."""
        fields = [_field(column, name) for column, name in zip(sheet.columns, sheet.headings, strict=True)]
        self._schema = pa.schema(fields, metadata={"frontrow.about": "\n".join(sheet.preamble)})
        self._writer = pq.ParquetWriter(self._path, self._schema, compression="zstd")

    def write(self, rows: Sequence[Values]) -> None:
        """Adds rows."""
        self._waiting += rows
        if len(self._waiting) >= ROW_GROUP:
            self._flush()

    def close(self) -> None:
        """Completes the file."""
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        if self._waiting:
            columns: list[Any] = list(zip(*self._waiting, strict=True))
            arrays = [pa.array(values, type=field.type) for values, field in zip(columns, self._schema, strict=True)]
            self._writer.write_table(pa.Table.from_arrays(arrays, schema=self._schema))
            self._waiting = []


def _field(column: Column, name: str) -> pa.Field:
    about = {"label": column.label, **({"unit": column.unit} if column.unit else {})}
    return pa.field(name, _TYPES[column.type], metadata=about)


class ParquetFiles:
    """Several tables: a ZIP with a file for each. They are compressed already."""

    def __init__(self, path: Path) -> None:
        self._zip = ZipFile(path, "w", ZIP_STORED)
        self._part = path.with_suffix(".part")
        self._open: tuple[str, ParquetFile] | None = None

    def begin(self, sheet: Sheet) -> None:
        """Starts the next file."""
        self._end()
        file = ParquetFile(self._part)
        file.begin(sheet)
        self._open = (sheet.name, file)

    def write(self, rows: Sequence[Values]) -> None:
        """Adds rows."""
        assert self._open is not None
        self._open[1].write(rows)

    def close(self) -> None:
        """Completes the ZIP."""
        self._end()
        self._zip.close()

    def _end(self) -> None:
        if self._open is not None:
            name, file = self._open
            file.close()
            self._zip.write(self._part, f"{name}.parquet")
            self._part.unlink()
            self._open = None
