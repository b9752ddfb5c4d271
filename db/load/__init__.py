"""Loads files of catalogue records and events.

One process reads, checks and translates (db/load/translate.py), this one stores: each batch whole or not at all, and
an event that is there already not again. So a load that was cut off is resumed by loading the file again.
"""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from db import storage
from db.connect import connected
from db.load.apart import apart
from db.load.catalogue import store_catalogue
from db.load.encode import Batch
from db.load.files import UnreadableFile
from db.load.keys import Keys
from db.load.refresh import Refresher
from db.load.store import Stored, store
from db.load.translate import blocks

__all__ = ["Progress", "Summary", "UnreadableFile", "load_files"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a load is. `bytes_total` is None where it can't be known."""

    path: str
    bytes_done: int
    bytes_total: int | None
    read: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Summary:
    """What became of the lines: read = stored + duplicates + rejected + catalogue."""

    read: int
    stored: int
    duplicates: int
    rejected: int
    catalogue: int
    reject_file: Path | None = None


def load_files(
    dsn: str,
    paths: Sequence[str],
    *,
    progress: Callable[[Progress], None] | None = None,
    rejects: Path | None = None,
    places: Path | None = None,
) -> Summary:
    """Loads files one after the other and rolls them up. Raises UnreadableFile; what was read before stays.

    `rejects`: where lines go that can't be taken; `places`: an .mmdb file that knows where IP addresses are.
    """
    started = time.monotonic()
    reject_file = rejects or Path(f"rejects-{datetime.now(UTC):%Y%m%dT%H%M%S%f}.ndjson")
    counts = {"read": 0, "stored": 0, "duplicates": 0, "rejected": 0, "catalogue": 0}
    with (
        connected(dsn, autocommit=True) as connection,
        connected(dsn, autocommit=True) as naming,
        _standard_input() as standard_input,
        Refresher(dsn) as refresher,
    ):
        loader = _Loader(connection, Keys(naming))
        for block in apart(blocks, dsn, list(paths), standard_input, reject_file, places):
            counts["read"], counts["rejected"] = block.read, block.rejected
            if block.records:
                counts["catalogue"] += loader.catalogue(block.records)
                refresher.stored(len(block.records))
            if block.batch:
                stored = loader.events(block.batch)
                counts["stored"] += stored.stored
                counts["duplicates"] += stored.duplicates
                refresher.stored(stored.stored)
            if progress:
                seconds = time.monotonic() - started
                progress(Progress(block.path, block.bytes_done, block.bytes_total, block.read, seconds))
    return Summary(**counts, reject_file=reject_file if counts["rejected"] else None)


@contextmanager
def _standard_input() -> Iterator[int]:
    """Standard input under a number of its own: a process that is made by multiprocessing has none."""
    number = os.dup(0)
    try:
        yield number
    finally:
        os.close(number)


class _Loader:
    """Stores what was translated."""

    def __init__(self, connection: psycopg.Connection[Any], known: Keys) -> None:
        self._connection = connection
        self._known = known
        self._make_room = storage.of(connection).room(connection)

    def catalogue(self, records: Sequence[Any]) -> int:
        """Stores catalogue records; how many there were."""
        store_catalogue(self._connection, records, self._known)
        return len(records)

    def events(self, batch: Batch) -> Stored:
        """Stores events."""
        months = batch.columns["time"].astype("datetime64[us]").astype("datetime64[M]")
        self._make_room({(month.year, month.month) for month in set(months.tolist())})
        return store(self._connection, batch)
