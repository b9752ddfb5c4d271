"""Tables as blocks of a page: what page.typ draws, with every number told."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from api.reports.pages.telling import NOTHING, axis_time, changed, moment, nice, soft, told, unit_shown
from db.question import Range
from resolvers.reports.columns import Column, Type
from resolvers.reports.panels import Shares
from resolvers.reports.tables import Look, Table

Row = Mapping[str, Any]
Block = dict[str, Any]

BARS: Final = 12
ANSWERS: Final = 40
LONG_LABEL: Final = 24
LONGEST_TITLE: Final = 300
LONGEST_ANSWER: Final = 500
STEPS: Final = {"IMPRESSIONS": "Player impressions", "PLAYS": "Plays", "REACHED": "Reached half"}

_DRAWN: Final = {Look.BARS: "rows", Look.TABLE: "rows", Look.POLLS: "polls"}


def block(table: Table, rows: Sequence[Row], count: int, window: Range) -> Block:
    """The table in the look that it has on a page."""
    shown = {
        Look.CARDS: _cards,
        Look.LINES: _lines,
        Look.CURVE: _curve,
        Look.FUNNEL: _funnel,
        Look.BARS: _bars,
        Look.TABLE: _table,
        Look.POLLS: _polls,
    }[table.look](table, rows, window)
    drawn = len(shown[_DRAWN[table.look]]) if table.look in _DRAWN else count
    note = f"The first {drawn:,} of {count:,}." if drawn < count else ""
    about = {"look": table.look.value, "title": table.title, "note": note}
    return {**about, "empty": _is_empty(table, rows), **shown}


def _is_empty(table: Table, rows: Sequence[Row]) -> bool:
    """Whether there is nothing to show; charts in which nothing ever is are none."""
    if table.look not in (Look.LINES, Look.CURVE):
        return not rows
    numbers = [column.reader() for column in table.columns if column.type in (Type.WHOLE, Type.NUMBER)]
    reads = numbers[1:] if table.look is Look.CURVE else numbers  # not where on the curve it is
    return not any(read(row) for row in rows for read in reads)


def _cards(table: Table, rows: Sequence[Row], window: Range) -> Block:
    return {
        "cards": [
            {
                **{"label": row["label"], "value": told(row["current"], row["unit"])},
                **{"unit": unit_shown(row["unit"]), "change": changed(row["change"])},
                "direction": 0 if not row["change"] else 1 if row["change"] > 0 else -1,
                "note": f"before: {told(row['previous'], row['unit'])}",
            }
            for row in rows
        ]
    }


def _lines(table: Table, rows: Sequence[Row], window: Range) -> Block:
    metrics = [column for column in table.columns if column.type is not Type.MOMENT]
    return {"charts": [_chart(column, rows, window) for column in metrics] if rows else []}


def _chart(column: Column, rows: Sequence[Row], window: Range) -> Block:
    values = [row[column.reads] for row in rows]
    top = nice(max((value for value in values if value is not None), default=0))
    first, middle, last = rows[0]["start"], rows[len(rows) // 2]["start"], rows[-1]["end"]
    length = last - first
    return {
        "label": column.label,
        "unit": unit_shown(column.unit),
        "points": [None if value is None else value / top for value in values],
        "marks": _marks(top, column.unit),
        "times": [axis_time(at, length, window.tz) for at in (first, middle, last)],
    }


def _marks(top: float, unit: str) -> list[tuple[float, str]]:
    """Lines across the chart, from the bottom to the top; the middle one only where it is a number that can be."""
    halved = unit not in ("count", "users") or (top / 2).is_integer()
    return [(share, told(float(top * share), unit)) for share in ((0.0, 0.5, 1.0) if halved else (0.0, 1.0))]


def _curve(table: Table, rows: Sequence[Row], window: Range) -> Block:
    top = nice(max(row["views"] for row in rows))
    return {
        "chart": {
            **{"label": "", "unit": "percent of the entry, from its start to its end"},
            "points": [row["views"] / top for row in rows],
            "second": [row["viewers"] / top for row in rows],
            "marks": _marks(top, "count"),
            "times": ["0 %", "50 %", "100 %"],
        }
    }


def _funnel(table: Table, rows: Sequence[Row], window: Range) -> Block:
    most = max((row["count"] for row in rows), default=0) or 1
    return {
        "heads": ["", "Count", "Share of impressions"],
        "wide": False,
        "rows": [
            {
                **{"label": STEPS[row["step"]], "share": row["count"] / most},
                "values": [told(row["count"], "count"), told(row["rate"], "ratio")],
            }
            for row in rows
        ],
    }


def _bars(table: Table, rows: Sequence[Row], window: Range) -> Block:
    assert isinstance(table.source, Shares)
    order = table.source.breakdown.order.metric
    most = max((row[order] or 0 for row in rows), default=0) or 1
    texts = [column for column in table.columns if column.type is Type.TEXT]
    numbers = [column for column in table.columns if column.type is not Type.TEXT]
    labels = [str(texts[-1].reader()(row)) for row in rows[:BARS]]
    return {
        "heads": ["", *(column.label for column in numbers)],
        "wide": any(len(label) > LONG_LABEL for label in labels),
        "rows": [
            {
                **{"label": soft(label), "share": (row[order] or 0) / most},
                "values": [told(column.reader()(row), column.unit) for column in numbers],
            }
            for label, row in zip(labels, rows, strict=False)
        ],
    }


def _table(table: Table, rows: Sequence[Row], window: Range) -> Block:
    drawn = table.drawn or tuple(column.name for column in table.columns)
    columns = [column for name in drawn for column in table.columns if column.name == name]
    return {
        "heads": [column.label for column in columns],
        "widths": [_width(column, columns) for column in columns],
        "left": [column.type in (Type.TEXT, Type.MOMENT) for column in columns],
        "rows": [[_cell(column, row, window) for column in columns] for row in rows[: table.most]],
    }


def _width(column: Column, columns: Sequence[Column]) -> float:
    if column.type is Type.TEXT:
        return 2.6 if column is columns[0] else 2.0
    return 1.6 if column.type is Type.MOMENT else 1.0


def _cell(column: Column, row: Row, window: Range) -> str:
    value: Any = column.reader()(row)
    if column.type is Type.TEXT:
        return soft(value) if value is not None else NOTHING
    return moment(value, window.tz) if column.type is Type.MOMENT else told(value, column.unit)


def _polls(table: Table, rows: Sequence[Row], window: Range) -> Block:
    polls = [_poll(list(same), window) for _, same in groupby(rows, key=lambda row: row["poll_id"])]
    return {"polls": polls}


def _poll(rows: Sequence[Row], window: Range) -> Block:
    about = rows[0]
    said = [row for row in rows if row["answer"] is not None]
    rated = f" · average {told(about['average_rating'], '')}" if about["average_rating"] is not None else ""
    launched = f" · {moment(about['launched_at'], window.tz)}" if about["launched_at"] else ""
    session = soft(about["session_name"] or NOTHING)
    people = f"{told(about['participants'], 'users')} participants"
    return {
        "question": soft(about["question"], LONGEST_TITLE),
        "about": f"{session} · {about['type']} · {people}{rated}{launched}",
        "rows": [
            {
                **{"label": soft(row["option_text"]), "share": row["rate"] or 0, "correct": row["correct"] is True},
                **{"count": told(row["chosen"], "users"), "rate": told(row["rate"], "ratio")},
            }
            for row in rows
            if row["option_id"] is not None
        ],
        "answers": [
            {"text": soft(row["answer"], LONGEST_ANSWER), "by": soft(row["user_id"])} for row in said[:ANSWERS]
        ],
        "note": f"The first {ANSWERS:,} of {len(said):,} answers." if len(said) > ANSWERS else "",
    }
