"""What a set of sample data is made from: one frozen value, from which every byte follows.

Nothing else decides what the sample data hold: no clock, no global random state. Each part draws from
`plan.random(…)` with a number of its own, so that changing one part leaves the others as they were.

`plan_for_events` turns it round: a plan of about so many events, for benchmarks.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import IntEnum

import numpy as np

DEMO_PARTNER = 1001
DAY_MS = 86_400_000

# Per viewer and ordinary working day; the share of them who come to a webinar and to a workshop.
WATCHED_PER_VIEWER = 0.229
WEBINAR_SHARE = 0.165
WORKSHOP_SHARE = 0.04
WORKSHOP_SEATS = (4, 60)

# Measured over many seeds; only `event_count` rests on them.
EVENTS_PER_VIEWING = 34.2
EVENTS_PER_ATTENDEE = 212.0
EVENTS_PER_SEAT = 312.0

WEBINARS = 6
WORKSHOPS = 3
# Monday to Sunday.
WEEKDAYS = (1.05, 1.15, 1.15, 1.1, 0.9, 0.35, 0.3)


class Part(IntEnum):
    """The parts that draw random numbers, each from a stream of its own."""

    PEOPLE = 1
    ON_DEMAND = 2
    WEBINAR = 3
    WORKSHOP = 4
    PLAYING = 5
    ACTIONS = 6
    CHAT = 7
    REGISTRATION = 8


def _midnight() -> datetime:
    """Today 00:00 UTC."""
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


@dataclass(frozen=True)
class DemoPlan:
    """Everything that the sample data depend on; `end` is exclusive, no event is at or after it."""

    partner: int = DEMO_PARTNER
    days: int = 45
    viewers: int = 400
    seed: int = 7
    end: datetime = field(default_factory=_midnight)

    def __post_init__(self) -> None:
        if self.days < 1 or self.viewers < 1:
            raise ValueError("sample data need at least one day and one viewer")
        if self.end.tzinfo is None:
            raise ValueError("the end of sample data needs a time zone")

    @property
    def end_ms(self) -> int:
        """The end in epoch milliseconds."""
        return round(self.end.timestamp() * 1000)

    def day_ms(self, day: int) -> int:
        """Where a day of the plan starts, in epoch milliseconds; day 0 is the first."""
        return self.end_ms - (self.days - day) * DAY_MS

    def weekday(self, day: int) -> int:
        """0 for Monday … 6 for Sunday."""
        return (self.end - timedelta(days=self.days - day)).weekday()

    def at_hour(self, day: int, hour: float) -> int:
        """The first instant of that UTC hour in a day of the plan, in epoch milliseconds."""
        begins = self.day_ms(day)
        return begins + (round(hour * 3_600_000) - begins) % DAY_MS

    def random(self, part: Part, *keys: int) -> np.random.Generator:
        """A stream of random numbers that belongs to this part and these keys alone."""
        return np.random.default_rng([self.seed & 0xFFFFFFFF, int(part), *keys])

    def growth(self, day: int) -> float:
        """How the audience grows over the period: from 0.7 to 1.3."""
        return 0.7 + 0.6 * (day + 0.5) / self.days

    def viewings(self, day: int) -> int:
        """How often something on demand is opened on that day."""
        return round(self.viewers * WATCHED_PER_VIEWER * self.growth(day) * WEEKDAYS[self.weekday(day)])

    def attendees(self, webinar: int) -> int:
        """How many come to a webinar; each has a popularity of its own."""
        popularity = (1.15, 0.8, 1.0, 0.75, 0.95, 1.35)[webinar % 6]
        return max(1, round(self.viewers * WEBINAR_SHARE * popularity))

    @property
    def seats(self) -> int:
        """How many take part in a workshop: a room does not grow with the audience."""
        fewest, most = WORKSHOP_SEATS
        return min(self.viewers, most, max(fewest, round(self.viewers * WORKSHOP_SHARE)))

    def session_days(self, count: int) -> list[int]:
        """Days spread evenly over the period, moved off weekends where there is room."""
        return [self._working_day(int((number + 0.5) / count * self.days)) for number in range(count)]

    def _working_day(self, day: int) -> int:
        moved = day + {5: -1, 6: 1}.get(self.weekday(day), 0)
        return min(max(moved, 0), self.days - 1)


def event_count(plan: DemoPlan) -> int:
    """About how many events the plan makes, within a few per cent, without making them."""
    on_demand = sum(plan.viewings(day) for day in range(plan.days)) * EVENTS_PER_VIEWING
    webinars = sum(plan.attendees(number) for number in range(WEBINARS)) * EVENTS_PER_ATTENDEE
    return round(on_demand + webinars + WORKSHOPS * plan.seats * EVENTS_PER_SEAT)


def plan_for_events(events: int, plan: DemoPlan | None = None) -> DemoPlan:
    """The plan (else the default one) with as many viewers as make about that many events."""
    plan = plan or DemoPlan()
    low, high = 1, 2
    while event_count(replace(plan, viewers=high)) < events:
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if event_count(replace(plan, viewers=middle)) < events else (low, middle)
    return replace(plan, viewers=high)
