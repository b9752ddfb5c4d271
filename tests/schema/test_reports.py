"""Asking for reports: what is refused, with which way out; who sees them."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from graphql import ExecutionResult, graphql

from db import ended_reports
from db.errors import FrontrowError
from db.pool import Database
from resolvers.context import Context, Limits
from resolvers.ids import GlobalId
from resolvers.reports.errors import TooManyReports
from resolvers.reports.terms import NO_TERMS, Terms
from schema import schema
from tests.differential.product import LIMITS

ASK = "mutation($i: ReportRequest!) { requestReport(input: $i) { id kind format status progress rows url error } }"
ALLOWED = Terms(allowed=True, mails=True)
TENANT = 1001
Told = Callable[..., None]


async def ask(
    database: Database,
    document: str,
    terms: Terms = ALLOWED,
    user: str | None = None,
    tenant: int = TENANT,
    limits: Limits = LIMITS,
    **more: Any,
) -> ExecutionResult:
    """The answer to a document."""
    return await graphql(
        schema._schema,
        document,
        context_value=Context.of(tenant, user, database, limits, terms=terms),
        variable_values=more,
        executor_class=schema.execution_context_class,
    )


async def refused(database: Database, asked: dict[str, Any], terms: Terms = ALLOWED, user: str | None = None) -> str:
    """The code that a request is refused with; nothing was stored or queued."""
    answer = await ask(database, ASK, terms, user, i={"kind": "USER_ENGAGEMENT", **asked})
    assert answer.data is None
    (error,) = answer.errors or []
    cause: Any = error
    while not isinstance(cause, FrontrowError):
        cause = cause.original_error
    assert cause.hint
    (row,) = await database.rows("select (select count(*) from reports) + (select count(*) from procrastinate_jobs) n")
    assert row["n"] == 0
    return cause.code


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"email": "ada@example.org\nBcc: eve@example.org"}, "INVALID_EMAIL"),
        ({"email": "ada@example.org\r\nSubject: x"}, "INVALID_EMAIL"),
        ({"email": "ada"}, "INVALID_EMAIL"),
        ({"email": ""}, "INVALID_EMAIL"),
        ({"email": "a@b, c@d"}, "INVALID_EMAIL"),
        ({"email": "a" * 64 + "@" + "b" * 200 + ".org"}, "INVALID_EMAIL"),
        ({"range": {"between": {"from": "2001-01-01", "to": "2026-01-01"}}}, "RANGE_TOO_LONG"),
        ({"range": {"between": {"from": "2026-02-01", "to": "2026-01-01"}}}, "INVALID_RANGE"),
        ({"timeZone": "Mars/Olympus"}, "UNKNOWN_TIME_ZONE"),
        ({"format": "PDF"}, "FORMAT_NOT_SUPPORTED"),
        ({"kind": "ENTRY_DASHBOARD"}, "REPORT_NEEDS_SCOPE"),
        ({"kind": "ENTRY_DASHBOARD", "filter": {"entryId": {"in": ["film", "other"]}}}, "REPORT_NEEDS_SCOPE"),
        ({"kind": "ENTRY_DASHBOARD", "filter": {"entryId": {"notIn": ["film"]}}}, "REPORT_NEEDS_SCOPE"),
        ({"kind": "ENTRY_DASHBOARD", "filter": {"entryId": {"in": ["nothing"]}}}, "UNKNOWN_SCOPE"),
        ({"kind": "ROOM_DASHBOARD", "filter": {"roomId": {"in": ["film"]}}}, "UNKNOWN_SCOPE"),
        ({"kind": "USER_DASHBOARD", "filter": {"userId": {"in": ["../../etc/passwd"]}}}, "UNKNOWN_SCOPE"),
        ({"kind": "CHAT_TRANSCRIPT", "filter": {"country": {"in": ["US"]}}}, "FILTER_NOT_SUPPORTED"),
        ({"kind": "POLLS", "filter": {"not": {"sessionId": {"in": ["talk"]}}}}, "FILTER_NOT_SUPPORTED"),
    ],
)
async def test_bad_requests_are_refused(asked: dict[str, Any], code: str, own: Database, told: Told) -> None:
    told({"kind": "entry", "partnerId": TENANT, "entryId": "film", "mediaType": "video"})
    assert await refused(own, asked) == code


async def test_a_mail_without_a_mail_server_is_refused(own: Database) -> None:
    assert await refused(own, {"email": "ada@example.org"}, Terms(allowed=True)) == "MAIL_NOT_SET"


async def test_a_token_without_the_scope_is_refused(own: Database) -> None:
    assert await refused(own, {}, NO_TERMS) == "FORBIDDEN"


async def test_a_token_of_one_user_is_refused(own: Database) -> None:
    assert await refused(own, {}, ALLOWED, "ada") == "FORBIDDEN"


async def test_a_report_waits_and_is_the_accounts_own(own: Database) -> None:
    answer = await ask(own, ASK, i={"kind": "USER_ENGAGEMENT", "email": "ada@example.org"})
    assert answer.errors is None
    report = answer.data["requestReport"] if answer.data else {}
    assert {name: report[name] for name in report if name != "id"} == {
        **{"kind": "USER_ENGAGEMENT", "format": "CSV", "status": "QUEUED", "progress": 0},
        **{"rows": None, "url": None, "error": None},
    }
    look = "query($id: ID!) { report(id: $id) { id status } node(id: $id) { id } reports { totalCount nodes { id } } }"
    found = (await ask(own, look, NO_TERMS, id=report["id"])).data
    assert found == {
        **{"report": {"id": report["id"], "status": "QUEUED"}, "node": {"id": report["id"]}},
        "reports": {"totalCount": 1, "nodes": [{"id": report["id"]}]},
    }
    nothing = {"report": None, "node": None, "reports": {"totalCount": 0, "nodes": []}}
    assert (await ask(own, look, tenant=1002, id=report["id"])).data == nothing
    assert (await ask(own, look, user="ada", id=report["id"])).data == nothing


async def test_no_more_reports_wait_than_may(own: Database) -> None:
    few = replace(LIMITS, max_waiting_reports=1)
    assert (await ask(own, ASK, limits=few, i={"kind": "USER_ENGAGEMENT"})).errors is None
    answer = await ask(own, ASK, limits=few, i={"kind": "USER_ENGAGEMENT"})
    (error,) = answer.errors or []
    cause = getattr(error.original_error, "original_error", None) or error.original_error
    assert isinstance(cause, TooManyReports)
    assert (cause.code, cause.message.split()[0]) == ("TOO_MANY_REPORTS", "1")
    assert cause.hint
    assert (await ask(own, ASK, tenant=1002, limits=few, i={"kind": "USER_ENGAGEMENT"})).errors is None
    await own.rows("update reports set status = 'failed' where partner_id = $1", TENANT)
    assert (await ask(own, ASK, limits=few, i={"kind": "USER_ENGAGEMENT"})).errors is None
    told = (await ask(own, "{ limits { maxWaitingReports } }", limits=few)).data
    assert told == {"limits": {"maxWaitingReports": 1}}


async def test_lists_are_the_newest_first_and_come_in_pages(own: Database) -> None:
    ids = []
    for kind in ("USER_ENGAGEMENT", "ATTENDEES", "ROOM_DATA"):
        answer = await ask(own, ASK, i={"kind": kind})
        assert answer.data
        ids.append(answer.data["requestReport"]["id"])
    page = (
        "query($after: String) { reports(first: 2, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } }"
    )
    first = (await ask(own, page)).data["reports"]  # type: ignore[index]
    second = (await ask(own, page, after=first["pageInfo"]["endCursor"])).data["reports"]  # type: ignore[index]
    assert [node["id"] for node in first["nodes"] + second["nodes"]] == ids[::-1]
    assert second["pageInfo"]["hasNextPage"] is False


async def test_a_report_that_is_forgotten_is_none(own: Database) -> None:
    answer = await ask(own, ASK, i={"kind": "USER_ENGAGEMENT"})
    id_ = answer.data["requestReport"]["id"] if answer.data else ""
    await own.rows("update reports set status = 'ready', expires_at = now() - interval '1 day'")
    look = "query($id: ID!) { report(id: $id) { status url } reports { totalCount } }"
    expired = {"report": {"status": "EXPIRED", "url": None}, "reports": {"totalCount": 1}}
    assert (await ask(own, look, id=id_)).data == expired
    await own.rows("update reports set expires_at = now() - interval '31 days'")
    assert await ended_reports.forget(own) == 1
    assert (await ask(own, look, id=id_)).data == {"report": None, "reports": {"totalCount": 0}}


@pytest.mark.parametrize("key", ["../../etc/passwd", "1", "7C1C5CC3-5A11-4EF5-9F0D-7F1E3BB1A3B0", "nil"])
async def test_an_id_that_no_report_has_is_none(key: str, own: Database) -> None:
    id_ = str(GlobalId(TENANT, "Report", key))
    answer = await ask(own, "query($id: ID!) { report(id: $id) { id } node(id: $id) { id } }", id=id_)
    assert (answer.data, answer.errors) == ({"report": None, "node": None}, None)


async def test_an_id_that_is_a_path_is_refused(own: Database) -> None:
    answer = await ask(own, '{ report(id: "../../etc/passwd") { id } }')
    assert answer.errors
    assert answer.data == {"report": None}
