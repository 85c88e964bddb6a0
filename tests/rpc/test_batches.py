"""PostBatch: many operations in one call, atomic or each for itself."""

import json
from typing import Any

import pytest
from ledgerapi.v1 import batch_pb2, operation_pb2, transaction_pb2

from tests.conftest import Server
from tests.rpc import wire

pb = wire.pb
UNKNOWN = "bat_01hzzzzzzzzzzzzzzzzzzzzzzz"


def counts(batch: batch_pb2.Batch) -> tuple[int, int, int, int]:
    """Operations, posted, replayed, rejected."""
    return batch.operation_count, batch.posted_count, batch.replayed_count, batch.rejected_count


async def stored(server: Server, batch_id: str) -> batch_pb2.Batch:
    return (await server.transactions.GetBatch(pb.GetBatchRequest(batch_id=batch_id))).batch


async def batches(server: Server, filter_text: str = "") -> list[batch_pb2.Batch]:
    return list((await server.transactions.ListBatches(pb.ListBatchesRequest(filter=filter_text))).batches)


def without_funds(reference: str = "poor") -> operation_pb2.Operation:
    """A draft that is rejected: @Empty has nothing."""
    return wire.post(wire.draft(reference, "@Empty", "@Sales", 1))


def malformed(reference: str = "bad") -> operation_pb2.Operation:
    return wire.post(wire.draft(reference, "World", "@Sales", 1))


# Independent -----------------------------------------------------------------------------------


async def test_rejected_and_malformed_operations_leave_the_others_alone(server: Server) -> None:
    first, second = wire.drafts(2)
    answer = await wire.batch(server, [first, without_funds(), malformed(), second])
    assert wire.outcomes(answer.results) == ["posted", "INSUFFICIENT_FUNDS", "FIELD_INVALID", "posted"]
    assert [result.reference for result in answer.results] == ["r-1", "poor", "bad", "r-2"]
    assert wire.of_rejection(answer.results[2].rejection).fields == ("post.source",)
    assert counts(answer.batch) == (4, 2, 0, 2)
    assert answer.batch.status == batch_pb2.BATCH_STATUS_FINISHED
    assert await wire.balance(server, "@Sales") == 2


@pytest.mark.parametrize("mode", [wire.INDEPENDENT, wire.ATOMIC])
async def test_a_batch_may_post_hold_commit_and_void(server: Server, mode: Any) -> None:
    kept, dropped = await wire.hold(server, "h1", 50), await wire.hold(server, "h2", 50)
    operations = [*wire.drafts(1), wire.commit(kept.id, 20, "c"), wire.void(dropped.id, "v"), wire.commit(kept.id)]
    answer = await wire.batch(server, operations, mode)
    assert wire.outcomes(answer.results) == ["posted"] * 4
    kinds = [result.posted.transaction.kind for result in answer.results]
    assert [transaction_pb2.TransactionKind.Name(kind).removeprefix("TRANSACTION_KIND_") for kind in kinds] == [
        "POSTING",
        "COMMIT",
        "VOID",
        "COMMIT",
    ]
    assert {result.posted.transaction.batch_id for result in answer.results} == {answer.batch.id}
    assert await wire.balance(server, "@Shop") == 50


async def test_operations_see_what_those_before_them_did(server: Server) -> None:
    till = await wire.open_balance(server)
    spend = [wire.post(wire.draft(f"s{n}", till, "@Sales", 60)) for n in range(2)]
    answer = await wire.batch(server, [spend[0], wire.post(wire.from_world("open", till, 100)), spend[1]])
    assert wire.outcomes(answer.results) == ["INSUFFICIENT_FUNDS", "posted", "posted"]


async def test_one_reference_twice_in_a_batch_replays(server: Server) -> None:
    (draft,) = wire.drafts(1)
    answer = await wire.batch(server, [draft, draft])
    assert wire.outcomes(answer.results) == ["posted", "replayed"]
    assert answer.results[0].posted.transaction_id == answer.results[1].posted.transaction_id
    assert await wire.balance(server, "@Sales") == 1


