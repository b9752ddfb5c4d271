"""Of which definition the rollups are: fingerprints of the statements that made them, kept in `rollup_definition`."""

import hashlib
from collections.abc import Sequence
from functools import cache
from typing import Any, Final

import psycopg

from db.derived import audience_definitions, rollup_definitions
from db.errors import FrontrowError

OF_ROLLUPS: Final = "rollups"
OF_AUDIENCES: Final = "audiences"

# Aggregates are what the database says they are, whoever stores events: there is no pending_measures beside them.
_OURS: Final = """
    select to_regclass('pending_measures') is null or not exists (select from rollup_definition)
        or %s::text[] <@ (select array_agg(fingerprint) from rollup_definition)
"""


class OtherVersion(FrontrowError):
    """Rollups are of another definition, and can't be added to by this one: they were made while it was at work."""

    code = "OTHER_VERSION"

    def __init__(self) -> None:
        super().__init__(
            "the rollups are not those of this version of Frontrow: the database was migrated meanwhile",
            hint="do it again with the version that migrated it; what was stored stays, and is not stored twice",
        )


def fingerprints(rollups: Sequence[str], audiences: Sequence[str]) -> dict[str, str]:
    """Those of the statements that make them."""
    made = {OF_ROLLUPS: rollups, OF_AUDIENCES: audiences}
    return {what: hashlib.sha256("\n".join(statements).encode()).hexdigest() for what, statements in made.items()}


def refuse_others(cursor: psycopg.Cursor[Any]) -> None:
    """Raises OtherVersion where rollup tables are not of this version; else they are to the transaction's end."""
    row = cursor.execute(_OURS, [_of_tables()]).fetchone()
    if row == (False,):
        raise OtherVersion


@cache
def _of_tables() -> list[str]:
    return [*fingerprints(rollup_definitions(), audience_definitions()).values()]
