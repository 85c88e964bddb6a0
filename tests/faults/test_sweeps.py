"""Sweeps of one balance by two servers, beside credits: nothing is lost, nothing moves twice, nothing falls below 0."""

import asyncio
import random

import asyncpg
import pytest
from ledgerapi.v1.draft_pb2 import Available
from ledgerapi.v1.transaction_pb2 import Transaction
from ledgerapi.v1.transaction_service_pb2 import PostTransactionRequest
from ledgerd_client import LedgerClient, Rejected, draft

from ledgerd.operations.verify import verify
from tests.faults.process import serving

SWEEPS, CREDITS = 200, 300
PATIENCE_SECONDS = 120

TILL = """
SELECT t.source_credit - t.source_debit - t.source_inflight_debit AS left, t.amount
FROM transactions t JOIN balances b ON b.id = t.source_id WHERE b.indicator = '@Till'
"""


@pytest.mark.slow
async def test_two_hundred_concurrent_sweeps_beside_credits(dsn: str, connection: asyncpg.Connection) -> None:
    async with (
        serving(dsn) as first,
        serving(dsn) as second,
        LedgerClient(first.target, deadline_seconds=PATIENCE_SECONDS) as here,
        LedgerClient(second.target, deadline_seconds=PATIENCE_SECONDS) as there,
    ):
        clients, amounts = (here, there), random.Random("credits")
        earned = [amounts.randint(1, 1_000) for _ in range(CREDITS)]
        calls = [credit(clients[n % 2], n, amount) for n, amount in enumerate(earned)]
        calls += [sweep(clients[n % 2], n) for n in range(SWEEPS)]
        amounts.shuffle(calls)
        moved = sum(await asyncio.gather(*calls))
        # A repetition answers what the first call moved, and moves nothing.
        again = await asyncio.gather(*(sweep(clients[1 - n % 2], n) for n in range(SWEEPS)))
        last = await sweep(here, SWEEPS)
    swept = moved - sum(earned)
    assert sum(earned) == sum(again) + last, "what came in went out, once"
    assert swept <= sum(again), "a sweep that found nothing could be asked again"
    rows = await connection.fetch(TILL)
    assert sum(row["amount"] for row in rows) == sum(earned)
    assert {row["left"] for row in rows} == {0}, "each took all that there was"
    balances = dict(await connection.fetch("SELECT indicator, credit - debit FROM balances"))
    assert balances == {"@World": -sum(earned), "@Till": 0, "@Bank": sum(earned)}
    assert (await verify(connection)).faults == []


async def credit(client: LedgerClient, number: int, amount: int) -> int:
    """Money that comes in; its amount."""
    wanted = draft(
        f"credit {number}",
        source="@World",
        destination="@Till",
        currency="USD",
        precise_amount=amount,
        allow_overdraft=True,
    )
    return amount_of(await post(client, wanted))


async def sweep(client: LedgerClient, number: int) -> int:
    """Sends all that there is to the bank; how much that was."""
    wanted = draft(f"sweep {number}", source="@Till", destination="@Bank", currency="USD", available=Available())
    try:
        return amount_of(await post(client, wanted))
    except Rejected as rejected:
        assert rejected.reason == "NOTHING_AVAILABLE"
        return 0


async def post(client: LedgerClient, wanted) -> Transaction:
    return (await client.transactions.PostTransaction(PostTransactionRequest(draft=wanted))).transaction


def amount_of(transaction: Transaction) -> int:
    return int(transaction.amount.precise)
