"""What is posted for an accepted batch is recorded only while the batch is held by who posts it."""

import asyncio
import uuid

import pytest

from ledgerd.core.model.ids import BATCH, encode
from ledgerd.core.posting import Outcome
from ledgerd.poster.submission import Lease, Superseded, Traffic
from tests.poster.desk import Desk, post, said

HELD = uuid.UUID(int=7 << 64)


async def hold(desk: Desk, holder: uuid.UUID) -> Lease:
    """An accepted batch that is held so."""
    await desk.pool.execute(
        "INSERT INTO batch_runs (id, mode, payload, operations, accepted_at, lease_token, leased_until)"
        " VALUES ($1, 'INDEPENDENT', '', 5, now(), $2, now())",
        HELD,
        holder,
    )
    return Lease(HELD.hex, holder.hex)


async def part(desk: Desk, lease: Lease, *references: str, atomic: bool = False) -> list[Outcome]:
    operations = [post("@World", "@Shop", 1, reference, allow_overdraft=True) for reference in references]
    return await desk.poster.submit(
        operations, traffic=Traffic.BULK, atomic=atomic, batch_id=encode(BATCH, HELD.int), lease=lease
    )


@pytest.mark.parametrize("atomic", [False, True])
async def test_a_part_is_recorded_while_the_batch_is_held_and_has_no_record_of_its_own(
    desk: Desk, atomic: bool
) -> None:
    lease = await hold(desk, uuid.uuid4())
    assert [said(one) for one in await part(desk, lease, "a", "b", atomic=atomic)] == ["posted", "posted"]
    assert await desk.pool.fetchval("SELECT count(*) FROM transactions WHERE batch_id = $1", HELD) == 2
    assert await desk.pool.fetchval("SELECT count(*) FROM batches") == 0


@pytest.mark.parametrize("atomic", [False, True])
async def test_a_part_of_a_batch_that_others_hold_is_not_recorded_and_its_neighbours_are(
    desk: Desk, atomic: bool
) -> None:
    await hold(desk, uuid.uuid4())
    lost = part(desk, Lease(HELD.hex, uuid.uuid4().hex), "lost 1", "lost 2", atomic=atomic)
    before = desk.one(post("@World", "@Shop", 1, "before", allow_overdraft=True))
    after = desk.chunk([post("@World", "@Shop", 1, "after", allow_overdraft=True)])
    first, failure, others = await asyncio.gather(before, lost, after, return_exceptions=True)
    assert isinstance(failure, Superseded)
    assert isinstance(others, list) and [said(other) for other in others] == ["posted"]
    assert not isinstance(first, BaseException) and said(first) == "posted"
    assert await desk.pool.fetchval("SELECT array_agg(reference ORDER BY id) FROM transactions") == ["before", "after"]


async def test_a_batch_that_is_done_or_free_is_held_by_nobody(desk: Desk) -> None:
    lease = await hold(desk, uuid.uuid4())
    await desk.pool.execute("UPDATE batch_runs SET lease_token = NULL, leased_until = NULL")
    with pytest.raises(Superseded):
        await part(desk, lease, "a")
    await desk.pool.execute("DELETE FROM batch_runs")
    with pytest.raises(Superseded):
        await part(desk, lease, "b")
    assert await desk.pool.fetchval("SELECT count(*) FROM transactions") == 0
