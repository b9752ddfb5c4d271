"""The two roots of every error that may be told to a client.

FrontrowError         something went wrong and its message may be shown
├── QuestionError     the client caused it and can mend it
└── DatabaseAway      nobody can, but waiting may

`code` is public and never changes. The message names the value that was wrong, the hint the way out.
Anything that does not derive from FrontrowError is a fault of ours: clients see "internal error" and a request id.
"""

from typing import Any, ClassVar


class FrontrowError(Exception):
    """Something went wrong that may be told as it is."""

    code: ClassVar[str] = "FRONTROW_ERROR"

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __reduce__(self) -> tuple[Any, ...]:
        """How it goes from one process to another, whatever its own constructor takes."""
        return _revived, (type(self), self.args, self.__dict__)


class QuestionError(FrontrowError):
    """The client asked for something that can't be answered, and can mend it."""

    code = "BAD_QUESTION"


class DatabaseAway(FrontrowError):
    """The database does not answer."""

    code = "DATABASE_AWAY"

    def __init__(self) -> None:
        super().__init__("the database does not answer", hint="try again in a moment")


def _revived(type_: type[FrontrowError], args: tuple[Any, ...], state: dict[str, Any]) -> FrontrowError:
    error = type_.__new__(type_)
    error.args = args
    error.__dict__.update(state)
    return error
