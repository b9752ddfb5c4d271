"""A player or room of a generated data set: its clock, index, running total and playhead."""

from datetime import datetime, timedelta
from random import Random

from .reading import Record

PLAYER_KINDS = (*(99,) * 12, 35, 35, 34, 34, 14, 14, 14, 1, 2, 3, 3, 11, 12, 13, 21, 23, 33, 45, 4711)
ROOM_KINDS = ("roomView", "roomView", "roomView", "roomJoined", "handRaised")


class Dice(Random):
    """Chance, with the throws that events are made of."""

    def chance(self, part: float) -> bool:
        return self.random() < part

    def seconds(self, low: float, high: float) -> float:
        """Sixteenths of a second, now and then a little more."""
        offset = self.choice((0.0004, 0.0023)) if self.chance(0.1) else 0.0
        return self.randint(round(low * 16), round(high * 16)) / 16 + offset

    def written(self, moment: datetime) -> str | float:
        """One of the ways to write an instant."""
        text = moment.isoformat()
        elsewhere = (moment + timedelta(hours=5, minutes=45)).replace(tzinfo=None).isoformat() + "+05:45"
        plain = (text, text.replace("+00:00", "Z"), text.removesuffix("+00:00"), elsewhere)
        return self.choice((*plain, round(moment.timestamp() * 1000), moment.timestamp()))


class Player:
    """A player's clock, index and running total."""

    def __init__(self, dice: Dice, length: float, moment: datetime, *, contested: bool) -> None:
        self.dice, self.length, self.moment, self.contested = dice, length, moment, contested
        self.told = dice.choice(("playTime", "playTimeSum", "playTimeSum", "both", "neither"))
        self.index, self.total, self.position = 0, 0.0, 0.0
        self.since: Record = {}

    def restart(self) -> None:
        self.index, self.total = 0, 0.0
        self.since = {"sessionStartTime": self.dice.written(self.moment)} if self.dice.chance(0.6) else {}

    def step(self, *, room: bool) -> Record:
        """The next event's own fields."""
        dice, pick = self.dice, self.dice.choice
        self.index += pick((1, 1, 1, 2))
        self.moment += timedelta(milliseconds=pick((0, 250, 5000, 10_000, 10_500)))
        kind = pick(ROOM_KINDS if room else PLAYER_KINDS)
        event: Record = {"eventType": kind, "time": dice.written(self.moment), "eventIndex": self.index, **self.since}
        if kind in (99, "roomView"):
            event |= self.heartbeat(room=room)
        elif kind == 35:
            event |= self.seek()
        elif kind == 34:
            self.position = 0.0
        return event

    def seek(self) -> Record:
        """Mostly to where the next heartbeat comes from, sometimes beyond it."""
        dice, before = self.dice, self.position
        to = max(0.0, dice.seconds(-4, self.length * 1.1))
        if dice.chance(0.8):
            self.position = to
        place = {"position": before} if dice.chance(0.5) else {}
        if self.contested and dice.chance(0.2):
            return place
        return {**place, "targetPosition": to} if dice.chance(0.7) else {"position": to}

    def heartbeat(self, *, room: bool) -> Record:
        dice, pick = self.dice, self.dice.choice
        rate = pick((1.0, 1.0, 1.0, 2.0, 0.5, 0.0, -1.0))
        lived = pick((0.0, 10.0, 10.0, 11.0, dice.seconds(0, 14)))
        moved = lived * (rate if rate > 0 else 1.0)
        self.total = max(0.0, self.total + moved + pick((*(0.0,) * 9, 0.0625, -20.0, 4000.0)))
        on = self.position + pick((moved, moved, moved, moved / 2, 0.0, 1.0, 1.0625))
        self.position = pick((on, on, on, dice.seconds(0, self.length * 1.2)))
        told: Record = {"playTime": lived} if self.told in ("playTime", "both") else {}
        told |= {"playTimeSum": self.total} if self.told in ("playTimeSum", "both") else {}
        flags = ("soundMode", "tabMode", "screenMode", "cameraMode", "stageMode", "micMode")
        extra: Record = {flag: pick((1, 2, 2)) for flag in flags if dice.chance(0.7)}
        extra |= {"bufferTime": pick((0, 0.5, 3.25, 14, -1))} if dice.chance(0.6) else {}
        extra |= {"actualBitrate": pick((-1, 0, 800, 2500.5))} if dice.chance(0.6) else {}
        extra |= {"playbackSpeed": rate} if rate != 1.0 or dice.chance(0.5) else {}
        where = {} if room else {"position": self.position}
        return {**told, **extra, **where}