async def test_a_derived_reference_is_told(server: Server) -> None:
    hold = await wire.hold(server, "h", 50)
    (result,) = (await wire.batch(server, [wire.commit(hold.id)])).results
    assert result.reference == result.posted.transaction.reference == f"ledgerd:commit:{hold.id}"


async def test_operations_that_cannot_be_read_are_rejected_by_name(server: Server) -> None:
    operations = [
        wire.post(wire.from_world("c", "@Sales", 1, review_reason="why")),
        operation_pb2.Operation(cancel=operation_pb2.CancelTransaction(target=wire.target("txn_1"), reference="b")),
        operation_pb2.Operation(),
    ]
    rejections = [wire.of_rejection(result.rejection) for result in (await wire.batch(server, operations)).results]
    assert [rejection.reason for rejection in rejections] == ["FIELD_INVALID"] * 3
    assert [rejection.fields for rejection in rejections] == [
        ("post.review_reason",),
        ("cancel.target.transaction_id",),
        ("post",),
    ]


# Atomic ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("bad", "reason"), [(without_funds(), "INSUFFICIENT_FUNDS"), (malformed(), "FIELD_INVALID")])
async def test_a_rejected_atomic_batch_leaves_nothing(
    server: Server, bad: operation_pb2.Operation, reason: str
) -> None:
    await wire.record(server, wire.from_world("before", "@Sales", 5))
    hold = await wire.hold(server, "h", 50)
    answer = await wire.batch(
        server, [*wire.drafts(1), wire.commit(hold.id), bad, *wire.drafts(1, prefix="z")], wire.ATOMIC
    )
    neighbour = "NOT_APPLIED_WITH_GROUP"
    assert wire.outcomes(answer.results) == [neighbour, neighbour, reason, neighbour]
    assert wire.of_rejection(answer.results[0].rejection).details == {"failed_index": "2"}
    assert (answer.batch.id, answer.batch.status) == ("", batch_pb2.BATCH_STATUS_REJECTED)
    assert wire.of_rejection(answer.batch.rejection).reason == reason
    assert counts(answer.batch) == (4, 0, 0, 4)
    assert {transaction.reference for transaction in await wire.listed(server)} == {"before", "h"}
    assert await wire.balance(server, "@Sales") == 5
    assert (await wire.transaction(server, reference="h")).hold.remaining.precise == "50"
    assert await batches(server) == []


async def test_a_rejected_atomic_batch_does_not_use_up_its_references(server: Server) -> None:
    await wire.batch(server, [*wire.drafts(2), without_funds()], wire.ATOMIC)
    answer = await wire.batch(server, wire.drafts(2), wire.ATOMIC)
    assert wire.outcomes(answer.results) == ["posted", "posted"]


async def test_a_rejected_atomic_batch_leaves_its_neighbours_in_the_same_commit_alone(server: Server) -> None:
    upload = wire.Upload(server)
    await upload.open()
    for number, bad in enumerate((False, True, False, True)):
        rejected = [without_funds(f"poor-{number}")] if bad else []
        await upload.send_chunk([*wire.drafts(3, prefix=f"c{number}"), *rejected], wire.ATOMIC)
    results = [await upload.result() for _ in range(4)]
    assert [(result.posted_count, result.rejected_count) for result in results] == [(3, 0), (0, 4), (3, 0), (0, 4)]
    assert (await upload.finish(14)).posted_count == 6
    assert await wire.balance(server, "@Sales") == 6


async def test_a_repeated_atomic_batch_is_the_first_one(server: Server) -> None:
    first = await wire.batch(server, wire.drafts(3), wire.ATOMIC)
    again = await wire.batch(server, wire.drafts(3), wire.ATOMIC)
    assert wire.outcomes(again.results) == ["replayed"] * 3
    assert first.batch.id.startswith("bat_")
    assert again.batch.id == first.batch.id
    assert await wire.balance(server, "@Sales") == 3


