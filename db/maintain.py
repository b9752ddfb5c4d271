"""What a database needs done now and then: rolling up, merging, dropping what is to be kept no longer."""

from typing import Any

import psycopg

from db import storage
from db.connect import connected
from db.kept import FORGET
from db.storage import Keeping, Storage, retention


def maintain(dsn: str, keeping: Keeping = Keeping()) -> list[str]:  # noqa: B008 - frozen
    """Does all of it; says what was done, a line each."""
    with connected(dsn, autocommit=True) as connection:
        keeps = storage.of(connection)
        keeps.keep(connection, keeping)
        done = [*keeps.roll_up(connection), *keeps.tidy(connection), *_drop(connection, keeps, keeping)]
        connection.execute(FORGET)
        connection.execute("analyze")
    return done or ["nothing to do"]


def _drop(connection: psycopg.Connection[Any], keeps: Storage, keeping: Keeping) -> list[str]:
    """Drops raw events that are old enough, all of them rolled up by now."""
    if keeping.raw_days is None:
        return []
    with connection.transaction():
        since = keeps.drop_before(connection, retention.due(keeping.raw_days))
        if since is None:
            return []
        retention.note(connection, since)
    return [f"dropped the raw events of before {since:%Y-%m-%d}"]
