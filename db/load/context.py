"""What is stored already of the viewings in a batch: their keys, and the events that new ones have to be read with."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg.copy import LibpqWriter

from db.load.columns import NO_SPANS
from db.load.wire import Fixed, decoded, encoded

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
}

_DEFAULTS: Final = {"float8": "'NaN'", "int8": str(NO_SPANS)}

_NULLABLE: Final = frozenset({"position", "play_time", "play_time_sum", "playback_speed", "play_seconds"}) | {
    "interval_start",
    "interval_end",
    "spans",
}


@dataclass(slots=True)
class Viewings:
    """The viewings of a batch, by number: key, and where known the first, last and tail time (µs); 0: new."""

    key: Ints
    new: NDArray[np.bool_]
    first: Ints
    tail: Ints
    last: Ints
    hashes: Sequence[bytes]


def viewings(cursor: psycopg.Cursor[Any], wanted: Sequence[tuple[bytes, bool]]) -> Viewings:
    """The viewings by hash; those that are new get a key now and are stored with their times later."""
    hashes = [hash_.hex() for hash_, _ in wanted]
    stored = cursor.execute(
        "select replace(viewing_hash::text, '-', ''), viewing_key,"
        " (extract(epoch from first_time) * 1000000)::bigint, (extract(epoch from tail_from) * 1000000)::bigint,"
        " (extract(epoch from last_time) * 1000000)::bigint from viewings where viewing_hash = any(%s::uuid[])",
        [hashes],
    ).fetchall()
    known = {row[0]: row[1:] for row in stored}
    fresh = [place for place, hash_ in enumerate(hashes) if hash_ not in known]
    numbers = cursor.execute("select nextval('viewing_keys') from generate_series(1, %s)", [len(fresh)]).fetchall()
    rows = np.zeros((len(wanted), 4), dtype=np.int64)
    for place, (number,) in zip(fresh, numbers, strict=True):
        rows[place, 0] = number if wanted[place][1] else -number
    for place, hash_ in enumerate(hashes):
        if hash_ in known:
            rows[place] = known[hash_]
    new = np.zeros(len(wanted), dtype=bool)
    new[fresh] = True
    return Viewings(rows[:, 0], new, rows[:, 1], rows[:, 2], rows[:, 3], [hash_ for hash_, _ in wanted])


def stored_events(cursor: psycopg.Cursor[Any], viewing: Ints, start: Ints, end: Ints) -> dict[str, NDArray[Any]]:
    """The stored events of these viewings with start <= time <= end (µs); NaN and NO_SPANS for null."""
    if not len(viewing):
        return {name: np.zeros(0, dtype=np.float64 if type_ == "float8" else np.int64) for name, type_ in _READ.items()}
    cursor.execute("create temp table if not exists wanted (viewing_key bigint, start timestamptz, stop timestamptz)")
    cursor.execute("truncate wanted")
    columns = [Fixed("viewing_key", "int8", viewing), Fixed("start", "time", start), Fixed("stop", "time", end)]
    copy_in(cursor, "wanted", columns)
    selected = ", ".join(
        f"coalesce(e.{name}, {_DEFAULTS[type_]})" if name in _NULLABLE else f"e.{name}" for name, type_ in _READ.items()
    )
    # Few of many viewings are wanted: one by one, whatever the planner thinks of a table made just now. Behind an
    # offset it can't begin with the events, which may have to be unpacked.
    cursor.execute("set local enable_seqscan = off")
    data = bytearray()
    with cursor.copy(
        f"copy (select {selected} from wanted w cross join lateral (select * from events"
        " where viewing_key = w.viewing_key and time >= w.start and time <= w.stop offset 0) e)"
        " to stdout (format binary)"
    ) as copy:
        for block in copy:
            data += block
    cursor.execute("set local enable_seqscan = on")
    return decoded(bytes(data), _READ)


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
