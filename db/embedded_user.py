"""Whose the embedded PostgreSQL is: the caller's, or where that is root, an unprivileged user's.

PostgreSQL refuses to run as root. Then it runs as the user `frontrow`, made for it where the system can, else as
`nobody`; and the folders above its programs and its data are made searchable (not readable) for others.
"""

import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

SYSTEM_USER = "frontrow"


class ProcessUser(TypedDict, total=False):
    """Arguments of `subprocess.run` that choose the user."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class Owner:
    """The user and group that own the data and run the server."""

    uid: int
    gid: int

    def as_process(self) -> ProcessUser:
        """What to give `subprocess.run` so that a program runs as this user."""
        if os.geteuid() == self.uid:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def take(self, path: Path) -> None:
        """Makes this user the owner of the path."""
        if os.geteuid() != self.uid:
            os.chown(path, self.uid, self.gid)


def owner_of(cluster: Path) -> Owner:
    """The caller; for root whoever owns the data already, else an unprivileged user."""
    if os.geteuid() != 0:
        return Owner(os.geteuid(), os.getegid())
    if cluster.exists() and (status := cluster.stat()).st_uid != 0:
        return Owner(status.st_uid, status.st_gid)
    user = _system_user()
    return Owner(user.pw_uid, user.pw_gid)


def open_to_owner(cluster: Path, installation: Path, owner: Owner) -> None:
    """Lets the owner reach the data and run the programs, where the owner is not the caller."""
    if os.geteuid() == owner.uid:
        return
    owner.take(cluster)
    for path in (cluster, installation):
        for folder in path.parents:
            _allow(folder, stat.S_IXOTH)
    if not installation.stat().st_mode & stat.S_IXOTH:  # installed under a strict umask
        for path in (installation, *installation.rglob("*")):
            _allow(path, stat.S_IROTH | (stat.S_IXOTH if path.stat().st_mode & stat.S_IXUSR else 0))


def _allow(path: Path, permission: int) -> None:
    mode = path.stat().st_mode
    if mode & permission != permission:
        path.chmod(stat.S_IMODE(mode) | permission)


def _system_user() -> pwd.struct_passwd:
    """The user for the server when the caller is root."""
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        pass
    if command := shutil.which("useradd"):
        options = ["--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
        subprocess.run([command, *options, SYSTEM_USER], check=False, capture_output=True)
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        return pwd.getpwnam("nobody")
