"""Lets what one request asks go out in rounds, so that few statements carry it and always as many.

Resolvers go on at different moments, as answers come in. If each asked at once, what two of them ask would share a
statement or not as chance has it. So a round begins when nobody is waited for any more: no statement runs, and no
resolver that has its answers is about to ask for more.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from strawberry.dataloader import DataLoader

K = TypeVar("K", bound=Hashable)

QUIET: Final = 48
"""Turns of the event loop without a question after which none is to come: twice what was seen before one did."""


class Rounds:
    """The rounds of one request."""

    def __init__(self) -> None:
        self._running = 0
        self._quiet = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._next: asyncio.Task[None] | None = None

    def loader(self, load: Callable[[list[K]], Awaitable[list[Any]]]) -> DataLoader[K, Any]:
        """A loader that is called once a round, with all that is asked of it by then."""
        calls: list[_Call] = []

        async def take_part(keys: list[K]) -> list[Any]:
            if not calls:
                call = _Call()
                call.answers = asyncio.ensure_future(answer(call))
                calls.append(call)
            call = calls[0]
            self._quiet = 0
            first = len(call.keys)
            call.keys += keys
            assert call.answers
            return (await call.answers)[first : first + len(keys)]

        async def answer(call: _Call) -> list[Any]:
            await self._turn()
            calls.clear()
            with self.running():
                return await load(call.keys)

        return DataLoader(take_part)

    @contextmanager
    def running(self) -> Iterator[None]:
        """No round begins until the block ends."""
        self._running += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._running -= 1
            self._quiet = 0
            if not self._running:
                self._idle.set()

    async def _turn(self) -> None:
        """Returns when the next round begins."""
        if self._next is None or self._next.done():
            self._next = asyncio.ensure_future(self._begin())
        await self._next

    async def _begin(self) -> None:
        self._quiet = 0
        while self._quiet < QUIET:
            await self._idle.wait()
            await asyncio.sleep(0)
            self._quiet += 1


@dataclass(slots=True)
class _Call:
    """What a round will ask of one loader, and what it is going to answer."""

    keys: list[Any] = field(default_factory=list)
    answers: "asyncio.Future[list[Any]] | None" = None
