"""Asks for a report, or says why it can't be; and what one is about."""

import re
from dataclasses import replace
from typing import Final
from uuid import uuid4

from db import reports
from db.catalogue import Row
from db.question import And, Filter, KeyIn
from resolvers.context import Context
from resolvers.reports.errors import (
    FilterNotSupported,
    FormatNotSupported,
    InvalidEmail,
    MailNotSet,
    NeedsScope,
    RangeTooLong,
    ReportsNotAllowed,
    TooManyReports,
    UnknownScope,
)
from resolvers.reports.kinds import KINDS, Definition
from resolvers.reports.records import conditions
from resolvers.reports.request import Request
from resolvers.subject import Subject

MOST_DAYS: Final = 3_660
LONGEST_EMAIL: Final = 254
EMAIL: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")


async def ask(context: Context, request: Request) -> str:
    """The id of the report, which is queued; raises what is wrong with the request."""
    _check_caller(context)
    _check_email(context, request.email)
    definition = KINDS[request.kind]
    _check_format(request, definition)
    _check_length(request)
    _check_filter(request, definition)
    if definition.about:
        await scope_record(context, definition.about, subject_of(context.tenant, request).scope[0][1])
    return await _queued(context, request)


async def _queued(context: Context, request: Request) -> str:
    """The id of the report, noted and queued; raises TooManyReports."""
    report_id, most = str(uuid4()), context.limits.max_waiting_reports
    kind, format = request.kind.value, request.format.value
    told = reports.Asked(context.tenant, report_id, kind, format, request.to_json(), context.started, most)
    if not await reports.request(context.database, told):
        raise TooManyReports(most)
    return report_id


def visible(context: Context) -> bool:
    """Whether the caller may see reports at all: a token of one user may not, they are about everyone."""
    return context.user_id is None


def subject_of(tenant: int, request: Request) -> Subject:
    """What the report is about: of a dashboard the one thing that its filter names, as a scope."""
    about = KINDS[request.kind].about
    if about is None:
        return Subject(tenant, request.window, (), request.filter)
    keys, rest = named_keys(request.filter, about)
    if len(keys) != 1:
        raise NeedsScope(request.kind.name, f"{about}Id", len(keys))
    return Subject(tenant, request.window, ((about, keys[0]),), rest)


async def scope_record(context: Context, about: str, key: str) -> Row:
    """The catalogue's record of what a dashboard is about; raises UnknownScope."""
    loaders = context.loaders
    loader = {"entry": loaders.entries, "room": loaders.entries, "session": loaders.sessions, "user": loaders.users}
    record = await loader[about].load(key)
    if record is None or (about == "room" and record["media_type"] != "room"):
        raise UnknownScope(f"{about}Id", key)
    return record


def named_keys(wanted: Filter, dimension: str) -> tuple[tuple[str, ...], Filter]:
    """The keys that the filter names in this dimension, and the filter without that condition."""
    if isinstance(wanted, KeyIn) and wanted.dimension == dimension:
        return wanted.keys, And()
    if isinstance(wanted, And):
        for place, part in enumerate(wanted.filters):
            keys, rest = named_keys(part, dimension)
            if keys:
                others = (*wanted.filters[:place], rest, *wanted.filters[place + 1 :])
                return keys, replace(wanted, filters=tuple(other for other in others if other != And()))
    return (), wanted


def _check_caller(context: Context) -> None:
    if not visible(context):
        raise ReportsNotAllowed("a token of one user can't ask for reports", hint="use a token of the account")
    if not context.terms.allowed:
        raise ReportsNotAllowed(
            "the token lacks the scope `report`",
            hint="`frontrow token --partner ID --scope read,report` prints one that has it",
        )


def _check_email(context: Context, email: str | None) -> None:
    if email is None:
        return
    if len(email) > LONGEST_EMAIL or not EMAIL.fullmatch(email):
        raise InvalidEmail(email)
    if not context.terms.mails:
        raise MailNotSet(email)


def _check_format(request: Request, definition: Definition) -> None:
    if request.format not in definition.formats:
        formats = ", ".join(format.name for format in definition.formats)
        raise FormatNotSupported(request.kind.name, request.format.name, formats)


def _check_length(request: Request) -> None:
    days = (request.window.end - request.window.start).days
    if days > MOST_DAYS:
        raise RangeTooLong(days, MOST_DAYS)


def _check_filter(request: Request, definition: Definition) -> None:
    allowed = definition.filtered_by
    if allowed is not None and conditions(request.filter, allowed) is None:
        raise FilterNotSupported(request.kind.name, ", ".join(f"{name}Id" for name in allowed))
