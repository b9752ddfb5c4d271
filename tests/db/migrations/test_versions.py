"""A database of any version, with rows, becomes what a new one is, and answers what it held."""

import gzip
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import psycopg
import pytest

from db.load import load_files
from db.maintain import maintain
from db.migrations import migrate, names, pending
from tests.conftest import SMALL
from tests.db.answers import Answers, answers, differences
from tests.db.check.looking import found
from tests.db.firsts import wrong_firsts
from tests.db.given import beats, entry, load, value, write
from tests.db.migrations.versions import at_version, catalogue

VERSIONS = range(1, len(names()) + 1)
_OF_VIEWING = re.compile(rb'"(?:partnerId|entryId|sessionId|userId)":[^,]*')

MORE = [entry("new"), *beats(6, entryId="new", sessionId="new")]


@dataclass(frozen=True, slots=True)
class Held:
    """A database with rows, and the files that these came from."""

    dsn: str
    files: tuple[str, str]


@pytest.fixture(scope="module")
def held(make_database: Callable[[str | None], str], empty_dsn: str, tmp_path_factory: pytest.TempPathFactory) -> Held:
    """Every third viewing of the golden data: a dozen migrations of all of it take minutes and show no more."""
    with gzip.open(SMALL[1]) as file:
        lines = [line for line in file.read().splitlines() if crc32(b"".join(_OF_VIEWING.findall(line))) % 3 == 0]
    files = SMALL[0], write(tmp_path_factory.mktemp("held"), lines)
    dsn = make_database(empty_dsn)
    load_files(dsn, files)
    for table in ("events", "poll_answers", "chat_messages", "mixed_viewings", "watch_days", "curve_days"):
        assert value(dsn, f"select count(*) from {table}") > 10
    return Held(dsn, files)


@pytest.fixture(scope="module")
def expected() -> dict[str, Answers]:
    """What a new database answers: with what is held, and with more."""
    return {}


@pytest.mark.parametrize("version", VERSIONS, ids=lambda version: names()[version - 1])
async def test_it_becomes_what_a_new_one_is(
    make_database: Callable[[str | None], str],
    held: Held,
    empty_dsn: str,
    expected: dict[str, Answers],
    version: int,
    tmp_path: Path,
) -> None:
    if not expected:
        whole = make_database(held.dsn)
        load(whole, tmp_path, MORE)
        expected |= {"held": await answers(held.dsn), "more": await answers(whole)}
    dsn = make_database(None)
    at_version(dsn, version, held.dsn)
    left = [*names()[version:], "rollups"]
    assert pending(dsn) == left
    assert migrate(dsn) == left
    migrated, new = catalogue(dsn), catalogue(empty_dsn)
    for what in new:
        assert migrated[what] == new[what]
    assert not differences(await answers(dsn), expected["held"])
    assert wrong_firsts(dsn) == {}
    mixed = "select count(distinct viewing_key) from mixed_viewings"
    assert value(dsn, mixed) == value(held.dsn, mixed)
    maintain(dsn)
    assert found(dsn) == []
    load_files(dsn, held.files)
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
