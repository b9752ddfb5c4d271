"""The demo account: sample data, made and loaded once for each database.

That it was loaded is noted only when it was loaded whole, so an interrupted first run is made up for by the next.
"""

import hashlib
import tempfile
from pathlib import Path

from api.progress import progress_bars
from api.settings import Settings
from db.demo import DemoPlan, write
from db.load import Summary, load_files


def load_demo(dsn: str, plan: DemoPlan) -> Summary:
    """Makes the plan's data and loads them; loading them again changes nothing."""
    with tempfile.TemporaryDirectory(prefix="frontrow-demo-") as folder, progress_bars() as progress:
        return load_files(dsn, [str(path) for path in write(plan, Path(folder))], progress=progress)


def load_demo_once(settings: Settings, dsn: str) -> bool:
    """Loads the demo account where this database has not got it yet; whether it did."""
    note = _note(settings, dsn)
    if note.exists():
        return False
    load_demo(dsn, DemoPlan())
    note.parent.mkdir(parents=True, exist_ok=True)
    note.touch()
    return True


def _note(settings: Settings, dsn: str) -> Path:
    """The file that says so: with the data of an embedded database, so that it goes when they go."""
    if settings.database_url is None:
        return settings.data_dir / "postgres" / "demo-loaded"
    return settings.data_dir / f"demo-loaded-{hashlib.sha256(dsn.encode()).hexdigest()[:16]}"
