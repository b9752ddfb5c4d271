"""The seam between what is stored and how: everything that differs from one kind of database to another.

Which kind a database is says the database itself (its extension and that one's licence). Only writing differs:
relations have the same names and columns whatever keeps them.

|                         | events         | rollups                                            |
|---|---|---|
| PostgreSQL              | native partitions | tables of their own behind views (tables.py)    |
| TimescaleDB, Apache     | a hypertable   | the same                                           |
| TimescaleDB, Community  | a hypertable   | continuous aggregates (community.py)               |
"""

from typing import Any

import psycopg

from db.storage.community import Community
from db.storage.hypertables import ApacheEdition
from db.storage.keeping import Keeping
from db.storage.postgresql import PostgreSQL

__all__ = ["Keeping", "Storage", "of"]

Storage = PostgreSQL
"""What they all can do; the others differ from it where they must."""

_OFFERED = """
    select current_setting('timescaledb.license', true),
        exists (select from pg_available_extensions where name = 'timescaledb')
"""
_KIND = """
    select current_setting('timescaledb.license', true),
        exists (select from pg_extension where extname = 'timescaledb'),
        exists (select from pg_class where oid = to_regclass('events') and relkind = 'p')
"""


def of(connection: psycopg.Connection[Any]) -> Storage:
    """The kind of database behind a connection. One that was made without the extension goes on without it."""
    licence, installed, partitioned = connection.execute(_KIND).fetchone() or (None, False, False)
    if not installed or partitioned:
        return PostgreSQL()
    return Community() if licence == "timescale" else ApacheEdition()


def kind_of(connection: psycopg.Connection[Any]) -> str:
    """The name of the kind that a new database on this server can be."""
    licence, offered = connection.execute(_OFFERED).fetchone() or (None, False)
    if not offered:
        return PostgreSQL.name
    return Community.name if licence == "timescale" else ApacheEdition.name
