"""Writes a batch of events: one transaction, one writer for each tenant at a time.

What a heartbeat stands for depends on its neighbours, so the batch is read together with what is stored of its
viewings; stored heartbeats that mean something else now are corrected, and whatever was rolled up of them is taken
back (db/load/corrections.py).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import numpy as np
import psycopg
from numpy.typing import NDArray

from db.load import attribution, columns, corrections, heartbeats, identity, spans
from db.load.context import Viewings, copy_in, stored_events, viewings
from db.load.encode import Batch
from db.load.heartbeats import Events
from db.load.moments import EPOCH
from db.load.wire import Blobs, Fixed, Nullable

LOCK: Final = 0x46524F
EARLIEST: Final = -62_000_000_000_000_000  # µs: before any event
LATEST: Final = 253_000_000_000_000_000  # µs: after any event
Ints = NDArray[np.int64]
Columns = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Stored:
    """How many events of a batch were stored; the others were there already."""

    stored: int
    duplicates: int


def lock(cursor: psycopg.Cursor[Any], partners: Iterable[int]) -> None:
    """Makes this transaction the only writer of these tenants until it ends."""
    for partner in sorted(partners):
        cursor.execute("select pg_advisory_xact_lock(%s, %s)", [LOCK, partner])
        cursor.execute("insert into tenants (partner_id) values (%s) on conflict do nothing", [partner])


def store(connection: psycopg.Connection[Any], batch: Batch) -> Stored:
    """Stores the batch, whole or not at all."""
    with connection.transaction(), connection.cursor() as cursor:
        lock(cursor, batch.partners)
        return _store(cursor, batch)


def _store(cursor: psycopg.Cursor[Any], batch: Batch) -> Stored:
    seen = viewings(cursor, batch.viewings)
    new = _columns(batch, seen)
    keep = identity.best_of_batch(_identities(new), batch.key_hashes)
    windows = _windows(seen, batch.viewing, new)
    old = stored_events(cursor, windows.viewing, windows.start, windows.end)
    keep, gone = _without_stored(cursor, new, old, keep, batch.key_hashes)
    kept = np.flatnonzero(keep)
    count = Stored(len(kept), len(batch) - len(kept))
    if not len(kept):
        return count
    new = {name: values[kept] for name, values in new.items()}
    _attribute(cursor, new)
    numbers = next_batches(cursor, batch.partners)
    new["batch"] = np.array([numbers[partner] for partner in new["partner_id"].tolist()], dtype=np.int64)
    old, partial = _remaining(cursor, old, windows, gone)
    read_heartbeats(cursor, new, old, partial)
    _write(cursor, new)
    _write_answers(cursor, batch, new, kept)
    _write_viewings(cursor, seen, batch.viewing[kept], new, old)
    _note_times(cursor, new)
    return count


# The events' columns that a batch has, under other names.
_SOURCES: Final = {
    "partner_id": "partner",
    "event_type": "code",
    "event_index": "index",
    "entry_key": "entry",
    "named_entry_key": "entry",
    "named_session_key": "named_session",
    "named_event_key": "named_event",
    "context_id_key": "context_id",
    "user_key": "user",
    "place_key": "place",
    "agent_key": "agent",
    "page_key": "page",
    "context_key": "context",
    "reaction_key": "reaction",
    "poll_key": "poll",
    "attachment_key": "attachment",
    "play_time": "playTime",
    "play_time_sum": "playTimeSum",
    "playback_speed": "playbackSpeed",
    "bitrate": "actualBitrate",
    **{
        name: name
        for name in (
            "time",
            "digest",
            "playback",
            "flags",
            "room_role",
            "opens_thread",
            "engaged",
            "position",
            "buffer_seconds",
        )
    },
}


def _columns(batch: Batch, seen: Viewings) -> Columns:
    """The batch under the names of the events' table."""
    given = batch.columns
    found = {name: given[source] for name, source in _SOURCES.items()}
    found["viewing_key"] = seen.key[batch.viewing]
    found["key_tag"] = np.array([identity.tag_of(hash_) for hash_ in batch.key_hashes], dtype=np.int64)
    return found


def _identities(events: Columns) -> identity.Identities:
    return identity.Identities.of(
        *(events[name] for name in ("viewing_key", "time", "event_type", "event_index", "key_tag", "digest"))
    )


