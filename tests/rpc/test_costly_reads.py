"""Reads that look at many rows: they take turns, end in time, and stand in nobody's way.

They are slow by construction: every row of the table that they read waits for a lock that the test holds.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest
from ledgerapi.v1 import identity_service_pb2, ledger_service_pb2

from ledgerd.operations.costly import WAITING_PER_TURN
from ledgerd.store import lists
from ledgerd.wire import lists as of_contract
from ledgerd.wire import paging
from tests.conftest import Server, start_server, stop_server
from tests.rpc import wire
from tests.rpc.test_health import SERVING, health

pb, ledgers, identities = wire.pb, ledger_service_pb2, identity_service_pb2
AT_ONCE = 15
A_BALANCE = "bln_0000000000e008000000000001"
A_BATCH = "bat_0000000000e008000000000001"

WAIT_FOR_LOCK = """
CREATE FUNCTION waits() RETURNS boolean LANGUAGE plpgsql COST {cost} AS $$
BEGIN PERFORM pg_advisory_xact_lock_shared(17); RETURN true; END $$;
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
CREATE POLICY everything ON {table} USING (true) WITH CHECK (true);
CREATE POLICY slow ON {table} AS RESTRICTIVE FOR SELECT USING (waits());
"""


@asynccontextmanager
async def every_row_waits(connection: asyncpg.Connection, table: str, *, cost: int) -> AsyncIterator[None]:
    """As long as this lasts; to the planner a row costs so much."""
    await connection.execute(WAIT_FOR_LOCK.format(table=table, cost=cost))
    await connection.execute("SELECT pg_advisory_lock(17)")
    try:
        yield
    finally:
        await connection.execute("SELECT pg_advisory_unlock(17)")


def count_identities(server: Server) -> Any:
    return server.identities.ListIdentities(identities.ListIdentitiesRequest(include_total=True))


async def person(server: Server) -> None:
    await server.identities.CreateIdentity(
        identities.CreateIdentityRequest(identity={"individual": {"first_name": "Ada"}})
    )


async def test_costly_reads_take_turns_and_everything_else_goes_on_beside_them(
    server: Server, connection: asyncpg.Connection
) -> None:
    await person(server)
    watching = await wire.watch(server)
    async with every_row_waits(connection, "identities", cost=100_000_000):
        reads = [asyncio.ensure_future(wire.rejection(count_identities(server))) for _ in range(AT_ONCE)]
        rejected = AT_ONCE - 1 - WAITING_PER_TURN
        async with asyncio.timeout(wire.PATIENCE_SECONDS):
            while sum(read.done() for read in reads) < rejected:
                await asyncio.wait(reads, timeout=0.1, return_when=asyncio.FIRST_COMPLETED)
        told = next(read.result() for read in reads if read.done())
        assert (told.code, told.reason, told.retry) == ("RESOURCE_EXHAUSTED", "READ_TOO_COSTLY", True)
        assert told.details.keys() == {"cause", "running", "waiting", "limit", "retry_seconds"}
        assert (told.details["cause"], told.details["limit"]) == ("busy", "1")

        assert await health(server.channel) == SERVING
        balance = await wire.open_balance(server)
        await wire.record(server, wire.from_world("a", balance, 5))
        assert (await server.ledgers.GetBalance(ledgers.GetBalanceRequest(balance_id=balance))).balance.id == balance
        queued = (await wire.record(server, wire.from_world("b", balance, 6, queue=True))).transaction
        applied = await server.transactions.WaitTransaction(pb.WaitTransactionRequest(transaction_id=queued.id))
        assert applied.transaction.destination_figures.after.balance == "11"
        assert await watching.references(3) == ["a", "b", "b"]
        assert len(await wire.listed(server)) == 2
    for read in reads:
        read.cancel()
    await asyncio.gather(*reads, return_exceptions=True)
    assert (await count_identities(server)).total_size == 1


@pytest.mark.parametrize("cost", [1, 100_000_000])
async def test_a_read_of_rows_ends_in_time_whether_or_not_it_looked_costly(
    dsn: str, connection: asyncpg.Connection, cost: int
) -> None:
    server = await start_server(dsn, read_seconds=0.2)
    await person(server)
    async with every_row_waits(connection, "identities", cost=cost):
        rejection = await wire.rejection(count_identities(server))
    assert (rejection.code, rejection.reason, rejection.retry) == ("RESOURCE_EXHAUSTED", "READ_TOO_COSTLY", True)
    assert rejection.details == {"cause": "time", "limit_seconds": "0.2"}
    await stop_server(server)


@pytest.mark.parametrize(
    ("filter_text", "include_total", "is_costly"),
    [
        ("", False, False),
        ("", True, True),
        (f'balance_id = "{A_BALANCE}"', False, False),
        (f'balance_id = "{A_BALANCE}"', True, True),
        (f'source_id = "{A_BALANCE}"', False, False),
        (f'batch_id = "{A_BATCH}"', False, False),
        ('reference = "r"', False, False),
        ('reference = ""', False, True),
        ('tag = "nope"', False, True),
        ('reference != "x" AND tag = "nope"', True, True),
        (f'balance_id = "{A_BALANCE}" AND tag = "nope"', False, True),
    ],
)
async def test_what_an_index_serves_is_not_costly(
    connection: asyncpg.Connection, filter_text: str, include_total: bool, is_costly: bool
) -> None:
    """Of a table in which to look at a row costs so much that a few are too many."""
    await connection.execute(WAIT_FOR_LOCK.format(table="transactions", cost=100_000_000))
    await connection.execute("SET ROLE ledgerd_service")
    request = pb.ListTransactionsRequest(filter=filter_text, include_total=include_total)
    wanted, _ = paging.read(request, of_contract.TRANSACTIONS)
    assert await lists.is_costly(connection, of_contract.TRANSACTIONS.listing, wanted) is is_costly


async def test_a_short_table_costs_little_however_it_is_read(connection: asyncpg.Connection) -> None:
    request = pb.ListTransactionsRequest(filter='reference != "x" AND tag = "nope"', include_total=True)
    wanted, _ = paging.read(request, of_contract.TRANSACTIONS)
    assert not await lists.is_costly(connection, of_contract.TRANSACTIONS.listing, wanted)
