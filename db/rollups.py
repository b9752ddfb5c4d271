"""The rollups: derived from db/measures.py, made anew whenever they no longer are what these definitions say.

A rollup is a table of partial sums: rows with the same keys and bucket may stand there more than once (one for each
time that new events were rolled up) until `frontrow db maintain` merges them. It is read through a view that adds the
events not rolled up yet, so answers are always current; where there are none, the table itself will do.

Which events a rollup holds is said by their batch: all but those in `pending_batches`. An event that changes
afterwards is taken out and given a new batch, which is pending (db/load/corrections.py).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from db.codes import REACTION_SENT
from db.measures import CURVE_MEASURES, MEASURES, USER_SETS, Measure
from db.relations import KEYS, UNNAMED_REACTION, stored

TYPES: Final = {"viewing_key": "bigint", "playback": "smallint"}


@dataclass(frozen=True, slots=True)
class Rollup:
    """A table of sums by keys and span of time. `where`: the events that it takes.

    `ways`: the keys that lead to its rows, each with the time; `order`: how rows are put down that are read together.
    """

    name: str
    span: str
    keys: tuple[str, ...]
    measures: tuple[Measure, ...]
    where: str = "true"
    ways: tuple[str, ...] = ("entry_key", "session_key", "user_key", "")
    order: str = ""

    @property
    def table(self) -> str:
        """The stored rows; `name` is the view over them."""
        return stored(self.name)

    @property
    def new(self) -> str:
        """A temporary table of the rows that are being added."""
        return f"new_{self.name}"

    @property
    def begins(self) -> str:
        """Where the row of a `bucket` begins, that may be an event's time."""
        return f"date_bin('{self.span}', bucket, timestamptz '1970-01-01 00:00:00+00')"

    @property
    def columns(self) -> str:
        """Keys and measures in the table's order."""
        return ", ".join(("partner_id", "bucket", *self.keys, *(m.name for m in self.measures)))

    def aggregated(self, source: str, bucket: str, where: str) -> str:
        """A select that sums the source's rows by tenant, bucket and keys."""
        sums = ", ".join(f"{m.aggregate}({m.name}){_CAST.get(m.type, '')}" for m in self.measures)
        return (
            f"select partner_id, {bucket} as bucket, {', '.join(self.keys)}, {sums} from {source}"
            f" where {where} group by partner_id, 2, {', '.join(self.keys)}"
            + (f" order by {self.order}" if self.order else "")
        )


_REACTION: Final = f"case when event_type = {REACTION_SENT} and reaction_key = 0 then {UNNAMED_REACTION}"
KEYS_OF_EVENTS: Final = tuple(
    f"{_REACTION} else reaction_key end as reaction_key" if key == "reaction_key" else key for key in KEYS
)
"""The keys as select items over events."""

_CAST: Final = {"int": "::int", "bigint": "::bigint"}

WAYS: Final = {
    "entry_key": "(partner_id, entry_key, bucket)",
    "session_key": "(partner_id, session_key, bucket) where session_key <> 0",
    "user_key": "(partner_id, user_key, bucket)",
    "": "(partner_id, bucket)",
}

QUARTERS: Final = Rollup("watch_quarters", "15 minutes", KEYS, tuple(MEASURES.values()), order="entry_key, 2")
DAYS: Final = Rollup("watch_days", "1 day", KEYS, tuple(MEASURES.values()), order="entry_key, 2")
# What is on demand is never asked about by the minute, and is most of the events.
MINUTES: Final = Rollup(
    "session_minutes",
    "1 minute",
    KEYS,
    tuple(MEASURES.values()),
    "session_key <> 0",
    ways=("session_key", "user_key"),
    order="session_key, 2",
)
CURVES: Final = Rollup(
    "curve_days", "1 day", KEYS, tuple(CURVE_MEASURES.values()), "viewed is not null", order="entry_key, 2"
)
ROLLUPS: Final = (QUARTERS, DAYS, MINUTES, CURVES)


# They are few, and mostly none: said so that nothing is read where there are none, and found by their numbers else.
# The times keep those who find events by entry or session from going through all of theirs.
_PENDING: Final = (
    "(select exists (select from pending_batches)) and batch = any(array(select batch from pending_batches))"
    " and time >= (select min(first_time) from pending_batches)"
    " and time <= (select max(last_time) from pending_batches)"
)


