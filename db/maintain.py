"""What a database needs done now and then: rolling up, merging, dropping what is to be kept no longer."""

from typing import Any

import psycopg

from db import storage
from db.connect import connected
from db.kept import FORGET
from db.load.alike import unmix_all
from db.storage import Keeping, Storage, retention
from db.storage.locks import LOCK


def maintain(dsn: str, keeping: Keeping = Keeping()) -> list[str]:  # noqa: B008 - frozen
    """Does all of it; says what was done, a line each."""
    with connected(dsn, autocommit=True) as connection:
        keeps = storage.of(connection)
        keeps.keep(connection, keeping)
        unmixed = unmix_all(connection)
        done = [
            *unmixed,
            *keeps.roll_up(connection),
            *(unmix_all(connection) if unmixed else []),
            *keeps.tidy(connection),
        ]
        done += [*_drop(connection, keeps, keeping), *_drop_fine(connection, keeps, keeping)]
        connection.execute(FORGET)
        connection.execute("analyze")
    return done or ["nothing to do"]


def _drop(connection: psycopg.Connection[Any], keeps: Storage, keeping: Keeping) -> list[str]:
    """Drops raw events that are old enough, all of them rolled up by now."""
    if keeping.raw_days is None:
        return []
    with connection.transaction():
        connection.execute("select pg_advisory_xact_lock(%s, 0)", [LOCK])  # nobody makes rollups of them
        since = keeps.drop_before(connection, retention.due(keeping.raw_days))
        if since is None:
            return []
        retention.note(connection, since)
    return [f"dropped the raw events of before {since:%Y-%m-%d}"]


def _drop_fine(connection: psycopg.Connection[Any], keeps: Storage, keeping: Keeping) -> list[str]:
    """Drops parts of days that are old enough, and whose raw events are gone."""
    if (since := retention.fine_due(connection, keeping.fine_days)) is None:
        return []
    with connection.transaction():
        keeps.drop_fine(connection, since)
        retention.note_fine(connection, since)
    return [f"dropped quarters of an hour and minutes of before {since:%Y-%m-%d}"]
