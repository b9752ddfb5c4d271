"""TimescaleDB's Community edition: rollups are continuous aggregates, old chunks are in the columnstore.

The aggregates are real-time ones: behind what was materialised they add up the events themselves. The days are made
of the quarters, the audiences of days, minutes and curves, those of the account of those of entries. What comes late or
is corrected makes its part of them invalid, which the extension notes; a load ends by having them refreshed, and
policies do so now and then.
"""

import json
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

import psycopg
from psycopg import sql

from db.audiences import AUDIENCES, Audience
from db.derived import DERIVED, FINE
from db.measures import USER_CHUNK
from db.rollups import DAYS, KEYS_OF_EVENTS, ROLLUPS, Rollup, raw_view, summed, unseen_view
from db.storage import policies, retention
from db.storage.beside import AggregatesBeside, Beside
from db.storage.definition import OtherVersion
from db.storage.findings import Finding
from db.storage.hypertables import ApacheEdition
from db.storage.keeping import Keeping
from db.storage.locks import LOCK
from db.storage.statistics import CATALOGUE, look_again

Connection = psycopg.Connection[Any]
Far = TypeVar("Far")

_HOMES: Final = (
    "select view_name, quote_ident(materialization_hypertable_schema) || '.'"
    " || quote_ident(materialization_hypertable_name) as home"
    " from timescaledb_information.continuous_aggregates where view_schema = current_schema()"
)
_DAY: Final = "1 day"
_WAYS: Final = (("entry_key", "bucket"), ("user_key", "bucket"), ("session_key", "bucket"))

_REFRESH: Final = sql.SQL(
    "call refresh_continuous_aggregate({name}, {first}, date_bin({span}::interval, now(), timestamptz 'epoch'),"
    " options => {options})"
)
_AT_ONCE: Final = {"1 minute": 10_080, "15 minutes": 672, "1 day": 28}
"""Spans of an aggregate that are refreshed in one transaction: few make many, many make readers wait to the end.

The oldest come first: an aggregate adds up the events behind the newest span that it has, and would lack older ones.
"""
_LENGTHS: Final = {"1 minute": timedelta(minutes=1), "15 minutes": timedelta(minutes=15), "1 day": timedelta(days=1)}

# By measuring: tests/bench/README.md.
_SEGMENTS: Final = {
    "events": ("partner_id, entry_key", "viewing_key, time"),
    "watch_quarters": ("partner_id, entry_key", "bucket, user_key"),
    "session_minutes": ("partner_id, session_key", "bucket, user_key"),
}
"""What is kept in the columnstore, by which keys apart and in which order. The other aggregates are small."""


