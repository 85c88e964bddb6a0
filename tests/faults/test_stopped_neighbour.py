"""A server that is stopped where it stands, with locks in its hands: others go on after some seconds, and it does when
it is let go."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest
from ledgerd_client import LedgerClient, watch_transactions

from ledgerd.operations.verify import verify
from ledgerd.store import pool
from tests.faults.address import relay_to
from tests.faults.process import ServerProcess, serving
from tests.faults.test_lost_replies import payment

pytestmark = pytest.mark.slow

DEADLINE_SECONDS = 15
"""Three times what a server may be in the way of others, for a slow machine."""
_BALANCES = "SELECT FROM balances FOR NO KEY UPDATE"
_HEAD = "SELECT FROM journal_head FOR UPDATE"
_HOLDS_LOCKS = (
    "SELECT count(*) FROM pg_stat_activity WHERE pid = $1 AND state = 'idle in transaction' AND backend_xid IS NOT NULL"
)
_WAITS = (
    "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    " AND application_name = 'ledgerd'"
)


async def stop_with_locks(
    server: ServerProcess, connection: asyncpg.Connection, balance: object, client: LedgerClient
) -> tuple[list[str], "asyncio.Future[Any]"]:
    """Stop a server when it has the locks for a payment, and does not know it yet; answer that payment, and the
    references of all that were tried.

    Its lock statement waits for one balance of two; while it is stopped it gets that as well.
    """
    tried: list[str] = []
    while True:
        tried.append(f"stopped {len(tried)}")
        async with connection.transaction():
            await connection.execute("SELECT FROM balances WHERE id = $1 FOR NO KEY UPDATE", balance)
            posting = asyncio.ensure_future(client.transactions.PostTransaction(payment(tried[-1])))
            while (waiting := await connection.fetchval(_WAITS)) is None:
                await asyncio.sleep(0.005)
                # Within a transaction PostgreSQL shows the sessions as they were at the first look.
                await connection.execute("SELECT pg_stat_clear_snapshot()")
            server.pause()
        for _ in range(20):
            if await connection.fetchval(_HOLDS_LOCKS, waiting):
                return tried, posting
            await asyncio.sleep(0.005)
        # It had given up waiting just before, and tries again on its own.
        server.resume()
        await posting


@pytest.fixture
async def stopped(dsn: str) -> AsyncIterator[ServerProcess]:
    async with serving(dsn) as process:
        yield process


@pytest.fixture
async def running(dsn: str) -> AsyncIterator[ServerProcess]:
    async with serving(dsn) as process:
        yield process


async def test_another_server_posts_on_the_same_balances_meanwhile(
    stopped: ServerProcess, running: ServerProcess, connection: asyncpg.Connection
) -> None:
    async with LedgerClient(stopped.target) as first, LedgerClient(running.target) as second:
        before = (await first.transactions.PostTransaction(payment("before"))).transaction
        await second.transactions.PostTransaction(payment("warm"))
        balance = await connection.fetchval("SELECT id FROM balances ORDER BY id DESC LIMIT 1")
        tried, posting = await stop_with_locks(stopped, connection, balance, first)
        try:
            meanwhile = await second.transactions.PostTransaction(payment("meanwhile"), timeout=DEADLINE_SECONDS)
            assert meanwhile.transaction.source_id == before.source_id
            assert not posting.done()
        finally:
            stopped.resume()
        assert (await posting).transaction.reference == tried[-1]
        assert (await second.transactions.PostTransaction(payment(tried[-1]))).replayed
    assert await connection.fetchval("SELECT count(*) FROM transactions") == 3 + len(tried)
    assert (await verify(connection)).faults == []


@pytest.mark.parametrize("where", ["between statements", "while it sends rows", "while it takes rows in"])
async def test_a_session_of_a_stopped_server_ends_wherever_it_stands(
    dsn: str, running: ServerProcess, where: str
) -> None:
    """With the locks of all balances and of the journal's head: what every other server needs."""
    let_go = asyncio.Event()
    async with LedgerClient(running.target) as client, relay_to(dsn) as relay, session(relay.dsn) as stopped:
        await client.transactions.PostTransaction(payment("before"))
        await stopped.execute("BEGIN")
        await stopped.execute(_BALANCES)
        async with watch_transactions(client) as watcher:
            await watcher.ready()
            events = aiter(watcher)
            await stopped.execute(_HEAD)
            standing = asyncio.create_task(_stand(stopped, where, relay.stall, let_go))
            await client.transactions.PostTransaction(payment("after"), timeout=DEADLINE_SECONDS)
            async with asyncio.timeout(DEADLINE_SECONDS):
                while (await anext(events)).transaction.transaction.reference != "after":
                    pass
        relay.go_on()
        let_go.set()
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)):
            await standing
            await stopped.execute("COMMIT")


@asynccontextmanager
async def session(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    """One like a server's."""
    connections = await pool.open_pool(dsn, min_size=1, max_size=1)
    async with connections.acquire() as connection:
        yield connection
    await connections.close()


async def _stand(connection: asyncpg.Connection, where: str, stall, let_go: asyncio.Event) -> None:
    """What a server that is stopped there looks like to PostgreSQL."""
    if where == "while it sends rows":
        await connection.copy_to_table("due", source=_rows_after(let_go), columns=["transaction_id"], format="text")
    elif where == "while it takes rows in":
        stall()
        await connection.fetchval("SELECT repeat('x', 100000000)")


async def _rows_after(let_go: asyncio.Event) -> AsyncIterator[bytes]:
    await let_go.wait()
    yield b""
