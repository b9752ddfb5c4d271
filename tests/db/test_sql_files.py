"""The statements of db/sql each ask for one tenant: they hold its predicate themselves."""

import re
from pathlib import Path

import pytest

import db

FILES = sorted((Path(db.__file__).parent / "sql").glob("*.sql"))
PREDICATE = re.compile(r"\bpartner_id = \$1\b")


def code(path: Path) -> str:
    """The statement without its comments."""
    return re.sub(r"--[^\n]*", "", path.read_text("utf-8"))


def tables(statement: str) -> list[str]:
    """The tables and views that it reads, once for each time; not its own subselects, functions and slots."""
    named = set(re.findall(r"(?:\bwith|,)\s+(\w+) as \(", statement))
    read = re.findall(r"\b(?:from|join)\s+(\w+)\b(?!\s*\()(?!\.)", re.sub(r"extract\(.*?\)", "", statement))
    return [name for name in read if name not in {*named, "lateral"}]


def test_there_are_files() -> None:
    assert [path for path in FILES if tables(code(path))]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_that_reads_a_table_holds_the_tenant(path: Path) -> None:
    statement = code(path)
    assert PREDICATE.search(statement) or not tables(statement)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_table_of_a_file_is_narrowed_to_the_tenant(path: Path) -> None:
    # By $1 itself, or by being joined to the same tenant's row.
    statement = code(path)
    narrowed = re.findall(r"\bpartner_id = (?:\$1|\w+\.partner_id)", statement)
    assert len(narrowed) >= len(tables(statement))
