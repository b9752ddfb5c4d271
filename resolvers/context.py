"""What every resolver is given: who asks, within which limits, and the loaders of this request."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Any, Self

from db.pool import Database
from resolvers.loaders import Loaders
from resolvers.reports.terms import NO_TERMS, Terms


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may ask for at most."""

    max_depth: int
    max_aliases: int
    max_tokens: int
    max_cost: int
    max_page_size: int
    statement_timeout_seconds: float
    max_timeline_points: int
    max_filter_depth: int
    max_waiting_reports: int

    @classmethod
    def of(cls, settings: object) -> Self:
        """Those that settings have, under the same names."""
        return cls(**{limit.name: getattr(settings, limit.name) for limit in fields(cls)})


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Context:
    """One request's caller, clock and loaders. `user_id`: the user that the token is for, if it is for one only.

    `started` is read before any statement runs: whatever was received before it is in every answer.
    """

    tenant: int
    user_id: str | None
    database: Database
    limits: Limits
    loaders: Loaders
    started: datetime
    terms: Terms = NO_TERMS
    memo: dict[Hashable, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def of(
        cls,
        tenant: int,
        user_id: str | None,
        database: Database,
        limits: Limits,
        now: Callable[[], datetime] = _now,
        terms: Terms = NO_TERMS,
    ) -> Self:
        """A new request's context."""
        return cls(tenant, user_id, database, limits, Loaders(database, tenant, user_id), now(), terms)
