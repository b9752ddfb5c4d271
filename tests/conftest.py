"""What tests share: one embedded server for each test process, a database of their own for each that wants one.

`FRONTROW_TEST_DATABASE_URL` points the tests at a server of one's own instead; they make and drop databases there. They
leave them where it is the one of `FRONTROW_TEST_DISPOSABLE`, which goes with them.
"""

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
import pytest
import pytest_asyncio

from db import embedded, storage
from db.load import load_files
from db.migrations import migrate
from db.pool import Database
from tests.api.service import Frontrow

GOLDEN = Path(__file__).parent / "data" / "golden"
SMALL = [str(GOLDEN / "small-7" / "catalogue.ndjson"), str(GOLDEN / "small-7" / "events.ndjson.gz")]

THROWN_AWAY = ("fsync = off", "full_page_writes = off", "autovacuum_naptime = '1d'")
"""Settings of a server whose hundreds of databases are thrown away within the hour."""


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The address of a PostgreSQL server to make databases on."""
    if url := os.environ.get("FRONTROW_TEST_DATABASE_URL"):
        yield url
        return
    folder = Path(tempfile.mkdtemp(prefix="frontrow-"))
    try:
        with embedded.running(folder) as dsn:
            with psycopg.connect(dsn, autocommit=True) as connection:
                for setting in THROWN_AWAY:
                    connection.execute(f"alter system set {setting}".encode())
                connection.execute("select pg_reload_conf()")
            yield dsn
            # Hundreds of databases: nobody waits a minute for them to be written down, nor to be deleted.
            note = folder / "postgres" / "postmaster.pid"
            with suppress(FileNotFoundError, ProcessLookupError):
                while text := note.read_text():
                    os.kill(int(text.split()[0]), signal.SIGQUIT)
                    time.sleep(0.1)
    finally:
        subprocess.Popen(["rm", "-rf", str(folder)], start_new_session=True)


@pytest.fixture(scope="session")
def make_database(server: str) -> Iterator[Callable[[str | None], str]]:
    """Makes a database, empty or as a copy of another, and gives its address; all are gone at the end."""
    made: list[str] = []
    with psycopg.connect(server) as connection:
        unsynced = connection.execute("show fsync").fetchone() == ("off",)
    # Files are copied in half the time where nobody waits for the disk; else a log of them is written sooner.
    strategy = "file_copy" if unsynced else "wal_log"

    def make(template: str | None = None) -> str:
        name = f"test_{uuid4().hex}"
        source = psycopg.conninfo.conninfo_to_dict(template)["dbname"] if template else "template0"
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f'create database "{name}" template "{source}" strategy {strategy}')
        made.append(name)
        dsn = urlsplit(server)._replace(path=f"/{name}").geturl()
        if not template:
            _extend(dsn)
        return dsn

    yield make
    if os.environ.get("FRONTROW_TEST_DATABASE_URL") in (None, os.environ.get("FRONTROW_TEST_DISPOSABLE")):
        return  # the server goes with all of them; one by one takes minutes where the disk is slow
    with psycopg.connect(server, autocommit=True) as connection:
        for name in made:
            connection.execute(f'drop database if exists "{name}" with (force)')


def _extend(dsn: str) -> None:
    """Adds TimescaleDB where the server has it: then that is what is tested."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        if connection.execute("select true from pg_available_extensions where name = 'timescaledb'").fetchone():
            connection.execute("create extension if not exists timescaledb")


@pytest.fixture(scope="session")
def empty_dsn(make_database: Callable[[str | None], str]) -> str:
    """A database with the schema and nothing in it. To be copied, not written to."""
    dsn = make_database(None)
    migrate(dsn)
    return dsn


@pytest.fixture
def dsn(make_database: Callable[[str | None], str], empty_dsn: str) -> str:
    """A database of the test's own, with the schema and nothing in it."""
    return make_database(empty_dsn)


@pytest.fixture(scope="session")
def aggregates(empty_dsn: str) -> bool:
    """Whether rollups are continuous aggregates here, not tables."""
    with psycopg.connect(empty_dsn) as connection:
        return not storage.of(connection).rolls_up_in_tables


@pytest.fixture
def rollup_tables(aggregates: bool) -> None:
    """For tests of what only rollup tables have: pieces to merge, events that are right before they are rolled up."""
    if aggregates:
        pytest.skip("rollups are continuous aggregates here")


@pytest.fixture(scope="session")
def golden_dsn(make_database: Callable[[str | None], str], empty_dsn: str) -> str:
    """A database with the golden data of two tenants. To be read, or copied."""
    dsn = make_database(empty_dsn)
    load_files(dsn, SMALL)
    return dsn


@pytest_asyncio.fixture
async def database(golden_dsn: str) -> AsyncIterator[Database]:
    """Connections to the golden data, with a counter of statements."""
    connections = await Database.open(golden_dsn, max_size=4)
    yield connections
    await connections.close()


@dataclass(frozen=True, slots=True)
class Served:
    """A running service: its base address and a token that reads the demo account."""

    url: str
    token: str


@pytest.fixture(scope="session")
def demo_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The demo, served as `make run` serves it."""
    frontrow = Frontrow(tmp_path_factory.mktemp("demo"))
    with frontrow.serving("--demo") as client:
        yield Served(str(client.base_url).rstrip("/"), frontrow.token("--scope", "read,report"))
