"""The shapes in which the metrics of a scope are asked for."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import product
from typing import Any

from .attribution import UNKNOWN, Fact, Tenant
from .calendar import Bucket, Range, buckets
from .filters import Filter, passes
from .metrics import ADDITIVE, FIELDS, METRICS, Facts, Value, live, measure, of_kind, ratio, vod

MOST_MOMENTS = 20
QUARTILES = {
    "TWENTY_FIVE_PERCENT": "playsReached25", "FIFTY_PERCENT": "playsReached50",
    "SEVENTY_FIVE_PERCENT": "playsReached75", "HUNDRED_PERCENT": "playsReached100",
}  # fmt: skip


@dataclass(frozen=True)
class Scope:
    """What a panel is about: the facts of all time, and the range that is looked at."""

    tenant: Tenant
    everything: Facts
    span: Range

    @property
    def facts(self) -> list[Fact]:
        """The facts of the range."""
        return [fact for fact in self.everything if self.span.holds(fact.time)]

    def narrowed(self, keep: Callable[[Fact], bool]) -> "Scope":
        return replace(self, everything=[fact for fact in self.everything if keep(fact)])

    def filtered(self, condition: Filter | None) -> "Scope":
        return self.narrowed(lambda fact: passes(fact, condition))

    def at(self, span: Range) -> "Scope":
        return replace(self, span=span)


@dataclass(frozen=True)
class Row:
    """One row of a breakdown, itself a scope."""

    keys: tuple[str, ...]
    scope: Scope
    facts: Facts


def totals(scope: Scope) -> dict[str, Value]:
    return measure(scope.facts)


def change(current: Value, before: Value) -> float | None:
    return None if current is None or not before else (current - before) / before


def comparison(scope: Scope, to: Range) -> list[tuple[str, Value, Value, float | None]]:
    """For every metric its name, value, value in the other range, and the relative change."""
    now, then = totals(scope), totals(scope.at(to))
    return [(name, now[field], then[field], change(now[field], then[field])) for name, field in FIELDS.items()]


def timeline(scope: Scope, granularity: str) -> list[tuple[Bucket, Facts]]:
    """Every bucket of the range with its facts, empty ones included."""
    left = sorted(scope.facts, key=lambda fact: fact.time)
    points: list[tuple[Bucket, Facts]] = []
    place = 0
    for bucket in buckets(scope.span, granularity):
        first = place
        while place < len(left) and left[place].time < bucket.end:
            place += 1
        points.append((bucket, left[first:place]))
    return points


def breakdown(scope: Scope, by: Sequence[str]) -> list[Row]:
    """A row for every combination of keys that has an event in the scope, by key."""
    within = of_rows(scope, by)
    now: dict[tuple[str, ...], list[Fact]] = defaultdict(list)
    ever: dict[tuple[str, ...], list[Fact]] = defaultdict(list)
    for fact in within.everything:
        for keys in key_sets(fact, by):
            ever[keys].append(fact)
            if scope.span.holds(fact.time):
                now[keys].append(fact)
    return [Row(keys, replace(scope, everything=ever[keys]), now[keys]) for keys in sorted(now)]


def of_rows(scope: Scope, by: Sequence[str]) -> Scope:
    """What the rows are made of: everything, but for reactions the reactions sent."""
    return scope.narrowed(lambda fact: fact.kind == "reactionSent") if "REACTION" in by else scope


def key_sets(fact: Fact, by: Sequence[str]) -> Iterator[tuple[str, ...]]:
    return product(*(fact.keys[dimension] for dimension in by))


def found(scope: Scope, rows: Iterable[Row], search: str) -> list[Row]:
    """The rows of users whose name, id, email or company holds the text."""
    return [row for row in rows if search.casefold() in searched(scope.tenant.users.get(row.keys[0], {}), row.keys[0])]


def searched(user: dict[str, Any], key: str) -> str:
    if key == UNKNOWN:
        return ""
    name = f"{user.get('firstName') or ''} {user.get('lastName') or ''}".strip()
    return "\n".join((name, key, user.get("email") or "", user.get("company") or "")).casefold()


def ordered(rows: Sequence[Row], metric: str = "PLAYS", direction: str = "DESC") -> list[Row]:
    """By the metric, nulls last both ways, ties by key ascending."""
    function, sign = METRICS[FIELDS[metric]], -1 if direction == "DESC" else 1

    def place(row: Row) -> tuple[bool, float, tuple[str, ...]]:
        value = function(row.facts)
        return value is None, sign * (value or 0), row.keys

    return sorted(rows, key=place)


def whole(rows: Iterable[Row]) -> list[Fact]:
    """The facts of all rows, each once."""
    return list({id(fact): fact for row in rows for fact in row.facts}.values())


def share(row: Row, everything: Facts, metric: str = "PLAYS") -> float | None:
    """The row's part of the whole, for metrics that sum."""
    field = FIELDS[metric]
    if field not in ADDITIVE:
        return None
    return ratio(METRICS[field](row.facts) or 0, METRICS[field](everything) or 0)


def playback_curve(scope: Scope) -> list[tuple[int, int, int, str]]:
    """For each percentile its views, the users with a view of it, and the tier."""
    views: Counter[int] = Counter()
    viewers: dict[int, set[str]] = defaultdict(set)
    for fact in vod(scope.facts):
        for k in fact.beat.views if fact.beat else ():
            views[k] += 1
            viewers[k].add(fact.user)
    return [(k, views[k], len(viewers[k]), tier(views[k])) for k in range(1, 101)]


def tier(views: int) -> str:
    return ("NOT_VIEWED", "ONCE", "TWICE", "MORE_THAN_TWICE")[min(views, 3)]


def funnel(scope: Scope, reached: str = "FIFTY_PERCENT") -> list[tuple[str, int, float | None]]:
    """Each step with its count and its ratio to impressions."""
    facts = scope.facts
    steps = {"IMPRESSIONS": "playerImpressions", "PLAYS": "plays", "REACHED": QUARTILES[reached]}
    counts = {step: int(METRICS[field](facts) or 0) for step, field in steps.items()}
    return [(step, count, ratio(count, counts["IMPRESSIONS"])) for step, count in counts.items()]


def heat_map(scope: Scope) -> list[tuple[datetime, str]]:
    """Live engagement minute by minute."""
    return [(bucket.start, state(live(facts))) for bucket, facts in timeline(scope, "MINUTE")]


def state(beats: Facts) -> str:
    if not beats:
        return "OFFLINE"
    return "ENGAGED" if any(fact.beat and fact.beat.engaged for fact in beats) else "NOT_ENGAGED"


def top_moments(scope: Scope, first: int = 5) -> list[tuple[datetime, datetime, Counter[str]]]:
    """The chunks of the range with the most reactions, with their count by type."""
    span = scope.span
    chunk = timedelta(minutes=-(-(span.end - span.start) // timedelta(minutes=MOST_MOMENTS)))
    counts: dict[datetime, Counter[str]] = defaultdict(Counter)
    for fact in of_kind(scope.facts, "reactionSent"):
        start = span.start + (fact.time - span.start) // chunk * chunk
        counts[start].update(fact.keys["REACTION"])
    best = sorted(counts.items(), key=lambda item: (-item[1].total(), item[0]))[:first]
    return [(start, start + chunk, by_type) for start, by_type in best]
