"""The same questions to other databases: their SQL's time beside ours, and whether the answers agree."""

import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from db.codes import HEARTBEAT, PLAY, ROOM_VIEW
from tests.bench.data import TENANT
from tests.bench.engines import Engine, Row, engines
from tests.bench.panels import ACCOUNT_COUNTRIES, ACCOUNT_DAYS, ENTRY_TOTALS, Subject
from tests.bench.statements import connect
from tests.bench.timing import WARM_UP, Timed, median

_TOTALS: Final = (
    f"count(*) filter (where event_type = {PLAY}),"
    f" count(distinct user_key) filter (where event_type in ({PLAY}, {HEARTBEAT}, {ROOM_VIEW})),"
    " sum(play_seconds) / 60"
)
_ACCURACY: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Compared:
    """A question's milliseconds: our SQL's, and each other engine's."""

    name: str
    ours: float
    theirs: Mapping[str, float]

    @property
    def ratio(self) -> float:
        """How many times the fastest other one's time ours takes."""
        return self.ours / min(self.theirs.values())


def _questions(about: Subject) -> dict[str, str]:
    """The SQL of each question, which both engines take."""
    bounds = " and ".join(
        f"time {operator} timestamp '{moment:%Y-%m-%d %H:%M:%S}'"
        for operator, moment in ((">=", about.start), ("<", about.end))
    )
    rows = f"from events where partner_id = {TENANT} and {bounds}"
    return {
        ENTRY_TOTALS: f"select {_TOTALS} {rows} and entry_key = {about.entry_key}",
        ACCOUNT_COUNTRIES: f"select country, {_TOTALS} {rows} group by country",
        ACCOUNT_DAYS: f"select date_trunc('day', time) as day, {_TOTALS} {rows} group by day",
    }


async def compared(dsn: str, folder: Path, about: Subject, ours: Timed, rounds: int) -> list[Compared]:
    """Each question's timings, taken in turns; none where no other engine is installed."""
    with ExitStack() as stack:
        files = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=folder, prefix="engines-")))
        others = [stack.enter_context(closing(engine)) for engine in engines(dsn, files)]
        questions = _questions(about)
        for name, sql in questions.items():
            for engine in others:
                _agree(name, engine, engine.rows(sql), ours.answers[name])
        return await _timed(dsn, questions, others, ours, rounds) if others else []


async def _timed(
    dsn: str, questions: Mapping[str, str], others: Sequence[Engine], ours: Timed, rounds: int
) -> list[Compared]:
    mine: dict[str, list[float]] = {name: [] for name in questions}
    theirs: dict[str, dict[str, list[float]]] = {name: {e.name: [] for e in others} for name in questions}
    connection = await connect(dsn)
    try:
        for _ in range(WARM_UP + rounds):
            for name, sql in questions.items():
                mine[name].append(await ours.statements[name].seconds(connection))
                for engine in others:
                    theirs[name][engine.name].append(_seconds(engine, sql))
    finally:
        await connection.close()
    return [
        Compared(name, median(mine[name][WARM_UP:]), {e: median(s[WARM_UP:]) for e, s in theirs[name].items()})
        for name in questions
    ]


def _seconds(engine: Engine, sql: str) -> float:
    started = time.perf_counter()
    engine.rows(sql)
    return time.perf_counter() - started


def _agree(name: str, engine: Engine, rows: Sequence[Row], answer: Any) -> None:
    """Ends the benchmark where two answer differently: then one of them has not done the work."""
    theirs = sorted(tuple(map(float, row[-3:])) for row in rows)
    ours = sorted(row for row in _metrics(answer) if any(row))
    close = len(ours) == len(theirs) and all(
        abs(mine - other) <= _ACCURACY * max(1, abs(other))
        for one, another in zip(ours, theirs, strict=True)
        for mine, other in zip(one, another, strict=True)
    )
    if not close:
        raise SystemExit(f"{name}: {engine.name} answers otherwise: {theirs[:3]} … instead of {ours[:3]} …")


def _metrics(answer: Any) -> Iterator[tuple[float, float, float]]:
    """Plays, users and minutes wherever an answer holds them."""
    if isinstance(answer, list):
        for item in answer:
            yield from _metrics(item)
    elif isinstance(answer, dict):
        if (found := answer.get("metrics")) is not None:
            yield float(found["plays"]), float(found["uniqueViewers"]), float(found["minutesViewed"])
        for item in answer.values():
            yield from _metrics(item)
