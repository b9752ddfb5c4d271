"""The worked values of the contract, each made up from events."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from .attribution import Tenant, tenant_of
from .interactions import poll_object
from .metrics import METRICS
from .reading import read

NOW = datetime(2026, 12, 1, tzinfo=UTC)


class Scene:
    """Events of one tenant, made up for one worked value."""

    def __init__(self, duration: float = 100) -> None:
        self.records: list[dict[str, Any]] = [
            {"kind": "entry", "entryId": "film", "durationSeconds": duration, "mediaType": "video"},
            {"kind": "entry", "entryId": "tape", "durationSeconds": duration, "mediaType": "video"},
            {"kind": "session", "sessionId": "s", "entryId": "air", "recordingEntryId": "tape",
             "startsAt": "2026-01-01T00:00:00Z", "endsAt": "2026-01-02T00:00:00Z"},
        ]  # fmt: skip
        self.index = 0

    def add(self, kind: int | str, times: int = 1, **fields: Any) -> None:
        for _ in range(times):
            self.index += 1
            moment = (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.index)).isoformat()
            event = {"eventType": kind, "time": moment, "entryId": "air", "sessionId": "v", "eventIndex": self.index}
            self.records.append({**event, **fields})

    def watch(self, seconds: float, playback: str = "live", **fields: Any) -> None:
        """Heartbeats of ten seconds, or a shorter one."""
        while seconds > 0:
            self.add(99, playbackType=playback, playTime=min(10, seconds), **fields)
            seconds -= 10

    def tenant(self) -> Tenant:
        lines = [json.dumps({"partnerId": 1, **record}).encode() for record in self.records]
        world = read(lines, NOW)
        assert not world.rejects
        return tenant_of(world, 1)

    def metrics(self, *names: str) -> list[Any]:
        facts = self.tenant().facts
        return [METRICS[name](facts) for name in names]


ENGAGED: dict[str, Any] = {"soundMode": 2, "tabMode": 2}
LIVE_NAMES = ("minutesViewed", "liveMinutesViewed", "liveBufferRatio", "liveEngagementRate")


def close_to_worked(expected: float | None, got: float | None) -> bool:
    """The worked values are rounded to six or seven digits."""
    return expected is got if expected is None else got == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(
    ("seconds", "engaged", "buffering", "expected"),
    [
        (850, 10, 6.632, [14.166667, 14.166667, 0.0078024, 0.0117647]),
        (940, 10, 64.328, [15.666667, 15.666667, 0.0684340, 0.0106383]),
        (50, 20, 0, [0.8333333, 0.8333333, 0, 0.4]),
        (0, 0, 0, [0, 0, None, None]),
    ],
)
def test_live_worked_values(seconds: float, engaged: float, buffering: float, expected: list[float]) -> None:
    scene = Scene()
    scene.watch(engaged, **ENGAGED)
    stalls = 10 if buffering else 0
    for n in range(stalls):
        scene.add(99, playbackType="live", playTime=10, bufferTime=buffering / 10, sessionId=f"b{n}")
    scene.watch(seconds - engaged - 10 * stalls, soundMode=1)
    got = scene.metrics(*LIVE_NAMES)
    assert all(close_to_worked(*pair) for pair in zip(expected, got, strict=True)), got


def test_live_with_some_vod() -> None:
    scene = Scene(duration=10_000)
    scene.watch(10, **ENGAGED)
    scene.watch(840, bufferTime=6.632 / 84)
    scene.watch(40, "vod", entryId="film", position=50)
    got = scene.metrics(*LIVE_NAMES, "totalCompletionRate")
    assert got == pytest.approx([14.8333333, 14.1666667, 0.0078024, 0.0117647, 0.01], rel=1e-5)


def test_vod_worked_value() -> None:
    scene = Scene()
    for viewing, seconds in (("a", 20), ("b", 80)):
        scene.add(3, playbackType="vod", entryId="film", sessionId=viewing)
        scene.add(99, playbackType="vod", entryId="film", sessionId=viewing, playTime=seconds, position=seconds)
    assert scene.metrics("averageCompletionRate", "totalCompletionRate") == pytest.approx([0.5, 0.8])


def test_impressions_worked_value() -> None:
    scene = Scene()
    scene.add(1, 26)
    scene.add(3, 11)
    assert scene.metrics("playToImpressionRatio") == pytest.approx([0.4230769], rel=1e-6)


def test_two_viewers_worked_value() -> None:
    scene = Scene()
    scene.watch(6000, userId="a", **ENGAGED)
    scene.watch(600, userId="b", sessionId="w")
    assert scene.metrics("liveEngagementRate", "averageLiveMinutesViewed") == pytest.approx([0.9090909, 55], rel=1e-6)


def test_one_user_live_and_recorded() -> None:
    scene = Scene()
    scene.watch(10, userId="a")
    scene.watch(10, "vod", userId="a", entryId="tape", position=10)
    assert scene.metrics("liveUniqueViewers", "recordingUniqueViewers", "uniqueViewers") == [1, 1, 1]


def test_two_anonymous_viewings() -> None:
    scene = Scene()
    scene.watch(10)
    scene.watch(10, sessionId="w")
    assert scene.metrics("uniqueViewers", "viewingSessions") == [1, 2]


def test_interaction_worked_value() -> None:
    scene = Scene()
    for n in range(10):
        scene.watch(10, userId=f"u{n}")
    for n in range(9):
        scene.add("reactionSent", userId=f"u{n % 4}")
    for n in range(6):
        scene.add("messageSent", userId=f"u{n % 2}")
    got = scene.metrics("reactionUserRate", "reactions", "chatUserRate", "chatMessages")
    assert got == pytest.approx([0.4, 9, 0.2, 6])


def test_poll_worked_value() -> None:
    scene = Scene()
    options = [{"optionId": "a", "text": "A", "correct": None}, {"optionId": "b", "text": "B", "correct": None}]
    scene.records.append({"kind": "poll", "pollId": "p", "sessionId": "s", "type": "multiple", "options": options})
    for user, chosen in (("x", ["a", "b"]), ("y", ["a"]), ("z", ["a"]), ("z", ["b"])):
        scene.add("pollAnswered", userId=user, pollId="p", optionIds=chosen)
    poll = poll_object(scene.tenant(), "p")
    assert poll is not None
    assert [option["participants"] for option in poll["options"]] == [3, 2]
    assert [option["rate"] for option in poll["options"]] == pytest.approx([1.0, 0.6666667])
