"""What was asked for: a frozen value that becomes JSON and back, since a report is made later, by another process."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, assert_never

from db.question import EVERYTHING, And, Filter, KeyIn, Not, Or, Range


class Kind(StrEnum):
    """What a report is about."""

    USER_ENGAGEMENT = "user_engagement"
    SESSION_ATTENDEES = "session_attendees"
    ENTRY_DASHBOARD = "entry_dashboard"
    SESSION_DASHBOARD = "session_dashboard"
    ROOM_DASHBOARD = "room_dashboard"
    USER_DASHBOARD = "user_dashboard"
    POLLS = "polls"
    CHAT_TRANSCRIPT = "chat_transcript"
    CHAT_MODERATION = "chat_moderation"
    ROOM_DATA = "room_data"
    ATTENDEES = "attendees"
    BREAKOUT_SESSIONS = "breakout_sessions"


class Format(StrEnum):
    """What kind of file it is."""

    CSV = "csv"
    XLSX = "xlsx"
    PARQUET = "parquet"
    PDF = "pdf"


class HeaderStyle(StrEnum):
    """Which names its columns have."""

    SYSTEM = "system"
    DESCRIPTIVE = "descriptive"


class Status(StrEnum):
    """How far it is."""

    QUEUED = "queued"
    RUNNING = "running"
    READY = "ready"
    FAILED = "failed"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Request:
    """A report as it was asked for. The range is the one that was meant then, whenever it is made."""

    kind: Kind
    format: Format
    headers: HeaderStyle
    window: Range
    filter: Filter = EVERYTHING
    email: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Everything, as JSON knows it."""
        window = {"from": self.window.start.isoformat(), "to": self.window.end.isoformat(), "zone": self.window.zone}
        told = {"kind": self.kind, "format": self.format, "headers": self.headers, "window": window}
        return {**told, "filter": _written(self.filter), **({"email": self.email} if self.email else {})}

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> "Request":
        """The request that was written."""
        window = told["window"]
        start, end = (datetime.fromisoformat(window[name]) for name in ("from", "to"))
        return cls(
            Kind(told["kind"]),
            Format(told["format"]),
            HeaderStyle(told["headers"]),
            Range(start, end, window["zone"]),
            _read(told["filter"]),
            told.get("email"),
        )


def _written(wanted: Filter) -> dict[str, Any]:
    match wanted:
        case And(filters):
            return {"and": [_written(part) for part in filters]}
        case Or(filters):
            return {"or": [_written(part) for part in filters]}
        case Not(part):
            return {"not": _written(part)}
        case KeyIn(dimension, keys):
            return {"in": [dimension, *keys]}
        case _:
            assert_never(wanted)


def _read(told: Mapping[str, Any]) -> Filter:
    ((word, value),) = told.items()
    match word:
        case "and":
            return And(tuple(map(_read, value)))
        case "or":
            return Or(tuple(map(_read, value)))
        case "not":
            return Not(_read(value))
        case _:
            dimension, *keys = value
            return KeyIn(dimension, tuple(keys))
