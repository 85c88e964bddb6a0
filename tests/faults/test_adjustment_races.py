"""Two servers and the clock want the same hold: adjustments, commits, voids and expiries leave the pools exact."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable
from datetime import datetime, timedelta

import asyncpg
import pytest
from ledgerapi.v1.operation_pb2 import AdjustHold, CommitHold, VoidHold
from ledgerapi.v1.transaction_service_pb2 import AdjustHoldRequest, CommitHoldRequest, VoidHoldRequest
from ledgerd_client import LedgerClient, Rejected

from ledgerd.operations.verify import verify
from tests.faults.process import serving
from tests.faults.test_hold_races import PATIENCE_SECONDS, until_all_are_resolved
from tests.poster.harness import YESTERDAY, ShiftedTime, id_of, open_harness, post

RACES, TOGETHER = 1_000, 100
AMOUNT = 100
LATE = {"HOLD_RESOLVED", "HOLD_EXPIRED", "HOLD_EXCEEDED", "ADJUSTMENT_TOO_LOW", "SCHEDULE_IN_PAST"}

SUMS = """
SELECT t.id, t.status, t.amount, t.committed, t.voided, COALESCE(t.adjusted, t.amount) AS held,
       t.amount - COALESCE(sum(c.released) FILTER (WHERE c.kind = 'ADJUSTMENT'), 0) AS held_by_adjustments,
       COALESCE(sum(c.amount) FILTER (WHERE c.kind = 'COMMIT'), 0) AS committed_by_commits,
       COALESCE(sum(c.amount) FILTER (WHERE c.kind = 'VOID'), 0) AS voided_by_voids
FROM transactions t LEFT JOIN transactions c ON c.parent_id = t.id
WHERE t.kind = 'HOLD' GROUP BY t.id
"""


@pytest.mark.slow
async def test_adjustments_commits_voids_and_expiries_race_and_the_pools_are_exact(
    dsn: str, connection: asyncpg.Connection
) -> None:
    """Six calls on each hold at once, over both servers, at some moment around its expiry."""
    said: Counter[str] = Counter()
    async with (
        serving(dsn) as first,
        serving(dsn) as second,
        LedgerClient(first.target, deadline_seconds=PATIENCE_SECONDS) as here,
        LedgerClient(second.target, deadline_seconds=PATIENCE_SECONDS) as there,
    ):
        for start in range(0, RACES, TOGETHER):
            now: datetime = await connection.fetchval("SELECT clock_timestamp()")
            expiries = [now + timedelta(seconds=random.uniform(0.3, 1.2)) for _ in range(min(TOGETHER, RACES - start))]
            holds = await open_holds(dsn, start, expiries)
            answers = await asyncio.gather(*(race(here, there, hold) for hold in holds))
            said.update(answer for told in answers for answer in told)
            held = await connection.fetchrow(
                "SELECT sum(inflight_credit) AS credit, sum(inflight_debit) AS debit FROM balances"
            )
            assert held["credit"] == held["debit"]
        await until_all_are_resolved(connection)
    rows = await connection.fetch(SUMS)
    assert len(rows) == RACES
    for row in rows:
        assert (row["held"], row["committed"], row["voided"]) == tuple(row[column] for column in (6, 7, 8)), row
        assert row["committed"] + row["voided"] == row["held"], row
        assert row["status"] == ("APPLIED" if row["committed"] else "VOID"), row
    held = await connection.fetchval("SELECT sum(inflight_credit + inflight_debit) FROM balances")
    moved = await connection.fetchval("SELECT sum(credit) FROM balances")
    assert (held, moved) == (0, sum(row["committed"] for row in rows))
    calls = {"raised", "lowered", "set", "postponed", "committed", "voided"}
    assert calls <= said.keys() <= calls | LATE, said
    assert (await verify(connection)).faults == []


async def open_holds(dsn: str, start: int, expiries: list[datetime]) -> list[str]:
    """By a process of yesterday, which takes them also when they have expired meanwhile."""
    async with open_harness(dsn, ids_and_clock=ShiftedTime(YESTERDAY)) as harness:
        drafts = [
            post(
                *("@Payer", f"@Shop{n % 7}", AMOUNT, f"hold {start + n}"),
                inflight=True,
                allow_overdraft=True,
                expires_at=expiry,
            )
            for n, expiry in enumerate(expiries)
        ]
        return [id_of(outcome) for outcome in await harness.chunk(drafts)]


async def race(here: LedgerClient, there: LedgerClient, hold: str) -> list[str]:
    """All at once, in any order; what each was told."""
    await asyncio.sleep(random.uniform(0, 1))
    calls = [
        adjust(here, hold, "raised", increase={"precise": str(random.randint(1, 90))}),
        adjust(there, hold, "lowered", decrease={"precise": str(random.randint(1, 90))}),
        adjust(here, hold, "set", total={"precise": str(random.randint(50, 150))}),
        commit(there, hold, random.randint(1, 60)),
        commit(here, hold, random.randint(1, 60)),
        void(there, hold)
        if random.random() < 0.5
        else adjust(there, hold, "postponed", inflight_expiry_time=in_a_while()),
    ]
    random.shuffle(calls)
    return await asyncio.gather(*calls)


def in_a_while() -> dict[str, int]:
    seconds = time.time() + random.uniform(1, 2)
    return {"seconds": int(seconds), "nanos": int(seconds % 1 * 10**9)}


async def adjust(client: LedgerClient, hold: str, word: str, **more: object) -> str:
    asked = AdjustHold(target={"transaction_id": hold}, reference=f"{word} {hold}", **more)  # type: ignore[arg-type]
    return await told(client.transactions.AdjustHold(AdjustHoldRequest(adjust_hold=asked)), word)


async def commit(client: LedgerClient, hold: str, amount: int) -> str:
    reference = f"commit {hold} {random.random()}"
    asked = CommitHold(target={"transaction_id": hold}, reference=reference, precise_amount=str(amount))
    return await told(client.transactions.CommitHold(CommitHoldRequest(commit_hold=asked)), "committed")


async def void(client: LedgerClient, hold: str) -> str:
    request = VoidHoldRequest(void_hold=VoidHold(target={"transaction_id": hold}))
    return await told(client.transactions.VoidHold(request), "voided")


async def told(call: Awaitable[object], word: str) -> str:
    try:
        await call
    except Rejected as rejected:
        return rejected.reason
    return word
