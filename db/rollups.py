"""The rollups: derived from db/measures.py, made anew whenever they no longer are what these definitions say.

A rollup is a table of partial sums: rows with the same keys and bucket may stand there more than once (one for each
time that new events were rolled up) until `frontrow db maintain` merges them. Its reader never sees the table but a
view that adds the events not rolled up yet, so answers are always current.

Which events a rollup holds is said by their batch: all but those in `pending_batches`. An event that changes
afterwards is taken out and given a new batch, which is pending (db/load/corrections.py).
"""

from dataclasses import dataclass
from typing import Final

from db.measures import CURVE_MEASURES, MEASURES, Measure
from db.relations import KEYS

_TYPES: Final = {"viewing_key": "bigint", "playback": "smallint"}


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
        return f"{self.name}_stored"

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


_CAST: Final = {"int": "::int", "bigint": "::bigint"}

_WAYS: Final = {
    "entry_key": "(partner_id, entry_key, bucket)",
    "session_key": "(partner_id, session_key, bucket) where session_key <> 0",
    "user_key": "(partner_id, user_key, bucket)",
    "": "(partner_id, bucket)",
}

ROLLUPS: Final = (
    Rollup("watch_quarters", "15 minutes", KEYS, tuple(MEASURES.values())),
    Rollup("watch_days", "1 day", KEYS, tuple(MEASURES.values())),
    # What is on demand is never asked about by the minute, and is most of the events.
    Rollup(
        "session_minutes",
        "1 minute",
        KEYS,
        tuple(MEASURES.values()),
        "session_key <> 0",
        ways=("session_key", "user_key"),
        order="session_key, 2",
    ),
    Rollup("curve_days", "1 day", KEYS, tuple(CURVE_MEASURES.values()), "viewed is not null"),
)


def raw_view() -> str:
    """The view over raw events that has a rollup's columns: each event as a row of its own."""
    measures = ", ".join(f"{m.expression} as {m.name}" for m in (*MEASURES.values(), *CURVE_MEASURES.values()))
    keys = ", ".join(KEYS)
    return f"create view raw_measures as select partner_id, time as bucket, batch, {keys}, {measures} from events"


def table(rollup: Rollup) -> list[str]:
    """The statements that make a rollup's table and view."""
    keys = ", ".join(f"{key} {_TYPES.get(key, 'integer')} not null" for key in rollup.keys)
    measures = ", ".join(f"{m.name} {m.type}" for m in rollup.measures)
    return [
        f"create table {rollup.table} (partner_id integer not null, bucket timestamptz not null, {keys}, {measures})",
        *(f"create index on {rollup.table} {_WAYS[way]}" for way in rollup.ways),
        f"create index on {rollup.table} (viewing_key)",
        f"create view {rollup.name} as select {rollup.columns} from {rollup.table}"
        f" union all select {_qualified(rollup)} from pending_batches p join raw_measures r using (partner_id, batch)"
        f" where {rollup.where}",
    ]


def _qualified(rollup: Rollup) -> str:
    return ", ".join(f"r.{column}" for column in rollup.columns.split(", "))


def definitions() -> list[str]:
    """Every statement that makes the derived relations of an empty database."""
    return [raw_view(), *(statement for rollup in ROLLUPS for statement in table(rollup))]


def refresh_days() -> str:
    """Adds to quarters and days the events of batches %(batches)s of tenant %(tenant)s: the days from the quarters."""
    quarters, days = (rollup for rollup in ROLLUPS if rollup.name in ("watch_quarters", "watch_days"))
    bucket = "date_bin('1 day', bucket, timestamptz '1970-01-01 00:00:00+00')"
    return (
        f"with added as ({refresh(quarters)} returning *)"
        f" insert into {days.table} ({days.columns}) {days.aggregated('added', bucket, 'true')}"
    )


def refresh(rollup: Rollup) -> str:
    """Adds to a rollup the events of batches %(batches)s of tenant %(tenant)s."""
    bucket = f"date_bin('{rollup.span}', bucket, timestamptz '1970-01-01 00:00:00+00')"
    where = f"partner_id = %(tenant)s and batch = any(%(batches)s) and {rollup.where}"
    return f"insert into {rollup.table} ({rollup.columns}) {rollup.aggregated('raw_measures', bucket, where)}"


def merge(rollup: Rollup) -> str:
    """Makes one row of those with the same keys in buckets from %(start)s to %(end)s of tenant %(tenant)s."""
    where = "partner_id = %(tenant)s and bucket >= %(start)s and bucket < %(end)s"
    return (
        f"with taken as (delete from {rollup.table} where {where} returning *)"
        f" insert into {rollup.table} ({rollup.columns}) {rollup.aggregated('taken', 'bucket', 'true')}"
    )
