"""Measures a load and the panels of a dashboard, and prints what came out. What it starts, it stops."""

import argparse
import json
import os
import platform
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from tests.bench.data import Place
from tests.bench.report import Measured, growth_report
from tests.bench.run import measured
from tests.bench.watch import load_average


def main() -> None:
    """Runs what the options say."""
    options = _options()
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))  # by way of every `finally`
    with _folder(options.data, options.keep) as folder:
        machine = f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()}"
        print(f"{machine}; data in {folder}; {load_average()}", flush=True)
        sizes = [_measured(Place(folder / str(events), events, options.database), options) for events in options.sizes]
    if len(sizes) > 1:
        print(f"\n{growth_report(sizes)}")
    if options.json is not None:
        _write(options.json, machine, sizes)


def _measured(place: Place, options: argparse.Namespace) -> Measured:
    """The figures of one number of events; the next one needs the room that it took."""
    found = measured(place, options.rounds, options.alone, options.remake)
    if options.data is None and not options.keep:
        shutil.rmtree(place.folder, ignore_errors=True)
    return found


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument(
        "--events", type=int, default=20_000_000, metavar="N", help="about how many events (20 million)"
    )
    parser.add_argument("--growth", type=_numbers, metavar="N,N", help="several numbers of events, one after the other")
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="keep sample files and databases there, and reuse them"
    )
    parser.add_argument(
        "--database", metavar="URL", help="measure this database instead of an embedded one; it must be empty"
    )
    parser.add_argument("--keep", action="store_true", help="keep them without --data, too; the folder is printed")
    parser.add_argument("--rounds", type=int, default=40, metavar="N", help="timed requests of each panel (40)")
    parser.add_argument("--alone", action="store_true", help="ask no other engines")
    parser.add_argument("--remake", action="store_true", help="make the rollups anew, too, and ask meanwhile")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    options = parser.parse_args()
    options.sizes = options.growth or [options.events]
    if options.database and len(options.sizes) > 1:
        parser.error("--database takes one number of events")
    return options


def _numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",")]


@contextmanager
def _folder(chosen: Path | None, keep: bool) -> Iterator[Path]:
    """The chosen folder; else one that goes at the end, not in /tmp, which may be memory."""
    if chosen is not None:
        chosen.mkdir(parents=True, exist_ok=True)
        yield chosen.resolve()
        return
    roomy = "/var/tmp" if "TMPDIR" not in os.environ and os.path.isdir("/var/tmp") else None
    folder = Path(tempfile.mkdtemp(prefix="frontrow-bench-", dir=roomy))
    try:
        yield folder
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)


def _write(path: Path, machine: str, sizes: Sequence[Measured]) -> None:
    """The figures as JSON."""
    figures = {"machine": machine, "sizes": [asdict(size) for size in sizes]}
    path.write_text(json.dumps(figures, indent=2, default=str) + "\n")


if __name__ == "__main__":
    main()
