"""The tables that reports are made of: columns under the names of both header styles, and where their rows come from.

A table and a column are said here and nowhere else. To add a column, add one entry: a metric's comes with its name,
label and unit from db/metrics.py.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from db.question import Order
from resolvers.reports import panels
from resolvers.reports.columns import Column, flag, metric, metrics, moment, number, of, text, whole
from resolvers.reports.panels import Computed, Highlights, Shares
from resolvers.reports.records import BREAKOUTS, MODERATION, POLLS, TRANSCRIPT
from resolvers.reports.sources import Breakdown, Source


class Look(StrEnum):
    """How a page shows a table."""

    CARDS = "cards"
    LINES = "lines"
    CURVE = "curve"
    FUNNEL = "funnel"
    BARS = "bars"
    TABLE = "table"
    POLLS = "polls"


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a report. `name` is that of its file or sheet. `drawn`: the columns that a page shows, else all."""

    name: str
    title: str
    columns: tuple[Column, ...]
    source: Source
    look: Look = Look.TABLE
    drawn: tuple[str, ...] = ()


_PROFILE: Final = of(
    "user",
    text("user_name", "User Name", "name"),
    text("email", "Email", "email"),
    text("title", "Title", "title"),
    text("company", "Company", "company"),
    text("industry", "Industry", "industry"),
    text("role", "Role", "role"),
    text("country", "Country", "country_code"),
    flag("registered", "Registered", "registered"),
)
_INTERACTIONS: Final = metrics(
    *("reactions", "chat_messages", "poll_answers", "polls_answered", "qna_threads", "attachment_downloads"),
    "raised_hands",
)
_SESSION: Final = (text("session_id", "Session ID"), *of("session", text("session_name", "Session Name", "name")))
_ROOM: Final = (text("room_id", "Room ID"), *of("room", text("room_name", "Room Name", "name")))
_USER: Final = text("user_id", "User ID")

USER_ENGAGEMENT: Final = Table(
    "user_engagement",
    "User Engagement",
    (
        text("user_id", "User ID"),
        *of("user", text("user_name", "User Name", "name"), flag("registered", "Registered", "registered")),
        metric("player_impressions", "count_loads", "Total Player Impressions Count"),
        metric("plays", "count_plays", "Total Plays Count"),
        metric("minutes_viewed", "sum_view_period", "Total Minutes Viewed"),
        metric("live_minutes_viewed", "sum_live_view_period", "Total Live Minutes Viewed"),
        metric("live_buffer_ratio", "avg_live_buffer_time", "Average Live Buffer Time Ratio", or_zero=True),
        metric("completions", "total_completion_rate", "Total Full Views Count"),
        metric(
            "live_engagement_rate", "live_engaged_users_play_time_ratio", "Average Live Engagement Rate", or_zero=True
        ),
    ),
    Breakdown(("user",)),
)

SESSION_ATTENDEES: Final = Table(
    "session_attendees",
    "Session Attendees",
    (
        *_SESSION,
        _USER,
        *_PROFILE,
        *metrics("minutes_viewed", "live_minutes_viewed", "recording_minutes_viewed"),
        *metrics("average_completion_rate", "total_completion_rate", "live_engagement_rate"),
        *_INTERACTIONS,
    ),
    Breakdown(("session", "user"), Order("minutes_viewed"), known=("session",)),
)

ROOM_DATA: Final = Table(
    "room_data",
    "Room Data",
    (
        *_ROOM,
        *_SESSION,
        *of("session", moment("session_start", "Session Start", "starts_at")),
        *of("session", moment("session_end", "Session End", "ends_at"), text("host_id", "Host ID", "host_id")),
        *of("host", text("host_name", "Host Name", "name")),
        metric("live_unique_viewers", "unique_users", "Unique Users"),
        metric("live_minutes_viewed", "participation_minutes", "Participation Minutes"),
        metric("live_engagement_rate", "engagement_rate", "Engagement Rate"),
    ),
    Breakdown(("room", "session"), Order("live_unique_viewers"), known=("room",)),
)

ATTENDEES: Final = Table(
    "attendees",
    "Attendees",
    (
        _USER,
        *of("user", text("user_name", "User Name", "name"), text("email", "Email", "email")),
        *of("user", text("role", "Role", "role")),
        metric("live_minutes_viewed", "participation_minutes", "Participation Minutes"),
        metric("live_engagement_rate", "engagement_rate", "Engagement Rate"),
        *_ROOM,
        *_SESSION,
    ),
    Breakdown(("room", "session", "user"), Order("live_minutes_viewed"), known=("room",)),
)

BREAKOUT_SESSIONS: Final = Table(
    "breakout_sessions",
    "Breakout Sessions",
    (
        text("main_room_id", "Main Room ID"),
        text("main_room_name", "Main Room Name"),
        text("breakout_room_id", "Breakout Room ID"),
        text("breakout_room_name", "Breakout Room Name"),
        text("session_id", "Session ID"),
        text("session_name", "Session Name"),
        text("initiator_id", "Initiator ID"),
        text("initiator_name", "Initiator Name"),
        moment("session_start", "Session Start", "starts_at"),
        moment("session_end", "Session End", "ends_at"),
        number("duration_minutes", "Duration", unit="min"),
        metric("live_unique_viewers", "participants", "Participants"),
        metric("live_engagement_rate", "engagement_rate", "Engagement Rate"),
    ),
    BREAKOUTS,
)

