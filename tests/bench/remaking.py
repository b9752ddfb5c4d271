"""Dashboards while `frontrow db migrate` makes the rollups anew beside those that are read."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import psycopg

from tests.bench.data import Place
from tests.bench.panels import Panel
from tests.bench.service import Client
from tests.bench.timing import median

_QUIET: Final = 10
_PAUSE_SECONDS: Final = 0.5


@dataclass(frozen=True, slots=True)
class Remaking:
    """How long it took (seconds); medians (ms) by panel, quiet and meanwhile, and the longest of those."""

    seconds: float
    quiet: dict[str, float]
    busy: dict[str, float]
    longest: dict[str, float]


def remaking(place: Place, dsn: str, client: Client, asked: Sequence[Panel]) -> Remaking:
    """Says that the rollups are of another version, migrates, and asks meanwhile."""
    quiet = {panel.name: median([client.seconds(panel) for _ in range(_QUIET)]) for panel in asked}
    with psycopg.connect(dsn) as connection:
        connection.execute("update rollup_definition set fingerprint = 'of another version'")
    busy: dict[str, list[float]] = {panel.name: [] for panel in asked}
    began = time.monotonic()
    with place.frontrow.start("db", "migrate") as process:
        while process.poll() is None:
            for panel in asked:
                busy[panel.name].append(client.seconds(panel))
            time.sleep(_PAUSE_SECONDS)
    if process.returncode:
        raise SystemExit(f"frontrow db migrate failed with exit status {process.returncode}")
    took = time.monotonic() - began
    longest = {name: max(seconds) * 1000 for name, seconds in busy.items()}
    return Remaking(took, quiet, {name: median(seconds) for name, seconds in busy.items()}, longest)
