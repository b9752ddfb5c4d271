"""What only whole answers show: errors with a way out, few statements, nothing of another tenant."""

from dataclasses import replace
from typing import Any

import pytest
from graphql import ExecutionResult, graphql

from db.errors import QuestionError
from db.pool import Database
from resolvers.context import Context
from resolvers.ids import GlobalId
from schema import schema
from tests.differential.product import LIMITS

TENANT = 1001
SEASON = 'range: {between: {from: "2026-06-01", to: "2026-10-01"}}'


async def ask(database: Database, document: str, tenant: int = TENANT, **variables: object) -> ExecutionResult:
    """The answer to a document, as the API gets it."""
    return await graphql(
        schema._schema,
        document,
        context_value=Context.of(tenant, None, database, LIMITS),
        variable_values=variables,
        executor_class=schema.execution_context_class,
    )


async def data(database: Database, document: str, tenant: int = TENANT, **variables: object) -> Any:
    """The data of an answer without errors."""
    answer = await ask(database, document, tenant, **variables)
    assert answer.errors is None, answer.errors
    return answer.data


NODES = "nodes(ids: [" + '"x" ' * 1001 + "]) { id }"
"""One more than a page may hold."""


def _nested(depth: int) -> str:
    """A field with a filter of so many filters inside each other."""
    return f"analytics(filter: {'{not: ' * (depth - 1)}{{}}{'}' * (depth - 1)}) {{ metrics {{ plays }} }}"


@pytest.mark.parametrize(
    ("field", "code"),
    [
        ('analytics(range: {between: {from: "2026-02-01", to: "2026-01-01"}}) { metrics { plays } }', "INVALID_RANGE"),
        ('analytics(range: {days: {from: "2026-02-01", to: "2026-01-01"}}) { metrics { plays } }', "INVALID_RANGE"),
        ('analytics(range: {days: {from: "0001-01-01", to: "9999-12-31"}}) { metrics { plays } }', "INVALID_RANGE"),
        ('analytics(timeZone: "Mars/Base") { metrics { plays } }', "UNKNOWN_TIME_ZONE"),
        ("analytics { countries(first: 1001) { totalCount } }", "PAGE_TOO_LARGE"),
        ("analytics { countries(first: -1) { totalCount } }", "INVALID_PAGE"),
        ('analytics { countries(after: "x") { totalCount } }', "INVALID_CURSOR"),
        ('entries(after: "x") { totalCount }', "INVALID_CURSOR"),
        (
            'analytics(range: {days: {from: "2020-01-01", to: "2026-01-01"}})'
            " { timeline(granularity: MINUTE) { start } }",
            "TOO_MANY_POINTS",
        ),
        ('analytics { users(search: "ab") { totalCount } }', "SEARCH_TOO_SHORT"),
        ('users(search: "ab") { totalCount }', "SEARCH_TOO_SHORT"),
        ('users(search: "  a  ") { totalCount }', "SEARCH_TOO_SHORT"),
        (_nested(17), "FILTER_TOO_DEEP"),
        ("analytics { groups(by: []) { totalCount } }", "INVALID_GROUPS"),
        ("analytics { groups(by: [COUNTRY, CITY, COUNTRY]) { totalCount } }", "INVALID_GROUPS"),
        ("analytics { engagementHeatmap { state } }", "NEEDS_ONE_USER"),
        ('node(id: "x") { id }', "INVALID_ID"),
        (NODES, "PAGE_TOO_LARGE"),
    ],
)
async def test_what_cant_be_answered_is_an_error_with_a_way_out(database: Database, field: str, code: str) -> None:
    errors = (await ask(database, f"{{ {field} }}")).errors or []
    assert [isinstance(error.original_error, QuestionError) for error in errors] == [True]
    assert [getattr(error.original_error, "code", None) for error in errors] == [code]
    assert getattr(errors[0].original_error, "hint", None)


@pytest.mark.parametrize(
    ("field", "named"),
    [
        (NODES, "`ids` holds 1,001 ids"),
        ("analytics { engagementHeatmap { state } }", "the whole account"),
        (
            'country(code: "DE") { analytics(filter: {userId: {in: ["a", "b"]}}) { engagementHeatmap { state } } }',
            "country 'DE' with this filter",
        ),
        (_nested(17), "`filter` is 17 deep"),
        ('analytics { users(search: "ab") { totalCount } }', "'ab'"),
        ('node(id: "x") { id }', "'x'"),
    ],
)
async def test_an_error_names_what_was_asked(database: Database, field: str, named: str) -> None:
    (error,) = (await ask(database, f"{{ {field} }}")).errors or []
    assert named in error.message


@pytest.mark.parametrize(
    ("type_", "range_"),
    [("Date", "{days: {from: $when, to: $when}}"), ("DateTime", "{between: {from: $when, to: $when}}")],
)
async def test_a_date_that_is_none_is_told_with_one_that_is(database: Database, type_: str, range_: str) -> None:
    variable = f"query($when: {type_}!) {{ analytics(range: {range_}) {{ metrics {{ plays }} }} }}"
    literal = f"{{ analytics(range: {range_}) {{ metrics {{ plays }} }} }}".replace("$when", '"soon"')
    for answer in (await ask(database, variable, when="soon"), await ask(database, literal)):
        for error in answer.errors or []:
            assert "'soon'" in error.message
            assert "2026-07-14" in (error.extensions or {})["hint"]
        assert answer.errors