class Community(ApacheEdition):
    """Hypertables, continuous aggregates, columnstore, policies."""

    name = "TimescaleDB Community"
    oldest = (2, 29)
    rolls_up_in_tables = False

    def migration(self, sql: str, keeping: Keeping) -> str:
        """Without skip scans, on which 2.29 fails where a select distinct has a condition of no row's."""
        return f"set local timescaledb.enable_skipscan = off;\n{super().migration(sql, keeping)}"

    def rollups(self) -> list[str]:
        """The raw view and aggregates, empty; until they are filled they add up events."""
        made = [statement for rollup in ROLLUPS for statement in _rollup(rollup)]
        return [raw_view(), *made, unseen_view("true")]

    def audiences(self) -> list[str]:
        """Aggregates, empty; until they are filled they add up those that they are made of."""
        return [statement for audience in AUDIENCES for statement in _audience(audience)]

    def drop(self, connection: Connection, derived: Sequence[Rollup | Audience]) -> None:
        """Aggregates first."""
        for each in reversed(derived):
            if self.home(connection, each.name):
                connection.execute(f"drop materialized view {each.name}")
        super().drop(connection, derived)

    def empty_audiences(self, connection: Connection) -> None:
        """Nothing to say: of a new aggregate the extension takes all for invalid."""

    def home(self, connection: Connection, name: str) -> str | None:
        """The hypertable of the aggregate."""
        row = connection.execute(f"select home from ({_HOMES}) h where view_name = %s", [name]).fetchone()
        return row[0] if row else None

    def keep(self, connection: Connection, keeping: Keeping) -> None:
        """Columnstore and policies, set anew."""
        super().keep(connection, keeping)
        back = _back(retention.kept_from(connection, keeping.raw_days))
        for rollup in DERIVED:
            _policy(connection, rollup, _made_back(rollup, back))
        for name, (segments, order) in _SEGMENTS.items():
            kind = "table" if name == "events" else "materialized view"
            connection.execute(
                f"alter {kind} {name} set (timescaledb.enable_columnstore, timescaledb.segmentby = '{segments}',"
                f" timescaledb.orderby = '{order}')"
            )
            connection.execute(f"call remove_columnstore_policy('{name}', if_exists => true)")
            connection.execute(
                f"call add_columnstore_policy('{name}', after => interval '{keeping.columnstore_days:d} days')"
            )

    def roll_up(self, connection: Connection, everything: bool = True) -> list[str]:
        """Has the aggregates refreshed: all of it, at the end of what there is to do.

        Where nothing waits, too: what was not over when the last load ended is only with its raw events, which might
        be dropped next.
        """
        if not everything:
            return []
        connection.execute("select pg_advisory_lock(%s, 0)", [LOCK])
        try:
            if self.differ(connection):
                raise OtherVersion
            count = _refresh_all(connection)
        finally:
            connection.execute("select pg_advisory_unlock(%s, 0)", [LOCK])
        return [f"refreshed the aggregates with {count:,} batches"] if count else []

    def beside(self, home: str, schema: str) -> Beside:
        """Aggregates in a schema of their own, that are to be put into another."""
        return AggregatesBeside(home, schema)

    def roll_up_beside(self, connection: Connection) -> None:
        """Refreshes those that are first in the search path; nobody else does."""
        _refresh_all(connection)

    def drop_fine(self, connection: Connection, moment: datetime) -> None:
        """Whole chunks; their days were made of them before raw events were dropped, after which none is refreshed."""
        for rollup in FINE:
            connection.execute("select drop_chunks(%s::regclass, older_than => %s::timestamptz)", [rollup.name, moment])

    def analyze(self, connection: Connection) -> None:
        """The hypertables, those of the aggregates too."""
        homes = [name for (name,) in connection.execute(f"select home from ({_HOMES}) h").fetchall()]
        look_again(connection, [*CATALOGUE, "pending_batches", "events", *homes])

    def tidy(self, connection: Connection) -> list[str]:
        """Puts chunks that are due into the columnstore, as the policies would in time."""
        due = [name for (name,) in connection.execute(_DUE).fetchall()]
        for chunk in due:
            connection.execute(f"call convert_to_columnstore('{chunk}', if_not_columnstore => true)".encode())
        return [f"put {len(due):,} chunks into the columnstore"] if due else []

    def looks(self, connection: Connection) -> Iterator[Finding]:
        """What the extension does by itself, beside the usual."""
        yield from super().looks(connection)
        yield from policies.looks(connection, _refreshed(connection), list(_SEGMENTS))
        due = len(connection.execute(_DUE).fetchall())
        yield Finding(
            not due,
            f"{due} chunks are due for the columnstore" if due else "old chunks are in the columnstore",
            "frontrow db maintain" if due else None,
        )


# Those that rows came to since are partly in it.
_DUE: Final = """
    select format('%I.%I', c.chunk_schema, c.chunk_name) from timescaledb_information.chunks c
    left join timescaledb_information.continuous_aggregates a
        on a.materialization_hypertable_schema = c.hypertable_schema
        and a.materialization_hypertable_name = c.hypertable_name
    join timescaledb_information.jobs j on j.proc_name = 'policy_compression'
        and j.hypertable_name = coalesce(a.view_name, c.hypertable_name)
        and j.hypertable_schema = coalesce(a.view_schema, c.hypertable_schema)
    cross join lateral (
        select (quote_ident(c.chunk_schema) || '.' || quote_ident(c.chunk_name))::regclass as relation
    ) r
    where (not c.is_compressed or 'PARTIAL' = any(_timescaledb_functions.chunk_status_text(r.relation)))
        and c.range_end < now() - (j.config ->> 'compress_after')::interval
    order by c.range_end
"""
_BUSY: Final = "due to a concurrent refresh"
_PATIENCE_SECONDS: Final = 120.0


