"""What the doctor says of a database (db/check.py)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: whether it is as it should be, what was seen, and the command that mends it."""

    ok: bool
    what: str
    mend: str | None = None
