"""The product, asked in process: documents put to its schema over a database of its own."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from graphql import graphql

from db.pool import Database
from resolvers.context import Context, Limits
from schema import schema

LIMITS = Limits(
    max_depth=24,
    max_aliases=100,
    max_tokens=10_000,
    max_cost=500_000,
    max_page_size=1000,
    statement_timeout_seconds=30,
    max_timeline_points=50_000,
    max_filter_depth=16,
    max_waiting_reports=100,
)


async def put(
    database: Database, tenant: int, document: str, variables: Mapping[str, Any] | None, now: datetime
) -> dict[str, Any]:
    """The data of the answer, as it would come over the wire."""
    answer = await graphql(
        schema._schema,
        document,
        context_value=Context.of(tenant, None, database, LIMITS, lambda: now),
        variable_values=dict(variables or {}),
        executor_class=schema.execution_context_class,
    )
    assert answer.errors is None, answer.errors
    data: dict[str, Any] = json.loads(json.dumps(answer.data))
    return data


def at(data: Any, path: str) -> Any:
    """What is at a path of names."""
    for name in path.split("."):
        data = data[name]
    return data


def file_of(folder: Path, name: str, lines: Iterable[bytes]) -> str:
    """The path of a new file with these lines."""
    path = folder / f"{name}.ndjson"
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return str(path)
