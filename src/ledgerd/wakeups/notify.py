"""Hears that another process moved the head: LISTEN on a separate connection.

The sequencer sends one NOTIFY per tick, inside the transaction that places commits. Anybody who may connect to the
database may send one as well, so it is a hint and nothing else.
"""

import asyncio
from collections.abc import Awaitable, Callable

import asyncpg

from ledgerd.outage import Outage
from ledgerd.pause import pause
from ledgerd.wakeups.head import Head

PING_SECONDS = 1.0
RECONNECT_SECONDS = 1.0

Connect = Callable[[], Awaitable[asyncpg.Connection]]
Ping = Callable[[asyncpg.Connection], Awaitable[None]]

_LOST = (
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    # asyncpg may raise this when the server dies in the middle of an answer.
    asyncpg.InternalClientError,
)


async def listen(
    connect: Connect,
    ping: Ping,
    channel: str,
    head: Head,
    stop: asyncio.Event,
    *,
    ping_seconds: float = PING_SECONDS,
    reconnect_seconds: float = RECONNECT_SECONDS,
) -> None:
    """Pass on the notifications of the channel until stop is set, with new connections as needed.

    ``ping`` raises asyncpg's error when the connection is lost.
    """

    def heard(_connection: object, _pid: int, _channel: str, payload: str) -> None:
        # Most come from ticks of this process. They arrive before the answer to the COMMIT, and would cost a read each.
        if payload not in (str(head.announced), str(head.place.position)):
            head.hint("notify")

    outage = Outage("wake-ups")
    while not stop.is_set():
        try:
            connection = await connect()
        except _LOST as error:
            outage.failed(error)
            await pause(stop, reconnect_seconds)
            continue
        try:
            await connection.add_listener(channel, heard)
            head.hint("notify")  # For notifications that were lost before this connection listened.
            while not stop.is_set():
                await ping(connection)
                outage.passed()
                await pause(stop, ping_seconds)
        except _LOST as error:
            outage.failed(error)
        finally:
            connection.terminate()
