"""Lets stored events follow the catalogue: into other sessions, and with percentiles of another duration.

What changes is taken back from the rollups like any correction. Entries are gone through month by month, viewings
some at a time, so that memory stays bounded whatever an entry's size.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final

import numpy as np
import psycopg
from numpy.typing import NDArray

from db.codes import HEARTBEAT, VOD
from db.load import alike, attribution, columns, corrections, derive, firsts, store
from db.load.context import copy_in, stored_events
from db.load.wire import Fixed, decoded

Cursor = psycopg.Cursor[Any]

_READ: Final = {
    **{name: columns.FIXED[name] for name in columns.EVENT_KEY},
    **dict.fromkeys(("entry_key", "session_key", "named_entry_key", "named_session_key", "context_id_key"), "int4"),
}
_VIEWINGS_AT_ONCE: Final = 2000


def attribute_anew(cursor: Cursor, entries: set[tuple[int, int]], sessions: set[int]) -> None:
    """Attributes the events of (tenant, entry) anew, and those whose `contextId` is the id of one of the sessions."""
    for partner, entry in sorted(entries):
        _attribute(cursor, f"partner_id = {partner:d} and entry_key = {entry:d}", partner)
    named = cursor.execute(
        "select c.partner_id, c.context_id_key from context_ids c"
        " join sessions s on s.partner_id = c.partner_id and s.session_id = c.context_id where s.session_key = any(%s)",
        [sorted(sessions)],
    ).fetchall()
    for partner, context in named:
        _attribute(cursor, f"partner_id = {partner:d} and context_id_key = {context:d}", partner)


def _attribute(cursor: Cursor, where: str, partner: int) -> None:
    bounds = cursor.execute(f"select min(time), max(time) from events where {where}").fetchone()
    if bounds is None or bounds[0] is None:
        return
    store.next_batches(cursor, [partner])
    moved: set[int] = set()
    for start, end in _months(cursor, *bounds):
        selected = ", ".join(_READ)
        with cursor.copy(
            f"copy (select {selected} from events where {where} and time >= '{start}' and time < '{end}')"
            " to stdout (format binary)"
        ) as copy:
            events = decoded(b"".join(bytes(block) for block in copy), _READ)
        moved.update(_rewrite(cursor, events))
    alike.unmix(cursor, partner, moved)


def _months(cursor: Cursor, first: Any, last: Any) -> Iterator[tuple[Any, Any]]:
    yield from cursor.execute(
        "select m, m + interval '1 month' from generate_series(date_trunc('month', %s::timestamptz), %s, '1 month') m",
        [first, last],
    ).fetchall()


def _rewrite(cursor: Cursor, events: dict[str, NDArray[Any]]) -> list[int]:
    """Attributes these events anew; the viewings of those that moved."""
    ints = {name: values.astype(np.int64) for name, values in events.items()}
    entry, named = attribution.contexts(
        cursor, ints["context_id_key"], ints["named_entry_key"], ints["named_session_key"]
    )
    session = attribution.sessions(cursor, entry, ints["time"], named)
    moved = np.flatnonzero((entry != ints["entry_key"]) | (session != ints["session_key"]))
    if not len(moved):
        return []
    cursor.execute("drop table if exists changed")
    cursor.execute(
        f"create temp table changed as select {', '.join(columns.EVENT_KEY)}, entry_key, session_key from events"
        " where false"
    )
    keys = [Fixed(name, columns.FIXED[name], ints[name][moved]) for name in columns.EVENT_KEY]
    copy_in(
        cursor,
        "changed",
        [*keys, Fixed("entry_key", "int4", entry[moved]), Fixed("session_key", "int4", session[moved])],
    )
    cursor.execute("analyze changed")
    corrections.take_back(cursor, "changed")
    same = " and ".join(f"e.{name} = c.{name}" for name in columns.EVENT_KEY)
    cursor.execute(
        f"update events e set entry_key = c.entry_key, session_key = c.session_key from changed c where {same}"
    )
    firsts.mix(cursor, "changed")
    viewings: list[int] = np.unique(ints["viewing_key"][moved]).tolist()
    return [key for key in viewings if key > 0]


def read_entries_anew(cursor: Cursor, entries: Iterable[tuple[int, int]]) -> None:
    """Reads the heartbeats on demand of these (tenant, entry) anew: their duration has changed."""
    for partner, entry in entries:
        viewings = [
            key
            for (key,) in cursor.execute(
                "select distinct viewing_key from events where partner_id = %s and entry_key = %s and event_type = %s"
                " and playback = %s",
                [partner, entry, HEARTBEAT, VOD],
            ).fetchall()
        ]
        if not viewings:
            continue
        store.next_batches(cursor, [partner])
        for place in range(0, len(viewings), _VIEWINGS_AT_ONCE):
            some = np.array(sorted(viewings[place : place + _VIEWINGS_AT_ONCE]), dtype=np.int64)
            old = stored_events(cursor, some, np.full(len(some), store.EARLIEST), np.full(len(some), store.LATEST))
            none = {name: values[:0] for name, values in old.items()}
            mixed = cursor.execute(
                "select viewing_key from mixed_viewings where viewing_key = any(%s)", [some.tolist()]
            )
            is_mixed = np.isin(some, [key for (key,) in mixed])
            before = derive.Before(some, firsts.Covered.nothing(len(some)), is_mixed)
            derive.read_heartbeats(cursor, none, old, some[:0], before)
            # What was covered before the tail is another now.
            cursor.execute("update viewings set tail_time = first_time where viewing_key = any(%s)", [some.tolist()])
