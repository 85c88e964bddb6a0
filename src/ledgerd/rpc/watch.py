"""Watches: events after a cursor, heartbeats in between, and an orderly end."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable

import asyncpg
from ledgerapi.v1 import event_pb2

from ledgerd import metrics
from ledgerd.core.model.chain import GENESIS, tag
from ledgerd.core.model.rejection import Reason, Rejected, Violation, reject
from ledgerd.journal.cursor import Cursor, parse, whole
from ledgerd.journal.feed import EncodedPage, Feed
from ledgerd.journal.head import look
from ledgerd.journal.reader import Entry, HistoryLost
from ledgerd.poster.clock import Clock
from ledgerd.wakeups.head import Head
from ledgerd.wire import encode, fields
from ledgerd.wire.events import Shown

HEARTBEAT_SECONDS = 10.0
_NOTHING_SECONDS = 0.5
"""The pause after an empty page that ends before the head."""
_EXCERPT_CHARS = 64


class Watch:
    """Follows one channel of the journal for any number of subscribers."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        feed: Feed[Shown],
        head: Head,
        clock: Clock,
        *,
        stopping: asyncio.Event,
        kind: str,
    ) -> None:
        self._pool = pool
        self._feed = feed
        self._head = head
        self._clock = clock
        self._stopping = stopping
        self._kind = kind

    async def start(self, after_cursor: str, *, from_beginning: bool) -> Cursor:
        """The cursor at which a watch begins. An empty text means the head of the journal.

        Raises Rejected: FIELD_INVALID, CURSOR_INVALID, CURSOR_OUT_OF_RANGE.
        """
        if from_beginning and after_cursor:
            raise Rejected(fields.invalid(Violation("from_beginning", "cannot be given with after_cursor")))
        if from_beginning:
            return (await self.span(""))[0]
        cursor, head = await self._resume(after_cursor)
        return cursor or head

    async def span(self, after_cursor: str) -> tuple[Cursor, Cursor]:
        """The cursor at which a page begins, and the head of the journal. An empty text means the beginning."""
        cursor, head = await self._resume(after_cursor)
        return cursor or whole(head.epoch, 0, GENESIS), head

    async def _resume(self, after_cursor: str) -> tuple[Cursor | None, Cursor]:
        """The cursor of a text, None where it is empty, and the head of the journal, both as the database has them.

        Raises Rejected: CURSOR_INVALID, CURSOR_OUT_OF_RANGE.
        """
        cursor = parse(after_cursor) if after_cursor else None
        if after_cursor and cursor is None:
            raise reject(Reason.CURSOR_INVALID, cursor=after_cursor[:_EXCERPT_CHARS])
        async with self._pool.acquire() as connection:
            place, chain = await look(connection, self._head, cursor.position if cursor else 0)
        if cursor is None:
            return None, whole(*place)
        if cursor.epoch != place.epoch:
            raise reject(Reason.CURSOR_OUT_OF_RANGE, cursor=after_cursor, cause="epoch")
        if cursor.position > place.position:
            raise reject(Reason.CURSOR_OUT_OF_RANGE, cursor=after_cursor, cause="future", head=place.position)
        if chain is None or cursor.chain not in ("", tag(chain)):
            raise reject(Reason.CURSOR_OUT_OF_RANGE, cursor=after_cursor, cause="history")
        return cursor._replace(chain=tag(chain)), whole(*place)

    async def follow(
        self, start: Cursor, wants: Callable[[Entry], bool]
    ) -> AsyncIterator[event_pb2.Event | event_pb2.Heartbeat]:
        """The selected events after the start, without an end. A heartbeat comes first, and then when no event comes.

        The watch ends with a last heartbeat and SHUTTING_DOWN when the server stops. It ends with CURSOR_OUT_OF_RANGE
        when the journal no longer has the last entry that was sent.
        """
        at = start
        with metrics.WATCHERS.labels(self._kind).track_inprogress():
            yield self._heartbeat(at)
            quiet_since = time.monotonic()
            while not self._stopping.is_set():
                head = self._head.place
                if self._feed.is_read_up(at):
                    await self._head.change(head, seconds=HEARTBEAT_SECONDS)
                else:
                    metrics.WATCHER_LAG_POSITIONS.observe(head.position - at.position)
                    page = await self._page(at)
                    for shown in page.entries:
                        if wants(shown.entry):
                            yield shown.event
                            quiet_since = time.monotonic()
                    if page.next == at:
                        await self._head.change(head, seconds=_NOTHING_SECONDS)
                    at = page.next
                if time.monotonic() - quiet_since >= HEARTBEAT_SECONDS:
                    yield self._heartbeat(at)
                    quiet_since = time.monotonic()
            yield self._heartbeat(at)
            raise reject(Reason.SHUTTING_DOWN)

    async def _page(self, at: Cursor) -> EncodedPage[Shown]:
        try:
            return await self._feed.page(at)
        except HistoryLost:
            cause = "history" if at.epoch == self._head.place.epoch else "epoch"
            raise reject(Reason.CURSOR_OUT_OF_RANGE, cursor=at.text(), cause=cause) from None

    def _heartbeat(self, at: Cursor) -> event_pb2.Heartbeat:
        return event_pb2.Heartbeat(cursor=at.text(), server_time=encode.time(self._clock.now()))
