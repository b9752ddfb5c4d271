"""Top moments: the chunks of the window with the most reactions."""

from collections import defaultdict
from datetime import datetime
from typing import Final, NamedTuple

from db.question import Table
from resolvers.buckets import chunk_length, chunks
from resolvers.context import Context
from resolvers.live import live_part
from resolvers.subject import Subject

MOST_CHUNKS: Final = 20


class Moment(NamedTuple):
    """A chunk of whole minutes, with its reactions by type, most first."""

    start: datetime
    end: datetime
    by_type: list[tuple[str, int]]

    @property
    def reactions(self) -> int:
        """All of them together."""
        return sum(count for _, count in self.by_type)


async def top_moments(context: Context, subject: Subject, first: int) -> list[Moment]:
    """The chunks with reactions, most first, ties earlier first; of an open range those of its live part."""
    subject = await live_part(context, subject)
    starts = tuple(chunks(subject.window, MOST_CHUNKS))
    if not starts:
        return []
    shape = Table(frozenset({"reactions"}), dimensions=("reaction",), buckets=starts)
    counts: dict[datetime, dict[str, int]] = defaultdict(dict)
    for row in await context.loaders.answers.load(subject.asked(shape)):
        if row["reactions"]:
            counts[row["bucket"]][row["keys"][0]] = row["reactions"]
    moments = [_moment(subject, start, by_type) for start, by_type in counts.items()]
    return sorted(moments, key=lambda moment: (-moment.reactions, moment.start))[:first]


def _moment(subject: Subject, start: datetime, by_type: dict[str, int]) -> Moment:
    tz = subject.window.tz
    end = start + chunk_length(subject.window, MOST_CHUNKS)
    most_first = sorted(by_type.items(), key=lambda item: (-item[1], item[0]))
    return Moment(start.astimezone(tz), end.astimezone(tz), most_first)
