"""The clock and the time zones, each beside the database's.

Days are cut by Frontrow's own zones (db/zones.py), never by the database's. Where they differ one of both is old, and
if that is Frontrow's, days of that zone begin at the wrong hour.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

import psycopg

from db import zones as own
from db.storage.findings import Finding

Connection = psycopg.Connection[Any]

_CLOCK_SECONDS: Final = 5.0
_SHOWN: Final = 3


def clock(connection: Connection) -> Iterator[Finding]:
    """How far the database's clock is from ours, the way to it left out."""
    before = datetime.now(UTC)
    (there,) = connection.execute("select clock_timestamp()").fetchone() or (before,)
    after = datetime.now(UTC)
    off = max((before - there).total_seconds(), (there - after).total_seconds(), 0.0)
    ok = off <= _CLOCK_SECONDS
    yield Finding(
        ok,
        f"clocks of service and database differ by {off:.1f} s",
        None if ok else "timedatectl set-ntp true (on both machines)",
    )


def zones(connection: Connection) -> Iterator[Finding]:
    """Zones whose clock now shows something else there than here, and those that one of the two lacks."""
    now = datetime.now(UTC)
    there = dict(connection.execute("select name, utc_offset from pg_timezone_names").fetchall())
    here = {name: now.astimezone(own.zone(name)).utcoffset() for name in own.names()}
    other = sorted(name for name in here.keys() & there.keys() if here[name] != there[name])
    missing = sorted(here.keys() - there.keys())
    what = f"time zones of {own.DATA_VERSION}"
    what += f", {len(other)} other ones in the database: {_some(other)}" if other else ""
    what += f", {len(missing)} missing in the database: {_some(missing)}" if missing else ""
    mend = "pip install --upgrade tzdata; on the database's machine: apt-get install --only-upgrade tzdata"
    yield Finding(True, what, mend if other else None)


def _some(names: list[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (" …" if len(names) > _SHOWN else "")
