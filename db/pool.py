"""Runs statements. The only module that knows asyncpg."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Self, cast

import asyncpg

from db.errors import DatabaseAway, FrontrowError

_AWAY = (OSError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.CannotConnectNowError, TimeoutError)


class TooSlow(FrontrowError):
    """A statement ran longer than one may."""

    code = "STATEMENT_TIMEOUT"

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"the question took more than {seconds:g} s of the database's time",
            hint="ask for a shorter range, fewer metrics, or a filter",
        )


class Database:
    """A pool of connections, made when first needed and again whenever the database has come back."""

    def __init__(self, dsn: str, max_size: int, statement_timeout: float) -> None:
        self.dsn = dsn
        self.max_size = max_size
        self.statement_timeout = statement_timeout
        self.statements = 0
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None
        self._opening = asyncio.Lock()

    @classmethod
    async def open(cls, dsn: str, *, max_size: int = 10, statement_timeout: float = 30.0) -> Self:
        """A database that need not be there yet."""
        return cls(dsn, max_size, statement_timeout)

    async def close(self) -> None:
        """Gives every connection back."""
        if self._pool is not None:
            self._pool.terminate()
            self._pool = None

    async def rows(self, sql: str, *args: Any) -> Sequence[Mapping[str, Any]]:
        """What a statement answers. Raises DatabaseAway or TooSlow."""
        self.statements += 1
        try:
            pool = await self._connected()
            return cast(Sequence[Mapping[str, Any]], await pool.fetch(sql, *args))
        except asyncpg.QueryCanceledError as error:
            raise TooSlow(self.statement_timeout) from error
        except _AWAY as error:
            if isinstance(error, ValueError):  # an argument that does not fit its type is a fault of ours
                raise
            raise DatabaseAway from error

    async def ping(self) -> None:
        """Nothing, when the database answers; DatabaseAway when it does not."""
        try:
            await (await self._connected()).fetchval("select 1")
        except _AWAY as error:
            raise DatabaseAway from error

    async def _connected(self) -> asyncpg.Pool[asyncpg.Record]:
        async with self._opening:
            if self._pool is None:
                self._pool = await asyncpg.create_pool(
                    self.dsn, min_size=0, max_size=self.max_size, timeout=5, server_settings=self._settings()
                )
            return self._pool

    def _settings(self) -> dict[str, str]:
        return {
            "application_name": "frontrow",
            "statement_timeout": str(int(self.statement_timeout * 1000)),
            "timezone": "UTC",
            "jit": "off",
            # Ranges and keys differ from call to call by orders of magnitude: a plan for all of them is a bad one.
            "plan_cache_mode": "force_custom_plan",
            # Workers take 10 ms to start, and the planner thinks more of them than they do.
            "parallel_setup_cost": "20000",
        }
