"""The example queries of the explorer, read from examples/: the file name gives the order.

Each file opens with two comment lines, "# Dashboard: title" and "# what it shows"; its
variables stand beside it in a JSON file of the same name.
"""

from dataclasses import dataclass
from functools import cache
from itertools import takewhile
from pathlib import Path

FOLDER = Path(__file__).parent / "examples"


@dataclass(frozen=True, slots=True)
class Example:
    """A query with its variables as JSON text, "" where it takes none."""

    name: str
    group: str
    title: str
    description: str
    query: str
    variables: str


@cache
def examples() -> tuple[Example, ...]:
    """Every example, in the order the page lists them."""
    return tuple(_example(path) for path in sorted(FOLDER.glob("*.graphql")))


def _example(path: Path) -> Example:
    lines = path.read_text("utf-8").splitlines()
    head = [line.removeprefix("#").strip() for line in takewhile(lambda line: line.startswith("#"), lines)]
    group, _, title = head[0].partition(": ")
    variables = path.with_suffix(".json")
    return Example(
        name=path.stem,
        group=group,
        title=title,
        description=" ".join(head[1:]),
        query="\n".join(lines[len(head) :]).strip() + "\n",
        variables=variables.read_text("utf-8").strip() if variables.exists() else "",
    )
