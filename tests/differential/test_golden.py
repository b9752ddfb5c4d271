"""The golden cases, by the product in process."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from db.pool import Database
from tests.conftest import GOLDEN
from tests.reference.matching import difference

from .product import at, put

NOW = datetime(2026, 12, 1, tzinfo=UTC)
CASES = {case["name"]: case for case in json.loads((GOLDEN / "cases.json").read_text())["cases"] if "document" in case}


@pytest.mark.parametrize("name", CASES)
async def test_answers_golden_case(name: str, database: Database) -> None:
    case = CASES[name]
    ask = paged if "paging" in case else whole
    assert difference(case["expected"], await ask(database, case)) is None


async def whole(database: Database, case: dict[str, Any]) -> Any:
    return await put(database, case["tenant"], case["document"], case.get("variables"), NOW)


async def paged(database: Database, case: dict[str, Any]) -> Any:
    """The first page with the nodes of all, and without its place among them."""
    variables = {**case["variables"], "first": case["paging"]["first"], "after": None}
    pages: list[Any] = []
    while not pages or variables["after"]:
        pages.append(await whole(database, {**case, "variables": variables}))
        page = at(pages[-1], case["paging"]["connection"]).pop("pageInfo")
        variables["after"] = page["endCursor"] if page["hasNextPage"] else None
    connections = [at(data, case["paging"]["connection"]) for data in pages]
    connections[0]["nodes"] = [node for connection in connections for node in connection["nodes"]]
    return pages[0]
