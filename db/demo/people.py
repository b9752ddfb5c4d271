"""The audience: who the sample viewers are, how eager, and how they appear on an event line.

The first `Audience.named` viewers have a login, the others (a fifth) are anonymous. The very first are
always the same people, so that examples can name them.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from db.demo.names import COMPANIES, FIRST_NAMES, LAST_NAMES, ROLES, TITLES
from db.demo.places import DEVICES, PLACES
from db.demo.plan import DemoPlan, Part

T = TypeVar("T")

ANONYMOUS_SHARE = 0.2
EXAMPLE_USER = "ana.silva"
HOST = "noa.levi"
MODERATOR = "tom.becker"
# ASCII letters that no decomposition gives.
LATIN = str.maketrans({"ł": "l", "ø": "o", "ß": "ss", "'": "", " ": "", "-": ""})


@dataclass(frozen=True)
class Person:
    """One viewer; `user_id` is None for an anonymous one, `place` is an index of PLACES."""

    user_id: str | None
    first_name: str
    last_name: str
    place: int
    company: str
    industry: str
    title: str
    role: str
    registered: bool


@dataclass(frozen=True)
class Audience:
    """All viewers by number; the arrays run along with `people`."""

    people: Sequence[Person]
    named: int
    eagerness: NDArray[np.float64]  # cumulated, the last is 1
    offsets: NDArray[np.float64]  # hours from UTC
    devices: NDArray[np.int64]
    other_devices: NDArray[np.int64]
    attention: NDArray[np.float64]  # share of minutes with the tab in focus

    def draw(self, random: np.random.Generator, count: int) -> NDArray[np.int64]:
        """That many viewers' numbers, the eager ones more often."""
        return np.searchsorted(self.eagerness, random.random(count), side="right").astype(np.int64)

    def distinct(self, random: np.random.Generator, count: int) -> NDArray[np.int64]:
        """That many different viewers' numbers, the eager ones more likely."""
        weight = np.diff(self.eagerness, prepend=0.0)
        ranks = np.log(1.0 - random.random(len(weight))) / weight
        return np.argsort(-ranks, kind="stable")[:count].astype(np.int64)


KNOWN = (
    Person(EXAMPLE_USER, "Ana", "Silva", 14, "Hospital São Lucas", "Health care", "Head of Learning", "customer", True),
    Person(HOST, "Noa", "Levi", 18, "Acme", "Manufacturing", "Product Manager", "host", True),
    Person(MODERATOR, "Tom", "Becker", 7, "Initech", "Software", "Customer Success Manager", "moderator", True),
)


def audience(plan: DemoPlan) -> Audience:
    """The plan's viewers."""
    random = plan.random(Part.PEOPLE)
    count = plan.viewers
    named = max(1, round(count * (1 - ANONYMOUS_SHARE)))
    places = choose(random, [place.weight for place in PLACES], count)
    places[: len(KNOWN)] = [person.place for person in KNOWN][:count]
    weight = (1.0 - random.random(count)) ** -0.55
    weight[: len(KNOWN)] = 4.0
    return Audience(
        people=_people(random, places, named),
        named=named,
        eagerness=_cumulated(np.minimum(weight, 12.0)),
        offsets=np.array([place.offset for place in PLACES])[places],
        devices=choose(random, [device.weight for device in DEVICES], count),
        other_devices=choose(random, [device.weight for device in DEVICES], count),
        attention=np.array([0.97, 0.85, 0.6, 0.25])[choose(random, [45, 30, 17, 8], count)],
    )


def choose(
    random: np.random.Generator, weights: Sequence[float] | NDArray[np.float64], count: int
) -> NDArray[np.int64]:
    """That many indices of `weights`, drawn by weight."""
    steps = _cumulated(np.asarray(weights, dtype=np.float64))
    return np.searchsorted(steps, random.random(count), side="right").astype(np.int64)


def _cumulated(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    total = np.cumsum(weights)
    steps: NDArray[np.float64] = total / total[-1]
    return steps


def _people(random: np.random.Generator, places: NDArray[np.int64], named: int) -> list[Person]:
    """A person for each place: first those that examples know, then the named, then the anonymous."""
    taken = {str(person.user_id): 1 for person in KNOWN}
    drawn = random.random((len(places), 5)).tolist()
    people = [_person(int(place), row, taken) for place, row in zip(places[:named], drawn, strict=False)]
    people[: min(named, len(KNOWN))] = KNOWN[:named]
    nobody = [Person(None, "", "", int(place), "", "", "", "", False) for place in places[named:]]
    return people + nobody


def _person(place: int, drawn: list[float], taken: dict[str, int]) -> Person:
    country = PLACES[place].country
    first, latin_first = _spelled(_pick(FIRST_NAMES[country], drawn[0]))
    last, latin_last = _spelled(_pick(LAST_NAMES[country], drawn[1]))
    company, industry = _pick(COMPANIES, drawn[2])
    login = _login(latin_first, latin_last)
    taken[login] = taken.get(login, 0) + 1
    return Person(
        user_id=login if taken[login] == 1 else f"{login}{taken[login]}",
        first_name=first,
        last_name=last,
        place=place,
        company=company,
        industry=industry,
        title=_pick(TITLES, drawn[3]),
        role=_pick(ROLES, drawn[4]),
        registered=drawn[4] * 997 % 1 < 0.85,
    )


def _pick(values: Sequence[T], drawn: float) -> T:
    return values[int(drawn * len(values))]


def _spelled(name: str) -> tuple[str, str]:
    """A name as it is written, and in Latin letters."""
    written, _, latin = name.partition("/")
    return written, latin or written


def _login(first: str, last: str) -> str:
    plain = unicodedata.normalize("NFKD", f"{first}.{last}".lower().translate(LATIN))
    return plain.encode("ascii", "ignore").decode()
