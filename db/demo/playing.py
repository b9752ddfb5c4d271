"""What a player sends in each viewing session: heartbeats, and everything around them.

A heartbeat comes with the first frame, the next after 10 to 11 seconds of active playback, then one each 10:
time spent in a pause or buffering puts the rest off, and what is played after the last one is never told.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from db.demo.moments import Moments, joined, moments
from db.demo.viewings import IMPRESSION, PLAYED, REQUESTED, Viewings

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]

BITRATES = ("380.5", "750", "1500", "2600", "4200.25", "6000", "-1")
UNKNOWN_BITRATE = 6
# What the modes and the bitrate of a heartbeat are as JSON; `_codes` counts in the same order.
TAILS = [
    f',"actualBitrate":{bitrate},"soundMode":{sound},"tabMode":{tab},"screenMode":{screen}'
    for bitrate, sound, tab, screen in product(BITRATES, (1, 2), (1, 2), (1, 2))
]


@dataclass(frozen=True)
class Beats:
    """Heartbeats by viewing session and time; position and play time in hundredths of a second."""

    viewing: Numbers
    time: Numbers
    position: Numbers
    played: Numbers
    tails: list[str]


def beats(random: np.random.Generator, rows: Viewings) -> Beats:
    """The heartbeats of these viewing sessions."""
    fraction = 0.2 + rows["lead"] % 800 / 1000
    life = rows["watched"] / rows["speed"]
    counts = np.where(rows["outcome"] == PLAYED, 1 + np.maximum((life - fraction) // 10, 0), 0).astype(np.int64)
    viewing = np.repeat(np.arange(len(rows)), counts)
    ordinal = np.arange(len(viewing)) - np.repeat(np.cumsum(counts) - counts, counts)
    passed = np.where(ordinal > 0, 10.0 * ordinal + fraction[viewing], 0.0)
    since = np.where(ordinal > 1, 10.0, passed)
    media = passed * rows["speed"][viewing]
    return Beats(
        viewing=viewing,
        time=clock(rows, viewing, passed),
        position=_hundredths(_position(rows, viewing, media)),
        played=_hundredths(np.where(rows["sums"][viewing], media, since)),
        tails=_tails(random, rows, viewing, ordinal, counts, passed, since),
    )


def clock(rows: Viewings, viewing: Numbers, life: Floats) -> Numbers:
    """When that many seconds have been played in those viewing sessions, in epoch milliseconds."""
    of = {name: rows[name][viewing] for name in ("start", "lead", "pause_at", "pause", "stall_at", "stall")}
    waited = of["pause"] * (life > of["pause_at"]) + of["stall"] * (life > of["stall_at"])
    instants: Numbers = of["start"] + of["lead"] + ((life + waited) * 1000).astype(np.int64)
    return instants


def around(random: np.random.Generator, rows: Viewings) -> Moments:
    """Everything else that players send in these viewing sessions."""
    shown, asked, played = (np.flatnonzero(rows["outcome"] >= least) for least in (IMPRESSION, REQUESTED, PLAYED))
    start, lead = rows["start"], rows["lead"]
    failed = np.flatnonzero((rows["outcome"] == REQUESTED) & (random.random(len(rows)) < 0.3))
    return joined(
        [
            moments("1", shown, start[shown]),
            moments("2", asked, start[asked] + lead[asked] // 3),
            moments("98", failed, start[failed] + lead[failed]),
            moments("3", played, start[played] + lead[played]),
            *_quartiles(rows, played),
            *_jumps(rows, played),
            *_waits(rows, played, "pause", "33", "4"),
            *_waits(rows, played, "stall", "45", "46"),
            *_clicks(random, rows, played),
        ]
    )


def _position(rows: Viewings, viewing: Numbers, media: Floats) -> Floats:
    """Where the playhead is after so many seconds of the medium."""
    jump_at = rows["jump_at"][viewing]
    after = rows["jump_to"][viewing] + media - np.minimum(jump_at, 1e9)
    position: Floats = np.where(media <= jump_at, rows["origin"][viewing] + media, after)
    return position


def _hundredths(seconds: Floats) -> Numbers:
    return (seconds * 100 + 0.001).astype(np.int64)


def _tails(
    random: np.random.Generator,
    rows: Viewings,
    viewing: Numbers,
    ordinal: Numbers,
    counts: Numbers,
    passed: Floats,
    since: Floats,
) -> list[str]:
    """The end of each heartbeat's line, with its buffering where there was any."""
    tails = [TAILS[code] for code in _codes(random, rows, viewing, ordinal, counts).tolist()]
    stall_at = rows["stall_at"][viewing]
    stalled = np.flatnonzero((passed > stall_at) & (passed - since <= stall_at))
    for beat, seconds in zip(stalled.tolist(), rows["stall"][viewing[stalled]].tolist(), strict=True):
        tails[beat] += f',"bufferTime":{seconds:.3f}'
    return tails


