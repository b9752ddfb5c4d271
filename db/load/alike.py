"""Viewings that were taken for mixed: those whose heartbeats are alike are added up again (db/load/firsts.py).

Their heartbeats may have got other keys together, by the catalogue, or be of before that was noted at all.
"""

from collections.abc import Iterable
from typing import Any, Final

import numpy as np
import psycopg
from numpy.typing import NDArray

from db import storage
from db.load import columns, corrections, firsts, store
from db.load.context import fill, stored_events
from db.load.heartbeats import HEARTBEATS
from db.load.order import wholly
from db.load.wire import Fixed
from db.storage.locks import lock

Ints = NDArray[np.int64]
Columns = dict[str, NDArray[Any]]

_AT_ONCE: Final = 500
"""Viewings that are read at once, so that memory stays bounded."""

_READ: Final = {
    **{name: columns.FIXED[name] for name in (*columns.EVENT_KEY, "digest", *firsts.SHARED)},
    "spans": "int8",
    "firsts": "int2",
}

_IN_QUESTION: Final = """
    select distinct partner_id, viewing_key from mixed_viewings where viewing_key > 0 and not differs order by 1, 2
"""

# Of the others some events were dropped: what is left may be alike where the whole was not.
_WHOLE: Final = """
    select viewing_key from viewings where viewing_key = any(%s)
        and first_time >= coalesce((select raw_from from retention), '-infinity')
"""


def unmix_all(connection: psycopg.Connection[Any]) -> list[str]:
    """Looks at all that may be alike, some in a transaction; a line for each tenant that had any.

    Where rollups are aggregates it takes a second look, once they are refreshed, to have them added up again.
    """
    waiting: dict[int, list[int]] = {}
    for partner, viewing in connection.execute(_IN_QUESTION):
        waiting.setdefault(partner, []).append(viewing)
    found = dict.fromkeys(waiting, 0)
    for partner, viewings in waiting.items():
        for some in _pieces(viewings):
            with connection.transaction(), connection.cursor() as cursor:
                lock(cursor, [partner])
                found[partner] += _unmix(cursor, partner, some)
    return [f"tenant {partner}: {count:,} viewings add up again" for partner, count in found.items() if count]


def unmix(cursor: psycopg.Cursor[Any], partner: int, viewings: Iterable[int]) -> None:
    """Looks at these viewings of a tenant, whose only writer this transaction is."""
    for some in _pieces(sorted(viewings)):
        _unmix(cursor, partner, some)


def _pieces(viewings: list[int]) -> Iterable[Ints]:
    return (np.array(viewings[place : place + _AT_ONCE]) for place in range(0, len(viewings), _AT_ONCE))


def _unmix(cursor: psycopg.Cursor[Any], partner: int, viewings: Ints) -> int:
    """How many of them are alike."""
    viewings = np.array([key for (key,) in cursor.execute(_WHOLE, [viewings.tolist()])], dtype=np.int64)
    first, last = (np.full(len(viewings), bound) for bound in (store.EARLIEST, store.LATEST))
    events = stored_events(cursor, viewings, first, last, _READ)
    beats = {name: values[np.isin(events["event_type"], HEARTBEATS)] for name, values in events.items()}
    names = ("viewing_key", "time", "event_index", "event_type", "digest")
    order = wholly(*(beats[name].astype(np.int64) for name in names))
    beats = {name: values[order] for name, values in beats.items()}
    shared, ends = _shared(beats)
    alike = shared != firsts.MIXED
    differ = beats["viewing_key"][ends[~alike]].tolist()
    cursor.execute(
        "update mixed_viewings set differs = viewing_key = any(%s) where viewing_key = any(%s)",
        [differ, viewings.tolist()],
    )
    if not alike.any():
        return 0
    store.next_batches(cursor, [partner])
    keys = beats["viewing_key"][ends[alike]]
    numbered = _number(cursor, beats, np.isin(beats["viewing_key"], keys))
    # Until aggregates are refreshed they hold other numbers of these, which must not be relied upon.
    known = ~np.isin(keys, numbered) | storage.of(cursor.connection).rolls_up_in_tables
    told = [
        Fixed("viewing_key", "int8", keys),
        Fixed("shared_keys", "int8", shared[alike]),
        Fixed("known", "bool", known),
    ]
    fill(cursor, "alike", "viewing_key bigint, shared_keys bigint, known boolean", told)
    # What was covered before the tail is not known: the next heartbeat is read with all before it.
    cursor.execute(
        "update viewings v set shared_keys = a.shared_keys, tail_time = first_time from alike a"
        " where v.viewing_key = a.viewing_key"
    )
    cursor.execute("delete from mixed_viewings where viewing_key in (select viewing_key from alike where known)")
    return len(keys)


def _shared(beats: Columns) -> tuple[Ints, Ints]:
    """What all heartbeats of each viewing share, or MIXED; and where the last one of each is."""
    if not len(beats["time"]):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    ends = np.flatnonzero(np.append(beats["viewing_key"][1:] != beats["viewing_key"][:-1], True))
    starts = np.append(0, ends[:-1] + 1)
    kinds = firsts.kinds(beats)
    low, high = np.minimum.reduceat(kinds, starts), np.maximum.reduceat(kinds, starts)
    return np.where(low == high, low, firsts.MIXED), ends


def _number(cursor: psycopg.Cursor[Any], beats: Columns, alike: NDArray[np.bool_]) -> Ints:
    """Notes what the heartbeats of viewings that are alike were first at; the viewings where that was not known."""
    covered = firsts.Covered.by(beats["spans"])
    found = firsts.firsts(covered, firsts.before(beats["viewing_key"], covered, firsts.Covered.nothing(len(alike))))
    changed = alike & (beats["firsts"] != found)
    if changed.any():
        names = columns.EVENT_KEY
        corrections.renumber(cursor, {name: beats[name][changed] for name in names}, found[changed])
    return np.unique(beats["viewing_key"][changed])
