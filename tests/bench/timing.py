"""Times panels: over HTTP, and their SQL by itself, in turns, so that a machine's whims hit all of them alike."""

import math
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from db.pool import Database
from tests.bench.panels import Panel
from tests.bench.service import Client, body
from tests.bench.statements import Statements, statements

WARM_UP: Final = 3


@dataclass(frozen=True, slots=True)
class Timing:
    """A panel's milliseconds: requests' median and 95th percentile, its SQL's median; the statements it takes."""

    name: str
    p50: float
    p95: float
    statements: int
    sql: float

    @property
    def ratio(self) -> float:
        """How many times its SQL's time a request takes."""
        return self.p50 / self.sql


@dataclass(frozen=True, slots=True)
class Timed:
    """All panels' timings, the statements behind each, and one answer each."""

    timings: tuple[Timing, ...]
    statements: Mapping[str, Statements]
    answers: Mapping[str, Any]


async def timed(dsn: str, client: Client, asked: Sequence[Panel], rounds: int) -> Timed:
    """Asks every panel once a round, each directly followed by its SQL."""
    behind = {panel.name: await statements(dsn, panel) for panel in asked}
    bodies = {panel.name: body(panel) for panel in asked}
    requests: dict[str, list[float]] = {panel.name: [] for panel in asked}
    alone: dict[str, list[float]] = {panel.name: [] for panel in asked}
    database = await Database.open(dsn)
    try:
        answers = {panel.name: client.data(panel) for panel in asked}
        for _ in range(WARM_UP + rounds):
            for name in bodies:
                requests[name].append(_seconds(client, bodies[name]))
                alone[name].append(await behind[name].seconds(database))
    finally:
        await database.close()
    timings = (_timing(name, requests[name], alone[name], len(behind[name].calls)) for name in bodies)
    return Timed(tuple(timings), behind, answers)


def _seconds(client: Client, text: bytes) -> float:
    started = time.perf_counter()
    client.send(text)
    return time.perf_counter() - started


def _timing(name: str, requests: Sequence[float], alone: Sequence[float], count: int) -> Timing:
    """The figures of all rounds but those that warmed up."""
    requests, alone = requests[WARM_UP:], alone[WARM_UP:]
    return Timing(name, median(requests), _percentile(requests, 0.95), count, median(alone))


def median(seconds: Sequence[float]) -> float:
    """The median, in milliseconds."""
    return statistics.median(seconds) * 1000


def _percentile(seconds: Sequence[float], share: float) -> float:
    """The least that this share does not exceed, in milliseconds."""
    return sorted(seconds)[math.ceil(len(seconds) * share) - 1] * 1000
