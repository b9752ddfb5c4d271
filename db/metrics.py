"""The metrics this service answers, each defined once.

A metric's name, unit, formula and prose live here and nowhere else. From METRICS come the SQL (db/plan.py), the
GraphQL fields and the MetricName enum (schema/metrics.py), the catalogue that clients read, the command line's
table and the tables in the docs. What a rollup must keep for them is in db/measures.py.

To add a metric, add one entry to METRICS (a measure, too, if no measure counts its events yet) and run
`make generate`.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Unit(StrEnum):
    """What a number counts. Counts and users are whole numbers."""

    COUNT = "count"
    USERS = "users"
    MINUTES = "min"
    RATIO = "ratio"
    KBITS_PER_SECOND = "kbit/s"

    @property
    def whole(self) -> bool:
        """Whether it is served as an integer."""
        return self in (Unit.COUNT, Unit.USERS)


class Only(StrEnum):
    """A part of the events, as SQL over any relation's columns. `recording` is a column that the planner adds."""

    LIVE = "(playback in (2, 3) or playback >= 8)"
    VOD = "playback = 1"
    NOT_LIVE = "playback not in (2, 3)"
    RECORDING = "playback = 1 and recording"
    ON_DEMAND = "playback = 1 and not recording"


@dataclass(frozen=True, slots=True)
class Sum:
    """The sum of a measure, over a part of the events or all. Adds up over time and dimensions."""

    measure: str
    only: Only | None = None
    divisor: int = 1


@dataclass(frozen=True, slots=True)
class Net:
    """One sum less another, at least 0."""

    plus: Sum
    minus: Sum


@dataclass(frozen=True, slots=True)
class Distinct:
    """The number of different keys for which the sum is above 0. Does not add up: rows overlap."""

    key: str
    counting: Sum


@dataclass(frozen=True, slots=True)
class Seen:
    """Percentiles seen by each viewing session, as fractions of its entry, added up over viewing sessions."""


@dataclass(frozen=True, slots=True)
class SeenSeconds:
    """Seconds of the entries that were seen by anyone in the scope: per entry its duration x its percentiles seen."""


