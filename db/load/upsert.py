"""Writing records of the catalogue into their tables: one that comes again replaces the one before."""

from collections.abc import Sequence
from typing import Any

import psycopg

from db.load.keys import Dictionary, Keys
from db.load.records import Record

Row = dict[str, Any]
Cursor = psycopg.Cursor[Any]


def write(cursor: Cursor, table: str, key: Sequence[str], rows: Sequence[Row]) -> None:
    """Stores rows, of which there is at least one, by their key."""
    names = list(rows[0])
    values = ", ".join(f"%({name})s" for name in names)
    updates = ", ".join(f"{name} = excluded.{name}" for name in names if name not in key)
    cursor.executemany(
        f"insert into {table} ({', '.join(names)}) values ({values})"
        f" on conflict ({', '.join(key)}) do update set {updates}",
        rows,
    )


def refs(known: Keys, dictionary: Dictionary, records: Sequence[Record], field: str) -> list[int]:
    """The keys of what a field of the records refers to; 0: nothing."""
    return known.of(dictionary, [(r.partnerId, text) if (text := getattr(r, field)) else None for r in records])