async def test_an_atomic_batch_some_of_whose_references_are_recorded_is_rejected(server: Server) -> None:
    await wire.batch(server, wire.drafts(1))
    answer = await wire.batch(server, wire.drafts(3), wire.ATOMIC)
    neighbour = "NOT_APPLIED_WITH_GROUP"
    assert wire.outcomes(answer.results) == ["REFERENCES_ALREADY_RECORDED", neighbour, neighbour]
    assert wire.of_rejection(answer.results[0].rejection).details == {"reference": "r-1"}
    assert await wire.balance(server, "@Sales") == 1


async def test_an_atomic_batch_of_references_from_two_batches_is_rejected(server: Server) -> None:
    first, second = wire.drafts(2)
    await wire.batch(server, [first], wire.ATOMIC)
    await wire.batch(server, [second], wire.ATOMIC)
    answer = await wire.batch(server, [first, second], wire.ATOMIC)
    assert wire.outcomes(answer.results) == ["REFERENCES_ALREADY_RECORDED"] * 2


async def test_a_repeated_atomic_batch_with_one_change_is_rejected(server: Server) -> None:
    await wire.batch(server, wire.drafts(2), wire.ATOMIC)
    changed = wire.drafts(2)
    changed[1].post.precise_amount = "2"
    answer = await wire.batch(server, changed, wire.ATOMIC)
    assert wire.outcomes(answer.results) == ["NOT_APPLIED_WITH_GROUP", "REFERENCE_CONFLICT"]
    assert await wire.balance(server, "@Sales") == 2


async def test_an_exchange_between_currencies_is_two_movements_that_stand_together(server: Server) -> None:
    wallet = await wire.open_balance(server, "EUR")
    await wire.record(server, wire.from_world("open", wallet, "92.00", currency="EUR"))
    answer = await wire.batch(
        server,
        [
            wire.post(wire.draft("out", wallet, "@Exchange", "92.00", currency="EUR")),
            wire.post(wire.draft("in", "@Exchange", "@Savings", "100.00", allow_overdraft=True)),
        ],
        wire.ATOMIC,
    )
    assert wire.outcomes(answer.results) == ["posted", "posted"]
    assert await wire.balance(server, wallet) == 0
    assert await wire.balance(server, "@Savings") == 10_000


# The batch as a resource -----------------------------------------------------------------------


async def test_a_repeated_batch_is_known_by_its_first_id(server: Server) -> None:
    first = await wire.batch(server, wire.drafts(3))
    again = await wire.batch(server, wire.drafts(3))
    assert wire.outcomes(again.results) == ["replayed"] * 3
    assert again.batch.id == first.batch.id


async def test_a_batch_can_be_read_and_listed(server: Server) -> None:
    together = (await wire.batch(server, wire.drafts(2), wire.ATOMIC)).batch
    single = (await wire.batch(server, [*wire.drafts(1, prefix="s"), without_funds()])).batch
    read = await stored(server, single.id)
    assert (read.mode, read.status, counts(read)) == (wire.INDEPENDENT, batch_pb2.BATCH_STATUS_FINISHED, (2, 1, 0, 1))
    assert read.HasField("create_time")
    assert read.finish_time == read.create_time
    assert [batch.id for batch in await batches(server)] == [single.id, together.id]
    assert [batch.id for batch in await batches(server, "mode = ATOMIC")] == [together.id]
    assert {transaction.reference for transaction in await wire.listed(server, f"batch_id = {together.id}")} == {
        "r-1",
        "r-2",
    }


async def test_the_record_of_a_batch_counts_what_could_not_be_read(server: Server, connection: Any) -> None:
    answered = (await wire.batch(server, [*wire.drafts(2), malformed(), without_funds()])).batch
    assert counts(answered) == (4, 2, 0, 2)
    assert counts(await stored(server, answered.id)) == (4, 2, 0, 2)
    assert [counts(batch) for batch in await batches(server)] == [(4, 2, 0, 2)]
    payload = json.loads(await connection.fetchval("SELECT payload FROM events WHERE kind = 'BATCH_FINISHED'"))
    assert (payload["operations"], payload["posted"], payload["rejected"]) == (4, 2, 2)


