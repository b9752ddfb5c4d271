"""What the doctor finds in a database, and doing what it says."""

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import psycopg

from db.check import check
from db.maintain import maintain
from db.migrations import migrate
from db.storage.findings import Finding

OF_TEST_SERVERS = "timescaledb.max_background_workers"
"""They have none, so that nothing keeps a database busy that is to be copied."""


def looked(dsn: str, connections: int = 0) -> list[Finding]:
    """All that was found, but for what is wrong with every server of tests."""
    return [finding for finding in check(dsn, connections) if not finding.what.startswith(OF_TEST_SERVERS)]


def found(dsn: str, connections: int = 0) -> list[tuple[str, str | None]]:
    """What is wrong, with what mends it."""
    return [(finding.what, finding.mend) for finding in looked(dsn, connections) if not finding.ok]


def noted(dsn: str) -> list[str]:
    """What is only noted."""
    return [finding.what for finding in looked(dsn) if finding.mark == "note"]


def change(dsn: str, *statements: str) -> None:
    """Runs these, each by itself."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def mend(dsn: str, command: str | None) -> None:
    """Does what the doctor says, in its words."""
    assert command is not None
    for part in command.split(" and "):
        match shlex.split(part):
            case ["psql", *rest]:
                change(dsn, *(each for each in rest if each != "-c"))
            case ["frontrow", "db", "maintain"]:
                maintain(dsn)
            case ["frontrow", "db", "migrate"]:
                migrate(dsn)
            case words:
                raise AssertionError(words)


@contextmanager
def reader(dsn: str) -> Iterator[str]:
    """The address of the database for a role that may read all of it and make nothing."""
    url = urlsplit(dsn)
    role = f"reader_{url.path[-12:]}"
    change(dsn, f"create role {role} login password 'hush'", f"grant pg_read_all_data to {role}")
    try:
        yield url._replace(netloc=f"{role}:hush@{url.netloc.rpartition('@')[2]}").geturl()
    finally:
        change(dsn, f"drop role {role}")
