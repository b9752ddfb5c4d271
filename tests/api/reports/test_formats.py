"""Every kind in every format, opened again by readers that know nothing of what wrote it."""

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import openpyxl
import pyarrow.parquet as pq
import pytest

from api.reports.formats import Sheet, writer
from api.reports.formats.csv_files import harmless, told_number
from db.pool import Database
from db.question import KeyIn, Range
from resolvers.reports.columns import Type, flag, moment, number, text, whole
from resolvers.reports.kinds import KINDS
from resolvers.reports.request import Format, HeaderStyle, Kind
from tests.api.reports.made import asked, lines_of, made, rows_of, table, tables

SEVERAL = [kind for kind, definition in KINDS.items() if len(definition.tables) > 1]
ALONE = [kind for kind in KINDS if kind not in SEVERAL]


async def csv_tables(database: Database, kind: Kind, folder: Path) -> dict[str, list[dict[str, str]]]:
    """The tables of a report as CSV."""
    if kind in SEVERAL:
        return await tables(database, asked(kind), folder)
    return {KINDS[kind].tables[0].name: await table(database, asked(kind), folder)}


def parquet_tables(path: Path, kind: Kind) -> dict[str, Any]:
    """The tables of a report as Parquet."""
    if kind not in SEVERAL:
        return {KINDS[kind].tables[0].name: pq.read_table(path)}
    with ZipFile(path) as archive:
        return {
            name.removesuffix(".parquet"): pq.read_table(io.BytesIO(archive.read(name))) for name in archive.namelist()
        }


@pytest.mark.parametrize("kind", Kind)
async def test_parquet_tells_what_csv_tells(kind: Kind, database: Database, tmp_path: Path) -> None:
    expected = await csv_tables(database, kind, tmp_path)
    path, rows = await made(database, asked(kind, Format.PARQUET), tmp_path)
    found = parquet_tables(path, kind)
    assert list(found) == list(expected)
    assert rows == sum(map(len, expected.values())) == sum(table.num_rows for table in found.values()) > 0
    for definition in KINDS[kind].tables:
        table = found[definition.name]
        for column in definition.columns:
            field = table.schema.field(column.name)
            assert field.metadata[b"label"].decode() == column.label
            assert field.metadata.get(b"unit", b"").decode() == column.unit
            told = [_told(value, column.type) for value in table[column.name].to_pylist()]
            assert told == [row[column.name].removeprefix("'") for row in expected[definition.name]]


def _told(value: Any, type_: Type) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if type_ is Type.NUMBER:
        return told_number(value)
    return str(int(value)) if type_ is Type.FLAG else str(value)


@pytest.mark.parametrize("kind", Kind)
async def test_xlsx_tells_what_csv_tells(kind: Kind, database: Database, tmp_path: Path) -> None:
    expected = await csv_tables(database, kind, tmp_path)
    path, _ = await made(database, asked(kind, Format.XLSX), tmp_path)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == [*(definition.title for definition in KINDS[kind].tables), "About"]
    assert book["About"]["A2"].value == f"Report: {KINDS[kind].title}"
    for definition in KINDS[kind].tables:
        sheet = book[definition.title]
        assert sheet.freeze_panes == "A2"
        header, *rows = sheet.iter_rows()
        assert [cell.value for cell in header] == [column.name for column in definition.columns]
        assert len(rows) == len(expected[definition.name])
        for row, wanted in zip(rows, expected[definition.name], strict=True):
            for cell, column in zip(row, definition.columns, strict=True):
                assert _cell(cell.value, column.type, wanted[column.name]), (column.name, cell.value)
                assert cell.data_type != "f"


def _cell(value: Any, type_: Type, told: str) -> bool:
    if value is None:
        return told == ""
    if type_ is Type.MOMENT:
        # Spreadsheets count days in floating point.
        return bool(abs(value.replace(tzinfo=UTC) - datetime.fromisoformat(told)) < timedelta(milliseconds=2))
    if type_ is Type.TEXT:
        return isinstance(value, str) and value == told.removeprefix("'")
    return isinstance(value, int | float) and bool(float(value) == pytest.approx(float(told)))


@pytest.mark.parametrize("kind", Kind)
async def test_descriptive_headers(kind: Kind, database: Database, tmp_path: Path) -> None:
    path, _ = await made(database, asked(kind, headers=HeaderStyle.DESCRIPTIVE), tmp_path)
    content = path.read_bytes()
    if kind in SEVERAL:
        with ZipFile(path) as archive:
            content = archive.read(archive.namelist()[0])
    header = lines_of(content)[len(_preamble(content))]
    assert header == [column.label for column in KINDS[kind].tables[0].columns]
    assert len(set(header)) == len(header)


def _preamble(content: bytes) -> list[list[str]]:
    lines = lines_of(content)
    return lines[: [number for number, line in enumerate(lines) if line == ["#-----"]][1] + 1]


