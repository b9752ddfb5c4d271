"""No id, filter, cursor or node reaches another tenant: a tenant is answered as if nobody else were there.

Two tenants have the same ids. Whatever can be asked is asked of the database of both and of one with this tenant's
data only; a third tenant has no data at all.
"""

import gzip
import json
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from inspect import isawaitable
from pathlib import Path
from typing import Any

import psycopg
import pytest
import pytest_asyncio
from graphql import (
    DocumentNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLUnionType,
    execute,
    get_named_type,
    is_leaf_type,
    is_required_argument,
    parse,
    validate,
)

from db.load import load_files
from db.pool import Database
from resolvers.context import Context
from resolvers.ids import GlobalId
from schema import schema
from tests.conftest import SMALL
from tests.db.given import write
from tests.differential.product import LIMITS

NOW = datetime(2026, 11, 20, tzinfo=UTC)
OTHER, NOBODY = 1002, 1003
DEPTH = 5
LEFT_OUT = {"engagementHeatmap"}  # an error but for one user
METRICS = ("plays", "uniqueViewers", "minutesViewed", "reactions")  # one is like the other

REPORT = "7c1c5cc3-5a11-4ef5-9f0d-7f1e3bb1a3b0"

ARGUMENTS = {
    "id": json.dumps(str(GlobalId(1001, "Report", REPORT))),
    "range": '{between: {from: "2026-07-01", to: "2026-09-01"}}',
    "first": "3",
    "granularity": "WEEK",
    "metrics": "[PLAYS, MINUTES_VIEWED]",
    "by": "[COUNTRY, USER]",
    "entryId": '"v-mid"',
    "sessionId": '"s-1"',
    "userId": '"u01"',
    "pollId": '"p-1"',
    "eventId": '"ve-1"',
    "code": '"US"',
}
NAMED = {
    "room": {"entryId": '"room-1"'},
    "device": {"name": '"Desktop"'},
    "domain": {"name": '"www.example.com"'},
}
FIELDS = [name for name in schema._schema.query_type.fields if name not in ("node", "nodes")]  # type: ignore[union-attr]


def selection(type_: Any, depth: int, path: tuple[str, ...]) -> str:
    """All that a type offers, down to a depth, no type within itself."""
    if is_leaf_type(type_):
        return ""
    if isinstance(type_, GraphQLUnionType | GraphQLInterfaceType):
        return " { __typename }"
    assert isinstance(type_, GraphQLObjectType)
    if depth == 0 or type_.name in path:
        return " { __typename }"
    names = METRICS if type_.name == "Metrics" else [name for name in type_.fields if name not in LEFT_OUT]
    inner = (field(name, type_.fields[name], depth - 1, (*path, type_.name)) for name in names)
    return f" {{ __typename {' '.join(inner)} }}"


def field(name: str, found: GraphQLField, depth: int, path: tuple[str, ...], **more: str) -> str:
    """A field with its arguments and all that it offers."""
    known = {**ARGUMENTS, **NAMED.get(name, {}), **more}
    given = {argument: known[argument] for argument in found.args if known.get(argument)}
    missing = [
        argument for argument, kind in found.args.items() if is_required_argument(kind) and argument not in given
    ]
    assert not missing, f"{name} needs {missing}: ARGUMENTS lacks them"
    shown = f"({', '.join(f'{argument}: {value}' for argument, value in given.items())})" if given else ""
    return f"{name}{shown}{selection(get_named_type(found.type), depth, path)}"


def document(name: str, **more: str) -> str:
    """A query of one field of Query."""
    query = schema._schema.query_type
    assert query is not None
    return f"{{ {field(name, query.fields[name], DEPTH, ('Query',), **more)} }}"


@cache
def valid(text: str) -> DocumentNode:
    """A document, parsed and found valid once: that takes longer than most answers, and each is put several times."""
    found = parse(text)
    assert validate(schema._schema, found) == []
    return found


async def ask(database: Database, tenant: int, text: str) -> dict[str, Any]:
    """Data and errors of an answer."""
    answer = execute(
        schema._schema,
        valid(text),
        context_value=Context.of(tenant, None, database, LIMITS, lambda: NOW),
        executor_class=schema.execution_context_class,
    )
    if isawaitable(answer):
        answer = await answer
    errors = [(error.message, error.path) for error in answer.errors or []]
    found: dict[str, Any] = json.loads(json.dumps({"data": answer.data, "errors": errors}, default=str))
    return found