@pytest.mark.parametrize("mode", [wire.INDEPENDENT, wire.ATOMIC])
async def test_the_answer_has_the_times_where_it_has_the_id(server: Server, mode: Any) -> None:
    preview = (await wire.batch(server, wire.drafts(2), mode, validate_only=True)).batch
    assert (preview.id, preview.HasField("create_time"), preview.HasField("finish_time")) == ("", False, False)
    recorded = (await wire.batch(server, wire.drafts(2), mode)).batch
    assert recorded.id
    assert recorded.HasField("create_time")
    assert recorded.HasField("finish_time")
    assert (await wire.batch(server, wire.drafts(2), mode)).batch == recorded
    assert (await wire.batch(server, wire.drafts(2), mode, validate_only=True)).batch == recorded


async def test_a_batch_in_which_nothing_was_new_is_not_recorded(server: Server) -> None:
    answer = await wire.batch(server, [without_funds(), malformed()])
    assert (answer.batch.id, await batches(server)) == ("", [])


async def test_an_unknown_batch_is_not_found(server: Server) -> None:
    rejection = await wire.rejection(stored(server, UNKNOWN))
    assert (rejection.code, rejection.reason, rejection.details) == ("NOT_FOUND", "BATCH_NOT_FOUND", {"batch": UNKNOWN})
    assert (await wire.rejection(stored(server, "bat_1"))).fields == ("batch_id",)


# The request itself ----------------------------------------------------------------------------


@pytest.mark.parametrize("view", [wire.FULL, wire.BASIC, operation_pb2.TRANSACTION_VIEW_UNSPECIFIED])
async def test_the_view_says_whether_transactions_are_told_whole(server: Server, view: Any) -> None:
    (result,) = (await wire.batch(server, wire.drafts(1), view=view)).results
    assert result.posted.transaction_id.startswith("txn_")
    assert result.posted.status == transaction_pb2.TRANSACTION_STATUS_APPLIED
    assert result.posted.HasField("transaction") == (view != wire.BASIC)


async def test_a_batch_needs_operations_and_a_known_mode(server: Server) -> None:
    assert (await wire.rejection(wire.batch(server, []))).fields == ("operations",)
    assert (await wire.rejection(wire.batch(server, wire.drafts(1), 7))).fields == ("mode",)


async def test_ten_thousand_operations_pass_and_one_more_does_not(server: Server) -> None:
    operations = wire.drafts(10_001)
    rejection = await wire.rejection(wire.batch(server, operations, view=wire.BASIC))
    assert (rejection.code, rejection.reason) == ("RESOURCE_EXHAUSTED", "TOO_MANY_ITEMS")
    assert rejection.details == {"field": "operations", "requested": "10001", "limit": "10000"}
    answer = await wire.batch(server, operations[:10_000], wire.ATOMIC, view=wire.BASIC)
    assert answer.batch.posted_count == 10_000
    assert await wire.balance(server, "@Sales") == 10_000


# Previews --------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [wire.INDEPENDENT, wire.ATOMIC])
async def test_a_preview_of_a_batch_answers_the_same_and_writes_nothing(server: Server, mode: Any) -> None:
    hold = await wire.hold(server, "h", 50)
    operations = [*wire.drafts(2), wire.commit(hold.id, 20, "c"), without_funds(), malformed()]
    preview = await wire.batch(server, operations, mode, validate_only=True)
    assert preview.batch.id == ""
    assert {result.posted.transaction_id for result in preview.results} == {""}
    assert [transaction.reference for transaction in await wire.listed(server)] == ["h"]
    assert await batches(server) == []
    real = await wire.batch(server, operations, mode)
    assert wire.outcomes(preview.results) == wire.outcomes(real.results)
    for seen, done in zip(preview.results, real.results, strict=True):
        for side in ("source_figures", "destination_figures"):
            previewed, other = getattr(seen.posted.transaction, side), getattr(done.posted.transaction, side)
            assert (previewed.before, previewed.after) == (other.before, other.after)


async def test_operations_of_a_preview_see_each_other(server: Server) -> None:
    till = await wire.open_balance(server)
    operations = [wire.post(wire.from_world("open", till, 100)), wire.post(wire.draft("s", till, "@Sales", 100))]
    preview = await wire.batch(server, operations, validate_only=True)
    assert wire.outcomes(preview.results) == ["posted", "posted"]
