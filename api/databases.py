"""Which database a command works on: one of one's own, or the embedded one.

The embedded one is started for as long as the command needs it, and is brought to this version's schema by itself.
One of one's own is changed only when asked.
"""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from threading import Thread

from api.settings import Settings
from db.embedded import running, watched
from db.errors import DatabaseAway, FrontrowError
from db.migrations import fill, leaves_to_fill, migrate, pending
from db.pool import Database
from db.storage import Keeping

logger = logging.getLogger("frontrow.databases")


class MigrationsPending(FrontrowError):
    """The database's schema is older than this version needs."""

    code = "MIGRATIONS_PENDING"

    def __init__(self, names: list[str]) -> None:
        super().__init__(
            f"the database lacks {len(names)} migrations: {', '.join(names)}",
            hint="`frontrow db migrate` applies them, `frontrow serve --migrate` before it serves",
        )


def keeping(settings: Settings) -> Keeping:
    """How long what is to be kept."""
    return Keeping(
        settings.raw_retention_days, settings.fine_retention_days, settings.chunk_days, settings.columnstore_days
    )


@contextmanager
def database(settings: Settings) -> Iterator[str]:
    """The address of the database that is set, running until the block ends; its schema may be of any version.

    Raises DatabaseAway where it is one of one's own and does not answer.
    """
    if settings.database_url is not None:
        dsn = settings.database_url.get_secret_value()
        asyncio.run(_reach(dsn))
        yield dsn
        return
    with running(settings.data_dir, keep=settings.keep_database) as dsn:
        yield dsn


@contextmanager
def current_database(settings: Settings, *, migrating: bool = False, filling: bool = True) -> Iterator[str]:
    """The address of the database, with the schema of this version; raises MigrationsPending, or DatabaseAway.

    `filling`: rollups that were made anew are filled before anything else, not beside it.
    """
    with database(settings) as dsn:
        if migrating or settings.database_url is None:
            if leaves_to_fill(migrate(dsn, keeping(settings), filling=filling)) and not filling:
                Thread(target=_fill, args=(dsn,), name="filling the rollups", daemon=True).start()
        elif names := pending(dsn):
            raise MigrationsPending(names)
        yield dsn


@contextmanager
def served_database(settings: Settings, *, migrating: bool = False) -> Iterator[str]:
    """Like `current_database`, for a service: one of one's own may be away, and an embedded one is kept up."""
    with ExitStack() as stack:
        try:
            dsn = stack.enter_context(current_database(settings, migrating=migrating, filling=False))
        except DatabaseAway:
            if settings.database_url is None or migrating:
                raise
            dsn = settings.database_url.get_secret_value()
        if settings.database_url is None:
            stack.enter_context(watched(settings.data_dir))
        yield dsn


def _fill(dsn: str) -> None:
    """Fills rollups while they are served: right from the start, and fast once this is done."""
    try:
        fill(dsn)
        logger.info("the rollups are filled again")
    except FrontrowError as error:
        logger.warning("the rollups are not filled yet: %s; `frontrow db maintain` goes on with it", error.message)


async def _reach(dsn: str) -> None:
    """Raises DatabaseAway where nobody answers."""
    connections = await Database.open(dsn, max_size=1)
    try:
        await connections.ping()
    finally:
        await connections.close()
