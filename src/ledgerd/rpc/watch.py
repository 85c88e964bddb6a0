"""Watching: events after a cursor, heartbeats in between, and an orderly end."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

import asyncpg
from ledgerapi.v1 import event_pb2

from ledgerd import metrics
from ledgerd.core.rejection import Reason, refuse
from ledgerd.fanout.head import Head
from ledgerd.journal.cursor import Cursor, parse, whole
from ledgerd.journal.feed import Feed
from ledgerd.journal.sequencer import read_head
from ledgerd.rpc import encode
from ledgerd.rpc.events import Shown

HEARTBEAT_SECONDS = 10.0
_EXCERPT_CHARS = 64


class Watch:
    """Follows one channel of the journal for any number of subscribers."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        feed: Feed[Shown],
        head: Head,
        *,
        epoch: str,
        stopping: asyncio.Event,
        kind: str,
    ) -> None:
        self._pool = pool
        self._feed = feed
        self._head = head
        self._epoch = epoch
        self._stopping = stopping
        self._kind = kind

    async def start(self, after_cursor: str) -> Cursor:
        """The cursor to go on from; empty means now. The database says what now is."""
        async with self._pool.acquire() as connection:
            self._head.advance((await read_head(connection))[1])
        if not after_cursor:
            return whole(self._epoch, self._head.position)
        cursor = parse(after_cursor)
        if cursor is None:
            raise refuse(Reason.CURSOR_INVALID, cursor=after_cursor[:_EXCERPT_CHARS])
        if cursor.epoch != self._epoch:
            raise refuse(Reason.CURSOR_OUT_OF_RANGE, cursor=after_cursor, cause="epoch")
        if cursor.position > self._head.position:
            raise refuse(Reason.CURSOR_OUT_OF_RANGE, cursor=after_cursor, cause="future", head=self._head.position)
        return cursor

    async def follow(
        self, start: Cursor, wants: Callable[[Shown], bool]
    ) -> AsyncIterator[event_pb2.Event | event_pb2.Heartbeat]:
        """Wanted events after the start, for ever. A heartbeat comes first and whenever it is quiet.

        Ends with a last heartbeat and SHUTTING_DOWN when the server stops.
        """
        at = start
        with metrics.WATCHERS.labels(self._kind).track_inprogress():
            yield _heartbeat(at)
            quiet_since = time.monotonic()
            while not self._stopping.is_set():
                if self._feed.is_read_up(at):
                    await self._head.beyond(at.position, seconds=HEARTBEAT_SECONDS)
                else:
                    metrics.WATCHER_LAG_POSITIONS.observe(self._head.position - at.position)
                    page = await self._feed.page(at)
                    for shown in page.entries:
                        if wants(shown):
                            yield shown.event
                            quiet_since = time.monotonic()
                    at = page.next
                if time.monotonic() - quiet_since >= HEARTBEAT_SECONDS:
                    yield _heartbeat(at)
                    quiet_since = time.monotonic()
            yield _heartbeat(at)
            raise refuse(Reason.SHUTTING_DOWN)


def _heartbeat(at: Cursor) -> event_pb2.Heartbeat:
    return event_pb2.Heartbeat(cursor=at.text(), time=encode.time(datetime.now(UTC)))
