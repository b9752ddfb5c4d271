"""Dashboards while events arrive: how much slower they get, and how long until an event is in the numbers."""

import json
import subprocess
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from typing import IO, Final

from tests.api.service import COMMAND
from tests.bench.data import TENANT, Place
from tests.bench.panels import TOTALS, Panel
from tests.bench.service import Client
from tests.bench.timing import median

RATE: Final = 20_000
SECONDS: Final = 60
_VIEWERS: Final = 200_000  # each sends a heartbeat every ten seconds
_ENTRY: Final = "bench-arriving"
_MARKED: Final = "bench-marker"
_PATIENCE: Final = 30.0
_LOOK: Final = 0.2  # seconds between two looks whether a marker is counted: they are questions, too


@dataclass(frozen=True, slots=True)
class Arriving:
    """Medians (ms) by panel, quiet and while events arrive; the seconds until each marker was counted; events sent.

    `own`: the seconds that the totals of the entry took of which events arrive.
    """

    quiet: dict[str, float]
    busy: dict[str, float]
    own: tuple[float, ...]
    lags: tuple[float, ...]
    sent: int


def arriving(place: Place, client: Client, asked: list[Panel]) -> Arriving:
    """Sends events for a minute, by `frontrow load -`, and asks meanwhile."""
    quiet = {panel.name: _median(client, panel, 10) for panel in asked}
    command = [*COMMAND, "load", "-"]
    with subprocess.Popen(
        command, env=place.frontrow.environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdin
        sender = _Sender(process.stdin)
        sender.start()
        try:
            busy: dict[str, list[float]] = {panel.name: [] for panel in asked}
            lags, own = [], []
            until = time.monotonic() + SECONDS
            while time.monotonic() < until:
                lags.append(_lag(client, sender))
                for panel in asked:
                    busy[panel.name].append(client.seconds(panel))
                own.append(client.seconds(_today(_ENTRY, TOTALS)))
        finally:
            sender.stop()
    return Arriving(quiet, {name: median(each) for name, each in busy.items()}, tuple(own), tuple(lags), sender.sent)


class _Sender(Thread):
    """Writes heartbeats at a steady rate, and a marker where one is asked for."""

    def __init__(self, stream: IO[str]) -> None:
        super().__init__(name="sender", daemon=True)
        self.sent = 0
        self.marks = 0
        self._wanted = 0
        self._stream = stream
        self._leaving = Event()

    def mark(self) -> int:
        """Asks for one more marker; how many there will be."""
        self._wanted += 1
        return self._wanted

    def stop(self) -> None:
        """Ends it, and the input of the load."""
        self._leaving.set()
        self.join()
        self._stream.close()

    def run(self) -> None:
        """Sends a tenth of a second's events ten times a second, late ones at once."""
        began = time.monotonic()
        while not self._leaving.is_set():
            now = datetime.now(UTC)
            moment = now.isoformat(timespec="milliseconds")
            lines = [_BEAT % (moment, *[(self.sent + number) % _VIEWERS] * 2) for number in range(RATE // 10)]
            while self.marks < self._wanted:
                self.marks += 1
                lines.append(_line({"eventType": 1, "entryId": _MARKED, "sessionId": f"m{time.time_ns()}"}, moment))
            self._stream.write("".join(lines))
            self._stream.flush()
            self.sent += len(lines)
            time.sleep(max(0.0, began + self.sent / RATE - time.monotonic()))


def _line(fields: dict[str, object], moment: str) -> str:
    return json.dumps({"partnerId": TENANT, "time": moment, **fields}, separators=(",", ":")) + "\n"


_BEAT: Final = _line(
    {
        "eventType": 99,
        **{"entryId": _ENTRY, "userId": "arriving-%d", "sessionId": "arriving-%d"},
        **{"playbackType": "live", "playTime": 10, "country": "DE", "device": "Desktop"},
    },
    "%s",
)
"""A heartbeat, of which moment, user and viewing are left open: who sends shares the machine with what is measured."""


def _lag(client: Client, sender: _Sender) -> float:
    """Seconds from sending a marker until it is counted."""
    panel = _today(_MARKED, "metrics { playerImpressions }")
    before = _counted(client, panel)
    sender.mark()
    began = time.monotonic()
    while _counted(client, panel) == before:
        if time.monotonic() - began > _PATIENCE:
            break
        time.sleep(_LOOK)
    return time.monotonic() - began


def _today(entry: str, asked: str) -> Panel:
    """This of an entry, of yesterday to tomorrow."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    between = {"from": (today - timedelta(days=1)).isoformat(), "to": (today + timedelta(days=2)).isoformat()}
    only = f'filter: {{ entryId: {{ in: ["{entry}"] }} }}'
    document = f"query Q($r: DateRange!) {{ analytics(range: $r, {only}) {{ {asked} }} }}"
    return Panel(entry, document, {"r": {"between": between}})


def _counted(client: Client, panel: Panel) -> int:
    return int(client.data(panel)["analytics"]["metrics"]["playerImpressions"])


def _median(client: Client, panel: Panel, times: int) -> float:
    return median([client.seconds(panel) for _ in range(times)])
