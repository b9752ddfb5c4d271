"""An embedded PostgreSQL, from a wheel: no root, no system package, no TCP port.

A data directory holds at most one server, in its folder `postgres`. It runs while a process needs it: the first one
starts it, the last one to leave stops it, and those between share it. Who needs it holds a shared lock on a file,
which the kernel drops when the process ends in whatever way; so after `kill -9` the next one to come finds the
server running, uses it, and stops it when it leaves. Without such a lock (`ensure_running` alone) it runs until `stop`.

Nobody but the owner reaches the server: it listens on a unix socket in a folder of mode 700 only. As root, which
PostgreSQL refuses to run as, it runs as an unprivileged user of its own (db/embedded_user.py).
"""

import fcntl
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import TextIO

from db.embedded_cluster import Cluster, EmbeddedDatabaseFailed

WATCH_SECONDS = 1.0

logger = logging.getLogger("frontrow.embedded")


@contextmanager
def running(data_dir: Path, *, keep: bool = False) -> Iterator[str]:
    """The address of the embedded server, which runs at least until the block ends.

    The last process to leave such a block stops the server, unless it is to be kept.
    """
    with _lock_file(data_dir, "postgres.users") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        try:
            yield ensure_running(data_dir)
        finally:
            if not keep and _was_last(users):
                stop(data_dir)


@contextmanager
def watched(data_dir: Path) -> Iterator[None]:
    """Starts the server again, until the block ends, whenever it was killed or crashed."""
    leaving = Event()

    def watch() -> None:
        while not leaving.wait(WATCH_SECONDS):
            try:
                if not Cluster.of(data_dir).lives():
                    logger.warning("the embedded database is gone: starting it again")
                    ensure_running(data_dir)
            except EmbeddedDatabaseFailed as failure:
                logger.error("%s", failure.message)

    thread = Thread(target=watch, name="embedded database", daemon=True)
    thread.start()
    try:
        yield
    finally:
        leaving.set()
        thread.join()


def ensure_running(data_dir: Path) -> str:
    """The address (DSN) of the embedded server, set up and started where it was not."""
    with _exclusive(data_dir):
        cluster = Cluster.of(data_dir)
        if not cluster.answers():
            cluster.set_up()
            cluster.start()
        return cluster.address()


def stop(data_dir: Path) -> None:
    """Stops the embedded server, if it runs; open connections are ended, their transactions rolled back."""
    if not Cluster.of(data_dir).path.exists():
        return
    with _exclusive(data_dir):
        cluster = Cluster.of(data_dir)
        if cluster.answers():
            cluster.stop()


def _lock_file(data_dir: Path, name: str) -> TextIO:
    """An open file to lock, by all who use this data directory."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        return open(data_dir / name, "a")
    except OSError as error:
        message = f"the data directory {data_dir} can't be written: {error.strerror}"
        raise EmbeddedDatabaseFailed(message, hint="set FRONTROW_DATA_DIR to a folder of yours") from None


@contextmanager
def _exclusive(data_dir: Path) -> Iterator[None]:
    """One process at a time starts or stops the server."""
    with _lock_file(data_dir, "postgres.lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _was_last(users: TextIO) -> bool:
    """Whether no other process uses the server; if so, newcomers wait until the file is closed."""
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
