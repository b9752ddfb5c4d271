"""What a GraphQL request says, read from its body or its address and checked by type."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

import msgspec
from starlette.datastructures import QueryParams
from starlette.requests import Request

from db.errors import QuestionError

DEEPEST = 64  # of values inside values: far more than a question needs, far less than the interpreter's stack holds


@dataclass(frozen=True, slots=True)
class Params:
    """One GraphQL request."""

    query: str
    variables: dict[str, Any]
    operation_name: str | None
    extensions: dict[str, Any]


class RequestError(QuestionError):
    """The HTTP request is not one that GraphQL over HTTP knows."""

    code = "BAD_REQUEST"
    status: ClassVar[int] = 400


class UnsupportedMediaType(RequestError):
    """The body is of a type that is not read."""

    code = "UNSUPPORTED_MEDIA_TYPE"
    status = 415


class BodyTooLarge(RequestError):
    """The body is larger than is read."""

    code = "BODY_TOO_LARGE"
    status = 413


class NotAcceptable(RequestError):
    """The answer has no type that the caller accepts."""

    code = "NOT_ACCEPTABLE"
    status = 406


class MethodNotAllowed(RequestError):
    """The method is not one that this operation or address is asked by."""

    code = "METHOD_NOT_ALLOWED"
    status = 405


async def read_params(request: Request, max_bytes: int) -> Params:
    """The parameters of a GET or POST request; raises a RequestError that says what is wrong with them."""
    if request.method in ("GET", "HEAD"):
        return _from_address(request.query_params)
    _check_type(request)
    return _params(_object(await _body(request, max_bytes), "the body", '{"query": "{ … }"}'))


def _from_address(query: QueryParams) -> Params:
    """Parameters of a GET request: `variables` and `extensions` are JSON."""
    given: dict[str, Any] = dict(query)
    for name in ("variables", "extensions"):
        if given.get(name):
            given[name] = _object(given[name].encode(), f"`{name}`", '{"NAME": VALUE}', or_null=True)
        else:
            given.pop(name, None)
    return _params({**given, "operationName": given.get("operationName") or None})


def _check_type(request: Request) -> None:
    """Lets JSON in UTF-8 pass; other types could be sent by any web page's form without being asked."""
    kind, *parameters = (piece.strip().lower() for piece in request.headers.get("content-type", "").split(";"))
    if kind != "application/json":
        found = f"is {kind}" if kind else "has no Content-Type"
        raise UnsupportedMediaType(f"the body {found}", hint="send JSON with `Content-Type: application/json`")
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "charset" and value.strip(' "') not in ("utf-8", "utf8"):
            raise UnsupportedMediaType(f"the body's charset is {value.strip()}", hint="send UTF-8")
    if (coding := request.headers.get("content-encoding", "identity").strip().lower()) != "identity":
        raise UnsupportedMediaType(f"the body's Content-Encoding is {coding}", hint="send it uncompressed")


async def _body(request: Request, max_bytes: int) -> bytes:
    """The body; reading stops where it gets too large, whatever Content-Length says."""
    too_large = BodyTooLarge(f"the body is larger than {max_bytes:,} bytes", hint="send less, or in several requests")
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > max_bytes:
        raise too_large
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > max_bytes:
            raise too_large
    return bytes(body)


def _object(text: bytes, what: str, example: str, *, or_null: bool = False) -> dict[str, Any]:
    """A JSON object from its text; `example` is how one looks."""
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        reason = "it is empty" if not text else str(error)
        raise RequestError(f"{what} can't be read as JSON: {reason}", hint=f"send an object: {example}") from None
    if value is None and or_null:
        return {}
    if not isinstance(value, dict):
        several = what == "the body" and isinstance(value, list)
        hint = "send one request at a time, as a JSON object" if several else f"send an object: {example}"
        raise RequestError(f"{what} must be a JSON object, and is {_kind(value)}", hint=hint)
    return value


def _params(given: dict[str, Any]) -> Params:
    query = given.get("query")
    if query is None:
        raise RequestError("`query` is missing", hint="it holds the GraphQL document")
    if not isinstance(query, str):
        raise RequestError(f"`query` must be a string, and is {_kind(query)}")
    name = given.get("operationName")
    if not isinstance(name, str | None):
        raise RequestError(f"`operationName` must be a string, and is {_kind(name)}")
    variables, extensions = (_map(given, key) for key in ("variables", "extensions"))
    _check_values(variables)
    return Params(query, variables, name, extensions)


def _map(given: dict[str, Any], key: str) -> dict[str, Any]:
    value = given.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise RequestError(f"`{key}` must be an object, and is {_kind(value)}")
    return value


def _check_values(variables: dict[str, Any]) -> None:
    """Raises where a string anywhere in the variables holds U+0000, or they are nested deeper than can be worked on."""
    level: list[object] = [variables]
    for _ in range(DEEPEST + 1):
        if any(isinstance(value, str) and "\0" in value for value in level):
            raise RequestError("a string in `variables` holds U+0000", hint="no key or name can hold it: leave it out")
        level = [item for value in level for item in _items(value)]
        if not level:
            return
    raise RequestError("`variables` are nested too deeply", hint=f"{DEEPEST} levels are the most")


def _items(value: object) -> Iterable[object]:
    """What an object or array holds."""
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _kind(value: object) -> str:
    """What JSON calls this value."""
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case list():
            return "an array"
        case _:
            return "an object"
