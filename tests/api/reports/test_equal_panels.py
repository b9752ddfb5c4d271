"""A dashboard equals its queries: every panel says what the field of analytics says that it is."""

from pathlib import Path
from typing import Any, NamedTuple

import pytest

from db.metrics import METRICS
from db.pool import Database
from resolvers.reports.kinds import KINDS
from resolvers.reports.panels import Highlights
from resolvers.reports.request import Kind
from resolvers.reports.tables import Table
from tests.schema.test_answers import SEASON, data

from .made import ABOUT, asked, tables
from .test_equal_queries import ALL, same


class Ranked(NamedTuple):
    """A panel that is a breakdown: its field, the column of its keys, that of their names and where these are."""

    field: str
    key: str
    name: str = ""
    record: str = ""


RANKED = {
    "countries": Ranked("countries", "country", "country_name", "country"),
    "devices": Ranked("devices", "device"),
    "operating_systems": Ranked("operatingSystems", "operating_system"),
    "browsers": Ranked("browsers", "browser"),
    "domains": Ranked("domains", "domain"),
    "pages": Ranked("urls", "url"),
    "users": Ranked("users", "user_id", "user_name", "user"),
    "sessions": Ranked("sessions", "session_id", "session_name", "session"),
    "entries": Ranked("entries", "entry_id", "entry_name", "entry"),
}
ORDERS = {
    **{(kind, "users"): "MINUTES_VIEWED" for kind in (Kind.SESSION_DASHBOARD, Kind.ROOM_DASHBOARD)},
    **{(kind, "countries"): "LIVE_UNIQUE_VIEWERS" for kind in (Kind.SESSION_DASHBOARD, Kind.ROOM_DASHBOARD)},
    **{(kind, "devices"): "LIVE_UNIQUE_VIEWERS" for kind in (Kind.SESSION_DASHBOARD, Kind.ROOM_DASHBOARD)},
    (Kind.ROOM_DASHBOARD, "sessions"): "LIVE_MINUTES_VIEWED",
    (Kind.USER_DASHBOARD, "sessions"): "MINUTES_VIEWED",
}
"""What panels are ordered by, where it is not plays."""
KEYS = {"entry": "entryId", "session": "sessionId", "room": "entryId", "user": "userId"}
PANELS = [(kind, table) for kind, definition in KINDS.items() if definition.about for table in definition.tables]


def camel(name: str) -> str:
    """A metric's field."""
    first, *rest = name.split("_")
    return "".join((first, *(part.capitalize() for part in rest)))


def metrics_of(table: Table) -> list[str]:
    """The metrics that a panel has columns of."""
    return [column.name for column in table.columns if column.reads in METRICS]


async def told(database: Database, kind: Kind, panel: str, window: str = f"({SEASON})") -> Any:
    """What the analytics of the thing that the dashboard is about say."""
    about = KINDS[kind].about or ""
    document = f'{{ {about}({KEYS[about]}: "{ABOUT[about]}") {{ analytics{window} {{ panel: {panel} }} }} }}'
    return (await data(database, document))[about]["analytics"]["panel"]


async def ranked(database: Database, kind: Kind, table: Table) -> list[dict[str, Any]]:
    """The rows of a breakdown."""
    panel, metrics = RANKED[table.name], metrics_of(table)
    shared = any(column.name == "share" for column in table.columns)
    fields = " ".join(
        (
            f"key metrics {{ {' '.join(map(camel, metrics))} }}",
            "share" if shared else "",
            f"{panel.record} {{ name }}" if panel.record else "",
        )
    )
    order = ORDERS.get((kind, table.name), "PLAYS")
    found = await told(database, kind, f"{panel.field}({ALL}, orderBy: {{metric: {order}}}) {{ nodes {{ {fields} }} }}")
    # The table of things of the catalogue leaves out what belongs to none.
    known = [node for node in found["nodes"] if table.name not in ("sessions", "entries") or node["key"] != "Unknown"]
    return [
        {
            panel.key: node["key"],
            **{name: node["metrics"][camel(name)] for name in metrics},
            **({"share": node["share"]} if shared else {}),
            **({panel.name: (node[panel.record] or {"name": node["key"]})["name"]} if panel.record else {}),
        }
        for node in known
    ]


