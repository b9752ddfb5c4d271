"""The tables of dashboards: one for each panel, each of them what a field of GraphQL's analytics gives."""

from typing import Final

from db.question import Order
from resolvers.reports import panels
from resolvers.reports.columns import Column, metrics, moment, number, of, text, whole
from resolvers.reports.panels import Computed, Highlights, Shares
from resolvers.reports.sources import Breakdown
from resolvers.reports.tables import USER, Look, Table

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
    columns = (USER, *of("user", text("user_name", "User Name", "name")), *metrics(*names))
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
    most=8,
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
    *(
        "attachment_downloads",
        "attachment_user_rate",
        "raised_hands",
        "recording_unique_viewers",
        "recording_minutes_viewed",
    ),
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
    highlights(*_SESSION_CARDS),
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
