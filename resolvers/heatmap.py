"""Engagement heat map: minute by minute, whether one user was engaged with something live."""

from datetime import datetime
from enum import StrEnum

from db.plan import Row
from db.question import EVERYTHING, And, Filter, KeyIn, Or
from resolvers.buckets import Granularity
from resolvers.context import Context
from resolvers.errors import NeedsOneUser
from resolvers.subject import Subject
from resolvers.timeline import timeline


class Engagement(StrEnum):
    """What one user did with something live in one minute."""

    ENGAGED = "engaged"
    NOT_ENGAGED = "not_engaged"
    OFFLINE = "offline"


async def engagement(context: Context, subject: Subject) -> list[tuple[datetime, Engagement]]:
    """Every minute of the window with what the user did; raises NeedsOneUser."""
    if not is_of_one_user(subject):
        raise NeedsOneUser(_shown(subject))
    metrics = ("live_heartbeats", "live_engaged_heartbeats")
    minutes = await timeline(context, subject, Granularity.MINUTE, metrics)
    return [(span.start, _state(row)) for span, row in minutes]


def is_of_one_user(subject: Subject) -> bool:
    """Whether scope and filter let only one user's events through."""
    return any(dimension == "user" for dimension, _ in subject.scope) or _names_one_user(subject.filter)


def _shown(subject: Subject) -> str:
    """What a subject is about, in words."""
    scope = " / ".join(f"{dimension} {key[:80]!r}" for dimension, key in subject.scope) or "the whole account"
    return f"{scope} with this filter" if subject.filter != EVERYTHING else scope


def _names_one_user(wanted: Filter) -> bool:
    match wanted:
        case KeyIn("user", keys):
            return len(set(keys)) == 1
        case And(filters) | Or(filters) if isinstance(wanted, And) or len(filters) == 1:
            return any(_names_one_user(part) for part in filters)
        case _:
            return False


def _state(row: Row) -> Engagement:
    if row["live_engaged_heartbeats"]:
        return Engagement.ENGAGED
    return Engagement.NOT_ENGAGED if row["live_heartbeats"] else Engagement.OFFLINE