def summed(measures: Iterable[Measure], raw: bool = False, sets: bool = False) -> str:
    """The measures as select items of a grouped select, of events (`raw`) or of rows that have them already.

    `sets`: of rows with a user, where some measures are sets of users.
    """
    return ", ".join(
        f"{m.aggregate}({m.expression if raw or (sets and m.name in USER_SETS) else m.name}){_CAST.get(m.type, '')}"
        f" as {m.name}"
        for m in measures
    )


_ALL_MEASURES: Final = ", ".join(f"{m.expression} as {m.name}" for m in (MEASURES | CURVE_MEASURES).values())
_ALL_KEYS: Final = ", ".join(KEYS_OF_EVENTS)
_OF_EVENTS: Final = f"select partner_id, time as bucket, batch, {_ALL_KEYS}, {_ALL_MEASURES} from events"


def raw_view() -> str:
    """The view over raw events that has a rollup's columns: each event as a row of its own."""
    return f"create view raw_measures as {_OF_EVENTS}"


def pending_view() -> str:
    """The same of what is not rolled up yet."""
    return f"create view pending_measures as {_OF_EVENTS} where {_PENDING}"


def unseen_view(where: str) -> str:
    """The view of batches that are stored and not in the numbers: those not rolled up, where this holds."""
    return f"create view unseen_batches as select partner_id, stored_at from pending_batches where {where}"


def table(rollup: Rollup) -> list[str]:
    """The statements that make a rollup's table and view."""
    keys = ", ".join(f"{key} {TYPES.get(key, 'integer')} not null" for key in rollup.keys)
    measures = ", ".join(f"{m.name} {m.type}" for m in rollup.measures)
    return [
        f"create table {rollup.table} (partner_id integer not null, bucket timestamptz not null, {keys}, {measures})",
        *(f"create index on {rollup.table} {WAYS[way]}" for way in rollup.ways),
        f"create index on {rollup.table} (viewing_key)",
        f"create view {rollup.name} as select {rollup.columns} from {rollup.table}"
        f" union all select {rollup.columns} from pending_measures where {rollup.where}",
    ]


_NEW: Final = "partner_id = %(tenant)s and batch = any(%(batches)s)"


def refresh_sums() -> str:
    """Adds to minutes, quarters and days the events of batches %(batches)s of tenant %(tenant)s, and notes what is new.

    The quarters are made of the minutes and of events without a session, the days of the quarters.
    """
    columns = QUARTERS.columns
    rest = f"select {columns} from raw_measures where {_NEW} and not ({MINUTES.where})"
    source = f"(select {columns} from minutes union all {rest}) as new"
    return (
        f"with minutes as ({_added(MINUTES, 'raw_measures', f'{_NEW} and {MINUTES.where}')} returning *),"
        f" quarters as ({_added(QUARTERS, source)} returning *),"
        f" days as ({_added(DAYS, 'quarters')} returning *),"
        f" noted as (insert into {MINUTES.new} select * from minutes)"
        f" insert into {DAYS.new} select * from days"
    )


def refresh_curves() -> str:
    """Adds to the playback curves the events of batches %(batches)s of tenant %(tenant)s, and notes what is new."""
    added = _added(CURVES, "raw_measures", f"{_NEW} and {CURVES.where}")
    return f"with curves as ({added} returning *) insert into {CURVES.new} select * from curves"


def note_new() -> list[str]:
    """Makes room for what this transaction adds to rollups that audiences are made of."""
    return [f"create temp table {each.new} (like {each.table}) on commit drop" for each in (MINUTES, DAYS, CURVES)]


def _added(rollup: Rollup, source: str, where: str = "true") -> str:
    """An insert of the source's rows, summed."""
    return f"insert into {rollup.table} ({rollup.columns}) {rollup.aggregated(source, rollup.begins, where)}"


def merge(rollup: Rollup) -> str:
    """Makes one row of those with the same keys in buckets from %(start)s to %(end)s of tenant %(tenant)s."""
    where = "partner_id = %(tenant)s and bucket >= %(start)s and bucket < %(end)s"
    return (
        f"with taken as (delete from {rollup.table} where {where} returning *)"
        f" insert into {rollup.table} ({rollup.columns}) {rollup.aggregated('taken', 'bucket', 'true')}"
    )
