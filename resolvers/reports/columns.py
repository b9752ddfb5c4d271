"""Columns: what is read from a row, its type and unit, and its name in both header styles."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from db.metrics import METRICS

Row = Mapping[str, Any]
Value = str | int | float | bool | datetime | None
Values = tuple[Value, ...]


class Type(StrEnum):
    """What a column's values are."""

    TEXT = "text"
    WHOLE = "whole"
    NUMBER = "number"
    MOMENT = "moment"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `reads`: where in a row its value is, as `plays` or `user.email`; `or_zero`: null is told as 0."""

    name: str
    label: str
    type: Type
    reads: str
    unit: str = ""
    or_zero: bool = False

    def reader(self) -> Callable[[Row], Value]:
        """Reads the column's value from a row; what is not there is null."""
        head, _, tail = self.reads.partition(".")
        if tail:
            return lambda row: (row[head] or {}).get(tail)
        if self.or_zero:
            return lambda row: row[head] or 0
        return lambda row: row[head]


def text(name: str, label: str, reads: str = "") -> Column:
    """A column of texts."""
    return Column(name, label, Type.TEXT, reads or name)


def whole(name: str, label: str, reads: str = "", unit: str = "count") -> Column:
    """A column of whole numbers."""
    return Column(name, label, Type.WHOLE, reads or name, unit)


def number(name: str, label: str, reads: str = "", unit: str = "") -> Column:
    """A column of numbers."""
    return Column(name, label, Type.NUMBER, reads or name, unit)


def moment(name: str, label: str, reads: str = "") -> Column:
    """A column of moments, told in UTC."""
    return Column(name, label, Type.MOMENT, reads or name, "UTC")


def flag(name: str, label: str, reads: str = "") -> Column:
    """A column of yes and no, told as 1 and 0."""
    return Column(name, label, Type.FLAG, reads or name)


def metric(metric: str, name: str = "", label: str = "", *, or_zero: bool = False) -> Column:
    """A column that holds a metric; named like it where nothing else is said."""
    found = METRICS[metric]
    type_ = Type.WHOLE if found.unit.whole else Type.NUMBER
    return Column(name or metric, label or found.label, type_, metric, found.unit.value, or_zero)


def metrics(*names: str) -> tuple[Column, ...]:
    """Columns of metrics under their own names."""
    return tuple(metric(name) for name in names)


def of(record: str, *columns: Column) -> tuple[Column, ...]:
    """The columns, read from a record that rows hold under this name."""
    return tuple(replace(column, reads=f"{record}.{column.reads}") for column in columns)


def asked_metrics(columns: Sequence[Column]) -> frozenset[str]:
    """The metrics that the columns read."""
    return frozenset(column.reads for column in columns if column.reads in METRICS)


def values(columns: Sequence[Column]) -> Callable[[Row], Values]:
    """Reads a row's values, in the order of the columns."""
    readers = [column.reader() for column in columns]
    return lambda row: tuple([read(row) for read in readers])
