"""Enums: the names that clients write, with what they mean."""

from collections.abc import Mapping
from enum import Enum, StrEnum
from typing import TypeVar

import strawberry

from db.dimensions import DIMENSIONS
from db.metrics import PUBLIC
from db.question import Direction
from resolvers.buckets import Granularity
from resolvers.curve import Tier
from resolvers.funnel import PlayThrough, Step
from resolvers.heatmap import Engagement
from resolvers.ranges import Period, Preset
from resolvers.reports.request import Format, HeaderStyle, Kind, Status

E = TypeVar("E", bound=type[Enum])


def served(enum: E, description: str, values: Mapping[str, str], name: str | None = None) -> E:
    """The enum with a description of itself and of each of its values."""
    strawberry.enum(enum, name=name, description=description)
    for value in enum.__strawberry_definition__.values:  # type: ignore[attr-defined]
        value.description = values[value.name]
    return enum


class MetricName(StrEnum):
    """Every public metric; the value is its name in db/metrics.py."""

    _ignore_ = ["metric"]
    for metric in PUBLIC:
        vars()[metric.name.upper()] = metric.name


class Dimension(StrEnum):
    """Every dimension that splits; the value is its name in db/dimensions.py."""

    _ignore_ = ["dimension"]
    for dimension in DIMENSIONS.values():
        if dimension.splits:
            vars()[dimension.enum] = dimension.name


class MediaType(StrEnum):
    """What an entry is, as the catalogue writes it."""

    VIDEO = "video"
    AUDIO = "audio"
    IMAGE = "image"
    DOCUMENT = "document"
    LIVE = "live"
    ROOM = "room"


class PollType(StrEnum):
    """How a poll is answered, as the catalogue writes it."""

    SINGLE = "single"
    MULTIPLE = "multiple"
    OPEN = "open"
    RATING = "rating"
    CROWD = "crowd"
    QUIZ = "quiz"


class EntryOrderField(StrEnum):
    """What entries are ordered by: a column of db/sql/entries.sql."""

    NAME = "name"
    CREATED_AT = "created_at"


class SessionOrderField(StrEnum):
    """What sessions are ordered by: a column of db/sql/sessions.sql."""

    NAME = "name"
    STARTS_AT = "starts_at"


