"""Random questions about a generated data set, as documents that reference and product are both asked."""

from collections.abc import Callable
from random import Random
from typing import Any

from .answers import BREAKDOWNS
from .metrics import ADDITIVE, FIELDS, METRICS, enum_name
from .shapes import QUARTILES

ALL = " ".join(METRICS)
ZONES = ("UTC", "Asia/Jerusalem", "Asia/Kathmandu", "America/New_York")
SCOPES = (
    "{}", 'entry(entryId: "clip") {{ {} }}', 'entry(entryId: "rec-1") {{ {} }}',
    'session(sessionId: "s-early") {{ {} }}',
    'session(sessionId: "s-late") {{ {} }}', 'room(entryId: "room-1") {{ {} }}', 'room(entryId: "room-1-b1") {{ {} }}',
    'user(userId: "u1") {{ {} }}', 'virtualEvent(eventId: "ve-1") {{ {} }}', 'country(code: "IL") {{ {} }}',
    'device(name: "TV") {{ {} }}', 'domain(name: "a.example") {{ {} }}',
)  # fmt: skip
RANGES: tuple[dict[str, Any], ...] = (
    {"between": {"from": "2026-03-20T00:00:00Z", "to": "2026-04-10T00:00:00Z"}},
    {"between": {"from": "2026-03-27T10:00:05Z", "to": "2026-03-27T10:44:00Z"}},
    {"between": {"from": "2026-03-27T22:00:00+02:00", "to": "2026-03-29T00:00:00+03:00"}},
    {"days": {"from": "2026-03-27", "to": "2026-03-27"}},
    {"days": {"from": "2026-03-26", "to": "2026-03-29"}},
)
FILTERS: tuple[dict[str, Any] | None, ...] = (
    None, None, {"country": {"in": ["IL", "Unknown"]}}, {"userId": {"in": ["Unknown"]}}, {"category": {"in": ["A>B"]}},
    {"category": {"notIn": ["A"]}}, {"not": {"category": {"in": ["A", "Unknown"]}}}, {"roomId": {"in": ["room-1"]}},
    {"or": [{"playbackType": {"in": ["live"]}}, {"device": {"in": ["TV"]}}]}, {"sessionId": {"notIn": ["Unknown"]}},
    {"and": [{"ownerId": {"in": ["u1"]}}, {"not": {"entryId": {"in": ["mid"]}}}]}, {"eventId": {"in": ["ve-1"]}},
    {"mediaType": {"in": ["video", "room"]}}, {"playbackType": {"in": ["vod"]}, "region": {"notIn": ["Texas"]}},
)  # fmt: skip


EVERYTHING = (
    f"query($r: DateRange) {{ analytics(range: $r) {{ metrics {{ {ALL} }} playbackCurve {{ views uniqueViewers }}"
    f" groups(by: [USER ENTRY SESSION], first: 1000) {{ nodes {{ keys {{ key }} metrics {{ {ALL} }} }} }}"
    f" entries(first: 100) {{ nodes {{ key analytics {{ playbackCurve {{ views uniqueViewers }} }} }} }} }} }}"
)


def everything() -> tuple[str, dict[str, Any]]:
    """The question whose answer shows whatever was read in another way."""
    return EVERYTHING, {"r": RANGES[0]}


def question(random: Random) -> tuple[str, dict[str, Any]]:
    """A document and its variables."""
    make, ranges, scopes = random.choice(SHAPES)
    field = f"analytics(range: $r, timeZone: $z, filter: $f) {{ {make(random)} }}"
    document = f"query($r: DateRange, $z: String, $f: AnalyticsFilter) {{ {random.choice(scopes).format(field)} }}"
    return document, {"r": random.choice(ranges), "z": random.choice(ZONES), "f": random.choice(FILTERS)}


def totals(random: Random) -> str:
    return f"range {{ from to timeZone }} metrics {{ {ALL} }}"


def comparison(random: Random) -> str:
    return (
        f"{compared(random)} {{ range {{ from to }} previous {{ {ALL} }} change {{ metric current previous change }} }}"
    )


