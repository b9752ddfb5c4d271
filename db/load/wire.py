"""PostgreSQL's binary COPY format from and to columns of numbers, without a step in Python for each row.

A row's layout depends on which of its values are null and how long the others are. Rows of one layout are laid out
together as one block of memory; their order in the stream does not matter.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

HEADER: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER: Final = b"\xff\xff"
_EPOCH_2000: Final = 946_684_800_000_000
"""Microseconds from 1970 to where PostgreSQL counts from."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """A column without nulls: int2, int4, int8, float8, bool, or time (microseconds since 1970)."""

    name: str
    type: str
    values: NDArray[Any]


@dataclass(frozen=True, slots=True)
class Nullable:
    """A column of float8 in which NaN stands for null."""

    name: str
    values: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Blobs:
    """A column of ready-made values: `which` says which of `values` each row has; an empty one is null."""

    name: str
    values: Sequence[bytes]
    which: NDArray[np.int64]


Column = Fixed | Nullable | Blobs

_TYPES: Final = {"int2": ">i2", "int4": ">i4", "int8": ">i8", "float8": ">f8", "bool": "u1", "time": ">i8"}


def encoded(columns: Sequence[Column]) -> Iterator[bytes]:
    """The rows of these columns, header and trailer included."""
    yield HEADER
    layout = _layouts(columns)
    order = np.argsort(layout, kind="stable")
    bounds = np.flatnonzero(np.diff(layout[order])) + 1
    for rows in np.split(order, bounds):
        if len(rows):
            yield _block(columns, rows)
    yield TRAILER


def _layouts(columns: Sequence[Column]) -> NDArray[np.int64]:
    """A number for each row; equal for rows that look alike in memory."""
    size = len(columns[0].values if not isinstance(columns[0], Blobs) else columns[0].which)
    layout = np.zeros(size, dtype=np.int64)
    for column in columns:
        match column:
            case Nullable(_, values):
                layout = layout * 2 + np.isnan(values)
            case Blobs(_, values, which):
                lengths = np.array([len(value) for value in values], dtype=np.int64)
                kinds, kind_of = np.unique(lengths, return_inverse=True)
                layout = layout * len(kinds) + kind_of[which]
            case Fixed():
                pass
    return layout


def _block(columns: Sequence[Column], rows: NDArray[np.int64]) -> bytes:
    fields: list[tuple[str, Any]] = [("columns", ">i2")]
    for place, column in enumerate(columns):
        fields.append((f"size{place}", ">i4"))
        if (type_ := _type_of(column, rows)) is not None:
            fields.append((f"value{place}", type_))
    block = np.zeros(len(rows), dtype=np.dtype(fields))
    block["columns"] = len(columns)
    for place, column in enumerate(columns):
        value = f"value{place}"
        if value not in (block.dtype.names or ()):
            block[f"size{place}"] = -1
            continue
        block[f"size{place}"] = block.dtype[value].itemsize
        block[value] = _values_of(column, rows)
    return block.tobytes()


def _type_of(column: Column, rows: NDArray[np.int64]) -> Any:
    match column:
        case Fixed(_, type_, _):
            return _TYPES[type_]
        case Nullable(_, values):
            return None if np.isnan(values[rows[0]]) else ">f8"
        case Blobs(_, values, which):
            length = len(values[which[rows[0]]])
            return ("u1", (length,)) if length else None


def _values_of(column: Column, rows: NDArray[np.int64]) -> NDArray[Any]:
    match column:
        case Fixed(_, "time", values):
            return values[rows] - _EPOCH_2000
        case Fixed(_, _, values) | Nullable(_, values):
            return values[rows]
        case Blobs(_, values, which):
            needed, place = np.unique(which[rows], return_inverse=True)
            length = len(values[needed[0]])
            found = np.frombuffer(b"".join(values[number] for number in needed), dtype=np.uint8)
            return found.reshape(len(needed), length)[place]


def decoded(data: bytes, types: dict[str, str]) -> dict[str, NDArray[Any]]:
    """The columns of rows without nulls that a COPY … TO gave."""
    fields: list[tuple[str, str]] = [("columns", ">i2")]
    for name, type_ in types.items():
        fields += [(f"size of {name}", ">i4"), (name, _TYPES[type_])]
    layout = np.dtype(fields)
    body = data[len(HEADER) : -len(TRAILER)]
    rows = np.frombuffer(body, dtype=layout)
    found = {}
    for name, type_ in types.items():
        values = rows[name].astype(rows.dtype[name].newbyteorder("="))
        found[name] = values + _EPOCH_2000 if type_ == "time" else values
    return found
