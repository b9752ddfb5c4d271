"""Cursors and ids lead back to where they came from, and to nothing else."""

import json
from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.errors import InvalidCursor, InvalidId, InvalidPage, PageTooLarge
from resolvers.ids import TYPES, GlobalId
from resolvers.pages import encode, from_cursor, size, to_cursor
from tests.differential.product import LIMITS

KEYS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


@given(st.none() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | KEYS, st.lists(KEYS, max_size=3))
def test_a_cursor_leads_back(value: str | int | float | None, keys: list[str]) -> None:
    assert from_cursor(to_cursor("plays desc", value, tuple(keys)), "plays desc", len(keys)) == (value, tuple(keys))


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "!",
        "é",
        "a" * 100_000,
        encode("[]"),
        encode("{}"),
        encode("1"),
        encode('["plays desc",NaN,"a"]'),
        encode('["plays desc",true,"a"]'),
        encode('["plays desc",{},"a"]'),
        encode('["plays desc",1,2]'),
        encode('["plays desc",1]'),
        encode('["plays desc",1,"a","b"]'),
        encode('["plays asc",1,"a"]'),
        encode('["plays desc",1,"\\u0000"]'),
        encode('["plays desc",1,"\\ud800"]'),
        encode("[" * 100_000),
        urlsafe_b64encode(json.dumps(["plays desc", 1, "aa"]).encode()).decode(),
    ],
)
def test_what_no_page_gave_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidCursor):
        from_cursor(cursor, "plays desc", 1)


@given(st.integers(0, 2**31), st.sampled_from(TYPES), KEYS)
def test_an_id_leads_back(tenant: int, type_: str, key: str) -> None:
    assert GlobalId.parse(str(GlobalId(tenant, type_, key))) == (tenant, type_, key)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "é",
        "!!!!",
        encode("1:Entry"),
        encode("x:Entry:a"),
        encode("1:Query:a"),
        encode("01:Entry:a"),
        encode("1:Entry:\0"),
    ],
)
def test_what_no_object_gave_is_refused(text: str) -> None:
    with pytest.raises(InvalidId) as refused:
        GlobalId.parse(text)
    assert refused.value.code == "INVALID_ID"
    assert refused.value.hint


def test_a_page_has_bounds() -> None:
    assert size(None, LIMITS) == 25
    assert size(0, LIMITS) == 0
    assert size(1000, LIMITS) == 1000
    with pytest.raises(PageTooLarge):
        size(1001, LIMITS)
    with pytest.raises(InvalidPage):
        size(-1, LIMITS)
