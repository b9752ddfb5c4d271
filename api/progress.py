"""How far a load is, on a terminal: a bar for each file, with its rate and the time left."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars

from db.load import Progress


@contextmanager
def progress_bars() -> Iterator[Callable[[Progress], None] | None]:
    """What a load reports to; None where standard error is no terminal, so that logs hold no bars."""
    if not sys.stderr.isatty():
        yield None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[rate]}"), TimeRemainingColumn())
    with Bars(*columns, console=Console(stderr=True)) as bars:
        yield _Shown(bars).show


class _Shown:
    """The bars, one for each file that was reported."""

    def __init__(self, bars: Bars) -> None:
        self.bars = bars
        self.tasks: dict[str, TaskID] = {}

    def show(self, progress: Progress) -> None:
        """Moves the file's bar. Without a total size (a pipe) it only counts."""
        if progress.path not in self.tasks:
            self.tasks[progress.path] = self.bars.add_task(progress.path, total=progress.bytes_total, rate="")
        rate = f"{progress.read:,} lines, {progress.read / max(progress.seconds, 0.001):,.0f} a second"
        self.bars.update(self.tasks[progress.path], completed=progress.bytes_done, rate=rate)
