"""The command line: what it prints where, and with which status it ends."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from api.auth import Scope, read_token
from api.settings import Settings
from db.embedded import running
from db.metrics import PUBLIC
from db.migrations import migrate
from tests.api.service import COMMAND, Frontrow
from tests.db.check.looking import change
from tests.db.given import event, store_only, value

ENTRY = {"kind": "entry", "partnerId": 1001, "entryId": "e", "name": "E", "mediaType": "video", "durationSeconds": 60}
PLAY = {"eventType": 3, "partnerId": 1001, "time": "2026-01-01T00:00:00Z", "eventId": "1", "entryId": "e"}


@pytest.fixture(scope="module")
def frontrow(tmp_path_factory: pytest.TempPathFactory) -> Frontrow:
    """One data directory for all that leaves none of it changed."""
    return Frontrow(tmp_path_factory.mktemp("commands"))


def lines(*records: object) -> str:
    """The records as a file holds them."""
    return "".join(f"{json.dumps(record)}\n" for record in records)


def test_a_token_is_the_last_line_and_says_what_was_asked(frontrow: Frontrow) -> None:
    arguments = ("--partner", "1002", "--scope", "read,report", "--user", "anna", "--days", "2")
    printed = frontrow.run("token", *arguments)
    assert (printed.returncode, printed.stderr) == (0, "")
    claims = read_token(Settings.load(data_dir=frontrow.data_dir).signing_key(), printed.stdout.splitlines()[-1])
    scopes = frozenset({Scope.READ, Scope.REPORT})
    assert (claims.partner, claims.scopes, claims.user) == (1002, scopes, "anna")
    assert abs(claims.expires - time.time() - 2 * 86_400) < 60


@pytest.mark.parametrize(
    "arguments",
    [
        ("token",),
        ("token", "--partner", "x"),
        ("token", "--partner", "-1"),
        ("token", "--partner", str(2**31)),
        ("token", "--partner", "1", "--scope", "write"),
        ("token", "--partner", "1", "--user", ""),
        ("nothing",),
        ("load",),
        ("serve", "--port", "x"),
    ],
)
def test_wrong_use_is_told_with_status_2(frontrow: Frontrow, arguments: tuple[str, ...]) -> None:
    done = frontrow.run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    assert done.stderr


def test_a_bad_setting_is_told_with_status_1(frontrow: Frontrow) -> None:
    done = frontrow.run("token", "--partner", "1", FRONTROW_TOKEN_SECRET="short")
    assert done.returncode == 1
    assert done.stderr.startswith("frontrow: FRONTROW_TOKEN_SECRET: ")


def test_a_geoip_database_that_cant_be_read_is_told(frontrow: Frontrow, tmp_path: Path) -> None:
    broken = tmp_path / "broken.mmdb"
    broken.write_text("no database")
    for path in (broken, tmp_path / "missing.mmdb"):
        done = frontrow.run("load", "-", FRONTROW_GEOIP_DATABASE=str(path))
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith("frontrow: the GeoIP database can't be read")


def test_metrics_are_listed_all(frontrow: Frontrow) -> None:
    listed = {line.split()[0] for line in frontrow.run("metrics").stdout.splitlines()}
    assert listed == {"name", *(metric.name for metric in PUBLIC)}


def test_the_schema_is_printed_as_it_is_committed(frontrow: Frontrow) -> None:
    printed = frontrow.run("schema")
    assert printed.returncode == 0
    assert "type Query" in printed.stdout
    assert frontrow.run("schema", "--check").returncode == 0


@pytest.mark.parametrize("arguments", [("schema",), ("metrics",)])
def test_a_reader_that_leaves_gets_no_traceback(frontrow: Frontrow, arguments: tuple[str, ...]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [*COMMAND, *arguments], env=frontrow.environment, stdout=writer, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, "")


def test_load_counts_and_ends_with_json(frontrow: Frontrow, tmp_path: Path) -> None:
    file = tmp_path / "mixed.ndjson"
    file.write_text(lines(ENTRY, PLAY) + "not JSON\n")
    done = frontrow.run("load", str(file), "-", "--json", stdin=lines(PLAY))
    assert done.returncode == 0
    expected = {"read": 4, "stored": 1, "duplicates": 1, "rejected": 1, "catalogue": 1}
    assert json.loads(done.stdout.splitlines()[-1]) == expected
    reject_file = Path(done.stderr.split()[-1])
    assert reject_file.exists()
    assert "\x1b" not in done.stderr + done.stdout  # no bars where there is no terminal


def test_a_file_that_cant_be_read_is_told_with_status_1(frontrow: Frontrow, tmp_path: Path) -> None:
    done = frontrow.run("load", str(tmp_path / "missing.ndjson"), "--json")
    assert done.returncode == 1
    assert "missing.ndjson" in done.stderr
    assert "Traceback" not in done.stderr
    assert frontrow.server_pid is None


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_load_leaves_nothing_running(tmp_path: Path, number: signal.Signals, status: int) -> None:
    frontrow = Frontrow(tmp_path)
    process = subprocess.Popen(
        [*COMMAND, "load", "-"], env=frontrow.environment, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 30
    while frontrow.server_pid is None and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(1)
    process.send_signal(number)
    assert process.stderr is not None
    told = process.stderr.read()
    assert process.wait(30) == status
    assert "Traceback" not in told
    assert frontrow.server_pid is None


def test_load_while_it_is_served(frontrow: Frontrow) -> None:
    with frontrow.serving() as client:
        assert frontrow.run("load", "-", "--json", stdin=lines(ENTRY)).returncode == 0
        assert client.get("/health/ready").status_code == 200


def test_database_commands(frontrow: Frontrow) -> None:
    assert frontrow.run("db", "migrate").returncode == 0
    assert "nothing to apply" in frontrow.run("db", "migrate").stdout
    checked = frontrow.run("db", "check")
    assert (checked.returncode, checked.stderr) == (0, "")
    assert frontrow.run("db", "maintain").returncode == 0


def test_a_database_of_ones_own_is_migrated_only_when_asked(tmp_path: Path) -> None:
    frontrow = Frontrow(tmp_path / "here")
    with running(tmp_path / "own") as dsn:
        for command in (("serve", "--port", "0"), ("load", "-")):
            refused = frontrow.run(*command, FRONTROW_DATABASE_URL=dsn)
            assert refused.returncode == 1
            assert "frontrow db migrate" in refused.stderr
        with frontrow.serving("--migrate", FRONTROW_DATABASE_URL=dsn) as client:
            assert client.get("/health/ready").status_code == 200
    assert not (frontrow.data_dir / "postgres").exists()


def test_a_service_serves_while_rollups_are_filled(tmp_path: Path) -> None:
    frontrow = Frontrow(tmp_path / "here")
    with running(tmp_path / "own") as dsn:
        migrate(dsn)
        store_only(dsn, [event()])
        change(dsn, "update rollup_definition set fingerprint = 'of another version'")
        with frontrow.serving("--migrate", FRONTROW_DATABASE_URL=dsn) as client:
            assert client.get("/health/ready").status_code == 200
            until = time.monotonic() + 30
            while (waiting := value(dsn, "select count(*) from pending_batches")) and time.monotonic() < until:
                time.sleep(0.1)
            assert waiting == 0
            assert value(dsn, "select sum(heartbeats) from watch_days_stored") == 1


@pytest.mark.parametrize("command", ["load", "check", "maintain", "migrate"])
def test_a_database_that_is_away_is_told(frontrow: Frontrow, tmp_path: Path, command: str) -> None:
    arguments = ("load", "-") if command == "load" else ("db", command)
    done = frontrow.run(*arguments, FRONTROW_DATABASE_URL=f"postgresql://x@/x?host={tmp_path}")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [("load", "-"), ("db", "check"), ("serve", "--migrate")])
def test_a_database_that_is_not_there_is_told_by_its_place(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    from db.embedded import running

    with running(tmp_path / "own") as dsn:
        url = urlsplit(dsn)
        nowhere = url._replace(netloc="postgres:hush@", path="/nowhere").geturl()
        done = Frontrow(tmp_path / "here").run(*arguments, FRONTROW_DATABASE_URL=nowhere)
    assert (done.returncode, done.stdout) == (1, "")
    first, second = done.stderr.splitlines()
    assert first.startswith("frontrow: the database does not answer")
    assert first.endswith("/nowhere)")
    assert "FRONTROW_DATABASE_URL" in second
    assert "hush" not in done.stderr


def test_a_taken_port_is_told(frontrow: Frontrow) -> None:
    with frontrow.serving() as client:
        done = frontrow.run("serve", "--port", str(client.base_url.port))
    assert done.returncode == 1
    assert "Address already in use" in done.stderr
    assert "Traceback" not in done.stderr


def test_sample_data_are_the_same_for_the_same_options(frontrow: Frontrow, tmp_path: Path) -> None:
    files = []
    for name in ("a", "b"):
        options = ("--partner", "7", "--days", "2", "--viewers", "5", "--seed", "3", "--out", str(tmp_path / name))
        printed = frontrow.run("demo", *options)
        assert printed.returncode == 0
        files.append([Path(path).read_bytes() for path in printed.stdout.split()])
    assert files[0] == files[1]
    assert b'"partnerId":7' in files[0][0].replace(b" ", b"")


def test_it_is_also_a_module() -> None:
    done = subprocess.run([sys.executable, "-m", "api", "--help"], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "serve" in done.stdout