CHAT_TRANSCRIPT: Final = Table(
    "chat_transcript",
    "Chat Transcript",
    (
        text("userId", "User ID", "user_id"),
        text("userFirstName", "User First Name", "first_name"),
        text("userLastName", "User Last Name", "last_name"),
        text("userEmail", "User Email", "email"),
        text("userRole", "User Role", "role"),
        text("messageId", "Message ID", "message_id"),
        moment("sentAt", "Sent At", "at"),
        text("message", "Message", "message"),
        text("repliedToMessageId", "Replied To Message ID", "replied_to_message_id"),
        whole("likes", "Likes"),
        flag("deleted", "Deleted"),
        text("subContext", "Sub-context", "sub_context"),
    ),
    TRANSCRIPT,
)

CHAT_MODERATION: Final = Table(
    "chat_moderation",
    "Chat Moderation",
    (
        text("context_id", "Context ID", "session_id"),
        text("context_name", "Context Name", "name"),
        moment("last_activity", "Last Activity", "last_activity_at"),
        whole("pending_threads", "Pending Threads"),
        whole("owned_threads", "Owned Threads"),
        whole("resolved_threads", "Resolved Threads"),
        whole("done_threads", "Done Threads"),
        whole("user_messages", "User Messages"),
        whole("moderator_messages", "Moderator Messages"),
        text("moderators_owning_resolved_threads", "Moderators Owning Resolved Threads", "owning_resolved"),
        text("moderators_owning_unresolved_threads", "Moderators Owning Unresolved Threads", "owning_unresolved"),
    ),
    MODERATION,
)

POLL_RESULTS: Final = Table(
    "polls",
    "Polls",
    (
        text("session_id", "Session ID"),
        text("session_name", "Session Name"),
        text("poll_id", "Poll ID"),
        text("question", "Question"),
        text("type", "Type"),
        moment("launched_at", "Launched At"),
        whole("participants", "Unique Participants", unit="users"),
        number("average_rating", "Average Rating"),
        text("option_id", "Option ID"),
        text("option_text", "Option"),
        flag("correct", "Correct"),
        whole("option_participants", "Option Unique Participants", "chosen", "users"),
        number("rate", "Rate", unit="ratio"),
        text("answer", "Answer"),
        moment("answered_at", "Answered At"),
        text("user_id", "Answered By"),
    ),
    POLLS,
    Look.POLLS,
)

_SPAN: Final = (moment("start", "Start"), moment("end", "End"))
_VIEWS: Final = ("player_impressions", "plays", "unique_viewers", "minutes_viewed", "average_completion_rate")
_LIVE: Final = ("live_unique_viewers", "live_minutes_viewed", "live_engagement_rate")


def highlights(*names: str) -> Table:
    """Totals of these metrics with their change."""
    numbers = (number("current", "Current"), number("previous", "Previous"), number("change", "Change", unit="ratio"))
    columns = (text("metric", "Metric"), text("label", "Label"), text("unit", "Unit"), *numbers)
    return Table("highlights", "Highlights", columns, Highlights(names), Look.CARDS)


def timeline(*names: str, minutes: bool = False) -> Table:
    """These metrics over time; by the minute for what was live."""
    rows = panels.by_minute if minutes else panels.by_time
    return Table("timeline", "Over time", (*_SPAN, *metrics(*names)), Computed(rows), Look.LINES)


def ranked(dimension: str, name: str, title: str, key: Column, *names: str, order: str = "plays") -> Table:
    """A breakdown with these metrics, and the share of the one that it is ordered by where that adds up."""
    columns = (key, *_name_of(dimension), *metrics(*names))
    share = (number("share", "Share", unit="ratio"),) if order == "plays" else ()
    source = Shares(Breakdown((dimension,), Order(order)))
    return Table(name, title, (*columns, *share), source, Look.BARS)


def _name_of(dimension: str) -> tuple[Column, ...]:
    return of("country", text("country_name", "Country Name", "name")) if dimension == "country" else ()


def places(*names: str, order: str = "plays") -> tuple[Table, ...]:
    """Countries and devices."""
    country, device = text("country", "Country", "country_id"), text("device", "Device", "device_id")
    return (
        ranked("country", "countries", "Countries", country, *names, order=order),
        ranked("device", "devices", "Devices", device, *names, order=order),
    )


def people(name: str, title: str, *names: str, order: str) -> Table:
    """Users with these metrics."""
    columns = (_USER, *of("user", text("user_name", "User Name", "name")), *metrics(*names))
    return Table(name, title, columns, Breakdown(("user",), Order(order)), drawn=("user_name", *names))


