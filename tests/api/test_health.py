"""Readiness, whatever is wrong."""

import pytest

from api.health import Readiness
from db.errors import DatabaseAway
from db.pool import Database


async def test_ready_where_nothing_is_pending(database: Database) -> None:
    assert await Readiness(list).reasons(database) == []
    (reason,) = await Readiness(lambda: ["0009"]).reasons(database)
    assert reason == "migration 0009 is pending: run `frontrow db migrate`"


async def test_another_version_that_takes_over_leaves_it_ready(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its rollups answer as well; its migrations may not."""
    monkeypatch.setattr("api.health.RECHECK_SECONDS", 0)
    told = iter([["rollups"], [], ["rollups"], ["audiences"], ["0012_more.sql", "rollups"]])
    readiness = Readiness(lambda: next(told))
    assert await readiness.reasons(database) == ["migration rollups is pending: run `frontrow db migrate`"]
    for _ in range(3):
        assert await readiness.reasons(database) == []
    assert await readiness.reasons(database) == ["migration 0012_more.sql is pending: run `frontrow db migrate`"]


async def test_whatever_fails_is_a_reason(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    def away() -> list[str]:
        raise DatabaseAway

    def broken() -> list[str]:
        raise RuntimeError("secret detail")

    assert await Readiness(away).reasons(database) == ["the database does not answer"]
    assert caplog.text == ""
    (reason,) = await Readiness(broken).reasons(database)
    assert "secret" not in reason
    assert "secret detail" in caplog.text
