"""What the tables of facts are made of, item by item, as the migrations make them: the doctor compares with it.

`python -m db.check` writes facts.json from a new embedded database; a test holds it to every kind of database.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psycopg

from db.derived import DERIVED

FILE: Final = Path(__file__).with_name("facts.json")
_NOT_FACTS: Final = [
    "raw_measures",
    "pending_measures",
    "unseen_batches",
    *(each.name for each in DERIVED),
    *(each.table for each in DERIVED),
]

_OURS: Final = """
    ours as (
        select oid, relname::text as name, relkind from pg_class
        where relnamespace = current_schema()::regnamespace and not relispartition and relname <> all(%(others)s)
            and not exists (select from pg_depend d where d.objid = pg_class.oid and d.deptype = 'e')
    )
"""
_ITEMS: Final = f"""
    with {_OURS}
    select 'relation', name, case relkind when 'S' then 'sequence' else 'table' end from ours
    where relkind in ('r', 'p', 'S')
    union all
    select 'column', o.name || '.' || a.attname,
        concat_ws(' ', format_type(a.atttypid, a.atttypmod),
            case when a.attcollation <> t.typcollation then format('collate "%%s"', l.collname) end,
            case when a.attidentity = 'a' then 'generated always as identity' end,
            case when a.attnotnull then 'not null' end, 'default ' || pg_get_expr(d.adbin, d.adrelid))
    from ours o join pg_attribute a on a.attrelid = o.oid join pg_type t on t.oid = a.atttypid
    left join pg_collation l on l.oid = a.attcollation
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where o.relkind in ('r', 'p', 'c') and a.attnum > 0 and not a.attisdropped
    union all
    select 'constraint', o.name || ' ' || c.conname, pg_get_constraintdef(c.oid)
    from ours o join pg_constraint c on c.conrelid = o.oid where c.contype in ('p', 'u', 'f', 'c')
    union all
    select 'index', o.name, x.definition
    from ours o join pg_index i on i.indrelid = o.oid
    cross join lateral (
        select case when i.indisunique then 'unique ' else '' end
            || regexp_replace(pg_get_indexdef(i.indexrelid), '^.* USING ', 'using ') as definition
    ) x
    where not exists (select from pg_constraint c where c.conindid = i.indexrelid and c.contype in ('p', 'u'))
    union all
    select 'trigger', o.name || ' ' || t.tgname,
        regexp_replace(pg_get_triggerdef(t.oid), ' ON \\S+ ', ' ON ' || o.name || ' ')
    from ours o join pg_trigger t on t.tgrelid = o.oid
    where not t.tgisinternal and t.tgname not like 'ts_%%'
    union all
    select 'function', p.oid::regprocedure::text, md5(p.prosrc) || ' returns ' || pg_get_function_result(p.oid)
    from pg_proc p
    where p.pronamespace = current_schema()::regnamespace
        and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
    union all
    select 'type', t.typname::text, string_agg(e.enumlabel, ', ' order by e.enumsortorder)
    from pg_type t join pg_enum e on e.enumtypid = t.oid
    where t.typnamespace = current_schema()::regnamespace group by t.typname
"""


@dataclass(frozen=True, slots=True, order=True)
class Item:
    """A part of the schema: its kind, its name and what it is. An index goes by its table: names may differ."""

    kind: str
    name: str
    definition: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name} {self.definition}"


def found(connection: psycopg.Connection[Any]) -> set[Item]:
    """The items of this database. What somebody added beside is among them."""
    return {Item(*row) for row in connection.execute(_ITEMS, {"others": _NOT_FACTS}).fetchall()}


def expected() -> list[Item]:
    """The items that a database of this version has."""
    return [Item(**item) for item in json.loads(FILE.read_text("utf-8"))]
