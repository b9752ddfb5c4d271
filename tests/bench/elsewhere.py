"""The same questions to other databases: their SQL's time beside ours, and whether the answers agree."""

import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg

from db.pool import Database
from tests.bench.data import TENANT
from tests.bench.engines import Engine, Row, engines
from tests.bench.panels import Subject
from tests.bench.questions import Numbers, questions
from tests.bench.timing import WARM_UP, Timed, median

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


async def compared(dsn: str, folder: Path, about: Subject, ours: Timed, rounds: int) -> list[Compared]:
    """Each question's timings, taken in turns; none where no other engine is installed."""
    with ExitStack() as stack:
        files = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=folder, prefix="engines-")))
        others = [stack.enter_context(closing(engine)) for engine in engines(dsn, files)]
        if not others:
            return []
        asked = questions(about, _key_of(dsn, about.user_id))
        for name, question in asked.items():
            for engine in others:
                _agree(name, engine, engine.rows(question.sql), question.numbers(ours.answers[name]))
        return await _timed(dsn, {name: question.sql for name, question in asked.items()}, others, ours, rounds)


def _key_of(dsn: str, user_id: str) -> int:
    with psycopg.connect(dsn) as connection:
        found = connection.execute(
            "select user_key from users where partner_id = %s and user_id = %s", [TENANT, user_id]
        ).fetchone()
    return int(found[0]) if found else 0


async def _timed(
    dsn: str, questions: Mapping[str, str], others: Sequence[Engine], ours: Timed, rounds: int
) -> list[Compared]:
    mine: dict[str, list[float]] = {name: [] for name in questions}
    theirs: dict[str, dict[str, list[float]]] = {name: {e.name: [] for e in others} for name in questions}
    database = await Database.open(dsn)
    try:
        for _ in range(WARM_UP + rounds):
            for name, sql in questions.items():
                mine[name].append(await ours.statements[name].seconds(database))
                for engine in others:
                    theirs[name][engine.name].append(_seconds(engine, sql))
    finally:
        await database.close()
    return [
        Compared(name, median(mine[name][WARM_UP:]), {e: median(s[WARM_UP:]) for e, s in theirs[name].items()})
        for name in questions
    ]


def _seconds(engine: Engine, sql: str) -> float:
    started = time.perf_counter()
    engine.rows(sql)
    return time.perf_counter() - started


def _agree(name: str, engine: Engine, rows: Sequence[Row], ours: Numbers) -> None:
    """Ends the benchmark where two answer differently: then one of them has not done the work."""
    width = len(ours[0])
    theirs = sorted(tuple(map(float, row[-width:])) for row in rows)
    mine = sorted(row for row in ours if any(row))
    close = len(mine) == len(theirs) and all(
        abs(one - other) <= _ACCURACY * max(1, abs(other))
        for row, another in zip(mine, theirs, strict=True)
        for one, other in zip(row, another, strict=True)
    )
    if not close:
        raise SystemExit(f"{name}: {engine.name} answers otherwise: {theirs[:3]} … instead of {mine[:3]} …")
