"""The explorer's page: one small HTML document with its settings as JSON in it."""

import json
from dataclasses import asdict
from html import escape
from pathlib import Path
from string import Template

from starlette.responses import HTMLResponse

from api.explorer.examples import examples
from api.explorer.static import built

TEMPLATE = Template(Path(__file__).with_name("page.html").read_text("utf-8"))

# No script but our own files, hence no nonce, and nothing from elsewhere. The editor writes <style> elements as it goes
# and draws with data: images, hence those two exceptions.
POLICY = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self' 'unsafe-inline'; "
    "font-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",  # the page may hold a token
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept",
    "X-Content-Type-Options": "nosniff",
}


def explorer_page(
    token: str | None = None, *, endpoint: str = "/graphql", assets: str = "/explorer/assets"
) -> HTMLResponse:
    """The page for the API at `endpoint`, its files at `assets`; a token given is used until another is typed in."""
    config = {"endpoint": endpoint, "token": token, "examples": [asdict(example) for example in examples()]}
    return HTMLResponse(TEMPLATE.substitute(config=_inside_script(config), links=_links(assets)), headers=HEADERS)


def _inside_script(value: object) -> str:
    """JSON that no content can end the surrounding element with."""
    return json.dumps(value).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _links(assets: str) -> str:
    at = escape(assets.rstrip("/"))
    names = built()
    lines = [f'<link rel="stylesheet" href="{at}/{name}" />' for name in names.styles]
    lines += [f'<link rel="modulepreload" href="{at}/{name}" />' for name in names.imports]
    lines.append(f'<script type="module" src="{at}/{names.script}"></script>')
    return "\n".join(f"    {line}" for line in lines)
