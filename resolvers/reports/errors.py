"""What may be wrong with a request for a report.

QuestionError
├── ReportsNotAllowed     the token lacks the scope, or is one user's
├── MailNotSet            a mail is wanted and no mail server is set
├── InvalidEmail          no address that mail can go to
├── RangeTooLong          more than ten years
├── TooManyReports        as many of the account wait as may
├── FormatNotSupported    a kind that is not made in this format
├── NeedsScope            a dashboard of nothing, or of several things
├── UnknownScope          a dashboard of something that the catalogue lacks
└── FilterNotSupported    a condition on events, for rows that are none
"""

from db.errors import QuestionError


class ReportsNotAllowed(QuestionError):
    """The caller may not ask for reports."""

    code = "FORBIDDEN"


class MailNotSet(QuestionError):
    """A link is to be mailed and there is nothing to mail it with."""

    code = "MAIL_NOT_SET"

    def __init__(self, address: str) -> None:
        super().__init__(
            f"no link can be mailed to {address[:80]!r}: no mail server is set",
            hint="leave `email` out and ask `report(id:)` for the link; an operator sets FRONTROW_SMTP_URL",
        )


class InvalidEmail(QuestionError):
    """A text that is no mail address."""

    code = "INVALID_EMAIL"

    def __init__(self, address: str) -> None:
        super().__init__(f"`email` is no mail address: {address[:80]!r}", hint="one address, such as ada@example.org")


class RangeTooLong(QuestionError):
    """A range that no report is made of."""

    code = "RANGE_TOO_LONG"

    def __init__(self, days: int, limit: int) -> None:
        super().__init__(
            f"the range holds {days:,} days and that of a report at most {limit:,}", hint="ask for a shorter range"
        )


class TooManyReports(QuestionError):
    """As many reports of the account wait as may."""

    code = "TOO_MANY_REPORTS"

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"{limit:,} reports of the account wait or are being made, as many as may at once",
            hint="ask again when one of them is ready: `reports` tells how far they are",
        )


class FormatNotSupported(QuestionError):
    """A kind of report that does not come in this format."""

    code = "FORMAT_NOT_SUPPORTED"

    def __init__(self, kind: str, format: str, formats: str) -> None:
        super().__init__(f"there is no {kind} as {format}", hint=f"ask for one of {formats}")


class NeedsScope(QuestionError):
    """A dashboard is one of one thing."""

    code = "REPORT_NEEDS_SCOPE"

    def __init__(self, kind: str, field: str, found: int) -> None:
        super().__init__(
            f"{kind} is about one {field}, and the filter names {found:,}",
            hint=f'filter: {{ {field}: {{ in: ["…"] }} }}, with one key',
        )


class UnknownScope(QuestionError):
    """The catalogue lacks what the report is to be about."""

    code = "UNKNOWN_SCOPE"

    def __init__(self, field: str, key: str) -> None:
        super().__init__(f"the catalogue has no such {field}: {key[:80]!r}", hint="check the key")


class FilterNotSupported(QuestionError):
    """A condition that says nothing about the rows of this kind."""

    code = "FILTER_NOT_SUPPORTED"

    def __init__(self, kind: str, fields: str) -> None:
        super().__init__(
            f"{kind} holds records, not events, and can't be filtered like this",
            hint=f"filter by `in` of {fields}, all of which have to hold",
        )
