"""Writes a batch of events: one transaction, one writer for each tenant at a time.

What a heartbeat stands for depends on its neighbours, so the batch is read together with what is stored of its
viewings; stored heartbeats that mean something else now are corrected, and whatever was rolled up of them is taken
back (db/load/corrections.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import numpy as np
import psycopg
from numpy.typing import NDArray

from db.load import attribution, corrections, firsts, identity
from db.load.context import Viewings, stored_events, viewings
from db.load.derive import Before, read_heartbeats
from db.load.encode import Batch
from db.load.moments import EPOCH, MICROSECOND
from db.load.write import note_times, write_answers, write_events, write_viewings
from db.storage.locks import lock

EARLIEST: Final = -62_000_000_000_000_000  # µs: before any event
LATEST: Final = 253_000_000_000_000_000  # µs: after any event
Ints = NDArray[np.int64]
Columns = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Stored:
    """How many events of a batch were stored; the others were there already."""

    stored: int
    duplicates: int


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
    numbers = next_batches(cursor, batch.partners, [_span(batch, partner) for partner in batch.partners])
    partners, which = np.unique(new["partner_id"], return_inverse=True)
    new["batch"] = np.array([numbers[partner] for partner in partners.tolist()], dtype=np.int64)[which]
    old, partial = _remaining(cursor, old, windows, gone)
    viewing = batch.viewing[kept]
    shared = firsts.shared(seen, viewing, new)
    before = Before.of(seen, shared, partial)
    read = read_heartbeats(cursor, new, old, partial, before)
    write_events(cursor, new)
    write_answers(cursor, batch, new, kept)
    write_viewings(cursor, seen, viewing, new["time"], read, before, shared)
    firsts.note_mixed(cursor, seen, shared, viewing, new, old)
    note_times(cursor, new)
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
    found["key_tag"] = identity.tags_of(batch.key_hashes)
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
    cursor.execute("update viewings set tail_time = first_time where viewing_key = any(%s)", [lost.tolist()])
    viewing = np.union1d(windows.viewing, lost)
    viewing = viewing[viewing > 0]
    return stored_events(cursor, viewing, np.full(len(viewing), EARLIEST), np.full(len(viewing), LATEST)), viewing[:0]


def _attribute(cursor: psycopg.Cursor[Any], new: Columns) -> None:
    """Adds the session that each event belongs to."""
    new["entry_key"], named = attribution.contexts(
        cursor, new["context_id_key"], new["entry_key"], new["named_session_key"]
    )
    new["session_key"] = attribution.sessions(cursor, new["entry_key"], new["time"], named)


def next_batches(
    cursor: psycopg.Cursor[Any], partners: list[int], spans: Sequence[tuple[datetime, datetime]] = ()
) -> dict[int, int]:
    """A new batch number for each tenant, no two alike, which are not rolled up yet.

    `spans`: between which moments the events are that each begins with; corrections add theirs.
    """
    rows = cursor.execute(
        "with next as (update tenants set batch = nextval('batches') where partner_id = any(%(partners)s)"
        " returning partner_id, batch)"
        " insert into pending_batches (partner_id, batch, first_time, last_time)"
        " select n.partner_id, n.batch, coalesce(s.first_time, 'infinity'), coalesce(s.last_time, '-infinity')"
        " from next n left join unnest(%(partners)s::int[], %(first)s::timestamptz[], %(last)s::timestamptz[])"
        " s (partner_id, first_time, last_time) using (partner_id) returning partner_id, batch",
        {"partners": partners, "first": [first for first, _ in spans], "last": [last for _, last in spans]},
    ).fetchall()
    return dict(rows)


def _span(batch: Batch, partner: int) -> tuple[datetime, datetime]:
    """Between which moments a tenant's events of the batch are."""
    times = batch.columns["time"][batch.columns["partner"] == partner]
    return EPOCH + int(times.min()) * MICROSECOND, EPOCH + int(times.max()) * MICROSECOND
