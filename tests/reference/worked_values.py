"""The worked values of the contract, each made up from events: what to load, what to ask, what to be answered."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from .reading import Record

START = datetime(2026, 1, 1, tzinfo=UTC)
RANGE = '{between: {from: "2026-01-01T00:00:00Z", to: "2026-01-02T00:00:00Z"}}'
ENGAGED: Record = {"soundMode": 2, "tabMode": 2}


class Scene:
    """Catalogue and events of one tenant, made up for one worked value."""

    def __init__(self, duration: float = 100) -> None:
        self.records: list[Record] = [
            {"kind": "entry", "entryId": "film", "durationSeconds": duration, "mediaType": "video"},
            {"kind": "entry", "entryId": "tape", "durationSeconds": duration, "mediaType": "video"},
            {"kind": "session", "sessionId": "s", "entryId": "air", "recordingEntryId": "tape",
             "startsAt": "2026-01-01T00:00:00Z", "endsAt": "2026-01-02T00:00:00Z"},
        ]  # fmt: skip
        self.index = 0

    def add(self, kind: int | str, times: int = 1, **fields: Any) -> None:
        for _ in range(times):
            self.index += 1
            moment = (START + timedelta(seconds=self.index)).isoformat()
            event = {"eventType": kind, "time": moment, "entryId": "air", "sessionId": "v", "eventIndex": self.index}
            self.records.append({**event, **fields})

    def watch(self, seconds: float, playback: str = "live", **fields: Any) -> None:
        """Heartbeats of ten seconds, or a shorter one."""
        while seconds > 0:
            self.add(99, playbackType=playback, playTime=min(10, seconds), **fields)
            seconds -= 10

    def lines(self, partner: int) -> list[bytes]:
        return [json.dumps({"partnerId": partner, **record}).encode() for record in self.records]


@dataclass(frozen=True)
class Worked:
    """A worked value. The expected is rounded to six or seven digits."""

    name: str
    scene: Scene
    document: str
    expected: dict[str, Any]


def worked(name: str, scene: Scene, **expected: float | None) -> Worked:
    """One about metrics of the account."""
    document = f"{{ analytics(range: {RANGE}) {{ metrics {{ {' '.join(expected)} }} }} }}"
    return Worked(name, scene, document, {"analytics": {"metrics": expected}})


def live(seconds: float, engaged: float, buffering: float, *expected: float | None) -> Worked:
    names = ("minutesViewed", "liveMinutesViewed", "liveBufferRatio", "liveEngagementRate")
    scene = Scene()
    scene.watch(engaged, **ENGAGED)
    stalls = 10 if buffering else 0
    for number in range(stalls):
        scene.add(99, playbackType="live", playTime=10, bufferTime=buffering / 10, sessionId=f"b{number}")
    scene.watch(seconds - engaged - 10 * stalls, soundMode=1)
    return worked(f"live {seconds:g} s", scene, **dict(zip(names, expected, strict=True)))


def live_with_some_vod() -> Worked:
    scene = Scene(duration=10_000)
    scene.watch(10, **ENGAGED)
    scene.watch(840, bufferTime=6.632 / 84)
    scene.watch(40, "vod", entryId="film", position=50)
    return worked(
        "live with some vod",
        scene,
        minutesViewed=14.8333333,
        liveMinutesViewed=14.1666667,
        liveBufferRatio=0.0078024,
        liveEngagementRate=0.0117647,
        totalCompletionRate=0.01,
    )


def two_vod_plays() -> Worked:
    scene = Scene()
    for viewing, seconds in (("a", 20), ("b", 80)):
        scene.add(3, playbackType="vod", entryId="film", sessionId=viewing)
        scene.add(99, playbackType="vod", entryId="film", sessionId=viewing, playTime=seconds, position=seconds)
    return worked("two vod plays", scene, averageCompletionRate=0.5, totalCompletionRate=0.8)


def impressions() -> Worked:
    scene = Scene()
    scene.add(1, 26)
    scene.add(3, 11)
    return worked("impressions", scene, playToImpressionRatio=0.4230769)


def two_viewers() -> Worked:
    scene = Scene()
    scene.watch(6000, userId="a", **ENGAGED)
    scene.watch(600, userId="b", sessionId="w")
    return worked("two viewers", scene, liveEngagementRate=0.9090909, averageLiveMinutesViewed=55.0)


def one_user_live_and_recorded() -> Worked:
    scene = Scene()
    scene.watch(10, userId="a")
    scene.watch(10, "vod", userId="a", entryId="tape", position=10)
    return worked("one user live and recorded", scene, liveUniqueViewers=1, recordingUniqueViewers=1, uniqueViewers=1)


def two_anonymous_viewings() -> Worked:
    scene = Scene()
    scene.watch(10)
    scene.watch(10, sessionId="w")
    return worked("two anonymous viewings", scene, uniqueViewers=1, viewingSessions=2)


def interaction() -> Worked:
    scene = Scene()
    for number in range(10):
        scene.watch(10, userId=f"u{number}")
    for number in range(9):
        scene.add("reactionSent", userId=f"u{number % 4}")
    for number in range(6):
        scene.add("messageSent", userId=f"u{number % 2}")
    return worked("interaction", scene, reactionUserRate=0.4, reactions=9, chatUserRate=0.2, chatMessages=6)


def poll() -> Worked:
    scene = Scene()
    options = [{"optionId": "a", "text": "A", "correct": None}, {"optionId": "b", "text": "B", "correct": None}]
    scene.records.append({"kind": "poll", "pollId": "p", "sessionId": "s", "type": "multiple", "options": options})
    for user, chosen in (("x", ["a", "b"]), ("y", ["a"]), ("z", ["a"]), ("z", ["b"])):
        scene.add("pollAnswered", userId=user, pollId="p", optionIds=chosen)
    counted = [{"participants": 3, "rate": 1.0}, {"participants": 2, "rate": 0.6666667}]
    document = '{ poll(pollId: "p") { participants options { participants rate } } }'
    return Worked("poll", scene, document, {"poll": {"participants": 3, "options": counted}})


WORKED = (
    live(850, 10, 6.632, 14.166667, 14.166667, 0.0078024, 0.0117647),
    live(940, 10, 64.328, 15.666667, 15.666667, 0.0684340, 0.0106383),
    live(50, 20, 0, 0.8333333, 0.8333333, 0.0, 0.4),
    live(0, 0, 0, 0.0, 0.0, None, None),
    live_with_some_vod(),
    two_vod_plays(),
    impressions(),
    two_viewers(),
    one_user_live_and_recorded(),
    two_anonymous_viewings(),
    interaction(),
    poll(),
)
