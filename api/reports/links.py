"""Signed links to files: who has one can read the file, until it expires, and nothing else."""

import hashlib
import hmac
import time
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from db.errors import QuestionError

PATH = "/reports"


class LinkError(QuestionError):
    """The link opens nothing; `status` is HTTP's."""

    status = 403


class ForgedLink(LinkError):
    """The link is not one that was given out, or was changed since."""

    code = "INVALID_LINK"

    def __init__(self) -> None:
        super().__init__("the link is not valid", hint="ask `report(id:)` for its `url`")


class ExpiredLink(LinkError):
    """The time of the link is over."""

    code = "LINK_EXPIRED"
    status = 410

    def __init__(self) -> None:
        super().__init__("the link has expired and the file is deleted", hint="ask for the report again")


@dataclass(frozen=True, slots=True)
class Links:
    """Makes and checks links. `key`: the one that tokens are signed with; `base`: how links begin."""

    key: str
    base: str

    def to(self, file: str, expires: datetime) -> str:
        """The link to a file of the store, until then."""
        moment = int(expires.timestamp())
        query = urlencode({"expires": moment, "signature": self._signature(file, moment)})
        return f"{self.base.rstrip('/')}{PATH}/{file}?{query}"

    def check(self, file: str, expires: str, signature: str) -> None:
        """Returns where the link is one of ours and its time is not over; raises a LinkError."""
        moment = int(expires) if expires.isascii() and expires.isdigit() and len(expires) < 16 else -1
        expected = self._signature(file, moment)
        if moment < 0 or not hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace")):
            raise ForgedLink
        if moment <= time.time():
            raise ExpiredLink

    def _signature(self, file: str, moment: int) -> str:
        # A purpose of its own, so that nothing else that the key signs is ever a link.
        signed = f"frontrow report link\n{file}\n{moment}"
        return hmac.new(self.key.encode(), signed.encode(), hashlib.sha256).hexdigest()
