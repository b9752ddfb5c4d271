"""Writes facts.json anew, from a new embedded database: `python -m db.check`."""

import json
import tempfile
from dataclasses import asdict
from pathlib import Path

from db import embedded
from db.check.facts import FILE, found
from db.connect import connected
from db.migrations import migrate

with tempfile.TemporaryDirectory() as folder, embedded.running(Path(folder)) as dsn:
    migrate(dsn)
    with connected(dsn) as connection:
        items = [json.dumps(asdict(item)) for item in sorted(found(connection))]
FILE.write_text("[\n" + ",\n".join(items) + "\n]\n", "utf-8")
