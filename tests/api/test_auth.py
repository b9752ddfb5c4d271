"""Who is let in, and what the others are told."""

import base64
import json
import time

import httpx
import jwt
import pytest

from api.auth import BadToken, Claims, Scope, make_token, read_token
from tests.api.toys import KEY, toy_app

GOOD = {"partner": 1, "scopes": ["read"], "exp": int(time.time()) + 60}


async def ask(authorization: str | None) -> httpx.Response:
    """The answer to a question with this header."""
    headers = {} if authorization is None else {"Authorization": authorization}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(toy_app()), base_url="http://toys") as client:
        return await client.post("/graphql", json={"query": "{ hello }"}, headers=headers)


def signed(**claims: object) -> str:
    """A token with these claims instead of good ones."""
    return jwt.encode({**GOOD, **claims}, KEY, algorithm="HS256")


def test_a_token_says_what_it_was_made_with() -> None:
    token = make_token(KEY, 1001, [Scope.READ, Scope.REPORT], user="anna", days=1)
    claims = read_token(KEY, token)
    assert claims == Claims(1001, frozenset({Scope.READ, Scope.REPORT}), "anna", claims.expires)
    assert 0 < claims.expires - time.time() <= 86_400
    assert read_token(KEY, make_token(KEY, 1001)).user is None


async def test_a_token_lets_in_and_chooses_the_tenant() -> None:
    for scheme in ("Bearer", "bearer"):
        response = await ask(f"{scheme} {make_token(KEY, 1002)}")
        assert response.json() == {"data": {"hello": "1002 greets you"}}


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer ", "Basic YTpi", make_token(KEY, 1)])
async def test_without_a_token_401_and_the_way_to_one(authorization: str | None) -> None:
    response = await ask(authorization)
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    (error,) = response.json()["errors"]
    assert error["extensions"]["code"] == "UNAUTHENTICATED"
    assert "frontrow token --partner ID" in error["extensions"]["hint"]


def unsigned() -> str:
    """A token that says it needs no signature."""
    parts = [json.dumps(part).encode() for part in ({"alg": "none", "typ": "JWT"}, GOOD)]
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts) + "."


@pytest.mark.parametrize(
    "token",
    [
        "x",
        "a.b.c",
        "é",
        unsigned(),
        jwt.encode(GOOD, "another key, of at least 32 bytes too", algorithm="HS256"),
        jwt.encode(GOOD, KEY * 2, algorithm="HS512"),
        signed(exp=int(time.time()) - 1),
        signed(exp=None),
        signed(partner=None),
        signed(partner="1"),
        signed(partner=True),
        signed(partner=-1),
        signed(partner=2**31),
        signed(scopes="read"),
        signed(user=7),
        make_token(KEY, 1)[:-3] + "abc",
    ],
)
async def test_a_bad_token_is_401(token: str) -> None:
    with pytest.raises(BadToken):
        read_token(KEY, token)
    if token.isascii():
        response = await ask(f"Bearer {token}")
        assert (response.status_code, response.headers["www-authenticate"]) == (401, 'Bearer error="invalid_token"')
        assert response.json()["errors"][0]["extensions"]["code"] == "INVALID_TOKEN"


@pytest.mark.parametrize("scopes", [[], [Scope.COLLECT], [Scope.REPORT, Scope.COLLECT]])
async def test_without_the_scope_403(scopes: list[Scope]) -> None:
    response = await ask(f"Bearer {make_token(KEY, 1, scopes)}")
    assert response.status_code == 403
    assert 'scope="read"' in response.headers["www-authenticate"]
    assert response.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
