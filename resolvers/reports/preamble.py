"""What the numbers of a report are about, in words: title, range, filter."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final, assert_never

from db.dimensions import DIMENSIONS
from db.question import And, Filter, KeyIn, Not, Or
from resolvers.reports.request import Request

RULE: Final = "#-----"
NOTE: Final = "Please note that the data below is filtered based on the filter applied in the report"

_PLURALS: Final = {
    **{"entry": "entries", "country": "countries", "city": "cities", "category": "categories"},
    **{"session": "sessions", "event": "virtual events", "url": "URLs"},
}


def preamble(title: str, request: Request) -> list[str]:
    """The lines above the header row."""
    dates = f"Filtered dates: {dates_of(request)} (GMT)"
    return [RULE, f"Report: {title}", NOTE, dates, *conditions(request.filter), RULE]


def dates_of(request: Request) -> str:
    """The range in UTC, its last second included."""
    last = max(request.window.start, request.window.end - timedelta(seconds=1))
    return f"{_second(request.window.start)} - {_second(last)}"


def _second(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def conditions(wanted: Filter) -> list[str]:
    """A line for each condition that has to hold."""
    return list(_conditions(wanted))


def _conditions(wanted: Filter) -> Iterator[str]:
    match wanted:
        case And(filters):
            for part in filters:
                yield from _conditions(part)
        case KeyIn(dimension, keys):
            yield f"Filtered {_plural(dimension)}: {_listed(keys)}"
        case Not(KeyIn(dimension, keys)):
            yield f"Filtered {_plural(dimension)}, all but: {_listed(keys)}"
        case _:
            yield f"Filter: {_said(wanted)}"


def _said(wanted: Filter) -> str:
    match wanted:
        case And(filters):
            return f"({' and '.join(map(_said, filters))})" if filters else "all"
        case Or(filters):
            return f"({' or '.join(map(_said, filters))})" if filters else "none"
        case Not(part):
            return f"not {_said(part)}"
        case KeyIn(dimension, keys):
            return f"{DIMENSIONS[dimension].label.lower()} in [{_listed(keys)}]"
        case _:
            assert_never(wanted)


def _plural(dimension: str) -> str:
    return _PLURALS.get(dimension) or f"{DIMENSIONS[dimension].label.lower()}s"


def _listed(keys: tuple[str, ...]) -> str:
    """The keys with blanks between them; one that holds a blank itself is put in quotes."""
    flat = (" ".join(key.split()) for key in keys)
    return " ".join(f'"{key}"' if " " in key or not key else key for key in flat)
