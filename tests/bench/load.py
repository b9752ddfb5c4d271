"""The load as a user runs it, and a bare COPY of the same rows to hold it against."""

import json
import statistics
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

import psycopg
from psycopg import sql

from db import storage
from db.storage import Keeping
from db.storage.hypertables import ApacheEdition
from tests.api.service import COMMAND
from tests.bench.data import Place
from tests.bench.watch import Watch

COPIED: Final = 2_000_000
RUNS: Final = 3
CHUNK: Final = 2**18


@dataclass(frozen=True, slots=True)
class Load:
    """What `frontrow load` took, its start included; memory in bytes (tests/bench/watch.py)."""

    events: int
    seconds: float
    rollup_seconds: float
    command_bytes: int
    backend_bytes: int

    @property
    def rate(self) -> float:
        """Events stored and rolled up per second."""
        return self.events / self.seconds


@dataclass(frozen=True, slots=True)
class Copy:
    """What a COPY into the events' table took, run by run."""

    rows: int
    seconds: tuple[float, ...]

    @property
    def rate(self) -> float:
        """Rows per second, of the median run."""
        return self.rows / statistics.median(self.seconds)


def load(place: Place, dsn: str, files: Sequence[Path]) -> Load:
    """Loads files by the command, into a server that runs already."""
    started = time.monotonic()
    command = [*COMMAND, "load", "--json", *map(str, files)]
    with subprocess.Popen(command, env=place.frontrow.environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            with Watch(process.pid, dsn) as watch:
                printed, _ = process.communicate()
                seconds = time.monotonic() - started
        except BaseException:
            process.terminate()
            raise
    if process.returncode:
        raise SystemExit(f"frontrow load failed with exit status {process.returncode}")
    counts = json.loads(printed.splitlines()[-1])
    if counts["rejected"] or counts["duplicates"]:
        raise SystemExit(f"the sample was not stored whole: {counts}")
    return Load(counts["stored"], seconds, watch.rollup_seconds, watch.command_bytes, watch.backend_bytes)


def copy(dsn: str, folder: Path, rows: int = COPIED) -> Copy:
    """Copies so many stored events into an empty table like theirs, time and again, through one connection."""
    with psycopg.connect(dsn, autocommit=True) as connection, tempfile.TemporaryFile(dir=folder) as file:
        taken = _take(connection, file, rows)
        _make_twin(connection)
        try:
            return Copy(taken, tuple(_put(connection, file) for _ in range(RUNS)))
        finally:
            connection.execute("drop schema twin cascade")


def _take(connection: psycopg.Connection[Any], file: BinaryIO, rows: int) -> int:
    """Writes stored events to the file in the order of their storage; how many there were."""
    connection.execute("set max_parallel_workers_per_gather = 0")
    select = sql.SQL("copy (select * from events limit {}) to stdout (format binary)").format(sql.Literal(rows))
    with connection.cursor() as cursor:
        with cursor.copy(select) as blocks:
            for block in blocks:
                file.write(block)
        return cursor.rowcount


def _make_twin(connection: psycopg.Connection[Any]) -> None:
    """An empty table with the columns, indexes and partitions of `events`."""
    connection.execute("drop schema if exists twin cascade")
    connection.execute("create schema twin")
    if isinstance(storage.of(connection), ApacheEdition):
        connection.execute("create table twin.events (like events including all)")
        days = sql.Literal(Keeping().chunk_days)
        hypertable = "select create_hypertable('twin.events', by_range('time', {} * interval '1 day'))"
        connection.execute(sql.SQL(hypertable).format(days))
        return
    connection.execute("create table twin.events (like events including all) partition by range (time)")
    partitions = connection.execute(
        "select c.relname, pg_get_expr(c.relpartbound, c.oid) from pg_inherits join pg_class c on c.oid = inhrelid"
        " where inhparent = 'public.events'::regclass"
    ).fetchall()
    for name, bound in partitions:
        table = sql.Identifier("twin", name)
        connection.execute(sql.SQL("create table {} partition of twin.events {}").format(table, sql.SQL(bound)))


def _put(connection: psycopg.Connection[Any], file: BinaryIO) -> float:
    """Seconds that a COPY of the file into the emptied table takes."""
    # Committed first: a table emptied and filled in one transaction is not logged, which no load can have.
    connection.execute("truncate twin.events")
    connection.execute("checkpoint")
    file.seek(0)
    started = time.monotonic()
    with connection.cursor() as cursor, cursor.copy("copy twin.events from stdin (format binary)") as target:
        while chunk := file.read(CHUNK):
            target.write(chunk)
    return time.monotonic() - started
