"""TimescaleDB's Community edition: rollups are continuous aggregates, old chunks are in the columnstore.

The aggregates are real-time ones: behind what was materialised they add up the events themselves. The days are made
of the quarters, the audiences of the days. What comes late or is corrected makes its part of them invalid, which the
extension notes; a load ends by having them refreshed, and policies do so now and then.
"""

from collections.abc import Iterator
from typing import Any, Final

import psycopg
from psycopg import sql

from db.measures import USER_CHUNK
from db.rollups import (
    AUDIENCE_MEASURES,
    AUDIENCES,
    DAYS,
    DERIVED,
    ROLLUPS,
    Audience,
    Rollup,
    raw_view,
    summed,
    unseen_view,
)
from db.storage import retention, tables
from db.storage.findings import Finding
from db.storage.hypertables import ApacheEdition
from db.storage.keeping import Keeping

Connection = psycopg.Connection[Any]

_AGGREGATES: Final = (
    "select view_name from timescaledb_information.continuous_aggregates where view_schema = current_schema()"
)
_DAY: Final = "1 day"
_WAYS: Final = (("entry_key", "bucket"), ("user_key", "bucket"), ("session_key", "bucket"))

_REFRESH: Final = sql.SQL(
    "call refresh_continuous_aggregate({name}, {first}, date_bin({span}::interval, now(), timestamptz 'epoch'),"
    " options => {options})"
)
_AT_ONCE: Final = {"1 minute": 10_080, "15 minutes": 672, "1 day": 28}
"""Spans of an aggregate that are refreshed in one transaction: few make many, many make readers wait to the end."""

# By measuring: tests/bench/README.md.
_SEGMENTS: Final = {"events": ("partner_id, entry_key", "viewing_key, time")}


class Community(ApacheEdition):
    """Hypertables, continuous aggregates, columnstore, policies."""

    name = "TimescaleDB Community"
    oldest = (2, 29)
    rolls_up_in_tables = False

    def derived(self) -> list[str]:
        """The raw view and the aggregates, empty; until they are filled they add up events."""
        made = [statement for rollup in ROLLUPS for statement in _rollup(rollup)]
        audiences = [statement for audience in AUDIENCES for statement in _audience(audience)]
        return [raw_view(), *made, *audiences, unseen_view("true")]

    def drop_derived(self, connection: Connection) -> None:
        """The last ones first: one is made of another."""
        there = {name for (name,) in connection.execute(_AGGREGATES)}
        for rollup in reversed(DERIVED):
            if rollup.name in there:
                connection.execute(f"drop materialized view {rollup.name}")
        super().drop_derived(connection)

    def keep(self, connection: Connection, keeping: Keeping) -> None:
        """Columnstore and policies, set anew."""
        super().keep(connection, keeping)
        for rollup in DERIVED:
            span = _span(rollup)
            connection.execute("select remove_continuous_aggregate_policy(%s, if_exists => true)", [rollup.name])
            connection.execute(
                "select add_continuous_aggregate_policy(%s, start_offset => null, end_offset => %s::interval,"
                " schedule_interval => interval '10 minutes', buckets_per_batch => %s)",
                [rollup.name, span, _AT_ONCE[span]],
            )
        for name, (segments, order) in _SEGMENTS.items():
            connection.execute(
                f"alter table {name} set (timescaledb.enable_columnstore, timescaledb.segmentby = '{segments}',"
                f" timescaledb.orderby = '{order}')"
            )
            connection.execute(
                sql.SQL("call add_columnstore_policy({}, after => {}, if_not_exists => true)").format(
                    sql.Literal(name), sql.Literal(f"{keeping.columnstore_days} days") + sql.SQL("::interval")
                )
            )

    def roll_up(self, connection: Connection, everything: bool = True) -> list[str]:
        """Has the aggregates refreshed: all of it, at the end of what there is to do."""
        if not everything:
            return []
        batches = [batch for (batch,) in connection.execute("select batch from pending_batches").fetchall()]
        if not batches:
            return []
        first = retention.raw_from(connection)
        for rollup in DERIVED:
            # What is not over yet stays with the events: it would be stale at once.
            span = _span(rollup)
            connection.execute(
                _REFRESH.format(
                    name=sql.Literal(rollup.name),
                    first=sql.Literal(first),
                    span=sql.Literal(span),
                    options=sql.Literal(f'{{"buckets_per_batch": {_AT_ONCE[span]}}}'),
                )
            )
        connection.execute("delete from pending_batches where batch = any(%s)", [batches])
        return [f"refreshed the aggregates with {len(batches):,} batches"]

    def analyze(self, connection: Connection, events_too: bool = True) -> None:
        """The hypertables, those of the aggregates too."""
        connection.execute(f"analyze pending_batches, {tables.EVENTS}".encode())
        for (name,) in connection.execute(
            "select format('%I.%I', materialization_hypertable_schema, materialization_hypertable_name)"
            " from timescaledb_information.continuous_aggregates where view_schema = current_schema()"
        ).fetchall():
            connection.execute(f"analyze {name}".encode())

    def tidy(self, connection: Connection) -> list[str]:
        """The extension sees to that."""
        return []

    def looks(self, connection: Connection) -> Iterator[Finding]:
        """Failed jobs and the lag of aggregates, beside the usual."""
        yield from super().looks(connection)
        failed = connection.execute(
            "select s.job_id, j.proc_name from timescaledb_information.job_stats s"
            " join timescaledb_information.jobs j using (job_id)"
            " where s.last_run_status = 'Failed' and j.hypertable_name is not null order by 1"
        ).fetchall()
        what = ", ".join(f"{name} ({job})" for job, name in failed)
        yield Finding(
            not failed,
            f"failed jobs: {what}" if failed else "no job failed",
            f"psql -c 'call run_job({failed[0][0]})'" if failed else None,
        )
        (late,) = connection.execute(_UNCOMPRESSED).fetchone() or (0,)
        yield Finding(
            not late,
            f"{late} chunks are due for the columnstore" if late else "old chunks are in the columnstore",
            "frontrow db maintain" if late else None,
        )


