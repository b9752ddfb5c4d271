"""Runs the service: one process, or several that share a port.

The worker processes get what they need through the environment, as `from_environment` reads it.
"""

import os
import socket
import tempfile
from collections.abc import Callable

import uvicorn
from uvicorn.supervisors import Multiprocess

from api.logs import configure_logs
from api.settings import Settings
from db.errors import FrontrowError

GRACE_SECONDS = 10
SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"


class CantListen(FrontrowError):
    """The address is taken, or not one of this machine."""

    code = "CANT_LISTEN"

    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(f"can't listen on {host} port {port}: {reason}", hint="choose another with --host and --port")


class AnnouncingServer(uvicorn.Server):
    """A server that says when it takes requests."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self.announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Starts, then announces."""
        await super().startup(sockets)
        if self.started:
            self.announce()


def serve(settings: Settings, dsn: str, announce: Callable[[str], None]) -> None:
    """Serves until a signal ends it, requests under way included; announces the address once it takes requests."""
    configure_logs(settings.log_level)
    if settings.workers == 1:
        _serve_alone(settings, dsn, announce)
    else:
        _serve_together(settings, dsn, announce)


def _serve_alone(settings: Settings, dsn: str, announce: Callable[[str], None]) -> None:
    from api.app import create_app

    config = _config(create_app(settings, dsn), settings)
    listening = _listen(settings)
    AnnouncingServer(config, lambda: announce(_address(listening))).run([listening])


def _serve_together(settings: Settings, dsn: str, announce: Callable[[str], None]) -> None:
    with tempfile.TemporaryDirectory(prefix="frontrow-metrics-") as folder:
        os.environ[SHARED_FOLDER] = folder
        os.environ["FRONTROW_DATABASE_URL"] = dsn
        if settings.explorer_token is not None:
            os.environ["FRONTROW_EXPLORER_TOKEN"] = settings.explorer_token.get_secret_value()
        config = _config("api.app:from_environment", settings, workers=settings.workers)
        listening = _listen(settings)
        announce(_address(listening))
        Multiprocess(config, [listening]).run()


def _config(app: object, settings: Settings, *, workers: int = 1) -> uvicorn.Config:
    return uvicorn.Config(
        app,  # type: ignore[arg-type]
        factory=isinstance(app, str),
        host=settings.host,
        port=settings.port,
        workers=workers,
        loop="uvloop",
        http="httptools",
        access_log=False,  # ours knows the request's name
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


def _listen(settings: Settings) -> socket.socket:
    """A socket that takes connections from now on; they wait until the service has started."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family, backlog=2048)
    except OSError as error:
        raise CantListen(settings.host, settings.port, error.strerror or str(error)) from None


def _address(listening: socket.socket) -> str:
    host, port, *_ = listening.getsockname()
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
