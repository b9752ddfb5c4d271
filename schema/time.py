"""Ranges as they were understood, and how fresh the numbers are."""

from datetime import datetime
from typing import Self

import strawberry

from db.question import Range


@strawberry.type(description="A range of time as it was understood. Half-open: from ≤ time < to.")
class ResolvedRange:
    """Both ends, in the offset of the zone."""

    from_: datetime = strawberry.field(name="from", description="Its first moment.")
    to: datetime = strawberry.field(description="The first moment after it.")
    time_zone: str = strawberry.field(description="IANA time zone that its days and months are cut in.")

    @classmethod
    def of(cls, window: Range) -> Self:
        """The range, in its zone."""
        tz = window.tz
        return cls(from_=window.start.astimezone(tz), to=window.end.astimezone(tz), time_zone=window.zone)


@strawberry.type(description="How fresh the numbers are.")
class Freshness:
    """Up to when everything is counted."""

    data_up_to: datetime = strawberry.field(description="Every event received before this moment is in the numbers.")
