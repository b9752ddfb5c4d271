"""What the planner knows of tables: it looks by itself in time, and too late where a load made them much bigger."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

import psycopg

CATALOGUE: Final = ("entries", "sessions", "users", "virtual_events")
_COLUMNS: Final = {"events": " (partner_id, batch, time, entry_key, session_key, viewing_key, event_type)"}
"""Only what statements find events by; looking at the rest takes longer than a load can wait."""

_GROWN: Final = """
    with parts as (
        select t.name, coalesce(i.inhrelid, to_regclass(t.name)) as part
        from unnest(%(names)s::text[]) t (name) left join pg_inherits i on i.inhparent = to_regclass(t.name)
    ), sizes as (
        select p.name, c.oid::regclass::text as part,
            -- Indexes that are made count pages, too.
            case when coalesce(pg_stat_get_last_analyze_time(c.oid), pg_stat_get_last_autoanalyze_time(c.oid)) is null
                then 0 else c.relpages end as known,
            pg_relation_size(c.oid) / current_setting('block_size')::int as pages
        from parts p join pg_class c on c.oid = p.part
    ), wholes as (
        select name, sum(pages) >= %(times)s * sum(known) as grown from sizes where pages > 0 group by name
    )
    select distinct name, case when w.grown then name else part end as part from sizes s join wholes w using (name)
    where w.grown or s.pages > 0 and s.pages >= %(times)s * s.known
"""
_TIMES: Final = 4


def look_again(connection: psycopg.Connection[Any], names: Sequence[str]) -> None:
    """Analyzes those of these tables, or of their partitions, that have four times as many pages as were known."""
    for name, part in connection.execute(_GROWN, {"names": list(names), "times": _TIMES}).fetchall():
        with suppress(psycopg.errors.UndefinedTable):  # dropped meanwhile
            connection.execute(f"analyze {part}{_COLUMNS.get(name, '')}".encode())
