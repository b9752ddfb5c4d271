"""Rollups made beside those that are read, which go on answering until these take their place.

They are in a schema of their own, the first of the search path while they are made: whatever rolls up does so there.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import psycopg

from db.derived import DERIVED
from db.rollups import ROLLUPS
from db.storage.tables import stale

Connection = psycopg.Connection[Any]

_NAMES: Final = "select quote_ident(current_schema()), quote_ident(left(current_schema(), 56) || '_beside')"
_BEGUN: Final = """
    select exists (
        select from pg_proc p join pg_namespace n on n.oid = p.pronamespace
        where p.proname = 'note_batch' and n.nspname = left(current_schema(), 56) || '_beside'
    )
"""
_PASSES: Final = 3
"""Each rolls up what was stored during the one before: what still waits after these is little."""


@dataclass(frozen=True, slots=True)
class Beside:
    """Rollup tables in `schema`, to be put into `home`.

    All batches wait there in the beginning. Of what is stored meanwhile, by whichever version, triggers take note:
    batches that come wait there, too, and `changed_days` are the UTC days of viewings of which events change or go,
    which may have been rolled up as they were before. In the end those days are taken back, as corrections do it.
    """

    home: str
    schema: str

    def begin(self, connection: Connection) -> None:
        """Has note taken of what is stored from now on. Nobody stores until the transaction ends."""
        connection.execute((_NOTE_BATCHES + _NOTE_CHANGES).format(beside=self.schema).encode())

    def queue(self, connection: Connection) -> None:
        """Has all batches wait, once the rollups are made there."""
        connection.execute(_QUEUE.format(home=self.home).encode())

    def fill(self, connection: Connection, roll_up: Callable[[Connection], object]) -> None:
        """Rolls up what waits there."""
        for _ in range(_PASSES):
            roll_up(connection)

    def take_back(self, connection: Connection) -> None:
        """Takes back the days that changed, which wait then. Nobody stores until the transaction ends."""
        found: Sequence[tuple[int, list[datetime]]] = connection.execute(_CHANGED_DAYS).fetchall()
        if not found:
            return
        for rollup in ROLLUPS:
            connection.execute(
                f"delete from {rollup.table} s using changed_days c where s.partner_id = c.partner_id"
                f" and {_OF_DAY.format('s', 'bucket')}".encode()
            )
        for partner, days in found:
            stale(connection.cursor(), partner, days)
        connection.execute(_NEW_BATCHES)
        connection.execute(_AGAIN.encode())

    def hold(self, connection: Connection) -> None:
        """Keeps all but readers from what is moved or dropped: a vacuum would not end in the time that the gate gives.

        What is beside is read by nobody.
        """
        for table in (each.table for each in DERIVED):
            self._lock(connection, f"{self.schema}.{table}", "access exclusive")
            self._lock(connection, f"{self.home}.{table}", "share update exclusive")
        self._lock(connection, "events", "share update exclusive")

    def _lock(self, connection: Connection, table: str, mode: str) -> None:
        if connection.execute("select to_regclass(%s) is not null", [table]).fetchone() == (True,):
            connection.execute(f"lock table {table} in {mode} mode".encode())

    def move(self, connection: Connection, views: Sequence[str]) -> None:
        """Puts them into their home, where there are none now: the tables, what waits for them, the views anew."""
        for table in ("pending_batches", "events"):
            connection.execute(f"drop trigger beside on {table}".encode())
        for each in DERIVED:
            connection.execute(f"alter table {self.schema}.{each.table} set schema {self.home}".encode())
        for queue in ("pending_batches", "stale_days", "layered_days"):
            connection.execute(f"delete from {queue}".encode())
            connection.execute(f"insert into {queue} select * from {self.schema}.{queue}".encode())
        for view in views:
            connection.execute(view.encode())


class AggregatesBeside(Beside):
    """Continuous aggregates there: the extension itself knows what changes, of each aggregate.

    Note is taken of batches only: those that no refresh has seen are not in the numbers for sure.
    """

    __slots__ = ()

    def begin(self, connection: Connection) -> None:
        """Has note taken of batches that are stored from now on. Nobody stores until the transaction ends."""
        connection.execute(_NOTE_BATCHES.format(beside=self.schema).encode())

    def take_back(self, connection: Connection) -> None:
        """Nothing to do."""

    def hold(self, connection: Connection) -> None:
        """Nothing to do."""

    def move(self, connection: Connection, views: Sequence[str]) -> None:
        """Puts them into their home, where there are none now: the aggregates, what waits for them, the views anew."""
        connection.execute("drop trigger beside on pending_batches")
        connection.execute(
            f"insert into pending_batches select * from {self.schema}.pending_batches on conflict do nothing".encode()
        )
        for each in DERIVED:
            connection.execute(f"alter materialized view {self.schema}.{each.name} set schema {self.home}".encode())
        for view in views:
            connection.execute(view.encode())


def begun(connection: Connection) -> bool:
    """Whether rollups are there beside those that are read."""
    return connection.execute(_BEGUN).fetchone() == (True,)


def schemas(connection: Connection) -> tuple[str, str]:
    """The schema that is read, and the one beside it."""
    home, beside = connection.execute(_NAMES).fetchone() or ("public", "public_beside")
    return home, beside


_NOTE_BATCHES: Final = """
    create table {beside}.pending_batches (like pending_batches including all);
    create table {beside}.stale_days (like stale_days including all);
    create table {beside}.layered_days (like layered_days including all);
    create function {beside}.note_batch() returns trigger
        language plpgsql security definer set search_path = pg_catalog as $$
    begin
        if tg_op = 'INSERT' then
            insert into {beside}.pending_batches (partner_id, batch, stored_at, first_time, last_time)
            values (new.partner_id, new.batch, new.stored_at, new.first_time, new.last_time) on conflict do nothing;
        else
            update {beside}.pending_batches set first_time = new.first_time, last_time = new.last_time
            where partner_id = new.partner_id and batch = new.batch;
        end if;
        return null;
    end
    $$;
    create trigger beside after insert or update on pending_batches for each row execute function {beside}.note_batch();
