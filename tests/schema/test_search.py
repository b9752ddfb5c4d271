"""Searching entries and sessions by part of their name, whatever the case."""

import pytest

from db.pool import Database
from tests.db.given import entry, session
from tests.schema.test_answers import data
from tests.schema.watching import Told

FOUND = {
    "Überblick": ["e-1"],
    "überblick": ["e-1"],
    "ÜBERBLICK ÉT": ["e-1"],
    "ПРИВЕТ": ["e-2"],
    "привет": ["e-2"],
    "ARe": ["e-3"],
    "שלום": ["e-4"],
    "%": [],
}
"""Of each search the entries or sessions that it finds, by number."""


@pytest.mark.parametrize("search", FOUND)
async def test_names_are_searched_in_capitals_or_not(own: Database, told: Told, search: str) -> None:
    names = ["Überblick ÉTÉ", "Привет", "plain arena", "שלום"]
    told(*(entry(f"e-{number}", name=name) for number, name in enumerate(names, 1)))
    told(*(session(f"e-{number}", entryId=f"e-{number}", name=name) for number, name in enumerate(names, 1)))
    document = (
        "query($s: String!) { entries(filter: {search: $s}) { totalCount nodes { key: entryId } }"
        " sessions(filter: {search: $s}) { totalCount nodes { key: sessionId } } }"
    )
    for listed in (await data(own, document, s=search)).values():
        assert [node["key"] for node in listed["nodes"]] == FOUND[search]
        assert listed["totalCount"] == len(FOUND[search])
