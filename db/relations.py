"""Where the numbers are kept, coarsest first, and which of them answer a span of time exactly.

Most have the same columns: KEYS, `bucket` and the measures. In a rollup `bucket` is the start of the minute, the
quarter of an hour or the UTC day that a row sums up; in the view over raw events it is the event's time. So a window
is cut into segments, each read where it is coarsest: whole days from the days, what is left of a quarter from the raw
events, of a session from its minutes. The parts add up because every metric is made of sums, unions and keys, all of
which the rows still hold.

The audiences hold less: sums by some of the keys only, and instead of its user each row the sets of a chunk of users
who did this or that (db/measures.py), or nothing of users. They serve what needs no other keys, from a fraction of the
rows. Most are by the day; that of sessions is by the minute, for timelines.
"""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

KEYS: Final = (
    "entry_key",
    "session_key",
    "named_event_key",
    "user_key",
    "viewing_key",
    "place_key",
    "agent_key",
    "page_key",
    "context_key",
    "playback",
    "reaction_key",
    "poll_key",
    "attachment_key",
)

GATE: Final = "gate as (select from rollup_definition)"
"""Begins every statement that reads relations, and is never read: by the lock that it takes before any other, all of
them can be kept waiting at once while relations are replaced."""

SETTLED: Final = """
    settled as materialized (
        select
            not exists (
                select from pending_batches where partner_id = $1 and first_time < {end} and last_time >= {start}
            ) and not exists (
                select from stale_days where partner_id = $1 and bucket < {end} and bucket > {start} - interval '1 day'
            ) as it
    )
"""
"""Says of the tenant whether all its events between two moments are in what is stored of the rollups."""

UNNAMED_REACTION: Final = -1
"""`reaction_key` of reactions of no known type; 0 is that of events which are none."""

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAY: Final = timedelta(days=1)


def stored(name: str) -> str:
    """What is stored of a rollup, without what its view adds up of events. Aggregates have no such thing."""
    return f"{name}_stored"


@dataclass(frozen=True, slots=True)
class Relation:
    """A table or view to read numbers from. `grain`: the span of a row; none: an event.

    `of_sessions`: it holds what belongs to a session of the catalogue, and nothing else. `of_users`: its rows are of
    one user each, not of many. `settled`: it lacks what is not rolled up yet.
    """

    name: str
    grain: timedelta | None = None
    of_sessions: bool = False
    of_users: bool = True
    keys: tuple[str, ...] = KEYS
    settled: bool = False

    @property
    def guard(self) -> str | None:
        """The database's function that refuses moments of which this is kept no longer; None: it is kept for good."""
        if self.grain is None:
            return "raw_kept"
        return "fine_kept" if self.grain < _DAY else None

    def once_settled(self) -> "Relation":
        """What is stored of it."""
        return self if self.grain is None else replace(self, name=stored(self.name), settled=True)

    def divides(self, moment: datetime) -> bool:
        """Whether no row of it straddles this moment."""
        return self.grain is None or not (moment - EPOCH) % self.grain

    def divides_all(self, moments: Iterable[datetime]) -> bool:
        """Whether no row of it straddles any of these."""
        return all(map(self.divides, moments))

    def up(self, moment: datetime) -> datetime:
        """The first moment from this one on that no row straddles."""
        return moment if self.grain is None else moment + (EPOCH - moment) % self.grain

    def down(self, moment: datetime) -> datetime:
        """The last moment up to this one that no row straddles."""
        return moment if self.grain is None else moment - (moment - EPOCH) % self.grain


_MINUTE: Final = timedelta(minutes=1)

RAW: Final = Relation("raw_measures")
DAYS: Final = Relation("watch_days", _DAY)
METRIC_RELATIONS: Final = (
    DAYS,
    Relation("watch_quarters", timedelta(minutes=15)),
    Relation("session_minutes", _MINUTE, of_sessions=True),
    RAW,
)
_OF_ENTRIES: Final = ("entry_key", "session_key", "named_event_key", "playback", "poll_key", "attachment_key")
_OF_SESSIONS: Final = ("session_key", "entry_key", "playback", "reaction_key")
_OF_ACCOUNT: Final = {
    "agents": ("agent_key", "playback"),
    "pages": ("page_key", "context_key", "playback"),
    "places": ("place_key", "playback"),
}
AUDIENCES: Final = (
    Relation("audience_entries", _DAY, of_users=False, keys=_OF_ENTRIES),
    *(Relation(f"account_{by}", _DAY, of_users=False, keys=keys) for by, keys in _OF_ACCOUNT.items()),
    *(Relation(f"audience_{by}", _DAY, of_users=False, keys=("entry_key", *keys)) for by, keys in _OF_ACCOUNT.items()),
    Relation("audience_minutes", _MINUTE, of_sessions=True, of_users=False, keys=_OF_SESSIONS),
)
"""By what dashboards ask for of the account, of entries and of sessions; those with the fewest rows first."""

