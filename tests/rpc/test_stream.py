"""PostStream: chunks in, results out in order, and what is no stream."""

import asyncio
from typing import Any

import grpc
import pytest
from ledgerapi.v1 import operation_pb2

from tests.conftest import Server
from tests.rpc import wire
from tests.rpc.uploads import counts, large, serves, totals

pb = wire.pb


# Chunks ----------------------------------------------------------------------------------------


async def test_chunks_are_answered_in_order_and_counted(server: Server) -> None:
    upload = wire.Upload(server)
    await upload.open()
    for number in range(1, 21):
        await upload.send_chunk(wire.drafts(number, prefix=f"c{number}"))
    results = [await upload.result() for _ in range(20)]
    assert [counts(result) for result in results] == [(number, number, 0, 0) for number in range(1, 21)]
    assert [result.reference for result in results[2].results] == ["c3-1", "c3-2", "c3-3"]
    assert totals(await upload.finish(210)) == (20, 210, 210, 0, 0)
    assert await wire.balance(server, "@Sales") == 210


async def test_the_limits_are_told_when_the_stream_opens(server: Server) -> None:
    opened = await wire.Upload(server).open()
    assert (opened.max_chunk_operations, opened.max_chunk_bytes) == (1_000, 1024 * 1024)
    assert opened.max_chunks_in_flight > 1


async def test_a_chunk_is_recorded_when_it_is_answered(server: Server) -> None:
    upload = wire.Upload(server)
    await upload.open()
    await upload.chunk(wire.drafts(3))
    assert len(await wire.listed(server)) == 3  # The stream is still open.
    await upload.finish(3)


async def test_rejected_operations_are_in_the_result_of_their_chunk(server: Server) -> None:
    upload = wire.Upload(server)
    await upload.open()
    poor = wire.post(wire.draft("poor", "@Empty", "@Sales", 1))
    result = await upload.chunk([*wire.drafts(2), poor, wire.post(wire.draft("bad", "", "@Sales", 1))])
    assert wire.outcomes(result.results) == ["posted", "posted", "INSUFFICIENT_FUNDS", "FIELD_INVALID"]
    assert wire.of_rejection(result.results[3].rejection).fields == ("post.source",)
    assert totals(await upload.finish(4)) == (1, 4, 2, 0, 2)


@pytest.mark.parametrize("view", [wire.FULL, wire.BASIC, operation_pb2.TRANSACTION_VIEW_UNSPECIFIED])
async def test_the_view_says_whether_transactions_are_told_whole(server: Server, view: Any) -> None:
    upload = wire.Upload(server)
    await upload.open(view=view)
    (result,) = (await upload.chunk(wire.drafts(1))).results
    assert result.posted.HasField("transaction") == (view == wire.FULL)
    assert result.posted.transaction_id == (await wire.transaction(server, reference="r-1")).id


async def test_an_atomic_chunk_is_recorded_as_a_batch(server: Server) -> None:
    upload = wire.Upload(server)
    await upload.open()
    result = await upload.chunk(wire.drafts(3), wire.ATOMIC)
    assert {transaction.batch_id for transaction in await wire.listed(server)} == {result.batch_id}
    batch = (await server.transactions.GetBatch(pb.GetBatchRequest(batch_id=result.batch_id))).batch
    assert (batch.mode, batch.posted_count) == (wire.ATOMIC, 3)


async def test_an_atomic_chunk_of_which_one_is_rejected_leaves_nothing(server: Server) -> None:
    upload = wire.Upload(server)
    await upload.open()
    poor = wire.post(wire.draft("poor", "@Empty", "@Sales", 1))
    rejected = await upload.chunk([*wire.drafts(3), poor], wire.ATOMIC)
    assert (counts(rejected), rejected.batch_id) == ((1, 0, 0, 4), "")
    assert await wire.listed(server) == []
    assert counts(await upload.chunk(wire.drafts(3), wire.ATOMIC)) == (2, 3, 0, 0)


