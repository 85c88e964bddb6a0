"""Wake-ups through a real Redis: whatever becomes of it, what is committed is found, and no tick waits."""

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import structlog
import trustme
from prometheus_client import REGISTRY

from ledgerd.journal import head as journal_head
from ledgerd.journal import sequencer
from ledgerd.store import pool
from ledgerd.wakeups import pubsub
from ledgerd.wakeups.head import Head
from ledgerd.wakeups.pubsub import Wakeups
from tests.journal.commits import commit
from tests.journal.redis_server import RedisServer, relay, running

PATIENCE_SECONDS = 30
NEVER_SECONDS = 3_600.0


def heard() -> float:
    """Wake-ups through Redis."""
    return REGISTRY.get_sample_value("ledgerd_wakeups_total", {"source": "redis"}) or 0.0


@pytest.fixture
async def redis() -> AsyncIterator[RedisServer]:
    async with running() as server:
        yield server


SOON = pubsub.Settings(answer_seconds=0.5, ping_seconds=0.2, again_seconds=0.05)
"""Outages are noticed and overcome soon."""


class Pair:
    """One process that places commits, and another that follows; what passes between them is Redis alone."""

    def __init__(self, connection: asyncpg.Connection, wake: asyncio.Event, placing: Head, following: Head) -> None:
        self._connection = connection
        self._wake = wake
        self.placing = placing
        self.following = following
        self._count = 0

    async def commit(self) -> int:
        """Commit and wait until it is placed; its position."""
        self._count += 1
        await commit(self._connection, f"commit {self._count}")
        self._wake.set()
        await reaches(self.placing, self._count)
        return self._count

    async def is_subscribed(self, redis: RedisServer) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not await redis.subscribers(pubsub.channel(self.placing.place.epoch)):
                await asyncio.sleep(0.02)


async def reaches(head: Head, position: int) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (place := head.place).position < position:
            await head.change(place, seconds=PATIENCE_SECONDS)


@asynccontextmanager
async def pair(dsn: str, connection: asyncpg.Connection, url: str, *, polls: bool = False) -> AsyncIterator[Pair]:
    """Without a poll it is Redis or nothing."""
    seconds = journal_head.POLL_SECONDS if polls else NEVER_SECONDS
    placing = sequencer.Settings(poll_seconds=seconds)
    pools = [await pool.open_pool(dsn, min_size=1, max_size=1) for _ in range(2)]
    heads = [Head(), Head()]
    for head in heads:
        await journal_head.look(connection, head)
    wake, placed, stop = asyncio.Event(), asyncio.Event(), asyncio.Event()
    loops = [
        sequencer.run(pools[0], "nobody listens", heads[0], wake, stop, placed=placed, settings=placing),
        Wakeups(url, heads[0], SOON).publish(placed, stop),
        Wakeups(url, heads[1], SOON).subscribe(stop),
        journal_head.run(pools[1], heads[1], stop, poll_seconds=seconds),
    ]
    tasks = [asyncio.create_task(loop) for loop in loops]
    try:
        yield Pair(connection, wake, *heads)
        assert not any(task.done() for task in tasks)
    finally:
        stop.set()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for each in pools:
            await each.close()


async def test_what_is_placed_here_is_heard_there(dsn: str, connection: asyncpg.Connection, redis: RedisServer) -> None:
    async with pair(dsn, connection, redis.url) as both:
        await both.is_subscribed(redis)
        for _ in range(5):
            await reaches(both.following, await both.commit())


@pytest.mark.parametrize("said", ["999999999", "-1", "", "nonsense", "\x00" * 5_000, "é"])
async def test_what_is_published_is_not_believed(
    dsn: str, connection: asyncpg.Connection, redis: RedisServer, said: str
) -> None:
    async with pair(dsn, connection, redis.url) as both:
        await both.is_subscribed(redis)
        await redis.tell("PUBLISH", pubsub.channel(both.placing.place.epoch), said)
        position = await both.commit()
        await reaches(both.following, position)
        assert both.following.place == both.placing.place


async def test_without_redis_everything_is_found_by_looking(
    dsn: str, connection: asyncpg.Connection, redis: RedisServer
) -> None:
    async with pair(dsn, connection, redis.url, polls=True) as both:
        await redis.stop()
        await reaches(both.following, await both.commit())


