"""While rollups are made anew every answer is right, and nobody waits for it."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from time import monotonic

import psycopg
import pytest

from db import storage
from db.audiences import AUDIENCES
from db.connect import connected
from db.load.store import next_batches
from db.maintain import maintain
from db.migrations import fill, migrate, pending
from db.pool import Database
from db.question import Table
from db.storage.locks import lock
from db.storage.tables import refresh_tenant, settle
from tests.db.answers import EVERY, SEASON, Answers, answers, asked, differences
from tests.db.given import PARTNER, beats, event, load, store_only, value
from tests.db.migrations.versions import at_version, catalogue, outdate, outdate_audiences, sizes

SHAPES = {"entries": Table(EVERY, ("entry",)), "totals": Table(EVERY)}


@pytest.fixture
def outdated(make_database: Callable[[str | None], str], golden_dsn: str) -> str:
    """The golden data, with rollups of another definition."""
    dsn = make_database(golden_dsn)
    outdate(dsn)
    return dsn


async def ask(database: Database, tenant: int = PARTNER) -> Answers:
    return await asked(database, tenant, SEASON, SHAPES)


@pytest.fixture
async def database(outdated: str) -> AsyncIterator[Database]:
    connections = await Database.open(outdated, max_size=4)
    yield connections
    await connections.close()


async def test_answers_are_right_before_rollups_are_filled_and_in_part(outdated: str, database: Database) -> None:
    expected = {tenant: await ask(database, tenant) for tenant in (1001, 1002)}
    assert migrate(outdated, filling=False) == ["rollups"]
    assert pending(outdated) == []
    assert value(outdated, "select count(*) from pending_batches") > 0
    with connected(outdated, autocommit=True) as connection:
        keeps = storage.of(connection)
        for name in ("watch_quarters", "watch_days", "curve_days"):
            home = keeps.home(connection, f"{name}_stored" if keeps.rolls_up_in_tables else name)
            assert value(outdated, f"select count(*) from {home}") == 0
        for tenant, answer in expected.items():
            assert not differences(await ask(database, tenant), answer)
        # As if it were ended in the midst of it: one tenant or one aggregate is done, the others are not.
        if keeps.rolls_up_in_tables:
            refresh_tenant(connection, 1002)
        else:
            connection.execute("call refresh_continuous_aggregate('watch_quarters', null, null)")
    for tenant, answer in expected.items():
        assert not differences(await ask(database, tenant), answer)
    maintain(outdated)
    assert value(outdated, "select count(*) from pending_batches") == 0
    for tenant, answer in expected.items():
        assert not differences(await ask(database, tenant), answer)


async def test_audiences_alone_are_made_anew_of_rollups(
    make_database: Callable[[str | None], str], golden_dsn: str
) -> None:
    dsn = make_database(golden_dsn)
    outdate_audiences(dsn)
    expected, rows = await answers(dsn), sizes(dsn)
    assert pending(dsn) == ["audiences"]
    assert migrate(dsn, filling=False) == ["audiences"]
    assert pending(dsn) == []
    names = {audience.name for audience in AUDIENCES}
    assert all(rows.values())
    assert sizes(dsn) == {name: 0 if name in names else count for name, count in rows.items()}
    assert value(dsn, "select count(*) from pending_batches") == 0
    assert not differences(await answers(dsn), expected)
    with connected(dsn, autocommit=True) as connection:  # as if it were ended in the midst of it
        if storage.of(connection).rolls_up_in_tables:
            assert settle(connection, 1002) > 0
        else:
            connection.execute("call refresh_continuous_aggregate('audience_entries', null, null)")
    assert not differences(await answers(dsn), expected)
    fill(dsn)
    assert sizes(dsn) == rows
    assert catalogue(dsn) == catalogue(golden_dsn)
    assert not differences(await answers(dsn), expected)
    outdate_audiences(dsn)
    assert migrate(dsn) == ["audiences"]
    assert sizes(dsn) == rows


async def test_every_answer_during_it_is_right(outdated: str, database: Database) -> None:
    expected = await ask(database)
    made = asyncio.create_task(asyncio.to_thread(migrate, outdated))
    count, slowest = 0, 0.0
    while not made.done() or count < 3:
        began = monotonic()
        assert not differences(await ask(database), expected)
        slowest = max(slowest, monotonic() - began)
        count += 1
    assert await made == ["rollups"]
    assert slowest < 10
    assert not differences(await ask(database), expected)


@pytest.mark.usefixtures("rollup_tables")
async def test_they_are_filled_in_pieces(
    outdated: str, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of which is seen when it is done, so that a rebuild that is ended goes on where it was."""
    migrate(outdated)
    for number in range(5):
        load(outdated, tmp_path, beats(3, sessionId=f"more-{number}"))
    expected = await ask(database)
    outdate(outdated)
    migrate(outdated, filling=False)
    monkeypatch.setattr("db.storage.tables._AT_ONCE", 1)
    left = [value(outdated, "select count(*) from pending_batches")]
    assert left[0] > 5
    with psycopg.connect(outdated) as other:  # who holds the third keeps nobody from seeing the first two
        third = "(select partner_id, batch from pending_batches order by 1, 2 offset 2 limit 1)"
        other.execute(f"select from pending_batches where (partner_id, batch) = {third} for update".encode())
        filling = asyncio.create_task(asyncio.to_thread(fill, outdated))
        async with asyncio.timeout(30):
            while left[-1] > left[0] - 2:
                assert not differences(await ask(database), expected)
                left.append(value(outdated, "select count(*) from pending_batches"))
    while not filling.done():
        assert not differences(await ask(database), expected)
        left.append(value(outdated, "select count(*) from pending_batches"))
    await filling
    assert left == sorted(left, reverse=True)
    assert not differences(await ask(database), expected)