@pytest.mark.parametrize("preview", [False, True])
async def test_an_atomic_chunk_that_is_sent_again_has_the_batch_of_the_first(server: Server, preview: bool) -> None:
    first, again = wire.Upload(server), wire.Upload(server)
    await first.open()
    batch_id = (await first.chunk(wire.drafts(3), wire.ATOMIC)).batch_id
    await again.open(validate_only=preview)
    repeated = await again.chunk(wire.drafts(3), wire.ATOMIC)
    assert (counts(repeated), repeated.batch_id) == ((1, 0, 3, 0), batch_id)
    assert (await again.chunk(wire.drafts(3), wire.INDEPENDENT)).batch_id == ""
    assert (await wire.batch(server, wire.drafts(3), wire.ATOMIC)).batch.id == batch_id


async def test_holds_are_made_and_resolved_on_one_stream(server: Server) -> None:
    upload = wire.Upload(server)
    await upload.open()
    made = await upload.chunk([wire.post(wire.draft("h", "@World", "@Shop", 50, allow_overdraft=True, inflight=True))])
    committed = await upload.chunk([wire.commit(made.results[0].posted.transaction_id)])
    assert committed.results[0].reference == f"ledgerd:commit:{made.results[0].posted.transaction_id}"
    assert totals(await upload.finish(2)) == (2, 2, 2, 0, 0)
    assert await wire.balance(server, "@Shop") == 50


async def test_a_whole_stream_sent_again_replays(server: Server) -> None:
    seen = []
    for _ in range(2):
        upload = wire.Upload(server)
        await upload.open()
        results = [await upload.chunk(wire.drafts(50, prefix=f"c{number}"), mode) for number, mode in enumerate((1, 2))]
        seen.append([posting.posted.transaction_id for result in results for posting in result.results])
        finished = await upload.finish(100)
    assert totals(finished) == (2, 100, 0, 100, 0)
    assert seen[0] == seen[1]
    assert await wire.balance(server, "@Sales") == 100


async def test_a_preview_stream_writes_nothing(server: Server) -> None:
    upload = wire.Upload(server)
    await upload.open(validate_only=True)
    result = await upload.chunk(
        [*wire.drafts(2), wire.post(wire.draft("poor", "@Empty", "@Sales", 1))], wire.INDEPENDENT
    )
    assert wire.outcomes(result.results) == ["posted", "posted", "INSUFFICIENT_FUNDS"]
    assert {posting.posted.transaction_id for posting in result.results} == {""}
    assert (await upload.chunk(wire.drafts(2), wire.ATOMIC)).batch_id == ""
    await upload.finish(5)
    assert await wire.listed(server) == []
    balances = wire.ledger_service_pb2.ListBalancesRequest()
    assert not (await server.ledgers.ListBalances(balances)).balances


async def test_more_chunks_than_the_server_takes_in_at_once_wait(server: Server) -> None:
    upload = wire.Upload(server)
    opened = await upload.open()
    chunks = opened.max_chunks_in_flight * 3

    async def send() -> None:
        for number in range(chunks):
            await upload.send_chunk(wire.drafts(100, prefix=f"c{number}"))

    sending = asyncio.create_task(send())
    assert [(await upload.result()).sequence for _ in range(chunks)] == list(range(1, chunks + 1))
    await sending
    assert (await upload.finish(chunks * 100)).posted_count == chunks * 100


# Chunks that are rejected as a whole ------------------------------------------------------------


@pytest.mark.parametrize(
    ("operations", "reason", "numbers"),
    [
        (wire.drafts(1_001), "TOO_MANY_ITEMS", {"field": "operations", "requested": "1001", "limit": "1000"}),
        ([large(1024 * 1024)], "MESSAGE_TOO_LARGE", {"limit": str(1024 * 1024)}),
        ([], "FIELD_INVALID", {}),
    ],
)
async def test_a_chunk_beyond_the_limits_is_rejected_and_the_stream_goes_on(
    server: Server, operations: list[operation_pb2.Operation], reason: str, numbers: dict[str, str]
) -> None:
    upload = wire.Upload(server)
    await upload.open()
    await upload.chunk(wire.drafts(1, prefix="before"))
    rejected = await upload.chunk(operations)
    assert (rejected.sequence, list(rejected.results), rejected.batch_id) == (2, [], "")
    rejection = wire.of_rejection(rejected.rejection)
    assert rejection.reason == reason
    assert numbers.items() <= rejection.details.items()
    assert counts(await upload.chunk(wire.drafts(1, prefix="after"))) == (3, 1, 0, 0)
    finished = await upload.finish(2 + len(operations))
    assert totals(finished) == (3, 2 + len(operations), 2, 0, len(operations))