@pytest.mark.parametrize("search", ['""', "null"])
async def test_no_search_is_none(database: Database, search: str) -> None:
    document = f"{{ all: users {{ totalCount }} found: users(search: {search}) {{ totalCount }} }}"
    found = await data(database, document)
    assert found["found"] == found["all"]


async def test_limits_are_those_in_force(database: Database) -> None:
    limits = replace(LIMITS, max_timeline_points=24, max_filter_depth=2)

    def timeline(hours: int) -> str:
        end = f"2026-06-0{1 + hours // 24}T{hours % 24:02}:00Z"
        window = f'range: {{between: {{from: "2026-06-01", to: "{end}"}}}}'
        return f"{{ analytics({window}) {{ timeline(granularity: HOUR) {{ start }} }} }}"

    async def refused(document: str) -> str | None:
        context = Context.of(TENANT, None, database, limits)
        answer = await graphql(
            schema._schema, document, context_value=context, executor_class=schema.execution_context_class
        )
        return answer.errors[0].message if answer.errors else None

    told = (await data(database, "{ limits { maxTimelinePoints maxFilterDepth } }"))["limits"]
    assert told == {"maxTimelinePoints": 50_000, "maxFilterDepth": 16}
    assert await refused(timeline(24)) is None
    assert await refused(timeline(25)) == "the range holds about 25 points and a timeline at most 24"
    assert await refused(f"{{ {_nested(2)} }}") is None
    assert await refused(f"{{ {_nested(3)} }}") == "`filter` is 3 deep and may be 2"


async def test_one_error_leaves_the_rest(database: Database) -> None:
    answer = await ask(database, '{ entry(entryId: "v-mid") { name } bad: node(id: "x") { id } }')
    assert answer.data == {"entry": {"name": "Ten minutes"}, "bad": None}


async def test_a_malformed_id_leaves_the_other_nodes(database: Database) -> None:
    good = (await data(database, '{ entry(entryId: "v-mid") { id } }'))["entry"]["id"]
    answer = await ask(database, f'{{ nodes(ids: ["{good}", "x", "{good}"]) {{ id }} }}')
    assert answer.data == {"nodes": [{"id": good}, None, {"id": good}]}
    assert [error.path for error in answer.errors or ()] == [["nodes", 1]]


async def test_rows_open_shapes_in_one_statement(database: Database) -> None:
    before = database.statements
    found = await data(
        database,
        f"{{ analytics({SEASON}) {{ users(first: 30) {{ nodes {{ user {{ name }} analytics {{ metrics {{ plays }}"
        " timeline(granularity: MONTH) { metrics { minutesViewed } } } } } } }",
    )
    assert len(found["analytics"]["users"]["nodes"]) == 30
    assert database.statements - before == 3  # the rows; their users; all that is asked of them


async def test_panels_side_by_side_share_a_statement(database: Database) -> None:
    before = database.statements
    await data(
        database,
        f"{{ analytics({SEASON}) {{ metrics {{ plays }} funnel {{ rate }} countries {{ totals {{ uniqueViewers }}"
        " nodes { share } } devices { nodes { key } } timeline(granularity: WEEK) { metrics { plays } } } }",
    )
    assert database.statements - before == 1


async def test_only_what_is_selected_is_asked(database: Database) -> None:
    before = database.statements
    await data(
        database, f"{{ analytics({SEASON}) {{ range {{ from }} metrics {{ __typename }} }} limits {{ maxDepth }} }}"
    )
    assert database.statements == before


async def test_ids_lead_back_and_to_no_other_tenant(database: Database) -> None:
    document = (
        '{ a: entry(entryId: "v-mid") { id } b: session(sessionId: "s-1") { id } c: room(entryId: "room-1") { id }'
        ' d: user(userId: "u01") { id } e: virtualEvent(eventId: "ve-1") { id } f: country(code: "IL") { id }'
        ' g: device(name: "Mobile") { id } h: domain(name: "www.example.com") { id } i: poll(pollId: "p-2") { id } }'
    )
    ids = [found["id"] for found in (await data(database, document)).values()]
    query = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"
    nodes = (await data(database, query, ids=ids))["nodes"]
    assert [node["id"] for node in nodes] == ids
    assert [node["__typename"] for node in nodes] == [GlobalId.parse(id_).type for id_ in ids]
    assert (await data(database, query, 1002, ids=ids))["nodes"] == [None] * len(ids)


@pytest.mark.parametrize(
    "field",
    [
        'entry(entryId: "nope") { name }',
        'entry(entryId: "a\\u0000b") { name }',
        'session(sessionId: "nope") { name }',
        'room(entryId: "v-mid") { name }',
        'user(userId: "Unknown") { name }',
        'virtualEvent(eventId: "nope") { name }',
        'poll(pollId: "nope") { question }',
        'country(code: "XX") { name }',
        'device(name: "Toaster") { name }',
        'device(name: "Unknown") { name }',
        'domain(name: "nowhere.example") { name }',
    ],
)
async def test_what_there_is_not_is_null(database: Database, field: str) -> None:
    assert list((await data(database, f"{{ {field} }}")).values()) == [None]


