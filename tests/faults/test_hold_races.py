"""Two processes and the clock want the same holds: of a commit, a void and an expiry one wins each time."""

import asyncio
import random
import time
from collections import Counter

import asyncpg
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from ledgerapi.v1.operation_pb2 import Commit, Operation, Void
from ledgerapi.v1.transaction_service_pb2 import CommitInflightRequest, PostBatchRequest, VoidInflightRequest
from ledgerd_client import LedgerClient, Refused, draft

from ledgerd.operations.verify import verify
from tests.faults.process import serving

HOLDS = 1_000
AMOUNT = 100
LEAD_SECONDS = 3.0
AROUND_SECONDS = (-0.4, 1.0)
LATE = {"HOLD_SETTLED", "HOLD_EXPIRED"}

WINNERS = """
SELECT t.id, t.status, t.committed, t.voided, array_agg(r.kind) AS told
FROM transactions t JOIN transitions r ON r.transaction_id = t.id
WHERE t.kind = 'HOLD' GROUP BY t.id
"""
ENDS = {
    "COMMITTED": ("APPLIED", AMOUNT, 0),
    "VOIDED": ("VOID", 0, AMOUNT),
    "EXPIRED": ("VOID", 0, AMOUNT),
}


@pytest.mark.slow
async def test_one_of_a_commit_a_void_and_an_expiry_wins_each_time(dsn: str, connection: asyncpg.Connection) -> None:
    async with serving(dsn) as first, serving(dsn) as second:
        async with LedgerClient(first.target) as one, LedgerClient(second.target) as two:
            expiry = time.time() + LEAD_SECONDS
            holds = await open_holds(one, expiry)
            answers = await asyncio.gather(*(race(one, two, hold, expiry) for hold in holds))
            await until_all_are_settled(connection)
    rows = await connection.fetch(WINNERS)
    assert len(rows) == HOLDS
    for row in rows:
        (told,) = row["told"]
        assert (row["status"], row["committed"], row["voided"]) == ENDS[told]
    won = Counter(told for row in rows for told in row["told"])
    said = Counter(answer for pair in answers for answer in pair)
    assert won.keys() == ENDS.keys(), "each of the three came first somewhere"
    assert won["COMMITTED"] == said.pop("committed")
    assert won["VOIDED"] == said.pop("voided")
    assert said.keys() <= LATE
    held = await connection.fetchval("SELECT sum(inflight_credit + inflight_debit) FROM balances")
    assert held == 0
    assert (await verify(connection)).faults == []


async def open_holds(client: LedgerClient, expiry: float) -> list[str]:
    at = Timestamp()
    at.FromMicroseconds(int(expiry * 1_000_000))
    asked = [
        draft(
            f"hold {number}",
            source="@Payer",
            destination=f"@Shop{number % 7}",
            currency="USD",
            precise_amount=AMOUNT,
            allow_overdraft=True,
            inflight=True,
        )
        for number in range(HOLDS)
    ]
    for one in asked:
        one.inflight_expiry_time.CopyFrom(at)
    response = await client.transactions.PostBatch(PostBatchRequest(operations=[Operation(post=one) for one in asked]))
    return [result.posted.transaction_id for result in response.results]


async def race(one: LedgerClient, two: LedgerClient, hold: str, expiry: float) -> tuple[str, str]:
    """Both at once, at some moment around the expiry; what each was told."""
    await asyncio.sleep(max(0.0, expiry + random.uniform(*AROUND_SECONDS) - time.time()))
    commit = CommitInflightRequest(commit=Commit(transaction_id=hold))
    void = VoidInflightRequest(void=Void(transaction_id=hold))
    calls = [(one.transactions.CommitInflight(commit), "committed"), (two.transactions.VoidInflight(void), "voided")]
    random.shuffle(calls)
    first, second = await asyncio.gather(*(told(call, word) for call, word in calls))
    return first, second


async def told(call, word: str) -> str:
    try:
        await call
    except Refused as refused:
        return refused.reason
    return word


async def until_all_are_settled(connection: asyncpg.Connection) -> None:
    async with asyncio.timeout(30):
        while await connection.fetchval(
            "SELECT count(*) FROM transactions WHERE kind = 'HOLD' AND status = 'INFLIGHT'"
        ):
            await asyncio.sleep(0.05)
