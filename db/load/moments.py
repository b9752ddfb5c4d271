"""Times as sent, as microseconds since 1970."""

import math
from datetime import UTC, datetime, timedelta
from typing import Final

from db.load.records import Moment, Rejected
from db.question import EARLIEST, LATEST

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
_SECONDS_BELOW: Final = 1e11
EARLIEST_MICROSECOND: Final = (EARLIEST - EPOCH) // MICROSECOND
LATEST_MICROSECOND: Final = (LATEST - EPOCH) // MICROSECOND


def microseconds(value: Moment, field: str) -> int | None:
    """The moment: ISO 8601 (UTC where it tells no offset), epoch seconds below 1e11, else milliseconds.

    None where it is absent. Raises Rejected where it is no moment, or out of the years 10 to 9999.
    """
    if value is None or value == "":
        return None
    try:
        if isinstance(value, str):
            found = _of_text(value)
        elif isinstance(value, int):
            found = value * (1_000_000 if value < _SECONDS_BELOW else 1_000)
        elif math.isfinite(value):
            found = round(value * (1_000_000 if value < _SECONDS_BELOW else 1_000))
        else:
            raise ValueError
        if not EARLIEST_MICROSECOND <= found <= LATEST_MICROSECOND:
            raise ValueError
    except (ValueError, OverflowError):
        raise Rejected(field, f"{value!r:.60} is no time: ISO 8601, epoch seconds or milliseconds") from None
    return found


def _of_text(value: str) -> int:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - EPOCH) // MICROSECOND


def datetime_of(value: Moment, field: str) -> datetime | None:
    """The same as an aware datetime in UTC."""
    found = microseconds(value, field)
    return None if found is None else EPOCH + found * MICROSECOND