@dataclass(frozen=True, slots=True)
class DurationSeconds:
    """Seconds that the entries with a duration and a vod heartbeat last."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """One metric divided by another, after both were summed; null where the other is 0."""

    top: str
    bottom: str
    at_most: int | None = None


Formula = Sum | Net | Distinct | Seen | SeenSeconds | DurationSeconds | Ratio


@dataclass(frozen=True, slots=True)
class Metric:
    """A number with its definition. `public` ones are served; the others are parts of them."""

    name: str
    unit: Unit
    formula: Formula
    label: str
    summary: str
    says: str
    public: bool = True

    @property
    def additive(self) -> bool:
        """Whether the rows of a breakdown add up to the whole."""
        return isinstance(self.formula, Sum | Net)

    @property
    def nullable(self) -> bool:
        """Whether there may be no such number: a ratio of nothing."""
        return isinstance(self.formula, Ratio)

    @property
    def field(self) -> str:
        """Its GraphQL field: playsReached25."""
        head, *tail = self.name.split("_")
        return head + "".join(word.capitalize() for word in tail)


def _users(name: str, label: str, measure: str, verb: str, says: str) -> tuple[Metric, ...]:
    """A count of users who did something, and their share of the live viewers."""
    singular = name.removesuffix("_users")
    return (
        Metric(name, Unit.USERS, Distinct("user_key", Sum(measure)), f"{label} users", f"Users who {verb}.", says),
        Metric(
            f"{singular}_user_rate",
            Unit.RATIO,
            Ratio(name, "live_unique_viewers", at_most=1),
            f"{label} user rate",
            f"Users who {verb}, as a share of the live unique viewers; at most 1.",
            f"min(1, {singular}Users / liveUniqueViewers)",
        ),
    )


def _count(name: str, measure: str, label: str, summary: str, says: str, only: Only | None = None) -> Metric:
    """A number of events."""
    return Metric(name, Unit.COUNT, Sum(measure, only), label, summary, says)


def _minutes(name: str, label: str, summary: str, says: str, only: Only | None = None) -> Metric:
    """Time played."""
    return Metric(name, Unit.MINUTES, Sum("play_seconds", only, 60), label, summary, says)


def _viewers(name: str, label: str, summary: str, says: str, counting: Sum) -> Metric:
    """A number of different users, the anonymous together one of them."""
    return Metric(name, Unit.USERS, Distinct("user_key", counting), label, summary, says)


def _ratio(
    name: str,
    top: str,
    bottom: str,
    label: str,
    summary: str,
    says: str,
    unit: Unit = Unit.RATIO,
    cap: int | None = None,
) -> Metric:
    """One metric over another."""
    return Metric(name, unit, Ratio(top, bottom, cap), label, summary, says)


def _part(name: str, unit: Unit, formula: Formula, summary: str) -> Metric:
    """A number that only others are made of."""
    return Metric(name, unit, formula, name, summary, "", public=False)


_NOT_SERVED: Final = (
    _part("play_seconds", Unit.MINUTES, Sum("play_seconds"), "Seconds played."),
    _part("live_play_seconds", Unit.MINUTES, Sum("play_seconds", Only.LIVE), "Seconds played live."),
    _part("live_engaged_seconds", Unit.MINUTES, Sum("engaged_seconds", Only.LIVE), "Seconds played live, engaged."),
    _part("buffer_seconds", Unit.MINUTES, Sum("buffer_seconds"), "Seconds of buffering."),
    _part("live_buffer_seconds", Unit.MINUTES, Sum("buffer_seconds", Only.LIVE), "Seconds of buffering, live."),
    _part("bitrate_sum", Unit.KBITS_PER_SECOND, Sum("bitrate_sum"), "Bitrates of all heartbeats that tell one."),
    _part("bitrate_count", Unit.COUNT, Sum("bitrate_count"), "Heartbeats that tell a bitrate."),
    _part("vod_plays", Unit.COUNT, Sum("plays", Only.VOD), "Plays on demand."),
    _part("percentiles_seen", Unit.RATIO, Seen(), "Fractions of entries seen, by viewing session."),
    _part("seen_seconds", Unit.MINUTES, SeenSeconds(), "Seconds of the entries seen by anyone."),
    _part("duration_seconds", Unit.MINUTES, DurationSeconds(), "Seconds that the entries seen last."),
    _part("live_heartbeats", Unit.COUNT, Sum("heartbeats", Only.LIVE), "Live heartbeats."),
    _part("live_engaged_heartbeats", Unit.COUNT, Sum("engaged_heartbeats", Only.LIVE), "Live heartbeats, engaged."),
)

METRICS: Final[dict[str, Metric]] = {
    metric.name: metric
    for metric in (
        _count("player_impressions", "impressions", "Player impressions", "Times a player was loaded.", "events 1"),
        _count(
            "play_requests", "play_requests", "Play requests", "Times someone asked for playback to start.", "events 2"
        ),
        _count("plays", "plays", "Plays", "Times playback started: the first frame was shown.", "events 3"),
        _ratio(
            "play_to_impression_ratio",
            "plays",
            "player_impressions",
            "Play-to-impression ratio",
            "Plays per player impression. May exceed 1.",
            "plays / playerImpressions",
        ),
        *(
            _count(
                f"plays_reached_{percent}",
                f"reached_{percent}",
                f"Plays reached {percent} %",
                f"Plays on demand that reached {percent} % of the entry. Live playback does not count.",
                f"events {code}, not live or dvr",
                Only.NOT_LIVE,
            )
            for percent, code in ((25, 11), (50, 12), (75, 13), (100, 14))
        ),
        _count(
            "completions",
            "reached_100",
            "Completions",
            "Plays on demand that reached the end.",
            "= playsReached100",
            Only.NOT_LIVE,
        ),
        _ratio(
            "play_through_rate",
            "plays_reached_100",
            "plays",
            "Play-through rate",
            "Share of the plays that reached the end.",
            "playsReached100 / plays",
        ),
        _viewers(
            "unique_viewers",
            "Unique viewers",
            "Different users who played or watched anything, rooms included. All anonymous people are one user.",
            "distinct users with a play, a heartbeat or a room heartbeat",
            Sum("presences"),
        ),
        _viewers(
            "live_unique_viewers",
            "Live unique viewers",
            "Different users who watched live or were in a room.",
            "distinct users with a live, dvr or room heartbeat",
            Sum("heartbeats", Only.LIVE),
        ),
        _viewers(
            "vod_unique_viewers",
            "VOD unique viewers",
            "Different users who watched on demand, recordings included.",
            "distinct users with a vod heartbeat",
            Sum("heartbeats", Only.VOD),
        ),
        _viewers(
            "recording_unique_viewers",
            "Recording unique viewers",
            "Different users who watched the recording of a session.",
            "distinct users with a vod heartbeat on a session's recording",
            Sum("heartbeats", Only.RECORDING),
        ),
        Metric(
            "viewing_sessions",
            Unit.COUNT,
            Distinct("viewing_key", Sum("heartbeats")),
            "Viewing sessions",
            "Page views of a player on an entry in which something was watched.",
            "distinct (sessionId, entryId) with a heartbeat",
        ),
        _minutes(
            "minutes_viewed",
            "Minutes viewed",
            "Time spent watching, rooms included. Pauses, seeks and buffering do not count.",
            "play seconds of all heartbeats / 60",
        ),
        _minutes(
            "live_minutes_viewed",
            "Live minutes viewed",
            "Time spent watching live or in a room.",
            "play seconds of live, dvr and room heartbeats / 60",
            Only.LIVE,
        ),
        _minutes(
            "vod_minutes_viewed",
            "VOD minutes viewed",
            "Time spent watching on demand, recordings included.",
            "play seconds of vod heartbeats / 60",
            Only.VOD,
        ),
        _minutes(
            "recording_minutes_viewed",
            "Recording minutes viewed",
            "Time spent watching recordings of sessions.",
            "play seconds of vod heartbeats on a session's recording / 60",
            Only.RECORDING,
        ),
        _minutes(
            "on_demand_minutes_viewed",
            "On-demand minutes viewed",
            "Time spent watching on demand, recordings of sessions excluded.",
            "play seconds of vod heartbeats on other entries / 60",
            Only.ON_DEMAND,
        ),
        _ratio(
            "average_minutes_viewed",
            "minutes_viewed",
            "unique_viewers",
            "Average minutes viewed",
            "Minutes viewed per unique viewer.",
            "minutesViewed / uniqueViewers",
            Unit.MINUTES,
        ),
        _ratio(
            "average_live_minutes_viewed",
            "live_minutes_viewed",
            "live_unique_viewers",
            "Average live minutes viewed",
            "Live minutes per live unique viewer.",
            "liveMinutesViewed / liveUniqueViewers",
            Unit.MINUTES,
        ),
        _ratio(
            "average_vod_minutes_viewed",
            "vod_minutes_viewed",
            "vod_unique_viewers",
            "Average VOD minutes viewed",
            "On-demand minutes per on-demand unique viewer.",
            "vodMinutesViewed / vodUniqueViewers",
            Unit.MINUTES,
        ),
        _ratio(
            "average_completion_rate",
            "percentiles_seen",
            "vod_plays",
            "Average completion rate",
            "How much of the entry a play on demand saw on average; a play that saw nothing counts as 0. At most 1.",
            "min(1, Σ over viewing sessions of distinct percentiles seen / 100 / plays on vod)",
            cap=1,
        ),
        _ratio(
            "total_completion_rate",
            "seen_seconds",
            "duration_seconds",
            "Total completion rate",
            "How much of the entry was seen by all viewers together; over several entries weighted by duration.",
            "Σ duration × distinct percentiles seen / 100 / Σ duration, over entries with a duration and a vod "
            "heartbeat",
        ),
        _ratio(
            "buffer_ratio",
            "buffer_seconds",
            "play_seconds",
            "Buffer ratio",
            "Seconds of buffering per second played.",
            "buffer seconds / play seconds",
        ),
        _ratio(
            "live_buffer_ratio",
            "live_buffer_seconds",
            "live_play_seconds",
            "Live buffer ratio",
            "Seconds of buffering per second played live.",
            "buffer seconds / play seconds, live heartbeats",
        ),
        _ratio(
            "average_bitrate",
            "bitrate_sum",
            "bitrate_count",
            "Average bitrate",
            "Mean bitrate of the heartbeats that tell one.",
            "mean of actualBitrate where known",
            Unit.KBITS_PER_SECOND,
        ),
        _ratio(
            "live_engagement_rate",
            "live_engaged_seconds",
            "live_play_seconds",
            "Live engagement rate",
            "Share of the live time in which viewers were engaged: sound on and tab in front; in a room tab in front, "
            "full screen, camera on or on stage.",
            "play seconds of engaged live heartbeats / play seconds of live heartbeats",
        ),
        _count("shares", "shares", "Shares", "Clicks on share.", "events 21"),
        Metric(
            "likes",
            Unit.COUNT,
            Net(Sum("likes"), Sum("unlikes")),
            "Likes",
            "Likes less likes taken back, at least 0.",
            "max(0, like - unlike)",
        ),
        _count("downloads", "downloads", "Downloads", "Clicks on download.", "events 23"),
        _viewers(
            "registrations",
            "Registrations",
            "Different users who registered.",
            "distinct users with registered",
            Sum("registrations"),
        ),
        _count("reactions", "reactions", "Reactions", "Reactions sent.", "reactionSent"),
        *_users("reaction_users", "Reaction", "reactions", "sent a reaction", "distinct users with reactionSent"),
        _count("chat_messages", "chat_messages", "Chat messages", "Chat messages sent.", "messageSent"),
        *_users("chat_users", "Chat", "chat_messages", "wrote in the chat", "distinct users with messageSent"),
        _count("poll_answers", "poll_answers", "Poll answers", "Answers given to polls.", "pollAnswered"),
        *_users("poll_users", "Poll", "poll_answers", "answered a poll", "distinct users with pollAnswered"),
        Metric(
            "polls_answered",
            Unit.COUNT,
            Distinct("poll_key", Sum("poll_answers")),
            "Polls answered",
            "Different polls that got an answer.",
            "distinct pollId answered",
        ),
        _count(
            "qna_threads", "qna_threads", "Q&A threads", "Questions that opened a thread.", "questionSent, opensThread"
        ),
        *_users("qna_users", "Q&A", "qna_threads", "opened a Q&A thread", "distinct users who opened a thread"),
        _count(
            "attachment_downloads",
            "attachment_downloads",
            "Attachment downloads",
            "Downloads of attachments.",
            "attachmentDownloaded",
        ),
        *_users(
            "attachment_users",
            "Attachment",
            "attachment_downloads",
            "downloaded an attachment",
            "distinct users with attachmentDownloaded",
        ),
        Metric(
            "attachments_downloaded",
            Unit.COUNT,
            Distinct("attachment_key", Sum("attachment_downloads")),
            "Attachments downloaded",
            "Different attachments that were downloaded.",
            "distinct attachmentId",
        ),
        _count("raised_hands", "raised_hands", "Raised hands", "Times a hand was raised.", "handRaised"),
        _viewers(
            "raised_hand_users",
            "Raised hand users",
            "Different users who raised a hand.",
            "distinct users with handRaised",
            Sum("raised_hands"),
        ),
        Metric(
            "sessions_viewed",
            Unit.COUNT,
            Distinct("session_key", Sum("heartbeats")),
            "Sessions viewed",
            "Different sessions of which something was watched, live or in the recording.",
            "distinct sessions with a heartbeat",
        ),
        Metric(
            "videos_viewed",
            Unit.COUNT,
            Distinct("entry_key", Sum("plays", Only.ON_DEMAND)),
            "Videos viewed",
            "Different entries played on demand, recordings of sessions excluded.",
            "distinct entries with a vod play that are no session's recording",
        ),
        *_NOT_SERVED,
    )
}

PUBLIC: Final[tuple[Metric, ...]] = tuple(metric for metric in METRICS.values() if metric.public)
