"""What is generated from the schema and committed: schema.graphql, and the tables in README.md.

`python -m schema.sdl` writes both; `tests/schema/test_sdl.py` fails where they are not fresh.
"""

from pathlib import Path

from db.dimensions import DIMENSIONS
from db.metrics import PUBLIC
from schema.root import build

FOLDER = Path(__file__).parent
SDL = FOLDER / "schema.graphql"
README = FOLDER / "README.md"
START, END = "<!-- generated: {} -->", "<!-- end -->"


def sdl() -> str:
    """The served schema in the schema definition language, sorted."""
    return build(sort=True).as_str() + "\n"


def metric_table() -> str:
    """Every public metric, as a table."""
    rows = [
        f"| `{each.field}` | {each.unit} | {each.summary} | {each.says} | {'yes' if each.additive else 'no'} |"
        for each in PUBLIC
    ]
    return "\n".join(["| field | unit | what | formula | adds up? |", "|---|---|---|---|---|", *rows])


def dimension_table() -> str:
    """Every dimension, as a table."""
    rows = [
        f"| `{dimension.enum}` | {dimension.summary} | {'splits and filters' if dimension.splits else 'filters'} |"
        for dimension in DIMENSIONS.values()
    ]
    return "\n".join(["| dimension | what | use |", "|---|---|---|", *rows])


def with_table(text: str, name: str, table: str) -> str:
    """The text with this table between the marks of its name."""
    start = START.format(name)
    before, rest = text.split(start)
    return f"{before}{start}\n{table}\n{END}{rest.split(END, 1)[1]}"


def readme(text: str) -> str:
    """The README with its tables made anew."""
    return with_table(with_table(text, "metrics", metric_table()), "dimensions", dimension_table())


def _fresh() -> dict[Path, str]:
    """What the files should hold."""
    return {SDL: sdl(), README: readme(README.read_text("utf-8"))}


def stale() -> list[str]:
    """The names of the files that hold something else."""
    return [path.name for path, text in _fresh().items() if not path.exists() or path.read_text("utf-8") != text]


def write() -> None:
    """Makes the files anew."""
    for path, text in _fresh().items():
        path.write_text(text, "utf-8")


if __name__ == "__main__":
    write()
