"""Files → what is to be stored: reads, checks and translates, a block of lines at a time.

Runs in a process of its own (db/load/apart.py), so that it and what stores the blocks each have a processor.
"""

import gc
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import xxhash

from db.connect import connected
from db.load.catalogue import checked as checked_record
from db.load.encode import Batch, Line, encode
from db.load.enrichment import open_places
from db.load.files import Lines, UnreadableFile
from db.load.keys import Keys
from db.load.moments import EARLIEST_MICROSECOND, EPOCH, MICROSECOND, microseconds
from db.load.reading import checked, read
from db.load.records import Event, Record, Rejected
from db.load.rejects import RejectFile
from db.question import AHEAD
from db.storage.retention import raw_from

BATCH: Final = 50_000
_PATIENCE_SECONDS: Final = 0.5
"""How long lines wait for more to come; so those of a stream are soon in the numbers."""


@dataclass(slots=True)
class Block:
    """What a stretch of a file holds, ready to be stored, and how far into the file it reaches."""

    path: str
    bytes_done: int
    bytes_total: int | None
    read: int
    rejected: int
    records: list[Record] = field(default_factory=list)
    batch: Batch | None = None


def blocks(dsn: str, paths: Sequence[str], standard_input: int, rejects: Path, places: Path | None) -> Iterator[Block]:
    """The files' content, in order; `-` is the open file `standard_input`.

    Raises UnreadableFile, for any of them before the first block.
    """
    # There are no cycles to collect here, and looking for them would take half the time.
    gc.disable()
    opened = [Lines.open(path, standard_input) for path in paths]
    refused = RejectFile(rejects)
    try:
        with connected(dsn, autocommit=True) as connection:
            translator = _Translator(Keys(connection), refused, places, raw_from(connection))
            for lines in opened:
                yield from translator.blocks_of(lines)
    finally:
        refused.close()
        for lines in opened:
            lines.close()


class _Translator:
    """Reads files one after the other. `read` counts the lines of all of them."""

    def __init__(self, known: Keys, refused: RejectFile, places: Path | None, raw_from: datetime | None) -> None:
        self._known = known
        self._refused = refused
        self._places = open_places(places)
        self._raw_from = raw_from
        self._read = 0

    def blocks_of(self, lines: Lines) -> Iterator[Block]:
        """The file's blocks; at least one, so that its end is told."""
        events: list[Line] = []
        records: list[Record] = []
        told, span, until = self._read, accepted(self._raw_from), time.monotonic() + _PATIENCE_SECONDS
        try:
            for number, line in lines:
                if line:
                    self._sort(lines.path, number, line, span, events, records)
                elif self._read == told:  # after a pause
                    span, until = accepted(self._raw_from), time.monotonic() + _PATIENCE_SECONDS
                due = time.monotonic() > until and self._read > told
                if due or len(events) >= BATCH or len(records) >= BATCH:
                    yield self._block(lines, events, records)
                    events, records = [], []
                    told, span, until = self._read, accepted(self._raw_from), time.monotonic() + _PATIENCE_SECONDS
        except UnreadableFile:
            yield self._block(lines, events, records)
            raise
        yield self._block(lines, events, records)

    def _sort(
        self, path: str, number: int, line: bytes, span: range, events: list[Line], records: list[Record]
    ) -> None:
        """Puts one line where it belongs: to the events, the catalogue records or the rejects."""
        self._read += 1
        try:
            record = read(line)
            if isinstance(record, Event):
                events.append(event_line(record, line, span))
            else:
                checked_record(record)
                records.append(record)
        except Rejected as reason:
            self._refused.add(path, number, line, reason)

    def _block(self, lines: Lines, events: list[Line], records: list[Record]) -> Block:
        batch = encode(events, self._known, self._places) if events else None
        return Block(lines.path, lines.bytes_done, lines.size, self._read, self._refused.count, records, batch)


def accepted(raw_from: datetime | None) -> range:
    """The moments (µs) that an event may have now: not before raw events were dropped, not far ahead of the clock."""
    earliest = (raw_from - EPOCH) // MICROSECOND if raw_from else EARLIEST_MICROSECOND
    return range(earliest, (datetime.now(UTC) + AHEAD - EPOCH) // MICROSECOND + 1)


def event_line(event: Event, line: bytes, span: range) -> Line:
    """The event, checked. Raises Rejected."""
    code = checked(event)
    moment = microseconds(event.time, "time")
    if moment is None:
        raise Rejected("time", "missing")
    if moment < span.start:
        raise Rejected(
            "time", f"{event.time!r:.40} is before {EPOCH + span.start * MICROSECOND:%Y-%m-%d}: kept no longer"
        )
    if moment >= span.stop:
        raise Rejected("time", f"{event.time!r:.40} is more than 24 h ahead of the clock")
    starts = microseconds(event.sessionStartTime, "sessionStartTime") if event.sessionStartTime else None
    digest = xxhash.xxh3_64_intdigest(line) - 2**63
    return Line(event, code, moment, starts, digest)
