"""Gathers what resolvers of one moment ask for into few statements, and remembers it for the request.

Each loader promises: answers in the order asked, one statement for all that can share one.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from strawberry.dataloader import DataLoader

from db import catalogue, interactions
from db.catalogue import Kind, Listing, Page, Row
from db.interactions import Feed
from db.plan import Rows, Statement, plan
from db.pool import Database, PartsOfDaysDropped
from db.question import Question, Shape, Table
from db.relations import SETTLED_RELATIONS
from resolvers.rounds import Rounds

K = TypeVar("K", bound=Hashable)


class Loaders:
    """The loaders of one request, all of one tenant. `user_id`: the only user that there is for the caller."""

    def __init__(self, database: Database, tenant: int, user_id: str | None = None) -> None:
        self._database = database
        self._tenant = tenant
        self._user_id = user_id
        self.rounds = Rounds()
        self.answers: DataLoader[Question, Rows] = self.rounds.loader(self._answers)
        self.lists: DataLoader[Listing, Page] = self.rounds.loader(self._lists)
        self.entries = self._by_key(catalogue.ENTRIES)
        self.sessions = self._by_key(catalogue.SESSIONS)
        self.users = self._by_key(catalogue.USERS)
        self.virtual_events = self._by_key(catalogue.VIRTUAL_EVENTS)
        self.polls = self._by_key(catalogue.POLLS)
        self.attachments = self._by_key(catalogue.ATTACHMENTS)
        self.reports = self._by_key(catalogue.REPORTS)
        self.breakout_rooms = self._by_parent(catalogue.ENTRIES)
        self.breakouts = self._by_parent(catalogue.SESSIONS)
        self.polls_of_session = self._by_parent(catalogue.POLLS)
        self.attachments_of_session = self._by_parent(catalogue.ATTACHMENTS)
        self.poll_results = self._of_each(partial(interactions.poll_results, user=user_id))
        self.poll_ratings = self._of_each(partial(interactions.poll_ratings, user=user_id))
        self.attachment_counts = self._of_each(partial(interactions.attachment_counts, user=user_id))
        self.chat_moderation = self._of_each(interactions.chat_moderation)
        self.feeds: DataLoader[Feed, Page] = self.rounds.loader(self._feeds)
        self.live_ends: DataLoader[str, datetime | None] = self.rounds.loader(self._live_ends)
        self.seen: DataLoader[tuple[str, str], bool] = self.rounds.loader(self._seen)
        self._first_event: asyncio.Future[datetime | None] | None = None

    async def first_event(self) -> datetime | None:
        """When the tenant's first event happened; one statement a request."""
        if self._first_event is None:
            self._first_event = asyncio.ensure_future(self._read_first_event())
        return await self._first_event

    async def data_up_to(self, now: datetime) -> datetime:
        """Before when every event received is in the numbers; one statement where that may be a while ago."""
        with self.rounds.running():
            if await self._database.always_current():
                return now
            moments: list[datetime | None] = [row["since"] for row in await self._rows(catalogue.unseen_since())]
        return min([now, *(moment for moment in moments if moment)])

    async def _answers(self, questions: list[Question]) -> list[Rows | BaseException]:
        """Rows of each question. One statement for all that agree in Question.statement."""
        return await _grouped(questions, lambda question: question.statement, self._answer)

    async def _answer(self, questions: Sequence[Question]) -> list[Rows]:
        if not questions[0].window.seconds:
            return [Rows() for _ in questions]
        merged = _merged(questions)
        distinct = list(dict.fromkeys(merged))
        answers = dict(zip(distinct, await self._planned(distinct), strict=True))
        return [answers[question] for question in merged]

    async def _planned(self, questions: Sequence[Question]) -> list[Rows]:
        """Answers by the statement for what is settled, as mostly all is; else by that which always answers."""
        window = questions[0].window
        if await self._database.always_current() and self._database.may_be_settled(self._tenant, window):
            statement = plan(questions, SETTLED_RELATIONS)
            rows = await self._run(statement)
            if statement.answers(rows):
                return statement.split(rows)
            self._database.not_settled(self._tenant, window)
        statement = plan(questions)
        return statement.split(await self._run(statement))

    async def _run(self, statement: Statement) -> Sequence[Row]:
        return await self._database.rows(statement.sql, *statement.args, plan_once=statement.plan_once)

    async def _lists(self, listings: list[Listing]) -> list[Page | BaseException]:
        """The page of each listing. One statement for all that differ only in their parent."""
        return await _grouped(listings, lambda listing: listing.statement, self._list)

    async def _list(self, listings: Sequence[Listing]) -> list[Page]:
        rows = await self._rows(catalogue.pages(listings))
        return catalogue.split(rows, listings[0].kind.key, len(listings))

    async def _feeds(self, feeds: list[Feed]) -> list[Page | BaseException]:
        """The page of each feed. One statement for all that differ only in whose they are and where they start."""
        return await _grouped(feeds, lambda feed: feed.statement, self._feed)

    async def _feed(self, feeds: Sequence[Feed]) -> list[Page]:
        return catalogue.split(await self._rows(interactions.pages(feeds, self._user_id)), "key", len(feeds))

    def _by_key(self, kind: Kind) -> DataLoader[str, Row | None]:
        async def load(keys: list[str]) -> list[Row | None]:
            rows = await self._rows(catalogue.by_keys(kind, keys), plan_once=True)
            found = {row[kind.key]: row for row in rows}
            if kind is catalogue.USERS and self._user_id is not None:
                found = {key: row for key, row in found.items() if key == self._user_id}
            return [found.get(key) for key in keys]

        return self.rounds.loader(load)

    def _by_parent(self, kind: Kind) -> DataLoader[str, list[Row]]:
        async def load(parents: list[str]) -> list[list[Row]]:
            found: dict[str, list[Row]] = defaultdict(list)
            for row in await self._rows(catalogue.by_parents(kind, parents)):
                found[row[kind.parent]].append(row)
            return [found[parent] for parent in parents]

        return self.rounds.loader(load)

    def _of_each(self, statement: Callable[[Sequence[K]], catalogue.Sql]) -> DataLoader[K, list[Row]]:
        """The rows of each that is asked about, which say by `place` whose they are."""

        async def load(asked: list[K]) -> list[list[Row]]:
            found: list[list[Row]] = [[] for _ in asked]
            for row in await self._rows(statement(asked)):
                found[row["place"] - 1].append(row)
            return found

        return self.rounds.loader(load)

    async def _live_ends(self, sessions: list[str]) -> list[datetime | BaseException | None]:
        """Until when each session was watched live."""
        rows = await self._rows(catalogue.live_ends(sessions, self._user_id))
        found = {
            row["session_id"]: PartsOfDaysDropped(row["kept_since"]) if row["kept_since"] else row["live_until"]
            for row in rows
        }
        return [found.get(session) for session in sessions]

    async def _seen(self, asked: list[tuple[str, str]]) -> list[bool | BaseException]:
        """Whether there has been this device or domain. One statement for each of the two."""
        return await _grouped(asked, lambda each: each[0], self._seen_of_one)

    async def _seen_of_one(self, asked: Sequence[tuple[str, str]]) -> list[bool]:
        rows = await self._rows(catalogue.seen(asked[0][0], [key for _, key in asked]))
        found = {row["key"] for row in rows}
        return [key in found for _, key in asked]

    async def _read_first_event(self) -> datetime | None:
        with self.rounds.running():
            rows = await self._rows(catalogue.first_event())
        return rows[0]["first_event"] if rows else None

    async def _rows(self, statement: catalogue.Sql, *, plan_once: bool = False) -> Sequence[Row]:
        sql, args = statement
        return await self._database.rows(sql, self._tenant, *args, plan_once=plan_once)


