"""Reports as their users have them: a service, its worker, files over HTTP, mails through a real server."""

import asyncio
import os
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import aiosmtplib
import httpx
import psutil
import psycopg
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from api.reports.links import Links
from api.reports.mail import Letter, Link, Mailer
from tests.api.reports.made import rows_of
from tests.api.service import Frontrow

KEY = "a key of thirty-two bytes at least"
ASK = "mutation($i: ReportRequest!) { requestReport(input: $i) { id status } }"
LOOK = "query($id: ID!) { report(id: $id) { status progress rows url expiresAt error } }"
SEASON = {"between": {"from": "2026-06-01", "to": "2026-10-01"}}


@dataclass(slots=True)
class Post:
    """What a mail server has taken."""

    mails: list[EmailMessage] = field(default_factory=list)
    to: list[str] = field(default_factory=list)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Takes a mail."""
        content = envelope.content
        assert isinstance(content, bytes)
        found = message_from_bytes(content, policy=policy.default)
        assert isinstance(found, EmailMessage)
        self.mails.append(found)
        self.to += envelope.rcpt_tos
        return "250 OK"


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def post() -> Iterator[tuple[Post, int]]:
    """A mail server on a port of this machine."""
    taken = Post()
    port = free_port()
    controller = Controller(taken, hostname="127.0.0.1", port=port)
    controller.start()
    yield taken, port
    controller.stop()


@contextmanager
def serving(dsn: str, folder: Path, *scopes: str, **settings: str) -> Iterator[httpx.Client]:
    """A client of a service over this database, whose token has these scopes too."""
    frontrow = Frontrow(folder)
    told = {"FRONTROW_DATABASE_URL": dsn, "FRONTROW_TOKEN_SECRET": KEY, **settings}
    with frontrow.serving(**told) as client:
        token = frontrow.run("token", "--partner", "1001", "--scope", ",".join(("read", *scopes)), **told).stdout
        client.headers["Authorization"] = f"Bearer {token.strip()}"
        yield client


def put(client: httpx.Client, document: str, **variables: Any) -> dict[str, Any]:
    """The data of the answer."""
    answer = client.post("/graphql", json={"query": document, "variables": variables}).json()
    assert "errors" not in answer, answer
    found: dict[str, Any] = answer["data"]
    return found


def ask(client: httpx.Client, **more: Any) -> str:
    """The id of a report that was asked for."""
    asked = {"kind": "USER_ENGAGEMENT", "range": SEASON, **more}
    id_: str = put(client, ASK, i=asked)["requestReport"]["id"]
    return id_


def wait(look: Callable[[], Any], seconds: float = 60) -> Any:
    """What is looked for, once it is there."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.1)
    return found


def ready(client: httpx.Client, id_: str) -> dict[str, Any]:
    """The report, once it is made."""

    def look() -> dict[str, Any] | None:
        report: dict[str, Any] = put(client, LOOK, id=id_)["report"]
        return report if report["status"] in ("READY", "FAILED") else None

    found: dict[str, Any] = wait(look)
    assert found["status"] == "READY", found
    return found


def test_a_report_is_asked_for_made_and_downloaded(copied_dsn: str, tmp_path: Path) -> None:
    with serving(copied_dsn, tmp_path, "report") as client:
        report = ready(client, ask(client))
        assert report["progress"] == 1
        left = datetime.fromisoformat(report["expiresAt"]) - datetime.now(UTC)
        assert timedelta(days=6, hours=23) < left <= timedelta(days=7)
        with httpx.Client() as anyone:
            answer = anyone.get(report["url"])
            assert answer.status_code == 200
            assert answer.headers["content-type"] == "text/csv; charset=utf-8"
            assert answer.headers["content-disposition"].startswith("attachment; filename=")
            assert len(rows_of(answer.content)) == report["rows"] > 0
            _opens_nothing(anyone, report["url"])


