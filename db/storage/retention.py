"""What was dropped, and what can't be answered since: raw events, and what rollups hold by less than a day (fine).

What a rollup holds stays answered. Where an answer needs raw events of before `raw_from`, or parts of days of before
`fine_from`, the database itself refuses (`raw_kept`, migrations/0005; `fine_kept`, 0007): an answer from what is left
would be too small.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from db.storage.findings import Finding


def raw_from(connection: psycopg.Connection[Any]) -> datetime | None:
    """Since when there are raw events; None where none were ever dropped."""
    row = connection.execute("select raw_from from retention").fetchone()
    return row[0] if row else None


def fine_from(connection: psycopg.Connection[Any]) -> datetime | None:
    """Since when rollups hold parts of days; None where none were ever dropped."""
    row = connection.execute("select fine_from from retention").fetchone()
    return row[0] if row else None


def due(days: int) -> datetime:
    """Before when raw events are to be dropped: a midnight in UTC."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return today - timedelta(days=days)


def kept_from(connection: psycopg.Connection[Any], days: int | None) -> datetime | None:
    """Since when there will be raw events once those older than so many days are dropped; None: none ever are."""
    moments = [moment for moment in (raw_from(connection), due(days) if days else None) if moment]
    return max(moments, default=None)


def fine_due(connection: psycopg.Connection[Any], days: int | None) -> datetime | None:
    """Before when parts of days are to be dropped now; None: there is nothing to do.

    Never before raw events are: what still may be corrected is taken back from all rollups and rolled up again.
    """
    raw, fine = raw_from(connection), fine_from(connection)
    if days is None or raw is None:
        return None
    moment = min(due(days), raw)
    return moment if fine is None or fine < moment else None


def note(connection: psycopg.Connection[Any], moment: datetime) -> None:
    """Raw events of before the moment are being dropped, in this transaction."""
    connection.execute(
        "insert into retention (raw_from) values (%s)"
        " on conflict (one) do update set raw_from = greatest(retention.raw_from, excluded.raw_from)",
        [moment],
    )


def note_fine(connection: psycopg.Connection[Any], moment: datetime) -> None:
    """Parts of days of before the moment are being dropped, in this transaction."""
    connection.execute("update retention set fine_from = greatest(fine_from, %s)", [moment])


def looks(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    """Since when raw events are there, and parts of days."""
    since, fine = raw_from(connection), fine_from(connection)
    yield Finding(True, f"raw events since {since:%Y-%m-%d}" if since else "all raw events are there")
    yield Finding(True, f"parts of days since {fine:%Y-%m-%d}" if fine else "all parts of days are there")
