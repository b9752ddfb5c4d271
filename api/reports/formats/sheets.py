"""What every format writes: sheets of typed columns, row by row."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from resolvers.reports.columns import Column, Values


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table with the names that its columns have in this file, and what it is about in words."""

    name: str
    title: str
    columns: Sequence[Column]
    headings: Sequence[str]
    preamble: Sequence[str]


class Writer(Protocol):
    """Writes a file. Sheets come one after the other, each with its rows; `close` completes the file."""

    def begin(self, sheet: Sheet) -> None:
        """Starts the next sheet."""

    def write(self, rows: Sequence[Values]) -> None:
        """Adds rows to the sheet, each with a value for every column."""

    def close(self) -> None:
        """Completes the file."""