async def test_outages_of_every_kind_cost_nothing_but_time(
    dsn: str, connection: asyncpg.Connection, redis: RedisServer
) -> None:
    async def kill() -> None:
        await redis.stop()
        await redis.start()

    async def hang() -> None:
        redis.pause()
        await reaches(both.following, await both.commit())  # The tick waits for nobody; the poll finds it.
        redis.resume()

    async def flush() -> None:
        await redis.tell("FLUSHALL")

    async def cut() -> None:
        await redis.tell("CLIENT", "KILL", "TYPE", "pubsub")
        await redis.tell("CLIENT", "KILL", "TYPE", "normal")

    async with pair(dsn, connection, redis.url, polls=True) as both:
        for happens in (kill, hang, flush, cut):
            await happens()
            await both.commit()
            await both.is_subscribed(redis)
            before = heard()
            async with asyncio.timeout(PATIENCE_SECONDS):
                while heard() < before + 2:  # One may be of the subscription: Redis wakes again.
                    await reaches(both.following, await both.commit())


async def test_a_slow_redis_only_tells_later(dsn: str, connection: asyncpg.Connection, redis: RedisServer) -> None:
    async with relay(redis.port, delay=0.05) as port, pair(dsn, connection, redis.url_through(port)) as both:
        await both.is_subscribed(redis)
        for _ in range(20):  # More than can be published one by one: the latest counts.
            position = await both.commit()
        await reaches(both.following, position)


async def test_with_a_password_over_tls(dsn: str, connection: asyncpg.Connection, tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    async with running("s3cret") as redis, relay(redis.port, tls=context) as port:
        url = redis.url_through(port, "rediss", f"?ssl_ca_certs={tmp_path / 'ca.pem'}")
        async with pair(dsn, connection, url) as both:
            await both.is_subscribed(redis)
            await reaches(both.following, await both.commit())


async def test_a_certificate_of_a_stranger_is_rejected(
    dsn: str, connection: asyncpg.Connection, redis: RedisServer
) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("localhost").configure_cert(context)
    with lines() as logs:
        async with relay(redis.port, tls=context) as port:
            async with pair(dsn, connection, redis.url_through(port, "rediss"), polls=True) as both:
                await said(logs, "redis wake-ups lost: going on without them")
                await reaches(both.following, await both.commit())
                assert not await redis.subscribers(pubsub.channel(both.placing.place.epoch))


async def test_an_outage_is_logged_when_it_begins_and_when_it_ends_and_no_line_has_the_url(
    dsn: str, connection: asyncpg.Connection
) -> None:
    with lines() as logs:
        async with running("s3cret") as redis, pair(dsn, connection, redis.url, polls=True) as both:
            await both.is_subscribed(redis)
            await both.commit()
            for count in (1, 2):
                await redis.stop()
                for _ in range(4):
                    await both.commit()
                # Of either process: the one that publishes, and the one that listens.
                await said(logs, "redis wake-ups lost: going on without them", 2 * count)
                await redis.start()
                await said(logs, "redis wake-ups are back", 2 * count)
    assert len(logs) == 8
    assert "s3cret" not in str(logs) and str(redis.port) not in str(logs)


STRANGERS = [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\xff\x00" * 100, b"-ERR no\r\n", b":x\r\n", b""]


@pytest.mark.parametrize("greeting", STRANGERS)
async def test_what_is_no_redis_ends_no_server(dsn: str, connection: asyncpg.Connection, greeting: bytes) -> None:
    async def greets(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        await reader.read(1_000)
        writer.close()

    with lines() as logs:
        async with await asyncio.start_server(greets, "127.0.0.1", 0) as stranger:
            url = f"redis://127.0.0.1:{stranger.sockets[0].getsockname()[1]}"
            async with pair(dsn, connection, url, polls=True) as both:
                await said(logs, "redis wake-ups lost: going on without them")
                await reaches(both.following, await both.commit())


async def test_two_ledgers_on_one_redis_do_not_wake_each_other(
    dsn: str, connection: asyncpg.Connection, redis: RedisServer
) -> None:
    """A channel is a history's own, and follows it when it is named anew."""
    async with pair(dsn, connection, redis.url, polls=True) as both:
        await both.is_subscribed(redis)
        await connection.execute("UPDATE journal_head SET epoch = 'restored'")
        await both.commit()
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not await redis.subscribers("ledgerd:head:restored"):
                await asyncio.sleep(0.02)
        assert both.placing.place.epoch == "restored"


@contextmanager
def lines() -> Iterator[list[Any]]:
    """What is logged, at every level."""
    before = structlog.get_config()["wrapper_class"]
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG))
    try:
        with structlog.testing.capture_logs() as logs:
            yield logs
    finally:
        structlog.configure(wrapper_class=before)


async def said(logs: list[Any], event: str, count: int = 1) -> None:
    """Waits until this has been logged so often."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while sum(line["event"] == event for line in logs) < count:
            await asyncio.sleep(0.02)
