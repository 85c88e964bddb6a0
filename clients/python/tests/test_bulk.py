import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing

import pytest
from fake_ledger import FakeLedger, Fault, until
from ledgerapi.v1.batch_pb2 import BatchMode
from ledgerapi.v1.draft_pb2 import Draft
from ledgerapi.v1.operation_pb2 import CommitHold, Operation, VoidHold

from ledgerd_client import BulkSummary, LedgerClient, Malformed, ServiceFault, Unavailable, bulk, bulk_results, draft


def drafts(count: int, prefix: str = "r") -> Iterator[Draft]:
    for number in range(count):
        yield draft(
            f"{prefix}-{number}", source="@World", destination="bln_x", currency="USD", precise_amount=number + 1
        )


async def test_everything_is_sent_once_in_order(client: LedgerClient, ledger: FakeLedger) -> None:
    progress: list[BulkSummary] = []
    summary = await bulk(client, drafts(2_500), on_progress=progress.append)
    assert summary == BulkSummary(operations=2_500, posted=2_500)
    assert [len(chunk) for chunk in ledger.transactions.chunks[0]] == [1_000, 1_000, 500]
    assert [one.operations for one in progress] == [1_000, 2_000, 2_500]
    assert list(ledger.transactions.recorded) == [one.reference for one in drafts(2_500)]


async def test_repeating_an_upload_replays_it(client: LedgerClient) -> None:
    await bulk(client, drafts(50))
    assert await bulk(client, drafts(50)) == BulkSummary(operations=50, replayed=50)


async def test_nothing_to_send(client: LedgerClient) -> None:
    assert await bulk(client, []) == BulkSummary()


async def test_rejections_are_counted_by_reason(client: LedgerClient) -> None:
    summary = await bulk(client, [*drafts(3), *drafts(2, "poor")])
    assert (summary.posted, summary.rejected, dict(summary.rejections)) == (3, 2, {"INSUFFICIENT_FUNDS": 2})


@pytest.mark.parametrize("kind", ["unavailable", "cancelled", "eof", "going_away"])
@pytest.mark.parametrize("after", [1, 3, 10])
async def test_a_break_is_resumed(client: LedgerClient, ledger: FakeLedger, kind: str, after: int) -> None:
    ledger.scenario.faults = [Fault(after, kind), Fault(2, kind)]
    seen = [(asked, answered) async for asked, answered in bulk_results(client, drafts(100), chunk_operations=10)]
    assert [asked.reference for asked, _ in seen] == [one.reference for one in drafts(100)]
    assert all(asked.reference == answered.reference for asked, answered in seen)
    assert len(ledger.transactions.recorded) == 100
    assert len(set(ledger.transactions.recorded.values())) == 100


async def test_what_was_recorded_without_an_answer_is_counted_as_replayed(
    client: LedgerClient, ledger: FakeLedger
) -> None:
    ledger.scenario.faults = [Fault(2, "unavailable")]
    summary = await bulk(client, drafts(50), chunk_operations=10, in_flight=2)
    assert (summary.operations, summary.rejected, summary.reconnects) == (50, 0, 1)
    assert summary.replayed >= 10
    assert summary.posted + summary.replayed == 50


async def test_a_break_leaves_the_source_alone(client: LedgerClient, ledger: FakeLedger) -> None:
    """The break comes while the source itself waits; what it yields later must still arrive."""
    ledger.scenario.faults = [Fault(2, "unavailable")]
    broken = asyncio.Event()

    async def slow() -> AsyncIterator[Draft]:
        for number, one in enumerate(drafts(40)):
            if number == 25:
                await broken.wait()
                await asyncio.sleep(0.3)
            yield one

    task = asyncio.create_task(bulk(client, slow(), chunk_operations=10))
    await until(lambda: len(ledger.transactions.chunks) == 2)
    broken.set()
    assert (await task).operations == 40
    assert len(ledger.transactions.recorded) == 40


@pytest.mark.parametrize(("service_limit", "in_flight", "window"), [(3, 8, 3), (8, 2, 2), (1, 1, 1)])
async def test_a_window_of_chunks_is_in_flight(
    client: LedgerClient, ledger: FakeLedger, service_limit: int, in_flight: int, window: int
) -> None:
    ledger.scenario.max_chunks_in_flight = service_limit
    ledger.scenario.answers.clear()
    task = asyncio.create_task(bulk(client, drafts(200), chunk_operations=10, in_flight=in_flight))
    await until(lambda: ledger.transactions.received_chunks == window)
    await asyncio.sleep(0.2)
    assert ledger.transactions.received_chunks == window, "and no more"
    ledger.scenario.answers.set()
    assert (await task).posted == 200


async def test_a_slow_reader_stops_the_source(client: LedgerClient, ledger: FakeLedger) -> None:
    taken = 0

    def counted() -> Iterator[Draft]:
        nonlocal taken
        for one in drafts(10_000):
            taken += 1
            yield one

    async with aclosing(bulk_results(client, counted(), chunk_operations=10)) as results:
        await anext(results)
        await asyncio.sleep(0.3)
        assert taken <= 10 * (1 + 4 + 2 + 2)
    await until(lambda: ledger.transactions.open_streams == 0)


