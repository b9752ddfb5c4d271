"""Loads that are cut off, or that run side by side: loaded again, the result is that of one undisturbed load."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import psutil
import psycopg
import pytest

from db.demo import plan_for_events, write
from db.demo.plan import DemoPlan
from db.embedded import ensure_running, stop
from db.load import load_files
from db.migrations import migrate
from db.storage.tables import stale_tenants
from tests.api.service import Frontrow
from tests.db.answers import answers, differences
from tests.db.given import empty, value

pytestmark = pytest.mark.slow

EVENTS = 120_000
PLAN = plan_for_events(EVENTS, DemoPlan(days=20, end=datetime(2026, 7, 1, tzinfo=UTC)))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Sample data: catalogue and events."""
    return [str(path) for path in write(PLAN, tmp_path_factory.mktemp("sample"))]


@pytest.fixture(scope="module")
def shared(make_database: Callable[[str | None], str], empty_dsn: str) -> str:
    """A database that each test empties."""
    return make_database(empty_dsn)


@pytest.fixture(scope="module")
def undisturbed(make_database: Callable[[str | None], str], empty_dsn: str, files: list[str]) -> str:
    """A database after one load of it all."""
    dsn = make_database(empty_dsn)
    summary = load_files(dsn, files)
    assert (summary.rejected, summary.duplicates) == (0, 0)
    assert summary.read == summary.stored + summary.catalogue
    assert value(dsn, "select count(*) from events") == summary.stored
    return dsn


@pytest.fixture
def frontrow(tmp_path: Path) -> Frontrow:
    """The command, with a data directory of its own."""
    return Frontrow(tmp_path / "data")


def wait_for_events(count: Callable[[], int], process: subprocess.Popen[str]) -> None:
    """Waits until some events are stored, while the load goes on."""
    while not count():
        assert process.poll() is None, "the load ended before it was to be cut off"
        time.sleep(0.02)


def family(process: subprocess.Popen[str]) -> list[psutil.Process]:
    return [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]


async def test_a_killed_load_leaves_no_process_and_is_resumed_by_loading_again(
    shared: str, files: list[str], undisturbed: str, frontrow: Frontrow
) -> None:
    empty(shared)
    process = frontrow.start("load", *files, FRONTROW_DATABASE_URL=shared)
    wait_for_events(lambda: value(shared, "select count(*) from events"), process)
    running = family(process)
    assert len(running) == 2
    process.send_signal(signal.SIGKILL)
    process.wait()
    _, alive = psutil.wait_procs(running, timeout=10)
    assert not alive

    there = value(shared, "select count(*) from events")
    assert 0 < there < EVENTS * 0.8
    summary = load_files(shared, files)
    assert summary.duplicates >= there
    assert value(shared, "select count(*) from events") == summary.stored + there
    assert not differences(await answers(shared), await answers(undisturbed))
    again = load_files(shared, files)
    assert (again.stored, again.duplicates, again.read) == (0, summary.stored + summary.duplicates, summary.read)


async def test_two_loads_of_one_file_at_once_store_it_once(
    shared: str, files: list[str], undisturbed: str, frontrow: Frontrow
) -> None:
    empty(shared)
    both = [frontrow.start("load", *files, FRONTROW_DATABASE_URL=shared) for _ in range(2)]
    counts = [dict(part.split() for part in process.communicate(timeout=120)[0].split(", ")) for process in both]
    assert [process.returncode for process in both] == [0, 0]
    stored, duplicates, read = (
        sum(int(each[name].replace(",", "")) for each in counts) for name in ("stored", "duplicates", "read")
    )
    once = stored + duplicates
    assert (stored, duplicates) == (once // 2, once // 2)
    assert read == once + sum(int(each["catalogue"].replace(",", "")) for each in counts)
    assert value(shared, "select count(*) from events") == stored
    assert not differences(await answers(shared), await answers(undisturbed))


@pytest.fixture
def own_server(frontrow: Frontrow) -> Iterator[Path]:
    """The data directory of an embedded server that may be killed."""
    migrate(ensure_running(frontrow.data_dir))
    yield frontrow.data_dir
    stop(frontrow.data_dir)


async def test_a_killed_server_loses_nothing_that_was_stored(
    own_server: Path, files: list[str], undisturbed: str, frontrow: Frontrow
) -> None:
    dsn = ensure_running(own_server)
    process = frontrow.start("load", *files, FRONTROW_KEEP_DATABASE="1")
    wait_for_events(lambda: value(dsn, "select count(*) from events"), process)
    there = value(dsn, "select count(*) from events")
    assert frontrow.server_pid is not None
    os.kill(frontrow.server_pid, signal.SIGKILL)
    process.communicate(timeout=60)
    assert process.returncode == 1

    dsn = ensure_running(own_server)
    stored = value(dsn, "select count(*) from events")
    assert there <= stored < EVENTS * 1.2
    summary = load_files(dsn, files)
    assert value(dsn, "select count(*) from events") == stored + summary.stored
    assert not differences(await answers(dsn), await answers(undisturbed))


def test_nothing_is_left_to_roll_up(undisturbed: str) -> None:
    with psycopg.connect(undisturbed) as connection:
        assert stale_tenants(connection) == []
