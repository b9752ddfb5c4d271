"""Runs a generator in a process of its own."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from multiprocessing.queues import Queue
from queue import Empty
from threading import Thread
from typing import Any, Final, TypeVar

from db.errors import FrontrowError

T = TypeVar("T")

_AHEAD: Final = 1
"""Items made before they are asked for, beside the one that waits to be: of a stream all are late by these."""

_ENDS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class ProcessLost(FrontrowError):
    """The other process ended without a word: killed, or out of memory."""

    code = "PROCESS_LOST"

    def __init__(self, exit_code: int | None) -> None:
        super().__init__(f"the reading process was ended (exit code {exit_code})", hint="load the file again")


class _End:
    """After the last item."""


def apart(generate: Callable[..., Iterator[T]], *arguments: Any) -> Iterator[T]:
    """The items of `generate(*arguments)`, made in another process a few ahead. What it raises is raised here."""
    # A fork shares standard input and starts at once; nothing of this process is touched in it.
    context = multiprocessing.get_context("fork")
    queue: Queue[Any] = context.Queue(_AHEAD)
    process = context.Process(target=_run, args=(queue, generate, arguments), daemon=True)
    try:
        with _uninterrupted():
            process.start()
        while not isinstance(item := _next(queue, process), _End):
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        if process.pid:
            process.kill()
            process.join()
        queue.close()


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Puts off being told to end: what Python itself does around a fork swallows exceptions, those of signals, too."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _next(queue: "Queue[Any]", process: BaseProcess) -> Any:
    while True:
        try:
            return queue.get(timeout=1)
        except Empty:
            if not process.is_alive() and queue.empty():
                raise ProcessLost(process.exitcode) from None


def _run(queue: "Queue[Any]", generate: Callable[..., Iterator[Any]], arguments: tuple[Any, ...]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the other process ends this one
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDS)
    Thread(target=_end_with_the_other, daemon=True).start()
    try:
        for item in generate(*arguments):
            queue.put(item)
        queue.put(_End())
    except BaseException as error:
        queue.put(error)
    queue.close()
    queue.join_thread()
    # Nothing that the fork inherited may be ended twice: connections, event loops, test runners.
    os._exit(0)


def _end_with_the_other() -> None:
    """Ends this process when the one that started it was killed.

    It would wait for ever to be asked for more, and by what it inherited keep the connection of the other open: the
    database would go on holding the locks of a load that is no more.
    """
    if other := multiprocessing.parent_process():
        other.join()
        os._exit(1)
