"""Runs statements. The only module that knows asyncpg."""

from __future__ import annotations

import asyncio
import math
import re
import time
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final, Self, cast

import asyncpg

from db.errors import DatabaseAway, FrontrowError, QuestionError
from db.question import Range

# What the client library says of a connection that is cut off while it is in use is an error of its own insides.
_AWAY: Final = (OSError, asyncpg.PostgresConnectionError, asyncpg.InternalClientError, TimeoutError)
_REFUSED: Final[dict[type[Exception], str]] = {
    asyncpg.InvalidAuthorizationSpecificationError: "it does not let this role in",
    asyncpg.InvalidCatalogNameError: "it has no database of this name",
    asyncpg.TooManyConnectionsError: "it has no connection left",
    asyncpg.CannotConnectNowError: "it is starting or stopping",
    asyncpg.AdminShutdownError: "it ended the connection",
    asyncpg.CrashShutdownError: "it ended the connection",
}
_ALWAYS_CURRENT: Final = "select pg_get_viewdef('unseen_batches'::regclass) ~ 'WHERE false' as current"
UNSETTLED_FOR: Final = 3.0  # seconds: about as long as a load takes to store and roll up its next events
_CLOSED: Final = re.compile(r"(connection|pool) (is|was) clos(ed|ing)|connection has been released")


class Refused(DatabaseAway):
    """The database does not answer, and said why. The reason is ours: its own words may name roles and addresses."""

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.message = f"{self.message}: {reason}"


class TooSlow(FrontrowError):
    """A statement ran longer than one may."""

    code = "STATEMENT_TIMEOUT"

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"the question took more than {seconds:g} s of the database's time",
            hint="ask for a shorter range, fewer metrics, or a filter",
        )


class RawEventsDropped(QuestionError):
    """An answer would need raw events that are kept no longer."""

    code = "RAW_EVENTS_DROPPED"
    needs = "single events"

    def __init__(self, since: str) -> None:
        super().__init__(
            f"this needs {self.needs} of before {since}, which are kept no longer",
            hint="ask for whole days (UTC), by day or coarser, or for a range that starts later",
        )


class PartsOfDaysDropped(RawEventsDropped):
    """An answer would need quarters of an hour or minutes that are kept no longer, and raw events even less."""

    needs = "parts of days"


_DROPPED: Final = {
    "FR001": RawEventsDropped,  # migrations/0005_retention.sql
    "FR002": PartsOfDaysDropped,  # migrations/0007_fine_retention.sql
}


