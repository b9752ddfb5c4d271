"""Playback curve: how often each percentile of the entries was viewed, and by how many users."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Final, NamedTuple

from db.question import Curve, Given
from resolvers.context import Context
from resolvers.subject import Subject

PERCENTILES: Final = 100


class Tier(StrEnum):
    """How often a percentile was viewed, in words."""

    NOT_VIEWED = "not_viewed"
    ONCE = "once"
    TWICE = "twice"
    MORE_THAN_TWICE = "more_than_twice"


_TIERS: Final = (Tier.NOT_VIEWED, Tier.ONCE, Tier.TWICE, Tier.MORE_THAN_TWICE)


class Percentile(NamedTuple):
    """One of the hundred points; `percentile` is 1 to 100."""

    percentile: int
    views: int
    unique_viewers: int

    @property
    def tier(self) -> Tier:
        """Its views in words."""
        return _TIERS[min(self.views, len(_TIERS) - 1)]


async def curve(context: Context, subject: Subject, views: bool = True, viewers: bool = True) -> Iterator[Percentile]:
    """The hundred points in order; all 0 where nothing was viewed. What is not wanted is 0, and not looked for."""
    named: tuple[tuple[Given, bool], ...] = (("views", views), ("viewers", viewers))
    wanted = tuple(given for given, asked in named if asked)
    rows = await context.loaders.answers.load(subject.asked(Curve(wanted))) if wanted else []
    nothing = [0] * PERCENTILES
    columns = (rows[0][given] or nothing if rows else nothing for given, _ in named)
    return map(Percentile, range(1, PERCENTILES + 1), *columns)