async def test_the_preamble_says_what_is_filtered(database: Database, tmp_path: Path) -> None:
    filters = (KeyIn("entry", ("live-1", "rec-1")), KeyIn("city", ("New York",)))
    path, _ = await made(database, asked(Kind.USER_ENGAGEMENT, Format.CSV, *filters), tmp_path)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf#-----\r\nReport: User Engagement\r\n")
    assert _preamble(path.read_bytes()) == [
        ["#-----"],
        ["Report: User Engagement"],
        ["Please note that the data below is filtered based on the filter applied in the report"],
        ["Filtered dates: 2026-06-01 00:00:00 - 2026-09-30 23:59:59 (GMT)"],
        ["Filtered entries: live-1 rec-1"],
        ['Filtered cities: "New York"'],
        ["#-----"],
    ]


async def test_nothing_that_a_filter_names_starts_a_line(database: Database, tmp_path: Path) -> None:
    keys = ("=1+1", "a\r\n=2+2", "@SUM(A1)", '"', "\t-3+3", "")
    path, _ = await made(database, asked(Kind.USER_ENGAGEMENT, Format.CSV, KeyIn("entry", keys)), tmp_path)
    lines = _preamble(path.read_bytes())
    assert lines[4] == ['Filtered entries: =1+1 "a =2+2" @SUM(A1) " -3+3 ""']
    assert len(lines) == 6
    for line in path.read_text("utf-8-sig").splitlines():
        assert not line.lstrip('"').startswith(("=", "+", "@", "-", "\t"))


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("format", [Format.CSV, Format.XLSX, Format.PARQUET])
async def test_no_rows_make_a_file_all_the_same(kind: Kind, format: Format, database: Database, tmp_path: Path) -> None:
    long_ago = Range(datetime(2001, 1, 1, tzinfo=UTC), datetime(2001, 1, 2, tzinfo=UTC))
    path, rows = await made(database, asked(kind, format, window=long_ago), tmp_path)
    assert path.stat().st_size > 0
    if kind in ALONE:
        assert rows == 0
    if kind in ALONE and format is Format.CSV:
        assert rows_of(path.read_bytes()) == []
        assert lines_of(path.read_bytes())[-1] == [column.name for column in KINDS[kind].tables[0].columns]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("=1+1", "'=1+1"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("＝1+1", "'＝1+1"),
        ("-5", "-5"),
        ("+49.5", "+49.5"),
        ("-1e3", "-1e3"),
        ("a=b", "a=b"),
        ("", ""),
    ],
)
def test_formulas_are_harmless_and_numbers_whole(given: str, told: str) -> None:
    assert harmless(given) == told


@pytest.mark.parametrize(
    ("given", "told"),
    [(0.0, "0"), (5.0, "5"), (-1.5, "-1.5"), (1e-7, "0.0000001"), (14.833333333333334, "14.833333333333334"), (7, "7")],
)
def test_numbers_are_told_without_exponent(given: float, told: str) -> None:
    assert told_number(given) == told


AWKWARD = ("a,b", 'say "hi"', "two\r\nlines", "=1+1", "שלום", "日本語", " blank ", "x" * 40_000, "\x07bell")
COLUMNS = (
    text("name", "Name"),
    whole("count", "Count"),
    number("rate", "Rate", unit="ratio"),
    moment("at", "At"),
    flag("yes", "Yes"),
)
AT = datetime(2026, 7, 14, 10, 20, 30, tzinfo=UTC)


@pytest.mark.parametrize("format", [Format.CSV, Format.XLSX, Format.PARQUET])
def test_awkward_values_come_back(format: Format, tmp_path: Path) -> None:
    path = tmp_path / f"file.{format}"
    file = writer(format, False, path)
    file.begin(Sheet("t", "T", COLUMNS, [column.name for column in COLUMNS], ["about, this"]))
    file.write([(name, -3, 0.125, AT, True) for name in AWKWARD])
    file.write([(None, 1, None, None, None)])
    file.close()
    names = _names(path, format)
    assert names[-1] in (None, "")
    kept = [name[: 32_767 if format is Format.XLSX else None] for name in AWKWARD]
    told = [harmless(name) for name in kept] if format is Format.CSV else kept
    assert names[:-1] == told


def _names(path: Path, format: Format) -> list[Any]:
    if format is Format.CSV:
        return [line[0] for line in lines_of(path.read_bytes())[2:]]
    if format is Format.PARQUET:
        return list(pq.read_table(path)["name"].to_pylist())
    rows = openpyxl.load_workbook(path)["T"].iter_rows(min_row=2, values_only=True)
    return [row[0].replace("_x000D_", "\r").replace("_x0007_", "\x07") if row[0] else row[0] for row in rows]
