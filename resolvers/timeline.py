"""Timeline: the metrics of every span of the window, those without events included."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from db.plan import Row
from db.question import Table
from resolvers.buckets import Bucket, Granularity, buckets
from resolvers.context import Context
from resolvers.live import live_part
from resolvers.subject import Subject
from resolvers.totals import EMPTY

IN_MINUTES: Final = (Granularity.MINUTE, Granularity.TEN_MINUTES)


async def timeline(
    context: Context, subject: Subject, granularity: Granularity, metrics: Iterable[str]
) -> list[tuple[Bucket, Row]]:
    """Every span with its metrics, in order of time; minutes of an open range are those of its live part."""
    if granularity in IN_MINUTES:
        subject = await live_part(context, subject)
    spans = buckets(subject.window, granularity, context.limits.max_timeline_points)
    found = await _found(context, subject, spans, frozenset(metrics))
    return [(span, found.get(span.key, EMPTY)) for span in spans]


async def _found(
    context: Context, subject: Subject, spans: Sequence[Bucket], metrics: frozenset[str]
) -> dict[datetime, Row]:
    """The spans with events."""
    if not spans or not metrics:
        return {}
    shape = Table(metrics, buckets=tuple(span.key for span in spans))
    return {row["bucket"]: row for row in await context.loaders.answers.load(subject.asked(shape))}