def _opens_nothing(anyone: httpx.Client, url: str) -> None:
    """Asserts what becomes of links that are forged, altered or expired."""
    place, _, query = url.partition("?")
    forged = [place, f"{place}?{query[:-1]}", f"{place.replace('1001', '1002')}?{query}"]
    forged += [f"{place.rsplit('/', 2)[0]}/..%2f..%2fetc%2fpasswd?{query}", url.replace("expires=", "expires=1")]
    for link in forged:
        answer = anyone.get(link)
        assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (403, "INVALID_LINK")
    base, file = place.split("/reports/")
    expired = anyone.get(Links(KEY, base).to(file, datetime.now(UTC) - timedelta(seconds=5)))
    assert (expired.status_code, expired.json()["errors"][0]["extensions"]["code"]) == (410, "LINK_EXPIRED")
    gone = file.replace(file[5:9], "0000")
    assert anyone.get(Links(KEY, base).to(gone, datetime.now(UTC) + timedelta(days=1))).status_code == 410


def test_a_token_without_the_scope_asks_for_nothing(copied_dsn: str, tmp_path: Path) -> None:
    with serving(copied_dsn, tmp_path) as client:
        asked = {"query": ASK, "variables": {"i": {"kind": "USER_ENGAGEMENT"}}}
        (error,) = client.post("/graphql", json=asked).json()["errors"]
        assert error["extensions"]["code"] == "FORBIDDEN"


def test_the_link_is_mailed(copied_dsn: str, tmp_path: Path, post: tuple[Post, int]) -> None:
    taken, port = post
    smtp = {"FRONTROW_SMTP_URL": f"smtp+plain://127.0.0.1:{port}", "FRONTROW_MAIL_FROM": "Frontrow <no@example.org>"}
    with serving(copied_dsn, tmp_path, "report", **smtp) as client:
        filter = {"entryId": {"in": ["live-1"]}}
        report = ready(client, ask(client, email="ada@example.org", filter=filter))
        wait(lambda: taken.mails)
        (mail,), to = taken.mails, taken.to
        assert (to, mail["To"], mail["From"]) == (["ada@example.org"], "ada@example.org", "Frontrow <no@example.org>")
        assert mail["Subject"] == "User Engagement: your report is ready"
        texts = {part.get_content_type(): part.get_content() for part in mail.walk() if not part.is_multipart()}
        assert set(texts) == {"text/plain", "text/html"}
        for text in texts.values():
            assert "Filtered entries: live-1" in text
            assert "2026-06-01 00:00:00 - 2026-09-30 23:59:59 (GMT)" in text
            assert report["expiresAt"][:10] in text
        link = next(line for line in texts["text/plain"].splitlines() if line.startswith("http"))
        assert link.replace("&", "&amp;") in texts["text/html"]
        assert len(rows_of(httpx.get(link).content)) == report["rows"]


def test_a_failure_is_mailed_with_its_reason(copied_dsn: str, tmp_path: Path, post: tuple[Post, int]) -> None:
    taken, port = post
    smtp = {"FRONTROW_SMTP_URL": f"smtp+plain://127.0.0.1:{port}", "FRONTROW_MAIL_FROM": "Frontrow <no@example.org>"}
    with serving(copied_dsn, tmp_path, "report", FRONTROW_REPORT_JOBS="0", **smtp) as client:
        id_ = ask(client, email="ada@example.org", filter={"country": {"in": ["<b>US</b>"]}})
        with psycopg.connect(copied_dsn) as connection:
            # No request is like this: a dashboard of nothing.
            connection.execute("update reports set request = jsonb_set(request, '{kind}', '\"entry_dashboard\"')")
        told = {"FRONTROW_DATABASE_URL": copied_dsn, "FRONTROW_TOKEN_SECRET": KEY}
        worker = Frontrow(tmp_path).start("worker", **told, **smtp)
        try:
            wait(lambda: taken.mails)
        finally:
            worker.terminate()
            worker.wait(20)
        report = put(client, LOOK, id=id_)["report"]
    (mail,), to = taken.mails, taken.to
    assert (to, mail["Subject"]) == (["ada@example.org"], "Entry Dashboard: your report could not be made")
    texts = {part.get_content_type(): part.get_content() for part in mail.walk() if not part.is_multipart()}
    assert set(texts) == {"text/plain", "text/html"}
    assert report["status"] == "FAILED"
    assert report["error"] in texts["text/plain"]
    assert "Filtered countries: <b>US</b>" in texts["text/plain"]
    assert "Filtered countries: &lt;b&gt;US&lt;/b&gt;" in texts["text/html"]
    for text in texts.values():
        assert "2026-06-01 00:00:00 - 2026-09-30 23:59:59 (GMT)" in text
        assert "You can ask for it again." in text
        assert "http" not in text


