"""What is noted of heartbeats that were the first of their viewing, held against the heartbeats themselves."""

from typing import Any

import psycopg

from db.relations import KEYS

_BEATS = f"""
    with beats as (
        select e.*, date_trunc('day', time, 'UTC') as day,
            array[{", ".join(f"{key}::bigint" for key in KEYS)}] as keys,
            viewing_key in (select m.viewing_key from mixed_viewings m) as mixed
        from events e where event_type in (99, -5)
    )
"""
_WRONG = {
    "differ, and are not noted as mixed": f"""{_BEATS}
        select viewing_key from beats where not mixed
        group by 1 having count(distinct (day, keys)) > 1 or viewing_key < 0
    """,
    "have a day on which they are not noted as mixed": f"""{_BEATS}
        select viewing_key from beats where mixed
            and (partner_id, entry_key, day, viewing_key)
                not in (select m.partner_id, m.entry_key, m.day, m.viewing_key from mixed_viewings m)
    """,
    # Up to any moment: what a range leaves of a viewing may end anywhere.
    "do not add up": f"""{_BEATS}
        select viewing_key from (
            select viewing_key, sum(firsts & 127) over up_to as seen, sum(firsts >> 7) over up_to as viewings,
                bit_count(coalesce(bit_or(coverage) over up_to, 0::bit(100))) as covered
            from beats where not mixed window up_to as (partition by viewing_key order by time)
        ) b where coalesce(seen, 0) <> covered or coalesce(viewings, 0) <> 1
    """,
    "differ, and would be taken for alike": f"""{_BEATS}
        select viewing_key from viewings join beats using (viewing_key) where shared_keys <> -1
        group by 1 having count(distinct (day, keys)) > 1
    """,
}


def wrong_firsts(dsn: str) -> dict[str, list[Any]]:
    """The viewings of which something wrong is noted, by what that is; nothing where all is right."""
    with psycopg.connect(dsn) as connection:
        found = {what: connection.execute(query.encode()).fetchall() for what, query in _WRONG.items()}
    return {what: viewings for what, viewings in found.items() if viewings}
