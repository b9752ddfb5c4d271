"""Report: a file that is made in the background, and the mutation that asks for one."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

import strawberry
from strawberry import UNSET

from db.catalogue import REPORTS, Row
from db.question import EVERYTHING
from resolvers.ids import GlobalId
from resolvers.listing import Listed, listed
from resolvers.pages import size
from resolvers.reports.asking import ask, visible
from resolvers.reports.request import Format, HeaderStyle, Kind, Request, Status
from schema.fields import field
from schema.info import Info
from schema.inputs import LAST_30_DAYS, UTC, AnalyticsFilter, DateRange
from schema.node import Node
from schema.scalars import Count


@strawberry.input(description="Which report, as which file, about what.")
class ReportRequest:
    """What is asked for."""

    kind: Kind = strawberry.field(description="What it is about.")
    format: Format | None = strawberry.field(default=Format.CSV, description="What kind of file.")
    headers: HeaderStyle | None = strawberry.field(
        default=HeaderStyle.SYSTEM, description="Which names its columns have."
    )
    range: DateRange | None = strawberry.field(
        default_factory=lambda: LAST_30_DAYS, description="When. Without it: the 30 whole days before today."
    )
    time_zone: str | None = strawberry.field(
        default=UTC, description="IANA time zone that days and months are cut in. Times in files are in UTC."
    )
    filter: AnalyticsFilter | None = strawberry.field(
        default=UNSET,
        description="Which events count; a dashboard's names the one thing that it is about, such as "
        '`{entryId: {in: ["…"]}}`. Chats, polls and breakouts can be filtered by `in` of session, room and virtual '
        "event only, chat transcripts of users too. Without it: all.",
    )
    email: str | None = strawberry.field(
        default=UNSET, description="Where a link is mailed, or why there is none. Without it: no mail is sent."
    )

    async def resolved(self, info: Info) -> Request:
        """As resolvers take it."""
        zone = UTC if self.time_zone is None else self.time_zone
        return Request(
            self.kind,
            self.format or Format.CSV,
            self.headers or HeaderStyle.SYSTEM,
            await (self.range or LAST_30_DAYS).resolved(info.context, zone),
            self.filter.resolved(info.context.limits.max_filter_depth) if self.filter else EVERYTHING,
            None if self.email is UNSET else self.email,
        )


@strawberry.type(
    description="A file that is made in the background; deleted seven days later, and the report thirty days after."
)
class Report(Node):
    """A record of db/sql/reports.sql."""

    report_id: strawberry.Private[str]
    kind: Kind = strawberry.field(description="What it is about.")
    format: Format = strawberry.field(description="What kind of file it is. Several tables as CSV come as a ZIP.")
    status: Status = strawberry.field(description="How far it is.")
    progress: float = strawberry.field(description="How much of it is made: 0 to 1.")
    requested_at: datetime = strawberry.field(description="When it was asked for.")
    rows: Count | None = strawberry.field(description="How many rows its tables have together; null until READY.")
    expires_at: datetime | None = strawberry.field(
        description="When its link ends and its file is deleted; null until READY."
    )
    error: str | None = strawberry.field(description="Why there is no file; null unless FAILED.")
    file: strawberry.Private[str | None]

    @field("A signed link to the file; null until READY and after expiry. Whoever has it can read the file.")
    def url(self, info: Info) -> str | None:
        if self.status is not Status.READY or not self.file or self.expires_at is None:
            return None
        return info.context.terms.link(self.file, self.expires_at)

    def key(self) -> str:
        """Its id."""
        return self.report_id

    @classmethod
    def of(cls, row: Row) -> Self:
        """The report of a record."""
        return cls(
            report_id=row["report_id"],
            kind=Kind(row["kind"]),
            format=Format(row["format"]),
            status=Status(row["status"]),
            progress=row["progress"],
            requested_at=row["requested_at"],
            rows=row["rows"],
            expires_at=row["expires_at"],
            error=row["error"],
            file=row["file"],
        )

    @classmethod
    async def load(cls, info: Info, key: str | None) -> Self | None:
        """The report with this id; none for a token that sees no reports."""
        if key is None or not _is_uuid(key) or not visible(info.context):
            return None
        row = await info.context.loaders.reports.load(key)
        return cls.of(row) if row else None


def _is_uuid(key: str) -> bool:
    try:
        return str(UUID(key)) == key
    except ValueError:
        return False


async def report(info: Info, id: str) -> Report | None:
    """The report with this global id; none of another tenant, and none for the id of something else."""
    found = GlobalId.parse(id)
    if found.tenant != info.context.tenant or found.type != Report.__name__:
        return None
    return await Report.load(info, found.key)


async def reports(info: Info, first: int | None, after: str | None) -> Listed:
    """A page of reports, the newest first; none for a token that sees no reports."""
    wanted = size(first, info.context.limits)
    # A token of one user sees no reports: they are about everyone.
    where = None if visible(info.context) else {"report": ""}
    return await listed(
        info.context, REPORTS, wanted, after or None, where=where, order="requested_at", descending=True
    )


@strawberry.type(description="What can be asked for to be done.")
class Mutation:
    """Reports are asked for here, and made in the background."""

    @field("Asks for a report; it is made in the background. The token needs the scope `report`.")
    async def request_report(
        self, info: Info, input: Annotated[ReportRequest, strawberry.argument(description="Which report.")]
    ) -> Report:
        key = await ask(info.context, await input.resolved(info))
        made = await Report.load(info, key)
        assert made is not None, "it was just stored"
        return made
