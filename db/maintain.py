"""What a database needs done now and then: rolling up, merging, dropping what is to be kept no longer."""

from typing import Any, Final

import psycopg

from db import storage
from db.connect import connected
from db.kept import FORGET
from db.load.alike import unmix_all
from db.storage import Keeping, Storage, retention
from db.storage.beside import begun
from db.storage.definition import OtherVersion
from db.storage.locks import LOCK

_WAITING: Final = "select exists (select from pending_batches where first_time < %s)"


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
    moment = retention.due(keeping.raw_days)
    with connection.transaction():
        # Nobody stores, nor replaces rollups by such that lack what is dropped.
        connection.execute("select pg_advisory_xact_lock(%s, 0)", [LOCK])
        connection.execute("lock table tenants in exclusive mode")
        if keeps.differ(connection):
            raise OtherVersion
        if begun(connection) or connection.execute(_WAITING, [moment]).fetchone() == (True,):
            return []  # the next time
        since = keeps.drop_before(connection, moment)
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
