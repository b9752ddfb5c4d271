"""Loads files of catalogue records and events.

Reading, checking and translating go on in one thread while the batch before is stored in another. A batch is stored
whole or not at all, and an event that is there already is not stored again: a load that was cut off is resumed by
loading the file again.
"""

import gc
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import psycopg
import xxhash

from db.load.catalogue import checked as checked_record
from db.load.catalogue import store_catalogue
from db.load.encode import Line, encode
from db.load.enrichment import Places
from db.load.files import Lines, UnreadableFile
from db.load.keys import Keys
from db.load.moments import AHEAD, EPOCH, microseconds
from db.load.records import Event, Record, Rejected, checked, read
from db.load.refresh import refresh_tenant, stale_tenants
from db.load.rejects import RejectFile
from db.load.store import Stored, store
from db.storage.partitions import Partitions

__all__ = ["Progress", "Summary", "UnreadableFile", "load_files"]

BATCH: Final = 50_000
_REFRESH_EVERY: Final = 1_500_000
"""Events stored after which a load rolls up: fewer make more partial rows, more leave readers more to add up."""


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


@dataclass(slots=True)
class _Block:
    """Lines that are stored together."""

    lines: list[Line] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)


def load_files(
    dsn: str,
    paths: Sequence[str],
    *,
    progress: Callable[[Progress], None] | None = None,
    rejects: Path | None = None,
    places: Places | None = None,
) -> Summary:
    """Loads files one after the other and rolls them up. Raises UnreadableFile; what was read before stays."""
    started = time.monotonic()
    refused = RejectFile(rejects or Path(f"rejects-{datetime.now(UTC):%Y%m%dT%H%M%S%f}.ndjson"))
    opened = [Lines.open(path) for path in paths]
    with _uncollected(), psycopg.connect(dsn, autocommit=True) as reading, psycopg.connect(dsn, autocommit=True) as writing:
        loader = Loader(reading, writing, places)
        try:
            for lines in opened:
                for read_so_far in _load(loader, lines, refused):
                    if progress:
                        seconds = time.monotonic() - started
                        progress(Progress(lines.path, lines.bytes_done, lines.size, read_so_far, seconds))
        finally:
            loader.close()
            refused.close()
            for lines in opened:
                lines.close()
    counts = loader.counts
    return Summary(
        read=counts["stored"] + counts["duplicates"] + refused.count + counts["catalogue"],
        stored=counts["stored"],
        duplicates=counts["duplicates"],
        rejected=refused.count,
        catalogue=counts["catalogue"],
        reject_file=refused.path if refused.count else None,
    )


@contextmanager
def _uncollected() -> Iterator[None]:
    """Garbage collection off: a load makes no cycles, and looking for them would take half its time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _load(loader: "Loader", lines: Lines, refused: RejectFile) -> Iterator[int]:
    """Loads one file; yields the number of lines read so far now and then."""
    block = _Block()
    ahead = _microseconds_ahead()
    for number, line in lines:
        try:
            _take(block, line, ahead)
        except Rejected as reason:
            refused.add(lines.path, number, line, reason)
        if len(block.lines) >= BATCH or len(block.records) >= BATCH:
            loader.put(block)
            block, ahead = _Block(), _microseconds_ahead()
            yield loader.taken + refused.count
    loader.put(block)
    yield loader.taken + refused.count


def _microseconds_ahead() -> int:
    """The last moment that an event may have."""
    return round((datetime.now(UTC) + AHEAD - EPOCH).total_seconds() * 1_000_000)


def _take(block: _Block, line: bytes, ahead: int) -> None:
    """Adds a line to the block. Raises Rejected."""
    record = read(line)
    if isinstance(record, Event):
        block.lines.append(event_line(record, line, ahead))
    else:
        checked_record(record)
        block.records.append(record)


def event_line(event: Event, line: bytes, ahead: int) -> Line:
    """The event, checked. Raises Rejected."""
    code = checked(event)
    moment = microseconds(event.time, "time")
    if moment is None:
        raise Rejected("time", "missing")
    if moment > ahead:
        raise Rejected("time", f"{event.time!r:.40} is more than 24 h ahead of the clock")
    starts = microseconds(event.sessionStartTime, "sessionStartTime") if event.sessionStartTime else None
    digest = xxhash.xxh3_64_intdigest(line) - 2**63
    return Line(event, code, moment, starts, digest)


class Loader:
    """Stores blocks of records, one while the next is made ready."""

    def __init__(
        self, reading: psycopg.Connection[Any], writing: psycopg.Connection[Any], places: Places | None
    ) -> None:
        self.counts: Counter[str] = Counter()
        self.taken = 0
        self._known = Keys(reading)
        self._partitions = Partitions(reading)
        self._writing = writing
        self._places = places
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._storing: Future[Stored] | None = None
        self._since_refresh = 0

    def put(self, block: _Block) -> None:
        """Stores the block, later; waits for the one before. Raises what storing that one raised."""
        self.taken += len(block.lines) + len(block.records)
        if block.records:
            self._wait()
            store_catalogue(self._writing, block.records, self._known)
            self.counts["catalogue"] += len(block.records)
        if block.lines:
            batch = encode(block.lines, self._known, self._places)
            months = batch.columns["time"].astype("datetime64[us]").astype("datetime64[M]")
            self._partitions.ensure({(m.year, m.month) for m in set(months.tolist())})
            self._wait()
            self._storing = self._thread.submit(store, self._writing, batch)

    def _wait(self) -> None:
        if self._storing is not None:
            stored, self._storing = self._storing.result(), None
            self.counts["stored"] += stored.stored
            self.counts["duplicates"] += stored.duplicates
            self._since_refresh += stored.stored
            if self._since_refresh >= _REFRESH_EVERY:
                self.refresh()

    def refresh(self) -> None:
        """Rolls up what was stored."""
        self._since_refresh = 0
        for partner in stale_tenants(self._writing):
            refresh_tenant(self._writing, partner)

    def close(self) -> None:
        """Waits for the last block and rolls everything up."""
        try:
            self._wait()
            self.refresh()
        finally:
            self._thread.shutdown()
