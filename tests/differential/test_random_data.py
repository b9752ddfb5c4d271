"""Random data sets full of edges, loaded in several ways, against the reference: every answer is the same.

FRONTROW_SEEDS: how many data sets, each loaded in every way. An ordinary run takes a few, each in two ways.
"""

import json
import os
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest

from db.pool import Database
from db.storage import tables
from tests.db.answers import BEYOND_THEIR_SPAN
from tests.db.firsts import wrong_firsts
from tests.reference.answers import put
from tests.reference.attribution import Tenant, tenant_of
from tests.reference.generate import NOW, TENANTS, Dataset, generate
from tests.reference.matching import difference
from tests.reference.questions import everything, question
from tests.reference.reading import World, read

from . import product
from .loading import WAYS, Load, as_it_happened, in_one_file, in_shuffled_parts

ASKED_FOR = os.environ.get("FRONTROW_SEEDS")
QUESTIONS = 8  # of each tenant
RUNS = [
    (seed, load)
    for seed in range(int(ASKED_FOR or 10))
    for number, load in enumerate(WAYS)
    if ASKED_FOR or number % 2 == seed % 2
]


@lru_cache(maxsize=2)
def data_of(seed: int) -> Dataset:
    return generate(seed)


@lru_cache(maxsize=2)
def world_of(seed: int) -> World:
    return read(data_of(seed).lines(), NOW)


@lru_cache(maxsize=4)
def tenant(seed: int, partner: int) -> Tenant:
    return tenant_of(world_of(seed), partner)


@lru_cache(maxsize=128)
def expected(seed: int, partner: int, number: int) -> tuple[str, dict[str, Any], Any]:
    """A question, its variables and the reference's answer."""
    document, variables = asked(seed, partner, number)
    answer = put(tenant(seed, partner), document, variables, NOW)
    return document, variables, json.loads(json.dumps(answer, default=lambda moment: moment.isoformat()))


def asked(seed: int, partner: int, number: int) -> tuple[str, dict[str, Any]]:
    return question(Random(f"{seed}-{partner}-{number}")) if number else everything()


@pytest.mark.parametrize(("seed", "load"), RUNS)
async def test_answers_like_the_reference(
    seed: int, load: Load, dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refresh = tables._refresh

    def checked(connection: psycopg.Connection[Any], *arguments: Any) -> bool:
        assert connection.execute(BEYOND_THEIR_SPAN).fetchone() == (0,)
        return refresh(connection, *arguments)

    monkeypatch.setattr(tables, "_refresh", checked)
    load(dsn, data_of(seed), tmp_path, seed)
    assert wrong_firsts(dsn) == {}
    database = await Database.open(dsn, max_size=2)
    try:
        for partner in TENANTS:
            for number in range(QUESTIONS):
                document, variables, answer = expected(seed, partner, number)
                got = await product.put(database, partner, document, variables, NOW)
                assert difference(answer, got) is None, (partner, number, document, variables)
    finally:
        await database.close()


@pytest.mark.parametrize("seed", range(100, 100 + int(ASKED_FOR or 2)))
async def test_order_does_not_matter_where_lines_disagree(
    seed: int, make_database: Any, empty_dsn: str, tmp_path: Path
) -> None:
    """Of two events with one key and different content the same one is kept, whichever came first."""
    data = generate(seed, contested=True)
    answers = []
    for load in (in_one_file, in_shuffled_parts, as_it_happened):
        dsn = make_database(empty_dsn)
        folder = tmp_path / load.__name__
        folder.mkdir()
        load(dsn, data, folder, seed)
        answers.append(await answers_of(dsn, seed))
    assert difference(answers[0], answers[1]) is None
    assert difference(answers[0], answers[2]) is None


async def answers_of(dsn: str, seed: int) -> list[Any]:
    database = await Database.open(dsn, max_size=2)
    questions = [(partner, *asked(seed, partner, number)) for partner in TENANTS for number in range(2 * QUESTIONS)]
    try:
        return [await product.put(database, *each, NOW) for each in questions]
    finally:
        await database.close()
