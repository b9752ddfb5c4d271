"""Loads tell the planner of what they made much bigger, and leave it alone where they did not."""

from pathlib import Path

import psycopg

from tests.db.given import Record, event, load

LOOKED = """
    select s.relname, s.analyze_count from pg_stat_user_tables s join pg_class c on c.oid = s.relid
    where s.analyze_count > 0 and pg_relation_size(c.oid) > 0
"""


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
    assert any(name.startswith(("events_2026_07", "_hyper_")) for name in first)
    load(dsn, tmp_path, some(20, "b"))
    assert seen(dsn) == first
    load(dsn, tmp_path, some(5_000, "c"))
    second = seen(dsn)
    again = {name for name, count in second.items() if count > first.get(name, 0)}
    assert any(name.startswith(("events_2026_07", "_hyper_")) for name in again)
    load(dsn, tmp_path, some(20, "d"))
    assert seen(dsn) == second


def test_a_new_part_of_a_big_table_is_looked_at_by_itself(dsn: str, tmp_path: Path) -> None:
    load(dsn, tmp_path, some(5_000, "a"))
    before = seen(dsn)
    load(dsn, tmp_path, [{**record, "time": "2026-08-20T10:00:00Z"} for record in some(300, "b")])
    after = seen(dsn)
    assert any(name.startswith(("events_2026_08", "_hyper_")) for name in after.keys() - before.keys())
    assert {name: after[name] for name in before if name.startswith("events_2026_07")} == {
        name: count for name, count in before.items() if name.startswith("events_2026_07")
    }