async def highlights(database: Database, kind: Kind, table: Table) -> list[dict[str, Any]]:
    """The comparison's changes, for the metrics of the cards."""
    found = await told(database, kind, "comparison { change { metric current previous change } }")
    changes = {change["metric"].lower(): change for change in found["change"]}
    assert isinstance(table.source, Highlights)
    return [
        {
            **{"metric": name, "label": METRICS[name].label, "unit": METRICS[name].unit.value},
            **{column: changes[name][column] for column in ("current", "previous", "change")},
        }
        for name in table.source.metrics
    ]


async def timeline(database: Database, kind: Kind, table: Table) -> list[dict[str, Any]]:
    """Days; of a session, that is without a range, the minutes in which it was live."""
    names, minutes = metrics_of(table), kind is Kind.SESSION_DASHBOARD
    fields = f"{{ start end metrics {{ {' '.join(map(camel, names))} }} }}"
    panel = f"timeline(granularity: {'MINUTE' if minutes else 'DAY'}) {fields}"
    found = await told(database, kind, panel, "" if minutes else f"({SEASON})")
    return [
        {"start": point["start"], "end": point["end"], **{name: point["metrics"][camel(name)] for name in names}}
        for point in found
    ]


async def curve(database: Database, kind: Kind, table: Table) -> list[dict[str, Any]]:
    """The hundred points."""
    found = await told(database, kind, "playbackCurve { percentile views unique_viewers: uniqueViewers tier }")
    return list(found)


async def steps(database: Database, kind: Kind, table: Table) -> list[dict[str, Any]]:
    """The stages of the funnel."""
    return list(await told(database, kind, "funnel { step count rate }"))


async def moments(database: Database, kind: Kind, table: Table) -> list[dict[str, Any]]:
    """The minutes with the most reactions."""
    panel = "topMoments(first: 20) { start end reactions byType { reaction count } }"
    return [
        {
            **{name: moment[name] for name in ("start", "end", "reactions")},
            "by_type": ", ".join(f"{part['reaction']} {part['count']}" for part in moment["byType"]),
        }
        for moment in await told(database, kind, panel, "")
    ]


async def downloads(database: Database, kind: Kind, table: Table) -> list[dict[str, Any]]:
    """What the user downloaded."""
    fields = "attachmentId downloads lastDownloadedAt attachment { name fileType } session { name }"
    listed = f"attachmentDownloads({ALL}, {SEASON}) {{ nodes {{ {fields} }} }}"
    found = (await data(database, f'{{ user(userId: "{ABOUT["user"]}") {{ {listed} }} }}'))["user"]
    return [
        {
            **{"attachment_id": node["attachmentId"], "downloads": node["downloads"]},
            **{"last_downloaded_at": node["lastDownloadedAt"], "session_name": (node["session"] or {}).get("name")},
            **{"attachment_name": (node["attachment"] or {}).get("name")},
            **{"type": (node["attachment"] or {}).get("fileType")},
        }
        for node in found["attachmentDownloads"]["nodes"]
    ]


ANSWERS = {
    **{"highlights": highlights, "timeline": timeline, "playback_curve": curve, "funnel": steps},
    **{"top_moments": moments, "attachments": downloads, **dict.fromkeys(RANKED, ranked)},
}


@pytest.mark.parametrize(("kind", "table"), PANELS, ids=[f"{kind}-{table.name}" for kind, table in PANELS])
async def test_a_panel_says_what_its_field_says(kind: Kind, table: Table, database: Database, tmp_path: Path) -> None:
    found = (await tables(database, asked(kind), tmp_path))[table.name]
    expected = await ANSWERS[table.name](database, kind, table)
    same(found, expected)
    assert set(found[0]) == set(expected[0]), "every column is held to something"


async def test_the_minutes_of_a_session_begin_with_it(database: Database, tmp_path: Path) -> None:
    session = (await data(database, '{ session(sessionId: "s-1") { startsAt endsAt } }'))["session"]
    rows = (await tables(database, asked(Kind.SESSION_DASHBOARD), tmp_path))["timeline"]
    starts = (rows[0]["start"], rows[-1]["end"])
    assert starts == tuple(session[name].replace("+00:00", "Z") for name in ("startsAt", "endsAt"))
