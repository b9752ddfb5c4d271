"""Values as people read them on a page."""

import math
import re
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

NOTHING: Final = "–"
_LONG: Final = re.compile(r"\S{20,}")
_JOINTS: Final = re.compile(r"(?<=[/._?&=@-])(?![/._?&=@-])")
_BREAK: Final = "\u200b"


def told(value: Any, unit: str) -> str:
    """A number of this unit."""
    if value is None:
        return NOTHING
    if unit == "ratio":
        return f"{100 * value:,.1f} %"
    return f"{value:,.1f}" if isinstance(value, float) and not value.is_integer() else f"{int(value):,}"


def unit_shown(unit: str) -> str:
    """The unit, where the number does not show it itself."""
    return unit if unit in ("min", "kbit/s") else ""


def changed(change: float | None) -> str | None:
    """A change, with its sign."""
    return None if change is None else f"{100 * change:+,.1f} %"


def moment(at: datetime | None, tz: ZoneInfo) -> str:
    """A moment by the clock of the zone."""
    return NOTHING if at is None else f"{at.astimezone(tz):%-d %b %Y %H:%M}"


def axis_time(at: datetime, length: timedelta, tz: ZoneInfo) -> str:
    """A moment on an axis that is so long."""
    local = at.astimezone(tz)
    if length <= timedelta(days=2):
        return f"{local:%-d %b %H:%M}"
    return f"{local:%-d %b %Y}" if length > timedelta(days=300) else f"{local:%-d %b}"


def nice(most: float) -> float:
    """The round number at or above this one, for the top of an axis."""
    if most <= 0:
        return 1.0
    size: float = 10.0 ** math.floor(math.log10(most))
    return next(step * size for step in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10) if step * size >= most * (1 - 1e-9))


def soft(text: str, most: int = 100) -> str:
    """The text on one line and not longer than this, with places where long words may be broken."""
    line = " ".join(str(text).split())
    return _LONG.sub(_breakable, line if len(line) <= most else f"{line[: most - 1].rstrip()}…")


def _breakable(word: re.Match[str]) -> str:
    """The word, to be broken after its joints, and anywhere in what is long between them."""
    parts = (re.findall(r".{1,12}", part) if len(part) >= 20 else [part] for part in _JOINTS.split(word[0]))
    return _BREAK.join(piece for pieces in parts for piece in pieces)
