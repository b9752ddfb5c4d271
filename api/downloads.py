"""Downloads: files of reports, for whoever has a signed link."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from api.errors import envelope, tell_ours
from api.reports.links import ExpiredLink, ForgedLink, LinkError, Links
from api.reports.store import NAME, Store

MEDIA_TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
    "zip": "application/zip",
    "pdf": "application/pdf",
}

Handler = Callable[[Request], Awaitable[Response]]


def downloads(links: Links, store: Store) -> Handler:
    """Answers links with their files: 403 for a forged one, 410 for one that has expired."""

    async def download(request: Request) -> Response:
        try:
            return await _file(links, store, request)
        except LinkError as error:
            return JSONResponse(envelope(tell_ours(error)), error.status, headers={"Cache-Control": "no-store"})

    return download


async def _file(links: Links, store: Store, request: Request) -> Response:
    name, query = request.path_params["file"], request.query_params
    if not NAME.fullmatch(name):
        raise ForgedLink
    links.check(name, query.get("expires", ""), query.get("signature", ""))
    opened = await store.open(name)
    if opened is None:
        raise ExpiredLink
    headers = {
        "Content-Length": str(opened.size),
        "Content-Disposition": f'attachment; filename="{_shown(name)}"',
        "Content-Encoding": "identity",  # compressing millions of rows for one reader is not worth the time
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
    }
    return StreamingResponse(opened.chunks, media_type=MEDIA_TYPES[name.rsplit(".", 1)[-1]], headers=headers)


def _shown(name: str) -> str:
    """What the file is called where it is saved."""
    return f"report-{datetime.now(UTC):%Y-%m-%d}-{name.rsplit('/', 1)[-1]}"
