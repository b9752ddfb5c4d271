"""Databases as earlier versions left them, and everything that a database's catalogue says of it."""

import re
from importlib import resources
from typing import Any

import psycopg

from db import storage
from db.connect import connected
from db.derived import DERIVED
from db.migrations import _OWN_TABLES, names
from db.storage import Keeping

_TABLES = """
    select c.relname::text, array_agg(a.attname::text order by a.attnum) from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
        and c.relname not in ('migrations', 'rollup_definition', 'pending_batches', 'retention')
        and c.relname not like '%\\_stored' group by 1
"""
_RENAMED = {("viewings", "tail_from"): "tail_time"}
"""Columns of before, and what they are called now."""

_MONTHS = "select distinct extract(year from time)::int, extract(month from time)::int from events"
_SEQUENCES = "select sequencename::text, last_value from pg_sequences where schemaname = 'public'"

_BATCHES_OF_EACH = """
    update events e set batch = n.number from (
        select partner_id, batch, dense_rank() over (partition by partner_id order by batch) as number
        from (select distinct partner_id, batch from events) each
    ) n where n.partner_id = e.partner_id and n.batch = e.batch
"""


def at_version(dsn: str, number: int, source: str) -> None:
    """Makes an empty database what it was after so many migrations, with the source's rows as they were then.

    Its rollups are some that differ from today's, under the same names.
    """
    with connected(dsn, autocommit=True) as connection, psycopg.connect(source) as old:
        keeps = storage.of(connection)
        for statement in _OWN_TABLES:
            connection.execute(statement)
        for name in names()[:number]:
            text = resources.files("db.migrations").joinpath(name).read_text()
            connection.execute(keeps.migration(text, Keeping()).encode())
            connection.execute("insert into migrations (name) values (%s)", [name])
        keeps.room(connection)(set(old.execute(_MONTHS).fetchall()))
        _copy(old, connection)
        if number < names().index("0004_audiences.sql") + 1:
            connection.execute(_BATCHES_OF_EACH.encode())
            connection.execute(
                "update tenants t set batch = (select coalesce(max(batch), 0) from events e"
                " where e.partner_id = t.partner_id)"
            )
        _other_rollups(connection, keeps)


def outdate(dsn: str) -> None:
    """Says that its rollups, and so all that is made of them, are of another definition."""
    with connected(dsn) as connection:
        connection.execute("update rollup_definition set fingerprint = 'of another version'")


def outdate_audiences(dsn: str) -> None:
    """Says that its audiences, not its rollups, are of another definition."""
    with connected(dsn) as connection:
        ours = storage.of(connection).fingerprints()["audiences"]
        told = "update rollup_definition set fingerprint = 'of another version' where fingerprint = %s"
        assert connection.execute(told, [ours]).rowcount == 1


def _copy(source: psycopg.Connection[Any], target: psycopg.Connection[Any]) -> None:
    """The rows of all tables of facts that both have, and where their sequences stand."""
    there = dict(source.execute(_TABLES.encode()).fetchall())
    then = target.execute(_TABLES.encode()).fetchall()
    for table, columns in ((table, columns) for table, columns in then if table in there):
        now = {column: _RENAMED.get((table, column), column) for column in columns}
        now = {column: name for column, name in now.items() if name in there[table]}
        shared = ", ".join(now)
        with (
            source.cursor().copy(f"copy (select {', '.join(now.values())} from {table}) to stdout".encode()) as rows,
            target.cursor().copy(f"copy {table} ({shared}) from stdin".encode()) as written,
        ):
            for block in rows:
                written.write(block)
    stand = dict(source.execute(_SEQUENCES).fetchall())
    for name, _ in target.execute(_SEQUENCES).fetchall():
        if stand[name] is not None:
            target.execute("select setval(%s::regclass, %s)", [name, stand[name]])


def _other_rollups(connection: psycopg.Connection[Any], keeps: storage.Storage) -> None:
    connection.execute("create view raw_measures as select partner_id from events")
    if keeps.rolls_up_in_tables:
        connection.execute("create table watch_days_stored (partner_id integer)")
        connection.execute("create view watch_days as select partner_id from watch_days_stored")
    else:
        connection.execute(
            "create materialized view watch_days with (timescaledb.continuous) as select partner_id,"
            " time_bucket('1 day', time) as bucket, count(*) as events from events group by 1, 2"
        )
    connection.execute("insert into rollup_definition values ('of an earlier version')")


def sizes(dsn: str, schema: str = "public") -> dict[str, int]:
    """How many rows are stored of each derived relation that is in this schema."""
    with connected(dsn) as connection:
        connection.execute(f"set search_path to {schema}, public".encode())
        keeps = storage.of(connection)
        homes = {each.name: keeps.home(connection, each.table) or keeps.home(connection, each.name) for each in DERIVED}
        return {
            name: row[0]
            for name, home in homes.items()
            if (row := connection.execute(f"select count(*) from {home}".encode()).fetchone())
        }


