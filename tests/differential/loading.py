"""The ways in which a data set comes into a database. Whichever it is, the answers are the same."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from random import Random

from db.load import load_files
from db.maintain import maintain
from tests.reference.generate import NOW, Dataset
from tests.reference.reading import Record, event_record

from .product import file_of

Load = Callable[[str, Dataset, Path, int], None]


def in_one_file(dsn: str, data: Dataset, folder: Path, seed: int) -> None:
    """The catalogue first, then the events."""
    load_files(dsn, [file_of(folder, "all", lines(data.catalogue + data.events))])


def in_shuffled_parts(dsn: str, data: Dataset, folder: Path, seed: int) -> None:
    """Three files of lines in any order, rolled up after each, the first one twice; updates of the catalogue last."""
    one, two, three = files(folder, "part", data.lines(Random(seed)), 3)
    for path in (one, two, one, three):
        load_files(dsn, [path])


def in_shuffled_parts_and_maintained(dsn: str, data: Dataset, folder: Path, seed: int) -> None:
    """The same in another order, with what was rolled up piece by piece made one."""
    in_shuffled_parts(dsn, data, folder, seed + 1_000_000)
    maintain(dsn)


def as_it_happened(dsn: str, data: Dataset, folder: Path, seed: int) -> None:
    """Every viewing a few events at a time, in order, rolled up in the midst of it; the catalogue before or after."""
    rounds: dict[int, list[Record]] = defaultdict(list)
    met: Counter[object] = Counter()
    for record in sorted(data.events, key=lambda record: event_record(record, NOW)["time"]):
        viewing = tuple(record.get(name) for name in ("partnerId", "sessionId", "entryId"))
        rounds[met[viewing] // 2].append(record)
        met[viewing] += 1
    paths = [file_of(folder, f"round-{number}", lines(some)) for number, some in sorted(rounds.items())]
    parts = [paths[:3], paths[3:]]
    parts.insert(Random(seed).choice((0, 2)), [file_of(folder, "catalogue", lines(data.catalogue))])
    for part in parts:
        load_files(dsn, part)


WAYS: Sequence[Load] = (in_one_file, in_shuffled_parts, in_shuffled_parts_and_maintained, as_it_happened)


def lines(records: Sequence[Record]) -> list[bytes]:
    return [json.dumps(record, ensure_ascii=False).encode() for record in records]


def files(folder: Path, name: str, all_lines: Sequence[bytes], count: int) -> list[str]:
    """The paths of so many files that together hold the lines, in their order."""
    cuts = [len(all_lines) * number // count for number in range(count + 1)]
    return [
        file_of(folder, f"{name}-{number}", all_lines[start:end]) for number, (start, end) in enumerate(pairwise(cuts))
    ]
