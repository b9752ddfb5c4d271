"""The schema: what is missing from it or other than the migrations made it, and indexes that are broken.

What somebody added beside is left alone.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

import psycopg

from db import storage
from db.audiences import AUDIENCES
from db.check.facts import Item, expected, found
from db.migrations import names, rows_of
from db.storage.definition import OF_AUDIENCES
from db.storage.findings import Finding, psql

Connection = psycopg.Connection[Any]

_INDEX: Final = re.compile(r"create index on (\w+) (\(.+)")
_ANEW: Final = "restore a backup, or: createdb NEW, frontrow db migrate and frontrow load into it"
_KINDS: Final = ("relation", "type", "column", "constraint", "index", "function", "trigger")

_COLUMNS: Final = """
    select c.relname::text, array_agg(a.attname::text) from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relnamespace = current_schema()::regnamespace and c.relname = any(%s) group by 1
"""
_INDEXES: Final = """
    select regexp_replace(pg_get_indexdef(indexrelid), '^.* USING btree ', '') from pg_index
    where indrelid = %s::regclass
"""
_BROKEN: Final = """
    select n.nspname || '.' || c.relname from pg_index i join pg_class c on c.oid = i.indexrelid
    join pg_namespace n on n.oid = c.relnamespace where not i.indisvalid order by 1
"""


def newer(connection: Connection) -> Iterator[Finding]:
    """Whether a newer version has migrated it already."""
    unknown = sorted({name for (name,) in rows_of(connection, "migrations", "name")} - set(names()))
    if unknown:
        what = f"migrated by a newer version of Frontrow: {', '.join(unknown)}"
        yield Finding(False, what, "pip install --upgrade frontrow")


def drift(connection: Connection) -> Iterator[Finding]:
    """What is not as the migrations and the definitions of the rollups made it."""
    there = found(connection)
    missing = sorted(set(expected()) - there, key=lambda item: (_KINDS.index(item.kind), item))
    gone = {item.name for item in missing if item.kind == "relation"}
    findings = [_finding(item, there) for item in missing if _holder(item) not in gone]
    findings += [*_lost_columns(connection), *_lost_indexes(connection)]
    yield from findings or [Finding(True, "tables, columns, constraints and indexes as they were made")]


def _holder(item: Item) -> str:
    """The table that a part of one belongs to; for others nothing."""
    return "" if item.kind == "relation" else re.split(r"[. ]", item.name)[0]


def _finding(item: Item, there: set[Item]) -> Finding:
    now = [other.definition for other in there if (other.kind, other.name) == (item.kind, item.name)]
    table, _, part = item.name.replace(" ", ".").partition(".")
    if item.kind == "index":
        return Finding(False, f"no index of {table}: {item.definition}", psql(_create(table, item.definition)))
    what = f"{item.kind} {item.name} is {now[0]}, not {item.definition}" if now else f"no {item.kind} {item.name}"
    if item.kind == "column" and now:
        return Finding(False, what, psql(*_alter(table, part, now[0], item.definition)))
    if item.kind == "column":
        return Finding(False, what, psql(f"alter table {table} add column {part} {item.definition}"))
    if item.kind == "constraint":
        drop = [f"alter table {table} drop constraint {part}"] if now else []
        return Finding(False, what, psql(*drop, f"alter table {table} add constraint {part} {item.definition}"))
    return Finding(False, what, _ANEW)


def _create(table: str, definition: str) -> str:
    unique = "unique " if definition.startswith("unique ") else ""
    return f"create {unique}index on {table} {definition.removeprefix('unique ')}"


def _alter(table: str, column: str, now: str, wanted: str) -> list[str]:
    """The statements that make a column what it should be."""
    (old, old_null, old_default), (new, null, default) = _parts(now), _parts(wanted)
    change = f"alter table {table} alter column {column}"
    made = [f"{change} type {new}"] if old != new else []
    made += [f"{change} {'set' if null else 'drop'} not null"] if old_null != null else []
    made += (
        [f"{change} set default {default}" if default else f"{change} drop default"] if old_default != default else []
    )
    return made


def _parts(definition: str) -> tuple[str, bool, str]:
    """A column's type, whether it may not be null, and its default."""
    rest, _, default = definition.partition("default ")
    rest = rest.replace("generated always as identity", "").strip()
    return rest.removesuffix("not null").strip(), rest.endswith("not null"), default


def _lost_columns(connection: Connection) -> Iterator[Finding]:
    """Derived relations that are gone, or lack a column."""
    wanted = storage.of(connection).relations()
    there = dict(connection.execute(_COLUMNS, [list(wanted)]).fetchall())
    for name, columns in wanted.items():
        lost = [column for column in columns if column not in there.get(name, ())]
        if name not in there or lost:
            what = f"{name} lacks {', '.join(lost)}" if name in there else f"no relation {name}"
            yield Finding(False, what, f"{psql(_forget(connection, name))} and frontrow db migrate")


def _forget(connection: Connection, name: str) -> str:
    """What has a derived relation made anew: an audience from the rollups, all else from the events."""
    if name in {each for audience in AUDIENCES for each in (audience.name, audience.table)}:
        ours = storage.of(connection).fingerprints()[OF_AUDIENCES]
        return f"delete from rollup_definition where fingerprint = '{ours}'"
    return "delete from rollup_definition"


def _lost_indexes(connection: Connection) -> Iterator[Finding]:
    keeps = storage.of(connection)
    wanted = [
        match.groups() for statement in [*keeps.rollups(), *keeps.audiences()] if (match := _INDEX.fullmatch(statement))
    ]
    for name in dict.fromkeys(name for name, _ in wanted):
        home = keeps.home(connection, name)
        there = {_plain(row[0]) for row in connection.execute(_INDEXES, [home]).fetchall()} if home else set()
        for columns in (columns for its, columns in wanted if its == name and home):
            if _plain(columns) not in there:
                yield Finding(False, f"no index of {name}: {columns}", psql(f"create index on {name} {columns}"))


def _plain(definition: str) -> str:
    """An index's columns and condition, however they are written."""
    return re.sub(r"where \((.*)\)$", r"where \1", definition.lower())


def broken(connection: Connection) -> Iterator[Finding]:
    """Indexes that were not made to the end."""
    names = [name for (name,) in connection.execute(_BROKEN).fetchall()]
    options = " ".join(f"--index {name}" for name in names)
    yield Finding(
        not names,
        f"broken indexes: {', '.join(names)}" if names else "indexes valid",
        f"reindexdb {options}" if names else None,
    )
