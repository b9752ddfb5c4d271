"""All figures of one number of events: made, loaded where it was not, measured, printed as they come."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import uvloop

from tests.bench.arriving import arriving
from tests.bench.data import Place
from tests.bench.disk import Disk, disk, settle
from tests.bench.elsewhere import compared
from tests.bench.engines import missing
from tests.bench.load import Copy, Load, copy, load
from tests.bench.panels import ACCOUNT_DAYS, ALL_PANELS, SESSION_PANEL, panels, subject
from tests.bench.remaking import remaking
from tests.bench.report import (
    Loaded,
    Measured,
    arriving_report,
    elsewhere_report,
    load_report,
    panels_report,
    remaking_report,
)
from tests.bench.service import serving
from tests.bench.timing import timed
from tests.bench.watch import load_average


def measured(place: Place, rounds: int, alone: bool = False, remake: bool = False) -> Measured:
    """Every figure. The server runs from before the load until after the last question.

    `alone`: without other engines. `remake`: the rollups are made anew, too.
    """
    print(f"\n{place.events:,} events: the sample is made where it is missing …", flush=True)
    place.folder.mkdir(exist_ok=True)
    files = place.sample()
    if place.figures() is None:
        place.clear()
    with place.running() as dsn:
        loaded = _loaded(place, dsn, files)
        print(f"\n{load_report(loaded)}\n\n{load_average()}", flush=True)
        return uvloop.run(_asked(place, dsn, loaded, rounds, alone, remake))


def _loaded(place: Place, dsn: str, files: Sequence[Path]) -> Loaded:
    """The figures of the load, which is done unless an earlier run has."""
    if (kept := place.figures()) is not None:
        copied = Copy(kept["copy"]["rows"], tuple(kept["copy"]["seconds"]))
        maintained = Disk(**kept["maintained"]) if kept["maintained"] else None
        return Loaded(Load(**kept["load"]), copied, Disk(**kept["disk"]), maintained, earlier=True)
    loading = load(place, dsn, files)
    settle(dsn)
    loaded = Loaded(loading, copy(dsn, place.folder), disk(dsn), _maintained(place, dsn))
    place.keep(asdict(loaded))
    return loaded


def _maintained(place: Place, dsn: str) -> Disk | None:
    """The disk after what operators do at night, where the database is theirs: it may have a columnstore to fill."""
    if place.database is None:
        return None
    with place.frontrow.start("db", "maintain") as process:
        process.communicate()
    if process.returncode:
        raise SystemExit(f"frontrow db maintain failed with exit status {process.returncode}")
    settle(dsn)
    return disk(dsn)


async def _asked(place: Place, dsn: str, loaded: Loaded, rounds: int, alone: bool, remake: bool) -> Measured:
    about = subject(dsn)
    with serving(place) as client:
        ours = await timed(dsn, client, panels(about), rounds)
    print(f"\n{panels_report(about, ours.timings)}\n\n{load_average()}", flush=True)
    elsewhere = [] if alone else await compared(dsn, place.folder, about, ours, rounds)
    if elsewhere or not alone:
        print(f"\n{elsewhere_report(elsewhere, missing())}\n\n{load_average()}", flush=True)
    asked = [panel for panel in panels(about) if panel.name in (ALL_PANELS, ACCOUNT_DAYS, SESSION_PANEL)]
    remade = None
    if remake:
        with serving(place) as client:
            remade = remaking(place, dsn, client, asked)
        print(f"\n{remaking_report(remade)}\n\n{load_average()}", flush=True)
    # Last: it adds events.
    with serving(place) as client:
        meanwhile = arriving(place, client, asked)
    print(f"\n{arriving_report(meanwhile)}\n\n{load_average()}", flush=True)
    return Measured(loaded, about, ours.timings, tuple(elsewhere), meanwhile, remade)
