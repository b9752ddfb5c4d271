"""Connections for work done in one go: loading, migrating, mending."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from db.errors import DatabaseAway, FrontrowError


class NotAllowed(FrontrowError):
    """The role may not do what the work needs, or the database is one that is only read."""

    code = "NOT_ALLOWED"

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"the database does not allow it: {reason}", hint="use the role that owns the schema, on the primary server"
        )


@contextmanager
def connected(dsn: str, *, autocommit: bool = False) -> Iterator[psycopg.Connection[Any]]:
    """A connection until the block ends; committed then, unless every statement was by itself.

    Raises DatabaseAway where the database is not there, or goes away; NotAllowed where it refuses what is done.
    """
    try:
        with psycopg.connect(dsn, autocommit=autocommit, connect_timeout=10, application_name="frontrow") as connection:
            # Days are cut in UTC wherever the server stands; our statements are too short to be compiled.
            connection.execute("set timezone to 'UTC'; set jit to off")
            yield connection
    except psycopg.OperationalError as error:
        raise DatabaseAway from error
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction) as error:
        raise NotAllowed(error.diag.message_primary or str(error)) from error
