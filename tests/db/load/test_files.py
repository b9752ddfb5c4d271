"""Files of any size and form as lines, in bounded memory."""

import gc
import gzip
import io
import json
import os
import subprocess
import sys
import threading
import time
from datetime import datetime
from pathlib import Path

import psutil
import pytest
import zstandard

from db.load import Progress, UnreadableFile, load_files, translate
from db.load.files import Lines
from db.load.reading import LINE_LIMIT
from tests.db.given import entry, event, line_of, load, value, write

MEGABYTE = 1 << 20


def texts(folder: Path, content: bytes, name: str = "lines.ndjson") -> list[tuple[int, bytes]]:
    """The numbered lines of a file with this content."""
    path = folder / name
    path.write_bytes(content)
    lines = Lines.open(str(path))
    try:
        return list(lines)
    finally:
        lines.close()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", []),
        (b"{1}\n{2}\n", [(1, b"{1}"), (2, b"{2}")]),
        (b"{1}\n{2}", [(1, b"{1}"), (2, b"{2}")]),
        (b"{1}\r\n{2}\r\n", [(1, b"{1}"), (2, b"{2}")]),
        (b"\n  \n{1}\n\t\r\n\n{2}\n\n", [(3, b"{1}"), (6, b"{2}")]),
        (b"\xef\xbb\xbf{1}\n{2}\n", [(1, b"{1}"), (2, b"{2}")]),
        (b"{1}\n\xef\xbb\xbf{2}\n", [(1, b"{1}"), (2, b"\xef\xbb\xbf{2}")]),
        (b" {1}\n", [(1, b" {1}")]),
        (b"{1}\x0b\n{\x0c}\n", [(1, b"{1}\x0b"), (2, b"{\x0c}")]),
    ],
)
def test_lines_come_numbered_and_without_blank_ones(
    tmp_path: Path, content: bytes, expected: list[tuple[int, bytes]]
) -> None:
    assert texts(tmp_path, content) == expected


def test_lines_are_whole_whatever_the_blocks(tmp_path: Path) -> None:
    lines = [b"{%d %s}" % (number, b"x" * (number * 37 % 5000)) for number in range(1, 2000)]
    assert [line for _, line in texts(tmp_path, b"\n".join(lines))] == lines
    assert [line for _, line in texts(tmp_path, b"\r\n".join(lines))] == lines


def test_a_line_of_the_limit_is_taken_and_a_longer_one_refused(dsn: str, tmp_path: Path) -> None:
    room = LINE_LIMIT - len(line_of(event(extra="")))
    fits = [event(number, extra="x" * room) for number in range(40)]
    assert {len(line_of(record)) for record in fits} <= {LINE_LIMIT, LINE_LIMIT + 1}
    short = [line_of(event(number, extra="x" * (room - 7))) for number in range(40)]
    too_long = line_of(event(99, extra="x" * (room + 1)))
    path = tmp_path / "limit.ndjson"
    path.write_bytes(b"\r\n".join([*short, too_long, b""]))
    summary = load_files(dsn, [str(path)], rejects=tmp_path / "rejects.ndjson")
    assert (summary.read, summary.stored, summary.rejected) == (41, 40, 1)


@pytest.mark.parametrize("ending", [b"", b"\n"])
def test_a_line_without_end_costs_no_memory_and_no_other_line(dsn: str, tmp_path: Path, ending: bytes) -> None:
    path = tmp_path / "long.ndjson"
    path.write_bytes(line_of(event(1)) + b"\n{" + b"x" * (5 * MEGABYTE) + ending)
    with path.open("ab") as file:
        file.write(line_of(event(2)) + b"\n" if ending else b"")
    summary = load_files(dsn, [str(path)], rejects=tmp_path / "rejects.ndjson")
    assert (summary.read, summary.stored, summary.rejected) == ((3, 2, 1) if ending else (2, 1, 1))
    row = json.loads((tmp_path / "rejects.ndjson").read_text())
    assert (row["line"], row["field"], "at most 65,536" in row["reason"]) == (2, "", True)


def test_an_endless_line_is_read_in_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "endless.ndjson.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        for _ in range(300):
            file.write(b"x" * MEGABYTE)
    before = psutil.Process().memory_info().rss
    (line,) = Lines.open(str(path))
    assert line[0] == 1
    assert LINE_LIMIT < len(line[1]) <= 2 * MEGABYTE
    assert psutil.Process().memory_info().rss - before < 64 * MEGABYTE


def test_compressed_files_hold_the_same(tmp_path: Path) -> None:
    content = b"".join(b"{%d}\n" % number for number in range(100_000))
    plain = texts(tmp_path, content)
    assert len(plain) == 100_000
    assert texts(tmp_path, gzip.compress(content), "a.gz") == plain
    assert texts(tmp_path, zstandard.compress(content), "a.zst") == plain
    half = len(content) // 2
    assert texts(tmp_path, gzip.compress(content[:half]) + gzip.compress(content[half:]), "b.gz") == plain
    assert texts(tmp_path, zstandard.compress(content[:half]) + zstandard.compress(content[half:]), "b.zst") == plain
    streamed = io.BytesIO()
    with zstandard.ZstdCompressor().stream_writer(streamed, closefd=False) as writer:
        writer.write(content)
    assert texts(tmp_path, streamed.getvalue(), "c.zst") == plain


