"""What is stored already of the viewings in a batch: their keys, and the events that new ones have to be read with."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg.copy import LibpqWriter

from db.load.columns import NO_FIRSTS, NO_SPANS
from db.load.moments import EPOCH, MICROSECOND
from db.load.wire import Blobs, Fixed, decoded, encoded

Ints = NDArray[np.int64]

_READ: Final[dict[str, str]] = {
    "viewing_key": "int8",
    "time": "time",
    "event_type": "int4",
    "event_index": "int4",
    "key_tag": "int8",
    "digest": "int8",
    "batch": "int8",
    "entry_key": "int4",
    "playback": "int2",
    "position": "float8",
    "play_time": "float8",
    "play_time_sum": "float8",
    "playback_speed": "float8",
    "play_seconds": "float8",
    "interval_start": "float8",
    "interval_end": "float8",
    "spans": "int8",
    "firsts": "int2",
}

_NEAR: Final = 86_400_000_000  # µs: what is so near is in one partition or two
_DEFAULTS: Final = {"float8": "'NaN'", "int8": str(NO_SPANS), "int2": f"'{NO_FIRSTS}'"}

_NULLABLE: Final = frozenset({"position", "play_time", "play_time_sum", "playback_speed", "play_seconds"}) | {
    "interval_start",
    "interval_end",
    "spans",
    "firsts",
}


@dataclass(slots=True)
class Viewings:
    """The viewings of a batch, by number: key, and where known the first, last and tail time (µs); 0: new.

    `seen_low` and `seen_high`: what was covered before the tail. `shared`: the hash of what all heartbeats share.
    """

    key: Ints
    new: NDArray[np.bool_]
    first: Ints
    tail: Ints
    last: Ints
    seen_low: Ints
    seen_high: Ints
    shared: Ints
    hashes: Sequence[bytes]


def viewings(cursor: psycopg.Cursor[Any], wanted: Sequence[tuple[bytes, bool]]) -> Viewings:
    """The viewings by hash; those that are new get a key now and are stored with their times later."""
    hashes, count = [hash_ for hash_, _ in wanted], len(wanted)
    named = [Fixed("number", "int4", np.arange(count)), Blobs("viewing_hash", hashes, np.arange(count))]
    fill(cursor, "named", "number int, viewing_hash uuid", named)
    stored = _looked_up(
        cursor,
        f"select n.number, {', '.join(f'v.{name}' for name in _OF_VIEWINGS)} from named n"
        " cross join lateral (select * from viewings where viewing_hash = n.viewing_hash offset 0) v",
        {"number": "int4", **_OF_VIEWINGS},
    )
    new = np.ones(count, dtype=bool)
    new[stored["number"]] = False
    found = {name: np.zeros(count, dtype=np.int64) for name in _OF_VIEWINGS}
    for name, values in found.items():
        values[stored["number"]] = stored[name]
    found["viewing_key"][new] = _keys(cursor, np.array([has_session for _, has_session in wanted], dtype=bool)[new])
    key, first, tail, last, low, high, shared = found.values()
    return Viewings(key, new, first, tail, last, low, high, shared, hashes)


_OF_VIEWINGS: Final = {
    "viewing_key": "int8",
    "first_time": "time",
    "tail_time": "time",
    "last_time": "time",
    "seen_low": "int8",
    "seen_high": "int8",
    "shared_keys": "int8",
}


def _keys(cursor: psycopg.Cursor[Any], have_session: NDArray[np.bool_]) -> Ints:
    """A new key for each viewing; of those without a session below 0."""
    size = [len(have_session)]
    numbers = cursor.execute("select nextval('viewing_keys') from generate_series(1, %s)", size).fetchall()
    keys = np.array([number for (number,) in numbers], dtype=np.int64)
    return np.where(have_session, keys, -keys)


def stored_events(
    cursor: psycopg.Cursor[Any], viewing: Ints, start: Ints, end: Ints, read: dict[str, str] = _READ
) -> dict[str, NDArray[Any]]:
    """The stored events of these viewings with start <= time <= end (µs); NaN, NO_SPANS and NO_FIRSTS for null."""
    if not len(viewing):
        return {name: np.zeros(0, dtype=np.float64 if type_ == "float8" else np.int64) for name, type_ in read.items()}
    columns = [Fixed("viewing_key", "int8", viewing), Fixed("start", "time", start), Fixed("stop", "time", end)]
    fill(cursor, "wanted", "viewing_key bigint, start timestamptz, stop timestamptz", columns)
    first, last = (EPOCH + int(moment) * MICROSECOND for moment in (start.min(), end.max()))
    selected = ", ".join(
        f"coalesce(e.{name}, {_DEFAULTS[type_]})" if name in _NULLABLE else f"e.{name}" for name, type_ in read.items()
    )
    # TimescaleDB would ask for each of them which chunks can be left out, in twice the time that it takes to look.
    if int(end.max()) - int(start.min()) < _NEAR:
        cursor.execute("set local timescaledb.enable_runtime_exclusion = off")
    found = _looked_up(
        cursor,
        f"select {selected} from wanted w cross join lateral (select * from events"
        " where viewing_key = w.viewing_key and time >= w.start and time <= w.stop"
        # Of many partitions the planner leaves out what lies beyond all of them.
        f" and time >= '{first.isoformat()}' and time <= '{last.isoformat()}' offset 0) e",
        read,
    )
    cursor.execute("set local timescaledb.enable_runtime_exclusion = on")
    return found


def fill(cursor: psycopg.Cursor[Any], table: str, definition: str, columns: Sequence[Any]) -> None:
    """Puts these rows into a temporary table of this session, in the place of those from the last time."""
    cursor.execute(f"create temp table if not exists {table} ({definition})".encode())
    cursor.execute(f"truncate {table}".encode())
    copy_in(cursor, table, columns)


def _looked_up(cursor: psycopg.Cursor[Any], select: str, types: dict[str, str]) -> dict[str, NDArray[Any]]:
    """The columns of what belongs to the rows of a temporary table.

    That is few of many: found one by one, whatever the planner thinks of a table made just now. Behind an offset it
    can't begin with the many, which may have to be unpacked.
    """
    cursor.execute("set local enable_seqscan = off")
    data = bytearray()
    with cursor.copy(f"copy ({select}) to stdout (format binary)".encode()) as copy:
        for block in copy:
            data += block
    cursor.execute("set local enable_seqscan = on")
    return decoded(bytes(data), types)


def copy_in(cursor: psycopg.Cursor[Any], table: str, columns: Sequence[Any]) -> None:
    """Writes rows into a table."""
    names = ", ".join(column.name for column in columns)
    statement = f"copy {table} ({names}) from stdin (format binary)"
    with cursor.copy(statement.encode(), writer=Written(cursor)) as copy:
        for block in encoded(columns):
            copy.write(block)


class Written(LibpqWriter):
    """What is written to the server. It ends without a word where the connection was lost: that was told already."""

    def finish(self, exc: BaseException | None = None) -> None:
        """Ends the copy; `exc`: because of this."""
        try:
            super().finish(exc)
        except psycopg.OperationalError:
            if exc is None:
                raise
