"""Which session an event belongs to: the one it names, else the one that ran on its entry, else the one it records.

The rule is written once, here, as SQL over any rows that have the columns asked for: those of a batch before they are
stored, and those of stored events when the catalogue changes.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import numpy as np
import psycopg
from numpy.typing import NDArray

from db.load.moments import EPOCH

Ints = NDArray[np.int64]

_CONTEXTS: Final = """
    select c.context_id_key, coalesce(s.session_key, 0), e.entry_key
    from context_ids c
    join entries e on e.partner_id = c.partner_id and e.entry_id = c.context_id
    left join sessions s on s.partner_id = c.partner_id and s.session_id = c.context_id and s.known
    where c.context_id_key = any(%s)
"""

_ENTRIES_OF_CONTEXTS: Final = """
    insert into entries (partner_id, entry_id)
    select partner_id, context_id from context_ids where context_id_key = any(%s)
    order by 1, 2 on conflict do nothing
"""

# Last the one that wins: of overlapping sessions the one that started last.
_RUNNING: Final = """
    select entry_key, session_key, starts_at, coalesce(ends_at, timestamptz '9999-12-31')
    from sessions where known and entry_key = any(%s) order by starts_at, session_id
"""

# Last the one that wins: of several with one recording the earliest.
_RECORDED: Final = """
    select recording_key, session_key
    from sessions where known and recording_key = any(%s) order by starts_at desc, session_id desc
"""


def contexts(cursor: psycopg.Cursor[Any], context_id: Ints, entry: Ints, named: Ints) -> tuple[Ints, Ints]:
    """Entry and named session of each event, once `contextId` is known to name a session or taken for an entry."""
    if not context_id.any():
        return entry, named
    keys = np.unique(context_id[context_id > 0]).tolist()
    cursor.execute(_ENTRIES_OF_CONTEXTS, [keys])
    entry, named = entry.copy(), named.copy()
    for key, session_key, entry_key in cursor.execute(_CONTEXTS, [keys]).fetchall():
        mine = context_id == key
        if session_key:
            named = np.where(mine & (named == 0), session_key, named)
        else:
            entry = np.where(mine & (entry == 0), entry_key, entry)
    return entry, named


def sessions(cursor: psycopg.Cursor[Any], entry: Ints, time: Ints, named: Ints) -> Ints:
    """The session of each event (time in microseconds); 0: none."""
    entries: list[int] = np.unique(entry[(named == 0) & (entry > 0)]).tolist()
    found = np.zeros(len(entry), dtype=np.int64)
    if not entries:
        return named
    for entry_key, session_key in cursor.execute(_RECORDED, [entries]).fetchall():
        found[entry == entry_key] = session_key
    running: Sequence[Any] = cursor.execute(_RUNNING, [entries]).fetchall()
    if running:
        order = np.lexsort((time, entry))
        by_entry, by_time = entry[order], time[order]
        for entry_key, session_key, starts_at, ends_at in running:
            low, high = np.searchsorted(by_entry, [entry_key, entry_key + 1])
            first, last = np.searchsorted(by_time[low:high], [_micro(starts_at), _micro(ends_at)])
            found[order[low + first : low + last]] = session_key
    return np.where(named > 0, named, found)


def _micro(moment: datetime) -> int:
    return round((moment - EPOCH).total_seconds() * 1_000_000)
