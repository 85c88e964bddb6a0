"""The watchdog is never kept waiting for long, whatever becomes of its connection."""

import asyncio

from ledgerd.store.connecting import Connection
from ledgerd.store.primary import CONNECT_SECONDS, LOOK_SECONDS, Primary
from tests.faults.address import relay_to


async def test_a_server_that_falls_silent_between_two_questions_is_given_up(dsn: str) -> None:
    async with relay_to(dsn) as relay:

        async def ask(connection: Connection) -> None:
            if silent:
                relay.stall()
            await connection.fetchval("SELECT 1")

        silent = False
        primary = Primary(relay.dsn, ask)
        assert await primary.takes_writes()
        silent = True
        async with asyncio.timeout(4 * (LOOK_SECONDS + CONNECT_SECONDS)):
            assert not await primary.takes_writes()
            silent = False
            relay.go_on()
            while not await primary.takes_writes():
                pass
            await primary.close()
