"""Every kind of report: its tables, what its filter must or may name, the formats that it comes in."""

from dataclasses import dataclass
from typing import Final

from resolvers.reports import dashboards, tables
from resolvers.reports.records import Records
from resolvers.reports.request import Format, Kind
from resolvers.reports.tables import Table

TABULAR: Final = (Format.CSV, Format.XLSX, Format.PARQUET)
EVERY: Final = (*TABULAR, Format.PDF)


@dataclass(frozen=True, slots=True)
class Definition:
    """A kind. `about`: the dimension of which its filter names one key, for a dashboard of that."""

    title: str
    tables: tuple[Table, ...]
    formats: tuple[Format, ...] = TABULAR
    about: str | None = None

    @property
    def filtered_by(self) -> tuple[str, ...] | None:
        """The dimensions that records can be filtered by; None for events, which can be by all."""
        source = self.tables[0].source
        return source.dimensions if isinstance(source, Records) else None


KINDS: Final[dict[Kind, Definition]] = {
    Kind.USER_ENGAGEMENT: Definition("User Engagement", (tables.USER_ENGAGEMENT,)),
    Kind.SESSION_ATTENDEES: Definition("Session Attendees", (tables.SESSION_ATTENDEES,)),
    Kind.ENTRY_DASHBOARD: Definition("Entry Dashboard", dashboards.ENTRY_DASHBOARD, EVERY, "entry"),
    Kind.SESSION_DASHBOARD: Definition("Session Dashboard", dashboards.SESSION_DASHBOARD, EVERY, "session"),
    Kind.ROOM_DASHBOARD: Definition("Room Dashboard", dashboards.ROOM_DASHBOARD, EVERY, "room"),
    Kind.USER_DASHBOARD: Definition("User Dashboard", dashboards.USER_DASHBOARD, EVERY, "user"),
    Kind.POLLS: Definition("Polls", (tables.POLL_RESULTS,), EVERY),
    Kind.CHAT_TRANSCRIPT: Definition("Chat Transcript", (tables.CHAT_TRANSCRIPT,)),
    Kind.CHAT_MODERATION: Definition("Chat Moderation", (tables.CHAT_MODERATION,)),
    Kind.ROOM_DATA: Definition("Room Data", (tables.ROOM_DATA,)),
    Kind.ATTENDEES: Definition("Attendees", (tables.ATTENDEES,)),
    Kind.BREAKOUT_SESSIONS: Definition("Breakout Sessions", (tables.BREAKOUT_SESSIONS,)),
}
