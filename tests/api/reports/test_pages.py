"""PDF: pages that say what the tables say, in any script, by nothing but what comes along."""

import json
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pypdf
import pytest
from pypdf.generic import ContentStream

from api.reports.pages import _compile, _rows
from api.reports.pages.blocks import BARS, STEPS, block
from api.reports.pages.telling import NOTHING, changed, nice, soft, told
from api.reports.pages.telling import moment as shown_moment
from db.pool import Database
from db.question import KeyIn, Range
from resolvers.context import Context
from resolvers.reports.asking import subject_of
from resolvers.reports.columns import Column, Type
from resolvers.reports.kinds import KINDS
from resolvers.reports.request import Format, Kind
from resolvers.reports.sources import Asked
from resolvers.reports.tables import Look, Table
from tests.api.reports.made import NOW, TENANT, asked, made, tables
from tests.differential.product import LIMITS

DASHBOARDS = [kind for kind, definition in KINDS.items() if definition.about]
SCRIPTS = [
    *("Ada Lovelace", "Ольга", "Ἀθηνᾶ", "שלום", "مرحبا", "नमस्ते", "বাংলা", "தமிழ்", "తెలుగు", "ಕನ್ನಡ", "മലയാളം"),
    *("ไทย", "ລາວ", "မြန်မာ", "ខ្មែរ", "ქართული", "Հայերեն", "አማርኛ", "日本語かな", "简体繁體", "한국어", "ᏣᎳᎩ", "ᐃᓄᒃᑎᑐᑦ"),
    *("ⵜⵉⴼⵉⵏⴰⵖ", "ދިވެހި", "ߒߞߏ", "සිංහල", "ਪੰਜਾਬੀ", "ગુજરાતી", "ଓଡ଼ିଆ", "ᠮᠣᠩᠭᠣᠯ", "ܣܘܪܝܝܐ", "Nguyễn", "€ ₪ ₹ → ★ 🚀 🎬 👏"),
]
MARKUP = "#panic() $x$ *b* _i_ @ref <a> `c` \\ // /*"


def text_of(path: Path) -> str:
    """Everything that the pages say."""
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(path).pages)


def missing(path: Path) -> int:
    """How many letters are shown as the box of a font that lacks them: glyph 0."""
    count = 0
    for page in pypdf.PdfReader(path).pages:
        stream = ContentStream(page["/Contents"].get_object(), page.pdf)
        for operands, operator in stream.operations:
            if operator in (b"Tj", b"TJ"):
                shown = operands[0] if isinstance(operands[0], list) else operands
                for piece in shown:
                    raw = getattr(piece, "original_bytes", None)
                    if raw:
                        count += sum(raw[at : at + 2] == b"\0\0" for at in range(0, len(raw), 2))
    return count


@pytest.mark.parametrize("kind", DASHBOARDS)
async def test_a_dashboard_says_what_its_tables_say(kind: Kind, database: Database, tmp_path: Path) -> None:
    found = await tables(database, asked(kind), tmp_path)
    path, rows = await made(database, asked(kind, Format.PDF), tmp_path)
    assert rows == sum(map(len, found.values()))
    said = text_of(path)
    assert KINDS[kind].title.upper() in said
    assert "1 Jun 2026 – 30 Sep 2026" in said
    assert "UTC" in said
    assert "compared with 30 Jan 2026 – 31 May 2026" in said
    for card in found["highlights"]:
        value = float(card["current"]) if card["current"] else None
        assert card["label"] in said
        assert told(value, card["unit"]) in said
    for table in KINDS[kind].tables:
        assert table.title in said or table.name == "highlights"
    pages = pypdf.PdfReader(path).pages
    for number, page in enumerate(pages, 1):
        assert f"{number} / {len(pages)}" in page.extract_text()


def squeezed(text: str) -> str:
    """The text without what differs by the way it is set: blanks, and letters whose order a script turns round."""
    return "".join(letter for letter in text if letter.isascii() and not letter.isspace())


def cell(row: dict[str, str], column: Column) -> str:
    """A cell of a CSV file, as a page says it."""
    value = row[column.name]
    if column.type is Type.TEXT:
        return value.removeprefix("'") or NOTHING
    if column.type is Type.MOMENT:
        return shown_moment(datetime.fromisoformat(value), ZoneInfo("UTC"))
    return told(float(value) if value else None, column.unit)


def lines(table: Table, rows: list[dict[str, str]]) -> list[str]:
    """What a page says of a panel, line by line."""
    columns = {column.name: column for column in table.columns}
    if table.look is Look.FUNNEL:
        drawn = [columns["count"], columns["rate"]]
        return [STEPS[row["step"]] + "".join(cell(row, column) for column in drawn) for row in rows]
    if table.look is Look.TABLE:
        drawn = [columns[name] for name in table.drawn]
        return ["".join(cell(row, column) for column in drawn) for row in rows[: table.most]]
    texts = [column for column in table.columns if column.type is Type.TEXT]
    numbers = [column for column in table.columns if column.type is not Type.TEXT]
    return ["".join(cell(row, column) for column in (texts[-1], *numbers)) for row in rows[:BARS]]


@pytest.mark.parametrize("kind", DASHBOARDS)
async def test_a_page_has_every_row_of_its_panels(kind: Kind, database: Database, tmp_path: Path) -> None:
    found = await tables(database, asked(kind), tmp_path)
    path, _ = await made(database, asked(kind, Format.PDF), tmp_path)
    said = squeezed(text_of(path))
    panels = [table for table in KINDS[kind].tables if table.look in (Look.FUNNEL, Look.BARS, Look.TABLE)]
    assert len(panels) >= 4
    for table in panels:
        place = said.index(squeezed(table.title))
        for line in lines(table, found[table.name]):
            place = said.find(squeezed(line), place)
            assert place >= 0, (table.name, line)


