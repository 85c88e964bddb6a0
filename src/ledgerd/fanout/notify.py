"""Hears of the head moving in other processes: LISTEN on a connection of its own.

The sequencer sends one NOTIFY per tick, inside the transaction that places commits. A poll is the
floor beneath it: the connection may be lost, or go through a pooler that swallows notifications.
"""

import asyncio

import asyncpg
import structlog

from ledgerd.fanout.head import Head
from ledgerd.pause import pause

log = structlog.get_logger()

CHANNEL = "ledgerd_head"
POLL_SECONDS = 0.5
RECONNECT_SECONDS = 1.0

_LOST = (
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    # asyncpg may raise this when the server dies in the middle of an answer.
    asyncpg.InternalClientError,
)


async def listen(dsn: str, head: Head, stop: asyncio.Event) -> None:
    """Follow the head until stop is set, reconnecting as often as needed."""
    while not stop.is_set():
        try:
            connection = await asyncpg.connect(dsn, timeout=5, command_timeout=10)
        except _LOST:
            await pause(stop, RECONNECT_SECONDS)
            continue
        try:
            await connection.add_listener(CHANNEL, lambda *heard: head.advance(int(heard[3])))
            while not stop.is_set():
                head.advance(await connection.fetchval("SELECT position FROM journal_head"))
                await pause(stop, POLL_SECONDS)
        except _LOST as error:
            log.warning("lost the wake-up connection", error=type(error).__name__)
        finally:
            connection.terminate()
