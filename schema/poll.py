"""Poll: a question to the people in a session, and what they answered."""

import json
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self

import strawberry

from db.catalogue import Row
from resolvers import polls
from resolvers.pages import DEFAULT, size
from schema.connection import Connection
from schema.enums import PollType
from schema.fields import field
from schema.info import Info
from schema.inputs import AfterArgument, FirstArgument
from schema.node import Node
from schema.scalars import Count
from schema.selection import selects
from schema.user import User

if TYPE_CHECKING:
    from schema.session import Session


@strawberry.type(description="A possible answer to a poll, with those who chose it.")
class PollOption:
    """One of the options that the catalogue has."""

    option_id: str = strawberry.field(description="Its key in the poll.")
    text: str = strawberry.field(description="What it says, else its key.")
    correct: bool | None = strawberry.field(description="Whether it is right; null where there is no right and wrong.")
    poll_id: strawberry.Private[str]

    @field("Different users who ever chose it. All anonymous people are one user.")
    async def participants(self, info: Info) -> Count:
        return Count((await polls.results(info.context, self.poll_id)).of(self.option_id))

    @field("Its participants as a share of the poll's; null where nobody answered.")
    async def rate(self, info: Info) -> float | None:
        return (await polls.results(info.context, self.poll_id)).rate(self.option_id)


@strawberry.type(description="An answer to a poll in the user's own words.")
class PollAnswer:
    """A row of db/sql/poll_answers.sql."""

    answer: str = strawberry.field(description="What was written.")
    answered_at: datetime = strawberry.field(description="When it was given.")
    user_id: strawberry.Private[str | None]

    @field("Who gave it; null for anonymous people, and where the catalogue lacks the user.")
    async def user(self, info: Info) -> User | None:
        return await User.load(info, self.user_id)

    @classmethod
    def of(cls, row: Row) -> Self:
        """The answer of a row."""
        return cls(answer=row["answer"], answered_at=row["at"], user_id=row["user_id"])


@strawberry.type(description="A number that a poll can be rated with or was, and those who gave it.")
class RatingValue:
    """One bar of the distribution."""

    value: float = strawberry.field(description="The number.")
    participants: Count = strawberry.field(description="Different users who ever gave it.")


@strawberry.type(description="How a poll was rated: by the numbers that its options' texts, or its answers, are.")
class PollRating:
    """The average and what it is made of."""

    average: float | None = strawberry.field(
        description="The mean of the numbers given; of each user a number counts once. Null where there is none."
    )
    distribution: list[RatingValue] = strawberry.field(
        description="Every number that is an option, or was answered, the smallest first."
    )


@strawberry.type(description="A question to the people in a session. Every answer counts, whenever it was given.")
class Poll(Node):
    """A record of db/sql/polls.sql."""

    poll_id: str = strawberry.field(description="Its key in the catalogue.")
    question: str = strawberry.field(description="What is asked, else its key.")
    type: PollType = strawberry.field(description="How it is answered.")
    launched_at: datetime | None = strawberry.field(description="When it was launched.")
    choices: strawberry.Private[str]
    session_id: strawberry.Private[str | None]

    @field("The session that it belongs to.")
    async def session(self, info: Info) -> Annotated["Session", strawberry.lazy("schema.session")] | None:
        from schema.session import Session

        return await Session.load(info, self.session_id)

    @field("Different users who ever answered it. All anonymous people are one user.")
    async def participants(self, info: Info) -> Count:
        return Count((await polls.results(info.context, self.poll_id)).participants)

    @field("What can be chosen, in the poll's order. Empty for an open question.")
    def options(self) -> list[PollOption]:
        return [
            PollOption(
                option_id=choice["optionId"],
                text=choice["text"] or choice["optionId"],
                correct=choice["correct"],
                poll_id=self.poll_id,
            )
            for choice in json.loads(self.choices)
        ]

    @field("What was answered in words, in the order it was given: all answers to an open question.")
    async def answers(
        self, info: Info, first: FirstArgument = DEFAULT, after: AfterArgument = strawberry.UNSET
    ) -> Connection[PollAnswer]:
        rows = size(first, info.context.limits)
        found = await polls.answers(info.context, self.poll_id, rows, after or None, selects(info, ("totalCount",)))
        return Connection(listed=found, make=PollAnswer.of)

    @field("How it was rated; null for a poll of another type than RATING.")
    async def rating(self, info: Info) -> PollRating | None:
        if self.type != PollType.RATING:
            return None
        rating = await polls.rating(info.context, self.poll_id)
        distribution = [RatingValue(value=value, participants=Count(users)) for value, users in rating.participants]
        return PollRating(average=rating.average, distribution=distribution)

    def key(self) -> str:
        """Its poll id."""
        return self.poll_id

    @classmethod
    async def load(cls, info: Info, key: str | None) -> Self | None:
        """The poll with this id; none for no id, too."""
        row = await info.context.loaders.polls.load(key) if key is not None else None
        return cls.of(row) if row else None
