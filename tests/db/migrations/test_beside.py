"""Rollups that differ are made beside those that are read, and hold all that was stored meanwhile."""

import asyncio
import gzip
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from db import storage
from db.connect import connected
from db.load import load_files
from db.load.store import next_batches
from db.maintain import maintain
from db.migrations import Overtaken, RawEventsGone, _make_beside, beside, fill, migrate, names, pending
from db.storage import Keeping, retention
from db.storage.definition import OtherVersion
from db.storage.locks import BUILDING, lock
from db.storage.tables import settle
from tests.conftest import SMALL
from tests.db.answers import Answers, answers, differences
from tests.db.check.looking import change, noted
from tests.db.given import PARTNER, beats, entry, event, load, session, shuffled, store_only, value, write
from tests.db.migrations.versions import catalogue, outdate, sizes

GONE = "select to_regnamespace('public_beside') is null and not exists (select from pg_trigger where tgname = 'beside')"
WAITS = """
    select exists (
        select from pg_locks l join pg_database d on d.oid = l.database
        where not l.granted and l.relation = 'tenants'::regclass and d.datname = current_database()
    )
"""
LEFT = "rollups that were begun are left beside those that are read"

Make = Callable[[str | None], str]

BEFORE = [
    entry(),
    *beats(6),
    *beats(4, sessionId="w", userId="ann"),
    event(30, partnerId=1002),
    *beats(5, sessionId="in-time", entryId="other"),
    session("show", entryId="shown"),
    *beats(5, sessionId="there", entryId="shown", userId="cid"),
]
"""What is loaded before: of two tenants, of a session, and of an entry whose catalogue comes later."""

MEANWHILE = [
    *beats(3, sessionId="new", userId="bob"),
    event(25, eventIndex=9, position=22, playTimeSum=25),  # between those there
    event(40, eventIndex=4, position=40, playTimeSum=40, sessionId="w", userId="ann", country="FR"),  # or what is there
    entry(durationSeconds=40),
    session("talk", 0, 40, entryId="film"),  # takes in events of before
    entry("other", durationSeconds=50),
    event(40, partnerId=1002),
    event(50, partnerId=1002, sessionId="x"),
]
"""All that changes what is stored, by itself and of other events."""


def build(dsn: str) -> None:
    """Makes rollups beside those there are; putting them in their place is left."""
    with connected(dsn, autocommit=True) as connection:
        beside.build(connection, names()[-1])


def days(dsn: str, schema: str) -> int:
    """The number that the stored days have in the database's catalogue."""
    with psycopg.connect(dsn) as connection:
        name = "watch_days_stored" if storage.of(connection).rolls_up_in_tables else "watch_days"
    return int(value(dsn, f"select '{schema}.{name}'::regclass::oid::bigint"))


@pytest.fixture
def loaded(dsn: str, tmp_path: Path) -> str:
    """A database with some events. It stands for one of another version, too: `build` does not ask."""
    load(dsn, tmp_path, BEFORE)
    return dsn


@pytest.fixture
def outdated(loaded: str) -> str:
    """A database with some events, and rollups of another definition."""
    outdate(loaded)
    return loaded


async def both(dsn: str) -> list[Answers]:
    return [await answers(dsn, tenant) for tenant in (PARTNER, 1002)]


async def test_what_is_stored_while_they_are_made_is_in_them(
    loaded: str, make_database: Make, empty_dsn: str, tmp_path: Path
) -> None:
    whole = make_database(empty_dsn)
    load(whole, tmp_path, BEFORE)
    alone = await both(whole)
    load(whole, tmp_path, MEANWHILE)
    expected = await both(whole)
    assert all(differences(*pair) for pair in zip(alone, expected, strict=True))
    build(loaded)
    assert await both(loaded) == alone
    load(loaded, tmp_path, MEANWHILE)
    assert await both(loaded) == expected
    outdate(loaded)
    built = days(loaded, "public_beside")
    assert migrate(loaded) == ["rollups"]
    assert pending(loaded) == []
    assert days(loaded, "public") == built
    assert value(loaded, "select count(*) from pending_batches") == 0
    assert await both(loaded) == expected
    assert migrate(loaded) == []
    for dsn in (loaded, whole):
        load(dsn, tmp_path, [event(500, sessionId="later")])
    assert await both(loaded) == await both(whole)


