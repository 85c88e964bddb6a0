import pytest
from fake_ledger import FakeLedger
from grpc import StatusCode
from ledgerapi.v1.batch_pb2 import BATCH_STATUS_FINISHED

from ledgerd_client import LedgerClient, NotFound, Unavailable, wait_for_batch


async def test_a_watch_of_a_batch_is_taken_up_again_until_the_batch_is_done(
    client: LedgerClient, ledger: FakeLedger
) -> None:
    ledger.transactions.scenario.batch_breaks = [StatusCode.UNAVAILABLE, StatusCode.OK, StatusCode.CANCELLED]
    batch = await wait_for_batch(client, "bat_1")
    assert (batch.status, batch.posted_count) == (BATCH_STATUS_FINISHED, 4)
    assert ledger.transactions.batch_watches == ["bat_1"] * 4


async def test_patience_with_a_watch_that_breaks_has_an_end(client: LedgerClient, ledger: FakeLedger) -> None:
    ledger.transactions.scenario.batch_breaks = [StatusCode.UNAVAILABLE] * 100
    with pytest.raises(Unavailable):
        await wait_for_batch(client, "bat_1", give_up_seconds=0.01)


async def test_what_no_repetition_helps_is_raised_at_once(client: LedgerClient, ledger: FakeLedger) -> None:
    ledger.transactions.scenario.batch_breaks = [StatusCode.NOT_FOUND]
    with pytest.raises(NotFound):
        await wait_for_batch(client, "bat_1")
    assert len(ledger.transactions.batch_watches) == 1
