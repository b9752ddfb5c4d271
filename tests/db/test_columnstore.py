"""What comes late, is corrected or is attributed anew reaches the numbers, though its chunks are in the columnstore."""

from collections.abc import Callable
from pathlib import Path

import pytest

from db.maintain import maintain
from tests.db.answers import answers, differences
from tests.db.given import Record, beats, entry, event, load, session, value

COMPRESSED = "select count(*) from timescaledb_information.chunks where is_compressed and hypertable_name {}"
PARTLY = "select count(*) from _timescaledb_catalog.chunk where status & 8 <> 0"

FIRST: list[Record] = [
    entry(),
    entry("hall", mediaType="live"),
    session(entryId="hall", start=0, end=1800),
    *beats(9)[1::2],
    *(
        event(60 * n, entryId="hall", playbackType="live", sessionId="w", userId="u", eventIndex=n)
        for n in range(1, 40)
    ),
]
LATER: dict[str, list[Record]] = {
    "late events": [*beats(9)[::2], event(120, sessionId="x", userId="late")],
    "a heartbeat between others": [event(70, position=30, playTimeSum=70, eventIndex=7)],
    "another time of the session": [session(entryId="hall", start=600, end=2400)],
    "another duration": [entry(durationSeconds=200)],
}


@pytest.fixture
def compressed(dsn: str, aggregates: bool, tmp_path: Path) -> str:
    """A database whose first events, and what is rolled up of them, are in the columnstore."""
    if not aggregates:
        pytest.skip("there is no columnstore here")
    load(dsn, tmp_path, FIRST)
    maintain(dsn)
    assert value(dsn, COMPRESSED.format("= 'events'")) == 1
    assert value(dsn, COMPRESSED.format("<> 'events'")) == 2
    return dsn


@pytest.mark.parametrize("what", LATER)
async def test_it_reaches_the_numbers(
    compressed: str, what: str, make_database: Callable[[str | None], str], empty_dsn: str, tmp_path: Path
) -> None:
    whole = make_database(empty_dsn)
    load(whole, tmp_path, [*FIRST, *LATER[what]])
    expected = await answers(whole)
    before = await answers(compressed)
    load(compressed, tmp_path, LATER[what])
    assert not differences(await answers(compressed), expected)
    assert differences(before, expected)
    maintain(compressed)
    assert value(compressed, PARTLY) == 0
    assert not differences(await answers(compressed), expected)
