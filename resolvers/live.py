"""The live part of a range that is open to the future.

Who names no range gets a session's numbers from its start on, those of its recording included, however long ago it
was. Its minutes are another matter: those in which it was live.
"""

from dataclasses import replace
from datetime import datetime

from resolvers.context import Context
from resolvers.subject import Live, Subject


async def live_part(context: Context, subject: Subject) -> Subject:
    """The subject until its live part was over; as it is where its range was asked for, or nothing tells an end."""
    if subject.live is None:
        return subject
    ends = await _ends(context, subject.live)
    if not ends:
        return subject
    window = subject.window
    return subject.during(replace(window, end=min(max(window.start, *ends), window.end)))


async def _ends(context: Context, live: Live) -> list[datetime]:
    """When it was to be over, as far as that has come; and when the last viewer left, who may have stayed longer."""
    planned = [min(live.ends_at, context.started)] if live.ends_at else []
    left = await context.loaders.live_ends.load(live.session_id) if live.session_id else None
    return [*planned, left] if left else planned
