"""Whether an answer is the one expected: numbers within one part in a million, integers exactly."""

from datetime import datetime
from typing import Any

TOLERANCE = 1e-6
MATCHERS = ("$dt", "$instant", "$any", "$maybe", "$unordered", "$superset")


def difference(expected: Any, got: Any, path: str = "data", tolerance: float = TOLERANCE) -> str | None:
    """Where the answer differs first, in words; None where it does not."""
    wrong = f"{path}: expected {expected!r:.160}, got {got!r:.160}"
    matcher = next((name for name in MATCHERS if isinstance(expected, dict) and name in expected), None)
    if matcher:
        return matched(matcher, expected, got, path, wrong)
    match expected, got:
        case dict(), dict():
            if expected.keys() != got.keys():
                return wrong
            parts = ((expected[name], got[name], f"{path}.{name}") for name in expected)
        case list(), list():
            if len(expected) != len(got):
                return f"{path}: expected {len(expected)} items, got {len(got)}"
            parts = ((one, other, f"{path}[{n}]") for n, (one, other) in enumerate(zip(expected, got, strict=True)))
        case _:
            return None if same(expected, got, tolerance) else wrong
    return next((found for part in parts if (found := difference(*part, tolerance))), None)


def same(expected: Any, got: Any, tolerance: float) -> bool:
    """Whether two plain values are the same; a whole number expected must be one."""
    if isinstance(expected, float) and isinstance(got, int | float) and not isinstance(got, bool):
        return abs(expected - got) <= tolerance * max(abs(expected), abs(got)) + 1e-12
    return type(expected) is type(got) and bool(expected == got)


def matched(matcher: str, expected: dict[str, Any], got: Any, path: str, wrong: str) -> str | None:
    """The same for an expectation that is a matcher."""
    match matcher:
        case "$maybe":
            return None
        case "$any":
            return wrong if got is None else None
        case "$dt" | "$instant":
            one, other = datetime.fromisoformat(expected[matcher]), datetime.fromisoformat(str(got))
            offsets_differ = matcher == "$dt" and one.utcoffset() != other.utcoffset()
            return wrong if one != other or offsets_differ else None
    left = list(got)
    for item in expected[matcher]:
        fit = next((other for other in left if difference(item, other) is None), None)
        if fit is None:
            return f"{path}: {item!r:.160} is not there"
        left.remove(fit)
    return f"{path}: not expected: {left[0]!r:.160}" if left and matcher == "$unordered" else None


def rounded(expected: float | None, got: float | None) -> bool:
    """Whether a number is the one expected, of which nine decimals are given."""
    if expected is None or got is None:
        return expected is got
    return abs(expected - got) <= max(TOLERANCE * abs(expected), 1e-9)
