"""The values that travel from a GraphQL field to a statement. All are frozen and hashable.

A Question is a scope asked in a shape. Questions of one shape are answered together, those of one window,
filter and kind of scope in one statement (db/plan.py).
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final, Literal
from zoneinfo import ZoneInfo

from db.errors import QuestionError

EARLIEST: Final = datetime(10, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(9999, 12, 31, tzinfo=UTC)
"""Between these every zone's calendar has all moments, and the days, weeks and years around them."""

AHEAD: Final = timedelta(hours=24)
"""How far ahead of the clock an event may be: a range that is open to the future ends there."""


class Direction(StrEnum):
    """Which end of an order comes first."""

    ASC = "asc"
    DESC = "desc"


@dataclass(frozen=True, slots=True)
class Range:
    """Half-open: start <= time < end, both aware and in UTC; `zone` is where its days and months are cut."""

    start: datetime
    end: datetime
    zone: str = "UTC"

    @property
    def tz(self) -> ZoneInfo:
        """The zone, to serve times in."""
        return ZoneInfo(self.zone)

    @property
    def seconds(self) -> float:
        """Its length."""
        return (self.end - self.start).total_seconds()


@dataclass(frozen=True, slots=True)
class KeyIn:
    """Events whose key in this dimension is one of these; `Unknown` is a key like any other."""

    dimension: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class And:
    """Events that all of these let through; all events when there are none."""

    filters: tuple["Filter", ...] = ()


@dataclass(frozen=True, slots=True)
class Or:
    """Events that any of these lets through; no event when there are none."""

    filters: tuple["Filter", ...] = ()


@dataclass(frozen=True, slots=True)
class Not:
    """Events that this does not let through."""

    filter: "Filter"


Filter = KeyIn | And | Or | Not

EVERYTHING = And()

Scope = tuple[tuple[str, str], ...]
"""A path of (dimension, key) that narrows the account: (("country", "US"), ("region", "Texas")). () is the account."""


@dataclass(frozen=True, slots=True)
class Order:
    """Rows by a metric, nulls last both ways, ties by key ascending."""

    metric: str = "plays"
    direction: Direction = Direction.DESC


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page ended: the last row's value of the ordering metric, and its keys."""

    value: float | None
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """The rows of a breakdown that are wanted: `first` of them in this order, after that cursor.

    `keep`: where there are more, all are kept under this id, so that the next pages show the same moment (db/kept.py).
    """

    order: Order = Order()
    first: int = 25
    after: Cursor | None = None
    keep: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """Metrics by dimensions and by time: totals (neither), timeline (buckets), breakdown (dimensions).

    `buckets` are the starts of consecutive spans of time, first at or before the window's start; the last span
    ends with the window. Rows come only for keys and buckets that have events. `among`: count only events that can be
    in a row of a breakdown by these dimensions, as the totals of one do.
    """

    metrics: frozenset[str]
    dimensions: tuple[str, ...] = ()
    buckets: tuple[datetime, ...] = ()
    page: Page | None = None
    search: str | None = None
    among: tuple[str, ...] = ()

    @property
    def computed(self) -> frozenset[str]:
        """The metrics that are asked for, and the one that rows are ordered by."""
        return self.metrics | ({self.page.order.metric} if self.page else set())


Given = Literal["views", "viewers"]


@dataclass(frozen=True, slots=True)
class Curve:
    """How often each percentile was viewed, and by how many users: `gives` both, or one of them."""

    gives: tuple[Given, ...] = ("views", "viewers")


Shape = Table | Curve


@dataclass(frozen=True, slots=True)
class Question:
    """One scope, asked in one shape, over one window and filter."""

    tenant: int
    window: Range
    shape: Shape
    scope: Scope = ()
    filter: Filter = field(default=EVERYTHING)

    @property
    def statement(self) -> tuple[int, Range, Filter, tuple[str, ...]]:
        """Questions that agree in this are answered by one statement."""
        return (self.tenant, self.window, self.filter, tuple(dimension for dimension, _ in self.scope))


class UnknownZone(QuestionError):
    """A time zone that the IANA database does not have."""

    code = "UNKNOWN_TIME_ZONE"

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no time zone {name!r}", hint="use an IANA name such as Europe/Berlin or UTC")
