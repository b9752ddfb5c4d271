"""The two roots of every error that may be told to a client.

FrontrowError         something went wrong and its message may be shown
└── QuestionError     the client caused it and can mend it

`code` is public and never changes. The message names the value that was wrong, the hint the way out.
Anything that does not derive from FrontrowError is a fault of ours: clients see "internal error" and a request id.
"""

from typing import ClassVar


class FrontrowError(Exception):
    """Something went wrong that may be told as it is."""

    code: ClassVar[str] = "FRONTROW_ERROR"

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class QuestionError(FrontrowError):
    """The client asked for something that can't be answered, and can mend it."""

    code = "BAD_QUESTION"