@pytest.fixture(scope="module")
def golden_dsn(make_database: Callable[[str | None], str], golden_dsn: str) -> str:
    """The golden data and a report of the first tenant: a copy, for others read the golden data too."""
    dsn = make_database(golden_dsn)
    with psycopg.connect(dsn) as connection:
        connection.execute(
            "insert into reports (partner_id, report_id, kind, format, request, status, requested_at)"
            " values (1001, %s::uuid, 'polls', 'csv', '{}', 'running', now())",
            (REPORT,),
        )
    return dsn


@pytest.fixture(scope="module")
def alone_dsn(
    make_database: Callable[[str | None], str], empty_dsn: str, tmp_path_factory: pytest.TempPathFactory
) -> str:
    """A database with the data of the other tenant only."""
    folder = tmp_path_factory.mktemp("alone")
    lines = [*Path(SMALL[0]).read_bytes().splitlines(), *gzip.decompress(Path(SMALL[1]).read_bytes()).splitlines()]
    dsn = make_database(empty_dsn)
    load_files(dsn, [write(folder, [line for line in lines if json.loads(line)["partnerId"] == OTHER])])
    return dsn


@pytest_asyncio.fixture
async def alone(alone_dsn: str) -> AsyncIterator[Database]:
    """Connections to it."""
    database = await Database.open(alone_dsn, max_size=2)
    yield database
    await database.close()


def values(data: Any, name: str) -> Iterator[Any]:
    """All values of fields of this name, however deep."""
    if isinstance(data, dict):
        if data.get(name) is not None:
            yield data[name]
        for part in data.values():
            yield from values(part, name)
    elif isinstance(data, list):
        for part in data:
            yield from values(part, name)


def differences(one: Any, other: Any, path: str = "") -> list[tuple[str, Any, Any]]:
    """Where two answers differ by more than the last digits of sums, and cursors, which name what the server keeps."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        names = [name for name in one if not name.lower().endswith("cursor")]
        return [found for name in names for found in differences(one[name], other[name], f"{path}.{name}")]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = enumerate(zip(one, other, strict=True))
        return [found for place, pair in pairs for found in differences(*pair, f"{path}[{place}]")]
    same = one == (pytest.approx(other, rel=1e-9) if isinstance(other, float) else other)
    return [] if same else [(path, one, other)]


@pytest.mark.parametrize("name", FIELDS)
async def test_a_tenant_is_answered_as_if_it_were_alone(database: Database, alone: Database, name: str) -> None:
    for tenant in (OTHER, NOBODY):
        expected = await ask(alone, tenant, document(name))
        assert expected["data"] is not None, expected["errors"]
        assert not differences(await ask(database, tenant, document(name)), expected)


@pytest.mark.parametrize("name", [name for name in FIELDS if name not in ("metricCatalogue", "limits")])
async def test_ids_of_one_tenant_tell_another_nothing(database: Database, name: str) -> None:
    ids = sorted(set(values(await ask(database, 1001, document(name)), "id")))
    assert ids
    for tenant in (OTHER, NOBODY):
        found = await ask(database, tenant, f"{{ nodes(ids: {json.dumps(ids)}) {{ __typename id }} }}")
        assert set(found["data"]["nodes"]) == {None}


@pytest.mark.parametrize(
    "name", ["analytics", *(name for name in FIELDS if name.endswith("s") and name not in ("analytics", "limits"))]
)
async def test_cursors_of_one_tenant_tell_another_nothing(database: Database, alone: Database, name: str) -> None:
    told = await ask(database, 1001, document(name))
    for cursor in sorted(set(values(told, "endCursor")))[:3]:
        after = document(name, after=json.dumps(cursor))
        assert not differences(await ask(database, OTHER, after), await ask(alone, OTHER, after))


@pytest.mark.parametrize(
    "wanted",
    [
        '{entryId: {in: ["v-mid"]}}',
        '{entryId: {notIn: ["v-mid"]}}',
        '{userId: {in: ["u01", "u02", "Unknown"]}}',
        '{country: {in: ["US"]}}',
        '{category: {in: ["Unknown"]}}',
        '{sessionId: {notIn: ["Unknown"]}}',
        '{eventId: {in: ["ve-1"]}}',
        '{ownerId: {in: ["Unknown"]}}',
        '{or: [{country: {in: ["US"]}}, {not: {entryId: {in: ["v-mid"]}}}]}',
        "{or: []}",
        "{and: []}",
    ],
)
async def test_filters_of_one_tenant_are_its_own(database: Database, alone: Database, wanted: str) -> None:
    text = document("analytics", filter=wanted)
    expected = await ask(alone, OTHER, text)
    assert expected["data"] is not None, expected["errors"]
    assert not differences(await ask(database, OTHER, text), expected)
    nobody = await ask(database, NOBODY, text)
    assert {*values(nobody, "plays"), *values(nobody, "totalCount")} == {0}
