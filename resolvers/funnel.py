"""Funnel: impressions, plays, and the plays that got somewhere."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from resolvers.context import Context
from resolvers.subject import Subject
from resolvers.totals import totals


class Step(StrEnum):
    """A step of the funnel."""

    IMPRESSIONS = "impressions"
    PLAYS = "plays"
    REACHED = "reached"


class PlayThrough(StrEnum):
    """How far a play must have got; the value is the metric that counts those."""

    TWENTY_FIVE_PERCENT = "plays_reached_25"
    FIFTY_PERCENT = "plays_reached_50"
    SEVENTY_FIVE_PERCENT = "plays_reached_75"
    HUNDRED_PERCENT = "plays_reached_100"


@dataclass(frozen=True, slots=True)
class Stage:
    """A step, how many took it, and what share of the impressions that is."""

    step: Step
    count: int
    rate: float | None


_METRICS: Final = {Step.IMPRESSIONS: "player_impressions", Step.PLAYS: "plays"}


async def funnel(context: Context, subject: Subject, reached: PlayThrough) -> list[Stage]:
    """The three steps; no rates where there were no impressions."""
    metrics = {**_METRICS, Step.REACHED: reached.value}
    row = await totals(context, subject, metrics.values())
    impressions = row["player_impressions"]
    return [
        Stage(step, row[metric], row[metric] / impressions if impressions else None) for step, metric in metrics.items()
    ]
