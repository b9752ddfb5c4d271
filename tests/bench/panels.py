"""What is asked: an entry's dashboard by panels and whole, questions about the account, other dashboards whole.

The ranges are days of the sample's own period, so that they mean the same on whatever day they are asked: the last 30
for an entry, all of them for the account. The entry is the one with the most rows to read, the viewer its keenest.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import psycopg

from api.explorer.examples import examples
from tests.bench.data import END, TENANT
from tests.bench.live_session import SESSION

ENTRY_DAYS: Final = timedelta(days=30)

TOTALS: Final = "metrics { plays uniqueViewers minutesViewed }"
HIGHLIGHTS: Final = "playerImpressions plays uniqueViewers minutesViewed averageCompletionRate"

ENTRY_PANELS: Final = {
    "highlights, compared": f"metrics {{ {HIGHLIGHTS} }}"
    f" comparison {{ previous {{ {HIGHLIGHTS} }} change {{ metric change }} }}",
    "playback curve": "playbackCurve { percentile views uniqueViewers }",
    "viewers": "users(first: 25, orderBy: { metric: MINUTES_VIEWED }) { totalCount nodes { user { userId name email }"
    " metrics { plays minutesViewed totalCompletionRate } } pageInfo { hasNextPage endCursor } }",
    "timeline by day": f"timeline(granularity: DAY) {{ start {TOTALS} }}",
    "funnel": "funnel { step count rate }",
    "countries": f"countries(first: 10) {{ totalCount nodes {{ country {{ code name }} share {TOTALS} }} }}",
    "devices": f"devices(first: 10) {{ nodes {{ key share {TOTALS} }} }}",
    "domains": f"domains(first: 10) {{ totalCount nodes {{ key share {TOTALS} }} }}",
    "playback contexts": f"playbackContexts(first: 10) {{ totalCount nodes {{ key share {TOTALS} }} }}",
}
VIEWER_PANEL: Final = "one viewer's heat map"
VIEWER: Final = "metrics { plays minutesViewed totalCompletionRate } playbackCurve { percentile views tier }"
ALL_PANELS: Final = "all ten in one request"

ENTRY_TOTALS: Final = "an entry's totals"
ACCOUNT_COUNTRIES: Final = "account countries"
ACCOUNT_DAYS: Final = "account days"
ACCOUNT_ENTRIES: Final = "account entries, completed"
ACCOUNT_PANELS: Final = {
    "account totals": TOTALS,
    ACCOUNT_COUNTRIES: f"countries(first: 300) {{ nodes {{ country {{ code }} {TOTALS} }} }}",
    ACCOUNT_DAYS: f"timeline(granularity: DAY) {{ start {TOTALS} }}",
    ACCOUNT_ENTRIES: "entries(first: 100) { nodes { entry { name }"
    " metrics { plays uniqueViewers minutesViewed averageCompletionRate } } }",
}
ENTRIES_PANEL: Final = "50 entries with totals"
SESSION_PANEL: Final = "a session's whole dashboard"
USER_PANEL: Final = "a user's whole dashboard"


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom the panels are about, and when; days are half-open."""

    entry_key: int
    entry_id: str
    user_id: str
    start: datetime
    end: datetime
    entries: int

    @property
    def recent(self) -> datetime:
        """Where the last 30 days start."""
        return self.end - ENTRY_DAYS


@dataclass(frozen=True, slots=True)
class Panel:
    """A document with its variables."""

    name: str
    document: str
    variables: Mapping[str, Any]


def subject(dsn: str) -> Subject:
    """The subject that the stored sample offers, whatever an earlier run has sent since."""
    with psycopg.connect(dsn) as connection:
        (first,) = _one(connection, "select first_event from tenants where partner_id = %s", TENANT)
        entry, entry_id = _one(
            connection,
            "select entry_key, min(entry_id) from curve_days join entries using (entry_key)"
            " where curve_days.partner_id = %s and bucket < %s group by 1 order by count(*) desc, 1 limit 1",
            TENANT,
            END,
        )
        (user_id,) = _one(
            connection,
            "select min(user_id) from curve_days join users using (user_key)"
            " where entry_key = %s and bucket < %s group by user_key order by count(*) desc, user_key limit 1",
            entry,
            END,
        )
        (entries,) = _one(connection, "select count(*) from entries where partner_id = %s and known", TENANT)
    return Subject(entry, entry_id, user_id, _midnight(first), END, entries)


def _one(connection: psycopg.Connection[Any], query: str, *values: Any) -> tuple[Any, ...]:
    row: tuple[Any, ...] | None = connection.execute(query.encode(), values).fetchone()
    if row is None:
        raise SystemExit("the sample is too small: nothing on demand was watched in it")
    return row


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def panels(about: Subject) -> list[Panel]:
    """Every panel that is measured, in the order of the report."""
    recent, whole = _range(about.recent, about.end), _range(about.start, about.end)
    entry = {"range": recent, "entryId": about.entry_id, "userId": about.user_id}
    found = [Panel(name, _of_entry(panel), entry) for name, panel in ENTRY_PANELS.items()]
    found.insert(3, Panel(VIEWER_PANEL, _of_entry("", VIEWER), entry))
    found.append(Panel(ALL_PANELS, _of_entry(" ".join(ENTRY_PANELS.values()), VIEWER), entry))
    found.append(Panel(ENTRY_TOTALS, _of_entry(TOTALS), {**entry, "range": whole}))
    found += [Panel(name, _of_account(panel), {"range": whole}) for name, panel in ACCOUNT_PANELS.items()]
    listed = f"entries(first: 50) {{ nodes {{ entryId name analytics(range: $range) {{ {TOTALS} }} }} }}"
    found.append(Panel(ENTRIES_PANEL, f"query Bench($range: DateRange!) {{ {listed} }}", {"range": whole}))
    found.append(Panel(SESSION_PANEL, _example("50-session-dashboard"), {"sessionId": SESSION}))
    return [*found, Panel(USER_PANEL, _example("40-user-dashboard"), {"userId": about.user_id, "range": whole})]


def _example(name: str) -> str:
    """A saved query of the explorer."""
    return next(example.query for example in examples() if example.name == name)


def _range(start: datetime, end: datetime) -> dict[str, Any]:
    return {"between": {"from": start.isoformat(), "to": end.isoformat()}}


def _of_entry(panel: str, of_viewer: str = "") -> str:
    takes = "$entryId: String!, $range: DateRange!" + (", $userId: String!" if of_viewer else "")
    parts = f"analytics(range: $range) {{ {panel} }}" if panel else ""
    if of_viewer:
        only = "filter: { userId: { in: [$userId] } }"
        parts += f" viewer: analytics(range: $range, {only}) {{ {of_viewer} }}"
    return f"query Bench({takes}) {{ entry(entryId: $entryId) {{ name durationSeconds {parts} }} }}"


def _of_account(panel: str) -> str:
    return f"query Bench($range: DateRange!) {{ analytics(range: $range) {{ {panel} }} }}"
