"""A report of any length takes a bounded amount of memory: rows are written as they come."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from db.connect import connected
from db.storage import of

pytestmark = pytest.mark.slow

FEW, MANY = 10_000, 100_000
GROWTH = {"csv": 30, "xlsx": 30, "parquet": 60}  # MB at most; parquet holds the rows of a group

MAKE = """
import asyncio, resource, sys
from dataclasses import replace
from pathlib import Path
from db.pool import Database
from resolvers.reports.request import Format, Kind
from tests.api.reports.made import asked, made

async def main(dsn, folder, format):
    database = await Database.open(dsn, max_size=4)
    _, rows = await made(database, asked(Kind.USER_ENGAGEMENT, Format(format)), Path(folder), 777)
    print(rows, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)

asyncio.run(main(*sys.argv[1:]))
"""


def fill(dsn: str, users: int) -> None:
    """A tenant of so many users, each with a play."""
    with connected(dsn, autocommit=True) as connection:
        storage = of(connection)
        storage.room(connection)([(2026, 7)])
        _insert(connection, users)
        storage.roll_up(connection)


def _insert(connection: "psycopg.Connection[object]", users: int) -> None:
    connection.execute(
        "insert into users (partner_id, user_id, known, first_name)"
        " select 777, 'person-' || n, true, 'First ' || n from generate_series(1, %s::integer) n",
        [users],
    )
    connection.execute(
        "insert into events (partner_id, time, viewing_key, event_type, event_index, key_tag, digest, batch, entry_key,"
        " session_key, named_entry_key, named_session_key, named_event_key, context_id_key, user_key, place_key,"
        " agent_key, page_key, context_key, playback, flags, room_role, reaction_key, poll_key, attachment_key,"
        " opens_thread, engaged)"
        " select 777, '2026-07-01', -user_key, 3, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, user_key, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0,"
        " false, false from users where partner_id = 777"
    )
    connection.execute("insert into tenants values (777, 1, '2026-07-01', '2026-07-02')")
    connection.execute("insert into pending_batches values (777, 1)")


def peak(dsn: str, folder: Path, format: str) -> tuple[int, int]:
    """Rows of a report made by a process of its own, and how many megabytes that held at most."""
    path = os.pathsep.join(sys.path)
    command = [sys.executable, "-c", MAKE, dsn, str(folder), format]
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=True)
    rows, megabytes = map(int, done.stdout.split())
    return rows, megabytes


@pytest.fixture(scope="module")
def filled(make_database: Callable[[str | None], str], empty_dsn: str) -> dict[int, str]:
    """Databases with few and with many users."""
    made = {users: make_database(empty_dsn) for users in (FEW, MANY)}
    for users, dsn in made.items():
        fill(dsn, users)
    return made


@pytest.mark.parametrize("format", GROWTH)
def test_ten_times_the_rows_take_no_more_memory(format: str, filled: dict[int, str], tmp_path: Path) -> None:
    held = {}
    for users, dsn in filled.items():
        rows, held[users] = peak(dsn, tmp_path, format)
        assert rows == users
    assert held[MANY] - held[FEW] < GROWTH[format], held