_UNCOMPRESSED: Final = """
    select count(*) from timescaledb_information.chunks c
    join timescaledb_information.jobs j on j.hypertable_name = c.hypertable_name and j.proc_name = 'policy_compression'
    where not c.is_compressed and c.range_end < now() - (j.config ->> 'compress_after')::interval - interval '1 day'
"""


def _span(rollup: Rollup | Audience) -> str:
    return rollup.span if isinstance(rollup, Rollup) else _DAY


def _rollup(rollup: Rollup) -> list[str]:
    if rollup is DAYS:
        return _aggregate(rollup.name, "watch_quarters", _DAY, "bucket", rollup.keys, summed(rollup.measures))
    measures = summed(rollup.measures, raw=True)
    return _aggregate(rollup.name, "events", rollup.span, "time", rollup.keys, measures, rollup.where)


def _audience(audience: Audience) -> list[str]:
    measures = summed(AUDIENCE_MEASURES.values(), sets=True)
    return _aggregate(audience.name, DAYS.name, _DAY, "bucket", (*audience.keys, "user_chunk"), measures)


def _aggregate(
    name: str, source: str, span: str, time: str, keys: tuple[str, ...], measures: str, where: str = "true"
) -> list[str]:
    selected = ", ".join(f"{USER_CHUNK} as user_chunk" if key == "user_chunk" else key for key in keys)
    grouped = ", ".join(str(place + 1) for place in range(len(keys) + 2))
    indexes = [
        f"create index on {name} (partner_id, {', '.join(way)})" for way in _WAYS if set(way) <= {*keys, "bucket"}
    ]
    return [
        f"create materialized view {name} with (timescaledb.continuous, timescaledb.materialized_only = false,"
        " timescaledb.create_group_indexes = false) as"
        f" select partner_id, time_bucket(interval '{span}', {time}) as bucket, {selected}, {measures} from {source}"
        f" where {where} group by {grouped} with no data",
        *indexes,
    ]
