"""What is measured: sample events, and where they and the database made of them are kept.

The sample ends on a fixed day, so that the same number of events is the same bytes on every day and machine.
"""

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import psycopg
import zstandard

from db import embedded
from db.demo import DEMO_PARTNER, DemoPlan, plan_for_events, write
from db.migrations import migrate
from tests.api.service import Frontrow
from tests.bench import live_session

TENANT: Final = DEMO_PARTNER
END: Final = datetime(2025, 7, 1, tzinfo=UTC)
PACKED_ABOVE: Final = 30_000_000
"""Events above which the sample's biggest file is compressed: it would take more room than the database."""


@dataclass(frozen=True)
class Place:
    """The folder of one number of events: sample files, the data directory, the figures of its load.

    `database`: the address of one to measure instead of an embedded one.
    """

    folder: Path
    events: int
    database: str | None = None

    @property
    def data_dir(self) -> Path:
        """What FRONTROW_DATA_DIR is set to."""
        return self.folder / "data"

    @cached_property
    def frontrow(self) -> Frontrow:
        """The command line over this data directory."""
        return Frontrow(self.data_dir, self.database)

    @contextmanager
    def running(self) -> Iterator[str]:
        """The address of the database, which runs meanwhile; raises SystemExit where there are others' events in it."""
        if self.database is None:
            with embedded.running(self.data_dir) as dsn:
                migrate(dsn)
                yield dsn
            return
        migrate(self.database)
        with psycopg.connect(self.database) as connection:
            empty = connection.execute("select not exists (select from events)").fetchone() == (True,)
        if empty != (self.figures() is None):
            raise SystemExit("--database takes one without events, or that was loaded by a run with this --data")
        yield self.database

    def sample(self) -> list[Path]:
        """The sample's files, catalogue first, a big session last; made where they are missing."""
        files = self.folder / "files"
        if not files.exists():
            draft = files.with_name("files.new")
            write(plan_for_events(self.events, DemoPlan(partner=TENANT, end=END)), draft)
            live_session.write(live_session.attendees(self.events), draft / "session.ndjson")
            if self.events > PACKED_ABOVE:
                _pack(draft / "events.ndjson")
            draft.rename(files)
        events = "events.ndjson.zst" if (files / "events.ndjson.zst").exists() else "events.ndjson"
        return [files / name for name in ("catalogue.ndjson", events, "session.ndjson")]

    def figures(self) -> dict[str, Any] | None:
        """What an earlier run noted when it had loaded the whole sample; None where none did."""
        try:
            figures: dict[str, Any] = json.loads(self._note.read_text())
        except FileNotFoundError:
            return None
        return figures

    def keep(self, figures: Mapping[str, Any]) -> None:
        """Notes that the sample is loaded, and with what figures."""
        self._note.write_text(json.dumps(figures, indent=2) + "\n")

    def clear(self) -> None:
        """Removes what a load that was cut off has left."""
        embedded.stop(self.data_dir)
        shutil.rmtree(self.data_dir, ignore_errors=True)

    @property
    def _note(self) -> Path:
        return self.folder / "loaded.json"


def _pack(path: Path) -> None:
    """Puts a compressed file in the place of this one."""
    with path.open("rb") as plain, path.with_name(f"{path.name}.zst").open("wb") as packed:
        zstandard.ZstdCompressor(level=1).copy_stream(plain, packed)
    path.unlink()
