"""What a check finds, and that the command it names mends it."""

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from db import storage
from db.connect import NotAllowed, connected
from db.maintain import maintain
from db.migrations import migrate, pending
from tests.db.check.looking import change, found, looked, mend, noted, reader
from tests.db.given import event, load, store_only


def test_a_sound_database_has_nothing_to_mend(dsn: str, tmp_path: Path) -> None:
    load(dsn, tmp_path, [event()])
    maintain(dsn)
    assert found(dsn) == []
    whats = [finding.what for finding in looked(dsn)]
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
        assert found(address) == []
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


def test_a_database_of_a_newer_version_is_told(dsn: str) -> None:
    change(dsn, "insert into migrations (name) values ('9999_later.sql')")
    what = "migrated by a newer version of Frontrow: 9999_later.sql"
    assert found(dsn) == [(what, "pip install --upgrade frontrow")]


def test_what_is_not_rolled_up_for_long_is_told(dsn: str) -> None:
    store_only(dsn, [event(), event(partnerId=1002)])
    maintained = found(dsn)
    assert not any("rolled up" in what for what, _ in maintained)
    assert any("2 batches of 2 tenants are not rolled up" in finding.what for finding in looked(dsn))
    change(dsn, "update pending_batches set stored_at = now() - interval '600 seconds' where partner_id = 1002")
    told = ("2 batches of 2 tenants are not rolled up, the oldest for 600 s", "frontrow db maintain")
    assert told in found(dsn)
    mend(dsn, told[1])
    assert found(dsn) == []


@pytest.mark.usefixtures("rollup_tables")
def test_audiences_that_a_load_left_unmade_are_noted(dsn: str) -> None:
    """Answers are right without them, and slow."""
    store_only(dsn, [event(86_400 * day) for day in range(3)])
    with connected(dsn, autocommit=True) as connection:
        storage.of(connection).roll_up(connection, everything=False)
    assert found(dsn) == []
    assert "audiences of 1 days are not made" in noted(dsn)
    maintain(dsn)
    assert not any("audiences" in what for what in noted(dsn))
