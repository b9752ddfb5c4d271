"""The worked values of the contract, by the product: a tenant for each."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from db.load import load_files
from db.pool import Database
from tests.reference.matching import difference
from tests.reference.worked_values import WORKED, Worked

from .product import file_of, put

NOW = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def scenes_dsn(
    make_database: Callable[[str | None], str], empty_dsn: str, tmp_path_factory: pytest.TempPathFactory
) -> str:
    """A database with all the scenes."""
    dsn = make_database(empty_dsn)
    folder: Path = tmp_path_factory.mktemp("scenes")
    lines = [line for partner, worked in enumerate(WORKED, 1) for line in worked.scene.lines(partner)]
    assert load_files(dsn, [file_of(folder, "scenes", lines)]).rejected == 0
    return dsn


@pytest_asyncio.fixture
async def scenes(scenes_dsn: str) -> AsyncIterator[Database]:
    connections = await Database.open(scenes_dsn, max_size=2)
    yield connections
    await connections.close()


@pytest.mark.parametrize(("partner", "worked"), list(enumerate(WORKED, 1)), ids=[worked.name for worked in WORKED])
async def test_worked_value(scenes: Database, partner: int, worked: Worked) -> None:
    got = await put(scenes, partner, worked.document, None, NOW)
    assert difference(worked.expected, got, tolerance=1e-5) is None