def _codes(random: np.random.Generator, rows: Viewings, viewing: Numbers, ordinal: Numbers, counts: Numbers) -> Numbers:
    """Indices of TAILS. Modes and bitrate hold for a minute at a time, as a viewer's do."""
    minutes = (counts + 5) // 6
    minute = np.repeat(np.cumsum(minutes) - minutes, counts) + ordinal // 6
    owner = np.repeat(np.arange(len(rows)), minutes)
    tab, sound, drift = random.random((3, len(owner)))
    focused = tab < rows["attention"][owner]
    audible = ~rows["muted"][owner] & (sound > 0.03)
    full = (rows["lead"][owner] % 10 < 3) & (drift < 0.85)
    bitrate = np.clip(rows["bitrate"][owner] + (drift > 0.9) - (drift < 0.08), 0, UNKNOWN_BITRATE - 1)
    bitrate[sound > 0.985] = UNKNOWN_BITRATE
    code: Numbers = bitrate * 8 + audible * 4 + focused * 2 + full
    return code[minute]


def _quartiles(rows: Viewings, played: Numbers) -> list[Moments]:
    """25, 50, 75 and 100 % on demand, each when the playhead first is there or past it."""
    videos = played[~rows["live"][played]]
    found = []
    for kind, share in (("11", 0.25), ("12", 0.5), ("13", 0.75), ("14", 1.0)):
        media = _reached(rows[videos], share * rows["duration"][videos])
        there = np.isfinite(media)
        viewing = videos[there]
        found.append(moments(kind, viewing, clock(rows, viewing, media[there] / rows["speed"][viewing])))
    return found


def _reached(rows: Viewings, mark: Floats) -> Floats:
    """After how many seconds of the medium the playhead reaches the mark; infinite if it doesn't."""
    before = np.minimum(rows["jump_at"], rows["watched"])
    after = np.maximum(rows["watched"] - before, 0)
    jumped = rows["jump_at"] < rows["watched"]
    second = np.where(mark <= rows["jump_to"], before, before + mark - rows["jump_to"])
    second = np.where(jumped & (mark <= rows["jump_to"] + after + 0.001), second, np.inf)
    first = np.maximum(mark - rows["origin"], 0.0)
    reached: Floats = np.where(first <= before + 0.001, first, second)
    return reached


def _jumps(rows: Viewings, played: Numbers) -> list[Moments]:
    """Seeks and replays."""
    viewing = played[rows["jump_at"][played] < rows["watched"][played]]
    replayed = rows["replayed"][viewing]
    seeks, replays = viewing[~replayed], viewing[replayed]
    at = rows["jump_at"]
    texts = [
        f',"position":{position:.2f},"targetPosition":{target:.2f}'
        for position, target in zip((rows["origin"] + at)[seeks].tolist(), rows["jump_to"][seeks].tolist(), strict=True)
    ]
    return [
        moments("35", seeks, clock(rows, seeks, at[seeks] / rows["speed"][seeks]), texts),
        moments("34", replays, clock(rows, replays, at[replays] / rows["speed"][replays]), ',"position":0'),
    ]


def _waits(rows: Viewings, played: Numbers, what: str, begins: str, ends: str) -> list[Moments]:
    """The begin and the end of pauses or of buffering."""
    at = rows[f"{what}_at"]
    viewing = played[np.isfinite(at[played])]
    media = at[viewing] * rows["speed"][viewing]
    texts = [f',"position":{position:.2f}' for position in _position(rows, viewing, media).tolist()]
    starts = clock(rows, viewing, at[viewing])
    return [
        moments(begins, viewing, starts, texts),
        moments(ends, viewing, starts + (rows[what][viewing] * 1000).astype(np.int64), texts),
    ]


def _clicks(random: np.random.Generator, rows: Viewings, played: Numbers) -> list[Moments]:
    """Likes, some taken back; shares; downloads of what is on demand."""
    found = []
    for kind, share, live_too in (
        ('"like"', 0.035, True),
        ('"unlike"', 0.003, True),
        ("21", 0.012, True),
        ("23", 0.01, False),
    ):
        clicked = random.random(len(played)) < share
        viewing = played[clicked & (live_too | ~rows["live"][played])]
        life = rows["watched"][viewing] / rows["speed"][viewing] * random.random(len(viewing))
        found.append(moments(kind, viewing, clock(rows, viewing, life)))
    return found
