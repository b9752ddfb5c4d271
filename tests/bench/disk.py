"""What the stored events take on disk."""

from dataclasses import dataclass
from typing import Final

import psycopg

from db import storage
from db.derived import DERIVED
from db.storage.hypertables import ApacheEdition

_SIZES: Final = """
select
    case
        when c.oid in (select inhrelid from pg_inherits where inhparent = 'public.events'::regclass) then 'events'
        when c.relname = any(%s) then 'rollups'
        else 'others'
    end,
    sum(pg_table_size(c.oid))::bigint,
    sum(pg_indexes_size(c.oid))::bigint
from pg_class c
where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
group by 1
"""
_HYPERTABLES: Final = """
select case when table_name = 'events' then 'events' else 'rollups' end,
    sum(s.table_bytes + coalesce(s.toast_bytes, 0))::bigint, sum(s.index_bytes)::bigint
from _timescaledb_catalog.hypertable
join lateral hypertable_detailed_size(format('%I.%I', schema_name, table_name)::regclass) s on true
where compression_state <> 2
group by 1
"""
"""With their chunks, those in the columnstore, too, which are hypertables of their own (2)."""


@dataclass(frozen=True, slots=True)
class Disk:
    """Bytes, those of indexes apart; `others`: catalogue, dictionaries, keys and viewings with theirs."""

    events: int
    events_indexes: int
    rollups: int
    rollups_indexes: int
    others: int

    @property
    def total(self) -> int:
        """All of it."""
        return self.events + self.events_indexes + self.rollups + self.rollups_indexes + self.others


def disk(dsn: str) -> Disk:
    """The sizes as they are now."""
    with psycopg.connect(dsn) as connection:
        rows = connection.execute(_SIZES, [[rollup.table for rollup in DERIVED]]).fetchall()
        if isinstance(storage.of(connection), ApacheEdition):
            rows += connection.execute(_HYPERTABLES).fetchall()
    sizes: dict[str, tuple[int, int]] = {}
    for kind, table, indexes in rows:
        before = sizes.get(kind, (0, 0))
        sizes[kind] = (before[0] + table, before[1] + indexes)
    return Disk(*sizes.get("events", (0, 0)), *sizes.get("rollups", (0, 0)), sum(sizes.get("others", (0, 0))))


def settle(dsn: str) -> None:
    """Does at once what autovacuum does within minutes of a load, so that it does not do so while others measure."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("vacuum analyze")
        connection.execute("checkpoint")