async def _grouped(
    asked: Sequence[K], group: Callable[[K], Hashable], load: Callable[[Sequence[K]], Awaitable[list[Any]]]
) -> list[Any]:
    """What `load` gives for each group, put back in the order asked; what it raises, for those of its group."""
    groups: dict[Hashable, list[int]] = defaultdict(list)
    for place, key in enumerate(asked):
        groups[group(key)].append(place)
    loaded = await asyncio.gather(
        *(load([asked[place] for place in places]) for places in groups.values()), return_exceptions=True
    )
    answers: list[Any] = [None] * len(asked)
    for places, found in zip(groups.values(), loaded, strict=True):
        for number, place in enumerate(places):
            answers[place] = found if isinstance(found, BaseException) else found[number]
    return answers


def _merged(questions: Sequence[Question]) -> list[Question]:
    """The questions, those for tables that differ only in their metrics asking for the metrics of all of them."""
    metrics: dict[Shape, frozenset[str]] = defaultdict(frozenset)
    for question in questions:
        if isinstance(question.shape, Table):
            metrics[_bare(question.shape)] |= question.shape.metrics
    return [replace(question, shape=_full(question.shape, metrics)) for question in questions]


def _full(shape: Shape, metrics: dict[Shape, frozenset[str]]) -> Shape:
    return replace(shape, metrics=metrics[_bare(shape)]) if isinstance(shape, Table) else shape


def _bare(shape: Table) -> Table:
    return replace(shape, metrics=frozenset())
