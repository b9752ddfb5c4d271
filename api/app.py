"""The service: which address is answered by what.

`create_app` makes it from settings and the address of a database; `from_environment` does so for a worker process.
"""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import TypedDict

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp

from api.auth import AuthError, Scope, authenticate
from api.downloads import downloads
from api.errors import envelope, hidden, tell_ours
from api.explorer import explorer_assets, explorer_page
from api.graphql_http import Caller, GraphQLHTTP
from api.health import Readiness, live
from api.logs import configure_logs
from api.monitoring import Measured, prometheus
from api.negotiation import wants_html
from api.reports.links import PATH, Links
from api.reports.store import store_at
from api.request_id import HEADER, RequestIds
from api.settings import Settings
from db.migrations import pending
from db.pool import Database
from resolvers.context import Context, Limits
from resolvers.reports.terms import Terms
from schema import schema

logger = logging.getLogger("frontrow.app")


class State(TypedDict):
    """What lives as long as the service; handlers find it in `request.state`."""

    database: Database


def create_app(settings: Settings, dsn: str) -> ASGIApp:
    """The whole service over one database, which is opened and closed with it."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[State]:
        seconds = settings.statement_timeout_seconds
        database = await Database.open(dsn, max_size=settings.pool_size, statement_timeout=seconds)
        try:
            yield State(database=database)
        finally:
            await database.close()

    app = Starlette(
        routes=_routes(settings, dsn),
        middleware=[Middleware(GZipMiddleware, minimum_size=1024, compresslevel=5)],
        exception_handlers={HTTPException: _not_routed, AuthError: _not_let_in, Exception: _failed},
        lifespan=lifespan,
    )
    return RequestIds(Measured(app))


def from_environment() -> ASGIApp:
    """The service as the environment sets it, for a worker process."""
    settings = Settings.load()
    configure_logs(settings.log_level)
    if settings.database_url is None:
        raise RuntimeError("a worker needs FRONTROW_DATABASE_URL")
    return create_app(settings, settings.database_url.get_secret_value())


def _routes(settings: Settings, dsn: str) -> list[BaseRoute]:
    key = settings.signing_key()
    limits = Limits.of(settings)
    token = settings.explorer_token.get_secret_value() if settings.explorer_token else None

    def caller(request: Request) -> Caller:
        claims = authenticate(request, key, Scope.READ)
        links = Links(key, settings.public_url or str(request.base_url))
        terms = Terms(Scope.REPORT in claims.scopes, settings.smtp_url is not None, links.to)
        context = Context.of(claims.partner, claims.user, request.state.database, limits, terms=terms)
        return Caller(claims, context, limits)

    answer = GraphQLHTTP(schema, caller, max_body_bytes=settings.max_body_bytes)

    async def graphql(request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers={"Allow": "GET, POST"})
        if request.method != "POST" and wants_html(request.headers.get("accept")):
            return explorer_page(token)
        return await answer(request)

    async def metrics(request: Request) -> Response:
        authenticate(request, key, Scope.READ)
        return prometheus()

    return [
        Route("/", _start, methods=["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]),
        Route("/graphql", graphql, methods=["GET", "POST", "OPTIONS"], middleware=_cross_origin(settings.origins)),
        Route(f"{PATH}/{{file:path}}", downloads(Links(key, ""), store_at(settings.report_place))),
        Mount("/explorer/assets", explorer_assets),
        Route("/health/live", live),
        Route("/health/ready", Readiness(partial(pending, dsn)).answer),
        Route("/metrics", metrics),
    ]


def _cross_origin(origins: tuple[str, ...]) -> list[Middleware]:
    """Lets pages of these origins ask. Tokens are sent by scripts, never by the browser, so `*` gives nothing away."""
    if not origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["GET", "POST"],
            allow_headers=["authorization", "content-type", HEADER],
            expose_headers=[HEADER],
            max_age=86_400,
        )
    ]


async def _start(request: Request) -> Response:
    """Shows a browser, which was given no more than the host, the way to the explorer. There is nothing else here."""
    if request.method in ("GET", "HEAD") and wants_html(request.headers.get("accept")):
        return RedirectResponse("/graphql", headers={"Vary": "Accept"})
    raise HTTPException(404)


async def _not_routed(_: Request, error: Exception) -> Response:
    """No such address, or not by this method."""
    assert isinstance(error, HTTPException)
    code = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED"}.get(error.status_code, "BAD_REQUEST")
    told = {"message": error.detail, "extensions": {"code": code, "hint": "the API is at /graphql"}}
    return JSONResponse(envelope(told), error.status_code, headers=error.headers)


async def _not_let_in(_: Request, error: Exception) -> Response:
    assert isinstance(error, AuthError)
    return JSONResponse(envelope(tell_ours(error)), error.status, headers={"WWW-Authenticate": error.challenge})


async def _failed(request: Request, error: Exception) -> Response:
    logger.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return JSONResponse(envelope(hidden()), 500)
