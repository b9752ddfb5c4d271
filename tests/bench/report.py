"""The figures of a run as text."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tests.bench.arriving import RATE, Arriving
from tests.bench.disk import Disk
from tests.bench.elsewhere import Compared
from tests.bench.load import Copy, Load
from tests.bench.panels import Subject
from tests.bench.remaking import Remaking
from tests.bench.timing import Timing, median

MEGABYTE: Final = 2**20


@dataclass(frozen=True, slots=True)
class Loaded:
    """Everything about a load. `maintained`: the disk after `frontrow db maintain`. `earlier`: of a run before this."""

    load: Load
    copy: Copy
    disk: Disk
    maintained: Disk | None
    earlier: bool = False


@dataclass(frozen=True, slots=True)
class Measured:
    """All figures of one number of events."""

    loaded: Loaded
    subject: Subject
    panels: tuple[Timing, ...]
    elsewhere: tuple[Compared, ...]
    arriving: Arriving
    remaking: Remaking | None


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Rows in columns: the first to the left, numbers to the right."""
    lines = [header, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    )


def load_report(loaded: Loaded) -> str:
    """The load: rates, their ratio, rollups, memory, bytes per event."""
    load, copy, disk = loaded.load, loaded.copy, loaded.disk
    each = {
        "raw events": disk.events,
        "indexes of raw events": disk.events_indexes,
        "rollups": disk.rollups,
        "indexes of rollups": disk.rollups_indexes,
        "everything else": disk.others,
        "together": disk.total,
    }
    if loaded.maintained:
        each["together, maintained"] = loaded.maintained.total
    rows = [
        ("events", f"{load.events:,}"),
        ("frontrow load", f"{load.rate:,.0f} events/s, {load.seconds:.1f} s"),
        ("rollups within it", f"{load.rollup_seconds:.1f} s, {load.rollup_seconds / load.seconds:.0%}"),
        ("bare COPY", f"{copy.rate:,.0f} rows/s, median of {len(copy.seconds)} x {copy.rows:,}"),
        ("load as a share of COPY", f"{load.rate / copy.rate:.2f}"),
        ("peak memory, the command", f"{load.command_bytes / MEGABYTE:,.0f} MB"),
        ("peak memory, its sessions", f"{load.backend_bytes / MEGABYTE:,.0f} MB beside the shared buffers"),
        *((f"bytes per event, {name}", f"{size / load.events:,.0f}") for name, size in each.items()),
    ]
    note = " (measured by an earlier run)" if loaded.earlier else ""
    return f"Load{note}\n" + table(("", ""), rows).strip("\n ")


def panels_report(about: Subject, timings: Sequence[Timing]) -> str:
    """A line for each panel."""
    rows = [
        (t.name, f"{t.p50:.1f}", f"{t.p95:.1f}", str(t.statements), f"{t.sql:.1f}", f"{t.ratio:.2f}") for t in timings
    ]
    when = f"{about.recent:%Y-%m-%d} to {about.end:%Y-%m-%d}, account {about.start:%Y-%m-%d} to {about.end:%Y-%m-%d}"
    return (
        f"Panels: entry {about.entry_id}, viewer {about.user_id}, {when}, {about.entries} entries in the catalogue\n"
        + table(("", "p50 ms", "p95 ms", "statements", "SQL ms", "request/SQL"), rows)
    )


def elsewhere_report(rows: Sequence[Compared], missing: Sequence[str]) -> str:
    """A line for each question that other engines were asked, too."""
    lines = [f"{name} is not installed: skipped" for name in missing]
    if rows:
        names = list(rows[0].theirs)
        cells = [(r.name, f"{r.ours:.1f}", *(f"{r.theirs[n]:.1f}" for n in names), f"{r.ratio:.2f}") for r in rows]
        lines.append(table(("", "our SQL ms", *(f"{name} ms" for name in names), "ours/fastest"), cells))
    return "\n".join(["Elsewhere, the same answers from raw events", *lines])


def arriving_report(meanwhile: Arriving) -> str:
    """Panels while events arrive, and when those are counted."""
    rows = [
        (name, f"{quiet:.1f}", f"{meanwhile.busy[name]:.1f}", f"{meanwhile.busy[name] / quiet:.2f}")
        for name, quiet in meanwhile.quiet.items()
    ]
    lags, longest = sorted(meanwhile.lags), max(meanwhile.own) * 1000
    return (
        f"While {RATE:,} events a second arrive ({meanwhile.sent:,} sent)\n"
        + table(("", "quiet ms", "meanwhile ms", "times"), rows)
        + f"\ntotals of the entry they are of: {median(meanwhile.own):.1f} ms (median), {longest:.1f} at most"
        + f"\nan event is counted after {lags[len(lags) // 2]:.1f} s (median of {len(lags)}), {lags[-1]:.1f} s at most"
    )


def remaking_report(remade: Remaking) -> str:
    """Panels while the rollups are made anew."""
    rows = [
        (
            name,
            f"{quiet:.1f}",
            f"{remade.busy[name]:.1f}",
            f"{remade.longest[name]:.1f}",
            f"{remade.busy[name] / quiet:.2f}",
        )
        for name, quiet in remade.quiet.items()
    ]
    return f"While rollups are made anew ({remade.seconds:.0f} s)\n" + table(
        ("", "quiet ms", "meanwhile ms", "at most ms", "times"), rows
    )


def growth_report(sizes: Sequence[Measured]) -> str:
    """The same figures side by side, for each number of events."""
    head = ("", *(f"{size.loaded.load.events:,}" for size in sizes), "times")
    times = f"{sizes[-1].loaded.load.events / sizes[0].loaded.load.events:.1f}"
    rows = [("events", *("" for _ in sizes), times)]
    rows.append(_across("load, events/s", [size.loaded.load.rate for size in sizes], ",.0f"))
    for number, timing in enumerate(sizes[0].panels):
        rows.append(_across(f"{timing.name}, p50 ms", [size.panels[number].p50 for size in sizes], ".1f"))
    return "Growth\n" + table(head, rows)


def _across(name: str, values: Sequence[float], form: str) -> tuple[str, ...]:
    return name, *(f"{value:{form}}" for value in values), f"{values[-1] / values[0]:.1f}"
