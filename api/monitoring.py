"""Counts and durations of requests, for Prometheus and the log.

With several workers each writes its numbers into a shared folder (`PROMETHEUS_MULTIPROC_DIR`, set by `frontrow serve`
before this module is imported), so that any of them can answer for all.
"""

import logging
import os
import time

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

logger = logging.getLogger("frontrow.requests")

SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
QUIET = ("/health/", "/metrics")  # asked every few seconds, so only in the debug log

REQUESTS = Counter("frontrow_requests_total", "Requests answered.", ("method", "route", "status"))
DURATION = Histogram(
    "frontrow_request_seconds",
    "From the request to the end of its answer.",
    ("route",),
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30),
)
STATEMENTS = Counter("frontrow_statements_total", "Statements sent to the database.")


class Measured:
    """Middleware that counts, times and logs each request, and counts the statements of the service's database."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._counted = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers by the app."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        start, status, recorded = time.perf_counter(), 500, False

        def record() -> None:
            nonlocal recorded
            if not recorded:
                recorded = True
                self._record(scope, status, time.perf_counter() - start)

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            elif not message.get("more_body", False):
                record()  # before the end is sent: who has an answer finds it counted, by any worker
            await send(message)

        try:
            await self.app(scope, receive, watched)
        finally:
            record()

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        route = _route(scope)
        REQUESTS.labels(_method(scope), route, status).inc()
        DURATION.labels(route).observe(seconds)
        if database := scope.get("state", {}).get("database"):
            STATEMENTS.inc(database.statements - self._counted)
            self._counted = database.statements
        level = logging.DEBUG if scope["path"].startswith(QUIET) else logging.INFO
        logger.log(level, "%s %s %d %.1f ms", scope["method"], scope["path"], status, seconds * 1000)


def prometheus() -> Response:
    """All numbers in Prometheus' text format."""
    registry = REGISTRY
    if SHARED_FOLDER in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return Response(
        generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"}
    )


def _route(scope: Scope) -> str:
    """The route as a label: the address where an endpoint answered, else one name for all, so that there are few."""
    if "endpoint" not in scope:
        return "none"
    return str(scope.get("root_path") or scope["path"])


def _method(scope: Scope) -> str:
    return scope["method"] if scope["method"] in ("GET", "HEAD", "POST", "OPTIONS") else "other"
