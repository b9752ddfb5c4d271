"""Links by mail, through a server of the operator's."""

import html
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate
from typing import Final
from urllib.parse import unquote, urlsplit

import aiosmtplib

TIMEOUT_SECONDS: Final = 30


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail about a report that is ready."""

    to: str
    title: str
    about: tuple[str, ...]
    link: str
    expires: str
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
    mail["Subject"] = f"{letter.title}: your report is ready"
    mail["Date"] = formatdate(usegmt=True)
    # The same however often it is sent: a mail program shows it once.
    mail["Message-ID"] = f"<{letter.report_id}@{sender.rsplit('@', 1)[-1].strip('>')}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(_text(letter))
    mail.add_alternative(_html(letter), subtype="html")
    return mail


def _text(letter: Letter) -> str:
    about = "\n".join(letter.about)
    return (
        f"Your report is ready: {letter.title}\n\n{about}\n\nDownload it until {letter.expires}:\n{letter.link}\n\n"
        "Whoever has this link can read the report. The file is deleted when the link expires.\n"
    )


def _html(letter: Letter) -> str:
    about = "<br>".join(html.escape(line) for line in letter.about)
    return (
        '<!doctype html><html lang="en"><body style="font-family: sans-serif; line-height: 1.5">'
        f"<h1 style='font-size: 1.25em'>{html.escape(letter.title)}</h1><p>Your report is ready.</p><p>{about}</p>"
        f'<p><a href="{html.escape(letter.link)}">Download it</a> until {html.escape(letter.expires)}.</p>'
        "<p style='color: #666'>Whoever has this link can read the report. The file is deleted when the link "
        "expires.</p></body></html>"
    )