def _policy(connection: Connection, rollup: Rollup | Audience, back: timedelta | None) -> None:
    """Has the extension refresh an aggregate by itself, so far back; None: all of it.

    Chunks that are dropped are invalid to it: to refresh their time would be to forget what the aggregate still holds.
    """
    span = rollup.span
    connection.execute("select remove_continuous_aggregate_policy(%s, if_exists => true)", [rollup.name])
    if _by_itself(rollup, back):
        connection.execute(
            "select add_continuous_aggregate_policy(%s, start_offset => %s::interval, end_offset => %s::interval,"
            " schedule_interval => interval '10 minutes', buckets_per_batch => %s, refresh_newest_first => false)",
            [rollup.name, back, span, _AT_ONCE[span]],
        )


def _back(first: datetime | None) -> timedelta | None:
    """How long ago that is."""
    return None if first is None else datetime.now(UTC) - first


def _made_back(rollup: Rollup | Audience, far: Far) -> Far | None:
    """How far back an aggregate is made: those of events so far, audiences of all that rollups still hold."""
    return None if isinstance(rollup, Audience) else far


def _by_itself(rollup: Rollup | Audience, back: timedelta | None) -> bool:
    """Whether a policy may do it: it wants two whole spans at least. Else loads and maintenance do it alone."""
    return back is None or back >= 3 * _LENGTHS[rollup.span]


def _refreshed(connection: Connection) -> list[str]:
    """The aggregates that a policy has to refresh."""
    back = _back(retention.raw_from(connection))
    return [rollup.name for rollup in DERIVED if _by_itself(rollup, _made_back(rollup, back))]


def _refresh_all(connection: Connection) -> int:
    """One after the other; a policy may be at it, too, and is waited for. With how many batches that waited for it."""
    batches = [batch for (batch,) in connection.execute("select batch from pending_batches").fetchall()]
    first = retention.raw_from(connection)
    for rollup in DERIVED:
        _patiently(connection, _refresh(rollup, _made_back(rollup, first)))
    connection.execute("delete from pending_batches where batch = any(%s)", [batches])
    return len(batches)


def _refresh(rollup: Rollup | Audience, first: datetime | None) -> sql.Composed:
    """What is not over yet stays with the events: it would be stale at once."""
    span = rollup.span
    return _REFRESH.format(
        name=sql.Literal(rollup.name),
        first=sql.Literal(first),
        span=sql.Literal(span),
        options=sql.Literal(json.dumps({"buckets_per_batch": _AT_ONCE[span], "refresh_newest_first": False})),
    )


def _patiently(connection: Connection, statement: sql.Composed) -> None:
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            connection.execute(statement)
            return
        except psycopg.OperationalError as error:
            if _BUSY not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.2)


def _rollup(rollup: Rollup) -> list[str]:
    if rollup is DAYS:
        made = _aggregate(rollup.name, "watch_quarters", _DAY, "bucket", rollup.keys, summed(rollup.measures))
        return [*made, f"create index on {rollup.name} (viewing_key)"]
    measures = summed(rollup.measures, raw=True)
    return _aggregate(rollup.name, "events", rollup.span, "time", KEYS_OF_EVENTS, measures, rollup.where)


def _audience(audience: Audience) -> list[str]:
    detailed, keys = audience.detailed, audience.grouped
    if detailed is None:
        keys = tuple(f"{USER_CHUNK} as {key}" if key == "user_chunk" else key for key in keys)
    measures = summed(audience.measures.values(), sets=detailed is None)
    return _aggregate(audience.name, (detailed or audience.source).name, audience.span, "bucket", keys, measures)


def _aggregate(
    name: str, source: str, span: str, moment: str, keys: tuple[str, ...], measures: str, where: str = "true"
) -> list[str]:
    grouped = ", ".join(str(place + 1) for place in range(len(keys) + 2))
    indexes = [
        f"create index on {name} (partner_id, {', '.join(way)})" for way in _WAYS if set(way) <= {*keys, "bucket"}
    ]
    return [
        f"create materialized view {name} with (timescaledb.continuous, timescaledb.materialized_only = false,"
        " timescaledb.create_group_indexes = false) as"
        f" select partner_id, time_bucket(interval '{span}', {moment}) as bucket, {', '.join(keys)}, {measures}"
        f" from {source} where {where} group by {grouped} with no data",
        *indexes,
    ]
