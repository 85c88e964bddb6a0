"""Servers that wake each other through Redis: whatever becomes of it, every event arrives once, in order."""

import asyncio

from ledgerd_client import LedgerClient, watch_transactions

from ledgerd.app import Tuning
from ledgerd.wakeups import pubsub
from tests.conftest import start_server, stop_server
from tests.journal.redis_server import running
from tests.rpc import wire


async def test_subscribers_notice_nothing_of_what_befalls_redis(dsn: str) -> None:
    soon = Tuning(redis=pubsub.Settings(answer_seconds=0.5, again_seconds=0.05))
    async with running("s3cret") as redis:
        posting, watched = [await start_server(dsn, tuning=soon, redis_url=redis.url) for _ in range(2)]
        channel = pubsub.channel(watched.app._head.place.epoch)
        sent, seen = [], []

        async def post() -> None:
            for _ in range(5):
                reference = f"r-{len(sent)}"
                sent.append(reference)
                await wire.record(posting, wire.from_world(reference, "@Sales", 1))

        async with LedgerClient(watched.target) as client, watch_transactions(client) as watcher:
            await watcher.ready()
            await post()
            await redis.tell("PUBLISH", channel, "999999999")
            await post()
            await redis.tell("PUBLISH", channel, "\xff" * 1_000)
            await redis.tell("FLUSHALL")
            await post()
            redis.pause()
            await post()
            redis.resume()
            await redis.tell("CLIENT", "KILL", "TYPE", "pubsub")
            await post()
            await redis.stop()
            await post()
            await redis.start()
            await post()
            async with asyncio.timeout(wire.PATIENCE_SECONDS):
                while len(seen) < len(sent):
                    seen.append((await anext(watcher)).transaction.transaction.reference)
        assert seen == sent
        for server in (posting, watched):
            assert not server.app.failed.is_set()
            await stop_server(server)
