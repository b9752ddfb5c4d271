"""Two databases made for analysis, each with the same events in a table sorted as suits it best."""

import json
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, Protocol, Self

import psycopg

Row = Sequence[Any]

# Columns, with where each engine's values come from. Dictionaries are already resolved to what the questions group by,
# nulls are zeros, and what heartbeats stand for is worked out: all that only helps the other engines.
_COLUMNS: Final = {
    "partner_id": ("integer", "e.partner_id"),
    "entry_key": ("integer", "e.entry_key"),
    "time": ("timestamp", "e.time at time zone 'UTC'"),
    "event_type": ("smallint", "e.event_type"),
    "playback": ("smallint", "e.playback"),
    "user_key": ("integer", "e.user_key"),
    "viewing_key": ("bigint", "e.viewing_key"),
    "country": ("varchar", "coalesce(p.country, 'Unknown')"),
    "device": ("varchar", "coalesce(a.device, 'Unknown')"),
    "domain": ("varchar", "coalesce(g.domain, 'Unknown')"),
    "context": ("varchar", "coalesce(c.context, 'Unknown')"),
    "play_seconds": ("double", "coalesce(e.play_seconds, 0)"),
    "coverage_low": ("bigint", "coalesce(substring(e.coverage from 1 for 50)::bit(50)::bigint, 0)"),
    "coverage_high": ("bigint", "coalesce(substring(e.coverage from 51 for 50)::bit(50)::bigint, 0)"),
    **{
        name: ("smallint", f"coalesce(e.spans >> {7 * place} & 127, 0)")
        for place, name in enumerate(("second_high", "second_low", "counted", "first_high", "first_low"))
    },
}
_EXPORT: Final = (
    f"copy (select {', '.join(source for _, source in _COLUMNS.values())} from events e"
    " left join places p using (place_key) left join agents a using (agent_key) left join pages g using (page_key)"
    " left join playback_contexts c using (context_key)) to stdout (format csv)"
)
_CLICKHOUSE_TYPES: Final = {
    "integer": "Int32", "smallint": "Int16", "bigint": "Int64", "double": "Float64",
    "timestamp": "DateTime64(6)", "varchar": "LowCardinality(String)",
}  # fmt: skip
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
        columns = {name: type_ for name, (type_, _) in _COLUMNS.items()}
        source = f"read_csv('{csv}', header = false, columns = {columns})"
        engine.rows(f"create table events as select * from {source} order by {_SORTED}")
        engine.rows("checkpoint")
        engine.rows("create macro arrayJoin(list) as unnest(list)")
        engine.rows("create macro bitCount(number) as bit_count(number)")
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
        columns = ", ".join(f"{name} {_CLICKHOUSE_TYPES[type_]}" for name, (type_, _) in _COLUMNS.items())
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