async def test_a_chunk_of_an_unknown_mode_is_rejected_and_the_stream_goes_on(server: Server) -> None:
    upload = wire.Upload(server)
    await upload.open()
    rejected = await upload.chunk(wire.drafts(1), 7)
    assert wire.of_rejection(rejected.rejection).fields == ("mode",)
    assert counts(await upload.chunk(wire.drafts(1))) == (2, 1, 0, 0)


async def test_a_chunk_out_of_order_is_rejected_and_the_right_one_still_awaited(server: Server) -> None:
    upload = wire.Upload(server)
    await upload.open()
    for sequence in (2, 0, -5):
        await upload.send(chunk=pb.PostStreamChunk(sequence=sequence, operations=wire.drafts(1, prefix="lost")))
        rejected = await upload.result()
        assert (rejected.sequence, rejected.rejected_count) == (sequence, 1)
        rejection = wire.of_rejection(rejected.rejection)
        assert (rejection.reason, rejection.details) == (
            "SEQUENCE_OUT_OF_ORDER",
            {"requested": str(sequence), "expected": "1"},
        )
    assert counts(await upload.chunk(wire.drafts(1))) == (1, 1, 0, 0)
    assert totals(await upload.finish(4)) == (4, 4, 1, 0, 3)
    assert [transaction.reference for transaction in await wire.listed(server)] == ["r-1"]


# The protocol ----------------------------------------------------------------------------------


@pytest.mark.parametrize("first", [{"chunk": pb.PostStreamChunk(sequence=1)}, {"finish": pb.PostStreamFinish()}, {}])
async def test_a_stream_begins_with_open(server: Server, first: dict[str, Any]) -> None:
    upload = wire.Upload(server)
    await upload.send(**first)
    rejection = await upload.rejected()
    assert (rejection.code, rejection.reason) == ("INVALID_ARGUMENT", "STREAM_PROTOCOL")
    assert rejection.details == {"expected": "open"}


async def test_a_stream_that_ends_before_it_begins_is_out_of_place(server: Server) -> None:
    upload = wire.Upload(server)
    await upload.call.done_writing()
    assert (await upload.rejected()).reason == "STREAM_PROTOCOL"


@pytest.mark.parametrize("message", [{"open": pb.PostStreamOpen()}, {}])
async def test_a_message_out_of_place_ends_the_stream_after_what_came_before(
    server: Server, message: dict[str, Any]
) -> None:
    upload = wire.Upload(server)
    await upload.open()
    await upload.send_chunk(wire.drafts(2))
    await upload.send(**message)
    assert counts(await upload.result()) == (1, 2, 0, 0)
    assert (await upload.rejected()).reason == "STREAM_PROTOCOL"
    assert len(await wire.listed(server)) == 2


async def test_nothing_is_recorded_that_comes_after_finish(server: Server) -> None:
    upload = wire.Upload(server)
    await upload.open()
    await upload.chunk(wire.drafts(1))
    await upload.finish(1)
    with pytest.raises((grpc.aio.AioRpcError, asyncio.InvalidStateError)):
        await upload.send_chunk(wire.drafts(1, prefix="late"))
    assert await serves(server)
    assert {transaction.reference for transaction in await wire.listed(server)} == {"r-1", "still-alive"}


@pytest.mark.parametrize("count", [0, 2, 4])
async def test_a_finish_with_another_count_is_told_and_what_was_answered_stays(server: Server, count: int) -> None:
    upload = wire.Upload(server)
    await upload.open()
    await upload.chunk(wire.drafts(3))
    await upload.send(finish=pb.PostStreamFinish(operation_count=count))
    rejection = await upload.rejected()
    assert (rejection.code, rejection.reason) == ("INVALID_ARGUMENT", "COUNT_MISMATCH")
    assert rejection.details == {"requested": str(count), "received": "3"}
    assert len(await wire.listed(server)) == 3


async def test_an_empty_stream_may_finish(server: Server) -> None:
    upload = wire.Upload(server)
    await upload.open()
    assert totals(await upload.finish(0)) == (0, 0, 0, 0, 0)
