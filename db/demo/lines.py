"""Events as lines of JSON: a template a viewing session, into which each event's own values go.

Rendering is where the time goes, and a benchmark asks for twenty million lines: so there is no JSON encoder
in the loop, and text outside ASCII is escaped once, in the template.
"""

import json

import numpy as np
from numpy.typing import NDArray

from db.demo.moments import Moments
from db.demo.people import Audience
from db.demo.places import DEVICES, PLACES, SITES
from db.demo.plan import DemoPlan
from db.demo.playing import Beats
from db.demo.programme import Programme
from db.demo.viewings import NO_PLAYER, Viewings

Numbers = NDArray[np.int64]
# Looking two digits up is three times as fast as formatting them.
HUNDREDTHS = [f"{number:02d}" for number in range(100)]


def members(**values: object) -> str:
    """The values as members of a JSON object, escaped for use in a template; None is left out."""
    known = {name: value for name, value in values.items() if value is not None}
    return json.dumps(known, separators=(",", ":"))[1:-1].replace("%", "%%")


class Printer:
    """Renders events; holds the parts of lines that viewing sessions share."""

    def __init__(self, plan: DemoPlan, people: Audience, shown: Programme) -> None:
        self._end = plan.end_ms
        self._begin = f'"partnerId":{plan.partner},"time":%d,'
        self._people = [_person(person.user_id, person.place) for person in people.people]
        self._own = people.devices.tolist(), people.other_devices.tolist()
        self._devices = [members(device=device, os=os, browser=browser) for device, os, browser, _ in DEVICES]
        self._sites = [members(domain=site.domain, url=site.url, playbackContext=site.context) for site in SITES]
        self._titles = [members(entryId=entry_id) for entry_id in shown.entry_ids()]
        self._sessions = [""] * len(shown.videos) + [
            "," + members(contextSessionId=session.session_id) for session in shown.sessions
        ]

    def lines(self, rows: Viewings, first: int, told: Moments, felt: Beats) -> list[str]:
        """All events of these viewing sessions by time, before the plan's end. The rows count from `first`."""
        viewing = np.concatenate([told.viewing, felt.viewing])
        time = np.concatenate([told.time, felt.time])
        order, index = _numbered(viewing, time, len(rows))
        shared = self._shared(rows, first)
        lines = self._moments(shared, told, index) + self._beats(shared, rows, felt, index[len(told.time) :])
        by_time = order[np.argsort(time[order], kind="stable")]
        return [lines[at] for at in by_time[time[by_time] < self._end].tolist()]

    def _shared(self, rows: Viewings, first: int) -> list[str]:
        """What all lines of a viewing session have in common, after the time and up to the index."""
        names = ("viewer", "title", "site", "start", "second_screen", "live", "dvr", "outcome", "named")
        columns = (rows[name].tolist() for name in names)
        own, other = self._own
        shared = []
        for number, (viewer, title, site, start, second, live, dvr, outcome, named) in enumerate(
            zip(*columns, strict=True), first
        ):
            playback = (
                "" if outcome == NO_PLAYER else f',"playbackType":"{"dvr" if dvr else "live" if live else "vod"}"'
            )
            device = self._devices[(other if second else own)[viewer]]
            session = self._sessions[title] if named else ""
            shared.append(
                f'{self._begin}{self._titles[title]},"sessionId":"{start:x}-{number:x}"{playback}{session},'
                f'{self._people[viewer]},{device},{self._sites[site]},"eventIndex":%d'
            )
        return shared

    def _moments(self, shared: list[str], told: Moments, index: Numbers) -> list[str]:
        templates = [f'{{"eventType":%s,{text}%s}}\n' for text in shared]
        columns = told.viewing.tolist(), told.kind.tolist(), told.time.tolist(), index.tolist(), told.text.tolist()
        return [
            templates[viewing] % (kind, time, at, text) for viewing, kind, time, at, text in zip(*columns, strict=False)
        ]

    def _beats(self, shared: list[str], rows: Viewings, felt: Beats, index: Numbers) -> list[str]:
        told = np.where(rows["sums"], "playTimeSum", "playTime").tolist()
        templates = [
            f'{{"eventType":99,{text},"position":%d.%s,"{name}":%d.%s{_speed(speed)}%s}}\n'
            for text, name, speed in zip(shared, told, rows["speed"].tolist(), strict=True)
        ]
        position, position_part = _parts(felt.position)
        played, played_part = _parts(felt.played)
        columns = (felt.time.tolist(), index.tolist(), position, position_part, played, played_part, felt.tails)
        values = zip(*columns, strict=True)
        return [templates[viewing] % row for viewing, row in zip(felt.viewing.tolist(), values, strict=True)]


def _person(user_id: str | None, place: int) -> str:
    """Who and where; an anonymous viewer's userId is null, not left out."""
    where = PLACES[place]
    return f'"userId":{json.dumps(user_id)},' + members(country=where.country, region=where.region, city=where.city)


def _speed(speed: float) -> str:
    return "" if speed == 1 else f',"playbackSpeed":{speed:g}'


def _parts(hundredths: Numbers) -> tuple[list[int], list[str]]:
    """Whole seconds and the two digits after the point."""
    whole, part = np.divmod(hundredths, 100)
    return whole.tolist(), [HUNDREDTHS[number] for number in part.tolist()]


def _numbered(viewing: Numbers, time: Numbers, rows: int) -> tuple[Numbers, Numbers]:
    """The order by viewing session and time, and each event's number in its session, from 1."""
    since = time - (time.min() if len(time) else 0)
    order = np.argsort(viewing << 40 | since, kind="stable")
    counts = np.bincount(viewing, minlength=rows)
    index = np.empty(len(viewing), np.int64)
    index[order] = np.arange(1, len(viewing) + 1) - np.repeat(np.cumsum(counts) - counts, counts)
    return order, index
