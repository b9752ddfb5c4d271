"""Events that are no player heartbeat: an array of each part, one item an event.

`viewing` numbers the row of the viewing session, `kind` is the event type as JSON, `text` what its line
holds besides the fields of the viewing session: empty, or JSON members with a comma before each.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Moments:
    """Events, in no particular order but this: of two at one time the first comes first."""

    viewing: NDArray[np.int64]
    time: NDArray[np.int64]  # epoch ms
    kind: NDArray[np.object_]
    text: NDArray[np.object_]

    def renumbered(self, numbers: NDArray[np.int64]) -> "Moments":
        """The same with each viewing session's new number, sorted by it."""
        viewing = numbers[self.viewing]
        order = np.argsort(viewing, kind="stable")
        return Moments(viewing[order], self.time[order], self.kind[order], self.text[order])

    def between(self, low: int, high: int) -> "Moments":
        """Of sorted ones those of the viewing sessions low (inclusive) to high, counted from low."""
        first, last = np.searchsorted(self.viewing, (low, high))
        cut = slice(int(first), int(last))
        return Moments(self.viewing[cut] - low, self.time[cut], self.kind[cut], self.text[cut])


def moments(
    kind: str, viewing: NDArray[np.int64], time: NDArray[np.int64] | NDArray[np.float64], text: str | Sequence[str] = ""
) -> Moments:
    """Events of one kind; one text for all, or one for each."""
    count = len(viewing)
    texts = np.empty(count, object)
    texts[:] = text
    return Moments(viewing.astype(np.int64), time.astype(np.int64), np.full(count, kind, object), texts)


def joined(parts: Sequence[Moments]) -> Moments:
    """All of them, in that order."""
    if not parts:
        return moments("0", np.empty(0, np.int64), np.empty(0, np.int64))
    return Moments(
        np.concatenate([part.viewing for part in parts]),
        np.concatenate([part.time for part in parts]),
        np.concatenate([part.kind for part in parts]),
        np.concatenate([part.text for part in parts]),
    )
