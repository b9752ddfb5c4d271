"""GraphQL over HTTP as its specification has it, and errors told as this API tells them."""

import gzip
import json
from typing import Any

import httpx
import pytest

from api.negotiation import answer_type, wants_html
from tests.api.toys import toy_client

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"
GREETING = {"hello": "1001 greets you"}


async def post(body: object, *, accept: str | None = GRAPHQL, **headers: str) -> httpx.Response:
    """The answer to one POST of JSON, or of the bytes given."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    given = {
        "Content-Type": JSON,
        "Accept": accept or "",
        **{name.replace("_", "-"): headers[name] for name in headers},
    }
    async with toy_client() as client:
        return await client.post("/graphql", content=content, headers=given)


async def get(**parameters: str) -> httpx.Response:
    """The answer to one GET."""
    async with toy_client() as client:
        return await client.get("/graphql", params=parameters, headers={"Accept": GRAPHQL})


def code(response: httpx.Response) -> str:
    """The code of the answer's only error."""
    (error,) = response.json()["errors"]
    assert isinstance(error["extensions"]["code"], str)
    return str(error["extensions"]["code"])


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (JSON, JSON),
        (GRAPHQL, GRAPHQL),
        (f"{GRAPHQL}, {JSON}", GRAPHQL),
        (f"{JSON}, {GRAPHQL}", JSON),
        (f"{JSON};q=0.5, {GRAPHQL};q=0.9", GRAPHQL),
        (f"{GRAPHQL};q=0, */*", JSON),
        (f"{JSON};q=0, */*", None),
        ("application/json;charset=utf-8", JSON),
        ("text/html", None),
        ("text/html, */*;q=0.1", JSON),
    ],
)
def test_answer_type_is_the_best_accepted(accept: str | None, kind: str | None) -> None:
    assert answer_type(accept) == kind


@pytest.mark.parametrize(
    ("accept", "html"),
    [
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", True),
        ("*/*", False),
        (None, False),
        (f"{JSON}, text/html", False),
        (f"{GRAPHQL};q=0.1, text/html", True),
    ],
)
def test_browsers_get_a_page_and_programs_an_answer(accept: str | None, html: bool) -> None:
    assert wants_html(accept) is html


@pytest.mark.parametrize("kind", [JSON, GRAPHQL])
async def test_answers_by_post_in_the_type_accepted(kind: str) -> None:
    response = await post({"query": "{ hello }"}, accept=kind)
    assert response.status_code == 200
    assert response.headers["content-type"] == f"{kind}; charset=utf-8"
    assert response.json() == {"data": GREETING}


async def test_answers_by_get_with_variables_and_operation() -> None:
    document = "query A($n: String!) { hello(name: $n) } query B { hello }"
    response = await get(query=document, variables='{"n": "Zoë"}', operationName="A", extensions="{}")
    assert (response.status_code, response.json()) == (200, {"data": {"hello": "1001 greets Zoë"}})


@pytest.mark.parametrize("parameter", ["variables", "operationName", "extensions"])
async def test_null_parameters_count_as_absent(parameter: str) -> None:
    response = await post({"query": "{ hello }", parameter: None})
    assert response.json() == {"data": GREETING}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'{"query": "\\ud800"}',
        b"null",
        b'"{ hello }"',
        b'[{"query": "{ hello }"}]',
        b"[" * 20_000,
        {},
        {"qeury": "{ hello }"},
        *({"query": value} for value in (None, 0, False, ["x"], {"a": "b"})),
        *({"query": "{ hello }", "operationName": value} for value in (0, False, ["x"], {"a": "b"})),
        *({"query": "{ hello }", "variables": value} for value in ("x", 0, False, ["x"])),
        *({"query": "{ hello }", "extensions": value} for value in ("x", 0, False, ["x"])),
        {"query": "query($n: String) { hello(name: $n) }", "variables": {"n": ["a\0"]}},
    ],
)
@pytest.mark.parametrize("kind", [JSON, GRAPHQL])
async def test_a_malformed_request_is_400(body: object, kind: str) -> None:
    response = await post(body, accept=kind)
    assert response.status_code == 400
    assert code(response) == "BAD_REQUEST"
    assert "data" not in response.json()


@pytest.mark.parametrize(
    ("document", "name", "message", "hint"),
    [
        ("query A { hello } query B { hello }", None, "must say which", "holds A, B"),
        ("query A { hello } query B { hello }", "C", "no operation named 'C'", "holds A, B"),
        ("{ hello }", "", "no operation named ''", "leave `operationName` out"),
    ],
)
async def test_an_operation_that_is_not_there_is_told_with_those_that_are(
    document: str, name: str | None, message: str, hint: str
) -> None:
    (error,) = (await post({"query": document, "operationName": name})).json()["errors"]
    assert message in error["message"]
    assert hint in error["extensions"]["hint"]


async def test_a_hint_is_about_what_is_wrong() -> None:
    (error,) = (await get(query="{ hello }", variables="[1]")).json()["errors"]
    assert error["extensions"]["hint"] == 'send an object: {"NAME": VALUE}'
    (error,) = (await post(b'[{"query": "{ hello }"}]')).json()["errors"]
    assert "one request at a time" in error["extensions"]["hint"]


