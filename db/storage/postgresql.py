"""PostgreSQL without extensions: events in native partitions by month, rollups in tables."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import psycopg

from db.audiences import Audience
from db.derived import DERIVED, FINE, audience_definitions, rollup_definitions
from db.rollups import Rollup
from db.storage import definition, retention, tables
from db.storage.beside import Beside, begun
from db.storage.findings import Finding
from db.storage.keeping import Keeping
from db.storage.locks import nobody_builds
from db.storage.partitions import Month, Partitions
from db.storage.statistics import CATALOGUE, look_again

Connection = psycopg.Connection[Any]
BY_TIME: Final = ") partition by range (time);"
"""How a migration says that a table is split by time."""

_LATE_SECONDS: Final = 60.0
"""After which what is stored should be rolled up: a load does it meanwhile, and when it ends."""

_PARTITIONS: Final = """
    select c.relname, pg_get_expr(c.relpartbound, c.oid) from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'events'::regclass order by 1
"""


class PostgreSQL:
    """What a database does to keep events and rollups."""

    name = "PostgreSQL"
    rolls_up_in_tables = True

    def migration(self, sql: str, keeping: Keeping) -> str:
        """A migration's statements, tables that are split by time split as they are here."""
        return sql

    def rollups(self) -> list[str]:
        """The statements that make the rollups of an empty database, and the views of events."""
        return rollup_definitions()

    def audiences(self) -> list[str]:
        """Those that make the audiences beside them."""
        return audience_definitions()

    def fingerprints(self) -> Mapping[str, str]:
        """What tells their definitions from those of other versions."""
        return definition.fingerprints(self.rollups(), self.audiences())

    def differ(self, connection: Connection) -> bool:
        """Whether those that are there are of another version."""
        there = {found for (found,) in connection.execute("select fingerprint from rollup_definition").fetchall()}
        return bool(there) and not there.issuperset(self.fingerprints().values())

    def drop_rollups(self, connection: Connection) -> None:
        """Drops all derived relations."""
        self.drop(connection, DERIVED)
        connection.execute("drop view if exists pending_measures, raw_measures, unseen_batches")

    def drop(self, connection: Connection, derived: Sequence[Rollup | Audience]) -> None:
        """Drops these, of whatever kind they are; the last ones first, for one is made of another."""
        for each in reversed(derived):
            connection.execute(f"drop view if exists {each.name}")
            connection.execute(f"drop table if exists {each.table}")

    def beside(self, home: str, schema: str) -> Beside:
        """Rollups in a schema of their own, that are to be put into another."""
        return Beside(home, schema)

    def roll_up_beside(self, connection: Connection) -> None:
        """Fills what is first in the search path."""
        self.roll_up(connection)

    def empty_audiences(self, connection: Connection) -> None:
        """Says that there is nothing in them."""
        tables.all_stale(connection)

    def relations(self) -> Mapping[str, Sequence[str]]:
        """The derived relations with the columns that each has to have."""
        views = {each.name: each.columns.split(", ") for each in DERIVED}
        tables = {each.table: each.columns.split(", ") for each in DERIVED if self.rolls_up_in_tables}
        return {**views, **tables, "raw_measures": ["partner_id", "bucket", "batch"], "unseen_batches": ["stored_at"]}

    def home(self, connection: Connection, name: str) -> str | None:
        """The table whose indexes lead to the rows of a derived relation; None where there is none."""
        row = connection.execute("select to_regclass(%s)::text", [name]).fetchone()
        return row[0] if row else None

    def keep(self, connection: Connection, keeping: Keeping) -> None:
        """Sets what the database does by itself as the operator wants it."""

    def room(self, connection: Connection) -> Callable[[Iterable[Month]], None]:
        """Makes room for events of these months, where that has to be made."""
        return Partitions(connection).ensure

    def roll_up(self, connection: Connection, everything: bool = True) -> list[str]:
        """Rolls up what was stored; `everything`: the last time for now. Says what was done, a line each."""
        done = []
        for partner in tables.stale_tenants(connection):
            tables.refresh_tenant(connection, partner)
            done.append(f"tenant {partner}: rolled up the newest events")
        if everything and (days := tables.settle(connection)):
            done.append(f"made the audiences of {days:,} days")
        if everything and (days := tables.merge_layers(connection)):
            done.append(f"merged what was added to the audiences of {days:,} days")
        return done

    def analyze(self, connection: Connection) -> None:
        """Tells the planner of what has grown: it would plan for empty tables until it gets round to looking."""
        rollups = [each.table for each in DERIVED]
        look_again(connection, [*CATALOGUE, "pending_batches", "stale_days", *rollups, "events"])

    def tidy(self, connection: Connection) -> list[str]:
        """Merges what was rolled up piece by piece. Says what was done, a line each."""
        return tables.merge_all(connection)

    def drop_before(self, connection: Connection, moment: datetime) -> datetime | None:
        """Drops the raw events of whole partitions before the moment; from when on they are there now."""
        bound = None
        for name, bounds in connection.execute(_PARTITIONS).fetchall():
            end = datetime.fromisoformat(bounds.split("TO ('")[1].split("'")[0]).astimezone(UTC)
            if end <= moment:
                connection.execute(f"drop table {name}")
                bound = end
        return bound

    def drop_fine(self, connection: Connection, moment: datetime) -> None:
        """Drops of before the moment what rollups hold by less than a day."""
        for rollup in FINE:
            connection.execute(f"delete from {rollup.table} where bucket < %s", [moment])

    def looks(self, connection: Connection) -> Iterator[Finding]:
        """What only this kind of database can have wrong."""
        count, tenants, age = tables.waiting(connection)
        what = f"{count:,} batches of {tenants:,} tenants are not rolled up, the oldest for {age:,.0f} s"
        late = age > _LATE_SECONDS
        yield Finding(not late, what if count else "everything is rolled up", "frontrow db maintain" if late else None)
        days = tables.unsettled(connection)
        what = f"audiences of {days:,} days are not made" if days else "audiences are made of all days"
        yield Finding(True, what, "frontrow db maintain" if days and not count else None)
        left = begun(connection) and nobody_builds(connection)
        what = (
            "rollups that were begun are left beside those that are read" if left else "no rollups are left half made"
        )
        yield Finding(True, what, "frontrow db migrate" if left else None)
        yield from retention.looks(connection)
