"""Records made up for one test, and loading them."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, TypeVar
from uuid import uuid4

import psycopg

from db import storage
from db.connect import connected
from db.load import Summary, load_files
from db.load.encode import encode
from db.load.keys import Keys
from db.load.reading import read
from db.load.records import Event
from db.load.store import store
from db.load.translate import accepted, event_line

PARTNER = 1001
START = datetime(2026, 7, 1, 10, tzinfo=UTC)

Record = dict[str, Any]
T = TypeVar("T")


def at(seconds: float) -> str:
    """A moment, so many seconds after START."""
    return (START + timedelta(seconds=seconds)).isoformat()


def event(seconds: float = 0, **fields: Any) -> Record:
    """A heartbeat on demand of one viewer, or what the fields make of it."""
    usual = {"partnerId": PARTNER, "eventType": 99, "time": at(seconds), "entryId": "film", "sessionId": "v"}
    return {**usual, "playbackType": "vod", **fields}


def beats(count: int, **fields: Any) -> list[Record]:
    """Heartbeats ten seconds apart, from the beginning on, with a running total."""
    return [event(10 * n, eventIndex=n, position=10 * n, playTimeSum=10 * n, **fields) for n in range(1, count + 1)]


def entry(key: str = "film", **fields: Any) -> Record:
    """A video of a hundred seconds."""
    return {"kind": "entry", "partnerId": PARTNER, "entryId": key, "durationSeconds": 100, **fields}


def session(key: str = "talk", start: float = 0, end: float | None = 3600, **fields: Any) -> Record:
    """A session, by seconds after START."""
    ends = None if end is None else at(end)
    return {"kind": "session", "partnerId": PARTNER, "sessionId": key, "startsAt": at(start), "endsAt": ends, **fields}


def without(record: Record, *fields: str) -> Record:
    """The record, lacking these fields."""
    return {name: value for name, value in record.items() if name not in fields}


def line_of(record: Record | bytes) -> bytes:
    """The record as a line, without its end; bytes as they are."""
    return record if isinstance(record, bytes) else json.dumps(record).encode()


def write(folder: Path, records: Iterable[Record | bytes], name: str | None = None) -> str:
    """The path of a new file with these lines."""
    path = folder / (name or f"{uuid4().hex}.ndjson")
    path.write_bytes(b"".join(line_of(record) + b"\n" for record in records))
    return str(path)


def load(dsn: str, folder: Path, records: Iterable[Record | bytes]) -> Summary:
    """Loads these lines as a file of their own, and rolls them up."""
    return load_files(dsn, [write(folder, records)], rejects=folder / "rejects.ndjson")


def store_only(dsn: str, records: Iterable[Record | bytes]) -> None:
    """Stores events as a stream does, without rolling them up."""
    lines = [line_of(record) for record in records]
    told = [(event, line) for line in lines if isinstance(event := read(line), Event)]
    with connected(dsn, autocommit=True) as connection:
        batch = encode([event_line(*pair, accepted(None)) for pair in told], Keys(connection), None)
        storage.of(connection).room(connection)({(2026, month) for month in range(1, 13)})
        store(connection, batch)


def of(partner: int, records: Iterable[Record]) -> list[Record]:
    """The records, those of the usual tenant given to this one."""
    return [{**record, "partnerId": partner} if record["partnerId"] == PARTNER else record for record in records]


def empty(dsn: str) -> None:
    """Forgets all that was loaded; faster than another database."""
    with psycopg.connect(dsn) as connection:
        tables = connection.execute(
            "select string_agg(oid::regclass::text, ', ') from pg_class where relkind in ('r', 'p')"
            " and relnamespace = 'public'::regnamespace and not relispartition"
            " and relname not in ('migrations', 'rollup_definition')"
        ).fetchone()
        assert tables is not None
        connection.execute(f"truncate {tables[0]}".encode())


def run_jobs(dsn: str) -> None:
    """Runs what TimescaleDB does to our tables by itself; servers of tests leave it undone."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        jobs = connection.execute("select job_id from timescaledb_information.jobs where hypertable_name is not null")
        for (job,) in jobs.fetchall():
            connection.execute("call run_job(%s)", [job])


def shuffled(records: Iterable[T], seed: int) -> list[T]:
    """The records in another order."""
    found = list(records)
    Random(seed).shuffle(found)
    return found


def value(dsn: str, sql: str) -> Any:
    """The only value that a statement answers."""
    with psycopg.connect(dsn) as connection:
        row = connection.execute(sql.encode()).fetchone()
    assert row is not None
    return row[0]
