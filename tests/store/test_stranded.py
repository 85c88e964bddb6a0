"""A session whose client stands still in the middle of a statement is ended; one that moves is not, however slowly."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from ledgerd.store import connecting
from ledgerd.store.connecting import Connection, Stranded

SECONDS = 0.6
_LOOK_SECONDS = 0.05


@pytest.fixture
async def sending(dsn: str) -> AsyncIterator[Connection]:
    connection = await connecting.connect(dsn)
    # As one that has locks in its hands.
    await connection.execute("BEGIN; CREATE TABLE sent (line text)")
    yield connection
    connection.terminate()


@pytest.fixture
async def looking(dsn: str) -> AsyncIterator[Connection]:
    connection = await connecting.connect(dsn)
    yield connection
    await connection.close()


async def rows(count: int, stop: asyncio.Event) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield b"one\n"
        await asyncio.sleep(_LOOK_SECONDS)
    await stop.wait()


async def test_a_long_copy_that_moves_goes_on(sending: Connection, looking: Connection) -> None:
    stranded, stop = Stranded(SECONDS), asyncio.Event()
    stop.set()
    count = int(4 * SECONDS / _LOOK_SECONDS)
    copying = asyncio.create_task(sending.copy_to_table("sent", source=rows(count, stop), format="text"))
    while not copying.done():
        assert await stranded.end(looking) == 0
        await asyncio.sleep(_LOOK_SECONDS)
    assert await copying == f"COPY {count}"


async def test_one_that_stands_still_is_ended(sending: Connection, looking: Connection) -> None:
    stranded, stop = Stranded(SECONDS), asyncio.Event()
    copying = asyncio.create_task(sending.copy_to_table("sent", source=rows(3, stop), format="text"))
    async with asyncio.timeout(10):
        while not await stranded.end(looking):
            await asyncio.sleep(_LOOK_SECONDS)
    stop.set()
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)):
        await copying