@pytest.mark.parametrize("version", [9, 10])
async def test_tables_are_altered_beside_readers_and_writers(
    make_database: Callable[[str | None], str], golden_dsn: str, version: int
) -> None:
    """Who holds the gate and waits for a table must not be waited for at the gate."""
    dsn = make_database(None)
    at_version(dsn, version, golden_dsn)
    read, over = "select pg_sleep(0.05), (select count(*) from pending_batches), (select count(*) from events)", False

    def reads() -> float:
        slowest = 0.0
        with psycopg.connect(dsn, autocommit=True) as connection:
            while not over:
                began = monotonic()
                connection.execute(f"with gate as (select from rollup_definition) {read}".encode())
                slowest = max(slowest, monotonic() - began)
        return slowest

    def writes() -> float:
        """As a roll-up does: first what it takes, then whether the rollups are its own."""
        slowest = 0.0
        with psycopg.connect(dsn) as connection:
            while not over:
                began = monotonic()
                connection.execute("delete from pending_batches where batch < 0")
                time.sleep(0.05)
                connection.execute("select from rollup_definition")
                connection.commit()
                slowest = max(slowest, monotonic() - began)
        return slowest

    others = [asyncio.create_task(asyncio.to_thread(act)) for act in (reads, reads, reads, writes)]
    try:
        async with asyncio.timeout(60):
            assert await asyncio.to_thread(migrate, dsn, filling=False)
    finally:
        over = True
    assert max(await asyncio.gather(*others)) < 20


async def test_a_long_reader_makes_nobody_else_wait(outdated: str, database: Database) -> None:
    """Whoever reads a rollup can't be taken it away from; those who come later must not queue behind."""
    expected = await ask(database)
    with psycopg.connect(outdated) as reader:
        reader.execute("select count(*) from watch_days")
        made = asyncio.create_task(asyncio.to_thread(migrate, outdated))
        until = monotonic() + 4
        while monotonic() < until:
            began = monotonic()
            assert not differences(await ask(database), expected)
            assert monotonic() - began < 3
        assert not made.done()
        reader.commit()
    assert await made == ["rollups"]
    assert not differences(await ask(database), expected)


async def test_a_writer_that_has_begun_is_waited_for(
    make_database: Callable[[str | None], str], golden_dsn: str
) -> None:
    """It has read a rollup, as corrections do, and has yet to note its batch: each could wait for the other."""
    dsn = make_database(golden_dsn)
    with psycopg.connect(dsn) as writer:
        writer.execute("set statement_timeout = '5s'")
        with writer.cursor() as cursor:
            lock(cursor, [PARTNER])
            cursor.execute("select count(*) from watch_days")
            outdate(dsn)
            made = asyncio.create_task(asyncio.to_thread(migrate, dsn, filling=False))
            await asyncio.sleep(1)
            next_batches(cursor, [PARTNER])
        assert not made.done()
        writer.commit()
    assert await made == ["rollups"]


@pytest.mark.parametrize("what", ["rollups", "audiences"])
async def test_what_is_stored_meanwhile_is_in_it(
    golden_dsn: str, make_database: Callable[[str | None], str], monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    outdated = make_database(golden_dsn)
    if what == "rollups":
        outdate(outdated)
    else:
        outdate_audiences(outdated)
    monkeypatch.setattr("db.storage.locks.refuse_others", lambda _: None)  # as a version before, that adds what we do
    late = [*beats(5, sessionId="late"), event(3, partnerId=1002, sessionId="late")]
    stored = [asyncio.create_task(asyncio.to_thread(store_only, outdated, [record])) for record in late[:3]]
    made = asyncio.create_task(asyncio.to_thread(migrate, outdated))
    stored += [asyncio.create_task(asyncio.to_thread(store_only, outdated, [record])) for record in late[3:]]
    assert (await asyncio.gather(made, *stored))[0] == [what]
    fill(outdated)
    whole = make_database(golden_dsn)
    store_only(whole, late)
    fill(whole)
    assert not differences(await answers(outdated), await answers(whole))
