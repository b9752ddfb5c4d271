"""Mails about reports, through a server of the operator's: a link, or why there is none."""

import html
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate
from typing import Final
from urllib.parse import unquote, urlsplit

import aiosmtplib

TIMEOUT_SECONDS: Final = 30
LINK_NOTE: Final = "Whoever has this link can read the report. The file is deleted when the link expires."
FAILURE_NOTE: Final = (
    "You can ask for it again. If that fails too, tell whoever runs the service for you, with the number of the report."
)


@dataclass(frozen=True, slots=True)
class Link:
    """A report can be downloaded."""

    url: str
    expires: str


@dataclass(frozen=True, slots=True)
class Failure:
    """There will be no file."""

    reason: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail about a report that has ended. `about`: what it was asked to hold, line by line."""

    to: str
    title: str
    about: tuple[str, ...]
    news: Link | Failure
    report_id: str


@dataclass(frozen=True, slots=True)
class Mailer:
    """A mail server: smtp:// (with STARTTLS), smtps:// (TLS from the start), or smtp+plain:// (in the open)."""

    url: str
    sender: str

    async def send(self, letter: Letter) -> None:
        """Hands the letter to the server; raises aiosmtplib.SMTPException or OSError."""
        place = urlsplit(self.url)
        await aiosmtplib.send(
            message(letter, self.sender),
            hostname=place.hostname,
            port=place.port,
            username=unquote(place.username) if place.username else None,
            password=unquote(place.password) if place.password else None,
            use_tls=place.scheme == "smtps",
            start_tls=place.scheme == "smtp",
            timeout=TIMEOUT_SECONDS,
        )


def message(letter: Letter, sender: str) -> EmailMessage:
    """The letter as text and as HTML."""
    mail = EmailMessage()
    mail["From"], mail["To"] = sender, letter.to
    mail["Subject"] = f"{letter.title}: {_headline(letter.news)}"
    mail["Date"] = formatdate(usegmt=True)
    # The same however often it is sent: a mail program shows it once.
    mail["Message-ID"] = f"<{letter.report_id}@{sender.rsplit('@', 1)[-1].strip('>')}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(_text(letter))
    mail.add_alternative(_html(letter), subtype="html")
    return mail


def _headline(news: Link | Failure) -> str:
    return "your report is ready" if isinstance(news, Link) else "your report could not be made"


def _text(letter: Letter) -> str:
    headline, about = _headline(letter.news), "\n".join(letter.about)
    return f"{headline.capitalize()}: {letter.title}\n\n{about}\n\n{_text_of(letter.news, letter.report_id)}\n"


def _text_of(news: Link | Failure, report_id: str) -> str:
    if isinstance(news, Link):
        return f"Download it until {news.expires}:\n{news.url}\n\n{LINK_NOTE}"
    return f"The reason: {news.reason}.\n\n{FAILURE_NOTE}\n\nReport {report_id}"


def _html(letter: Letter) -> str:
    about = "<br>".join(html.escape(line) for line in letter.about)
    return (
        '<!doctype html><html lang="en"><body style="font-family: sans-serif; line-height: 1.5">'
        f"<h1 style='font-size: 1.25em'>{html.escape(letter.title)}</h1>"
        f"<p>{_headline(letter.news).capitalize()}.</p><p>{about}</p>"
        f"{_html_of(letter.news, letter.report_id)}</body></html>"
    )


def _html_of(news: Link | Failure, report_id: str) -> str:
    if isinstance(news, Link):
        link = f'<a href="{html.escape(news.url)}">Download it</a> until {html.escape(news.expires)}.'
        return f"<p>{link}</p>{_small(LINK_NOTE)}"
    reason = f"<p>The reason: {html.escape(news.reason)}.</p>"
    return f"{reason}<p>{FAILURE_NOTE}</p>{_small(f'Report {html.escape(report_id)}')}"


def _small(text: str) -> str:
    return f"<p style='color: #666'>{text}</p>"
