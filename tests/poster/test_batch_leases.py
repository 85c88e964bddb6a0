"""What is posted for an accepted batch is recorded only while the batch is held by who posts it."""

import asyncio
import uuid

import pytest

from ledgerd.core.decide import Outcome
from ledgerd.core.model.ids import BATCH, encode
from ledgerd.poster.submission import Lease, Superseded, Traffic
from tests.poster.harness import Harness, post, said

HELD = uuid.UUID(int=7 << 64)


async def hold(harness: Harness, holder: uuid.UUID) -> Lease:
    """An accepted batch that is held so."""
    await harness.pool.execute(
        "INSERT INTO batch_runs (id, mode, payload, operations, accepted_at, lease_token, leased_until)"
        " VALUES ($1, 'INDEPENDENT', '', 5, now(), $2, now())",
        HELD,
        holder,
    )
    return Lease(HELD.hex, holder.hex)


async def part(harness: Harness, lease: Lease, *references: str, atomic: bool = False) -> list[Outcome]:
    operations = [post("@World", "@Shop", 1, reference, allow_overdraft=True) for reference in references]
    return await harness.poster.submit(
        operations, traffic=Traffic.BULK, atomic=atomic, batch_id=encode(BATCH, HELD.int), lease=lease
    )


@pytest.mark.parametrize("atomic", [False, True])
async def test_a_part_is_recorded_while_the_batch_is_held_and_has_no_record_of_its_own(
    harness: Harness, atomic: bool
) -> None:
    lease = await hold(harness, uuid.uuid4())
    assert [said(outcome) for outcome in await part(harness, lease, "a", "b", atomic=atomic)] == ["posted", "posted"]
    assert await harness.pool.fetchval("SELECT count(*) FROM transactions WHERE batch_id = $1", HELD) == 2
    assert await harness.pool.fetchval("SELECT count(*) FROM batches") == 0


@pytest.mark.parametrize("atomic", [False, True])
async def test_a_part_of_a_batch_that_others_hold_is_not_recorded_and_its_neighbours_are(
    harness: Harness, atomic: bool
) -> None:
    await hold(harness, uuid.uuid4())
    lost = part(harness, Lease(HELD.hex, uuid.uuid4().hex), "lost 1", "lost 2", atomic=atomic)
    before = harness.one(post("@World", "@Shop", 1, "before", allow_overdraft=True))
    after = harness.chunk([post("@World", "@Shop", 1, "after", allow_overdraft=True)])
    first, failure, others = await asyncio.gather(before, lost, after, return_exceptions=True)
    assert isinstance(failure, Superseded)
    assert isinstance(others, list) and [said(other) for other in others] == ["posted"]
    assert not isinstance(first, BaseException) and said(first) == "posted"
    assert await harness.pool.fetchval("SELECT array_agg(reference ORDER BY id) FROM transactions") == [
        "before",
        "after",
    ]


async def test_a_batch_that_is_done_or_free_is_held_by_nobody(harness: Harness) -> None:
    lease = await hold(harness, uuid.uuid4())
    await harness.pool.execute("UPDATE batch_runs SET lease_token = NULL, leased_until = NULL")
    with pytest.raises(Superseded):
        await part(harness, lease, "a")
    await harness.pool.execute("DELETE FROM batch_runs")
    with pytest.raises(Superseded):
        await part(harness, lease, "b")
    assert await harness.pool.fetchval("SELECT count(*) FROM transactions") == 0
