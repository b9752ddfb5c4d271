"""Rolls up what a load stores while it stores more."""

import time
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Final, Self

from db import storage
from db.connect import connected

_ENOUGH: Final = 400_000
"""Events stored after which a load rolls up: fewer make more partial rows, more leave readers more to add up."""
_LONG_SECONDS: Final = 60.0
"""Seconds after which it does so where fewer come."""


class Refresher:
    """Rolls up in a thread what a load stores, while it stores more; when the block ends, all of it."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._thread = ThreadPoolExecutor(1, "refresh")
        self._running: Future[None] | None = None
        self._waiting = 0  # events, since the last refresh began
        self._began = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with self._thread:
            if self._running:
                self._running.result()
            self._start(last=True).result()

    def stored(self, events: int) -> None:
        """Begins to roll up where there is enough to do. Raises what went wrong with the refresh before."""
        self._waiting += events
        if self._running and self._running.done():
            self._running.result()
            self._running = None
        due = self._waiting >= _ENOUGH or time.monotonic() - self._began > _LONG_SECONDS
        if due and not self._running:
            self._running = self._start()

    def _start(self, last: bool = False) -> "Future[None]":
        self._waiting, self._began = 0, time.monotonic()
        return self._thread.submit(_refresh, self._dsn, last)


def _refresh(dsn: str, last: bool) -> None:
    with connected(dsn, autocommit=True) as connection:
        keeps = storage.of(connection)
        keeps.roll_up(connection, last)
        keeps.analyze(connection)
