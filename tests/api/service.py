"""The command line as its users have it: processes with a data directory of their own."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

COMMAND = (sys.executable, "-m", "api")


@dataclass(frozen=True, slots=True)
class Frontrow:
    """The command `frontrow` over one data directory, with nothing else set but a database of one's own."""

    data_dir: Path
    database: str | None = None

    @property
    def environment(self) -> dict[str, str]:
        """What the processes see."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("FRONTROW_")}
        if self.database:
            kept["FRONTROW_DATABASE_URL"] = self.database
        return {**kept, "FRONTROW_DATA_DIR": str(self.data_dir), "PYTHONPATH": os.pathsep.join(sys.path)}

    def run(self, *arguments: str, stdin: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
        """A command that ended."""
        environment = {**self.environment, **settings}
        return subprocess.run(
            [*COMMAND, *arguments],
            env=environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def start(self, *arguments: str, **settings: str) -> subprocess.Popen[str]:
        """A command that goes on."""
        environment = {**self.environment, **settings}
        return subprocess.Popen([*COMMAND, *arguments], env=environment, stdout=subprocess.PIPE, text=True)

    def token(self, *arguments: str) -> str:
        """A token, of partner 1001 where nothing else is said."""
        return self.run("token", "--partner", "1001", *arguments).stdout.split()[-1]

    @contextmanager
    def serving(self, *arguments: str, **settings: str) -> Iterator[httpx.Client]:
        """A client of a service that is stopped, cleanly, at the end."""
        process = self.start("serve", "--port", "0", *arguments, **settings)
        try:
            assert process.stdout is not None
            address = process.stdout.readline().split()[-1].removesuffix("/graphql")
            headers = {"Authorization": f"Bearer {self.token()}"}
            with httpx.Client(base_url=address, headers=headers, timeout=30) as client:
                yield client
        finally:
            process.terminate()
            process.communicate(timeout=30)
        assert process.returncode == 0

    @property
    def server_pid(self) -> int | None:
        """The embedded server's process id, while it runs."""
        try:
            return int((self.data_dir / "postgres" / "postmaster.pid").read_text().split()[0])
        except FileNotFoundError:
            return None
