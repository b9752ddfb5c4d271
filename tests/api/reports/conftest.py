"""A copy of the golden data that reports can be asked for in."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from api.reports.making import Workshop
from api.reports.store import Directory
from db.pool import Database
from tests.differential.product import LIMITS


@pytest.fixture
def copied_dsn(make_database: Callable[[str | None], str], golden_dsn: str) -> str:
    """The golden data, in a database of the test's own."""
    return make_database(golden_dsn)


@pytest_asyncio.fixture
async def copy(copied_dsn: str) -> AsyncIterator[Database]:
    """Connections to it."""
    database = await Database.open(copied_dsn, max_size=4)
    yield database
    await database.close()


@pytest.fixture
def workshop(copy: Database, tmp_path: Path) -> Workshop:
    """What jobs work with, in process."""
    return Workshop(copy, Directory(tmp_path / "reports"), LIMITS)
