"""What a command takes while it runs: memory, and the time the database spends on rollups for it."""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Thread
from types import TracebackType
from typing import Any, Final, Self

import psutil
import psycopg

from db.derived import DERIVED

EVERY_SECONDS: Final = 0.05
MEMORY_EVERY_SECONDS: Final = 0.25
_STARTS: Final = (*(f"insert into {rollup.table} " for rollup in DERIVED), "call refresh_continuous_aggregate(")


class Watch:
    """Looks at a process with its children, and at the sessions of the database, until the block ends.

    `command_bytes`: the peak of the processes' resident memory, pages that a fork shares counted for each.
    `backend_bytes`: the peak of what the database's sessions hold beside the shared buffers.
    `rollup_seconds`: how long statements that fill rollups ran, within a few hundredths of a second for each.
    """

    def __init__(self, process: int, dsn: str) -> None:
        self.command_bytes = 0
        self.backend_bytes = 0
        self.rollup_seconds = 0.0
        self._process = process
        self._dsn = dsn
        self._leaving = Event()
        self._thread = Thread(target=self._watch, name="watch", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._leaving.set()
        self._thread.join()

    def _watch(self) -> None:
        with psycopg.connect(self._dsn, autocommit=True) as connection:
            before, weighed = time.monotonic(), 0.0
            while not self._leaving.wait(EVERY_SECONDS):
                sessions = _sessions(connection)
                now = time.monotonic()
                if any(start in query for _, query in sessions for start in _STARTS):
                    self.rollup_seconds += now - before
                before = now
                if now - weighed > MEMORY_EVERY_SECONDS:
                    weighed = now
                    self._weigh([pid for pid, _ in sessions])

    def _weigh(self, backends: list[int]) -> None:
        with suppress(psutil.NoSuchProcess):
            command = psutil.Process(self._process)
            pids = [self._process, *(child.pid for child in command.children(recursive=True))]
            self.command_bytes = max(self.command_bytes, sum(_memory(pid, _resident) for pid in pids))
        self.backend_bytes = max(self.backend_bytes, sum(_memory(pid, _private) for pid in backends))


def _sessions(connection: psycopg.Connection[Any]) -> list[tuple[int, str]]:
    """Process id of every session but this one, with its statement while that runs."""
    return connection.execute(
        "select pid, case when state = 'active' then query else '' end from pg_stat_activity"
        " where backend_type in ('client backend', 'parallel worker') and pid <> pg_backend_pid()"
    ).fetchall()


def _memory(pid: int, part: Callable[[Any], int]) -> int:
    """That part of a process's memory; 0 when it is gone."""
    with suppress(psutil.Error, OSError):
        return part(psutil.Process(pid).memory_info())
    return 0


def _resident(memory: Any) -> int:
    return int(memory.rss)


def _private(memory: Any) -> int:
    return int(memory.rss - getattr(memory, "shared", 0))


def load_average() -> str:
    """How busy the machine is: runnable processes over one, five and fifteen minutes."""
    return "load average " + ", ".join(f"{value:.2f}" for value in os.getloadavg())
