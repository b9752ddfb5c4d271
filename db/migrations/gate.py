"""How a transaction changes what others read, without anybody waiting for it longer than a moment."""

import time
from collections.abc import Callable
from typing import Any, Final

import psycopg

from db.errors import FrontrowError

_AT_ONCE_MS: Final = 900  # less than PostgreSQL takes to look for those who wait for each other
_PAUSE_SECONDS: Final = 0.5
_PATIENCE_SECONDS: Final = 600.0

# In this order; not all of them are there in a database of an early version.
_WRITTEN: Final = """
    select name
    from unnest(array['tenants', 'pending_batches', 'stale_days', 'layered_days']) with ordinality t (name, place)
    where to_regclass(name) is not null order by place
"""


class InUse(FrontrowError):
    """Whoever reads the rollups does not let go of them."""

    code = "DATABASE_IN_USE"

    def __init__(self) -> None:
        super().__init__(
            f"rollups are to be made anew, and were in use for {_PATIENCE_SECONDS:g} s without a pause",
            hint="try again when no report is being made",
        )


def keep_writers_out(connection: psycopg.Connection[Any]) -> None:
    """Waits until nobody stores or rolls up, and lets nobody begin until the transaction ends.

    Tenants first: whoever stores begins with that table, so it either ends or has not taken another yet.
    """
    tables = [name for (name,) in connection.execute(_WRITTEN).fetchall()]
    if tables:
        connection.execute(f"lock table {', '.join(tables)} in exclusive mode".encode())


def at_gate(connection: psycopg.Connection[Any], act: Callable[[], None]) -> None:
    """Acts while nobody reads, nor will until the transaction ends.

    Readers are waited for at the gate, where those who come later hold nothing yet that is needed here. Others may
    hold it, and two may wait for each other: so this gives up before anybody notices, and tries again.
    """
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            with connection.transaction():
                connection.execute(f"set local lock_timeout = '{_AT_ONCE_MS}ms'".encode())
                connection.execute("lock table rollup_definition in access exclusive mode")
                act()
                connection.execute("set local lock_timeout = 0")
                return
        except psycopg.errors.LockNotAvailable:
            if time.monotonic() > until:
                raise InUse from None
            time.sleep(_PAUSE_SECONDS)
