"""The built files of the explorer: their names, from the build's manifest, and the app that serves them."""

import json
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

BUILT = Path(__file__).parent / "assets"
ENTRY = "main.jsx"


@dataclass(frozen=True, slots=True)
class Built:
    """What the page must load: scripts to fetch at once, the first of which starts it, and style sheets."""

    script: str
    imports: tuple[str, ...]
    styles: tuple[str, ...]


@cache
def built() -> Built:
    """The names of the page's own files, relative to where `explorer_assets` is mounted."""
    manifest = json.loads((BUILT / "manifest.json").read_text("utf-8"))
    entry = manifest[ENTRY]
    imports = tuple(_name(manifest[key]["file"]) for key in entry.get("imports", ()))
    return Built(_name(entry["file"]), imports, tuple(map(_name, entry["css"])))


def _name(path: str) -> str:
    return path.removeprefix("files/")


class HashedFiles(StaticFiles):
    """Files that carry a hash of their content in their name, so that a browser may keep them for good."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, or 404 where this build has none of that name."""
        response = await super().get_response(path, scope)
        if response.status_code in (200, 304):
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response


explorer_assets = HashedFiles(directory=os.fspath(BUILT / "files"))
