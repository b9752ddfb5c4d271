"""Rows from the catalogue: messages, threads, polls, breakouts. They are records, not events: of a filter only the
session, room, virtual event and author say anything about them."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any, Final

from db.catalogue import Row, sql_file
from db.question import EVERYTHING, And, Filter, KeyIn
from resolvers import chat, polls
from resolvers.reports.sources import Asked, Batch
from resolvers.totals import totals

BATCH: Final = 500

Completed = Callable[[Asked, Sequence[Row], frozenset[str]], Awaitable[Sequence[Mapping[str, Any]]]]


async def _as_they_are(asked: Asked, rows: Sequence[Row], metrics: frozenset[str]) -> Sequence[Row]:
    return rows


@dataclass(frozen=True, slots=True)
class Records:
    """The rows of a statement of db/sql, narrowed by these dimensions. `complete` makes the table's rows of them."""

    file: str
    dimensions: tuple[str, ...]
    complete: Completed = _as_they_are

    async def batches(self, asked: Asked, metrics: frozenset[str]) -> AsyncGenerator[Batch, None]:
        """All rows; the total counts records, of which each may be several rows."""
        window, keys = asked.subject.window, conditions(asked.subject.filter, self.dimensions)
        assert keys is not None, "checked when it was asked for"
        args = (asked.subject.tenant, window.start, window.end, *(keys[name] for name in self.dimensions))
        database = asked.context.database
        async with aclosing(database.batches(sql_file(self.file), *args, size=BATCH)) as batches:
            async for rows in batches:
                yield Batch(await self.complete(asked, rows, metrics), rows[0]["row_count"])


def conditions(wanted: Filter, dimensions: tuple[str, ...]) -> dict[str, list[str] | None] | None:
    """The keys that the filter lets in, by dimension, None for any; None where it says more than that."""
    found: dict[str, list[str] | None] = dict.fromkeys(dimensions)
    for part in _parts(wanted):
        if not isinstance(part, KeyIn) or part.dimension not in found:
            return None
        before = found[part.dimension]
        found[part.dimension] = [key for key in part.keys if before is None or key in before]
    return found


def _parts(wanted: Filter) -> Iterator[Filter]:
    if isinstance(wanted, And):
        for part in wanted.filters:
            yield from _parts(part)
    else:
        yield wanted


async def _moderated(asked: Asked, rows: Sequence[Row], metrics: frozenset[str]) -> Sequence[Mapping[str, Any]]:
    """Sessions with what became of their threads."""
    found = await asyncio.gather(*(chat.moderation(asked.context, row["session_id"]) for row in rows))
    return [
        {
            **{**row, **moderation},
            "owning_resolved": " ".join(moderation["owning_resolved"] or ()),
            "owning_unresolved": " ".join(moderation["owning_unresolved"] or ()),
        }
        for row, moderation in zip(rows, found, strict=True)
    ]


async def _attended(asked: Asked, rows: Sequence[Row], metrics: frozenset[str]) -> Sequence[Mapping[str, Any]]:
    """Sessions with their metrics; the filter has said which sessions, and says nothing about their events."""
    subjects = [replace(asked.subject, filter=EVERYTHING, scope=(("session", row["session_id"]),)) for row in rows]
    found = await asyncio.gather(*(totals(asked.context, subject, metrics) for subject in subjects))
    return [{**row, **{name: numbers[name] for name in metrics}} for row, numbers in zip(rows, found, strict=True)]


async def _answered(asked: Asked, rows: Sequence[Row], metrics: frozenset[str]) -> Sequence[Mapping[str, Any]]:
    """A row for each option of each poll, one for a poll without any, and one for each answer in words."""
    polled = await asyncio.gather(*(_poll(asked, row) for row in rows))
    return [row for poll in polled for row in poll]


async def _poll(asked: Asked, row: Row) -> list[Mapping[str, Any]]:
    context, poll_id = asked.context, row["poll_id"]
    results, rating = await asyncio.gather(polls.results(context, poll_id), polls.rating(context, poll_id))
    about = {
        **row,
        **{"participants": results.participants, "average_rating": rating.average if row["type"] == "rating" else None},
        **dict.fromkeys(("option_id", "option_text", "correct", "chosen", "rate", "answer", "answered_at", "user_id")),
    }
    options = [
        {
            **about,
            **{"option_id": choice["optionId"], "option_text": choice["text"] or choice["optionId"]},
            **{"correct": choice["correct"], "chosen": results.of(choice["optionId"])},
            "rate": results.rate(choice["optionId"]),
        }
        for choice in json.loads(row["choices"])
    ]
    answers = [
        {**about, "answer": answer["answer"], "answered_at": answer["at"], "user_id": answer["user_id"] or "Unknown"}
        for answer in await _words(asked, poll_id)
    ]
    return [*(options or [about]), *answers]


async def _words(asked: Asked, poll_id: str) -> list[Row]:
    """All answers to a poll in words."""
    found: list[Row] = []
    after: str | None = None
    while True:
        page = await polls.answers(asked.context, poll_id, BATCH, after, counted=False)
        found += page.rows
        if not page.has_more:
            return found
        after = page.cursor(page.rows[-1])


TRANSCRIPT: Final = Records("report_chat_transcript.sql", ("session", "room", "event", "user"))
MODERATION: Final = Records("report_chat_sessions.sql", ("session", "room", "event"), _moderated)
POLLS: Final = Records("report_polls.sql", ("session", "room", "event"), _answered)
BREAKOUTS: Final = Records("report_breakouts.sql", ("session", "room", "event"), _attended)
