"""A load of any size takes a bounded amount of memory, from files of any kind.

FRONTROW_EVENTS: how many are loaded. An ordinary run takes so many that some are rolled up while others come.
"""

import gzip
import os
import subprocess
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest
import zstandard

from db.demo import event_blocks, plan_for_events
from db.demo.plan import DemoPlan
from tests.api.service import COMMAND, Frontrow
from tests.db.given import value

pytestmark = pytest.mark.slow

EVENTS = int(os.environ.get("FRONTROW_EVENTS", 500_000))
LIMIT = 400 * 1024 * 1024


def peak_of(process: subprocess.Popen[bytes]) -> int:
    """The most memory that a process and its children held together, shared pages of each other counted once."""
    most = 0
    while process.poll() is None:
        held = 0
        try:
            family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
            held = sum(member.memory_full_info().pss for member in family)
        except psutil.Error:
            continue
        most = max(most, held)
        threading.Event().wait(0.05)
    return most


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Events: one part plain, one .gz, one .zst; together a file for each way of reading."""
    folder = tmp_path_factory.mktemp("packed")
    plan = plan_for_events(EVENTS, DemoPlan(end=datetime(2026, 7, 1, tzinfo=UTC)))
    names = {"plain": "a.ndjson", ".gz": "b.ndjson.gz", ".zst": "c.ndjson.zst", "standard input": "d.ndjson"}
    paths = {way: folder / name for way, name in names.items()}
    with (
        paths["plain"].open("wb") as plain,
        gzip.open(paths[".gz"], "wb", compresslevel=1) as gz,
        zstandard.open(paths[".zst"], "wb") as zst,
        paths["standard input"].open("wb") as piped,
    ):
        targets = [plain, gz, zst, piped]
        for number, block in enumerate(event_blocks(plan)):
            targets[number % 4].write("".join(block).encode())
    return paths


def test_any_number_of_events_takes_at_most_400_megabytes(
    make_database: Callable[[str | None], str], empty_dsn: str, packed: dict[str, Path], tmp_path: Path
) -> None:
    dsn = make_database(empty_dsn)
    frontrow = Frontrow(tmp_path)
    files = [str(packed[way]) for way in ("plain", ".gz", ".zst")]
    with packed["standard input"].open("rb") as piped:
        process = subprocess.Popen(
            [*COMMAND, "load", *files, "-", "--json"],
            env={**frontrow.environment, "FRONTROW_DATABASE_URL": dsn},
            stdin=piped,
            stdout=subprocess.PIPE,
        )
        most = peak_of(process)
    assert process.returncode == 0
    assert value(dsn, "select count(*) from events") > EVENTS * 0.9
    assert most < LIMIT, f"{most / 1024 / 1024:.0f} MB"
