"""Rows of dashboards: a few each, computed as the fields of GraphQL's analytics are."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from db.metrics import METRICS
from db.plan import Row
from db.question import Range
from resolvers import ranges
from resolvers.attachments import downloads
from resolvers.buckets import Granularity
from resolvers.comparison import compare
from resolvers.curve import curve
from resolvers.funnel import PlayThrough, funnel
from resolvers.live import live_part
from resolvers.moments import top_moments
from resolvers.ranges import Period
from resolvers.reports.sources import Asked, Batch, Breakdown
from resolvers.subject import Live, Subject
from resolvers.timeline import timeline
from resolvers.totals import totals

Rows = Sequence[Mapping[str, Any]]

MOMENTS = 20
DOWNLOADS = 1000
SHORT, LONG = timedelta(days=2), timedelta(days=3 * 366)


@dataclass(frozen=True, slots=True)
class Computed:
    """Rows that are computed in one go."""

    rows: Callable[[Asked, frozenset[str]], Awaitable[Rows]]

    async def batches(self, asked: Asked, metrics: frozenset[str]) -> AsyncGenerator[Batch, None]:
        """All rows at once."""
        found = await self.rows(asked, metrics)
        yield Batch(found, len(found))


@dataclass(frozen=True, slots=True)
class Shares:
    """A breakdown whose rows say which share of its order's metric they are."""

    breakdown: Breakdown

    async def batches(self, asked: Asked, metrics: frozenset[str]) -> AsyncGenerator[Batch, None]:
        """The breakdown's rows with `share`; null for a metric that does not add up."""
        ordering = self.breakdown.order.metric
        whole = (await totals(asked.context, asked.subject, {ordering}))[ordering]
        whole = whole if METRICS[ordering].additive else 0
        async for batch in self.breakdown.batches(asked, metrics | {ordering}):
            rows = [{**row, "share": row[ordering] / whole if whole else None} for row in batch.rows]
            yield replace(batch, rows=rows)


@dataclass(frozen=True, slots=True)
class Highlights:
    """A row for each of these metrics: now, in the period before, and the change since."""

    metrics: tuple[str, ...]

    async def batches(self, asked: Asked, metrics: frozenset[str]) -> AsyncGenerator[Batch, None]:
        """The rows, in the order of the metrics."""
        yield Batch(await self._rows(asked), len(self.metrics))

    async def _rows(self, asked: Asked) -> Rows:
        before = ranges.compared(asked.subject.window, Period.PREVIOUS)
        compared = await compare(asked.context, asked.subject, before, frozenset(self.metrics), changes=True)
        changes = {change.metric: change for change in compared.changes()}
        return [
            {
                **{"metric": name, "label": METRICS[name].label, "unit": METRICS[name].unit.value},
                **changes[name]._asdict(),
            }
            for name in self.metrics
        ]


def granularity(window: Range) -> Granularity:
    """How long the spans of a timeline are that is worth reading."""
    length = window.end - window.start
    return Granularity.HOUR if length <= SHORT else Granularity.DAY if length <= LONG else Granularity.MONTH


async def by_time(asked: Asked, metrics: frozenset[str]) -> Rows:
    """The metrics of every span of the window."""
    points = await timeline(asked.context, asked.subject, granularity(asked.subject.window), metrics)
    return [{"start": span.start, "end": span.end, **_only(row, metrics)} for span, row in points]


async def by_minute(asked: Asked, metrics: frozenset[str]) -> Rows:
    """The metrics of every minute that the session was live in; of longer spans where nothing tells when that was."""
    subject = await session_live(asked)
    length = subject.window.end - subject.window.start
    span = Granularity.MINUTE if length <= SHORT else granularity(subject.window)
    points = await timeline(asked.context, subject, span, metrics)
    return [{"start": span.start, "end": span.end, **_only(row, metrics)} for span, row in points]


async def session_live(asked: Asked) -> Subject:
    """The subject, a session, in that part of its window in which it was live."""
    subject, ((_, session_id),) = asked.subject, asked.subject.scope
    session = await asked.context.loaders.sessions.load(session_id)
    if session is None or session["starts_at"] is None:
        return subject
    start = min(max(subject.window.start, session["starts_at"]), subject.window.end)
    window = replace(subject.window, start=start)
    return await live_part(asked.context, replace(subject, window=window, live=Live(session["ends_at"], session_id)))


async def percentiles(asked: Asked, metrics: frozenset[str]) -> Rows:
    """The hundred points of the playback curve."""
    return [
        {"percentile": point.percentile, "views": point.views, "viewers": point.unique_viewers, "tier": point.tier.name}
        for point in await curve(asked.context, asked.subject)
    ]


async def steps(asked: Asked, metrics: frozenset[str]) -> Rows:
    """Impressions, plays, plays that reached half."""
    found = await funnel(asked.context, asked.subject, PlayThrough.FIFTY_PERCENT)
    return [{"step": stage.step.name, "count": stage.count, "rate": stage.rate} for stage in found]


async def moments(asked: Asked, metrics: frozenset[str]) -> Rows:
    """The spans with the most reactions."""
    found = await top_moments(asked.context, await session_live(asked), MOMENTS)
    return [
        {
            **{"start": moment.start, "end": moment.end, "reactions": moment.reactions},
            "by_type": ", ".join(f"{name} {count}" for name, count in moment.by_type),
        }
        for moment in found
    ]


async def downloaded(asked: Asked, metrics: frozenset[str]) -> Rows:
    """What a user downloaded, the newest first."""
    context, ((_, user_id),) = asked.context, asked.subject.scope
    found: list[Mapping[str, Any]] = []
    after: str | None = None
    while True:
        page = await downloads(context, user_id, asked.subject.window, DOWNLOADS, after, False)
        found += [await _named(asked, row) for row in page.rows]
        if not page.has_more:
            return found
        after = page.cursor(page.rows[-1])


async def _named(asked: Asked, row: Row) -> Mapping[str, Any]:
    loaders = asked.context.loaders
    attachment = await loaders.attachments.load(row["attachment_id"])
    session = await loaders.sessions.load(row["session_id"]) if row["session_id"] else None
    return {**row, "attachment": attachment, "session": session}


def _only(row: Row, metrics: frozenset[str]) -> dict[str, Any]:
    return {name: row[name] for name in metrics}
