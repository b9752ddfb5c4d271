"""The explorer: its page, its files, its examples; and all of it at work in a browser."""

import asyncio
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx
import pytest
from playwright.sync_api import Browser, Page, Request, Response, expect, sync_playwright
from starlette.exceptions import HTTPException

from api.explorer import explorer_assets, explorer_page
from api.explorer.examples import Example, examples
from api.explorer.static import built

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
# The browser's own traffic off, so that a request seen is one the page made.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium (apt-get install chromium)")


class Server(Protocol):
    """A running service with the demo account."""

    url: str
    token: str


# ── without a browser ──


def page_config(html: str) -> dict[str, Any]:
    found = re.search(r'<script id="explorer-config" type="application/json">(.*?)</script>', html, re.DOTALL)
    assert found
    config: dict[str, Any] = json.loads(found[1])
    return config


def html_of(token: str | None, **addresses: str) -> str:
    return bytes(explorer_page(token, **addresses).body).decode()


def test_no_token_can_end_the_script_it_stands_in() -> None:
    token = "</script><script>alert('&')</script><!--"
    html = html_of(token)
    assert token not in html
    assert page_config(html)["token"] == token


def test_addresses_are_those_of_the_mount() -> None:
    html = html_of(None, endpoint="/deep/graphql", assets='/deep/"files"')
    assert page_config(html)["endpoint"] == "/deep/graphql"
    assert f'src="/deep/&quot;files&quot;/{built().script}"' in html


def test_page_allows_nothing_from_elsewhere() -> None:
    headers = explorer_page("a-token").headers
    assert "default-src 'none'; script-src 'self';" in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"


async def file_answer(name: str) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(explorer_assets), base_url="http://files") as client:
        return await client.get(f"/{name}")


def test_files_may_be_kept_for_good() -> None:
    answer = asyncio.run(file_answer(built().script))
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Content-Type"].startswith("text/javascript")


def test_file_of_another_build_is_missing() -> None:
    with pytest.raises(HTTPException) as refusal:
        asyncio.run(file_answer("main-of-another-build.js"))
    assert refusal.value.status_code == 404


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.name)
def test_example_says_what_it_is(example: Example) -> None:
    assert all((example.group, example.title, example.description))
    assert example.query.startswith("mutation " if example.name == "80-request-report" else "query ")
    assert not example.variables or json.loads(example.variables)


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.name)
def test_example_answers(demo_server: Server, example: Example) -> None:
    variables = json.loads(example.variables or "{}")
    answer = httpx.post(
        f"{demo_server.url}/graphql",
        json={"query": example.query, "variables": variables},
        headers={"Authorization": f"Bearer {demo_server.token}"},
        timeout=60,
    ).json()
    assert "errors" not in answer
    assert all(value not in (None, []) for value in answer["data"].values())


# ── in a browser ──


def asks_for(request: Request, operation: str) -> bool:
    """Whether a request is for this operation."""
    asked = request.post_data or ""
    return any(f"{kind} {operation}" in asked for kind in ("query", "mutation"))


@dataclass
class Visit:
    """A page with what went on in it."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def open_example(self, name: str) -> None:
        self.page.click(f"[data-example='{name}']")

    def run(self, operation: str) -> Response:
        """Presses the button and gives the answer to that operation."""
        with self.page.expect_response(lambda answer: asks_for(answer.request, operation)) as got:
            self.page.click(".graphiql-execute-button")
        return got.value


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: Browser, demo_server: Server) -> Iterator[Visit]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    visit = Visit(context.new_page())
    page = visit.page
    page.on("request", lambda request: visit.requests.append(request.url))
    page.on("console", lambda line: visit.complaints.append(line.text) if line.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: visit.complaints.append(str(error)))
    page.goto(f"{demo_server.url}/graphql")
    page.wait_for_selector(".graphiql-query-editor .view-line")
    page.wait_for_selector(".frontrow-status.accepted")
    yield visit
    context.close()


@needs_chromium
def test_example_shows_its_numbers(visit: Visit) -> None:
    visit.open_example("11-entry-highlights")
    answer = visit.run("EntryHighlights").json()
    plays = answer["data"]["entry"]["analytics"]["metrics"]["plays"]
    assert plays > 0
    expect(visit.page.locator(".result-window")).to_contain_text(re.compile(rf'"plays":\s*{plays}\b'))
    assert visit.complaints == []


@needs_chromium
def test_a_report_is_asked_for_when_the_button_says_so(visit: Visit) -> None:
    sent: list[str] = []
    visit.page.on("request", lambda request: sent.append(request.url) if asks_for(request, "RequestReport") else None)
    visit.open_example("80-request-report")
    expect(visit.page.locator(".graphiql-query-editor")).to_contain_text("RequestReport")
    expect(visit.page.locator(".graphiql-editor-tool")).to_contain_text("ENTRY_DASHBOARD")
    assert sent == []
    asked = visit.run("RequestReport").json()["data"]["requestReport"]
    expect(visit.page.locator(".result-window")).to_contain_text("QUEUED")
    visit.page.reload()
    visit.page.wait_for_selector(".frontrow-status.accepted")
    assert len(sent) == 1
    visit.open_example("81-report-status")
    reports = visit.run("ReportStatus").json()["data"]["reports"]["nodes"]
    assert asked["id"] in [report["id"] for report in reports]


@needs_chromium
def test_first_tab_runs_as_it_is(visit: Visit) -> None:
    assert "errors" not in visit.run("EntryDashboard").json()


@needs_chromium
def test_nothing_comes_from_elsewhere(visit: Visit, demo_server: Server) -> None:
    visit.open_example("91-metrics")
    visit.run("MetricCatalogue")
    visit.page.click("button[aria-label^='Prettify']")
    visit.page.click("button[aria-label='Show Documentation Explorer']")
    visit.page.wait_for_selector(".graphiql-doc-explorer-content")
    assert [url for url in visit.requests if not url.startswith((f"{demo_server.url}/", "data:", "blob:"))] == []
    assert visit.complaints == []


@needs_chromium
def test_refused_token_shows_the_way_to_another(visit: Visit, demo_server: Server) -> None:
    visit.page.fill("#frontrow-token", "Bearer expired")
    visit.page.keyboard.press("Enter")
    visit.page.wait_for_selector(".frontrow-status.refused")
    assert "frontrow token --partner ID" in visit.page.inner_text(".frontrow-advice")
    visit.page.fill("#frontrow-token", demo_server.token)
    visit.page.keyboard.press("Enter")
    visit.page.wait_for_selector(".frontrow-status.accepted")
    assert visit.page.query_selector(".frontrow-advice") is None


@needs_chromium
def test_token_outlives_no_tab(visit: Visit) -> None:
    visit.page.fill("#frontrow-token", "another-token")
    visit.page.keyboard.press("Enter")
    visit.page.wait_for_selector(".frontrow-status.refused")
    assert "another-token" in visit.page.evaluate("JSON.stringify({...sessionStorage})")
    assert "another-token" not in visit.page.evaluate("JSON.stringify({...localStorage})")
