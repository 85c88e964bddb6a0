"""A wake-up only says "look": whatever it says, watches go on, begin where the journal is, and keep nobody waiting."""

import asyncio

import asyncpg
import pytest

from ledgerd import metrics
from ledgerd.journal import cursor as cursors
from ledgerd.journal import head as journal_head
from tests.conftest import Server
from tests.rpc import wire


def pages_read() -> float:
    """How often watches asked for a page."""
    (metric,) = metrics.WATCHER_LAG_POSITIONS.collect()
    return next(sample.value for sample in metric.samples if sample.name.endswith("_count"))


@pytest.mark.parametrize("said", ["999999999", "nonsense"])
async def test_a_false_notification_stops_nobody(server: Server, connection: asyncpg.Connection, said: str) -> None:
    channel = await journal_head.channel(connection)
    watching = await wire.watch(server)
    before = pages_read()
    async with asyncio.timeout(wire.PATIENCE_SECONDS):
        for number in range(20):
            await connection.execute("SELECT pg_notify($1, $2)", channel, said)
            await wire.record(server, wire.from_world(f"r-{number}", "@Sales", 1))
    assert await watching.references(20) == [f"r-{number}" for number in range(20)]
    assert pages_read() - before <= 20  # Each page had something: nobody looked in vain, again and again.
    later = await wire.watch(server)
    begun = cursors.parse(later.cursor)
    assert begun is not None
    assert begun.position == await connection.fetchval("SELECT position FROM journal_head")
    await wire.record(server, wire.from_world("later", "@Sales", 1))
    assert await later.references(1) == ["later"]


async def test_a_head_ahead_of_the_database_is_put_right(server: Server, connection: asyncpg.Connection) -> None:
    """What a process knows may be ahead of the database, when that went back. Watches do not ask on and on."""
    watching = await wire.watch(server)
    before = pages_read()
    head = server.app._head
    head.learn(head.place, head.place._replace(position=10**6, chain=b"ahead"), head.place.chain)
    async with asyncio.timeout(wire.PATIENCE_SECONDS):
        for number in range(20):
            await wire.record(server, wire.from_world(f"r-{number}", "@Sales", 1))
        assert await watching.references(20) == [f"r-{number}" for number in range(20)]
        while (place := head.place).position != await connection.fetchval("SELECT position FROM journal_head"):
            await head.change(place, seconds=wire.PATIENCE_SECONDS)
    # One for each step of the head, and few in vain. A watch that did not wait after an empty page would ask thousands.
    assert pages_read() - before < 100
