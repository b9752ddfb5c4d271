"""Workshops in the room and its breakouts: who sits where from when to when, and what their rooms send.

A workshop is three stretches: together, in two groups, together again. Each stretch is a viewing session.
"""

from itertools import product

import numpy as np
from numpy.typing import NDArray

from db.demo.moments import Moments, joined, moments
from db.demo.people import Audience
from db.demo.places import SITES
from db.demo.plan import DemoPlan, Part
from db.demo.programme import BREAKOUTS, MINUTE_MS, Programme, Session
from db.demo.viewings import NO_PLAYER, VIEWING, Viewings

Numbers = NDArray[np.int64]
STEP = 1 + len(BREAKOUTS)  # sessions of one workshop
HOST_SEAT, MODERATOR_SEAT = 0, 1

# `_modes` counts in the same order.
TAILS = [
    f',"micMode":{mic},"cameraMode":{camera},"stageMode":{stage},"tabMode":{tab},"screenMode":{screen}'
    for mic, camera, stage, tab, screen in product((1, 2), repeat=5)
]


def workshop(plan: DemoPlan, people: Audience, shown: Programme, number: int) -> tuple[Viewings, Moments]:
    """The viewing sessions of a workshop, and the events of its rooms in them."""
    random = plan.random(Part.WORKSHOP, number)
    main = shown.workshops[number * STEP]
    seats = _seats(plan, people, random)
    arrived = np.minimum(-np.log(1 - random.random(len(seats))) * 90, 600)
    arrived[: MODERATOR_SEAT + 1] = 0
    left = np.where(random.random(len(seats)) < 0.8, main.minutes * 60 - 1, 2100 + 1100 * random.random(len(seats)))
    title = len(shown.videos) + len(shown.webinars) + number * STEP
    group = title + 1 + np.arange(len(seats)) % len(BREAKOUTS)
    together = np.full(len(seats), title)
    stretches = [
        _stretch(seats, main, together, arrived, np.full(len(seats), 1200.0)),
        _stretch(seats, main, group, np.full(len(seats), 1204.0), np.minimum(left, 2096.0)),
        _stretch(seats, main, together, np.full(len(seats), 2104.0), left),
    ]
    rows = np.concatenate(stretches)
    roles = _roles(people, np.tile(np.arange(len(seats)), 3), rows)
    keep = rows["watched"] > 15
    return rows[keep], _events(random, rows[keep], [role for role, kept in zip(roles, keep, strict=True) if kept])


def _seats(plan: DemoPlan, people: Audience, random: np.random.Generator) -> Numbers:
    """Viewers' numbers: the host, the moderator (users 1 and 2 where there are so many), then anybody."""
    staff = np.arange(min(3, people.named))[1:]
    others = people.distinct(random, plan.seats + 2)
    return np.concatenate([staff, others[~np.isin(others, staff)]])[: max(1, plan.seats)]


def _stretch(
    seats: Numbers, main: Session, title: Numbers, begins: NDArray[np.float64], ends: NDArray[np.float64]
) -> Viewings:
    """One viewing session a seat, in seconds from the workshop's start."""
    rows = np.zeros(len(seats), VIEWING)
    rows["viewer"] = seats
    rows["title"] = title
    rows["site"] = len(SITES) - 1
    rows["outcome"] = NO_PLAYER
    rows["named"] = True
    rows["start"] = main.starts + (begins * 1000).astype(np.int64)
    rows["watched"] = np.maximum(ends - begins, 0)
    rows["speed"] = 1.0
    return rows


def _roles(people: Audience, seat: Numbers, rows: Viewings) -> list[str]:
    """Each row's role in the room; who has no login is a guest."""
    staff = {HOST_SEAT: "host", MODERATOR_SEAT: "moderator"}
    named = (rows["viewer"] < people.named).tolist()
    return [staff.get(at, "participant") if known else "guest" for at, known in zip(seat.tolist(), named, strict=True)]


def _events(random: np.random.Generator, rows: Viewings, roles: list[str]) -> Moments:
    """Joining, heartbeats and raised hands."""
    everyone = np.arange(len(rows))
    said = [f',"roomRole":"{role}"' for role in roles]
    counts = (rows["watched"] // 10).astype(np.int64)
    viewing = np.repeat(everyone, counts)
    ordinal = np.arange(len(viewing)) - np.repeat(np.cumsum(counts) - counts, counts)
    modes = _modes(random, viewing, ordinal, np.array([role in ("host", "moderator") for role in roles]))
    texts = [TAILS[mode] + said[row] for mode, row in zip(modes.tolist(), viewing.tolist(), strict=True)]
    hands = np.repeat(everyone, (random.random(len(rows)) < 0.22) * (1 + (random.random(len(rows)) < 0.3)))
    raised = rows["start"][hands] + (rows["watched"][hands] * 1000 * random.random(len(hands))).astype(np.int64)
    return joined(
        [
            moments('"roomJoined"', everyone, rows["start"], said),
            moments('"handRaised"', hands, raised, [said[row] for row in hands.tolist()]),
            moments('"roomView"', viewing, rows["start"][viewing] + 10_000 * (ordinal + 1), texts),
        ]
    )


def _modes(random: np.random.Generator, viewing: Numbers, ordinal: Numbers, staff: NDArray[np.bool_]) -> Numbers:
    """Indices of TAILS, which hold for a minute at a time."""
    minute = ordinal * 10_000 // MINUTE_MS
    drawn = random.random((len(staff), int(minute.max(initial=0)) + 1, 5))[viewing, minute]
    likely = np.where(staff[viewing, None], (0.85, 0.95, 0.9, 0.9, 0.3), (0.15, 0.55, 0.06, 0.75, 0.2))
    codes: Numbers = (drawn < likely) @ np.array([16, 8, 4, 2, 1])
    return codes
