"""Iterators for synchronous code over the asynchronous ones."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterable, Iterator
from concurrent.futures import CancelledError
from typing import Any, Generic, TypeVar

from grpc import aio

from ledgerd_client.sync.background import BackgroundLoop

_Item = TypeVar("_Item")
_Answer = TypeVar("_Answer")

ITEMS_AT_ONCE = 256
"""How many items are handed to the loop together: each hand-over costs two changes of threads."""
END: Any = object()


class Responses(Iterator[_Answer]):
    """The messages of a stream. Cancel it when you stop reading early."""

    def __init__(self, loop: BackgroundLoop, call: aio.UnaryStreamCall[Any, _Answer]) -> None:
        self._loop = loop
        self._call = call
        self._responses = aiter(call)
        self._cancelled = False

    def __next__(self) -> _Answer:
        try:
            answer = END if self._cancelled else self._loop.run(next_or_end(self._responses))
        except CancelledError:
            if not self._cancelled:
                raise
            answer = END
        if answer is END:
            raise StopIteration
        return answer

    def cancel(self) -> None:
        """Ends the stream, and a pending iteration in another thread. May be called more than once."""
        self._cancelled = True
        self._loop.run(_cancel(self._call))


class Exchange(Generic[_Item, _Answer]):
    """Reads an iterable in the caller's thread for work that is done on the loop, and hands out the work's answers.

    The iterable may block and may use what belongs to the caller's thread, such as the connection of a database.
    """

    def __init__(
        self,
        loop: BackgroundLoop,
        items: Iterable[_Item],
        work: Callable[[AsyncIterator[_Item]], AsyncGenerator[_Answer, None]],
    ) -> None:
        self._loop = loop
        self._items = iter(items)
        self._work = work

    def __iter__(self) -> Generator[_Answer, None, None]:
        """The answers, in order. Closing the iterator ends the work."""
        hand_over = self._loop.run(_begin(self._work))
        try:
            while True:
                answer, wants_items = self._loop.run(hand_over.next_step())
                if wants_items:
                    self._supply(hand_over)
                elif answer is END:
                    return
                else:
                    yield answer
        finally:
            self._loop.run(hand_over.close())

    def _supply(self, hand_over: "_HandOver[_Item, _Answer]") -> None:
        taken: list[_Item] = []
        error: Exception | None = None
        ended = False
        try:
            while len(taken) < ITEMS_AT_ONCE and not ended:
                item = next(self._items, END)
                ended = item is END
                if not ended:
                    taken.append(item)
        except Exception as raised:  # noqa: BLE001 (the caller's own; raised when what was sent has its answers)
            error = raised
        self._loop.run(hand_over.supply(taken, ended=ended, error=error))


class _HandOver(Generic[_Item, _Answer]):
    """The side of an exchange that lives on the loop: either answers are there, or items are wanted."""

    def __init__(self, work: Callable[[AsyncIterator[_Item]], AsyncGenerator[_Answer, None]]) -> None:
        self._items: list[_Item] = []
        self._ended = False
        self._error: Exception | None = None
        self._supplied = asyncio.Event()
        self._wanted = asyncio.Event()
        self._answers = work(self._each())
        self._pending: asyncio.Task[_Answer] | None = None

    async def next_step(self) -> tuple[_Answer, bool]:
        """The next answer; or, with True, that items are wanted."""
        if self._pending is None:
            self._pending = asyncio.ensure_future(next_or_end(self._answers))
        wanted = asyncio.ensure_future(self._wanted.wait())
        try:
            await asyncio.wait([self._pending, wanted], return_when=asyncio.FIRST_COMPLETED)
        finally:
            wanted.cancel()
        if not self._pending.done():
            return END, True
        answer, self._pending = self._pending.result(), None
        return answer, False

    async def supply(self, items: list[_Item], *, ended: bool, error: Exception | None) -> None:
        self._items, self._ended, self._error = items, ended, error
        self._wanted.clear()
        self._supplied.set()

    async def close(self) -> None:
        if self._pending is not None:
            self._pending.cancel()
            await asyncio.wait([self._pending])
        await self._answers.aclose()

    async def _each(self) -> AsyncIterator[_Item]:
        while True:
            items, self._items = self._items, []
            for item in items:
                yield item
            if self._error is not None:
                raise self._error
            if self._ended:
                return
            self._supplied.clear()
            self._wanted.set()
            await self._supplied.wait()


async def _begin(work: Callable[[AsyncIterator[_Item]], AsyncGenerator[_Answer, None]]) -> _HandOver[_Item, _Answer]:
    return _HandOver(work)


async def next_or_end(responses: AsyncIterator[_Answer]) -> _Answer:
    """The next item, or END: StopAsyncIteration cannot leave a coroutine."""
    return await anext(responses, END)


async def _cancel(call: aio.UnaryStreamCall[Any, Any]) -> None:
    call.cancel()
