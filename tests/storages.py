"""Runs the tests on every kind of database that there is: `python -m tests.storages [pytest options]`.

The embedded PostgreSQL is always there and runs all tests; on the others those run that ask a database. Says at the
end which ran, and why another did not.
"""

import os
import subprocess
import sys
from dataclasses import dataclass
from typing import Final

import psycopg

from db import storage

OF_DATABASES: Final = ("tests/db", "tests/differential", "tests/resolvers", "tests/schema")
USUAL: Final = ("-n", "2", "--dist", "loadfile", "--no-loadscope-reorder")
"""In the order of the files: one that is long for its few tests would come last, and one process wait for it."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server to test on, where its variable tells an address."""

    variable: str
    kind: str

    def missing(self) -> str | None:
        """Why it can't be tested on; None where it can."""
        if not (url := os.environ.get(self.variable)):
            return f"{self.variable} is not set"
        try:
            with psycopg.connect(url) as connection:
                found = storage.kind_of(connection)
        except psycopg.Error as error:
            return f"{self.variable}: {error}".strip()
        return None if found == self.kind else f"{self.variable} is {found}"


SERVERS: Final = (
    Server("FRONTROW_TEST_POSTGRESQL_URL", "PostgreSQL"),
    Server("FRONTROW_TEST_APACHE_URL", "TimescaleDB Apache edition"),
    Server("FRONTROW_TEST_COMMUNITY_URL", "TimescaleDB Community"),
)


def _run(options: list[str], url: str | None = None) -> int:
    environment = {name: value for name, value in os.environ.items() if name != "FRONTROW_TEST_DATABASE_URL"}
    if url:
        environment["FRONTROW_TEST_DATABASE_URL"] = url
    command = [sys.executable, "-m", "pytest", *USUAL, *options, *(OF_DATABASES if url else ())]
    return subprocess.run(command, env=environment, check=False).returncode


def main() -> None:
    """Tests on one after the other; ends with an error where any failed."""
    options, seen = sys.argv[1:], {}
    print("== PostgreSQL, embedded: all tests", flush=True)
    seen["PostgreSQL, embedded"] = "passed" if (failed := _run(options)) == 0 else "FAILED"
    for server in SERVERS:
        if reason := server.missing():
            seen[server.kind] = f"skipped: {reason}"
            continue
        print(f"== {server.kind}: tests of databases", flush=True)
        status = _run(options, os.environ[server.variable])
        seen[server.kind] = "passed" if status == 0 else "FAILED"
        failed = failed or status
    for kind, said in seen.items():
        print(f"{kind:30} {said}")
    sys.exit(failed)


if __name__ == "__main__":
    main()
