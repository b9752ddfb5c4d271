"""The embedded PostgreSQL: started by the first who needs it, stopped by the last, whatever happened between."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from db.embedded import ensure_running, running, stop
from db.embedded_cluster import EmbeddedDatabaseFailed

USER = """
import sys
from pathlib import Path
import psycopg
from db.embedded import running
with running(Path(sys.argv[1])) as dsn:
    with psycopg.connect(dsn) as connection:
        connection.execute("select 1")
    print("in", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A data directory under a private parent, as temporary folders are."""
    folder = Path(tempfile.mkdtemp(prefix="frontrow-test-"))
    yield folder / "data"
    stop(folder / "data")
    shutil.rmtree(folder)


def server(data_dir: Path) -> psutil.Process | None:
    """The server's process, while it runs."""
    try:
        return psutil.Process(int((data_dir / "postgres" / "postmaster.pid").read_text().split()[0]))
    except (FileNotFoundError, psutil.NoSuchProcess):
        return None


def value(dsn: str, sql: str) -> object:
    """The only value that a statement answers."""
    with psycopg.connect(dsn) as connection:
        row = connection.execute(sql.encode()).fetchone()
    assert row is not None
    return row[0]


def user(data_dir: Path) -> subprocess.Popen[str]:
    """Another process that uses the server until it is sent a line."""
    process = subprocess.Popen(
        [sys.executable, "-c", USER, str(data_dir)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    return process


def wait_in(process: subprocess.Popen[str]) -> None:
    """Waits until that process has connected."""
    assert process.stdout is not None
    assert process.stdout.readline() == "in\n"


def test_it_runs_for_the_block_and_keeps_its_data(data_dir: Path) -> None:
    with running(data_dir) as dsn, psycopg.connect(dsn) as connection:
        connection.execute("create table kept as select 17 as number")
    assert server(data_dir) is None
    with running(data_dir) as dsn:
        assert value(dsn, "select number from kept") == 17


def test_it_stays_where_it_is_to_be_kept(data_dir: Path) -> None:
    with running(data_dir, keep=True):
        pass
    assert server(data_dir) is not None
    stop(data_dir)
    assert server(data_dir) is None


def test_it_is_set_as_it_must_be(data_dir: Path) -> None:
    dsn = ensure_running(data_dir)
    expected = {
        "listen_addresses": "",
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "autovacuum": "on",
        "timezone": "UTC",
        "server_encoding": "UTF8",
        "jit": "off",
    }
    assert {name: value(dsn, f"show {name}") for name in expected} == expected
    order = value(
        dsn, "select string_agg(letter, '' order by letter) from unnest(array['b', 'B', 'ä', 'a', 'Z']) letter"
    )
    assert order == "BZabä"
    assert value(dsn, "select 'ÄÖ' ilike 'äö'") is True


def test_nobody_else_gets_near_it(data_dir: Path) -> None:
    ensure_running(data_dir)
    assert (data_dir / "postgres").stat().st_mode & 0o077 == 0
    process = server(data_dir)
    assert process is not None
    assert process.uids().effective != 0
    assert not [connection for connection in process.net_connections() if connection.status == psutil.CONN_LISTEN]


def test_processes_at_once_share_one_server(data_dir: Path) -> None:
    users = [user(data_dir) for _ in range(4)]
    for process in users:
        wait_in(process)
    first = server(data_dir)
    for process in users:
        assert server(data_dir) == first
        process.communicate("\n", timeout=30)
        assert process.returncode == 0
    assert server(data_dir) is None


def test_a_killed_user_does_not_count_and_the_next_one_stops_it(data_dir: Path) -> None:
    process = user(data_dir)
    wait_in(process)
    process.kill()
    process.communicate()
    orphan = server(data_dir)
    assert orphan is not None
    with running(data_dir):
        assert server(data_dir) == orphan
    assert server(data_dir) is None


def test_it_recovers_after_the_server_was_killed(data_dir: Path) -> None:
    with running(data_dir) as dsn, psycopg.connect(dsn) as connection:
        connection.execute("create table kept as select 17 as number")
        connection.commit()
        killed = server(data_dir)
        assert killed is not None
        killed.kill()
        with running(data_dir) as again:
            assert value(again, "select number from kept") == 17
        assert server(data_dir) is not None
    assert server(data_dir) is None


def test_a_note_of_a_process_that_is_another_program_now_is_no_server(data_dir: Path) -> None:
    ensure_running(data_dir)
    process, status = server(data_dir), (data_dir / "postgres").stat()
    assert process is not None
    process.kill()
    process.wait()
    owner = {} if os.geteuid() == status.st_uid else {"user": status.st_uid, "group": status.st_gid}
    other = subprocess.Popen(["sleep", "60"], **owner)  # type: ignore[call-overload]
    note = data_dir / "postgres" / "postmaster.pid"
    note.write_text("\n".join([str(other.pid), *note.read_text().splitlines()[1:], ""]))
    time.sleep(0.5)
    try:
        assert value(ensure_running(data_dir), "select 1") == 1
        assert other.poll() is None
    finally:
        other.send_signal(signal.SIGTERM)
        other.wait()


@pytest.mark.parametrize("name", ["x" * 200, "with 'quotes' and spaces", "ünï" * 20])
def test_any_path_will_do(data_dir: Path, name: str) -> None:
    with running(data_dir / name) as dsn:
        assert value(dsn, "select 1") == 1
    assert server(data_dir / name) is None


def test_a_folder_that_cant_be_written_is_told(data_dir: Path) -> None:
    data_dir.write_text("a file")
    with pytest.raises(EmbeddedDatabaseFailed, match="can't be written"):
        ensure_running(data_dir)
    data_dir.unlink()
