"""The service as a whole: addresses, headers, health, and what it does when its database goes away."""

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.api.service import Frontrow

ASKED = {"query": "{ __typename }"}


@pytest.fixture(scope="module")
def frontrow(tmp_path_factory: pytest.TempPathFactory) -> Frontrow:
    """A data directory for this file's services."""
    return Frontrow(tmp_path_factory.mktemp("service"))


@pytest.fixture(scope="module")
def client(frontrow: Frontrow) -> Iterator[httpx.Client]:
    """A running service."""
    with frontrow.serving() as client:
        yield client


def ready(client: httpx.Client, wanted: int, seconds: float = 15) -> httpx.Response:
    """The readiness, once it has the status wanted."""
    deadline = time.monotonic() + seconds
    while True:
        response = client.get("/health/ready")
        if response.status_code == wanted or time.monotonic() > deadline:
            assert response.status_code == wanted
            return response
        time.sleep(0.05)


def test_health_needs_no_token(client: httpx.Client) -> None:
    client = httpx.Client(base_url=client.base_url)
    assert client.get("/health/live").json() == {"live": True}
    assert client.get("/health/ready").json() == {"ready": True, "reasons": []}


@pytest.mark.parametrize("path", ["/graphql", "/metrics"])
def test_all_else_needs_one(client: httpx.Client, path: str) -> None:
    response = httpx.get(client.base_url.join(path))
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


def test_graphql_answers(client: httpx.Client) -> None:
    response = client.post("/graphql", json=ASKED)
    assert response.json() == {"data": {"__typename": "Query"}}
    assert response.headers["x-request-id"]


@pytest.mark.parametrize(
    ("depth", "status", "code"),
    [(50, 200, "FILTER_TOO_DEEP"), (60, 200, "FILTER_TOO_DEEP"), (500, 400, "BAD_REQUEST"), (2000, 400, "BAD_REQUEST")],
)
def test_values_nested_too_deeply_are_refused(client: httpx.Client, depth: int, status: int, code: str) -> None:
    document = "query($f: AnalyticsFilter) { analytics(filter: $f) { metrics { plays } } }"
    nested = '{"not": ' * depth + '{"country": {"in": ["DE"]}}' + "}" * depth
    body = f'{{"query": {json.dumps(document)}, "variables": {{"f": {nested}}}}}'
    response = client.post("/graphql", content=body, headers={"Content-Type": "application/json"})
    assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (status, code)


def test_browsers_get_the_explorer_without_a_token(client: httpx.Client) -> None:
    response = httpx.get(client.base_url.join("/graphql"), headers={"Accept": "text/html,*/*;q=0.8"})
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/html")


