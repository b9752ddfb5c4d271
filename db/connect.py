"""Connections for work done in one go: loading, migrating, mending."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from db.errors import DatabaseAway


@contextmanager
def connected(dsn: str, *, autocommit: bool = False) -> Iterator[psycopg.Connection[Any]]:
    """A connection until the block ends; committed then, unless every statement was by itself.

    Raises DatabaseAway where the database is not there, or goes away.
    """
    try:
        with psycopg.connect(dsn, autocommit=autocommit, connect_timeout=10, application_name="frontrow") as connection:
            # Days are cut in UTC wherever the server stands.
            connection.execute("set timezone to 'UTC'")
            yield connection
    except psycopg.OperationalError as error:
        raise DatabaseAway from error
