"""On which terms a caller may have reports: what the service's settings and the caller's token say."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final


def _no_link(file: str, expires: datetime) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Terms:
    """Whether reports may be asked for, whether links can be mailed, and the signed link to a file."""

    allowed: bool = False
    mails: bool = False
    link: Callable[[str, datetime], str | None] = _no_link


NO_TERMS: Final = Terms()
