"""Input files as numbered lines: plain, .gz or .zst, or standard input. Memory is bounded whatever they hold."""

import gzip
import io
import os
import select
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final, Self

import zstandard

from db.errors import FrontrowError
from db.load.reading import LINE_LIMIT

_BLOCK: Final = 1 << 20
_QUIET: Final = 200  # ms without anything new after which a stream says so
_PACKED_BLOCK: Final = 1 << 11  # of .zst, which may grow thirty-thousandfold
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


class UnreadableFile(FrontrowError):
    """A file that can't be opened, or not read to its end."""

    code = "UNREADABLE_FILE"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(
            f"{path}: {reason}", hint="what was read before is stored; load the file again once it can be read"
        )


@dataclass(slots=True)
class Lines:
    """An open file: iterate for (number, line without its end). Blank lines are left out.

    A stream that has nothing new gives an empty line now and then, for who waits for more.
    """

    path: str
    source: BinaryIO
    content: Iterator[bytes]
    size: int | None

    @classmethod
    def open(cls, path: str, standard_input: int = 0) -> Self:
        """The file, decompressed as its name says; `-` is the open file `standard_input`. Raises UnreadableFile."""
        try:
            source = open(standard_input if path == "-" else path, "rb", closefd=path != "-")  # noqa: SIM115
            size = os.fstat(source.fileno()).st_size if path != "-" else None
        except (OSError, io.UnsupportedOperation) as error:
            raise UnreadableFile(path, getattr(error, "strerror", None) or str(error)) from error
        return cls(path, source, _content(path, source), size)

    @property
    def bytes_done(self) -> int:
        """How much of the file was read, compressed as it is."""
        try:
            return self.source.tell()
        except OSError:
            return 0

    def close(self) -> None:
        """Gives the file back."""
        self.source.close()

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        number, rest = 0, b""
        try:
            for block in self.content:
                if not block:
                    yield number, b""
                    continue
                lines = (rest + block).split(b"\n")
                # What is over the limit is refused as a line, so its rest need not be kept.
                rest = lines.pop()[: LINE_LIMIT + 2]
                for line in lines:
                    number += 1
                    # Nearly every line is as it should be, and there are millions.
                    if line[:1] == b"{" and line[-1:] == b"}":
                        yield number, line
                    elif text := _cleaned(line, number):
                        yield number, text
        except (OSError, EOFError, zstandard.ZstdError, gzip.BadGzipFile) as error:
            raise UnreadableFile(self.path, f"not readable after line {number:,}: {error}") from error
        if rest and (text := _cleaned(rest, number + 1)):
            yield number + 1, text


def _cleaned(line: bytes, number: int) -> bytes:
    if number == 1 and line.startswith(_BYTE_ORDER_MARK):
        line = line[len(_BYTE_ORDER_MARK) :]
    line = line.removesuffix(b"\r")
    return b"" if line.isspace() else line


def _content(path: str, source: BinaryIO) -> Iterator[bytes]:
    """The file's bytes, some at a time, decompressed as its name says."""
    if path.endswith(".zst"):
        return _unpacked(source)
    if path == "-":
        return _arriving(source.fileno())
    plain = gzip.GzipFile(fileobj=source) if path.endswith(".gz") else source
    return iter(lambda: plain.read(_BLOCK), b"")


def _arriving(number: int) -> Iterator[bytes]:
    """What there is of an open file that may be a stream, as soon as it is there; nothing where that takes long."""
    waiting = select.poll()
    waiting.register(number, select.POLLIN)
    while True:
        if not waiting.poll(_QUIET):
            yield b""
        elif block := os.read(number, _BLOCK):
            yield block
        else:
            return


def _unpacked(source: BinaryIO) -> Iterator[bytes]:
    """The content of a .zst file's frames. Raises EOFError where one breaks off, of which the library says nothing."""
    frame = None
    for block in iter(lambda: source.read(_PACKED_BLOCK), b""):
        while block:
            frame = frame or zstandard.ZstdDecompressor().decompressobj()
            if content := frame.decompress(block):
                yield content
            block, frame = (frame.unused_data, None) if frame.eof else (b"", frame)
    if frame is not None:
        raise EOFError("the file breaks off")