_EVERYTHING = {
    "relations": """
        select c.oid::regclass::text, c.relkind, c.relpersistence, c.relacl::text, c.reloptions::text,
            pg_get_userbyid(c.relowner)
        from pg_class c where {ours}""",
    "columns": """
        select c.oid::regclass::text, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
            a.attidentity, l.collname, pg_get_expr(d.adbin, d.adrelid), a.attacl::text
        from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        left join pg_collation l on l.oid = a.attcollation
        left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum where {ours}""",
    "constraints": """
        select c.oid::regclass::text, x.conname, pg_get_constraintdef(x.oid), x.convalidated
        from pg_class c join pg_constraint x on x.conrelid = c.oid where {ours}""",
    "indexes": """
        select c.oid::regclass::text, i.indisvalid, i.indisprimary, pg_get_indexdef(i.indexrelid)
        from pg_class c join pg_index i on i.indrelid = c.oid where {ours}""",
    "views": "select c.oid::regclass::text, pg_get_viewdef(c.oid) from pg_class c where c.relkind = 'v' and {ours}",
    "triggers": """
        select c.oid::regclass::text, pg_get_triggerdef(t.oid), t.tgenabled
        from pg_class c join pg_trigger t on t.tgrelid = c.oid where not t.tgisinternal and {ours}""",
    "functions": """
        select c.oid::regprocedure::text, pg_get_functiondef(c.oid), c.proacl::text
        from pg_proc c where c.pronamespace = 'public'::regnamespace and {not_extension}""",
    "types": """
        select c.typname::text, c.typtype, (
            select string_agg(enumlabel, ',' order by enumsortorder) from pg_enum e where e.enumtypid = c.oid
        )
        from pg_type c
        where c.typtype <> 'c' and c.typelem = 0 and c.typnamespace = 'public'::regnamespace and {not_extension}""",
    "sequences": """
        select sequencename, data_type::text, start_value, min_value, max_value, increment_by, cycle
        from pg_sequences where schemaname = 'public'""",
    "default grants": "select defaclrole::regrole::text, defaclobjtype, defaclacl::text from pg_default_acl",
}
_OF_TIMESCALEDB = {
    "dimensions": """
        select hypertable_name, column_name, time_interval::text from timescaledb_information.dimensions""",
    "jobs": """
        select hypertable_name, proc_name, schedule_interval::text, config::text, scheduled
        from timescaledb_information.jobs where hypertable_name is not null""",
}
_OF_COMMUNITY = {
    "aggregates": """
        select view_name, materialized_only, compression_enabled, materialization_hypertable_name, view_definition
        from timescaledb_information.continuous_aggregates""",
    "columnstore": """
        select hypertable::text, segmentby, orderby from timescaledb_information.hypertable_columnstore_settings""",
}
_NOT_EXTENSION = "not exists (select from pg_depend e where e.objid = c.oid and e.deptype = 'e')"
_OURS = (
    "(c.relnamespace = 'public'::regnamespace or c.oid = any(%(homes)s)) and not c.relispartition"
    f" and c.relkind in ('r', 'p', 'v', 'S', 'c') and {_NOT_EXTENSION}"
)
_HOMES = """
    select format('%I.%I', materialization_hypertable_schema, materialization_hypertable_name)::regclass::oid
    from timescaledb_information.continuous_aggregates
"""
_NUMBERS = re.compile(r"(_materialized_hypertable_|_hyper_|_view_|hypertable_id\"?: |cagg_watermark\()\d+")


def catalogue(dsn: str) -> dict[str, list[tuple[str, ...]]]:
    """All that makes a database's schema, without the numbers that the extension gives its parts."""
    with connected(dsn) as connection:
        asked, homes = dict(_EVERYTHING), []
        if not (keeps := storage.of(connection)).rolls_up_in_tables:
            asked |= _OF_COMMUNITY
            homes = [home for (home,) in connection.execute(_HOMES).fetchall()]
        if keeps.name != storage.Storage.name:
            asked |= _OF_TIMESCALEDB
        return {what: _rows(connection, sql, homes) for what, sql in asked.items()}


def _rows(connection: psycopg.Connection[Any], sql: str, homes: list[int]) -> list[tuple[str, ...]]:
    asked = sql.format(ours=_OURS, not_extension=_NOT_EXTENSION)
    rows = connection.execute(asked.encode(), {"homes": homes}).fetchall()
    return sorted(tuple(_NUMBERS.sub(r"\1N", str(value)) for value in row) for row in rows)
