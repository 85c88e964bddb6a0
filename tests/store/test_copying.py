"""COPY on a connection that breaks while it is full."""

import asyncio

import asyncpg
import pytest

from ledgerd.store import errors
from ledgerd.store.copying import copy_rows

SLOW = """
CREATE TABLE slow (line text);
CREATE FUNCTION take_long() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(60); RETURN NEW; END';
CREATE TRIGGER slow BEFORE INSERT ON slow FOR EACH ROW EXECUTE FUNCTION take_long();
"""
PATIENCE_SECONDS = 120


async def test_copy_ends_when_its_connection_does(dsn: str, connection: asyncpg.Connection) -> None:
    """The backend is busy with the first row, so that the socket is full and the rest cannot be sent."""
    await connection.execute(SLOW)
    other = await asyncpg.connect(dsn)
    copying = asyncio.create_task(copy_rows(other, "slow", ["x" * 10_000 + "\n"] * 3_000, ["line"]))
    while not await connection.fetchval("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"):
        await asyncio.sleep(0.01)
    await connection.execute("SELECT pg_terminate_backend($1, 5000)", other.get_server_pid())
    async with asyncio.timeout(PATIENCE_SECONDS):
        with pytest.raises((ConnectionError, asyncpg.PostgresError)) as broken:
            await copying
    assert errors.is_away(broken.value)


async def test_copy_that_is_given_up_leaves_nothing_behind(dsn: str, connection: asyncpg.Connection) -> None:
    await connection.execute(SLOW)
    other = await asyncpg.connect(dsn)
    copying = asyncio.create_task(copy_rows(other, "slow", ["x" * 10_000 + "\n"] * 3_000, ["line"]))
    while not await connection.fetchval("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"):
        await asyncio.sleep(0.01)
    copying.cancel()
    async with asyncio.timeout(PATIENCE_SECONDS):
        with pytest.raises(asyncio.CancelledError):
            await copying
    other.terminate()
    assert await connection.fetchval("SELECT count(*) FROM slow") == 0
