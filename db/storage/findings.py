"""What the doctor says of a database (db/check)."""

import shlex
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: whether it is as it should be, what was seen, and the command that mends it.

    One that is as it should be but has a command is a note: nothing is wrong yet, or only slow.
    """

    ok: bool
    what: str
    mend: str | None = None

    @property
    def mark(self) -> str:
        """How it is shown."""
        return "BAD" if not self.ok else "note" if self.mend else "ok"


def psql(*statements: str) -> str:
    """The command that runs these statements in the database, each by itself."""
    return " ".join(["psql", *(f"-c {shlex.quote(statement)}" for statement in statements)])
