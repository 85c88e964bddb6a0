"""How a process learns that the head moved: hints, a look after each, a poll beneath them, and again after a break."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import asyncpg
import pytest
from prometheus_client import REGISTRY

from ledgerd.core.model.chain import GENESIS
from ledgerd.journal import head as journal_head
from ledgerd.store import pool
from ledgerd.store.connecting import connect, ping
from ledgerd.wakeups import notify
from ledgerd.wakeups.head import Head, Place
from tests.journal.commits import move

PATIENCE_SECONDS = 120
NEVER_SECONDS = 3_600.0


@asynccontextmanager
async def following(
    dsn: str,
    channel: str | None = None,
    *,
    connecting: notify.Connect | None = None,
    poll_seconds: float = NEVER_SECONDS,
    **listening: float,
) -> AsyncIterator[Head]:
    """A head that follows the database's."""
    head, stop = Head(), asyncio.Event()
    connections = await pool.open_pool(dsn, min_size=1, max_size=1)
    async with connections.acquire() as connection:
        channel = channel or await journal_head.channel(connection)
    tasks = [
        asyncio.create_task(notify.listen(connecting or partial(connect, dsn), ping, channel, head, stop, **listening)),
        asyncio.create_task(journal_head.run(connections, head, stop, poll_seconds=poll_seconds)),
    ]
    yield head
    stop.set()
    head.hint("notify")
    await asyncio.gather(*tasks)
    await connections.close()


async def reaches(head: Head, position: int) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (place := head.place).position != position:
            await head.change(place, seconds=PATIENCE_SECONDS)


async def is_listened_to(connection: asyncpg.Connection) -> None:
    """Waits until somebody does."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await connection.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query = 'SELECT 1'"
            " AND pid <> pg_backend_pid() AND state = 'idle'"
        ):
            await asyncio.sleep(0.02)


def hints() -> float:
    return REGISTRY.get_sample_value("ledgerd_wakeups_total", {"source": "notify"}) or 0.0


async def test_a_notification_wakes(dsn: str, connection: asyncpg.Connection) -> None:
    async with following(dsn) as head:
        await is_listened_to(connection)
        await move(connection, 7)
        await reaches(head, 7)


async def test_what_the_process_announced_itself_is_no_hint(dsn: str, connection: asyncpg.Connection) -> None:
    """Its own tick tells it where the head is. Notifications come in order, so that of 7 was heard before that of 8."""
    async with following(dsn) as head:
        await is_listened_to(connection)
        before = hints()
        head.announce(7)
        await move(connection, 7)
        await move(connection, 8)
        await reaches(head, 8)
        assert hints() == before + 1


async def test_without_notifications_a_poll_finds_the_head(dsn: str, connection: asyncpg.Connection) -> None:
    async with following(dsn, "another channel", poll_seconds=journal_head.POLL_SECONDS) as head:
        await is_listened_to(connection)
        await move(connection, 5)
        await reaches(head, 5)


async def test_a_lost_connection_is_made_again(dsn: str, connection: asyncpg.Connection) -> None:
    async with following(dsn, ping_seconds=0.01, reconnect_seconds=0.01) as head:
        await is_listened_to(connection)
        await reaches(head, 0)
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        await is_listened_to(connection)
        await move(connection, 9)
        await reaches(head, 9)


async def test_a_connection_that_breaks_while_it_is_made_is_made_again(
    dsn: str, connection: asyncpg.Connection
) -> None:
    """The driver has an error of its own for a server that dies in the middle of an answer."""
    tries = itertools.count()

    async def break_once() -> asyncpg.Connection:
        if not next(tries):
            raise asyncpg.InternalClientError("unexpected message")
        return await connect(dsn)

    async with following(dsn, connecting=break_once, reconnect_seconds=0.01) as head:
        await is_listened_to(connection)
        await move(connection, 3)
        await reaches(head, 3)


@pytest.mark.parametrize("said", ["999999999", "-1", "", "nonsense", "9" * 5_000, "é\n"])
async def test_what_a_notification_says_is_not_believed(dsn: str, connection: asyncpg.Connection, said: str) -> None:
    async with following(dsn) as head:
        await is_listened_to(connection)
        await connection.execute("SELECT pg_notify($1, $2)", await journal_head.channel(connection), said)
        await move(connection, 2)
        await reaches(head, 2)


# The head itself -------------------------------------------------------------------------------

START = Place("epoch", 5, b"five")


def known(place: Place = START) -> Head:
    """A head that knows this place."""
    head = Head()
    head.learn(head.place, place, GENESIS)
    return head


def test_the_head_moves_on_and_a_late_answer_does_not_take_it_back() -> None:
    head = known()
    head.learn(START, START._replace(position=7, chain=b"seven"), b"five")
    head.learn(START, START._replace(position=6, chain=b"six"), b"five")
    assert (head.place.position, head.replacements) == (7, 0)


@pytest.mark.parametrize("position", [3, 5, 9])
@pytest.mark.parametrize("found", [None, b"other"])
def test_a_history_that_does_not_continue_replaces_the_known_one(position: int, found: bytes | None) -> None:
    head = known()
    told = START._replace(position=position, chain=b"another")
    head.learn(START, told, found)
    assert (head.place, head.replacements) == (told, 1)


def test_another_epoch_replaces_the_known_history() -> None:
    head = known()
    told = START._replace(epoch="restored")
    head.learn(START, told, b"five")
    assert (head.place, head.replacements) == (told, 1)


async def test_everybody_who_waits_is_woken() -> None:
    head = known()
    waiting = [asyncio.create_task(head.change(START, seconds=PATIENCE_SECONDS)) for _ in range(3)]
    await asyncio.sleep(0)
    head.learn(START, START._replace(position=6), b"five")
    assert await asyncio.gather(*waiting) == [True, True, True]
    assert await head.change(START, seconds=0)


async def test_whoever_waits_is_let_go_when_the_server_stops() -> None:
    head = known()
    waiting = asyncio.create_task(head.change(START, seconds=PATIENCE_SECONDS))
    await asyncio.sleep(0)
    head.wake()
    assert not await waiting
