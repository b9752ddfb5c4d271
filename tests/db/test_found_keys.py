"""Statements are planned for the keys of the ids that they ask about."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from db.plan import plan
from db.pool import Database
from db.question import Filter, KeyIn, Not, Question, Range, Table
from tests.db.given import PARTNER, START, entry, event, load, session, value

HERE = Range(START - timedelta(hours=1), START + timedelta(days=1))
KEYS = {"entry": ("entries", "entry_id"), "session": ("sessions", "session_id"), "user": ("users", "user_id")}


@pytest.fixture(scope="module")
def given(make_database: Callable[[str | None], str], empty_dsn: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A play of one user of one entry in one session, and one of nobody and none."""
    dsn = make_database(empty_dsn)
    plays = [event(5, eventType=3, userId="ann"), event(4000, eventType=3, sessionId="w", entryId="other")]
    load(dsn, tmp_path_factory.mktemp("plays"), [entry(), session(entryId="film"), *plays])
    return dsn


async def _asked(dsn: str, wanted: Filter) -> tuple[str, int]:
    """How plays are asked for, and how many there are."""
    statement = plan([Question(PARTNER, HERE, Table(frozenset({"plays"})), filter=wanted)])
    database = await Database.open(dsn, max_size=1, keeping=0)
    try:
        explained = await database.rows(f"explain {statement.sql}", *statement.args)
        (answer,) = statement.split(await database.rows(statement.sql, *statement.args))
    finally:
        await database.close()
    return "\n".join(row["QUERY PLAN"] for row in explained), answer[0]["plays"] if answer else 0


@pytest.mark.parametrize(("dimension", "id_"), [("entry", "film"), ("session", "talk")])
async def test_a_plan_is_made_for_the_keys_that_are_meant(
    given: str, dimension: str, id_: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    table, text = KEYS[dimension]
    key = value(given, f"select {dimension}_key from {table} where {text} = '{id_}'")
    known = f"{dimension}_key = ANY ('{{{key}}}'::integer[])"
    explained, plays = await _asked(given, KeyIn(dimension, (id_,)))
    assert (known in explained, plays) == (True, 1)
    monkeypatch.setattr("db.filters._FEW", 0)
    explained, plays = await _asked(given, KeyIn(dimension, (id_,)))
    assert (known in explained, plays) == (False, 1)


async def test_a_plan_that_may_be_kept_is_made_for_any_user(given: str) -> None:
    explained, plays = await _asked(given, KeyIn("user", ("ann",)))
    assert ("user_key = ANY ('{" in explained, plays) == (False, 1)
    explained, plays = await _asked(given, KeyIn("user", ("ann", "bob")))
    assert ("user_key = ANY ('{" in explained, plays) == (True, 1)


@pytest.mark.parametrize("dimension", KEYS)
@pytest.mark.parametrize(
    ("ids", "found"), [(("nothing", "nobody"), 0), (("Unknown", "nothing"), 1), (("Unknown", "film", "talk", "ann"), 2)]
)
async def test_ids_of_nothing_and_what_is_unknown(given: str, dimension: str, ids: tuple[str, ...], found: int) -> None:
    if dimension == "entry" and "Unknown" in ids:
        found -= 1  # every play has an entry
    _, plays = await _asked(given, KeyIn(dimension, ids))
    _, others = await _asked(given, Not(KeyIn(dimension, ids)))
    assert (plays, others) == (found, 2 - found)


async def test_an_id_is_found_once_it_is_loaded(
    make_database: Callable[[str | None], str], given: str, tmp_path: Path
) -> None:
    """Who asked before asks again by the same statement, over the same connection."""
    dsn = make_database(given)
    statement = plan([Question(PARTNER, HERE, Table(frozenset({"plays"})), filter=KeyIn("entry", ("late",)))])
    database = await Database.open(dsn, max_size=1, keeping=0)
    try:
        before = [statement.split(await database.rows(statement.sql, *statement.args))[0] for _ in range(7)]
        load(dsn, tmp_path, [event(9, eventType=3, entryId="late")])
        (after,) = statement.split(await database.rows(statement.sql, *statement.args))
    finally:
        await database.close()
    assert (before, after[0]["plays"]) == ([[]] * 7, 1)
