"""A ledger in which a little of everything has happened."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from tests.conftest import start_server, stop_server
from tests.rpc import wire
from tests.store.rows import CLOSED, REJECTED_OPERATION


@pytest.fixture
async def books(dsn: str, connection: asyncpg.Connection) -> AsyncIterator[asyncpg.Connection]:
    """A superuser's view of a ledger in which a little of everything has happened."""
    server = await start_server(dsn)
    await wire.record(server, wire.from_world("posting", "@Sales", 100))
    hold = await wire.hold(server, "hold", 50)
    await wire.resolve(server, wire.commit(hold.id, 20, "commit"))
    await wire.batch(server, wire.drafts(2), wire.ATOMIC)
    watching = await wire.watch(server)  # Everything is placed once this posting is told.
    await wire.open_balance(server, tag="closed")
    await wire.record(server, wire.from_world("last", "@Sales", 1))
    assert await watching.references(1)
    watching.cancel()
    await stop_server(server)
    await connection.execute(f"UPDATE balances SET status = 'CLOSED' WHERE {CLOSED}")
    await connection.execute(REJECTED_OPERATION, "1", "{}")
    yield connection
