"""Small data sets full of edges, from a seed.

Two tenants hold the same ids. Every number of seconds is a sum of sixteenths and a few small offsets, so that no
interval ends within rounding of a limit. With `contested`, cases come in that the contract leaves open: they are for
tests of order, not of agreement with the reference.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from .generate_catalogue import CATALOGUE_TIMES, LENGTHS, catalogue, changed
from .generate_player import Dice, Player
from .reading import Record, event_record, key_of

TENANTS = (1001, 1002)
START = datetime(2026, 3, 27, tzinfo=UTC)  # the night in which clocks change in Jerusalem
NOW = datetime(2026, 6, 1, tzinfo=UTC)

USERS = ("u1", "u2", "u3", "U3", "u-unheard-of", None, "", "Unknown")
ENTRIES = (
    "clip",
    "clip",
    "mid",
    "pod",
    "pod",
    "tagged",
    "no-length",
    "zero",
    "changed",
    "rec-1",
    "rec-2",
    "unheard-of",
)
LIVE_ENTRIES = ("live-1", "live-2")
ROOMS = ("room-1", "room-1-b1")
SESSIONS = ("s-early", "s-late", "s-other", "rs-1", "s-unheard-of")
INTERACTIONS = ("reactionSent", "messageSent", "questionSent", "pollAnswered", "attachmentDownloaded", "chatJoined")
PLACES: tuple[Record, ...] = (
    {}, {"country": "US"}, {"country": "US", "region": "Texas", "city": "Austin"},
    {"country": "IL", "region": "Haifa", "city": "Haifa"}, {"country": "IL", "region": "Haifa"},
)  # fmt: skip
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"
)
MACHINES: tuple[Record, ...] = (
    {}, {"device": "Desktop", "os": "Windows", "browser": "Edge"}, {"device": "TV", "os": "Tizen"},
    {"userAgent": CHROME}, {"device": "TV", "userAgent": CHROME}, {"userAgent": "no agent at all"},
)  # fmt: skip
PAGES: tuple[Record, ...] = (
    {}, {"domain": "a.example", "url": "https://a.example/x"}, {"referrer": "https://A.Example:8443/x?q=1#f"},
    {"referrer": "aHR0cHM6Ly9iLmV4YW1wbGUvYi1fYz9xPTE="}, {"referrer": "not a page"},
    {"referrer": "https://www.c.example/", "domain": "given.example"},
)  # fmt: skip


@dataclass(frozen=True)
class Dataset:
    """What is to be loaded. Catalogue records that come again are in order: the last one counts."""

    catalogue: list[Record]
    events: list[Record]

    def lines(self, order: Random | None = None) -> list[bytes]:
        """As a file: catalogue last, so that all of it is late; or in any order, updates after what they update."""
        first, updates = self.catalogue[: len(self.catalogue) // 2], self.catalogue[len(self.catalogue) // 2 :]
        records = self.events + first
        if order:
            order.shuffle(records)
        return [json.dumps(record, ensure_ascii=False).encode() for record in records + updates]


def generate(seed: int, *, viewings: int = 40, contested: bool = False) -> Dataset:
    """A data set of both tenants."""
    records, events = [], []
    for partner in TENANTS:
        dice = Dice(f"{seed}-{partner}")
        records.append([catalogue(partner, dice), changed(partner, dice)])
        events += Maker(partner, dice, contested).events(viewings)
    return Dataset([record for version in zip(*records, strict=True) for part in version for record in part], events)


class Maker:
    """Makes the events of one tenant, none with the key of another unless it is meant to."""

    def __init__(self, partner: int, dice: Dice, contested: bool) -> None:
        self.partner, self.dice, self.contested = partner, dice, contested
        self.made: list[Record] = []
        self.taken: set[Any] = set()

    def events(self, viewings: int) -> list[Record]:
        for number in range(viewings):
            self.viewing(f"v-{number}")
        for number in range(viewings):
            self.interaction(number)
        for original in self.dice.sample(self.made, len(self.made) // 10):
            self.made.append(self.again(original))
        return self.made

    def add(self, event: Record) -> None:
        """Keeps the event, unless it would be taken for one that is there or its place in the order is taken."""
        read = event_record(event, NOW)
        place = tuple(read.get(name) for name in ("sessionId", "entryId", "time", "eventIndex"))
        if key_of(read) in self.taken or ("sessionId" in read and place in self.taken):
            return
        self.taken |= {key_of(read), place}
        self.made.append(event)

    def moment(self) -> datetime:
        """Often around the sessions, else within four days."""
        if self.dice.chance(0.5):
            return self.dice.choice(CATALOGUE_TIMES) + timedelta(seconds=self.dice.randint(-120, 120) * 10)
        return START + timedelta(milliseconds=self.dice.randint(0, 4 * 86_400_000))

    def person(self) -> Record:
        pick = self.dice.choice
        user = pick(USERS)
        where = {**pick(PLACES), **pick(MACHINES), **pick(PAGES)}
        context = {"playbackContext": pick(("Learning", "A,B & C", "Unknown"))} if self.dice.chance(0.5) else {}
        return {**({} if user is None and self.dice.chance(0.5) else {"userId": user}), **where, **context}

    def viewing(self, name: str) -> None:
        """One player or room on one page view; the counters start anew now and then."""
        shared = {"partnerId": self.partner, **self.person()}
        entry, playback = self.watched()
        shared |= {"entryId": entry, "sessionId": name} if self.dice.chance(0.95) else {"entryId": entry}
        if self.dice.chance(0.2):
            shared["contextSessionId"] = self.dice.choice(SESSIONS)
        if self.dice.chance(0.1):
            shared["virtualEventId"] = self.dice.choice(("ve-1", "ve-unheard-of"))
        if playback:
            shared["playbackType"] = playback
        counter = Player(self.dice, LENGTHS.get(entry, 60), self.moment(), contested=self.contested)
        named = self.dice.chance(0.15)
        for number in range(self.dice.randint(1, 16)):
            if self.dice.chance(0.08):
                counter.restart()
            own = {"eventId": f"{name}-{number}"} if named else {}
            self.add({**shared, **own, **counter.step(room=entry in ROOMS)})
            if self.dice.chance(0.05):
                shared["entryId"] = self.dice.choice(ENTRIES) if playback else entry

    def watched(self) -> tuple[str, str | None]:
        """An entry and how it is played."""
        if self.dice.chance(0.2):
            return self.dice.choice(ROOMS), None
        if self.dice.chance(0.3):
            return self.dice.choice(LIVE_ENTRIES), self.dice.choice(("live", "dvr"))
        return self.dice.choice(ENTRIES), "offline" if self.dice.chance(0.1) else "vod"

    def interaction(self, number: int) -> None:
        pick = self.dice.choice
        kind = pick((*INTERACTIONS, "reactionSent", "like", "unlike", "registered"))
        event = {
            "partnerId": self.partner,
            "eventType": kind,
            "time": self.dice.written(self.moment()),
            **self.person(),
        }
        event |= {"eventId": f"i-{number}"} if self.dice.chance(0.7) else {"sessionId": f"i-{number}", "eventIndex": 1}
        if kind in INTERACTIONS and self.dice.chance(0.3):
            event["contextId"] = pick(("s-early", "rs-1", "live-1", "room-1"))
        elif self.dice.chance(0.8):
            event["entryId"] = pick((*LIVE_ENTRIES, *ROOMS, *ENTRIES))
        if self.dice.chance(0.4):
            event[pick(("contextSessionId", "eventSessionContextId", "cuePointId"))] = pick(SESSIONS)
        self.add({**event, **self.said(kind)})

    def said(self, kind: str) -> Record:
        """What an interaction is about, sometimes left out."""
        pick = self.dice.choice
        about: dict[str, Record] = {
            "reactionSent": {"reaction": pick(("clap", "heart", "rocket 🚀", "Unknown"))},
            "questionSent": {"opensThread": pick((True, False))},
            "pollAnswered": {
                "pollId": pick(("p-1", "p-2", "p-unheard-of")),
                "optionIds": pick((["o-1"], ["o-1", "o-2"])),
            },
            "attachmentDownloaded": {"attachmentId": pick(("at-1", "at-2", "at-unheard-of"))},
        }
        return about.get(kind, {}) if self.dice.chance(0.85) else {}

    def again(self, original: Record) -> Record:
        """The event a second time, its time written otherwise; contested: something in it differs."""
        copy = {**original, "time": self.dice.written(event_record(original, NOW)["time"])}
        if self.contested and self.dice.chance(0.5):
            copy[self.dice.choice(("country", "device", "playbackContext"))] = "other"
            if self.dice.chance(0.3):
                copy["userId"] = "u-other"
            if "eventId" in copy and self.dice.chance(0.5):
                elsewhere: Record = {"time": self.dice.written(self.moment()), "entryId": "mid", "sessionId": "v-0"}
                name = self.dice.choice(tuple(elsewhere))
                copy[name] = elsewhere[name]
        return copy
