"""How long what is kept, and in which form: the operator's choice, not the database's."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Keeping:
    """Days. `raw_days`: after which raw events are dropped; None: never. The others are for TimescaleDB."""

    raw_days: int | None = None
    chunk_days: int = 7
    columnstore_days: int = 14
