"""What is generated from the settings and committed: the README's table of them.

`python -m api.docs` writes it, in a checkout; with `--check` it only says whether it is fresh, as `tests/test_docs.py`
does.
"""

import json
import sys
from pathlib import Path
from typing import Final

from pydantic.fields import FieldInfo

from api.settings import Settings
from schema.sdl import with_table

README: Final = Path(__file__).parent.parent / "README.md"


def settings_table() -> str:
    """Every setting, as a table."""
    rows = [
        f"| `FRONTROW_{name.upper()}` | {_default(field)} | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    return "\n".join(["| setting | default | what |", "|---|---|---|", *rows])


def _default(field: FieldInfo) -> str:
    if field.default_factory is not None:
        return "`frontrow` in the user's data folder"
    return "" if field.default is None else f"`{json.dumps(field.default).strip(chr(34))}`"


def readme(text: str) -> str:
    """The README with its table made anew."""
    return with_table(text, "settings", settings_table())


def main(*arguments: str) -> None:
    """Writes the table; with `--check` exits instead where it is not fresh."""
    text = README.read_text("utf-8")
    if "--check" not in arguments:
        README.write_text(readme(text), "utf-8")
    elif text != readme(text):
        sys.exit(f"out of date: {README.name}; `make generate` writes it anew")


if __name__ == "__main__":
    main(*sys.argv[1:])
