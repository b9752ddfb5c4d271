"""Connections that are made when needed, and again when the database has come back."""

import asyncio
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from db.embedded import ensure_running, stop
from db.errors import DatabaseAway
from db.pool import Database, TooSlow


@pytest.fixture
def own_server() -> Iterator[Path]:
    """The data directory of a server that may be stopped."""
    folder = Path(tempfile.mkdtemp(prefix="frontrow-test-"))
    yield folder / "data"
    stop(folder / "data")
    shutil.rmtree(folder)


async def test_statements_are_counted_pings_are_not(database: Database) -> None:
    await database.ping()
    assert database.statements == 0
    rows = await database.rows("select $1::int as one, $2::text as two", 1, "zwei")
    assert [dict(row) for row in rows] == [{"one": 1, "two": "zwei"}]
    assert database.statements == 1


async def test_a_database_need_not_be_there_and_may_come_and_go(own_server: Path) -> None:
    dsn = ensure_running(own_server)
    stop(own_server)
    database = await Database.open(dsn, max_size=2)
    try:
        for ask in (database.ping, lambda: database.rows("select 1")):
            with pytest.raises(DatabaseAway):
                await ask()
        ensure_running(own_server)
        await database.ping()
        assert [row["n"] for row in await database.rows("select 7 as n")] == [7]

        process = int((own_server / "postgres" / "postmaster.pid").read_text().split()[0])
        os.kill(process, signal.SIGKILL)
        await asyncio.sleep(0.5)
        with pytest.raises(DatabaseAway):
            await database.rows("select 1")
        ensure_running(own_server)
        assert [row["n"] for row in await database.rows("select 8 as n")] == [8]
    finally:
        await database.close()


async def test_a_statement_that_takes_too_long_is_ended(golden_dsn: str) -> None:
    database = await Database.open(golden_dsn, max_size=1, statement_timeout=0.2)
    try:
        with pytest.raises(TooSlow, match=r"0\.2 s"):
            await database.rows("select pg_sleep(20)")
        assert len(await database.rows("select 1")) == 1
    finally:
        await database.close()


async def test_a_fault_of_ours_is_not_taken_for_an_absent_database(database: Database) -> None:
    asked: list[tuple[str, tuple[int, ...]]] = [
        ("select $1::int", (2**40,)),
        ("select $1::int", (1, 2)),
        ("select nothing", ()),
    ]
    for sql, arguments in asked:
        with pytest.raises(Exception, match=r"nothing|argument") as raised:
            await database.rows(sql, *arguments)
        assert not isinstance(raised.value, DatabaseAway)


async def test_a_database_that_refuses_is_away_and_says_why(golden_dsn: str, dsn: str) -> None:
    url = urlsplit(dsn)
    place = url.netloc.rpartition("@")[2]
    role = f"crowded_{url.path[-12:]}"
    refused = {
        url._replace(path="/nowhere").geturl(): "it has no database of this name",
        url._replace(netloc=f"nobody:hush@{place}").geturl(): "it does not let this role in",
        url._replace(netloc=f"{role}:hush@{place}").geturl(): "it has no connection left",
    }
    with psycopg.connect(golden_dsn, autocommit=True) as connection:
        connection.execute(f"create role {role} login password 'hush' connection limit 0".encode())
        try:
            for address, reason in refused.items():
                database = await Database.open(address)
                for ask in (database.ping, lambda database=database: database.rows("select 1")):
                    with pytest.raises(DatabaseAway) as raised:
                        await ask()
                    assert raised.value.message == f"the database does not answer: {reason}"
        finally:
            connection.execute(f"drop role {role}".encode())


async def test_a_connection_that_is_ended_is_away_and_made_again(database: Database) -> None:
    with pytest.raises(DatabaseAway):
        await database.rows("select pg_terminate_backend(pg_backend_pid())")
    assert len(await database.rows("select 1")) == 1


async def test_more_questions_than_connections_wait_for_their_turn(golden_dsn: str) -> None:
    database = await Database.open(golden_dsn, max_size=2)
    try:
        answers = await asyncio.gather(*(database.rows("select $1::int as n, pg_sleep(0.01)", n) for n in range(20)))
        assert [rows[0]["n"] for rows in answers] == list(range(20))
        sessions = "select count(*) as n from pg_stat_activity where datname = current_database()"
        assert (await database.rows(sessions))[0]["n"] == 2
    finally:
        await database.close()


@pytest.mark.parametrize(("most", "keeping"), [(9, 2), (3, 0)])
async def test_a_quarter_of_the_connections_keep_their_plans(golden_dsn: str, most: int, keeping: int) -> None:
    database = await Database.open(golden_dsn, max_size=most)
    mode = (
        "select current_setting('plan_cache_mode') as mode, pg_backend_pid() as session, pg_sleep(0.05) where $1::bool"
    )
    try:
        asked = [database.rows(mode, True, plan_once=bool(number % 2)) for number in range(40)]
        found = [rows[0] for rows in await asyncio.gather(*asked)]
        assert {row["mode"] for row in found[::2]} == {"force_custom_plan"}
        assert len({row["session"] for row in found}) == most
        assert len({row["session"] for row in found[1::2] if row["mode"] == "auto"}) == keeping
    finally:
        await database.close()


async def test_a_plan_is_made_once(database: Database) -> None:
    plans = "select generic_plans, custom_plans from pg_prepared_statements where statement like 'select $1::int + 7%'"
    for once, expected in ((True, (5, 5)), (False, (0, 10))):  # of five the planner knows what they take
        for number in range(10):
            await database.rows("select $1::int + 7 as n", number, plan_once=once)
        (row,) = await database.rows(plans, plan_once=once)
        assert (row["generic_plans"], row["custom_plans"]) == expected


async def test_nobody_waits_for_a_plan_that_is_kept_while_others_are_idle(golden_dsn: str) -> None:
    database = await Database.open(golden_dsn, max_size=4)
    try:
        long = [asyncio.create_task(database.rows("select pg_sleep(3)", plan_once=True)) for _ in range(2)]
        await asyncio.sleep(0.5)
        began = time.monotonic()
        assert len(await database.rows("select 1", plan_once=True)) == 1
        assert time.monotonic() - began < 2
        await asyncio.gather(*long)
    finally:
        await database.close()


async def test_a_table_that_changes_is_seen_where_plans_are_kept(dsn: str) -> None:
    database = await Database.open(dsn, max_size=4)
    look = "select * from entries where partner_id = $1"
    try:
        for _ in range(7):  # the plan is kept from the sixth on
            assert await database.rows(look, 1, plan_once=True) == []
        for change in (
            "alter table entries add more int default 7",
            "insert into entries (partner_id, entry_id) values (1, 'a')",
        ):
            with psycopg.connect(dsn) as connection:
                connection.execute(change.encode())
        assert [row["more"] for row in await database.rows(look, 1, plan_once=True)] == [7]
    finally:
        await database.close()
