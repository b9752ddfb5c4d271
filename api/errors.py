"""How an error is told to a client: message, code, hint, and never more than that.

A FrontrowError is told as it is. What GraphQL itself found wrong with a document or its values is told as it is. All
else is a fault of ours: the client gets "internal error" and the request's name, the log gets the traceback.
"""

import logging
from collections.abc import Mapping
from typing import Any

from graphql import GraphQLError, GraphQLSyntaxError

from api.request_id import request_id
from db.errors import FrontrowError, QuestionError

logger = logging.getLogger("frontrow.errors")

PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
BAD_VALUE = "BAD_USER_INPUT"
INTERNAL = "INTERNAL_ERROR"

Told = dict[str, Any]


def tell(error: GraphQLError) -> Told:
    """The error as a GraphQL answer holds it; faults of ours are logged and hidden."""
    cause = _cause(error)
    if isinstance(cause, FrontrowError):
        return _placed(error, tell_ours(cause))
    if cause is None or error.path is None:  # without a path no resolver was asked: GraphQL refused a value
        code = PARSE_FAILED if isinstance(error, GraphQLSyntaxError) else BAD_VALUE
        return _placed(error, {"message": error.message, "extensions": {"code": code, **(error.extensions or {})}})
    logger.error("a field failed: %s", "/".join(map(str, error.path or ())), exc_info=cause)
    return _placed(error, hidden())


def tell_ours(error: FrontrowError) -> Told:
    """A FrontrowError with its code and hint; one that the client did not cause also with the request's name."""
    extensions: dict[str, object] = {"code": error.code}
    if error.hint is not None:
        extensions["hint"] = error.hint
    if not isinstance(error, QuestionError):
        extensions["requestId"] = request_id.get()
        logger.warning("%s: %s", error.code, error.message)
    return {"message": error.message, "extensions": extensions}


def hidden() -> Told:
    """What a client learns of a fault of ours."""
    return {"message": "internal error", "extensions": {"code": INTERNAL, "requestId": request_id.get()}}


def envelope(*errors: Mapping[str, Any]) -> dict[str, list[Mapping[str, Any]]]:
    """Errors of a request of which nothing was executed."""
    return {"errors": list(errors)}


def _cause(error: GraphQLError) -> BaseException | None:
    """What a resolver raised; None for what GraphQL itself found wrong."""
    cause: BaseException | None = error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    return cause


def _placed(error: GraphQLError, told: Told) -> Told:
    """The error with where it is: in the document, and in the answer."""
    place: Told = {}
    if error.locations:
        place["locations"] = [{"line": at.line, "column": at.column} for at in error.locations]
    if error.path is not None:
        place["path"] = error.path
    return {"message": told["message"], **place, "extensions": told["extensions"]}