def of_dimension(dimension: str, name: str, title: str, *names: str, order: str) -> Table:
    """Entries, sessions or rooms with these metrics."""
    key = text(f"{dimension}_id", f"{dimension.capitalize()} ID")
    called = text(f"{dimension}_name", f"{dimension.capitalize()} Name", "name")
    source = Breakdown((dimension,), Order(order), known=(dimension,))
    return Table(name, title, (key, *of(dimension, called), *metrics(*names)), source, drawn=(called.name, *names))


def _text_key(name: str, label: str) -> Column:
    return text(name, label, f"{name}_id")


CURVE: Final = Table(
    "playback_curve",
    "Views by position",
    (
        whole("percentile", "Percentile", unit="%"),
        whole("views", "Views"),
        whole("unique_viewers", "Unique Viewers", "viewers", "users"),
        text("tier", "Tier"),
    ),
    Computed(panels.percentiles),
    Look.CURVE,
)
FUNNEL: Final = Table(
    "funnel",
    "Funnel",
    (text("step", "Step"), whole("count", "Count"), number("rate", "Share of Impressions", unit="ratio", reads="rate")),
    Computed(panels.steps),
    Look.FUNNEL,
)
MOMENTS: Final = Table(
    "top_moments",
    "Top moments",
    (*_SPAN, whole("reactions", "Reactions"), text("by_type", "By Type")),
    Computed(panels.moments),
    drawn=("start", "reactions", "by_type"),
)
DOWNLOADS: Final = Table(
    "attachments",
    "Attachments downloaded",
    (
        text("attachment_id", "Attachment ID"),
        *of("attachment", text("attachment_name", "Attachment Name", "name"), text("type", "File Type", "file_type")),
        *of("session", text("session_name", "Session Name", "name")),
        whole("downloads", "Downloads"),
        moment("last_downloaded_at", "Last Downloaded At", "at"),
    ),
    Computed(panels.downloaded),
    drawn=("attachment_name", "type", "session_name", "downloads", "last_downloaded_at"),
)

ENTRY_DASHBOARD: Final = (
    highlights(*_VIEWS, "likes", "shares"),
    timeline(*_VIEWS),
    CURVE,
    FUNNEL,
    *places(*_VIEWS),
    ranked("operating_system", "operating_systems", "Operating systems", _text_key("operating_system", "OS"), *_VIEWS),
    ranked("browser", "browsers", "Browsers", _text_key("browser", "Browser"), *_VIEWS),
    ranked("domain", "domains", "Domains", _text_key("domain", "Domain"), *_VIEWS, "play_to_impression_ratio"),
    ranked("url", "pages", "Pages", _text_key("url", "Page"), *_VIEWS, "play_to_impression_ratio"),
    people("users", "Users", *_VIEWS[:2], *_VIEWS[3:], "total_completion_rate", order="plays"),
)

_SESSION_CARDS: Final = (
    *("unique_viewers", "average_minutes_viewed", "live_unique_viewers", "live_engagement_rate", "reactions"),
    *("reaction_user_rate", "chat_messages", "chat_user_rate", "poll_user_rate", "qna_threads", "qna_user_rate"),
    *("attachment_downloads", "attachment_user_rate", "recording_unique_viewers", "recording_minutes_viewed"),
)
_ATTENDED: Final = (*("minutes_viewed", "reactions", "chat_messages", "polls_answered"), "live_engagement_rate")
_WATCHED: Final = ("live_unique_viewers", "recording_unique_viewers")

SESSION_DASHBOARD: Final = (
    highlights(*_SESSION_CARDS),
    timeline("live_unique_viewers", "live_engagement_rate", "reactions", minutes=True),
    MOMENTS,
    people("users", "Attendees", *_ATTENDED, "qna_threads", "raised_hands", order="minutes_viewed"),
    *places(*_WATCHED, order="live_unique_viewers"),
)
ROOM_DASHBOARD: Final = (
    highlights(*_SESSION_CARDS[:-2]),
    timeline(*_LIVE),
    of_dimension("session", "sessions", "Sessions", *_LIVE, "chat_messages", order="live_minutes_viewed"),
    people("users", "Attendees", *_ATTENDED, "raised_hands", order="minutes_viewed"),
    *places(*_WATCHED, order="live_unique_viewers"),
)
USER_DASHBOARD: Final = (
    highlights(
        *("minutes_viewed", "live_minutes_viewed", "recording_minutes_viewed", "on_demand_minutes_viewed"),
        *("sessions_viewed", "videos_viewed", "live_engagement_rate", "reactions", "chat_messages"),
        *("polls_answered", "qna_threads", "attachments_downloaded"),
    ),
    timeline("minutes_viewed", "live_minutes_viewed", "vod_minutes_viewed", "plays"),
    of_dimension("session", "sessions", "Sessions", *_ATTENDED, "raised_hands", order="minutes_viewed"),
    of_dimension("entry", "entries", "Content", "plays", "minutes_viewed", "total_completion_rate", order="plays"),
    DOWNLOADS,
    *places("plays", "minutes_viewed"),
)
