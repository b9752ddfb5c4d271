"""Loads tell the planner of what they made much bigger, and leave it alone where they did not."""

from pathlib import Path

import psycopg

from tests.db.given import Record, event, load, value

LOOKED = """
    select s.relid::text, s.analyze_count from pg_stat_user_tables s
    where s.analyze_count > 0 and pg_relation_size(s.relid) > 0
"""
PARTS = "select array_agg(inhrelid::text) from pg_inherits where inhparent = 'events'::regclass"


def seen(dsn: str) -> dict[str, int]:
    """How often each table with rows was looked at."""
    with psycopg.connect(dsn) as connection:
        return dict(connection.execute(LOOKED).fetchall())


def some(count: int, viewers: str) -> list[Record]:
    """Heartbeats of a month, each of another viewer."""
    return [event(number, sessionId=f"{viewers}{number}", userId=f"{viewers}{number}") for number in range(count)]


def test_what_has_grown_is_looked_at_again(dsn: str, tmp_path: Path) -> None:
    load(dsn, tmp_path, some(200, "a"))
    first = seen(dsn)
    assert first.keys() & value(dsn, PARTS)
    load(dsn, tmp_path, some(20, "b"))
    assert seen(dsn) == first
    load(dsn, tmp_path, some(5_000, "c"))
    second = seen(dsn)
    again = {name for name, count in second.items() if count > first.get(name, 0)}
    assert again & set(value(dsn, PARTS))
    load(dsn, tmp_path, some(20, "d"))
    assert seen(dsn) == second


def test_a_new_part_of_a_big_table_is_looked_at_by_itself(dsn: str, tmp_path: Path) -> None:
    load(dsn, tmp_path, some(5_000, "a"))
    before = seen(dsn)
    load(dsn, tmp_path, [{**record, "time": "2026-08-20T10:00:00Z"} for record in some(300, "b")])
    after = seen(dsn)
    parts = value(dsn, PARTS)
    old = before.keys() & parts
    assert old
    assert {part: after[part] for part in old} == {part: before[part] for part in old}
    assert (after.keys() - old) & set(parts)