async def test_loads_may_come_at_any_moment(
    make_database: Make, empty_dsn: str, golden_dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Events in any order, so that each piece corrects those before, while rollups are made again and again."""
    for place in ("locks", "tables"):  # a version before ours, with the same rollups
        monkeypatch.setattr(f"db.storage.{place}.refuse_others", lambda _: None)
    monkeypatch.setattr("db.storage.postgresql.PostgreSQL.differ", lambda *_: False)
    with gzip.open(SMALL[1]) as file:
        lines = shuffled(file.read().splitlines(), 5)
    dsn, pieces = make_database(empty_dsn), 6
    load_files(dsn, [SMALL[0], write(tmp_path, lines[::pieces])])

    def loads() -> None:
        for piece in range(1, pieces):
            load_files(dsn, [write(tmp_path, lines[piece::pieces])])

    loading, times = asyncio.create_task(asyncio.to_thread(loads)), 0
    while not loading.done():
        outdate(dsn)
        assert await asyncio.to_thread(migrate, dsn) == ["rollups"]
        times += 1
    await loading
    fill(dsn)
    assert times > 1
    found, expected = await both(dsn), await both(golden_dsn)
    assert not any(differences(*pair) for pair in zip(found, expected, strict=True))


async def test_those_of_before_are_read_until_then(outdated: str) -> None:
    expected = await answers(outdated)
    there = sizes(outdated)
    assert all(there.values())
    build(outdated)
    assert sizes(outdated) == there
    assert sizes(outdated, "public_beside") == there
    assert value(outdated, "select count(*) from pending_batches") == 0
    assert pending(outdated) == ["rollups"]
    assert await answers(outdated) == expected


def test_nothing_is_left_of_it(outdated: str, empty_dsn: str) -> None:
    assert migrate(outdated) == ["rollups"]
    assert value(outdated, GONE)
    assert catalogue(outdated) == catalogue(empty_dsn)


@pytest.mark.usefixtures("rollup_tables")
def test_what_was_cut_off_is_gone_on_with(outdated: str, make_database: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    other = make_database(outdated)
    with monkeypatch.context() as patched:
        patched.setattr("db.storage.beside._PASSES", 1)
        patched.setattr("db.storage.tables._DAYS_OF_STREAMS", 0)  # audiences are made in the end
        patched.setattr("db.audiences.Audience.of_day", lambda _: "select 1 / 0")
        for dsn in (outdated, other):
            with pytest.raises(psycopg.errors.DivisionByZero):
                build(dsn)
            assert value(dsn, "select count(*) from public_beside.pending_batches") == 0
    # Who began anew would not have these rows.
    mark = "insert into public_beside.watch_days_stored select * from public_beside.watch_days_stored"
    change(outdated, mark)
    change(other, mark)
    change(other, "update public_beside.rollup_definition set fingerprint = 'of yet another version'")
    count = value(outdated, "select count(*) from public_beside.watch_days_stored")
    migrate(outdated)
    assert value(outdated, "select count(*) from watch_days_stored") == count
    migrate(other)
    assert value(other, "select count(*) from watch_days_stored") == count / 2


async def test_a_service_replaces_them_at_once(outdated: str) -> None:
    """It can't read those of before, and drops what another began."""
    expected = await answers(outdated)
    build(outdated)
    assert migrate(outdated, filling=False) == ["rollups"]
    assert value(outdated, GONE)
    _make_beside(outdated, Keeping())  # as the one that began goes on
    assert value(outdated, GONE)
    assert await answers(outdated) == expected


def test_raw_events_that_are_dropped_meanwhile_are_not_lost(outdated: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who reads those of before goes on reading."""
    before = days(outdated, "public")

    def built(connection: psycopg.Connection[Any], facts: str) -> None:
        build_it(connection, facts)
        retention.note(connection, datetime(2026, 6, 1, tzinfo=UTC))

    build_it = beside.build
    monkeypatch.setattr("db.migrations.beside.build", built)
    with pytest.raises(RawEventsGone):
        migrate(outdated)
    assert days(outdated, "public") == before
    assert pending(outdated) == ["rollups"]
    assert value(outdated, GONE)


def test_who_was_overtaken_is_told(outdated: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As by the service of yet another version, which replaces what is read at once."""

    def built(connection: psycopg.Connection[Any], facts: str) -> None:
        build_it(connection, facts)
        with psycopg.connect(outdated) as other:
            beside.forget(other)

    build_it = beside.build
    monkeypatch.setattr("db.migrations.beside.build", built)
    with pytest.raises(Overtaken):
        migrate(outdated)
    assert pending(outdated) == ["rollups"]
    assert value(outdated, GONE)


async def test_until_they_are_filled_it_is_told_what_they_lack(
    loaded: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(loaded)
    load(loaded, tmp_path, MEANWHILE)
    expected = await answers(loaded)
    outdate(loaded)
    with monkeypatch.context() as patched:
        patched.setattr("db.migrations.fill", lambda _: None)
        patched.setattr("db.storage.beside._PASSES", 0)
        migrate(loaded)
    assert value(loaded, "select count(*) from pending_batches") > 0
    with connected(loaded) as connection:
        in_tables = storage.of(connection).rolls_up_in_tables
    if in_tables:
        assert await answers(loaded) == expected
    else:
        assert value(loaded, "select count(*) from unseen_batches") > 0
    maintain(loaded)
    assert await answers(loaded) == expected


async def test_two_at_once_make_them_once(outdated: str) -> None:
    expected = await answers(outdated)
    both = [asyncio.create_task(asyncio.to_thread(migrate, outdated)) for _ in range(2)]
    assert ["rollups"] in await asyncio.gather(*both)
    assert pending(outdated) == []
    assert value(outdated, GONE)
    assert await answers(outdated) == expected


def test_what_another_version_is_making_is_left_alone(loaded: str) -> None:
    """As it is beside the version before, whose service may start again."""
    build(loaded)
    with psycopg.connect(loaded) as other:
        other.execute("select pg_advisory_lock(%s)", [BUILDING])
        assert migrate(loaded) == []
        maintain(loaded)
        assert not value(loaded, GONE)
        assert LEFT not in noted(loaded)


def test_what_was_begun_for_nothing_is_noted_and_dropped(loaded: str) -> None:
    build(loaded)
    assert LEFT in noted(loaded)
    assert migrate(loaded) == []
    assert value(loaded, GONE)
    assert LEFT not in noted(loaded)


@pytest.mark.parametrize("filling", [True, False])
def test_who_may_read_them_still_may(outdated: str, filling: bool) -> None:
    change(outdated, "grant select on watch_days, raw_measures, unseen_batches to public")
    granted = "select has_table_privilege('pg_monitor', name, 'select') from unnest(%s::text[]) name"
    migrate(outdated, filling=filling)
    with psycopg.connect(outdated) as connection:
        names = ["watch_days", "raw_measures", "unseen_batches", "watch_quarters"]
        assert connection.execute(granted, [names]).fetchall() == [(True,), (True,), (True,), (False,)]


async def test_who_stores_when_it_begins_is_waited_for(loaded: str, make_database: Make) -> None:
    whole = make_database(loaded)
    late = beats(2, sessionId="late")
    with psycopg.connect(loaded) as writer, writer.cursor() as cursor:
        lock(cursor, [PARTNER])
        next_batches(cursor, [PARTNER])
        begun = asyncio.create_task(asyncio.to_thread(build, loaded))
        async with asyncio.timeout(30):
            while not value(loaded, WAITS):
                await asyncio.sleep(0.05)
        assert not begun.done()
        writer.rollback()
    await begun
    store_only(loaded, late)
    outdate(loaded)
    migrate(loaded)
    store_only(whole, late)
    fill(whole)
    assert await answers(loaded) == await answers(whole)


@pytest.mark.usefixtures("rollup_tables")
def test_a_load_of_the_version_before_does_not_add_to_them(loaded: str, tmp_path: Path) -> None:
    """It would leave out what it does not know."""
    store_only(loaded, beats(3, sessionId="late"))
    waiting = value(loaded, "select count(*) from pending_batches")
    outdate(loaded)
    with pytest.raises(OtherVersion):
        store_only(loaded, beats(2, sessionId="later"))
    with pytest.raises(OtherVersion):
        load(loaded, tmp_path, [entry(durationSeconds=40)])
    with connected(loaded, autocommit=True) as connection, pytest.raises(OtherVersion):
        storage.of(connection).roll_up(connection)
    assert value(loaded, "select count(*) from pending_batches") == waiting
    change(loaded, "insert into stale_days values (1001, '2026-07-01')")
    with connected(loaded, autocommit=True) as connection, pytest.raises(OtherVersion):
        settle(connection)
    assert value(loaded, "select count(*) from stale_days") == 1


def test_an_empty_database_is_made_anew_too(dsn: str) -> None:
    outdate(dsn)
    assert migrate(dsn) == ["rollups"]
    assert value(dsn, GONE)


async def test_in_a_schema_of_ones_own(make_database: Make, tmp_path: Path) -> None:
    """The extension's functions may be in another one."""
    database = make_database(None)
    change(database, "create schema own")
    dsn = f"{database}{'&' if '?' in database else '?'}options=-csearch_path%3Down,public"
    migrate(dsn)
    load(dsn, tmp_path, BEFORE)
    expected = await answers(dsn)
    outdate(dsn)
    assert migrate(dsn) == ["rollups"]
    assert await answers(dsn) == expected
    assert value(dsn, "select count(*) from pg_class where relname = 'watch_days'") == 1
    assert value(dsn, "select to_regclass('own.watch_days') is not null and to_regnamespace('own_beside') is null")
