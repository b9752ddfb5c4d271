"""Viewing sessions: who opens what, when, and how far they get. One row each, all of a day at once.

A row holds everything that the events of a viewing session follow from (`playing` makes them). On demand
the playhead runs from `origin` for `jump_at` seconds of the medium, goes on at `jump_to`, and stops after
`watched` seconds in all.
"""

import numpy as np
from numpy.typing import NDArray

from db.demo.people import Audience, choose
from db.demo.places import LIVE_SITES, ON_DEMAND_SITES
from db.demo.plan import DAY_MS, DemoPlan, Part
from db.demo.programme import Programme, Session

NO_PLAYER, IMPRESSION, REQUESTED, PLAYED = -1, 0, 1, 2
NEVER = np.inf

VIEWING = np.dtype(
    [
        ("viewer", "i8"),
        ("title", "i8"),  # of Programme.entry_ids()
        ("site", "i8"),
        ("second_screen", "?"),  # on the viewer's other device
        ("start", "i8"),  # epoch ms, of the first event
        ("lead", "i8"),  # ms until the first frame
        ("outcome", "i8"),  # NO_PLAYER (rooms, registrations) … PLAYED
        ("live", "?"),
        ("dvr", "?"),  # behind the live edge
        ("named", "?"),  # its events name the session
        ("sums", "?"),  # tells playTimeSum, else playTime
        ("duration", "f8"),
        ("speed", "f8"),
        ("origin", "f8"),
        ("watched", "f8"),
        ("jump_at", "f8"),
        ("jump_to", "f8"),
        ("replayed", "?"),  # the jump is a replay, not a seek
        ("pause_at", "f8"),  # seconds of the viewer's life since the first frame, as stall_at
        ("pause", "f8"),
        ("stall_at", "f8"),
        ("stall", "f8"),
        ("attention", "f8"),
        ("muted", "?"),
        ("bitrate", "i8"),  # index of playing.BITRATES
    ]
)
Viewings = NDArray[np.void]

# Share of the day's viewings by hour of the viewer's own clock.
HOURS = (1, 0.6, 0.4, 0.3, 0.3, 0.5, 1.2, 2.5, 4.5, 7, 8.5, 8, 6, 6.5, 7.5, 7, 6, 5, 4.5, 5, 5.5, 5, 3.5, 2)
SPEEDS = np.array([1.0, 1.25, 1.5, 2.0, 0.75])
SPEED_WEIGHTS = (86, 5, 5, 3, 1)


def on_demand(plan: DemoPlan, people: Audience, shown: Programme, day: int) -> Viewings:
    """What is opened on demand on that day of the plan, in no particular order."""
    random = plan.random(Part.ON_DEMAND, day)
    weights = np.array([_popularity(video.from_day, video.weight, day) for video in shown.videos])
    rows = np.zeros(plan.viewings(day) + 1, VIEWING)
    count = len(rows)
    rows["viewer"] = people.draw(random, count)
    rows["title"] = choose(random, weights, count)
    rows["outcome"] = IMPRESSION + choose(random, (9, 3, 88), count)
    rows["site"] = choose(random, [site.weight for site in ON_DEMAND_SITES], count)
    rows["start"] = _starts(plan, people, random, rows["viewer"], day)
    rows["duration"] = np.array([video.seconds for video in shown.videos])[rows["title"]]
    rows["speed"] = SPEEDS[choose(random, SPEED_WEIGHTS, count)]
    rows["origin"] = np.where(random.random(count) < 0.1, random.random(count) * 0.5 * rows["duration"], 0.0)
    rows["watched"] = _watched(random, rows["duration"]) * (rows["duration"] - rows["origin"])
    _the_example(rows, day)
    _jump(random, rows, np.where(rows["viewer"] == 0, 0.6, 0.15))
    _manners(random, people, rows)
    # Only every other day does the example user open the example entry once more.
    return rows if day % 2 else rows[:-1]


def attendance(plan: DemoPlan, people: Audience, shown: Programme, number: int) -> Viewings:
    """Who comes to a webinar, and from when to when."""
    random = plan.random(Part.WEBINAR, number)
    session = shown.webinars[number]
    rows = np.zeros(min(plan.attendees(number), plan.viewers), VIEWING)
    count = len(rows)
    rows["viewer"] = people.distinct(random, count)
    rows["title"] = len(shown.videos) + number
    rows["outcome"] = PLAYED
    rows["live"] = True
    rows["dvr"] = random.random(count) < 0.08
    rows["site"] = len(ON_DEMAND_SITES) + choose(random, [site.weight for site in LIVE_SITES], count)
    rows["speed"] = 1.0
    rows["jump_at"] = NEVER
    _presence(random, rows, session)
    _manners(random, people, rows)
    _leave_by_the_end(rows, session)
    rows["origin"] = (rows["start"] + rows["lead"] - session.starts) / 1000 - rows["dvr"] * 30.0
    rows["origin"] = np.maximum(rows["origin"], 0.0)
    return rows


def _popularity(from_day: int, weight: float, day: int) -> float:
    """A recording is new for a week; what is not out yet can't be watched."""
    if day < from_day:
        return 0.0
    return weight * (1 + np.exp((from_day - day) / 4)) if from_day else weight


