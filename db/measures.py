"""What an event contributes to the numbers, each measure said once.

A measure is a column of every relation that the planner reads: over raw events it is an expression of one
event's columns, in a rollup the aggregate of that expression. From MEASURES come the view over raw events,
the rollup tables and the statements that fill them (db/rollups.py); the metrics (db/metrics.py) are written
in terms of these names.

Absent means null rather than 0, so that the many measures that a row lacks take a bit of its null bitmap each
and nothing more.
"""

from dataclasses import dataclass
from typing import Final, Literal

from db.codes import (
    ATTACHMENT_DOWNLOADED,
    DOWNLOAD,
    HAND_RAISED,
    HEARTBEAT,
    IMPRESSION,
    LIKE,
    MESSAGE_SENT,
    PLAY,
    PLAY_REQUESTED,
    POLL_ANSWERED,
    QUESTION_SENT,
    REACHED_25,
    REACHED_50,
    REACHED_75,
    REACHED_100,
    REACTION_SENT,
    REGISTERED,
    ROOM_VIEW,
    SHARE,
    UNLIKE,
)
from db.metrics import METRICS, Distinct


@dataclass(frozen=True, slots=True)
class Measure:
    """A column that adds up: its name, its expression over one event, and how two of them become one."""

    name: str
    expression: str
    type: Literal["int", "bigint", "float8", "bit(100)", "bit(16384)", "numeric"] = "int"
    aggregate: Literal["sum", "bit_or"] = "sum"


def _events(name: str, *types: int) -> Measure:
    """The number of events of these types."""
    return Measure(name, f"case when event_type in ({', '.join(map(str, types))}) then 1 end")


_HEARTBEAT: Final = f"event_type in ({HEARTBEAT}, {ROOM_VIEW})"

MEASURES: Final[dict[str, Measure]] = {
    measure.name: measure
    for measure in (
        # What is asked for most comes first: a row is taken apart up to the last column that is needed.
        _events("plays", PLAY),
        _events("heartbeats", HEARTBEAT, ROOM_VIEW),
        Measure("play_seconds", "play_seconds", "float8"),
        _events("presences", PLAY, HEARTBEAT, ROOM_VIEW),
        Measure("first_seen", "nullif(firsts & 127, 0)"),
        Measure("first_heartbeats", "nullif(firsts >> 7, 0)"),
        Measure("coverage", "coverage", "bit(100)", "bit_or"),
        Measure("engaged_seconds", "case when engaged then play_seconds end", "float8"),
        Measure("engaged_heartbeats", f"case when engaged and {_HEARTBEAT} then 1 end"),
        Measure("buffer_seconds", "buffer_seconds", "float8"),
        Measure("bitrate_sum", f"case when {_HEARTBEAT} then bitrate end", "float8"),
        Measure("bitrate_count", f"case when bitrate is not null and {_HEARTBEAT} then 1 end"),
        _events("impressions", IMPRESSION),
        _events("play_requests", PLAY_REQUESTED),
        _events("reached_25", REACHED_25),
        _events("reached_50", REACHED_50),
        _events("reached_75", REACHED_75),
        _events("reached_100", REACHED_100),
        _events("shares", SHARE),
        _events("likes", LIKE),
        _events("unlikes", UNLIKE),
        _events("downloads", DOWNLOAD),
        _events("registrations", REGISTERED),
        _events("reactions", REACTION_SENT),
        _events("chat_messages", MESSAGE_SENT),
        _events("poll_answers", POLL_ANSWERED),
        Measure("qna_threads", f"case when event_type = {QUESTION_SENT} and opens_thread then 1 end"),
        _events("attachment_downloads", ATTACHMENT_DOWNLOADED),
        _events("raised_hands", HAND_RAISED),
    )
}

CURVE_MEASURES: Final[dict[str, Measure]] = {
    "viewed": Measure("viewed", "viewed", "bit(100)", "bit_or"),
    "views": Measure("views", "views", "numeric"),
}
"""Kept apart from the others: wide, and wanted by one shape only (the playback curve).

`views` is a number with one digit for each percentile, in base 10^12: percentile k counts 10^(12 (k - 1)). So
the views of all hundred percentiles add up with plain `sum`.
"""

VIEWS_DIGITS: Final = 12
"""Decimal digits that `views` gives each percentile."""

CHUNK: Final = 16_384
"""Users of consecutive keys that share a set of users. Fewer make more rows; what is empty in it is packed away."""

USER_CHUNK: Final = f"user_key / {CHUNK}"

PART: Final = 512
"""Users whose set is made first, before the sets of a chunk are put together: wide ones take long to add up."""


def users_of(measure: str) -> str:
    """The name of the set of those users of a chunk who have some of a measure."""
    return f"{measure}_users"


def user_set(measure: str, size: int = CHUNK) -> str:
    """The set of a row's user, if it has some of a measure, as an expression: among so many of consecutive keys."""
    return f"case when {measure} > 0 then set_bit(B'0'::bit({size}), mod(user_key, {size}), 1) end"


USER_SETS: Final[dict[str, Measure]] = {
    users_of(name): Measure(users_of(name), user_set(name), "bit(16384)", "bit_or")
    for name in dict.fromkeys(
        metric.formula.counting.measure
        for metric in METRICS.values()
        if isinstance(metric.formula, Distinct) and metric.formula.key == "user_key"
    )
}
"""Users by whom metrics count, as sets: expressions over a row with a user. Kept where rows are of many users."""

COUNTED: Final = {users_of(name): name for name in MEASURES if users_of(name) in USER_SETS}
"""The measure that each set is of."""
