"""Which events of a batch are new: of those with one key one is kept, the same whatever the order they come in.

The key of most events holds their time, so their equals can only be in the same viewing at the same time. The others
(an eventId, or the time that their counter started) are looked up over all time in `event_keys`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray

from db.load.order import by_viewing

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

IDENTITY = np.dtype([("viewing", "i8"), ("time", "i8"), ("type", "i8"), ("index", "i8"), ("tag", "i8")])

_INSERT = """
    insert into event_keys (key_hash, time, viewing_key, event_type, event_index, digest)
    select * from unnest(%s::uuid[], %s::timestamptz[], %s::bigint[], %s::int[], %s::int[], %s::bigint[])
    order by 1 on conflict do nothing returning replace(key_hash::text, '-', '')
"""

_SELECT = """
    select replace(key_hash::text, '-', ''), (extract(epoch from time) * 1000000)::bigint, viewing_key, event_type,
           event_index, digest
    from event_keys where key_hash = any(%s::uuid[])
"""

_REPLACE = """
    update event_keys k set time = w.time, viewing_key = w.viewing_key, event_type = w.event_type,
           event_index = w.event_index, digest = w.digest
    from unnest(%s::uuid[], %s::timestamptz[], %s::bigint[], %s::int[], %s::int[], %s::bigint[])
         as w (key_hash, time, viewing_key, event_type, event_index, digest)
    where k.key_hash = w.key_hash
"""


@dataclass(slots=True)
class Identities:
    """What tells events apart, and the digest that decides between two that it doesn't."""

    rows: NDArray[Any]  # of IDENTITY
    digest: Ints

    @classmethod
    def of(cls, viewing: Ints, time: Ints, type_: Ints, index: Ints, tag: Ints, digest: Ints) -> "Identities":
        """The identities of events given as columns."""
        rows = np.empty(len(viewing), dtype=IDENTITY)
        rows["viewing"], rows["time"], rows["type"], rows["index"], rows["tag"] = viewing, time, type_, index, tag
        return cls(rows, digest)


def best_of_batch(identities: Identities, key_hashes: Sequence[bytes | None]) -> Bools:
    """For each event of a batch whether it is the one to keep among those of the batch with its key."""
    rows, digest = identities.rows, identities.digest
    keep: Bools = rows["tag"] == 0
    timed = np.flatnonzero(keep)
    order, places = by_viewing(rows["viewing"][timed], rows["time"][timed])
    alike = timed[order[places]]
    alike = alike[np.lexsort((digest[alike], *(rows[name][alike] for name in reversed(IDENTITY.names or ()))))]
    keep[alike[1:][rows[alike][1:] == rows[alike][:-1]]] = False
    best: dict[bytes | None, int] = {}
    for place in np.flatnonzero(rows["tag"]).tolist():
        other = best.setdefault(key_hashes[place], place)
        if digest[place] < digest[other]:
            best[key_hashes[place]] = place
    keep[list(best.values())] = True
    return keep


def against_stored(new: Identities, stored: Identities) -> tuple[Bools, Bools]:
    """Which new events may be stored, and which stored ones give way to one of them."""
    fresh = np.ones(len(new.rows), dtype=bool)
    gives_way = np.zeros(len(stored.rows), dtype=bool)
    if not len(stored.rows) or not len(new.rows):
        return fresh, gives_way
    # Whole rows are slow to compare, and hardly any are at a time that is stored.
    times = np.intersect1d(new.rows["time"], stored.rows["time"])
    near, far = (np.flatnonzero(np.isin(rows["time"], times)) for rows in (new.rows, stored.rows))
    _, at, to = np.intersect1d(new.rows[near], stored.rows[far], assume_unique=True, return_indices=True)
    mine, theirs = near[at], far[to]
    wins = new.digest[mine] < stored.digest[theirs]
    fresh[mine] = wins
    gives_way[theirs] = wins
    return fresh, gives_way


def against_all_time(
    cursor: psycopg.Cursor[Any], new: Identities, key_hashes: Sequence[bytes]
) -> tuple[Bools, NDArray[Any]]:
    """Which of these events, all with a key of their own, may be stored; and the stored ones that give way."""
    columns = _columns(new, key_hashes)
    inserted = {row[0] for row in cursor.execute(_INSERT, columns).fetchall()}
    names = [hash_.hex() for hash_ in key_hashes]
    fresh = np.array([name in inserted for name in names], dtype=bool)
    known = [name for name in names if name not in inserted]
    if not known:
        return fresh, np.empty(0, dtype=IDENTITY)
    stored = {row[0]: row[1:] for row in cursor.execute(_SELECT, [known]).fetchall()}
    wins = [place for place, name in enumerate(names) if name in stored and new.digest[place] < stored[name][4]]
    fresh[wins] = True
    gone = np.array(
        [
            (key, time, type_, index, tag_of(key_hashes[place]))
            for place in wins
            for time, key, type_, index, _ in [stored[names[place]]]
        ],
        dtype=IDENTITY,
    )
    if wins:
        cursor.execute(_REPLACE, _columns(Identities(new.rows[wins], new.digest[wins]), [key_hashes[p] for p in wins]))
    return fresh, gone


def _columns(new: Identities, key_hashes: Sequence[bytes]) -> list[Any]:
    rows = new.rows
    return [
        [hash_.hex() for hash_ in key_hashes],
        rows["time"].astype("datetime64[us]").tolist(),
        rows["viewing"].tolist(),
        rows["type"].tolist(),
        rows["index"].tolist(),
        new.digest.tolist(),
    ]


def tags_of(key_hashes: Sequence[bytes | None]) -> Ints:
    """The tag of each."""
    tags = np.zeros(len(key_hashes), dtype=np.int64)
    for place, key_hash in enumerate(key_hashes):
        if key_hash is not None:
            tags[place] = tag_of(key_hash)
    return tags


def tag_of(key_hash: bytes | None) -> int:
    """What stands for a key in the events' table: never 0, which is for events whose key holds their time."""
    return 0 if key_hash is None else int.from_bytes(key_hash[:8], "big", signed=True) or 1