CURVE_RELATIONS: Final = (Relation("curve_days", _DAY), RAW)
VIEWS: Final = Relation("curve_entries", _DAY, of_users=False, keys=("entry_key",))
"""The views of playback curves by entry alone; who viewed is in `curve_days`."""


@dataclass(frozen=True, slots=True)
class Relations:
    """Where metrics and curves may be read; the last of `metrics` and of `curves` are the raw events.

    `audiences` may stand before those of metrics, `views` before those of curves where users are not told apart.
    """

    metrics: Sequence[Relation] = METRIC_RELATIONS
    curves: Sequence[Relation] = CURVE_RELATIONS
    audiences: Sequence[Relation] = AUDIENCES
    views: Sequence[Relation] = (VIEWS,)

    def for_metrics(self, keys: Set[str], window: tuple[datetime, datetime], cuts: Sequence[datetime]) -> "Relations":
        """Those that serve metrics in need of these keys: an audience first where one has them, and a row to give.

        None that is finer than another relation which would do: it has more rows.
        """
        for audience in self.audiences:
            if keys <= set(audience.keys) and self._suits(audience, window, cuts):
                return replace(self, metrics=(audience, *self.metrics))
        return self

    def for_views(self, keys: Set[str], window: tuple[datetime, datetime]) -> Sequence[Relation]:
        """Those that serve the views of curves in need of these keys."""
        fit = (each for each in self.views if keys <= set(each.keys) and each.up(window[0]) < each.down(window[1]))
        return (*fit, *self.curves)

    def _suits(self, audience: Relation, window: tuple[datetime, datetime], cuts: Sequence[datetime]) -> bool:
        coarser = (each for each in self.metrics if each.grain and audience.grain and each.grain > audience.grain)
        return (
            audience.up(window[0]) < audience.down(window[1])
            and audience.divides_all(cuts)
            and not any(each.divides_all(cuts) for each in coarser)
        )

    def once_settled(self) -> "Relations":
        """Those that answer where nothing of the tenant waits to be rolled up (SETTLED), with much less planning."""
        of = Relation.once_settled
        return Relations(*(tuple(map(of, some)) for some in (self.metrics, self.curves, self.audiences, self.views)))

    def of_sessions(self) -> "Relations":
        """Those for sessions: most of what one is asked about is within a day, of which others know nothing."""
        return replace(self, audiences=[audience for audience in self.audiences if audience.of_sessions])

    def beyond_sessions(self) -> "Relations":
        """Those that hold every event."""
        return replace(
            self,
            metrics=tuple(relation for relation in self.metrics if not relation.of_sessions),
            audiences=[audience for audience in self.audiences if not audience.of_sessions],
        )


RELATIONS: Final = Relations()
SETTLED_RELATIONS: Final = RELATIONS.once_settled()


@dataclass(frozen=True, slots=True)
class Segment:
    """A half-open span of time and where it is read."""

    relation: Relation
    start: datetime
    end: datetime


def segments(
    start: datetime, end: datetime, relations: Sequence[Relation], cuts: Sequence[datetime] = ()
) -> list[Segment]:
    """The window in segments, none overlapping, each from the coarsest relation that answers it exactly.

    `cuts` are moments that no row may straddle: the bounds of a timeline's buckets.
    """
    relation, *finer = relations
    if not relation.divides_all(cuts):
        return segments(start, end, finer, cuts)
    first, last = relation.up(start), relation.down(end)
    if relation.grain is not None and first >= last:
        return segments(start, end, finer, cuts)
    found = [Segment(relation, first, last)] if first < last else []
    if start < first:
        found += segments(start, first, finer, [cut for cut in cuts if cut < first])
    if last < end:
        found += segments(last, end, finer, [cut for cut in cuts if cut > last])
    return found
