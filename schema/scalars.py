"""Scalars: moments, days, and whole numbers beyond 32 bits."""

from datetime import UTC, date, datetime
from typing import Any, NewType

import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

Count = NewType("Count", int)

MOST = 2**53 - 1


def _count(value: Any) -> int:
    """A whole number that every JSON reader reads exactly."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST:
        raise _refused(f"no Count: {value!r:.80}", f"a Count is a whole number from 0 to {MOST}")
    return value


def _refused(message: str, hint: str) -> GraphQLError:
    """The error for a value that is none of its type, with the way out."""
    return GraphQLError(message, extensions={"hint": hint})


def _moment(value: Any) -> datetime:
    """The moment that a text says; without an offset it is in UTC."""
    try:
        moment = datetime.fromisoformat(value)
    except (ValueError, TypeError) as error:
        raise _refused(
            f"no ISO 8601 date and time: {value!r:.80}", "write a moment such as 2026-07-14T10:20:00+03:00"
        ) from error
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _day(value: Any) -> date:
    try:
        return date.fromisoformat(value)
    except (ValueError, TypeError) as error:
        raise _refused(f"no ISO 8601 date: {value!r:.80}", "write a day such as 2026-07-14") from error


SCALARS: dict[object, ScalarDefinition] = {
    Count: strawberry.scalar(
        name="Count",
        description="A whole number from 0 to 2^53 - 1, as a JSON number. (Int ends at 2^31.)",
        serialize=_count,
        parse_value=_count,
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description="A moment, ISO 8601, such as 2026-07-14T10:20:00+03:00. In answers of analytics it has the offset "
        "of `timeZone`, else UTC. In arguments one without an offset is in UTC.",
        specified_by_url="https://scalars.graphql.org/andimarek/date-time",
        serialize=datetime.isoformat,
        parse_value=_moment,
    ),
    date: strawberry.scalar(
        name="Date",
        description="A calendar day, ISO 8601: 2026-07-14.",
        serialize=date.isoformat,
        parse_value=_day,
    ),
}
