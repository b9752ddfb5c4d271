"""A database of any version, with rows, becomes what a new one is, and answers what it held."""

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from db.load import load_files
from db.maintain import maintain
from db.migrations import migrate, names, pending
from tests.conftest import SMALL
from tests.db.answers import Answers, answers, differences
from tests.db.check.looking import found
from tests.db.firsts import wrong_firsts
from tests.db.given import beats, entry, load, value
from tests.db.migrations.versions import at_version, catalogue

VERSIONS = range(1, len(names()) + 1)


MORE = [entry("new"), *beats(6, entryId="new", sessionId="new")]


@pytest.fixture(scope="module")
def expected() -> dict[str, Answers]:
    """What a new database answers: with the golden data, and with more."""
    return {}


@pytest.mark.parametrize("version", VERSIONS, ids=lambda version: names()[version - 1])
async def test_it_becomes_what_a_new_one_is(
    make_database: Callable[[str | None], str],
    golden_dsn: str,
    empty_dsn: str,
    expected: dict[str, Answers],
    version: int,
    tmp_path: Path,
) -> None:
    if not expected:
        whole = make_database(golden_dsn)
        load(whole, tmp_path, MORE)
        expected |= {"golden": await answers(golden_dsn), "more": await answers(whole)}
    dsn = make_database(None)
    at_version(dsn, version, golden_dsn)
    left = [*names()[version:], "rollups"]
    assert pending(dsn) == left
    assert migrate(dsn) == left
    migrated, new = catalogue(dsn), catalogue(empty_dsn)
    for what in new:
        assert migrated[what] == new[what]
    assert not differences(await answers(dsn), expected["golden"])
    assert wrong_firsts(dsn) == {}
    mixed = "select count(distinct viewing_key) from mixed_viewings"
    assert value(dsn, mixed) == value(golden_dsn, mixed)
    maintain(dsn)
    assert found(dsn) == []
    load_files(dsn, SMALL)
    load(dsn, tmp_path, MORE)
    assert not differences(await answers(dsn), expected["more"])


def test_the_catalogue_tells_two_schemas_apart(make_database: Callable[[str | None], str], empty_dsn: str) -> None:
    """Or the comparison above could not fail."""
    dsn = make_database(empty_dsn)
    before = catalogue(dsn)
    assert before == catalogue(empty_dsn)
    for what, statement in {
        "relations": "grant select on entries to public",
        "columns": "alter table entries alter column tags set default '{x}'",
        "indexes": "create index on entries (name)",
        "constraints": "alter table entries add check (entry_key > 0)",
        "functions": "grant execute on function raw_kept to pg_monitor",
        "views": "alter view unseen_batches rename column stored_at to since",
    }.items():
        with psycopg.connect(dsn) as connection:
            connection.execute(statement.encode())
        assert catalogue(dsn)[what] != before[what]
