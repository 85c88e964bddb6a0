"""The Python client and batches in the background, on a real service."""

import pytest
from ledgerapi.v1.batch_pb2 import BATCH_STATUS_FINISHED, BATCH_STATUS_REJECTED
from ledgerd_client import (
    Conflict,
    LedgerClient,
    Malformed,
    NotFound,
    batch_rejections,
    rejection_error,
    run_batch,
    start_batch,
    wait_for_batch,
)

from tests.rpc import wire
from tests.rpc.background import counts, malformed, without_funds


async def test_a_batch_of_drafts_and_operations_is_run_to_its_end(client: LedgerClient) -> None:
    operations = [wire.from_world("r", "@Sales", 5), without_funds()]
    batch = await run_batch(client, operations, request_id="once")
    assert (batch.status, counts(batch)) == (BATCH_STATUS_FINISHED, (2, 1, 0, 1))
    assert await run_batch(client, operations, request_id="once") == batch
    (rejected,) = [rejection async for rejection in batch_rejections(client, batch.id)]
    assert (rejected.index, rejection_error(rejected.rejection).reason) == (1, "INSUFFICIENT_FUNDS")


async def test_all_pages_of_rejections_are_read(client: LedgerClient) -> None:
    batch = await run_batch(client, [without_funds(f"{n}") for n in range(1_500)], request_id="once")
    assert [rejection.index async for rejection in batch_rejections(client, batch.id)] == list(range(1_500))


async def test_an_atomic_batch_says_why_it_was_rejected_now_or_later(client: LedgerClient) -> None:
    now = await run_batch(client, [malformed()], request_id="now", atomic=True)
    later = await run_batch(client, [without_funds()], request_id="later", atomic=True)
    assert (now.id, now.status, later.status) == ("", BATCH_STATUS_REJECTED, BATCH_STATUS_REJECTED)
    reasons = [rejection_error(result.rejection).reason for result in (now, later)]
    assert reasons == ["FIELD_INVALID", "INSUFFICIENT_FUNDS"]


async def test_what_cannot_be_is_raised(client: LedgerClient) -> None:
    await start_batch(client, [wire.from_world("r", "@Sales", 5)], request_id="once")
    with pytest.raises(Conflict):
        await start_batch(client, [wire.from_world("r", "@Sales", 6)], request_id="once")
    with pytest.raises(Malformed):
        await start_batch(client, [], request_id="none")
    with pytest.raises(NotFound):
        await wait_for_batch(client, "bat_01hzzzzzzzzzzzzzzzzzzzzzzz")