def test_a_browser_that_was_given_the_host_only_finds_the_explorer(client: httpx.Client) -> None:
    root, browser = client.base_url.join("/"), {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    response = httpx.get(root, headers=browser)
    assert (response.status_code, response.headers["location"]) == (307, "/graphql")
    assert httpx.get(root, headers=browser, follow_redirects=True).status_code == 200
    for other in (httpx.get(root), httpx.get(root, headers={"Accept": "application/json"}), httpx.post(root)):
        assert other.status_code == 404
        assert other.json()["errors"][0]["extensions"] == {"code": "NOT_FOUND", "hint": "the API is at /graphql"}


def test_unknown_addresses_and_methods_are_told_in_json(client: httpx.Client) -> None:
    nowhere, deleted = client.get("/nowhere"), client.delete("/graphql")
    assert (nowhere.status_code, nowhere.json()["errors"][0]["extensions"]["code"]) == (404, "NOT_FOUND")
    assert (deleted.status_code, deleted.json()["errors"][0]["extensions"]["code"]) == (405, "METHOD_NOT_ALLOWED")
    assert "POST" in deleted.headers["allow"]
    assert nowhere.headers["x-request-id"]


def test_pages_of_other_origins_may_ask(client: httpx.Client) -> None:
    asking = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"}
    preflight = client.options(
        "/graphql", headers={**asking, "Access-Control-Request-Headers": "authorization, content-type"}
    )
    assert preflight.status_code == 200
    assert "authorization" in preflight.headers["access-control-allow-headers"].lower()
    answer = client.post("/graphql", json=ASKED, headers={"Origin": "https://elsewhere.example"})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers


def test_long_answers_are_compressed(client: httpx.Client) -> None:
    response = client.post("/graphql", json={"query": "{ __schema { types { name description } } }"})
    assert response.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in client.post("/graphql", json=ASKED).headers


def test_numbers_for_prometheus(client: httpx.Client) -> None:
    client.post("/graphql", json=ASKED)
    text = client.get("/metrics").text
    assert 'frontrow_requests_total{method="POST",route="/graphql",status="200"}' in text
    assert 'frontrow_request_seconds_bucket{le="0.1",route="/graphql"}' in text
    assert "frontrow_statements_total" in text


def test_an_embedded_database_that_was_killed_comes_back(client: httpx.Client, frontrow: Frontrow) -> None:
    ready(client, 200)
    pid = frontrow.server_pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    (reason,) = ready(client, 503, 5).json()["reasons"]
    assert reason.startswith("the database does not answer")
    assert client.get("/health/live").status_code == 200
    ready(client, 200)


def test_starts_in_less_than_two_seconds_and_stops_what_it_started(tmp_path: Path) -> None:
    frontrow = Frontrow(tmp_path)
    with frontrow.serving():
        pass
    start = time.monotonic()
    with frontrow.serving() as client:
        ready(client, 200)
        assert time.monotonic() - start < (4 if os.environ.get("CI") or os.environ.get("PYTEST_XDIST_WORKER") else 2)
    assert frontrow.server_pid is None


def test_several_workers_answer_and_count_together(tmp_path: Path) -> None:
    frontrow = Frontrow(tmp_path)
    with frontrow.serving("--workers", "2") as client:
        ready(client, 200)
        for _ in range(10):
            with httpx.Client(base_url=client.base_url, headers=client.headers) as other:
                assert other.post("/graphql", json=ASKED).status_code == 200
        counted = [line for line in client.get("/metrics").text.splitlines() if 'route="/graphql",status="200"' in line]
    assert [line.split()[-1] for line in counted] == ["10.0"]
    assert frontrow.server_pid is None


def test_a_database_of_ones_own_may_be_away_and_come_back(tmp_path: Path) -> None:
    elsewhere = Frontrow(tmp_path / "elsewhere")
    with elsewhere.serving():
        socket_folder = (elsewhere.data_dir / "postgres" / "postmaster.pid").read_text().splitlines()[4]
    dsn = f"postgresql://frontrow@/postgres?host={socket_folder}"
    with Frontrow(tmp_path / "here").serving(FRONTROW_DATABASE_URL=dsn) as client:
        assert ready(client, 503).json()["reasons"] == ["the database does not answer"]
        with elsewhere.serving():
            ready(client, 200)


def test_the_demo_account_is_loaded_once_and_its_token_printed(tmp_path: Path) -> None:
    frontrow = Frontrow(tmp_path)
    document = {"query": "{ analytics(range: {preset: ALL_TIME}) { metrics { plays } } }"}
    plays = []
    for _ in range(2):
        process = frontrow.start("serve", "--demo", "--port", "0")
        assert process.stdout is not None
        address, _, token = (process.stdout.readline().strip() for _ in range(3))
        headers = {"Authorization": f"Bearer {token}"}
        answer = httpx.post(address.split()[-1], json=document, headers=headers, timeout=30).json()
        plays.append(answer["data"]["analytics"]["metrics"]["plays"])
        page = httpx.get(address.split()[-1], headers={"Accept": "text/html"})
        assert token in page.text
        process.terminate()
        process.communicate(timeout=30)
    assert plays[0] == plays[1] > 0
    assert frontrow.server_pid is None
