"""The worker as a process: by itself, or as a child of the service that is started again when it dies."""

import asyncio
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import api
from api.logs import configure_logs
from api.settings import Settings

START_SECONDS: Final = 1.0  # the service comes first
AGAIN_SECONDS: Final = 2.0
MOST_AGAIN_SECONDS: Final = 60.0
STEADY_SECONDS: Final = 30.0
END_SECONDS: Final = 10.0


def run_worker(settings: Settings, dsn: str) -> None:
    """Makes reports until a signal ends it."""
    from api.reports.worker import run_worker as run

    configure_logs(settings.log_level)
    asyncio.run(run(settings, dsn))


def run_attached(settings: Settings, dsn: str) -> None:
    """Makes reports until a signal ends it, or its parent does, however that ended."""
    threading.Thread(target=_follow_parent, daemon=True).start()
    run_worker(settings, dsn)


def _follow_parent() -> None:
    """Ends this process when standard input does: a job that is under way is done again by another."""
    while os.read(sys.stdin.fileno(), 1):
        pass
    os._exit(0)


class Workers:
    """The service's worker process, from `start` until the block ends."""

    def __init__(self, settings: Settings, dsn: str) -> None:
        self._settings = settings
        self._dsn = dsn
        self._ended = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._keeper: threading.Thread | None = None

    def start(self, address: str) -> None:
        """Starts the process; links in mails begin with the address where nothing else is set."""
        if self._settings.report_jobs:
            self._keeper = threading.Thread(target=self._keep, args=(self._environment(address),), daemon=True)
            self._keeper.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        if self._keeper is not None:
            self._keeper.join(2 * END_SECONDS)

    def _environment(self, address: str) -> dict[str, str]:
        told = {"FRONTROW_DATABASE_URL": self._dsn, "FRONTROW_PUBLIC_URL": self._settings.public_url or address}
        # Where this process has its code from; the working directory may hold an `api` of its own.
        path = os.pathsep.join([str(Path(api.__file__).parent.parent), *filter(None, [os.environ.get("PYTHONPATH")])])
        return {**os.environ, **told, "PYTHONPATH": path}

    def _keep(self, environment: dict[str, str]) -> None:
        """Starts the process, again whenever it has ended, until the service ends."""
        pause = AGAIN_SECONDS
        self._ended.wait(START_SECONDS)
        while not self._ended.is_set():
            started = time.monotonic()
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "api", "worker", "--attached"], stdin=subprocess.PIPE, env=environment
            )
            while process.poll() is None and not self._ended.wait(0.2):
                pass
            _end(process)
            # One that never gets far, for want of a database say, is tried less and less often.
            steady = time.monotonic() - started > STEADY_SECONDS
            pause = AGAIN_SECONDS if steady else min(2 * pause, MOST_AGAIN_SECONDS)
            self._ended.wait(pause)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Ends the process, gently where it lets."""
    process.terminate()
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    assert process.stdin is not None
    process.stdin.close()
