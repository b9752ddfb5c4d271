"""What an analytics answer is about: whose events, of which scope, when, and which of them."""

from dataclasses import dataclass, replace
from datetime import datetime

from db.question import Filter, Question, Range, Scope, Shape


@dataclass(frozen=True, slots=True)
class Live:
    """What was or is live in a window that is open to the future: when it is to end, and which session it is."""

    ends_at: datetime | None
    session_id: str | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """A scope with its window and filter. Asking it in a shape gives a Question.

    `live`: the window is open to the future; shapes of minutes show the live part of it (resolvers/live.py).
    `is_row`: it is a row of a breakdown, one of many.
    """

    tenant: int
    window: Range
    scope: Scope
    filter: Filter
    live: Live | None = None
    is_row: bool = False

    def asked(self, shape: Shape) -> Question:
        """The question for this shape."""
        return Question(self.tenant, self.window, shape, self.scope, self.filter)

    def narrowed(self, path: Scope) -> "Subject":
        """The same, of a narrower scope."""
        return replace(self, scope=self.scope + path, is_row=True)

    def during(self, window: Range) -> "Subject":
        """The same, at another time."""
        return replace(self, window=window, live=None)
