"""What a check finds, and that the command it names mends it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from db.check import check
from db.connect import NotAllowed
from db.maintain import maintain
from db.migrations import migrate, pending
from db.storage.findings import Finding
from tests.db.given import event, load, store_only


def found(dsn: str) -> list[tuple[str, str | None]]:
    """What is wrong, with what mends it."""
    return [(finding.what, finding.mend) for finding in check(dsn) if not finding.ok]


def change(dsn: str, sql: str) -> None:
    with psycopg.connect(dsn) as connection:
        connection.execute(sql.encode())


@contextmanager
def reader(dsn: str) -> Iterator[str]:
    """The address of the database for a role that may read all of it and make nothing."""
    url = urlsplit(dsn)
    role = f"reader_{url.path[-12:]}"
    change(dsn, f"create role {role} login password 'hush'; grant pg_read_all_data to {role}")
    try:
        yield url._replace(netloc=f"{role}:hush@{url.netloc.rpartition('@')[2]}").geturl()
    finally:
        change(dsn, f"drop role {role}")


def test_a_sound_database_has_nothing_to_mend(dsn: str, tmp_path: Path) -> None:
    load(dsn, tmp_path, [event()])
    maintain(dsn)
    findings = check(dsn)
    assert findings == [Finding(True, finding.what) for finding in findings]
    whats = [finding.what for finding in findings]
    assert {"encoding UTF8", "schema up to date", "everything is rolled up", "indexes valid"} <= set(whats)


def test_an_empty_database_is_to_be_migrated(make_database: Callable[[str | None], str]) -> None:
    dsn = make_database(None)
    names = pending(dsn)
    assert names[0] == "0001_facts.sql"
    assert names[-1] == "rollups"
    assert found(dsn) == [(f"not migrated: {', '.join(names)}", "frontrow db migrate")]
    assert migrate(dsn) == names
    assert (pending(dsn), migrate(dsn), found(dsn)) == ([], [], [])


def test_what_is_pending_is_found_by_reading_alone(dsn: str, make_database: Callable[[str | None], str]) -> None:
    with reader(dsn) as address:
        assert pending(address) == []
        assert [finding.what for finding in check(address) if not finding.ok] == []
    empty = make_database(None)
    with reader(empty) as address:
        assert pending(address) == pending(empty)
        with pytest.raises(NotAllowed, match="permission denied"):
            migrate(address)
    with psycopg.connect(empty) as connection:
        assert connection.execute("select to_regclass('migrations')").fetchone() == (None,)


def test_rollups_of_another_definition_are_to_be_migrated(dsn: str) -> None:
    change(dsn, "update rollup_definition set fingerprint = 'of another version'")
    assert found(dsn) == [("not migrated: rollups", "frontrow db migrate")]
    assert migrate(dsn) == ["rollups"]
    assert found(dsn) == []


def test_what_is_not_rolled_up_is_told(dsn: str) -> None:
    store_only(dsn, [event(), event(partnerId=1002)])
    assert found(dsn)[:1] == [("2 tenants have events that are not rolled up", "frontrow db maintain")]
    maintain(dsn)
    assert found(dsn) == []


def test_a_broken_index_is_told(dsn: str) -> None:
    change(dsn, "update pg_index set indisvalid = false where indexrelid = 'entries_pkey'::regclass")
    assert found(dsn) == [("broken indexes: entries_pkey", "reindexdb --index entries_pkey")]
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("reindex index entries_pkey")
    assert found(dsn) == []
