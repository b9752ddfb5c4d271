"""Everything that a database answers: every metric, by every dimension, by day and hour, and every curve.

Two databases that hold the same answer the same, whatever way their content came; `differences` says where not.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from math import isclose
from typing import Any, Final

from db.dimensions import DIMENSIONS
from db.metrics import METRICS
from db.plan import plan
from db.pool import Database
from db.question import EVERYTHING, Curve, Filter, KeyIn, Question, Range, Scope, Shape, Table
from db.relations import RELATIONS, Relations

from .given import PARTNER

Answers = dict[tuple[Any, ...], Any]

EVERY = frozenset(METRICS)
SEASON = Range(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC))
SPLITS = [name for name, dimension in DIMENSIONS.items() if dimension.splits]

POLLS = """
    select p.poll_id, u.user_id, a.time, a.option_ids, a.answer
    from poll_answers a join polls p using (poll_key) left join users u using (user_key) where a.partner_id = $1
"""
EVENT_IDS = "select event_id from virtual_events where partner_id = $1 union all select 'Unknown'"
MEDIA_TYPES = ("video", "audio", "live", "room", "Unknown")


def spans(window: Range, span: timedelta) -> tuple[datetime, ...]:
    """The starts of the window's buckets."""
    return tuple(window.start + number * span for number in range(-(-(window.end - window.start) // span)))


def shapes(window: Range = SEASON, metrics: frozenset[str] = EVERY) -> dict[str, Shape]:
    """What is asked of a scope, each under a name."""
    found: dict[str, Shape] = {name: Table(metrics, (name,)) for name in SPLITS}
    by_day = Table(metrics, buckets=spans(window, timedelta(days=1)))
    return {**found, "totals": Table(metrics), "entry, user": Table(metrics, ("entry", "user")), "days": by_day}


BEYOND_THEIR_SPAN: Final = """
    select count(*) from events e join pending_batches p using (partner_id, batch)
    where e.time < p.first_time or e.time > p.last_time
"""
"""Counts events that wait to be rolled up, where nobody would look for them."""


class NotSettled(Exception):
    """Something waits to be rolled up, and these relations don't know of it."""


async def asked(
    database: Database,
    tenant: int,
    window: Range,
    shapes: Mapping[str, Shape],
    relations: Relations = RELATIONS,
    filter_: Filter = EVERYTHING,
    scope: Scope = (),
) -> Answers:
    """The answers to these shapes, each number under its own name. Raises NotSettled."""
    questions = [Question(tenant, window, shape, scope, filter_) for shape in shapes.values()]
    statement = plan(questions, relations)
    rows = await database.rows(statement.sql, *statement.args)
    if not statement.answers(rows):
        raise NotSettled
    found: Answers = {}
    for name, question, answer in zip(shapes, questions, statement.split(rows), strict=True):
        for row in answer:
            found |= {(name, *key): number for key, number in _numbers(question.shape, row)}
    return found


def _numbers(shape: Shape, row: Mapping[str, Any]) -> Iterable[tuple[tuple[Any, ...], Any]]:
    if isinstance(shape, Curve):
        for name in ("views", "viewers"):
            yield (name,), list(row[name])
        return
    for metric in shape.metrics:
        yield (*row["keys"], row["bucket"], metric), row[metric]


async def answers(dsn: str, tenant: int = PARTNER, relations: Relations = RELATIONS) -> Answers:
    """All that a database answers to this tenant."""
    database = await Database.open(dsn, max_size=2)
    try:
        found = await asked(database, tenant, SEASON, {**shapes(), "curve": Curve()}, relations)
        events = [row["event_id"] for row in await database.rows(EVENT_IDS, tenant)]
        for dimension, keys in (("event", events), ("media_type", MEDIA_TYPES)):
            for key in keys:
                named = {f"{dimension} {key}": Table(EVERY)}
                found |= await asked(database, tenant, SEASON, named, relations, KeyIn(dimension, (key,)))
        polls = [tuple(map(str, row.values())) for row in await database.rows(POLLS, tenant)]
        return {**found, ("polls",): sorted(polls)}
    finally:
        await database.close()


def differences(one: Answers, other: Answers) -> list[tuple[Any, ...]]:
    """Where two databases answer otherwise: name, one's number and the other's. Sums may differ in the last digits."""
    return [
        (*name, one.get(name), other.get(name))
        for name in sorted(one.keys() | other.keys(), key=str)
        if not _same(one.get(name), other.get(name))
    ]


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
    return bool(one == other)
