"""Totals: one row of metrics for the whole window."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from db.metrics import METRICS, Metric
from db.plan import Row
from db.question import Table
from resolvers.context import Context
from resolvers.subject import Subject


def _of_nothing(metric: Metric) -> int | float | None:
    return None if metric.nullable else 0 if metric.unit.whole else 0.0


EMPTY: Final[Mapping[str, Any]] = {metric.name: _of_nothing(metric) for metric in METRICS.values()}
"""The metrics of a scope in which nothing happened: counts and minutes are 0, there are no ratios."""


async def totals(
    context: Context,
    subject: Subject,
    metrics: Iterable[str],
    search: str | None = None,
    among: tuple[str, ...] = (),
) -> Row:
    """The metrics of the whole window. `search`: only of the users found by it; `among`: see db.question.Table."""
    wanted = frozenset(metrics)
    if not wanted:
        return EMPTY
    rows = await context.loaders.answers.load(subject.asked(Table(wanted, search=search, among=among)))
    return rows[0] if rows else EMPTY