def test_a_mail_server_that_wants_tls_and_a_login_gets_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = _certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    taken, seen, port = Post(), [], free_port()

    def login(server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: LoginPassword) -> AuthResult:
        seen.append((given.login, given.password))
        return AuthResult(success=given.password == b"p@ss/word")

    controller = Controller(
        taken,
        hostname="127.0.0.1",
        port=port,
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        authenticator=login,
    )
    controller.start()
    letter = Letter("ada@example.org", "Title", ("about <b>",), Link("https://x/y?a=1&b=2", "tomorrow"), "id")
    try:
        asyncio.run(Mailer(f"smtp://ada:p%40ss%2Fword@localhost:{port}", "no@example.org").send(letter))
        with pytest.raises(aiosmtplib.SMTPException):
            asyncio.run(Mailer(f"smtps://localhost:{port}", "no@example.org").send(letter))
    finally:
        controller.stop()
    assert seen == [(b"ada", b"p@ss/word")]
    assert [mail["To"] for mail in taken.mails] == ["ada@example.org"]


def _certificate(folder: Path) -> Path:
    """A certificate of localhost with its key, which signs itself."""
    path = folder / "localhost.pem"
    command = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost")
    names = ("-addext", "subjectAltName=DNS:localhost")
    made = subprocess.run([*command, *names, "-keyout", "-", "-out", "-"], capture_output=True, check=False)
    if made.returncode:
        pytest.skip("no openssl to make a certificate with")
    path.write_bytes(made.stdout)
    return path


def test_a_report_waits_for_a_worker_of_its_own(copied_dsn: str, tmp_path: Path) -> None:
    with serving(copied_dsn, tmp_path, "report", FRONTROW_REPORT_JOBS="0") as client:
        id_ = ask(client)
        time.sleep(2)
        assert put(client, LOOK, id=id_)["report"]["status"] == "QUEUED"
        told = {"FRONTROW_DATABASE_URL": copied_dsn, "FRONTROW_TOKEN_SECRET": KEY}
        worker = Frontrow(tmp_path).start("worker", **told)
        try:
            assert ready(client, id_)["rows"] > 0
        finally:
            worker.terminate()
            assert worker.wait(20) in (0, 143)


def test_a_worker_that_is_killed_half_way_leaves_one_report(copied_dsn: str, tmp_path: Path) -> None:
    with serving(copied_dsn, tmp_path, "report") as client:
        with psycopg.connect(copied_dsn, autocommit=True) as connection:
            worker = wait(lambda: _worker_of(copied_dsn))
            # Whoever reads users waits, so that the job is caught half-way.
            with psycopg.connect(copied_dsn) as lock:
                lock.execute("lock table users in access exclusive mode")
                id_ = ask(client)
                wait(lambda: connection.execute("select 1 from reports where status = 'running'").fetchone())
                os.kill(worker, signal.SIGKILL)
                wait(lambda: not psutil.pid_exists(worker) or _is_dead(worker))
            report = ready(client, id_)
            found = connection.execute("select attempts from reports").fetchall()
            assert found == [(2,)]
        assert len(rows_of(httpx.get(report["url"]).content)) == report["rows"]
        files = [path for path in (tmp_path / "reports").rglob("*") if path.is_file()]
        assert len([path for path in files if path.suffix == ".csv"]) == 1


def _worker_of(dsn: str) -> int | None:
    """The process id of the worker on this database, below a service of this process."""
    for child in psutil.Process(os.getpid()).children(recursive=True):
        try:
            if "worker" in child.cmdline() and child.environ().get("FRONTROW_DATABASE_URL") == dsn:
                return int(child.pid)
        except psutil.Error:
            continue
    return None


def _is_dead(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def test_the_worker_ends_with_its_service_however_that_ends(copied_dsn: str, tmp_path: Path) -> None:
    told = {"FRONTROW_DATABASE_URL": copied_dsn, "FRONTROW_TOKEN_SECRET": KEY}
    service = Frontrow(tmp_path).start("serve", "--port", "0", **told)
    assert service.stdout is not None
    service.stdout.readline()
    worker = wait(lambda: _worker_of(copied_dsn))
    service.kill()
    service.wait(10)
    wait(lambda: not psutil.pid_exists(worker) or _is_dead(worker), 20)