async def test_the_services_chunk_limit_binds(client: LedgerClient, ledger: FakeLedger) -> None:
    ledger.scenario.max_chunk_operations = 7
    await bulk(client, drafts(20))
    assert [len(chunk) for chunk in ledger.transactions.chunks[0]] == [7, 7, 6]


async def test_chunks_stay_under_a_mebibyte(client: LedgerClient, ledger: FakeLedger) -> None:
    large = [
        draft(f"r-{n}", source="@a", destination="@b", currency="USD", amount="1", description="x" * 400_000)
        for n in range(5)
    ]
    assert (await bulk(client, large)).posted == 5
    assert [len(chunk) for chunk in ledger.transactions.chunks[0]] == [2, 2, 1]


async def test_a_chunk_rejected_as_a_whole_rejects_its_operations(client: LedgerClient, ledger: FakeLedger) -> None:
    ledger.scenario.faults = [Fault(2, "rejected")]
    summary = await bulk(client, drafts(30), chunk_operations=10)
    assert (summary.posted, summary.rejected, dict(summary.rejections)) == (20, 10, {"MESSAGE_TOO_LARGE": 10})


async def test_atomic_chunks(client: LedgerClient, ledger: FakeLedger) -> None:
    ledger.scenario.faults = [Fault(1, "unavailable")]
    await bulk(client, drafts(20), chunk_operations=10, atomic=True)
    assert set(ledger.transactions.modes) == {BatchMode.BATCH_MODE_ATOMIC}
    assert {tuple(chunk) for stream in ledger.transactions.chunks for chunk in stream} == {
        tuple(f"r-{n}" for n in range(10)),
        tuple(f"r-{n}" for n in range(10, 20)),
    }


@pytest.mark.parametrize("kind", ["out_of_order", "miscount", "swapped", "wrong_total"])
async def test_a_service_that_errs_is_noticed(client: LedgerClient, ledger: FakeLedger, kind: str) -> None:
    ledger.scenario.faults = [Fault(2, kind)]
    with pytest.raises(ServiceFault):
        await bulk(client, drafts(30), chunk_operations=10)


@pytest.mark.parametrize(
    "nameless",
    [
        Draft(currency="USD"),
        Operation(post=Draft()),
        Operation(commit_hold=CommitHold(target={"transaction_id": "txn_x"}, amount="5")),
        Operation(),
    ],
)
async def test_without_reference_nothing_is_sent(
    client: LedgerClient, ledger: FakeLedger, nameless: Draft | Operation
) -> None:
    mixed: list[Draft | Operation] = [*drafts(15), nameless, *drafts(5, "later")]
    seen: list[str] = []

    async def upload() -> None:
        async for _, answered in bulk_results(client, mixed, chunk_operations=10):
            seen.append(answered.reference)

    with pytest.raises(Malformed) as caught:
        await upload()
    assert caught.value.reason == "FIELD_INVALID"
    assert seen == list(ledger.transactions.recorded) == [f"r-{n}" for n in range(10)]


async def test_what_settles_a_whole_hold_needs_no_reference(client: LedgerClient, ledger: FakeLedger) -> None:
    void, commit = VoidHold(target={"transaction_id": "txn_1"}), CommitHold(target={"transaction_id": "txn_2"})
    settling = [Operation(void_hold=void), Operation(commit_hold=commit)]
    assert (await bulk(client, settling)).posted == 2
    assert list(ledger.transactions.recorded) == ["derived:txn_1", "derived:txn_2"]


async def test_the_sources_own_error_comes_after_the_answers(client: LedgerClient, ledger: FakeLedger) -> None:
    async def failing() -> AsyncIterator[Draft]:
        for one in drafts(20):
            yield one
        raise OSError("disk")

    with pytest.raises(OSError, match="disk"):
        await bulk(client, failing(), chunk_operations=10)
    assert len(ledger.transactions.recorded) == 10  # The last chunk was not full.


async def test_gives_up_when_nobody_answers(client: LedgerClient, ledger: FakeLedger) -> None:
    ledger.scenario.faults = [Fault(1, "silent")] * 5
    with pytest.raises(Unavailable, match="no answer"):
        await bulk(client, drafts(10), give_up_seconds=0.4)


async def test_gives_up_when_nobody_is_there() -> None:
    async with LedgerClient("127.0.0.1:1") as client:
        with pytest.raises(Unavailable):
            await bulk(client, drafts(10), give_up_seconds=0.5)


async def test_a_slow_source_is_not_mistaken_for_a_silent_service(client: LedgerClient) -> None:
    async def slow() -> AsyncIterator[Draft]:
        for one in drafts(2):
            await asyncio.sleep(0.5)
            yield one

    assert (await bulk(client, slow(), chunk_operations=1, give_up_seconds=0.3)).posted == 2


async def test_cancelling_an_upload_ends_its_stream(client: LedgerClient, ledger: FakeLedger) -> None:
    ledger.scenario.answers.clear()
    task = asyncio.create_task(bulk(client, drafts(10)))
    await until(lambda: ledger.transactions.open_streams == 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(lambda: ledger.transactions.open_streams == 0)


@pytest.mark.parametrize("wrong", [{"chunk_operations": 0}, {"in_flight": 0}, {"give_up_seconds": 0}])
async def test_limits_out_of_bounds(client: LedgerClient, wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        await bulk(client, [], **wrong)  # type: ignore[arg-type]
