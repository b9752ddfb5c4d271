"""The job that mails the link of a report that is ready."""

from dataclasses import dataclass
from datetime import UTC, datetime

from api.reports.links import Links
from api.reports.mail import Letter, Mailer
from db import reports
from db.pool import Database
from db.reports import Ready
from resolvers.reports.kinds import KINDS
from resolvers.reports.preamble import conditions, dates_of
from resolvers.reports.request import Request


@dataclass(frozen=True, slots=True)
class Postroom:
    """What the job works with. Without a mailer, mails wait for one until they are given up."""

    database: Database
    links: Links
    mailer: Mailer | None

    async def mail(self, report_id: str) -> None:
        """Mails the link once; raises what may be over when it is tried again."""
        ready = await reports.ready(self.database, report_id)
        if ready is None or ready.mailed or ready.file is None or ready.expires_at <= datetime.now(UTC):
            return
        if self.mailer is None:
            raise RuntimeError("a link is to be mailed and this worker has no mail server: set FRONTROW_SMTP_URL")
        if letter := letter_of(ready, self.links):
            await self.mailer.send(letter)
            await reports.mailed(self.database, report_id)


def letter_of(ready: Ready, links: Links) -> Letter | None:
    """What is mailed; none where nobody asked for it."""
    request = Request.from_json(ready.request)
    if request.email is None or ready.file is None:
        return None
    about = (f"Filtered dates: {dates_of(request)} (GMT)", *conditions(request.filter), f"Rows: {ready.rows:,}")
    expires = f"{ready.expires_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    link = links.to(ready.file, ready.expires_at)
    return Letter(request.email, KINDS[request.kind].title, about, link, expires, ready.report_id)
