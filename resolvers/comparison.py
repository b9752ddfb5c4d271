"""Comparison: the same scope at another time, and how much the metrics changed since."""

import asyncio
from collections.abc import Iterator
from typing import NamedTuple

from db.metrics import PUBLIC
from db.plan import Row
from db.question import Range
from resolvers.context import Context
from resolvers.subject import Subject
from resolvers.totals import totals

ALL = frozenset(metric.name for metric in PUBLIC)


class Change(NamedTuple):
    """A metric now and before; `change` is (current - previous) / previous."""

    metric: str
    current: float | None
    previous: float | None
    change: float | None


class Compared(NamedTuple):
    """Totals of the range itself and of the one it is compared with."""

    window: Range
    current: Row
    previous: Row

    def changes(self) -> Iterator[Change]:
        """Every metric's change."""
        for metric in PUBLIC:
            current, previous = self.current[metric.name], self.previous[metric.name]
            yield Change(metric.name, current, previous, _change(current, previous))


async def compare(
    context: Context, subject: Subject, window: Range, metrics: frozenset[str], changes: bool
) -> Compared:
    """The totals of both ranges: `metrics` of the other one, all metrics of both where changes are wanted."""
    current, previous = await asyncio.gather(
        totals(context, subject, ALL if changes else ()),
        totals(context, subject.during(window), ALL if changes else metrics),
    )
    return Compared(window, current, previous)


def _change(current: float | None, previous: float | None) -> float | None:
    """By how much of the previous value the value changed; null where there was nothing to compare with."""
    return None if current is None or not previous else (current - previous) / previous
