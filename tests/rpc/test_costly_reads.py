"""Reads that look at many rows: they take turns, end in time, and stand in nobody's way.

They are slow by construction: every row of the table that they read waits for a lock that the test holds.
"""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest
from ledgerapi.v1 import identity_service_pb2, ledger_service_pb2

from ledgerd.core.model import ids
from ledgerd.operations.costly import WAITING_PER_TURN
from ledgerd.store import lists, walks
from ledgerd.wire import lists as of_contract
from ledgerd.wire import paging
from tests.conftest import Server, start_server, stop_server
from tests.rpc import wire
from tests.rpc.test_health import SERVING, health

pb, ledgers, identities = wire.pb, ledger_service_pb2, identity_service_pb2
AT_ONCE = 15
A_BALANCE = "bln_0000000000e008000000000001"
A_BATCH = "bat_0000000000e008000000000001"

NUMBER = ids.decode(ids.BALANCE, A_BALANCE) or 0
INSERT_BALANCES = """
INSERT INTO balances (id, ledger_id, indicator, currency, precision, version, moved_at, created_at, updated_at)
SELECT {id}, '00000000-0000-7000-8000-000000000001', {indicator}, 'C' || number, 100, 9, now(), now(), now()
FROM generate_series(1, {count}) AS number;
"""
A_BALANCE_AND_WORLD = "".join(
    INSERT_BALANCES.format(id=balance_id, indicator=indicator, count=1)
    for balance_id, indicator in ((f"'{uuid.UUID(int=NUMBER)}'", "NULL"), ("gen_random_uuid()", "'@World'"))
)
BALANCES_OF_MANY = INSERT_BALANCES.format(id="gen_random_uuid()", indicator="'@Many'", count="{count}")
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
        assert told.details.keys() == {"cause", "field", "running", "waiting", "limit", "retry_seconds"}
        assert (told.details["cause"], told.details["field"], told.details["limit"]) == ("busy", "create_time", "1")

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
    assert rejection.details == {"cause": "time", "field": "create_time", "limit_seconds": "0.2"}
    await stop_server(server)


SINCE = "2026-03-01T00:00:00Z"


@pytest.mark.parametrize(
    ("filter_text", "order_by", "include_total", "is_costly"),
    [
        ("", "", False, False),
        ("", "", True, True),
        (f'balance_id = "{A_BALANCE}"', "", False, False),
        (f'balance_id = "{A_BALANCE}"', "record_time", False, False),
        (f'balance_id = "{A_BALANCE}"', "", True, True),
        (f'balance_id = "{A_BALANCE}" AND create_time > {SINCE}', "", False, False),
        (f'balance_id = "{A_BALANCE}" AND record_time > {SINCE}', "", False, True),
        (f'balance_id = "{A_BALANCE}" AND record_time > {SINCE}', "record_time", False, False),
        (f'balance_id = "{A_BALANCE}" AND create_time > {SINCE}', "record_time", False, True),
        ("source_indicator = @World", "", False, False),
        ("source_indicator = @World AND currency = USD", "record_time desc", False, False),
        ("source_indicator != @World", "", False, True),
        (f'source_id = "{A_BALANCE}"', "", False, False),
        (f'batch_id = "{A_BATCH}"', "", False, False),
        ('reference = "r"', "", False, False),
        ('reference = ""', "", False, True),
        ('tag = "nope"', "", False, True),
        ('reference != "x" AND tag = "nope"', "", True, True),
        (f'balance_id = "{A_BALANCE}" AND tag = "nope"', "", False, True),
    ],
)
async def test_what_an_index_serves_is_not_costly(
    connection: asyncpg.Connection, filter_text: str, order_by: str, include_total: bool, is_costly: bool
) -> None:
    """Of a table in which to look at a row costs so much that a few are too many."""
    await connection.execute(A_BALANCE_AND_WORLD)
    await connection.execute(WAIT_FOR_LOCK.format(table="transactions", cost=100_000_000))
    await connection.execute("SET ROLE ledgerd_service")
    request = pb.ListTransactionsRequest(filter=filter_text, order_by=order_by, include_total=include_total)
    assert await looks_costly(connection, request) is is_costly


async def looks_costly(connection: asyncpg.Connection, request: pb.ListTransactionsRequest) -> bool:
    wanted, _ = paging.read(request, of_contract.TRANSACTIONS)
    listing = of_contract.TRANSACTIONS.listing
    return await lists.is_costly(connection, listing, wanted, await lists.find_walk(connection, listing, wanted))


async def test_a_short_table_costs_little_however_it_is_read(connection: asyncpg.Connection) -> None:
    filter_text = 'reference != "x" AND tag = "nope"'
    assert not await looks_costly(connection, pb.ListTransactionsRequest(filter=filter_text, include_total=True))


@pytest.mark.parametrize(
    ("filter_text", "field"),
    [
        ("", "create_time"),
        ("tag = rent", "create_time"),
        (f"tag = rent AND record_time > {SINCE}", "create_time"),
        (f"tag = rent AND create_time > {SINCE}", "balance_id"),
        (f'tag = rent AND balance_id = "{A_BALANCE}"', "create_time"),
        (f'tag = rent AND balance_id = "{A_BALANCE}" AND create_time > {SINCE}', "create_time"),
    ],
)
async def test_a_list_that_is_too_costly_is_rejected_with_the_field_to_add(
    dsn: str, connection: asyncpg.Connection, filter_text: str, field: str
) -> None:
    server = await start_server(dsn, read_seconds=0.2)
    await wire.record(server, wire.from_world("a", "@Sales", 5, tag="rent"))
    await connection.execute(f"UPDATE balances SET id = '{uuid.UUID(int=NUMBER)}' WHERE indicator = '@Sales'")
    await connection.execute("ALTER TABLE transactions DISABLE TRIGGER transactions_move_only_forward")
    await connection.execute(f"UPDATE transactions SET destination_id = '{uuid.UUID(int=NUMBER)}'")
    async with every_row_waits(connection, "transactions", cost=100_000_000):
        request = pb.ListTransactionsRequest(filter=filter_text, include_total=True)
        rejection = await wire.rejection(server.transactions.ListTransactions(request))
    assert (rejection.code, rejection.reason) == ("RESOURCE_EXHAUSTED", "READ_TOO_COSTLY")
    assert rejection.details == {"cause": "time", "field": field, "limit_seconds": "0.2"}
    await stop_server(server)


async def test_an_indicator_of_more_balances_than_a_list_is_made_of_needs_a_currency(
    server: Server, connection: asyncpg.Connection
) -> None:
    await connection.execute(BALANCES_OF_MANY.format(count=walks.BALANCES_MAX + 1))
    request = pb.ListTransactionsRequest(filter="destination_indicator = @Many")
    rejection = await wire.rejection(server.transactions.ListTransactions(request))
    assert (rejection.code, rejection.reason) == ("RESOURCE_EXHAUSTED", "READ_TOO_COSTLY")
    assert rejection.details == {"cause": "balances", "field": "currency", "limit": "100"}
    request.filter += " AND currency = C1"
    await server.transactions.ListTransactions(request)
