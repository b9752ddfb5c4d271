"""The rows that a batch leaves behind: events, what poll answers say, viewings, the span of time of each tenant."""

from datetime import timedelta
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray

from db.load import columns, heartbeats, spans
from db.load.context import Viewings, copy_in, fill
from db.load.encode import Batch
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
    written += spans.columns_of(new["spans"])
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


def write_viewings(cursor: psycopg.Cursor[Any], seen: Viewings, viewing: Ints, new: Columns, old: Columns) -> None:
    """The new viewings, and the times of all that got events."""
    got = np.unique(viewing)
    first, last = seen.first.copy(), seen.last.copy()
    first[seen.new], last[seen.new] = np.iinfo(np.int64).max, np.iinfo(np.int64).min
    np.minimum.at(first, viewing, new["time"])
    np.maximum.at(last, viewing, new["time"])
    tail = _tails(seen, first, new, old)
    fresh = got[seen.new[got]]
    known = got[~seen.new[got]]
    copy_in(
        cursor,
        "viewings",
        [
            Fixed("viewing_key", "int8", seen.key[fresh]),
            Blobs("viewing_hash", seen.hashes, fresh),
            Fixed("first_time", "time", first[fresh]),
            Fixed("tail_from", "time", tail[fresh]),
            Fixed("last_time", "time", last[fresh]),
        ],
    )
    times = [Fixed("viewing_key", "int8", seen.key[known])]
    times += [Fixed(name, "time", values[known]) for name, values in (("first", first), ("tail", tail), ("last", last))]
    fill(cursor, "times", "viewing_key bigint, first timestamptz, tail timestamptz, last timestamptz", times)
    # Few of many: each by its key, whatever the planner thinks of a table made just now.
    cursor.execute("set local enable_hashjoin = off; set local enable_mergejoin = off; set local enable_seqscan = off")
    cursor.execute(
        "update viewings v set first_time = w.first, tail_from = w.tail, last_time = w.last"
        " from times w where v.viewing_key = w.viewing_key"
    )
    cursor.execute("set local enable_hashjoin = on; set local enable_mergejoin = on; set local enable_seqscan = on")


def _tails(seen: Viewings, first: Ints, new: Columns, old: Columns) -> Ints:
    """The time of each viewing's last heartbeat but one; of its first event where there are fewer."""
    key = np.concatenate([new["viewing_key"], old["viewing_key"]])
    time = np.concatenate([new["time"], old["time"]])
    type_ = np.concatenate([new["event_type"], old["event_type"]])
    beat = np.isin(type_, heartbeats.HEARTBEATS)
    order = np.lexsort((time[beat], key[beat]))
    key, time = key[beat][order], time[beat][order]
    ends = np.append(np.flatnonzero(key[1:] != key[:-1]), len(key) - 1) if len(key) else np.empty(0, dtype=np.int64)
    has_two = ends[(ends > 0) & (key[ends] == key[ends - 1])] if len(ends) else ends
    by_key = dict(zip(key[has_two].tolist(), time[has_two - 1].tolist(), strict=True))
    return np.array(
        [by_key.get(viewing, start) for viewing, start in zip(seen.key.tolist(), first.tolist(), strict=True)]
    )


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
