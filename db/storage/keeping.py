"""How long what is kept, and in which form: the operator's choice, not the database's."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Keeping:
    """Days. The last two are for TimescaleDB.

    `raw_days`: after which raw events are dropped; None: never. `fine_days`: likewise what rollups hold by less than a
    day, where its raw events are gone.
    """

    raw_days: int | None = None
    fine_days: int | None = None
    chunk_days: int = 7
    columnstore_days: int = 14
