"""A small schema, served as the real one is: with whatever can go wrong in a field."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import strawberry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.auth import Claims, Scope, authenticate, make_token
from api.graphql_http import Caller, GraphQLHTTP
from api.request_id import RequestIds
from db.errors import FrontrowError, QuestionError

KEY = "a key for tests, of at least 32 bytes"


@dataclass(frozen=True, slots=True)
class ToyLimits:
    """The default limits."""

    max_depth: int = 24
    max_aliases: int = 100
    max_tokens: int = 10_000
    max_cost: int = 500_000
    max_page_size: int = 1000


class OddlyAsked(QuestionError):
    """A question that the client can mend."""

    code = "ODDLY_ASKED"


class Away(FrontrowError):
    """A fault that may be told."""

    code = "DATABASE_AWAY"


@strawberry.type
class PageInfo:
    """Where a page ends."""

    has_next_page: bool = False


@strawberry.type
class Metrics:
    """Numbers."""

    plays: int = 1
    minutes_viewed: float = 0.5


@strawberry.type
class Row:
    """A row of a breakdown, itself a scope."""

    key: str = "k"

    @strawberry.field
    def metrics(self) -> Metrics:
        """Its numbers."""
        return Metrics()

    @strawberry.field
    def analytics(self) -> "Analytics":
        """The row as a narrower scope."""
        return Analytics()


@strawberry.type
class Edge:
    """A row with its place."""

    cursor: str
    node: Row


@strawberry.type
class Breakdown:
    """Rows, as a connection."""

    nodes: list[Row]
    edges: list[Edge]
    page_info: PageInfo
    total_count: int = 2

    @strawberry.field
    def totals(self) -> Metrics:
        """Of all rows."""
        return Metrics()


@strawberry.type
class Point:
    """A point of a timeline."""

    @strawberry.field
    def metrics(self) -> Metrics:
        """Its numbers."""
        return Metrics()


@strawberry.type
class Analytics:
    """Shapes."""

    @strawberry.field
    def metrics(self) -> Metrics:
        """The whole."""
        return Metrics()

    @strawberry.field
    def countries(self, first: int = 25) -> Breakdown:
        """Two rows, whatever is asked for."""
        rows = [Row(key="a"), Row(key="b")]
        return Breakdown(nodes=rows, edges=[Edge(cursor=row.key, node=row) for row in rows], page_info=PageInfo())

    @strawberry.field
    def timeline(self) -> list[Point]:
        """One point."""
        return [Point()]


@strawberry.type
class Query:
    """What can be asked."""

    @strawberry.field
    async def hello(self, info: strawberry.Info[Claims, None], name: str = "you") -> str:
        """A greeting from the tenant."""
        await asyncio.sleep(0)
        return f"{info.context.partner} greets {name}"

    @strawberry.field
    def analytics(self) -> Analytics:
        """The account."""
        return Analytics()

    @strawberry.field
    def asked_oddly(self) -> str | None:
        """Never answers."""
        raise OddlyAsked("that is odd", hint="ask evenly")

    @strawberry.field
    def away(self) -> str:
        """Never answers, and takes everything with it."""
        raise Away("the database does not answer")

    @strawberry.field
    def broken(self) -> str | None:
        """Fails in a way that no client may see."""
        raise RuntimeError("secret detail")

    @strawberry.field
    def null_where_none_may_be(self) -> str:
        """Breaks its own promise."""
        return None  # type: ignore[return-value]


@strawberry.type
class Mutation:
    """What can be changed."""

    @strawberry.mutation
    def change(self) -> str:
        """Something."""
        return "changed"


@strawberry.type
class Subscription:
    """What can be watched."""

    @strawberry.subscription
    async def ticks(self) -> AsyncIterator[int]:
        """One tick."""
        yield 1


toy_schema = strawberry.Schema(Query, Mutation, Subscription)


def toy_app(limits: ToyLimits = ToyLimits(), *, max_body_bytes: int = 100_000) -> RequestIds:
    """The schema behind /graphql, as the service serves its own."""

    def caller(request: Request) -> Caller:
        claims = authenticate(request, KEY, Scope.READ)
        return Caller(claims, claims, limits)

    answer = GraphQLHTTP(toy_schema, caller, max_body_bytes=max_body_bytes)

    async def graphql(request: Request) -> Response:
        return await answer(request)

    return RequestIds(Starlette(routes=[Route("/graphql", graphql, methods=["GET", "POST"])]))


def toy_client(limits: ToyLimits = ToyLimits(), *, max_body_bytes: int = 100_000) -> httpx.AsyncClient:
    """A client of the toy service, with a token."""
    transport = httpx.ASGITransport(toy_app(limits, max_body_bytes=max_body_bytes))
    headers = {"Authorization": f"Bearer {make_token(KEY, 1001, [Scope.READ])}"}
    return httpx.AsyncClient(transport=transport, base_url="http://toys", headers=headers)
