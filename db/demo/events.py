"""The event lines of a plan, day by day, by time within a day.

A day too busy to be held at once is rendered in parts, by when the viewing sessions start: the lines of a part
are in order, and a part may reach back before the end of the one before it, as a collector's file does.
"""

from collections.abc import Iterator

import numpy as np

from db.demo.actions import actions, registrations
from db.demo.lines import Printer
from db.demo.moments import Moments, joined
from db.demo.people import Audience, audience
from db.demo.plan import WEBINARS, WORKSHOPS, DemoPlan, Part
from db.demo.playing import around, beats
from db.demo.programme import Programme, programme
from db.demo.rooms import STEP, workshop
from db.demo.viewings import PLAYED, Viewings, attendance, on_demand

LINES_AT_ONCE = 25_000
Block = tuple[Viewings, Moments]


def event_lines(plan: DemoPlan) -> Iterator[bytes]:
    """Every event of the plan, a line of JSON each, roughly by time."""
    for block in event_blocks(plan):
        for line in block:
            yield line.encode()


def event_blocks(plan: DemoPlan) -> Iterator[list[str]]:
    """The same lines, many at once and as text (all ASCII): for those who write them on in bulk."""
    people = audience(plan)
    shown = programme(plan)
    printer = Printer(plan, people, shown)
    signed_up = _signed_up(plan, people, shown)
    for day in range(plan.days):
        blocks = [(on_demand(plan, people, shown, day), joined([]))]
        blocks += _sessions_of(plan, people, shown, day)
        blocks += [_of_day(block, plan.day_ms(day), plan.day_ms(day + 1)) for block in signed_up]
        yield from _rendered(plan, printer, day, *_combined(blocks))


def _sessions_of(plan: DemoPlan, people: Audience, shown: Programme, day: int) -> list[Block]:
    """The webinars and workshops of that day."""
    found = []
    for number in range(WEBINARS):
        if shown.webinars[number].day == day:
            rows = attendance(plan, people, shown, number)
            found.append((rows, actions(plan, people, shown.webinars[number], number, rows)))
    for number in range(WORKSHOPS):
        if shown.workshops[number * STEP].day == day:
            found.append(_workshop(plan, people, shown, number))
    return found


def _workshop(plan: DemoPlan, people: Audience, shown: Programme, number: int) -> Block:
    """A workshop with what its participants do: in the main room only, so the rows of breakouts come last."""
    rows, told = workshop(plan, people, shown, number)
    main = shown.workshops[number * STEP]
    apart = rows["title"] != rows["title"][0]
    order = np.argsort(apart, kind="stable")
    done = actions(plan, people, main, WEBINARS + number, rows[order][: int((~apart).sum())])
    return rows[order], joined([told.renumbered(np.argsort(order, kind="stable")), done])


def _signed_up(plan: DemoPlan, people: Audience, shown: Programme) -> list[Block]:
    return [
        registrations(plan, people, shown, number, attendance(plan, people, shown, number))
        for number in range(WEBINARS)
    ]


def _of_day(block: Block, begins: int, ends: int) -> Block:
    """Those of a block that start within a day, where every row has one event."""
    rows, told = block
    chosen = np.flatnonzero((rows["start"] >= begins) & (rows["start"] < ends))
    return rows[chosen], Moments(np.arange(len(chosen)), told.time[chosen], told.kind[chosen], told.text[chosen])


def _combined(blocks: list[Block]) -> Block:
    """All of them as one, the rows by start and the events by row."""
    rows = np.concatenate([block[0] for block in blocks])
    offsets = np.cumsum([0] + [len(block[0]) for block in blocks])
    shifted = [
        Moments(told.viewing + offset, told.time, told.kind, told.text)
        for (_, told), offset in zip(blocks, offsets, strict=False)
    ]
    order = np.argsort(rows["start"], kind="stable")
    return rows[order], joined(shifted).renumbered(np.argsort(order, kind="stable"))


def _rendered(plan: DemoPlan, printer: Printer, day: int, rows: Viewings, told: Moments) -> Iterator[list[str]]:
    """A day's lines, at most about LINES_AT_ONCE at a time."""
    life = np.where(rows["outcome"] == PLAYED, rows["watched"] / rows["speed"] / 10, 0)
    parts = np.cumsum(life + 8) // LINES_AT_ONCE
    ends = [*np.flatnonzero(np.diff(parts)) + 1, len(rows)]
    for low, high in zip([0, *ends], ends, strict=False):
        random = plan.random(Part.PLAYING, day, int(low))
        part = rows[low:high]
        sent = joined([around(random, part), told.between(low, high)])
        yield printer.lines(part, int(low), sent, beats(random, part))
