"""Every metric as a function of a list of facts, by the name of its GraphQL field."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from .attribution import Fact
from .heartbeats import PLAYER, ROOM

Facts = Sequence[Fact]
Value = int | float | None

LIVE = ("live", "dvr")


def of_kind(facts: Facts, *kinds: int | str) -> list[Fact]:
    return [fact for fact in facts if fact.kind in kinds]


def heartbeats(facts: Facts) -> list[Fact]:
    return of_kind(facts, PLAYER, ROOM)


def live(facts: Facts) -> list[Fact]:
    """Live heartbeats, those of rooms among them."""
    return [fact for fact in heartbeats(facts) if fact.kind == ROOM or fact.playback in LIVE]


def vod(facts: Facts) -> list[Fact]:
    return [fact for fact in of_kind(facts, PLAYER) if fact.playback == "vod"]


def recording(facts: Facts) -> list[Fact]:
    return [fact for fact in vod(facts) if fact.on_recording]


def vod_plays(facts: Facts) -> list[Fact]:
    return [fact for fact in of_kind(facts, 3) if fact.playback == "vod"]


def users(facts: Iterable[Fact]) -> int:
    return len({fact.user for fact in facts})


def distinct(facts: Facts, name: str) -> int:
    return len({fact.event[name] for fact in facts if name in fact.event})


def ratio(top: float, bottom: float) -> float | None:
    return top / bottom if bottom else None


def at_most_one(value: float | None) -> float | None:
    return None if value is None else min(1.0, value)


def play_seconds(facts: Iterable[Fact]) -> float:
    return sum((fact.beat.play_seconds for fact in facts if fact.beat), 0.0)


def buffer_seconds(facts: Iterable[Fact]) -> float:
    return sum((fact.beat.buffer_seconds for fact in facts if fact.beat), 0.0)


def minutes(facts: Iterable[Fact]) -> float:
    return play_seconds(facts) / 60


def reached(facts: Facts, kind: int) -> int:
    return sum(fact.playback not in LIVE for fact in of_kind(facts, kind))


def likes(facts: Facts) -> int:
    return max(0, len(of_kind(facts, "like")) - len(of_kind(facts, "unlike")))


def questions(facts: Facts) -> list[Fact]:
    return [fact for fact in of_kind(facts, "questionSent") if fact.event.get("opensThread")]


def user_rate(facts: Facts, those: Facts) -> float | None:
    return at_most_one(ratio(users(those), users(live(facts))))


def viewing_sessions(facts: Facts) -> int:
    return len({(fact.viewing, fact.entry) for fact in heartbeats(facts) if fact.viewing is not None})


def average_bitrate(facts: Facts) -> float | None:
    given = [fact.event["actualBitrate"] for fact in heartbeats(facts) if fact.event.get("actualBitrate", -1) >= 0]
    return ratio(sum(given), len(given))


def average_completion_rate(facts: Facts) -> float | None:
    """Percentiles seen in each viewing session on each entry, as a share of a whole, per vod play."""
    seen: dict[tuple[str | None, str | None], set[int]] = defaultdict(set)
    for fact in vod(facts):
        seen[fact.viewing, fact.entry] |= fact.beat.percentiles if fact.beat else set()
    return at_most_one(ratio(sum(len(it) for it in seen.values()) / 100, len(vod_plays(facts))))


def total_completion_rate(facts: Facts) -> float | None:
    """Percentiles that anyone saw of each entry; several entries weigh as much as they last."""
    seen: dict[tuple[str | None, float], set[int]] = defaultdict(set)
    for fact in vod(facts):
        if fact.duration and fact.duration > 0 and fact.beat:
            seen[fact.entry, fact.duration] |= fact.beat.percentiles
    whole = sum(duration for _, duration in seen)
    return ratio(sum(len(it) / 100 * duration for (_, duration), it in seen.items()), whole)


def engagement_rate(facts: Facts) -> float | None:
    beats = live(facts)
    return ratio(play_seconds(fact for fact in beats if fact.beat and fact.beat.engaged), play_seconds(beats))


METRICS: dict[str, Callable[[Facts], Value]] = {
    "playerImpressions": lambda f: len(of_kind(f, 1)),
    "playRequests": lambda f: len(of_kind(f, 2)),
    "plays": lambda f: len(of_kind(f, 3)),
    "playToImpressionRatio": lambda f: ratio(len(of_kind(f, 3)), len(of_kind(f, 1))),
    "playsReached25": lambda f: reached(f, 11),
    "playsReached50": lambda f: reached(f, 12),
    "playsReached75": lambda f: reached(f, 13),
    "playsReached100": lambda f: reached(f, 14),
    "completions": lambda f: reached(f, 14),
    "playThroughRate": lambda f: ratio(reached(f, 14), len(of_kind(f, 3))),
    "uniqueViewers": lambda f: users(of_kind(f, 3, PLAYER, ROOM)),
    "liveUniqueViewers": lambda f: users(live(f)),
    "vodUniqueViewers": lambda f: users(vod(f)),
    "recordingUniqueViewers": lambda f: users(recording(f)),
    "viewingSessions": viewing_sessions,
    "minutesViewed": lambda f: minutes(heartbeats(f)),
    "liveMinutesViewed": lambda f: minutes(live(f)),
    "vodMinutesViewed": lambda f: minutes(vod(f)),
    "recordingMinutesViewed": lambda f: minutes(recording(f)),
    "onDemandMinutesViewed": lambda f: minutes(fact for fact in vod(f) if not fact.on_recording),
    "averageMinutesViewed": lambda f: ratio(minutes(heartbeats(f)), users(of_kind(f, 3, PLAYER, ROOM))),
    "averageLiveMinutesViewed": lambda f: ratio(minutes(live(f)), users(live(f))),
    "averageVodMinutesViewed": lambda f: ratio(minutes(vod(f)), users(vod(f))),
    "averageCompletionRate": average_completion_rate,
    "totalCompletionRate": total_completion_rate,
    "bufferRatio": lambda f: ratio(buffer_seconds(heartbeats(f)), play_seconds(heartbeats(f))),
    "liveBufferRatio": lambda f: ratio(buffer_seconds(live(f)), play_seconds(live(f))),
    "averageBitrate": average_bitrate,
    "liveEngagementRate": engagement_rate,
    "shares": lambda f: len(of_kind(f, 21)),
    "likes": likes,
    "downloads": lambda f: len(of_kind(f, 23)),
    "registrations": lambda f: users(of_kind(f, "registered")),
    "reactions": lambda f: len(of_kind(f, "reactionSent")),
    "reactionUsers": lambda f: users(of_kind(f, "reactionSent")),
    "reactionUserRate": lambda f: user_rate(f, of_kind(f, "reactionSent")),
    "chatMessages": lambda f: len(of_kind(f, "messageSent")),
    "chatUsers": lambda f: users(of_kind(f, "messageSent")),
    "chatUserRate": lambda f: user_rate(f, of_kind(f, "messageSent")),
    "pollAnswers": lambda f: len(of_kind(f, "pollAnswered")),
    "pollUsers": lambda f: users(of_kind(f, "pollAnswered")),
    "pollUserRate": lambda f: user_rate(f, of_kind(f, "pollAnswered")),
    "pollsAnswered": lambda f: distinct(of_kind(f, "pollAnswered"), "pollId"),
    "qnaThreads": lambda f: len(questions(f)),
    "qnaUsers": lambda f: users(questions(f)),
    "qnaUserRate": lambda f: user_rate(f, questions(f)),
    "attachmentDownloads": lambda f: len(of_kind(f, "attachmentDownloaded")),
    "attachmentUsers": lambda f: users(of_kind(f, "attachmentDownloaded")),
    "attachmentUserRate": lambda f: user_rate(f, of_kind(f, "attachmentDownloaded")),
    "attachmentsDownloaded": lambda f: distinct(of_kind(f, "attachmentDownloaded"), "attachmentId"),
    "raisedHands": lambda f: len(of_kind(f, "handRaised")),
    "raisedHandUsers": lambda f: users(of_kind(f, "handRaised")),
    "sessionsViewed": lambda f: len({fact.session for fact in heartbeats(f) if fact.session_known}),
    "videosViewed": lambda f: len({fact.entry for fact in vod_plays(f) if not fact.on_recording}),
}

ADDITIVE = {
    "playerImpressions", "playRequests", "plays", "playsReached25", "playsReached50", "playsReached75",
    "playsReached100", "completions", "minutesViewed", "liveMinutesViewed", "vodMinutesViewed",
    "recordingMinutesViewed", "onDemandMinutesViewed", "shares", "likes", "downloads", "reactions", "chatMessages",
    "pollAnswers", "qnaThreads", "attachmentDownloads", "raisedHands",
}  # fmt: skip


def enum_name(field: str) -> str:
    """The field's `MetricName`: playsReached25 is PLAYS_REACHED_25."""
    out = ""
    for before, letter in zip(" " + field, field, strict=False):
        border = letter.isupper() or (letter.isdigit() and not before.isdigit())
        out += ("_" if border else "") + letter.upper()
    return out


FIELDS = {enum_name(field): field for field in METRICS}


def measure(facts: Facts) -> dict[str, Value]:
    """Every metric of the facts."""
    return {name: function(facts) for name, function in METRICS.items()}
