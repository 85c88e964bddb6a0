"""Two processes and the clock want the same holds: of a commit, a void and an expiry one wins each time."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable
from datetime import datetime, timedelta

import asyncpg
import pytest
from ledgerapi.v1.operation_pb2 import CommitHold, VoidHold
from ledgerapi.v1.transaction_service_pb2 import CommitHoldRequest, VoidHoldRequest
from ledgerd_client import LedgerClient, Rejected

from ledgerd.operations.verify import verify
from tests.faults.process import serving
from tests.poster.harness import YESTERDAY, ShiftedTime, id_of, open_harness, post

RACES, EACH = 700, 100
AMOUNT = 100
LEAD = timedelta(seconds=3)
FAR = timedelta(days=1)
AROUND_SECONDS = (-0.4, 1.0)
PATIENCE_SECONDS = 120
LATE = {"HOLD_RESOLVED", "HOLD_EXPIRED"}

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
    """Some holds are raced for around their expiry. Of others each of the three is the first by the order of calls."""
    async with (
        serving(dsn) as first,
        serving(dsn) as second,
        LedgerClient(first.target, deadline_seconds=PATIENCE_SECONDS) as here,
        LedgerClient(second.target, deadline_seconds=PATIENCE_SECONDS) as there,
    ):
        expiry: datetime = await connection.fetchval("SELECT clock_timestamp()") + LEAD
        raced, expired = await open_holds(dsn, "raced", RACES, expiry), await open_holds(dsn, "expired", EACH, expiry)
        committed, voided = [await open_holds(dsn, name, EACH, expiry + FAR) for name in ("committed", "voided")]
        expires_in = (expiry - await connection.fetchval("SELECT clock_timestamp()")).total_seconds()
        answers = await asyncio.gather(*(race(here, there, hold, expires_in) for hold in raced))
        said = Counter(answer for pair in answers for answer in pair)
        for holds, calls in ((committed, (commit, void)), (voided, (void, commit))):
            for call, client in zip(calls, (here, there), strict=True):
                said.update(await asyncio.gather(*(call(client, hold) for hold in holds)))
        await until_all_are_resolved(connection)
        late = await asyncio.gather(*(call(there, hold) for call in (commit, void) for hold in expired))
    assert set(late) == {"HOLD_EXPIRED"}
    rows = await connection.fetch(WINNERS)
    assert len(rows) == RACES + 3 * EACH
    for row in rows:
        (told,) = row["told"]
        assert (row["status"], row["committed"], row["voided"]) == ENDS[told]
    won = Counter(told for row in rows for told in row["told"])
    assert min(won[end] for end in ENDS) >= EACH, "each of the three came first somewhere"
    assert won["COMMITTED"] == said.pop("committed")
    assert won["VOIDED"] == said.pop("voided")
    assert said.keys() <= LATE
    held = await connection.fetchval("SELECT sum(inflight_credit + inflight_debit) FROM balances")
    assert held == 0
    assert (await verify(connection)).faults == []


async def open_holds(dsn: str, name: str, count: int, expiry: datetime) -> list[str]:
    """By a process of yesterday, which takes them also when they have expired meanwhile."""
    async with open_harness(dsn, ids_and_clock=ShiftedTime(YESTERDAY)) as harness:
        terms = {"inflight": True, "allow_overdraft": True, "expires_at": expiry}
        drafts = [post("@Payer", f"@Shop{n % 7}", AMOUNT, f"{name} {n}", **terms) for n in range(count)]
        return [id_of(outcome) for outcome in await harness.chunk(drafts)]


async def race(here: LedgerClient, there: LedgerClient, hold: str, expires_in: float) -> tuple[str, str]:
    """Both at once, at some moment around the expiry; what each was told."""
    await asyncio.sleep(max(0.0, expires_in + random.uniform(*AROUND_SECONDS)))
    calls = [commit(here, hold), void(there, hold)]
    random.shuffle(calls)
    first, second = await asyncio.gather(*calls)
    return first, second


async def commit(client: LedgerClient, hold: str) -> str:
    request = CommitHoldRequest(commit_hold=CommitHold(target={"transaction_id": hold}))
    return await told(client.transactions.CommitHold(request), "committed")


async def void(client: LedgerClient, hold: str) -> str:
    request = VoidHoldRequest(void_hold=VoidHold(target={"transaction_id": hold}))
    return await told(client.transactions.VoidHold(request), "voided")


async def told(call: Awaitable[object], word: str) -> str:
    try:
        await call
    except Rejected as rejected:
        return rejected.reason
    return word


async def until_all_are_resolved(connection: asyncpg.Connection) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await connection.fetchval(
            "SELECT count(*) FROM transactions WHERE kind = 'HOLD' AND status = 'INFLIGHT'"
        ):
            await asyncio.sleep(0.05)
