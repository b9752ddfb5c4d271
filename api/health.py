"""Whether the service is alive, and whether it can answer.

Alive: the process takes requests. Ready: the database is there and its schema is the one this version needs. Both
say so anew at each request, so that a service whose database comes back is ready again without a restart.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse

from db.errors import FrontrowError
from db.pool import Database

logger = logging.getLogger("frontrow.health")

PATIENCE_SECONDS = 5.0
RECHECK_SECONDS = 30.0
NO_STORE = {"Cache-Control": "no-store"}


async def live(_: Request) -> JSONResponse:
    """200 as long as the process answers at all."""
    return JSONResponse({"live": True}, headers=NO_STORE)


class Readiness:
    """Says whether requests can be answered, and if not, why."""

    def __init__(self, pending: Callable[[], Sequence[str]]) -> None:
        self.pending = pending
        self._migrated_until = 0.0
        self._was_current = False

    async def answer(self, request: Request) -> JSONResponse:
        """200, or 503 with the reasons."""
        reasons = await self.reasons(request.state.database)
        return JSONResponse({"ready": not reasons, "reasons": reasons}, 503 if reasons else 200, headers=NO_STORE)

    async def reasons(self, database: Database) -> list[str]:
        """What stands in the way; empty where nothing does."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await database.ping()
                return await self._migrations()
        except FrontrowError as error:
            return [error.message]
        except TimeoutError:
            return [f"the database did not answer within {PATIENCE_SECONDS:g} s"]
        except Exception:
            logger.exception("readiness could not be found out")
            return ["whether the database is ready could not be found out: see the log"]

    async def _migrations(self) -> list[str]:
        """Migrations that are missing. Looked up seldom once there are none, since none goes missing by itself.

        Rollups that differ after that are of another version, which is about to take over: they answer as well.
        """
        if time.monotonic() < self._migrated_until:
            return []
        missing = await asyncio.to_thread(self.pending)
        if self._was_current:
            missing = [name for name in missing if name.endswith(".sql")]
        if not missing:
            self._was_current = True
            self._migrated_until = time.monotonic() + RECHECK_SECONDS
        return [f"migration {name} is pending: run `frontrow db migrate`" for name in missing]
