"""GraphQL over HTTP: a request in, an answer of the right media type and status out.

By the GraphQL-over-HTTP specification. An answer as `application/graphql-response+json` has status 400 where nothing
was executed; as `application/json`, for older clients, every well-formed GraphQL request gets 200. What is wrong with
the HTTP request itself (JSON, types, size, token) has its own status in both.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any

import msgspec
from graphql import ExecutionResult, GraphQLError, OperationDefinitionNode, OperationType, execute
from starlette.requests import Request
from starlette.responses import Response
from strawberry import Schema
from strawberry.execution import optimized_is_awaitable

from api.auth import AuthError, Claims
from api.documents import Document, Documents, InvalidDocument
from api.errors import PARSE_FAILED, VALIDATION_FAILED, Told, envelope, hidden, tell, tell_ours
from api.limits import Limits
from api.negotiation import GRAPHQL_RESPONSE, JSON, answer_type
from api.params import MethodNotAllowed, NotAcceptable, Params, RequestError, read_params

logger = logging.getLogger("frontrow.graphql")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: what the token said, and what the resolvers are given for it."""

    claims: Claims
    context: object
    limits: Limits


Authenticate = Callable[[Request], Caller]
Answer = Mapping[str, Any]


class GraphQLHTTP:
    """The handler of /graphql for one schema. `authenticate` says who asks, or raises an AuthError."""

    def __init__(self, schema: Schema, authenticate: Authenticate, *, max_body_bytes: int = 1_048_576) -> None:
        self.schema = schema
        self.authenticate = authenticate
        self.max_body_bytes = max_body_bytes
        self.documents = Documents(schema._schema)

    async def __call__(self, request: Request) -> Response:
        """The answer to a GET or POST request. It never raises."""
        kind = answer_type(request.headers.get("accept"))
        try:
            caller = self.authenticate(request)
            if kind is None:
                raise NotAcceptable("no acceptable type for the answer", hint=f"accept {JSON} or {GRAPHQL_RESPONSE}")
            params = await read_params(request, self.max_body_bytes)
            answer = await self.answer(params, caller, read_only=request.method != "POST")
        except AuthError as error:
            return respond(envelope(tell_ours(error)), error.status, kind, {"WWW-Authenticate": error.challenge})
        except MethodNotAllowed as error:
            return respond(envelope(tell_ours(error)), error.status, kind, {"Allow": "POST"})
        except RequestError as error:
            return respond(envelope(tell_ours(error)), error.status, kind)
        except Exception:
            logger.exception("a request failed")
            return respond(envelope(hidden()), 500, kind)
        executed = "data" in answer
        return respond(answer, 200 if executed or kind == JSON else 400, kind)

    async def answer(self, params: Params, caller: Caller, *, read_only: bool = False) -> Answer:
        """The GraphQL answer: data and errors, or errors alone where nothing was executed."""
        try:
            document = self.documents.get(params.query, caller.limits)
            operation = document.operation(params.operation_name)
            _check_kind(operation, read_only)
            document.check(self.schema._schema, operation, params.variables, caller.limits)
        except InvalidDocument as invalid:
            return envelope(*map(_invalid, invalid.errors))
        except GraphQLError as error:
            return envelope(tell(error))
        return _told(await self._execute(document, params, caller.context))

    async def _execute(self, document: Document, params: Params, context: object) -> ExecutionResult:
        """What executing the document gives; errors of fields are in it."""
        result: ExecutionResult | Awaitable[ExecutionResult] = execute(
            self.schema._schema,
            document.ast,
            context_value=context,
            variable_values=params.variables,
            operation_name=params.operation_name,
            executor_class=self.schema.execution_context_class,
            is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type]
            operation_extensions=params.extensions,
        )
        return await result if isawaitable(result) else result


def respond(answer: Answer, status: int, kind: str | None, headers: Mapping[str, str] | None = None) -> Response:
    """The answer as an HTTP response of this media type."""
    content = msgspec.json.encode(answer)
    always = {"Content-Type": f"{kind or JSON}; charset=utf-8", "Cache-Control": "no-store", "Vary": "Accept"}
    return Response(content, status, {**always, **(headers or {})})


def _check_kind(operation: OperationDefinitionNode, read_only: bool) -> None:
    """Lets queries pass, and mutations where the request may change something."""
    if operation.operation is OperationType.MUTATION and read_only:
        raise MethodNotAllowed("a mutation can't be asked by GET", hint="send it by POST")
    if operation.operation is OperationType.SUBSCRIPTION:
        raise GraphQLError("a subscription can't be answered in one response")


def _invalid(error: GraphQLError) -> Told:
    """An error of a document that did not parse or is not valid."""
    told = tell(error)
    if told["extensions"]["code"] not in (PARSE_FAILED, "TOO_MANY_TOKENS"):
        told["extensions"]["code"] = VALIDATION_FAILED
    return told


def _told(result: ExecutionResult) -> Answer:
    """The result as an answer. Without data and without a path, an error stopped the request before it was executed."""
    errors = [tell(error) for error in result.errors or ()]
    if result.data is None and errors and all(error.path is None for error in result.errors or ()):
        return envelope(*errors)
    return {"data": result.data, "errors": errors} if errors else {"data": result.data}
