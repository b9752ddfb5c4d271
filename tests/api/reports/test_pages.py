"""PDF: pages that say what the tables say, in any script, by nothing but what comes along."""

import json
from pathlib import Path

import pypdf
import pytest
from pypdf.generic import ContentStream

from api.reports.pages import _compile
from api.reports.pages.telling import changed, nice, soft, told
from db.pool import Database
from db.question import KeyIn
from resolvers.reports.kinds import KINDS
from resolvers.reports.request import Format, Kind
from tests.api.reports.made import asked, made, tables

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