class Database:
    """Connections, made when first needed and again whenever the database has come back: `max_size` at most.

    `keeping` of them, a quarter unless told otherwise, keep the plans of statements that find a few rows by their keys,
    which take longer to plan than to run, where the planner sees no better one. The others plan each time: ranges and
    keys differ by orders of magnitude, and one plan for all is a bad one.
    """

    def __init__(self, dsn: str, max_size: int, statement_timeout: float, keeping: int | None = None) -> None:
        self.dsn = dsn
        self.max_size = max_size
        self.keeping = max_size // 4 if keeping is None else keeping
        self.statement_timeout = statement_timeout
        self.statements = 0
        self._pools: dict[bool, asyncpg.Pool[asyncpg.Record]] = {}
        self._opening = asyncio.Lock()
        self._always_current: bool | None = None
        self._not_settled: dict[int, tuple[datetime, float]] = {}

    @classmethod
    async def open(
        cls, dsn: str, *, max_size: int = 10, statement_timeout: float = 30.0, keeping: int | None = None
    ) -> Self:
        """A database that need not be there yet."""
        return cls(dsn, max_size, statement_timeout, keeping)

    async def close(self) -> None:
        """Gives every connection back."""
        for pool in self._pools.values():
            pool.terminate()
        self._pools = {}

    async def rows(self, sql: str, *args: Any, plan_once: bool = False) -> Sequence[Mapping[str, Any]]:
        """What a statement answers; `plan_once` where it finds a few rows, whatever its arguments are.

        Raises DatabaseAway, TooSlow or RawEventsDropped.
        """
        self.statements += 1
        return await self._fetch(sql, *args, plan_once=plan_once)

    async def _fetch(self, sql: str, *args: Any, plan_once: bool = False) -> Sequence[Mapping[str, Any]]:
        with self._telling():
            pool = await self._connected(plan_once and self.keeping > 0)
            if plan_once and pool.get_size() - pool.get_idle_size() >= pool.get_max_size():
                pool = await self._connected()  # nobody waits for a plan that is kept while others are idle
            return cast(Sequence[Mapping[str, Any]], await pool.fetch(sql, *args))

    async def rows_in_turn(self, turn: str, sql: str, *args: Any) -> Sequence[Mapping[str, Any]]:
        """What a statement answers that waits for others of this turn to end, and sees what they did.

        Raises what `rows` raises.
        """
        self.statements += 1
        with self._telling():
            pool = await self._connected()
            async with pool.acquire() as connection, connection.transaction():
                # A statement of its own: one that waits for the lock itself sees things as they were before.
                await connection.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", turn)
                return cast(Sequence[Mapping[str, Any]], await connection.fetch(sql, *args))

    async def batches(self, sql: str, *args: Any, size: int) -> AsyncGenerator[Sequence[Mapping[str, Any]], None]:
        """What a statement answers, so many rows at a time: no more of them are ever held.

        Raises what `rows` raises.
        """
        self.statements += 1
        with self._telling():
            pool = await self._connected()
            async with pool.acquire() as connection, connection.transaction(readonly=True):
                cursor = await connection.cursor(sql, *args)
                while rows := await cursor.fetch(size):
                    yield cast(Sequence[Mapping[str, Any]], rows)

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Raises what clients may be told in place of what the driver says."""
        try:
            yield
        except asyncpg.QueryCanceledError as error:
            raise TooSlow(self.statement_timeout) from error
        except Exception as error:
            if dropped := _DROPPED.get(getattr(error, "sqlstate", "")):
                raise dropped(str(error)) from error
            if (away := _away(error)) is None:
                raise
            raise away from error

    async def always_current(self) -> bool:
        """Whether all that is stored is in the numbers at once; asked of the database once for each pool."""
        if self._always_current is None:
            rows = await self._fetch(_ALWAYS_CURRENT)
            self._always_current = bool(rows[0]["current"])
        return self._always_current

    def may_be_settled(self, tenant: int, window: Range) -> bool:
        """Whether all of a tenant's events in it may be rolled up: not where lately some up to its end were not."""
        until, at = self._not_settled.get(tenant, (window.end, -math.inf))
        within = window.start <= until <= window.end
        return not within or time.monotonic() - at > UNSETTLED_FOR

    def not_settled(self, tenant: int, window: Range) -> None:
        """Notes that something of the tenant in this window waits to be rolled up, most likely the newest."""
        self._not_settled[tenant] = (window.end, time.monotonic())

    async def ping(self) -> None:
        """Nothing, when the database answers; DatabaseAway when it does not."""
        try:
            await (await self._connected()).fetchval("select 1")
        except Exception as error:
            if (away := _away(error)) is None:
                raise
            raise away from error

    async def _connected(self, plan_once: bool = False) -> asyncpg.Pool[asyncpg.Record]:
        async with self._opening:
            if plan_once not in self._pools:
                self._pools[plan_once] = await asyncpg.create_pool(
                    self.dsn,
                    min_size=0,
                    max_size=self.keeping if plan_once else self.max_size - self.keeping,
                    timeout=5,
                    server_settings=self._settings(plan_once),
                    reset=_nothing,
                )
            return self._pools[plan_once]

    def _settings(self, plan_once: bool) -> dict[str, str]:
        """Those of a connection's session."""
        return {
            "application_name": "frontrow",
            "statement_timeout": str(int(self.statement_timeout * 1000)),
            "timezone": "UTC",
            "jit": "off",
            # Keys are found while a statement is planned (migrations/0012_found_keys.sql), but for those planned once.
            "plan_cache_mode": "auto" if plan_once else "force_custom_plan",
            # Workers take 10 ms to start, and the planner thinks more of them than they do.
            "parallel_setup_cost": "20000",
        }


async def _nothing(_: object) -> None:
    """What a connection is set back by: statements here change no setting, and what is left open is rolled back."""


def _away(error: Exception) -> DatabaseAway | None:
    """What the error says of a database that does not answer; None where it is a fault of ours."""
    for kind, reason in _REFUSED.items():
        if isinstance(error, kind):
            return Refused(reason)
    # The driver has one error for connections that ended and for arguments that don't fit their statement.
    ended = isinstance(error, asyncpg.InterfaceError) and _CLOSED.search(str(error)) is not None
    return DatabaseAway() if ended or isinstance(error, _AWAY) else None
