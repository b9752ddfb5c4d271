"""What people do besides watching: answer polls, download attachments, write in chats. Hand-written statements of
db/sql, each with the tenant's predicate in it.

A statement is asked about several things at once; its rows say with `place` about which of them they are, from 1 on.
All that is asked about exists, so every key is a text that the database can hold. `user`: the only one whose doings
count, whose token the caller has; None: everybody's do.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from db.catalogue import Sql, sql_file
from db.codes import ATTACHMENT_DOWNLOADED


@dataclass(frozen=True, slots=True)
class Feed:
    """A page of a list in order of time, below one record (`parent`). `after`: moment and key that it comes after.

    `counted`: whether to count the whole list. `more`: further parameters of its statement. Rows have `at` and `key`.
    """

    file: str
    parent: str
    first: int
    after: tuple[datetime, str] | None = None
    counted: bool = True
    more: tuple[Any, ...] = ()

    @property
    def statement(self) -> "Feed":
        """Feeds that agree in this are answered by one statement."""
        return replace(self, parent="", after=None)


def pages(feeds: Sequence[Feed], user: str | None) -> Sql:
    """One page for each of the feeds, which agree in Feed.statement."""
    feed = feeds[0]
    after = [each.after or (None, None) for each in feeds]
    moments, keys = [moment for moment, _ in after], [key for _, key in after]
    args = ([each.parent for each in feeds], moments, keys, feed.first + 1, feed.counted, user, *feed.more)
    return _sql(feed.file), args


def poll_results(polls: Sequence[str], user: str | None) -> Sql:
    """Participants of polls, and of each of their options."""
    return _sql("poll_results.sql"), (polls, user)


def poll_ratings(polls: Sequence[str], user: str | None) -> Sql:
    """The numbers that polls were rated with."""
    return _sql("poll_ratings.sql"), (polls, user)


def attachment_counts(asked: Sequence[tuple[str, str | None]], user: str | None) -> Sql:
    """Downloads and users of attachments, each in one session or anywhere (None)."""
    return _sql("attachment_counts.sql"), ([key for key, _ in asked], [session for _, session in asked], user)


def chat_moderation(sessions: Sequence[str]) -> Sql:
    """What became of the threads of sessions, whoever opened them."""
    return _sql("chat_moderation.sql"), (sessions,)


def _sql(name: str) -> str:
    return sql_file(name).replace("{downloaded}", str(ATTACHMENT_DOWNLOADED))
