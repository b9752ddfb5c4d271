"""Polls: who took part, what they chose, how they rated, what they wrote. Every answer counts, whenever it was."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from resolvers.context import Context
from resolvers.feeds import Fed, fed


@dataclass(frozen=True, slots=True)
class Results:
    """How many users answered a poll, and how many chose each option. One who chose several is with each of them."""

    participants: int
    chosen: Mapping[str, int]

    def of(self, option_id: str) -> int:
        """The users who ever chose this option."""
        return self.chosen.get(option_id, 0)

    def rate(self, option_id: str) -> float | None:
        """The option's part of the participants; none where nobody took part."""
        return self.of(option_id) / self.participants if self.participants else None


async def results(context: Context, poll_id: str) -> Results:
    """The results of a poll."""
    counts = {row["option_id"]: row["participants"] for row in await context.loaders.poll_results.load(poll_id)}
    return Results(counts.pop(None, 0), counts)


@dataclass(frozen=True, slots=True)
class Rating:
    """The numbers that a poll can be rated with or was, the smallest first, each with the users who gave it."""

    participants: Sequence[tuple[float, int]]

    @property
    def average(self) -> float | None:
        """The mean; a user who gave several numbers counts with each. None where nobody rated."""
        total = sum(users for _, users in self.participants)
        return sum(value * users for value, users in self.participants) / total if total else None


async def rating(context: Context, poll_id: str) -> Rating:
    """How a poll was rated."""
    rows = await context.loaders.poll_ratings.load(poll_id)
    return Rating([(row["value"], row["participants"]) for row in rows])


async def answers(context: Context, poll_id: str, first: int, after: str | None, counted: bool) -> Fed:
    """A page of what was answered in words, in the order it was given."""
    return await fed(context, "poll_answers.sql", poll_id, first, after, counted)
