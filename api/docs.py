"""What is generated from the settings and committed: the README's table of them.

`python -m api.docs` writes it, in a checkout; `tests/test_docs.py` fails where it is not fresh.
"""

import json
from pathlib import Path
from typing import Final

from pydantic.fields import FieldInfo

from api.settings import Settings

README: Final = Path(__file__).parent.parent / "README.md"
START, END = "<!-- generated: settings -->", "<!-- end -->"


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
    before, rest = text.split(START)
    return f"{before}{START}\n{settings_table()}\n{END}{rest.split(END, 1)[1]}"


if __name__ == "__main__":
    README.write_text(readme(README.read_text("utf-8")), "utf-8")
