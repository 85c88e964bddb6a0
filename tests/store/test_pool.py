"""Pools count who waits for a connection."""

import asyncio

import pytest

from ledgerd.store import pool as pools


async def test_who_waits_is_counted_until_it_has_a_connection_or_gives_up(dsn: str) -> None:
    pool = await pools.open_pool(dsn, min_size=1, max_size=1)

    async def ask() -> int:
        async with pool.acquire() as connection:
            return await connection.fetchval("SELECT 7")

    async with pool.acquire():
        assert pool.waiting == 0
        patient, impatient = asyncio.create_task(ask()), asyncio.create_task(ask())
        async with asyncio.timeout(30):
            while pool.waiting < 2:
                await asyncio.sleep(0)
        impatient.cancel()
        with pytest.raises(asyncio.CancelledError):
            await impatient
        assert pool.waiting == 1
    assert await patient == 7
    assert pool.waiting == 0
    await pool.close()
