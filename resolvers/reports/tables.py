"""The tables that reports are made of: columns under the names of both header styles, and where their rows come from.

A table and a column are said here and nowhere else. To add a column, add one entry: a metric's comes with its name,
label and unit from db/metrics.py.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from db.question import Order
from resolvers.reports.columns import Column, flag, metric, metrics, moment, number, of, text, whole
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
    """A table of a report. `name` is that of its file or sheet. `drawn`: the columns that a page shows, else
    all; `most`: how many rows it shows."""

    name: str
    title: str
    columns: tuple[Column, ...]
    source: Source
    look: Look = Look.TABLE
    drawn: tuple[str, ...] = ()
    most: int = 20


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
USER: Final = text("user_id", "User ID")

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
        USER,
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
        USER,
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
