"""Shares pages of the journal among subscribers.

All subscribers that are up to date need the page after the same cursor, which is read and encoded
once. A slow subscriber needs an older page, which is read from the database for this subscriber.
Nothing is buffered per subscriber, so no subscriber makes the server grow or posting wait.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

import asyncpg

from ledgerd.journal.cursor import Cursor, whole
from ledgerd.journal.reader import Channel, Entry, HistoryLost, read_page
from ledgerd.wakeups.head import Head

Encoded = TypeVar("Encoded")

PAGES_KEPT = 16


class EncodedPage(NamedTuple, Generic[Encoded]):
    """Encoded entries after a cursor, in order, and the cursor after them. Without entries it is the same cursor."""

    entries: list[Encoded]
    next: Cursor


class Feed(Generic[Encoded]):
    """Pages of one channel. ``encode`` turns an entry into the message for subscribers."""

    def __init__(self, pool: asyncpg.Pool, head: Head, channel: Channel, encode: Callable[[Entry], Encoded]) -> None:
        self._pool = pool
        self._head = head
        self._channel = channel
        self._encode = encode
        self._pages: OrderedDict[Cursor, asyncio.Task[EncodedPage[Encoded]]] = OrderedDict()
        self._replacements = head.replacements

    def is_read_up(self, after: Cursor) -> bool:
        """Whether the cursor stands after all commits placed so far."""
        return after == whole(*self._head.place)

    async def page(self, after: Cursor) -> EncodedPage[Encoded]:
        """The page after a cursor. Do not call it when is_read_up() says that there is none.

        Raises HistoryLost where the journal no longer has the commit at the cursor.
        """
        self._forget_what_was_replaced()
        if after.epoch != self._head.place.epoch:
            raise HistoryLost
        task = self._pages.get(after)
        if task is None:
            task = self._pages[after] = asyncio.create_task(self._read(after), name="read-journal-page")
            if len(self._pages) > PAGES_KEPT:
                self._pages.popitem(last=False)
        try:
            page = await asyncio.shield(task)
        except Exception:
            self._forget(after, task)
            raise
        if page.next == after:
            # Later entries must be read from the database, not found here.
            self._forget(after, task)
        return page

    def _forget(self, after: Cursor, task: "asyncio.Task[EncodedPage[Encoded]]") -> None:
        if self._pages.get(after) is task:
            del self._pages[after]

    def _forget_what_was_replaced(self) -> None:
        """Forget the pages that were read before another history replaced the journal."""
        if self._replacements != self._head.replacements:
            self._replacements = self._head.replacements
            self._pages.clear()

    async def _read(self, after: Cursor) -> EncodedPage[Encoded]:
        async with self._pool.acquire() as connection:
            page = await read_page(connection, after, self._channel, head=self._head.place.position)
        return EncodedPage([self._encode(entry) for entry in page.entries], page.next)