def compared(random: Random) -> str:
    period = random.choice(("PREVIOUS", "YEAR_BEFORE"))
    earlier = '{between: {from: "2026-03-26T22:00:00Z", to: "2026-03-28T00:10:00Z"}}'
    return f"comparison(to: {random.choice((f'{{period: {period}}}', f'{{range: {earlier}}}'))})"


def timeline(random: Random) -> str:
    granularity = random.choice(("HOUR", "DAY", "WEEK", "MONTH", "YEAR"))
    return f"timeline(granularity: {granularity}) {{ start end complete metrics {{ {ALL} }} }}"


def minutes(random: Random) -> str:
    granularity, metrics = random.choice(("MINUTE", "TEN_MINUTES")), " ".join(random.sample(list(FIELDS), 9))
    return f"series(granularity: {granularity}, metrics: [{metrics}]) {{ starts complete columns {{ metric values }} }}"


def heat_map(random: Random) -> str:
    return "engagementHeatmap { start state }"


def breakdown(random: Random) -> str:
    name = random.choice([name for name in BREAKDOWNS if name != "groups"])
    return rows(random, name, "key", random.choice(INSIDE))


def drilled(random: Random) -> str:
    """Rows that open further shapes."""
    name = random.choice(("countries", "users", "domains", "sessions", "categories", "reactionTypes"))
    inner = random.choice((timeline, curve, moments, breakdown))(random)
    node = f"{compared(random)} {{ change {{ metric change }} }} analytics {{ {inner} }}"
    return f"{name}(first: 3, orderBy: {{metric: MINUTES_VIEWED}}) {{ nodes {{ key {node} }} }}"


def search(random: Random) -> str:
    text = random.choice(("acme", "ACME & C", "u-unheard", "nobody", "unknown"))
    return rows(random, f'users search: "{text}"', "key user { userId name }", "")


INSIDE = ("", "analytics { devices(first: 100) { totalCount nodes { key metrics { plays minutesViewed } } } }")


def groups(random: Random) -> str:
    names = ("COUNTRY", "DEVICE", "CATEGORY", "USER", "SESSION", "ROOM", "ENTRY", "PLAYBACK_TYPE", "DOMAIN")
    by = " ".join(random.sample(names, random.choice((1, 2, 3))))
    return rows(random, f"groups by: [{by}]", "keys { dimension key }", "")


def rows(random: Random, name: str, key: str, inner: str) -> str:
    field, _, by = name.partition(" ")
    metric, direction = random.choice(list(FIELDS)), random.choice(("ASC", "DESC"))
    order = f"orderBy: {{metric: {metric}, direction: {direction}}}, first: 100"
    of = random.choice(sorted(enum_name(field) for field in ADDITIVE))
    node = f"{key} metrics {{ {ALL} }} share(of: {of}) {inner}"
    return f"{field}({by} {order}) {{ totalCount totals {{ {ALL} }} nodes {{ {node} }} }}"


def curve(random: Random) -> str:
    reached = random.choice(list(QUARTILES))
    return f"playbackCurve {{ percentile views uniqueViewers tier }} funnel(reached: {reached}) {{ step count rate }}"


def moments(random: Random) -> str:
    return "topMoments(first: 20) { start end reactions byType { reaction count } }"


USERS = tuple(f'user(userId: "{key}") {{{{ {{}} }}}}' for key in ("u1", "u2", "u3"))
SHORT = (RANGES[1], {"between": {"from": "2026-03-27T09:58:30.5Z", "to": "2026-03-27T13:58:00.25Z"}})
SHAPES: tuple[tuple[Callable[[Random], str], tuple[dict[str, Any], ...], tuple[str, ...]], ...] = (
    *((shape, RANGES, SCOPES) for shape in (totals, timeline, breakdown, breakdown, breakdown, groups, groups)),
    *((shape, RANGES, SCOPES) for shape in (curve, curve, moments, comparison, drilled, drilled, search)),
    (minutes, SHORT, SCOPES),
    (heat_map, SHORT, USERS),
)
"""How a shape is asked, over which ranges, of which scopes."""
