"""Lines that could not be taken, kept with where they stood, the field and the reason."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from db.load.records import Rejected


@dataclass(slots=True)
class RejectFile:
    """A file of rejects, made at the first one. Each line: file, line, field, reason and the text as it was."""

    path: Path
    count: int = 0
    _file: IO[str] | None = field(default=None)

    def add(self, path: str, number: int, line: bytes, reason: Rejected) -> None:
        """Writes one down."""
        if self._file is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("w", encoding="utf-8")
        text = line.decode("utf-8", errors="backslashreplace")
        row = {"file": path, "line": number, "field": reason.field, "reason": reason.reason, "text": text}
        self._file.write(json.dumps(row, ensure_ascii=True) + "\n")
        self.count += 1

    def close(self) -> None:
        """Ends the file."""
        if self._file is not None:
            self._file.close()