@pytest.mark.parametrize("name", ["broken.gz", "broken.zst"])
def test_a_file_that_breaks_off_is_told_and_what_was_read_stays(dsn: str, tmp_path: Path, name: str) -> None:
    lines = b"".join(line_of(event(number, eventId=str(hash((number, "x"))))) + b"\n" for number in range(60_000))
    compressed = gzip.compress(lines) if name.endswith("gz") else zstandard.compress(lines)
    (tmp_path / name).write_bytes(compressed[: len(compressed) * 9 // 10])
    with pytest.raises(UnreadableFile, match="not readable after line"):
        load_files(dsn, [str(tmp_path / name)], rejects=tmp_path / "rejects.ndjson")
    assert 40_000 < value(dsn, "select count(*) from events") < 60_000
    assert value(dsn, "select sum(heartbeats) from watch_days") == value(dsn, "select count(*) from events")


@pytest.mark.parametrize("name", ["missing.ndjson", "folder", "broken.gz"])
def test_a_file_that_is_none_is_told_before_anything_is_stored(dsn: str, tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "broken.gz").write_bytes(b"this is plain")
    good = write(tmp_path, [entry(), event()])
    with pytest.raises(UnreadableFile, match=name):
        load_files(dsn, [str(tmp_path / name), good], rejects=tmp_path / "rejects.ndjson")
    assert value(dsn, "select count(*) from events") == 0


def test_files_may_mix_catalogue_and_events_in_any_order(dsn: str, tmp_path: Path) -> None:
    summary = load(dsn, tmp_path, [event(1), entry(), event(2), entry(), event(1)])
    assert (summary.read, summary.stored, summary.duplicates, summary.rejected, summary.catalogue) == (5, 2, 1, 0, 2)
    assert summary.reject_file is None
    assert not (tmp_path / "rejects.ndjson").exists()


def test_progress_tells_how_far_the_load_is(dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("db.load.translate._PATIENCE_SECONDS", 60.0)  # or a slow machine has smaller batches
    paths = [write(tmp_path, [event(number, extra="x" * 20) for number in range(120_000)], "plain.ndjson")]
    compressed = tmp_path / "packed.ndjson.gz"
    compressed.write_bytes(gzip.compress(line_of(event(-1)) + b"\n"))
    told: list[Progress] = []
    load_files(dsn, [*paths, str(compressed)], progress=told.append, rejects=tmp_path / "rejects.ndjson")
    plain = [step for step in told if step.path == paths[0]]
    assert [step.read for step in plain] == [50_000, 100_000, 120_000]
    assert {step.bytes_total for step in plain} == {Path(paths[0]).stat().st_size}
    done = [step.bytes_done for step in plain]
    assert done == sorted(done)
    assert done[-1] == plain[-1].bytes_total
    assert (told[-1].path, told[-1].read) == (str(compressed), 120_001)
    assert told[-1].bytes_done == told[-1].bytes_total == compressed.stat().st_size
    assert [step.seconds for step in told] == sorted(step.seconds for step in told)


def test_standard_input_is_a_file_too(dsn: str, tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from db.load import load_files; told = [];"
        "print(load_files(sys.argv[1], ['-'], progress=told.append, rejects=Path(sys.argv[2])).stored,"
        " {step.bytes_total for step in told}, told[-1].read)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, dsn, str(tmp_path / "rejects.ndjson")],
        input=b"".join(line_of(event(number)) + b"\n" for number in range(1000)),
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout.split()) == (0, [b"1000", b"{None}", b"1000"]), done.stderr


def test_what_a_stream_sent_before_it_paused_is_stored(dsn: str, tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from db.load import load_files;"
        "load_files(sys.argv[1], ['-'], rejects=Path(sys.argv[2]))"
    )
    command = [sys.executable, "-c", program, dsn, str(tmp_path / "rejects.ndjson")]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        assert process.stdin
        for number in range(5):
            process.stdin.write(line_of(event(number)) + b"\n")
            process.stdin.flush()
            time.sleep(0.1)
        deadline = time.monotonic() + 10
        while (there := value(dsn, "select count(*) from events")) < 5 and time.monotonic() < deadline:
            time.sleep(0.1)
        process.stdin.close()
    assert (there, process.returncode) == (5, 0)


def test_after_a_pause_it_is_asked_anew_which_times_are_taken(
    dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or what comes after a day of silence would seem to be of the future."""
    asked: list[object] = []
    taken = translate.accepted

    def accepted(raw_from: datetime | None) -> range:
        asked.append(raw_from)
        return taken(raw_from)

    monkeypatch.setattr(translate, "accepted", accepted)
    reading, writing = os.pipe()
    os.write(writing, line_of(event()) + b"\n")
    try:
        found = translate.blocks(dsn, ["-"], reading, tmp_path / "rejects.ndjson", None)
        assert next(found).batch
        before = len(asked)
        threading.Timer(1.0, os.close, [writing]).start()
        assert [block.batch for block in found] == [None]
        assert len(asked) >= before + 3
    finally:
        gc.enable()
        os.close(reading)