served(MetricName, "A metric, by name.", {metric.name.upper(): metric.summary for metric in PUBLIC})
served(
    Dimension,
    "A way to split the numbers.",
    {dimension.enum: dimension.summary for dimension in DIMENSIONS.values()},
)
served(Direction, "Which end of an order comes first.", {"ASC": "The smallest first.", "DESC": "The largest first."})
served(
    Granularity,
    "How long the spans of a timeline are. They are cut in `timeZone`.",
    {
        "MINUTE": "Minutes of the clock.",
        "TEN_MINUTES": "Ten minutes of the clock, from :00, :10 and so on.",
        "HOUR": "Hours of the clock.",
        "DAY": "Calendar days, of 23, 24 or 25 hours.",
        "WEEK": "Weeks from Monday on.",
        "MONTH": "Calendar months.",
        "YEAR": "Calendar years.",
    },
)
served(
    Preset,
    "A range of whole days in `timeZone`, relative to today.",
    {
        "TODAY": "Today, to its end.",
        "YESTERDAY": "The day before today.",
        "LAST_7_DAYS": "The 7 whole days before today.",
        "LAST_30_DAYS": "The 30 whole days before today.",
        "LAST_120_DAYS": "The 120 whole days before today.",
        "LAST_365_DAYS": "The 365 whole days before today.",
        "THIS_MONTH": "This month up to and with today.",
        "LAST_MONTH": "The whole calendar month before this one.",
        "ALL_TIME": "From the day of the account's first event on, to the last day that can have any.",
    },
    name="DateRangePreset",
)
served(
    Period,
    "A range relative to the one that it is compared with.",
    {
        "PREVIOUS": "As long, ending where the range starts; whole days where the range is whole days in `timeZone`.",
        "YEAR_BEFORE": "The same dates and times of the clock a year before.",
    },
    name="ComparisonPeriod",
)
served(
    PlayThrough,
    "How far a play on demand got.",
    {
        "TWENTY_FIVE_PERCENT": "It reached 25 % of the entry.",
        "FIFTY_PERCENT": "It reached 50 % of the entry.",
        "SEVENTY_FIVE_PERCENT": "It reached 75 % of the entry.",
        "HUNDRED_PERCENT": "It reached the end of the entry.",
    },
)
served(
    Step,
    "A step of the funnel.",
    {"IMPRESSIONS": "A player was loaded.", "PLAYS": "Playback started.", "REACHED": "Playback got as far as asked."},
    name="FunnelStepName",
)
served(
    Tier,
    "How often a percentile was viewed.",
    {
        "NOT_VIEWED": "Never.",
        "ONCE": "Once.",
        "TWICE": "Twice.",
        "MORE_THAN_TWICE": "Three times or more.",
    },
    name="ViewTier",
)
served(
    Engagement,
    "What a user did with something live in a minute.",
    {
        "ENGAGED": "The user watched and was engaged in at least one heartbeat of the minute: sound on and tab in "
        "front; in a room tab in front, full screen, camera on or on stage.",
        "NOT_ENGAGED": "The user watched and was not engaged.",
        "OFFLINE": "The user did not watch.",
    },
    name="EngagementState",
)
served(
    MediaType,
    "What an entry is.",
    {
        "VIDEO": "A video on demand.",
        "AUDIO": "Audio on demand.",
        "IMAGE": "An image.",
        "DOCUMENT": "A document.",
        "LIVE": "A live stream.",
        "ROOM": "A room that people meet in.",
    },
)
served(
    PollType,
    "How a poll is answered.",
    {
        "SINGLE": "By one option.",
        "MULTIPLE": "By one option or more.",
        "OPEN": "In words of one's own.",
        "RATING": "By a number of a scale.",
        "CROWD": "By one option, everyone at once.",
        "QUIZ": "By an option that is right or wrong.",
    },
)
served(EntryOrderField, "What entries are ordered by.", {"NAME": "By name.", "CREATED_AT": "By time of creation."})
served(SessionOrderField, "What sessions are ordered by.", {"NAME": "By name.", "STARTS_AT": "By start."})
served(
    Kind,
    "What a report is about.",
    {
        "USER_ENGAGEMENT": "A row for each user: plays, minutes, completions, engagement.",
        "SESSION_ATTENDEES": "A row for each session and user: minutes live and in the recording, completion, "
        "interactions, engagement, profile.",
        "ENTRY_DASHBOARD": "The panels of one entry; the filter names it: `entryId`.",
        "SESSION_DASHBOARD": "The panels of one session; the filter names it: `sessionId`.",
        "ROOM_DASHBOARD": "The panels of one room; the filter names it: `roomId`.",
        "USER_DASHBOARD": "The panels of one user; the filter names it: `userId`.",
        "POLLS": "A row for each option of each poll that was launched in the range, and for each answer in words.",
        "CHAT_TRANSCRIPT": "A row for each chat message that was sent in the range.",
        "CHAT_MODERATION": "A row for each session with a chat thread that was active in the range.",
        "ROOM_DATA": "A row for each room and session in it.",
        "ATTENDEES": "A row for each room, session in it and user.",
        "BREAKOUT_SESSIONS": "A row for each breakout that started in the range; `roomId` is the main room's.",
    },
    name="ReportKind",
)
served(
    Format,
    "What kind of file a report is.",
    {
        "CSV": "Comma-separated values, RFC 4180, UTF-8 with byte order mark; a ZIP of them for dashboards.",
        "XLSX": "A workbook, one sheet for each table.",
        "PARQUET": "Apache Parquet with typed columns and their units; a ZIP of them for dashboards.",
        "PDF": "Pages with charts, for dashboards and polls.",
    },
    name="ReportFormat",
)
served(
    HeaderStyle,
    "Which names a report's columns have.",
    {"SYSTEM": "Names for programs, such as count_plays.", "DESCRIPTIVE": "Names for people: Total Plays Count."},
)
served(
    Status,
    "How far a report is.",
    {
        "QUEUED": "It waits for its turn.",
        "RUNNING": "It is being made.",
        "READY": "Its file can be downloaded.",
        "FAILED": "There will be no file; `error` says why.",
        "EXPIRED": "It was ready, and its file is deleted.",
    },
    name="ReportStatus",
)
