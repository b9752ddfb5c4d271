"""What an analytics answer is about: whose events, of which scope, when, and which of them."""

from dataclasses import dataclass, replace

from db.question import Filter, Question, Range, Scope, Shape


@dataclass(frozen=True, slots=True)
class Subject:
    """A scope with its window and filter. Asking it in a shape gives a Question."""

    tenant: int
    window: Range
    scope: Scope
    filter: Filter

    def asked(self, shape: Shape) -> Question:
        """The question for this shape."""
        return Question(self.tenant, self.window, shape, self.scope, self.filter)

    def narrowed(self, path: Scope) -> "Subject":
        """The same, of a narrower scope."""
        return replace(self, scope=self.scope + path)

    def during(self, window: Range) -> "Subject":
        """The same, at another time."""
        return replace(self, window=window)
