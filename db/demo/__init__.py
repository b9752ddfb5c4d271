"""Sample data: a believable account, the same bytes for the same plan.

    plan = DemoPlan(viewers=400, seed=7)
    write(plan, Path("sample"))        # catalogue.ndjson and events.ndjson

`plan` is the value everything follows from. `people` and `programme` say who watches and what; `viewings` and
`rooms` who watches what when; `playing`, `actions` and `chat` what that sends; `lines` renders it, `events` puts
it together day by day, `catalogue` describes it. The tables are `names` and `places`.
"""

from pathlib import Path

from db.demo.catalogue import catalogue_lines
from db.demo.events import event_blocks, event_lines
from db.demo.plan import DEMO_PARTNER, DemoPlan, event_count, plan_for_events

__all__ = [
    "DEMO_PARTNER",
    "DemoPlan",
    "catalogue_lines",
    "event_blocks",
    "event_count",
    "event_lines",
    "plan_for_events",
    "write",
]


def write(plan: DemoPlan, folder: Path) -> list[Path]:
    """The two files it wrote into the folder, which it makes: catalogue.ndjson and events.ndjson."""
    folder.mkdir(parents=True, exist_ok=True)
    catalogue, events = folder / "catalogue.ndjson", folder / "events.ndjson"
    with catalogue.open("wb") as file:
        file.writelines(catalogue_lines(plan))
    with events.open("w", encoding="ascii", newline="\n") as text:
        for block in event_blocks(plan):
            text.write("".join(block))
    return [catalogue, events]