@pytest.mark.parametrize(
    "connection",
    [
        "entries(orderBy: {field: NAME, direction: ASC}, first: $first, after: $after)",
        "entries(orderBy: {field: CREATED_AT}, first: $first, after: $after)",
        "sessions(first: $first, after: $after)",
        "users(first: $first, after: $after)",
        "rooms(first: $first, after: $after)",
        "virtualEvents(first: $first, after: $after)",
    ],
)
async def test_pages_of_the_catalogue_are_the_whole(database: Database, connection: str) -> None:
    document = (
        f"query($first: Int, $after: String) {{ list: {connection} {{ totalCount nodes {{ id }} edges {{ cursor }}"
        " pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"
    )
    whole = (await data(database, document, first=1000))["list"]
    ids: list[str] = []
    after = None
    while True:
        page = (await data(database, document, first=2, after=after))["list"]
        assert page["totalCount"] == whole["totalCount"] == len(whole["nodes"])
        assert page["pageInfo"]["hasPreviousPage"] is (after is not None)
        ids += [node["id"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert ids == [node["id"] for node in whole["nodes"]]


async def test_a_page_past_the_end_still_counts(database: Database) -> None:
    document = (
        "query($after: String) { entries(first: 1000, after: $after)"
        " { totalCount nodes { id } pageInfo { endCursor } } }"
    )
    first = (await data(database, document))["entries"]
    past = (await data(database, document, after=first["pageInfo"]["endCursor"]))["entries"]
    assert past == {"totalCount": first["totalCount"], "nodes": [], "pageInfo": {"endCursor": None}}


async def test_a_share_of_what_does_not_add_up_is_null(database: Database) -> None:
    found = await data(
        database, f"{{ analytics({SEASON}) {{ countries(first: 3) {{ nodes {{ share(of: UNIQUE_VIEWERS) }} }} }} }}"
    )
    assert [row["share"] for row in found["analytics"]["countries"]["nodes"]] == [None] * 3


async def test_times_are_served_in_the_zone(database: Database) -> None:
    found = await data(
        database,
        '{ session(sessionId: "s-1") { startsAt analytics(timeZone: "Asia/Kathmandu") { range { from } } } }',
    )
    assert found["session"] == {
        "startsAt": "2026-07-14T10:20:00+00:00",
        "analytics": {"range": {"from": "2026-07-14T16:05:00+05:45"}},
    }


async def test_the_heat_map_takes_a_filter_of_one_user(database: Database) -> None:
    hour = 'range: {between: {from: "2026-07-14T10:00:00", to: "2026-07-14T11:00:00"}}'
    found = await data(
        database,
        f'{{ analytics({hour}, filter: {{and: [{{userId: {{in: ["u01"]}}}}]}}) {{ engagementHeatmap {{ state }} }} }}',
    )
    assert len(found["analytics"]["engagementHeatmap"]) == 60


EMPTY_RANGE = 'range: {between: {from: "2026-07-14T10:00:00Z", to: "2026-07-14T10:00:00Z"}}'


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ("metrics { plays uniqueViewers playThroughRate }", {"plays": 0, "uniqueViewers": 0, "playThroughRate": None}),
        ("countries { totalCount nodes { key } }", {"totalCount": 0, "nodes": []}),
        ("timeline(granularity: DAY) { start }", []),
        ("topMoments { start }", []),
        ("funnel { count }", [{"count": 0}] * 3),
    ],
)
async def test_a_range_without_length_holds_nothing(database: Database, shape: str, expected: object) -> None:
    found = (await data(database, f"{{ analytics({EMPTY_RANGE}) {{ {shape} }} }}"))["analytics"]
    assert next(iter(found.values())) == expected


async def test_a_cursor_of_another_list_is_refused(database: Database) -> None:
    page = f"{{ analytics({SEASON}) {{ countries(first: 1) {{ pageInfo {{ endCursor }} }} }} }}"
    cursor = (await data(database, page))["analytics"]["countries"]["pageInfo"]["endCursor"]
    answer = await ask(database, f'{{ analytics({SEASON}) {{ devices(after: "{cursor}") {{ nodes {{ key }} }} }} }}')
    assert answer.errors is not None
    assert answer.errors[0].original_error is not None
    assert getattr(answer.errors[0].original_error, "code", "") == "INVALID_CURSOR"


@pytest.mark.parametrize("zone", ["localtime", "posixrules", "right/Europe/Berlin", "Factory"])
async def test_names_that_are_no_zones_are_refused(database: Database, zone: str) -> None:
    answer = await ask(database, f'{{ analytics(timeZone: "{zone}") {{ metrics {{ plays }} }} }}')
    assert answer.errors is not None
    assert getattr(answer.errors[0].original_error, "code", "") == "UNKNOWN_TIME_ZONE"
