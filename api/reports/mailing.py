"""The job that mails how a report has ended: with its link, or with the reason why there is none."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from api.reports.links import Links
from api.reports.mail import Failure, Letter, Link, Mailer
from db import ended_reports
from db.ended_reports import Ended
from db.pool import Database
from resolvers.reports.kinds import KINDS
from resolvers.reports.preamble import conditions, dates_of
from resolvers.reports.request import Request

LONGEST_LINE: Final = 400  # a filter may name thousands of keys


@dataclass(frozen=True, slots=True)
class Postroom:
    """What the job works with. Without a mailer, mails wait for one until they are given up."""

    database: Database
    links: Links
    mailer: Mailer | None

    async def mail(self, report_id: str) -> None:
        """Mails once how the report has ended; raises what may be over when it is tried again."""
        ended = await ended_reports.ended(self.database, report_id)
        letter = letter_of(ended, self.links) if ended else None
        if letter is None:
            return
        if self.mailer is None:
            raise RuntimeError(
                "a report is to be mailed about and this worker has no mail server: set FRONTROW_SMTP_URL"
            )
        await self.mailer.send(letter)
        await ended_reports.mailed(self.database, report_id)


def letter_of(ended: Ended, links: Links) -> Letter | None:
    """What is mailed; none where nobody asked for it, it is out already, or the link's time is over."""
    request, news = Request.from_json(ended.request), _news(ended, links)
    if request.email is None or news is None or ended.mailed:
        return None
    rows = (f"Rows: {ended.rows:,}",) if isinstance(news, Link) else ()
    filters = map(_short, conditions(request.filter))
    about = (f"Filtered dates: {dates_of(request)} (GMT)", *filters, *rows)
    return Letter(request.email, KINDS[request.kind].title, about, news, ended.report_id)


def _short(line: str) -> str:
    return line if len(line) <= LONGEST_LINE else f"{line[: LONGEST_LINE - 1]}…"


def _news(ended: Ended, links: Links) -> Link | Failure | None:
    if ended.error is not None:
        return Failure(ended.error)
    if ended.file is None or ended.expires_at is None or ended.expires_at <= datetime.now(UTC):
        return None
    return Link(links.to(ended.file, ended.expires_at), f"{ended.expires_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC")