@dataclass(frozen=True, slots=True)
class _Windows:
    """Of viewings that are stored already the span of time (µs) that new events have to be read with.

    `partial`: the viewings of which that is not everything from the first event on.
    """

    viewing: Ints
    start: Ints
    end: Ints
    partial: Ints


def _windows(seen: Viewings, viewing: Ints, new: Columns) -> _Windows:
    first = np.full(len(seen.key), np.iinfo(np.int64).max)
    last = np.full(len(seen.key), np.iinfo(np.int64).min)
    np.minimum.at(first, viewing, new["time"])
    np.maximum.at(last, viewing, new["time"])
    appended = first > seen.last
    start = np.where(seen.key < 0, first, np.where(appended, seen.tail, seen.first))
    end = np.where(seen.key < 0, last, seen.last)
    stored = ~seen.new & ((seen.key > 0) | (first <= seen.last))
    return _Windows(seen.key[stored], start[stored], end[stored], seen.key[stored & (start > seen.first)])


def _without_stored(
    cursor: psycopg.Cursor[Any], new: Columns, old: Columns, keep: NDArray[np.bool_], key_hashes: list[bytes | None]
) -> tuple[NDArray[np.bool_], NDArray[Any]]:
    """Which events are to be stored, and the identities of the stored ones that give way to them."""
    identities = _identities(new)
    timed = np.flatnonzero(keep & (new["key_tag"] == 0))
    before = _identities(old)
    fresh, gives_way = identity.against_stored(
        identity.Identities(identities.rows[timed], identities.digest[timed]), before
    )
    keep = keep.copy()
    keep[timed] = fresh
    gone = [before.rows[gives_way]]
    own = np.flatnonzero(keep & (new["key_tag"] != 0))
    if len(own):
        hashes = [hash_ for place in own if (hash_ := key_hashes[place]) is not None]
        picked = identity.Identities(identities.rows[own], identities.digest[own])
        keep[own], replaced = identity.against_all_time(cursor, picked, hashes)
        gone.append(replaced)
    return keep, np.concatenate(gone)


def _remaining(
    cursor: psycopg.Cursor[Any], old: Columns, windows: _Windows, gone: NDArray[Any]
) -> tuple[Columns, Ints]:
    """What is stored beside the new events once those that give way are deleted, and the viewings it is partial of.

    Where something gives way it is the whole of each viewing: what was read with it may lie outside the windows,
    or be of a viewing that got nothing new.
    """
    if not len(gone):
        return old, windows.partial
    corrections.remove(cursor, gone)
    lost = np.unique(gone["viewing"])
    cursor.execute("update viewings set tail_from = first_time where viewing_key = any(%s)", [lost.tolist()])
    viewing = np.union1d(windows.viewing, lost)
    viewing = viewing[viewing > 0]
    return stored_events(cursor, viewing, np.full(len(viewing), EARLIEST), np.full(len(viewing), LATEST)), viewing[:0]


def _attribute(cursor: psycopg.Cursor[Any], new: Columns) -> None:
    """Adds the session that each event belongs to."""
    new["entry_key"], named = attribution.contexts(
        cursor, new["context_id_key"], new["entry_key"], new["named_session_key"]
    )
    new["session_key"] = attribution.sessions(cursor, new["entry_key"], new["time"], named)


def next_batches(cursor: psycopg.Cursor[Any], partners: list[int]) -> dict[int, int]:
    """The tenants' next batch numbers, which are not rolled up yet."""
    rows = cursor.execute(
        "with next as (update tenants set batch = batch + 1 where partner_id = any(%s) returning partner_id, batch)"
        " insert into pending_batches select * from next returning partner_id, batch",
        [partners],
    ).fetchall()
    return dict(rows)


def read_heartbeats(cursor: psycopg.Cursor[Any], new: Columns, old: Columns, partial: Ints) -> None:
    """Adds what the new heartbeats stand for, and corrects the stored ones that stand for something else now."""
    size = len(new["time"])
    both = {name: np.concatenate([new[name], old[name]]) for name in _READ_TOGETHER}
    order = np.lexsort((both["digest"], both["event_type"], both["event_index"], both["time"], both["viewing_key"]))
    events = _events(cursor, {name: values[order] for name, values in both.items()}, old, order, size, partial)
    beats = heartbeats.beats(events)
    origin = order[beats.at]
    found = {
        "play_seconds": beats.play_seconds,
        "interval_start": beats.interval_start,
        "interval_end": beats.interval_end,
        "spans": spans.packed(beats.spans, ~np.isnan(beats.interval_start)),
    }
    mine = origin < size
    for name, values in found.items():
        new[name] = np.full(size, columns.NO_SPANS if name == "spans" else np.nan, dtype=values.dtype)
        new[name][origin[mine]] = values[mine]
    stored = np.flatnonzero(~mine & ~events.frozen[beats.at])
    corrections.correct(cursor, old, origin[stored] - size, {name: values[stored] for name, values in found.items()})