def _starts(
    plan: DemoPlan, people: Audience, random: np.random.Generator, viewers: NDArray[np.int64], day: int
) -> NDArray[np.int64]:
    """Instants of that day, at likely hours of each viewer's own clock."""
    hours = choose(random, HOURS, len(viewers)) + random.random(len(viewers)) - people.offsets[viewers]
    begins = plan.day_ms(day)
    instants: NDArray[np.int64] = begins + ((hours * 3_600_000).astype(np.int64) - begins) % DAY_MS
    return instants


def _watched(random: np.random.Generator, duration: NDArray[np.float64]) -> NDArray[np.float64]:
    """The share of the rest that is watched: some to the end, many leave early, more so if it is long."""
    patience = np.clip(900 / duration, 0.35, 1.2)
    share = 0.015 + 0.97 * random.random(len(duration)) ** (1.9 / patience)
    return np.where(random.random(len(duration)) < 0.27 * patience, 1.0, share)


def _the_example(rows: Viewings, day: int) -> None:
    """Makes the last row the example user's on the example entry, now and then to its end."""
    rows["viewer"][-1] = rows["title"][-1] = rows["origin"][-1] = 0
    rows["outcome"][-1], rows["speed"][-1], rows["duration"][-1] = PLAYED, 1.0, 720.0
    rows["watched"][-1] = 720.0 if day % 3 == 0 else 300.0 + day % 7 * 50


def _jump(random: np.random.Generator, rows: Viewings, share: NDArray[np.float64]) -> None:
    """Lets some seek, back or forward, and some of those who reach the end replay."""
    count = len(rows)
    rest = rows["duration"] - rows["origin"]
    at = rows["watched"] * (0.1 + 0.8 * random.random(count))
    length = np.where(random.random(count) < 0.6, -15 - 45 * random.random(count), 20 + 100 * random.random(count))
    target = np.clip(rows["origin"] + at + length, 0, np.maximum(rows["duration"] - 5, 0))
    seeks = (random.random(count) < share) & (rows["watched"] > 20)
    ended = rows["watched"] >= rest - 0.001
    again = ended & ~seeks & (random.random(count) < 0.08)
    rows["replayed"] = again
    rows["jump_at"] = np.where(seeks, at, np.where(again, rest, NEVER))
    rows["jump_to"] = np.where(seeks, target, 0.0)
    further = np.where(ended, np.inf, rows["watched"] - at)
    after = np.minimum(further, rows["duration"] - target)
    replay = rest + 0.6 * random.random(count) * rows["duration"]
    rows["watched"] = np.where(seeks, at + after, np.where(again, replay, rows["watched"]))


def _presence(random: np.random.Generator, rows: Viewings, session: Session) -> None:
    """Arrivals in the first minutes, most of them staying until the end."""
    count = len(rows)
    length = session.minutes * 60.0
    late = np.minimum(-np.log(1 - random.random(count)) * 210, 0.7 * length)
    arrived = np.where(random.random(count) < 0.15, 2 * random.random(count), late)
    stays = random.random(count) < 0.64
    leaves = np.where(
        stays, length - 20 * random.random(count), arrived + 40 + (length - arrived) * random.random(count)
    )
    rows["start"] = session.starts + (arrived * 1000).astype(np.int64)
    rows["watched"] = np.maximum(np.minimum(leaves, length - 1) - arrived - 5, 12.0)


def _leave_by_the_end(rows: Viewings, session: Session) -> None:
    """Shortens what is watched live by waits, as nothing is on air once the session is over."""
    waited = np.where(np.isfinite(rows["pause_at"]), rows["pause"], 0.0)
    waited += np.where(np.isfinite(rows["stall_at"]), rows["stall"], 0.0)
    rest = (session.ends - rows["start"] - rows["lead"]) / 1000 - waited - 1
    rows["watched"] = np.minimum(rows["watched"], rest)


def _manners(random: np.random.Generator, people: Audience, rows: Viewings) -> None:
    """The rest of a row: pauses, buffering, sound, attention, bitrate."""
    count = len(rows)
    life = rows["watched"] / rows["speed"]
    pauses = random.random(count) < np.where(rows["live"], 0.05, 0.13)
    stalls = random.random(count) < 0.09
    rows["pause_at"] = np.where(pauses, life * random.random(count), NEVER)
    rows["pause"] = 2 + 26 * random.random(count) ** 2
    rows["stall_at"] = np.where(stalls, life * random.random(count), NEVER)
    rows["stall"] = 0.2 + 8 * random.random(count) ** 3
    rows["lead"] = 900 + (2500 * random.random(count) ** 2).astype(np.int64)
    rows["second_screen"] = random.random(count) < 0.15
    rows["named"] = random.random(count) < 0.7
    rows["sums"] = random.random(count) < np.where(rows["live"], 0.5, 0.75)
    rows["muted"] = random.random(count) < 0.07
    rows["attention"] = people.attention[rows["viewer"]]
    rows["bitrate"] = choose(random, (4, 8, 18, 32, 26, 12), count)
