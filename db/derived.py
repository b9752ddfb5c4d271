"""All that is derived from events, and the statements that make it in an empty database."""

from typing import Final

from db.audiences import AUDIENCES, Audience, audience_table
from db.rollups import DAYS, ROLLUPS, Rollup, pending_view, raw_view, table, unseen_view

DERIVED: Final[tuple[Rollup | Audience, ...]] = (*ROLLUPS, *AUDIENCES)
FINE: Final = tuple(each for each in DERIVED if each.span != DAYS.span)
"""Those by less than a day, which need not be kept for good."""


def rollup_definitions() -> list[str]:
    """The statements that make the rollups of an empty database, and the views of events."""
    made = [statement for rollup in ROLLUPS for statement in table(rollup)]
    return [raw_view(), pending_view(), *made, unseen_view("false")]


def audience_definitions() -> list[str]:
    """Those that make the audiences beside them."""
    return [statement for audience in AUDIENCES for statement in audience_table(audience)]
