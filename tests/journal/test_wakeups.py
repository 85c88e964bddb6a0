"""How a process learns that the head moved: a notification, a poll beneath it, and again after a break."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from ledgerd.fanout import notify
from ledgerd.fanout.head import Head

PATIENCE_SECONDS = 20
NEVER_SECONDS = 3_600.0


@asynccontextmanager
async def following(dsn: str) -> AsyncIterator[Head]:
    """A head that follows the database's."""
    head, stop = Head(), asyncio.Event()
    listening = asyncio.create_task(notify.listen(dsn, head, stop))
    yield head
    stop.set()
    await listening


async def move(connection: asyncpg.Connection, position: int) -> None:
    """Move the head without telling anybody."""
    await connection.execute("UPDATE journal_head SET position = $1", position)


async def is_listened_to(connection: asyncpg.Connection) -> None:
    """Waits until somebody does."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await connection.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%journal_head'"
            " AND pid <> pg_backend_pid() AND state = 'idle'"
        ):
            await asyncio.sleep(0.02)


async def test_a_notification_wakes(dsn: str, connection: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notify, "POLL_SECONDS", NEVER_SECONDS)
    async with following(dsn) as head:
        await is_listened_to(connection)
        await connection.execute("SELECT pg_notify('ledgerd_head', '7')")
        assert await head.beyond(6, seconds=PATIENCE_SECONDS)
        assert head.position == 7


async def test_without_notifications_a_poll_finds_the_head(dsn: str, connection: asyncpg.Connection) -> None:
    async with following(dsn) as head:
        await is_listened_to(connection)
        await move(connection, 5)
        assert await head.beyond(4, seconds=PATIENCE_SECONDS)


async def test_a_lost_connection_is_made_again(dsn: str, connection: asyncpg.Connection) -> None:
    async with following(dsn) as head:
        await is_listened_to(connection)
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        await move(connection, 9)
        assert await head.beyond(8, seconds=PATIENCE_SECONDS)


async def test_a_connection_that_breaks_while_it_is_made_is_made_again(
    dsn: str, connection: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The driver has an error of its own for a server that dies in the middle of an answer."""
    monkeypatch.setattr(notify, "RECONNECT_SECONDS", 0.01)
    connect = asyncpg.connect

    async def break_once(*asked: object, **more: object) -> asyncpg.Connection:
        monkeypatch.setattr(asyncpg, "connect", connect)
        raise asyncpg.InternalClientError("unexpected message")

    monkeypatch.setattr(asyncpg, "connect", break_once)
    async with following(dsn) as head:
        await move(connection, 3)
        assert await head.beyond(2, seconds=PATIENCE_SECONDS)


async def test_the_head_never_goes_back() -> None:
    head = Head()
    head.advance(5)
    head.advance(3)
    assert head.position == 5
    assert await head.beyond(4, seconds=0)
    assert not await head.beyond(5, seconds=0)


async def test_everybody_who_waits_is_woken() -> None:
    head = Head()
    waiting = [asyncio.create_task(head.beyond(2, seconds=PATIENCE_SECONDS)) for _ in range(3)]
    await asyncio.sleep(0)
    head.advance(3)
    assert await asyncio.gather(*waiting) == [True, True, True]


async def test_whoever_waits_is_let_go_when_the_server_stops() -> None:
    head = Head()
    waiting = asyncio.create_task(head.beyond(2, seconds=PATIENCE_SECONDS))
    await asyncio.sleep(0)
    head.wake()
    assert not await waiting
