"""Two databases made for analysis, each with the same events in a table sorted as suits it best."""

import json
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, Protocol, Self

import psycopg

Row = Sequence[Any]

# Dictionaries already resolved to what the questions group by, nulls to zeros: both only help the other engines.
_EXPORT: Final = (
    "copy (select e.partner_id, e.entry_key, e.time at time zone 'UTC', e.event_type, e.user_key,"
    " coalesce(p.country, 'Unknown'), coalesce(e.play_seconds, 0)"
    " from events e left join places p using (place_key)) to stdout (format csv)"
)
_SORTED: Final = "partner_id, entry_key, time"


class Engine(Protocol):
    """A database in this process."""

    name: str

    def rows(self, sql: str) -> list[Row]:
        """What a select answers."""

    def close(self) -> None:
        """Gives its memory back."""


class DuckDB:
    """DuckDB, in a file of its own."""

    name = "duckdb"

    def __init__(self, folder: Path) -> None:
        self._connection: Any = import_module("duckdb").connect(folder / "events.duckdb")

    @classmethod
    def filled(cls, folder: Path, csv: Path) -> Self:
        """A database with the events of a file."""
        engine = cls(folder)
        columns = {
            "partner_id": "integer", "entry_key": "integer", "time": "timestamp", "event_type": "smallint",
            "user_key": "integer", "country": "varchar", "play_seconds": "double",
        }  # fmt: skip
        source = f"read_csv('{csv}', header = false, columns = {columns})"
        engine.rows(f"create table events as select * from {source} order by {_SORTED}")
        engine.rows("checkpoint")
        return engine

    def rows(self, sql: str) -> list[Row]:
        """What a select answers."""
        return list(self._connection.execute(sql).fetchall())

    def close(self) -> None:
        """Closes the file."""
        self._connection.close()


class ClickHouse:
    """ClickHouse as a library, in a folder of its own."""

    name = "chdb"

    def __init__(self, folder: Path) -> None:
        self._session: Any = import_module("chdb.session").Session(str(folder / "chdb"))
        self._session.query("set session_timezone = 'UTC'")

    @classmethod
    def filled(cls, folder: Path, csv: Path) -> Self:
        """A database with the events of a file."""
        engine = cls(folder)
        columns = (
            "partner_id UInt32, entry_key UInt32, time DateTime64(6), event_type Int16,"
            " user_key UInt32, country LowCardinality(String), play_seconds Float64"
        )
        engine._session.query(f"create table events ({columns}) engine = MergeTree order by ({_SORTED})")
        engine._session.query(f"insert into events select * from file('{csv}', CSV, '{columns}')")
        engine._session.query("optimize table events final")
        return engine

    def rows(self, sql: str) -> list[Row]:
        """What a select answers."""
        answer = self._session.query(sql, "JSONCompactEachRow")
        return [json.loads(line) for line in str(answer).splitlines()]

    def close(self) -> None:
        """Ends the session."""
        self._session.close()


ENGINES: Final[tuple[type[DuckDB] | type[ClickHouse], ...]] = (DuckDB, ClickHouse)


def missing() -> list[str]:
    """The engines that are not installed."""
    return [engine.name for engine in ENGINES if find_spec(engine.name) is None]


def engines(dsn: str, folder: Path) -> list[Engine]:
    """Those installed, filled with the stored events. `folder`: an empty one, for their files."""
    installed = [engine for engine in ENGINES if engine.name not in missing()]
    csv = folder / "events.csv"
    if installed:
        _export(dsn, csv)
    try:
        return [engine.filled(folder, csv) for engine in installed]
    finally:
        csv.unlink(missing_ok=True)


def _export(dsn: str, csv: Path) -> None:
    """Writes the columns that the questions need of every stored event."""
    with (
        psycopg.connect(dsn) as connection,
        connection.cursor() as cursor,
        cursor.copy(_EXPORT) as blocks,
        csv.open("wb") as file,
    ):
        for block in blocks:
            file.write(block)