@pytest.mark.parametrize("kind", DASHBOARDS)
async def test_charts_have_the_shape_of_their_columns(kind: Kind, database: Database) -> None:
    context = Context.of(TENANT, None, database, LIMITS, lambda: NOW)
    request = asked(kind)
    for table in KINDS[kind].tables:
        if table.look not in (Look.LINES, Look.CURVE):
            continue
        rows, count = await _rows(Asked(context, subject_of(TENANT, request)), table)
        shown = block(table, rows, count, request.window)
        charts = shown["charts"] if table.look is Look.LINES else [shown["chart"]]
        names = [column.reads for column in table.columns if column.type in (Type.WHOLE, Type.NUMBER)]
        for chart, name in zip(charts, names if table.look is Look.LINES else ["views"], strict=True):
            values = [row[name] for row in rows]
            top = nice(max(value or 0 for value in values))
            assert max(point or 0 for point in chart["points"]) <= 1
            assert [None if point is None else point * top for point in chart["points"]] == pytest.approx(values)
            assert chart["marks"][-1][0] == 1
        if table.look is Look.CURVE:
            viewers = [row["viewers"] for row in rows]
            assert [point * top for point in shown["chart"]["second"]] == pytest.approx(viewers)


async def test_panels_without_anything_say_so(database: Database, tmp_path: Path) -> None:
    window = Range(datetime(2001, 1, 1, tzinfo=UTC), datetime(2001, 1, 2, tzinfo=UTC))
    path, _ = await made(database, asked(Kind.ENTRY_DASHBOARD, Format.PDF, window=window), tmp_path)
    said = text_of(path)
    assert said.count("Nothing in this range.") == len(KINDS[Kind.ENTRY_DASHBOARD].tables) - 2  # cards, funnel
    assert "1 Jan 2001 · UTC" in " ".join(said.split())


async def test_charts_are_drawn_not_pasted(database: Database, tmp_path: Path) -> None:
    path, _ = await made(database, asked(Kind.ENTRY_DASHBOARD, Format.PDF), tmp_path)
    for page in pypdf.PdfReader(path).pages:
        assert len(page.images) == 0


async def test_the_polls_of_a_session(database: Database, tmp_path: Path) -> None:
    path, rows = await made(database, asked(Kind.POLLS, Format.PDF, KeyIn("session", ("s-1",))), tmp_path)
    said = text_of(path)
    assert rows > 0
    for wanted in ("Opening", "Question p-1?", "12 participants", "58.3 %", "Question p-2?", "83.3 %"):
        assert wanted in said
    assert "Question p-3?" not in said


def pages_with(texts: list[str], path: Path) -> None:
    """A page with these texts in a table."""
    rows = [[soft(text), "1"] for text in texts]
    table = {"look": "table", "title": "Names", "empty": False, "note": "", "heads": ["Name", "Count"]}
    block = {**table, "widths": [3, 1], "left": [True, False], "rows": rows}
    about = {"title": "Title", "subject": soft(texts[0]), "range": "", "zone": "UTC", "compared": "", "footer": "f"}
    _compile(json.dumps({**about, "filters": [], "blocks": [block]}), path)


def test_any_script_has_letters(tmp_path: Path) -> None:
    pages_with(SCRIPTS, tmp_path / "scripts.pdf")
    assert missing(tmp_path / "scripts.pdf") == 0
    # The measure itself: a letter of a script that nobody writes any more has none.
    pages_with(["\U00012000"], tmp_path / "cuneiform.pdf")
    assert missing(tmp_path / "cuneiform.pdf") > 0


def test_texts_are_never_read_as_markup(tmp_path: Path) -> None:
    pages_with([MARKUP, "x" * 300], tmp_path / "markup.pdf")
    assert "#panic() $x$ *b*" in text_of(tmp_path / "markup.pdf")


def test_long_texts_are_broken_where_they_may_be_and_end() -> None:
    assert soft("https://www.example.org/a-b") == "https://\u200bwww.\u200bexample.\u200borg/\u200ba-\u200bb"
    assert soft("x" * 30).split("\u200b") == ["x" * 12, "x" * 12, "x" * 6]
    assert soft("two\n words") == "two words"
    assert soft("word " * 50, 20) == "word word word word…"


def test_a_poll_says_how_many_answers_it_leaves_out() -> None:
    about = {"poll_id": "p", "question": "Why?", "type": "open", "session_name": "S", "participants": 70}
    empty = dict.fromkeys(("average_rating", "launched_at", "option_id"))
    rows = [{**about, **empty, "answer": f"because {n}", "user_id": "u"} for n in range(70)]
    (table,) = KINDS[Kind.POLLS].tables
    (poll,) = block(table, rows, 70, asked(Kind.POLLS).window)["polls"]
    assert poll["note"] == f"The first {len(poll['answers'])} of 70 answers."


@pytest.mark.parametrize(("most", "top"), [(0, 1), (0.37, 0.4), (1, 1), (7, 8), (10, 10), (22, 25), (1001, 1500)])
def test_axes_end_at_round_numbers(most: float, top: float) -> None:
    assert nice(most) == pytest.approx(top)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(None, "ratio", "–"), (0.123, "ratio", "12.3 %"), (1234, "count", "1,234"), (1234.56, "min", "1,234.6")],
)
def test_values_as_people_read_them(value: float | None, unit: str, text: str) -> None:
    assert told(value, unit) == text


def test_changes_have_signs() -> None:
    assert [changed(0.5), changed(-0.25), changed(None)] == ["+50.0 %", "-25.0 %", None]
