"""The server: its version and its settings.

What PostgreSQL or TimescaleDB ships with works, and is at most noted; what is less, or too few, is wrong.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import psycopg

from db import storage
from db.storage.findings import Finding, psql

Connection = psycopg.Connection[Any]

_OLDEST: Final = 160_000
_SPARE: Final = 5
"""Connections that are left to commands beside the service."""


@dataclass(frozen=True, slots=True)
class Amount:
    """A setting in kilobytes: what it is wrong to be below, what is enough, and whether it takes a restart."""

    name: str
    least: int
    enough: int
    restart: bool = False


_AMOUNTS: Final = (
    Amount("shared_buffers", 64 * 1024, 256 * 1024, restart=True),
    Amount("work_mem", 4 * 1024, 8 * 1024),
    Amount("max_wal_size", 512 * 1024, 2 * 1024 * 1024),
)
_KILOBYTES: Final = (
    "select pg_size_bytes(setting || case unit when '8kB' then 'kB' else unit end)"
    " / 1024 * case unit when '8kB' then 8 else 1 end from pg_settings where name = %s"
)


def version(connection: Connection) -> Iterator[Finding]:
    """Which PostgreSQL it is, kept as which storage."""
    number = connection.info.server_version
    yield version_finding(number, f"PostgreSQL {number // 10000}, kept as {storage.of(connection).name}")


def version_finding(number: int, shown: str) -> Finding:
    """Whether this version of PostgreSQL will do."""
    oldest = _OLDEST // 10000
    return Finding(
        number >= _OLDEST,
        shown if number >= _OLDEST else f"{shown}: the oldest that will do is {oldest}",
        None if number >= _OLDEST else f"pg_upgradecluster --version {oldest} {number // 10000} main",
    )


def encoding(connection: Connection) -> Iterator[Finding]:
    """Whether any text can be stored."""
    found = connection.info.parameter_status("server_encoding")
    ok = found == "UTF8"
    mend = "createdb --template template0 --encoding UTF8 NAME, then load again"
    yield Finding(ok, f"encoding {found}", None if ok else mend)


def settings(connection: Connection, connections: int) -> Iterator[Finding]:
    """Connections, memory and log, and whether statements are compiled."""
    yield _connections(connection, connections)
    for amount in _AMOUNTS:
        yield _amount(connection, amount)
    (compiled,) = connection.execute(
        "select (select reset_val from pg_settings where name = 'jit') = 'on' and pg_jit_available()"
    ).fetchone() or (False,)
    # Frontrow's own connections turn it off; whoever else asks this database waits for the compiler.
    name = connection.info.dbname
    mend = psql(f'alter database "{name}" set jit = off')
    yield Finding(True, "jit is on" if compiled else "jit is off", mend if compiled else None)


def _connections(connection: Connection, needed: int) -> Finding:
    (most,) = connection.execute(
        "select sum(setting::int * case name when 'max_connections' then 1 else -1 end)::int from pg_settings"
        " where name in ('max_connections', 'superuser_reserved_connections', 'reserved_connections')"
    ).fetchone() or (0,)
    if needed + _SPARE <= most:
        return Finding(True, f"{most} connections at once")
    return Finding(
        False,
        f"{most} connections at once, and the service may hold {needed}",
        f"{psql(f'alter system set max_connections = {needed + _SPARE + 10}')} and restart PostgreSQL;"
        " or a smaller FRONTROW_POOL_SIZE",
    )


def _amount(connection: Connection, amount: Amount) -> Finding:
    (found,) = connection.execute(_KILOBYTES, [amount.name]).fetchone() or (0,)
    what = f"{amount.name} is {_shown(found)}"
    if found >= amount.enough:
        return Finding(True, what)
    then = "restart PostgreSQL" if amount.restart else psql("select pg_reload_conf()")
    return Finding(
        found >= amount.least,
        f"{what}: {'' if found >= amount.least else 'far too little, '}better {_shown(amount.enough)} or more",
        f"{psql(f'alter system set {amount.name} = {_shown(amount.enough)!r}')} and {then}",
    )


def _shown(kilobytes: int) -> str:
    return f"{kilobytes // 1024}MB" if kilobytes >= 1024 else f"{kilobytes}kB"
