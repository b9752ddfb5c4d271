"""A name for each request, in the answer's header, in errors that hide their cause and in the log.

A name that the caller sends is kept, so that a request can be followed through proxies.
"""

import logging
import re
from contextvars import ContextVar
from secrets import token_hex

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = "x-request-id"
GIVEN = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")

request_id: ContextVar[str] = ContextVar("request_id", default="-")


class RequestIds:
    """Middleware that names each request and puts the name into its answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers by the app, with the header added."""
        if scope["type"] == "lifespan":
            return await self.app(scope, receive, send)
        given = Headers(scope=scope).get(HEADER, "")
        name = given if GIVEN.fullmatch(given) else token_hex(8)
        request_id.set(name)

        async def named(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = name
            await send(message)

        await self.app(scope, receive, named)


class WithRequestId(logging.Filter):
    """Gives each log record the name of the request it was written for."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always true: it only adds."""
        record.request_id = request_id.get()
        return True
