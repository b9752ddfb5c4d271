"""The rows that a batch leaves behind: events, what poll answers say, viewings, the span of time of each tenant."""

from datetime import timedelta
from typing import Any, Final

import numpy as np
import psycopg
from numpy.typing import NDArray

from db.load import columns, spans
from db.load.context import Viewings, copy_in, fill
from db.load.derive import Before, Read
from db.load.encode import Batch
from db.load.firsts import Covered
from db.load.moments import EPOCH
from db.load.order import by_viewing
from db.load.wire import Blobs, Fixed, Nullable

Ints = NDArray[np.int64]
Columns = dict[str, NDArray[Any]]


def write_events(cursor: psycopg.Cursor[Any], new: Columns) -> None:
    """Stores the events."""
    # In the order of the index, which is kept up much faster that way.
    order, _ = by_viewing(new["viewing_key"], new["time"])
    new = {name: values[order] for name, values in new.items()}
    written: list[Any] = [Fixed(name, type_, new[name]) for name, type_ in columns.FIXED.items()]
    written += [Nullable(name, new[name]) for name in (*columns.TOLD, *columns.DERIVED)]
    written += [*spans.columns_of(new["spans"]), spans.first_column(new["firsts"])]
    copy_in(cursor, "events", written)


def write_answers(cursor: psycopg.Cursor[Any], batch: Batch, new: Columns, kept: Ints) -> None:
    """What the poll answers among the events say."""
    rows = [
        (
            int(new["partner_id"][place]),
            *(
                int(new[name][place])
                for name in ("viewing_key", "event_type", "event_index", "key_tag", "poll_key", "user_key")
            ),
            EPOCH + timedelta(microseconds=int(new["time"][place])),
            batch.answers[origin].option_ids,
            batch.answers[origin].answer,
        )
        for place, origin in enumerate(kept.tolist())
        if origin in batch.answers
    ]
    cursor.executemany(
        "insert into poll_answers (partner_id, viewing_key, event_type, event_index, key_tag, poll_key, user_key, time,"
        " option_ids, answer) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        rows,
    )


def write_viewings(
    cursor: psycopg.Cursor[Any], seen: Viewings, viewing: Ints, times: Ints, read: Read, before: Before, shared: Ints
) -> None:
    """The new viewings, and what changed of all that got events: these numbers, at these times."""
    got = np.unique(viewing)
    first, last = seen.first.copy(), seen.last.copy()
    first[seen.new], last[seen.new] = np.iinfo(np.int64).max, np.iinfo(np.int64).min
    np.minimum.at(first, viewing, times)
    np.maximum.at(last, viewing, times)
    tail, covered = _tails(seen, first, read, before)
    fresh = got[seen.new[got]]
    known = got[~seen.new[got]]
    now = {
        "first_time": first,
        "tail_time": tail,
        "last_time": last,
        "seen_low": covered.low.view(np.int64),
        "seen_high": covered.high.view(np.int64),
        "shared_keys": shared,
    }

    def columns_of(some: Ints) -> list[Fixed]:
        named = [Fixed(name, "time" if name in _TIMES else "int8", values[some]) for name, values in now.items()]
        return [Fixed("viewing_key", "int8", seen.key[some]), *named]

    copy_in(cursor, "viewings", [*columns_of(fresh), Blobs("viewing_hash", seen.hashes, fresh)])
    types = ", ".join(f"{name} {'timestamptz' if name in _TIMES else 'bigint'}" for name in now)
    fill(cursor, "changes", f"viewing_key bigint, {types}", columns_of(known))
    # Few of many: each by its key, whatever the planner thinks of a table made just now.
    cursor.execute("set local enable_hashjoin = off; set local enable_mergejoin = off; set local enable_seqscan = off")
    values = ", ".join(f"{name} = c.{name}" for name in now)
    cursor.execute(f"update viewings v set {values} from changes c where v.viewing_key = c.viewing_key".encode())
    cursor.execute("set local enable_hashjoin = on; set local enable_mergejoin = on; set local enable_seqscan = on")


_TIMES: Final = ("first_time", "tail_time", "last_time")


def _tails(seen: Viewings, first: Ints, read: Read, before: Before) -> tuple[Ints, Covered]:
    """The time of each viewing's last heartbeat but one, of its first event where there are fewer; what is seen.

    Of heartbeats that were read some may be of viewings that got nothing new.
    """
    order = np.argsort(seen.key)
    at, known = before.places(read.viewing)
    beats = np.flatnonzero(known)
    number, time, covered = order[at[beats]], read.time[beats], read.covered.at(beats)
    tail = first.copy()
    last = np.flatnonzero(np.append(number[1:] != number[:-1], True)[: len(number)])
    has_two = last[(last > 0) & (number[last] == number[last - 1])]
    tail[number[has_two]] = time[has_two - 1]
    early = covered.where(time < tail[number])
    low, high = np.zeros(len(tail), dtype=np.uint64), np.zeros(len(tail), dtype=np.uint64)
    if len(number):
        starts = np.append(0, last[:-1] + 1)
        low[number[starts]] = np.bitwise_or.reduceat(early.low, starts)
        high[number[starts]] = np.bitwise_or.reduceat(early.high, starts)
    start = Covered(np.empty_like(low), np.empty_like(high))
    start.low[order], start.high[order] = before.covered.low, before.covered.high
    return tail, Covered(low, high) | start


def note_times(cursor: psycopg.Cursor[Any], new: Columns) -> None:
    """Widens the span of time that each tenant has events of."""
    for partner in np.unique(new["partner_id"]).tolist():
        mine = new["time"][new["partner_id"] == partner]
        bounds = [EPOCH + timedelta(microseconds=int(bound)) for bound in (mine.min(), mine.max())]
        cursor.execute(
            "update tenants set first_event = least(first_event, %s), last_event = greatest(last_event, %s)"
            " where partner_id = %s",
            [*bounds, partner],
        )