@pytest.mark.parametrize("parameters", [{"variables": "{ hello }"}, {"query": "{ hello }", "variables": "[1]"}])
async def test_a_malformed_address_is_400(parameters: dict[str, str]) -> None:
    assert (await get(**parameters)).status_code == 400


@pytest.mark.parametrize(
    ("request_body", "expected"),
    [
        ({"query": "{"}, "GRAPHQL_PARSE_FAILED"),
        ({"query": ""}, "GRAPHQL_PARSE_FAILED"),
        ({"query": "{ nowhere }"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": '{ hello(name: "\\u0000") }'}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "query($n: String!) { hello(name: $n) }", "variables": {"n": None}}, "BAD_USER_INPUT"),
        ({"query": "query($n: String!) { hello(name: $n) }", "variables": {"n": 7}}, "BAD_USER_INPUT"),
        ({"query": "query A { hello } query B { hello }"}, "BAD_USER_INPUT"),
        ({"query": "query A { hello }", "operationName": "B"}, "BAD_USER_INPUT"),
        ({"query": "subscription { ticks }"}, "BAD_USER_INPUT"),
    ],
)
async def test_what_was_not_executed_is_400_or_for_older_clients_200(
    request_body: dict[str, Any], expected: str
) -> None:
    for kind, status in ((GRAPHQL, 400), (JSON, 200)):
        response = await post(request_body, accept=kind)
        assert (response.status_code, code(response)) == (status, expected)
        assert "data" not in response.json()


@pytest.mark.parametrize("kind", [JSON, GRAPHQL])
async def test_partial_data_are_200(kind: str) -> None:
    response = await post({"query": "{ hello askedOddly }"}, accept=kind)
    assert response.status_code == 200
    assert response.json()["data"] == {**GREETING, "askedOddly": None}


async def test_errors_of_ours_keep_message_code_and_hint() -> None:
    (error,) = (await post({"query": "{\n  a: askedOddly\n}"})).json()["errors"]
    assert error == {
        "message": "that is odd",
        "path": ["a"],
        "locations": [{"line": 2, "column": 3}],
        "extensions": {"code": "ODDLY_ASKED", "hint": "ask evenly"},
    }


@pytest.mark.parametrize("field", ["broken", "nullWhereNoneMayBe"])
async def test_other_errors_are_hidden_and_can_be_found_in_the_log(
    field: str, caplog: pytest.LogCaptureFixture
) -> None:
    response = await post({"query": f"{{ {field} }}"}, X_Request_Id="ask-17")
    (error,) = response.json()["errors"]
    assert error["message"] == "internal error"
    assert error["extensions"] == {"code": "INTERNAL_ERROR", "requestId": "ask-17"}
    assert response.headers["x-request-id"] == "ask-17"
    assert "secret detail" not in response.text
    assert caplog.records[-1].exc_info is not None


async def test_a_database_that_is_away_is_told_with_the_requests_name() -> None:
    response = await post({"query": "{ away }"}, X_Request_Id="ask-18")
    assert response.status_code == 200
    assert response.json()["data"] is None
    assert response.json()["errors"][0]["extensions"] == {"code": "DATABASE_AWAY", "requestId": "ask-18"}


async def test_each_request_has_a_name_and_a_bad_one_is_not_taken_over() -> None:
    names = {(await post({"query": "{ hello }"}, X_Request_Id=given)).headers["x-request-id"] for given in ("", "a b")}
    assert len(names) == 2
    assert "a b" not in names


async def test_a_mutation_is_not_executed_by_get() -> None:
    response = await get(query="mutation { change }")
    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    assert (await post({"query": "mutation { change }"})).json() == {"data": {"change": "changed"}}


async def test_a_body_of_another_type_is_415() -> None:
    types = (
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/json; charset=latin1",
    )
    for kind in types:
        assert (await post({"query": "{ hello }"}, Content_Type=kind)).status_code == 415, kind
    packed = gzip.compress(b'{"query": "{ hello }"}')
    assert (await post(packed, Content_Encoding="gzip")).status_code == 415


async def test_utf_8_is_read_whether_named_or_not() -> None:
    body = json.dumps({"query": '{ hello(name: "Run🏃") }'}, ensure_ascii=False).encode()
    for kind in ("application/json", "application/json; charset=utf-8", 'application/json;charset="UTF-8"'):
        assert (await post(body, Content_Type=kind)).json() == {"data": {"hello": "1001 greets Run🏃"}}


async def test_no_acceptable_type_is_406() -> None:
    response = await post({"query": "{ hello }"}, accept="image/png")
    assert (response.status_code, response.headers["content-type"]) == (406, "application/json; charset=utf-8")


async def test_a_large_body_is_413_with_and_without_a_length() -> None:
    async def pieces() -> Any:
        for _ in range(20):
            yield b" " * 100

    async with toy_client(max_body_bytes=1000) as client:
        for content in (b" " * 1001, pieces()):
            response = await client.post("/graphql", content=content, headers={"Content-Type": JSON})
            assert response.status_code == 413


async def test_a_repeated_document_answers_by_its_own_variables() -> None:
    async with toy_client() as client:
        for name in ("a", "b", "a"):
            body = {"query": "query($n: String!) { hello(name: $n) }", "variables": {"n": name}}
            assert (await client.post("/graphql", json=body)).json() == {"data": {"hello": f"1001 greets {name}"}}
