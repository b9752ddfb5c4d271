"""A database of each test's own, and telling it what happened."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from db.pool import Database
from tests.db import given


@pytest_asyncio.fixture
async def own(dsn: str) -> AsyncIterator[Database]:
    """Connections to an empty database."""
    database = await Database.open(dsn, max_size=4)
    yield database
    await database.close()


@pytest.fixture
def told(dsn: str, tmp_path: Path) -> Callable[..., None]:
    """Loads records and events, all of which must be good, as a file of their own."""

    def load(*records: given.Record) -> None:
        assert given.load(dsn, tmp_path, records).rejected == 0

    return load
