"""Pages of one moment: breakdowns that were kept when their first page was asked for, found again by their cursors."""

import hashlib
from dataclasses import dataclass

from db.kept import NOTE, Pin, find, noted, page_of, put_in_order, set_aside_metrics, sought
from db.plan import Row, Rows
from db.question import Page
from resolvers.context import Context
from resolvers.subject import Subject


@dataclass(frozen=True, slots=True)
class Kept:
    """A breakdown as it was asked for: what a kept one must be the answer to."""

    subject: Subject
    dimensions: tuple[str, ...]
    page: Page
    metrics: frozenset[str]
    totals: frozenset[str]
    search: str | None

    @property
    def question(self) -> str:
        """The same for two pages of one breakdown, whatever their size and metrics. The window is looked at apart."""
        asked = (self.subject.scope, self.subject.filter, self.dimensions, self.page.order, self.search)
        return hashlib.sha256(repr(asked).encode()).hexdigest()

    async def note(self, context: Context, kept_id: str, row_count: int, totals: Row) -> None:
        """Notes what the rows that were kept are the answer to."""
        values = {name: totals[name] for name in self.totals}
        window = self.subject.window
        args = noted(kept_id, self.question, sorted(self.metrics), row_count, values, window)
        await context.database.rows(NOTE, self.subject.tenant, *args)

    async def page_behind(self, context: Context, pin: Pin) -> tuple[Rows, Row] | None:
        """The page behind the pin, with the totals; none where it has to be computed anew."""
        metrics = sorted(self.metrics)
        args = sought(pin, self.question, self.page.first, metrics, self.subject.window)
        with context.loaders.rounds.running():
            select = find(self.dimensions, self.page.order, metrics)
            found = await context.database.rows(select, self.subject.tenant, *args)
            if kept := set_aside_metrics(found, pin):
                ordering = put_in_order(self.dimensions, self.page.order, kept)
                await context.database.rows_in_turn(pin.kept_id, ordering, pin.kept_id)
                found = await context.database.rows(select, self.subject.tenant, *args)
            page = page_of(found, pin)
        if page is None or not self.totals <= page.totals.keys():
            return None
        rows = Rows(page.rows)
        rows.row_count = page.row_count
        return rows, page.totals
