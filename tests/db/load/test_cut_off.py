"""A connection that is lost while rows are written: one error, and nothing else is said."""

import logging

import psycopg
import pytest

from db.connect import connected
from db.errors import DatabaseAway
from db.load.context import Written


def cut_off(dsn: str, victim: psycopg.Connection[tuple[object, ...]]) -> None:
    """Ends the server's side of a connection."""
    with psycopg.connect(dsn, autocommit=True) as other:
        other.execute("select pg_terminate_backend(%s, 5000)", [victim.info.backend_pid])


def write_and_lose(dsn: str) -> None:
    """Writes rows on a connection that is cut off after the first of them."""
    block = b"1\n" * 1_000_000
    with connected(dsn, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("create temp table numbers (number int)")
        with connection.transaction(), cursor.copy("copy numbers from stdin", writer=Written(cursor)) as copy:
            copy.write(block)
            cut_off(dsn, connection)
            for _ in range(100):
                copy.write(block)


def test_a_lost_connection_is_told_once(dsn: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "psycopg"), pytest.raises(DatabaseAway):
        write_and_lose(dsn)
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_an_error_among_the_rows_is_told(dsn: str) -> None:
    with connected(dsn, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("create temp table numbers (number int)")
        with pytest.raises(psycopg.DataError), cursor.copy("copy numbers from stdin", writer=Written(cursor)) as copy:
            copy.write(b"one\n")
        assert connection.execute("select count(*) from numbers").fetchone() == (0,)