"""
_NOTE_CHANGES: Final = """
    create table {beside}.changed_days (
        partner_id int not null, viewing_key bigint not null, day timestamptz not null, primary key (viewing_key, day)
    );
    create function {beside}.note_event() returns trigger
        language plpgsql security definer set search_path = pg_catalog as $$
    begin
        insert into {beside}.changed_days values (old.partner_id, old.viewing_key, date_trunc('day', old.time, 'UTC'))
        on conflict do nothing;
        return null;
    end
    $$;
    create trigger beside after update or delete on events for each row execute function {beside}.note_event();
"""
_QUEUE: Final = """
    insert into pending_batches select * from {home}.pending_batches on conflict do nothing;
    insert into pending_batches (partner_id, batch) select distinct partner_id, batch from events on conflict do nothing
"""
_CHANGED_DAYS: Final = "select partner_id, array_agg(distinct day) from changed_days group by 1"
_OF_DAY: Final = "{0}.viewing_key = c.viewing_key and {0}.{1} >= c.day and {0}.{1} < c.day + interval '1 day'"
_NEW_BATCHES: Final = """
    with next as (
        update tenants set batch = nextval('batches') where partner_id in (select partner_id from changed_days)
        returning partner_id, batch
    )
    insert into pending_batches (partner_id, batch, first_time, last_time)
    select n.partner_id, n.batch, min(c.day), max(c.day) + interval '1 day' - interval '1 microsecond'
    from next n join changed_days c using (partner_id) group by 1, 2
"""
_AGAIN: Final = (
    "update events e set batch = t.batch from changed_days c join tenants t using (partner_id)"
    f" where {_OF_DAY.format('e', 'time')}"
)
