"""The SQL behind a panel: which statements the service runs for it, and how long they take by themselves."""

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import uuid4

from db.pool import Database
from resolvers.context import Context
from schema import schema
from tests.bench.data import TENANT
from tests.bench.panels import Panel
from tests.differential.product import LIMITS

_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Call:
    """What a database is asked."""

    sql: str
    args: tuple[Any, ...]
    plan_once: bool


class Recorder(Database):
    """A database that notes what it is asked."""

    calls: list[Call]

    async def rows(self, sql: str, *args: Any, plan_once: bool = False) -> Sequence[Mapping[str, Any]]:
        """The rows, once the call is noted."""
        self.calls.append(Call(sql, args, plan_once))
        return await super().rows(sql, *args, plan_once=plan_once)


@dataclass(frozen=True, slots=True)
class Statements:
    """A panel's statements, in the order in which they were run."""

    calls: tuple[Call, ...]

    async def seconds(self, database: Database) -> float:
        """How long they take one after the other, their rows read."""
        calls = _anew(self.calls)
        started = time.perf_counter()
        for call in calls:
            await database.rows(call.sql, *call.args, plan_once=call.plan_once)
        return time.perf_counter() - started


def _anew(calls: Sequence[Call]) -> list[Call]:
    """The calls, what they keep for later pages (db/kept.py) under new ids: each can be kept once."""
    names: dict[str, str] = {}

    def renamed(value: Any) -> Any:
        is_id = isinstance(value, str) and _UUID.fullmatch(value)
        return names.setdefault(value, str(uuid4())) if is_id else value

    return [replace(call, args=tuple(map(renamed, call.args))) for call in calls]


async def statements(dsn: str, panel: Panel) -> Statements:
    """What the service runs for a panel, found by resolving it here."""
    database = await Recorder.open(dsn, max_size=2)
    database.calls = []
    try:
        context = Context.of(TENANT, None, database, LIMITS)
        answer = await schema.execute(panel.document, dict(panel.variables), context)
    finally:
        await database.close()
    if answer.errors:
        raise SystemExit(f"{panel.name} was not answered: {answer.errors}")
    assert database.statements == len(database.calls)
    return Statements(tuple(database.calls))
