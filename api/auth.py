"""Bearer tokens: who asks, for which tenant, and what they may do.

A token is a JWT signed with HS256. Its claims: `partner` (the tenant), `scopes`, `user` where it is one user's, `exp`.
Nothing else says which tenant a request is for.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import jwt
from starlette.requests import HTTPConnection

from db.errors import QuestionError

ALGORITHM = "HS256"
DAY_SECONDS = 86_400
LARGEST_PARTNER = 2**31 - 1  # as the database keeps them


class Scope(StrEnum):
    """What a token lets its bearer do."""

    READ = "read"
    REPORT = "report"
    COLLECT = "collect"


@dataclass(frozen=True, slots=True)
class Claims:
    """What a valid token says. `user`: the one user it belongs to, None for a token of the whole account."""

    partner: int
    scopes: frozenset[Scope]
    user: str | None
    expires: int


class AuthError(QuestionError):
    """The request is not let in; `status` is HTTP's, `challenge` what WWW-Authenticate says."""

    status = 401
    challenge = "Bearer"


class NoToken(AuthError):
    """The request carries no bearer token."""

    code = "UNAUTHENTICATED"

    def __init__(self) -> None:
        super().__init__(
            "this needs a bearer token",
            hint="send `Authorization: Bearer TOKEN`; `frontrow token --partner ID` prints a token",
        )


class BadToken(AuthError):
    """The token is not one of ours, was changed, or has expired."""

    code = "INVALID_TOKEN"
    challenge = 'Bearer error="invalid_token"'

    def __init__(self, reason: str) -> None:
        super().__init__(f"the token {reason}", hint="`frontrow token --partner ID` prints a new one")


class MissingScope(AuthError):
    """The token is valid and does not allow this."""

    code = "FORBIDDEN"
    status = 403

    def __init__(self, scope: Scope) -> None:
        super().__init__(
            f"the token lacks the scope `{scope}`",
            hint=f"`frontrow token --partner ID --scope {scope}` prints one that has it",
        )
        self.challenge = f'Bearer error="insufficient_scope", scope="{scope}"'


def make_token(
    key: str, partner: int, scopes: Iterable[Scope] = (Scope.READ,), *, user: str | None = None, days: float = 30
) -> str:
    """A signed token, valid from now for so many days."""
    now = int(time.time())
    claims = {"partner": partner, "scopes": sorted(set(scopes)), "iat": now, "exp": now + int(days * DAY_SECONDS)}
    return jwt.encode(claims if user is None else {**claims, "user": user}, key, algorithm=ALGORITHM)


def read_token(key: str, token: str) -> Claims:
    """What the token says, once signature, expiry and every claim were checked."""
    try:
        payload = jwt.decode(token, key, algorithms=[ALGORITHM], options={"require": ["exp"], "verify_iat": False})
    except jwt.ExpiredSignatureError:
        raise BadToken("has expired") from None
    except jwt.InvalidTokenError:
        raise BadToken("is not valid") from None
    return _claims(payload)


def _claims(payload: dict[str, object]) -> Claims:
    partner, scopes, user, expires = (payload.get(name) for name in ("partner", "scopes", "user", "exp"))
    if not isinstance(partner, int) or isinstance(partner, bool) or not 0 <= partner <= LARGEST_PARTNER:
        raise BadToken("names no partner")
    if not isinstance(scopes, list) or not isinstance(user, str | None) or not isinstance(expires, int):
        raise BadToken("has claims of the wrong type")
    known = frozenset(scope for scope in Scope if scope in scopes)
    return Claims(partner, known, user, expires)


def authenticate(connection: HTTPConnection, key: str, scope: Scope) -> Claims:
    """Who sent this request, if they may do what the scope says."""
    kind, _, token = connection.headers.get("authorization", "").strip().partition(" ")
    if kind.lower() != "bearer" or not token.strip():
        raise NoToken
    claims = read_token(key, token.strip())
    if scope not in claims.scopes:
        raise MissingScope(scope)
    return claims
