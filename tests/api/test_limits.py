"""What a document may ask for at most."""

import httpx
import pytest
from graphql import get_introspection_query

from tests.api.toys import ToyLimits, toy_client

JSON = {"Accept": "application/graphql-response+json"}


async def ask(document: str, limits: ToyLimits = ToyLimits(), **variables: object) -> httpx.Response:  # noqa: B008
    """The answer under these limits."""
    async with toy_client(limits) as client:
        return await client.post("/graphql", json={"query": document, "variables": variables}, headers=JSON)


async def refusal(document: str, limits: ToyLimits, **variables: object) -> dict[str, str]:
    """The error's code, message and hint."""
    response = await ask(document, limits, **variables)
    assert response.status_code == 400
    (error,) = response.json()["errors"]
    return {"message": error["message"], **error["extensions"]}


def drill(levels: int, *, first: int = 10, rows: str = "nodes { key metrics { plays } %s }") -> str:
    """A breakdown inside a breakdown, so many levels."""
    inside = ""
    for _ in range(levels):
        inside = f"analytics {{ countries(first: {first}) {{ {rows % inside} totalCount }} }}"
    return f"{{ {inside} }}"


async def test_the_introspection_of_tools_passes() -> None:
    document = get_introspection_query(input_value_deprecation=True, schema_description=True, type_depth=9)
    response = await ask(document)
    assert response.status_code == 200
    assert "errors" not in response.json()


async def test_introspection_that_multiplies_itself_does_not_pass() -> None:
    nested = "{ __schema { types { " + "fields { type { " * 8 + "name" + " } }" * 8 + " } } }"
    assert (await ask(nested)).status_code == 400


@pytest.mark.parametrize(
    "rows", ["nodes { key metrics { plays } %s }", "edges { cursor node { key metrics { plays } %s } }"]
)
async def test_a_drill_down_of_five_levels_passes(rows: str) -> None:
    response = await ask(drill(5, first=10, rows=rows))
    assert response.status_code == 200
    assert "errors" not in response.json()


async def test_depth_counts_fields_and_not_fragments() -> None:
    limits = ToyLimits(max_depth=4)
    inside = "analytics { ... { ... { countries { nodes { key } } } } }"
    assert (await ask(f"{{ {inside} }}", limits)).status_code == 200
    told = await refusal("{ analytics { countries { nodes { metrics { plays } } } } }", limits)
    assert told["code"] == "TOO_DEEP"
    assert told["message"] == "the document is 5 fields deep and may be 4"


async def test_aliases_count_wherever_a_fragment_is_used() -> None:
    document = (
        "{ analytics { metrics { ...M } countries { totals { ...M } } } } fragment M on Metrics { a: plays b: plays }"
    )
    assert (await ask(document, ToyLimits(max_aliases=4))).status_code == 200
    told = await refusal(document, ToyLimits(max_aliases=3))
    assert told["code"] == "TOO_MANY_ALIASES"
    assert "4 aliases and may hold 3" in told["message"]


async def test_a_field_asked_twice_under_one_name_costs_once() -> None:
    document = "{ analytics { metrics { plays } } ...A ...A } fragment A on Query { analytics { metrics { plays } } }"
    assert (await ask(document, ToyLimits(max_cost=2))).status_code == 200


async def test_tokens() -> None:
    told = await refusal("{ " + "hello " * 50 + "}", ToyLimits(max_tokens=50))
    assert told["code"] == "TOO_MANY_TOKENS"
    assert "50 tokens" in told["message"]
    assert told["hint"]


@pytest.mark.parametrize(
    ("document", "cost"),
    [
        ("{ hello }", 0),
        ("{ analytics { metrics { plays } } }", 2),
        ("{ analytics { countries(first: 7) { nodes { key } totals { plays } totalCount } } }", 1 + 1 + 7 + 1),
        ("{ analytics { countries { nodes { metrics { plays } } } } }", 1 + 1 + 25 * 2),
        ("{ analytics { countries(first: 3) { edges { node { metrics { plays } } } } } }", 1 + 1 + 3 * 3),
        ("{ analytics { timeline { metrics { plays } } } }", 1 + 100 * 2),
        ("query($n: Int = 4) { analytics { countries(first: $n) { nodes { key } } } }", 1 + 1 + 4),
    ],
)
async def test_the_cost_is_the_number_of_objects_the_answer_could_hold(document: str, cost: int) -> None:
    assert (await ask(document, ToyLimits(max_cost=cost))).status_code == 200
    if cost:
        told = await refusal(document, ToyLimits(max_cost=cost - 1))
        assert told["code"] == "TOO_COSTLY"
        assert f"{cost} objects" in told["message"]


@pytest.mark.parametrize(
    "left_out",
    [
        "...F @skip(if: true)",
        "...F @include(if: $no)",
        "... @include(if: $no) { ...F }",
        "countries(first: 9999) @skip(if: $yes) { totalCount }",
        "a: countries(first: 30) @include(if: false) { nodes { key } }",
        "...F @skip(if: false) @include(if: $no)",
    ],
)
async def test_what_is_left_out_does_not_count(left_out: str) -> None:
    head = "query($yes: Boolean! = true, $no: Boolean!)"
    use = "used: hello @include(if: $yes) unused: hello @skip(if: $no)"
    fragment = "fragment F on Analytics { countries(first: 30) { nodes { key } } }"
    document = f"{head} {{ {use} analytics {{ metrics {{ plays }} {left_out} }} }}"
    document += fragment if "...F" in left_out else ""
    limits = ToyLimits(max_cost=2, max_aliases=2)
    answer = (await ask(document, limits, no=False)).json()
    assert list(answer["data"]["analytics"]) == ["metrics"]
    if "$no)" in left_out:
        assert (await refusal(document, limits, no=True))["code"] == "TOO_COSTLY"


async def test_variables_count_at_each_request_anew() -> None:
    document = "query($n: Int!) { analytics { countries(first: $n) { nodes { key } } } }"
    async with toy_client(ToyLimits(max_cost=50)) as client:
        statuses = []
        for n in (10, 100, 10):
            body = {"query": document, "variables": {"n": n}}
            statuses.append((await client.post("/graphql", json=body, headers=JSON)).status_code)
    assert statuses == [200, 400, 200]


@pytest.mark.parametrize(("first", "code"), [(-1, "INVALID_PAGE"), (1001, "PAGE_TOO_LARGE")])
async def test_a_page_holds_so_many_rows(first: int, code: str) -> None:
    literal = f"{{ analytics {{ countries(first: {first}) {{ totalCount }} }} }}"
    variable = "query($n: Int) { analytics { countries(first: $n) { totalCount } } }"
    for told in (await refusal(literal, ToyLimits()), await refusal(variable, ToyLimits(), n=first)):
        assert told["code"] == code
        assert f"{first:,}" in told["message"]


async def test_fragments_that_multiply_are_measured_in_no_time() -> None:
    count = 18
    spread = "a: analytics { countries { nodes { ...F%d } } } b: analytics { countries { nodes { ...F%d } } }"
    fragments = [
        f"fragment F{n} on Row {{ x: analytics {{ ...G{n} }} y: analytics {{ ...G{n} }} }}" for n in range(count)
    ]
    fragments += [f"fragment G{n} on Analytics {{ countries {{ nodes {{ ...F{n + 1} }} }} }}" for n in range(count)]
    document = f"{{ {spread % (0, 0)} }} {' '.join(fragments)} fragment F{count} on Row {{ key }}"
    told = await refusal(document, ToyLimits(max_depth=200))
    assert told["code"] in ("TOO_COSTLY", "TOO_MANY_ALIASES")