_READ_TOGETHER: Final = (
    "viewing_key", "time", "event_type", "event_index", "digest", "entry_key", "playback", "position", "play_time",
    "play_time_sum", "playback_speed",
)  # fmt: skip


def _events(cursor: psycopg.Cursor[Any], both: Columns, old: Columns, order: Ints, size: int, partial: Ints) -> Events:
    """New and stored events together, in order."""
    stored = order >= size
    bounds = {name: np.full(len(order), np.nan) for name in ("interval_start", "interval_end")}
    for name, values in bounds.items():
        values[stored] = old[name][order[stored] - size]
    first = np.zeros(len(order), dtype=bool)
    at = np.flatnonzero(np.isin(both["event_type"], heartbeats.HEARTBEATS))
    if len(at):
        first[at] = np.append(True, both["viewing_key"][at][1:] != both["viewing_key"][at][:-1])
    return Events(
        viewing=both["viewing_key"],
        type=both["event_type"].astype(np.int64),
        index=both["event_index"].astype(np.int64),
        playback=both["playback"].astype(np.int64),
        position=both["position"],
        play_time=both["play_time"],
        play_time_sum=both["play_time_sum"],
        speed=both["playback_speed"],
        duration=_durations(cursor, both["entry_key"]),
        # What a stored heartbeat depends on may lie before the window, what depends on it may not.
        frozen=first & stored & np.isin(both["viewing_key"], partial),
        interval_start=bounds["interval_start"],
        interval_end=bounds["interval_end"],
    )


def _durations(cursor: psycopg.Cursor[Any], entry: Ints) -> NDArray[np.float64]:
    """Each event's entry's duration in seconds; NaN where it has none."""
    keys, places = np.unique(entry, return_inverse=True)
    rows = cursor.execute(
        "select entry_key, duration_seconds from entries where entry_key = any(%s) and duration_seconds is not null",
        [keys.tolist()],
    ).fetchall()
    known = dict(rows)
    return np.array([known.get(key, np.nan) for key in keys.tolist()], dtype=np.float64)[places]


def _write(cursor: psycopg.Cursor[Any], new: Columns) -> None:
    # In the order of the index, which is kept up much faster that way.
    order = np.lexsort((new["time"], new["viewing_key"]))
    new = {name: values[order] for name, values in new.items()}
    written: list[Any] = [Fixed(name, type_, new[name]) for name, type_ in columns.FIXED.items()]
    written += [Nullable(name, new[name]) for name in (*columns.TOLD, *columns.DERIVED)]
    written += spans.columns_of(new["spans"])
    copy_in(cursor, "events", written)


def _write_answers(cursor: psycopg.Cursor[Any], batch: Batch, new: Columns, kept: Ints) -> None:
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


def _write_viewings(cursor: psycopg.Cursor[Any], seen: Viewings, viewing: Ints, new: Columns, old: Columns) -> None:
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
    cursor.execute(
        "update viewings v set first_time = w.first_time, tail_from = w.tail_from, last_time = w.last_time"
        " from unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[])"
        " as w (viewing_key, first_time, tail_from, last_time) where v.viewing_key = w.viewing_key",
        [seen.key[known].tolist(), *(times[known].astype("datetime64[us]").tolist() for times in (first, tail, last))],
    )


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


def _note_times(cursor: psycopg.Cursor[Any], new: Columns) -> None:
    for partner in np.unique(new["partner_id"]).tolist():
        mine = new["time"][new["partner_id"] == partner]
        bounds = [EPOCH + timedelta(microseconds=int(bound)) for bound in (mine.min(), mine.max())]
        cursor.execute(
            "update tenants set first_event = least(first_event, %s), last_event = greatest(last_event, %s)"
            " where partner_id = %s",
            [*bounds, partner],
        )
