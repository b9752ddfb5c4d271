"""What other engines are asked: panels as SQL over their table of raw events, and the numbers that must come out.

One SQL for all of them: DuckDB knows `arrayJoin` and `bitCount` by macros (tests/bench/engines.py).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from db.codes import HEARTBEAT, IMPRESSION, PLAY, REACHED_50, ROOM_VIEW, VOD
from tests.bench.data import TENANT
from tests.bench.panels import ACCOUNT_COUNTRIES, ACCOUNT_DAYS, ACCOUNT_ENTRIES, ENTRY_TOTALS, VIEWER_PANEL, Subject

Numbers = list[tuple[float, ...]]

_PLAYS: Final = f"count(*) filter (where event_type = {PLAY})"
_MINUTES: Final = "sum(play_seconds) / 60"
_VIEWERS: Final = f"count(distinct user_key) filter (where event_type in ({PLAY}, {HEARTBEAT}, {ROOM_VIEW}))"
_TOTALS: Final = f"{_PLAYS} as plays, {_VIEWERS} as viewers, {_MINUTES} as minutes"
_SEEN: Final = "bitCount(bit_or(coverage_low)) + bitCount(bit_or(coverage_high))"


@dataclass(frozen=True, slots=True)
class Question:
    """A select, and how to find its numbers in the API's answer to the panel."""

    sql: str
    numbers: Callable[[Any], Numbers]


def questions(about: Subject, user_key: int) -> Mapping[str, Question]:
    """Every panel that is asked elsewhere, too. `user_key`: of the viewer that one panel is about."""
    whole = _rows(about.start, about.end)
    entry = f"{_rows(about.recent, about.end)} and entry_key = {about.entry_key}"
    before = about.recent - (about.end - about.recent)
    return {
        "highlights, compared": Question(_highlights(about, before), _compared),
        "playback curve": Question(_curve(entry), _points),
        "viewers": Question(
            "select plays, rate, minutes, count(*) over () as viewers from ("
            f"select {_PLAYS} as plays, ({_SEEN}) / 100 as rate, {_MINUTES} as minutes {entry} group by user_key"
            ") v order by minutes desc limit 25",
            _viewers,
        ),
        VIEWER_PANEL: Question(
            f"select {_PLAYS}, {_MINUTES}, ({_SEEN}) / 100 {entry} and user_key = {user_key}",
            lambda answer: _listed(answer, ("plays", "minutesViewed", "totalCompletionRate")),
        ),
        "timeline by day": Question(f"select {_TOTALS} {entry} group by date_trunc('day', time)", _totals),
        "funnel": Question(
            f"select count(*) filter (where event_type = {IMPRESSION}), {_PLAYS},"
            f" count(*) filter (where event_type = {REACHED_50}) {entry}",
            lambda answer: [tuple(float(step["count"]) for step in answer["entry"]["analytics"]["funnel"])],
        ),
        "countries": Question(_top("country", entry), _totals),
        "devices": Question(_top("device", entry), _totals),
        "domains": Question(_top("domain", entry), _totals),
        "playback contexts": Question(_top("context", entry), _totals),
        ENTRY_TOTALS: Question(f"select {_TOTALS} {whole} and entry_key = {about.entry_key}", _totals),
        "account totals": Question(f"select {_TOTALS} {whole}", _totals),
        ACCOUNT_COUNTRIES: Question(f"select {_TOTALS} {whole} group by country", _totals),
        ACCOUNT_DAYS: Question(f"select {_TOTALS} {whole} group by date_trunc('day', time)", _totals),
        ACCOUNT_ENTRIES: Question(
            _completed(whole),
            lambda answer: _listed(answer, ("plays", "uniqueViewers", "minutesViewed", "averageCompletionRate")),
        ),
    }


def _rows(start: datetime, end: datetime) -> str:
    bounds = (f"time {sign} timestamp '{moment:%Y-%m-%d %H:%M:%S}'" for sign, moment in ((">=", start), ("<", end)))
    return f"from events where partner_id = {TENANT} and {' and '.join(bounds)}"


def _top(column: str, rows: str) -> str:
    return f"select {_TOTALS} {rows} group by {column} order by plays desc limit 10"


def _highlights(about: Subject, before: datetime) -> str:
    """Both ranges at once: the current one first."""
    rows = f"{_rows(before, about.end)} and entry_key = {about.entry_key}"
    current = f"time >= timestamp '{about.recent:%Y-%m-%d %H:%M:%S}'"
    viewings = f"select {current} as recent, viewing_key, {_SEEN} as seen {rows} and viewing_key > 0 group by 1, 2"
    totals = f"select {current} as recent, count(*) filter (where event_type = {IMPRESSION}) as impressions, {_TOTALS}"
    return (
        f"select impressions, plays, viewers, minutes, seen / 100 / plays from ({totals} {rows} group by 1) t"
        f" join (select recent, sum(seen) as seen from ({viewings}) v group by recent) c on c.recent = t.recent"
    )


def _completed(rows: str) -> str:
    """Entries with their completion rates: of a play on demand, at most 1."""
    on_demand = f"count(*) filter (where event_type = {PLAY} and playback = {VOD}) as on_demand"
    viewings = f"select entry_key, viewing_key, {_SEEN} as seen {rows} and viewing_key > 0 group by 1, 2"
    return (
        "select plays, viewers, minutes,"
        " case when on_demand > 0 then least(1, coalesce(seen, 0) / 100 / on_demand) else 0 end"
        f" from (select entry_key, {_TOTALS}, {on_demand} {rows} group by entry_key) t"
        f" left join (select entry_key, sum(seen) as seen from ({viewings}) v group by entry_key) c"
        " on c.entry_key = t.entry_key where plays > 0 or viewers > 0 or minutes > 0"
    )


def _curve(rows: str) -> str:
    """Views and viewers of each percentile: of the intervals of each heartbeat, less what the one before counted."""
    first = f"select user_key, counted, arrayJoin(range(first_low, first_high + 1)) as k {rows} and first_low > 0"
    second = f"select user_key, arrayJoin(range(second_low, second_high + 1)) as k {rows} and second_low > 0"
    played = f"select user_key, k from ({first}) f where k <> counted union all {second}"
    return f"select k, count(*), count(distinct user_key) from ({played}) p group by k"


def _totals(answer: Any) -> Numbers:
    return _listed(answer, ("plays", "uniqueViewers", "minutesViewed"))


def _compared(answer: Any) -> Numbers:
    names = ("playerImpressions", "plays", "uniqueViewers", "minutesViewed", "averageCompletionRate")
    analytics = answer["entry"]["analytics"]
    both = (analytics["metrics"], analytics["comparison"]["previous"])
    return [tuple(float(each[name] or 0) for name in names) for each in both]


def _viewers(answer: Any) -> Numbers:
    of_all = float(answer["entry"]["analytics"]["users"]["totalCount"])
    return [(minutes, of_all) for (minutes,) in _listed(answer, ("minutesViewed",))]


def _points(answer: Any) -> Numbers:
    names = ("percentile", "views", "uniqueViewers")
    return [tuple(float(point[name]) for name in names) for point in answer["entry"]["analytics"]["playbackCurve"]]


def _listed(answer: Any, names: Sequence[str]) -> Numbers:
    """These metrics wherever an answer holds them."""
    return [tuple(float(found[name] or 0) for name in names) for found in _metrics(answer)]


def _metrics(answer: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(answer, list):
        for item in answer:
            yield from _metrics(item)
    elif isinstance(answer, dict):
        if (found := answer.get("metrics")) is not None:
            yield found
        for item in answer.values():
            yield from _metrics(item)
