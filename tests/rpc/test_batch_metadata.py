"""What is said of a batch as a whole: kept with it, shown with it, and compared when the batch is repeated."""

import asyncio
from typing import Any

import pytest
from ledgerapi.v1 import event_pb2, event_service_pb2

from tests.conftest import Server
from tests.rpc import wire
from tests.rpc.background import accept, done
from tests.rpc.test_batches import batches, stored

pb = wire.pb
SAID = {"file": "payroll.csv", "rows": 3}
OTHER = {"file": "payroll-2.csv", "rows": 3}


async def chunk_result(server: Server, **chunk: Any) -> pb.PostStreamChunkResult:
    """The answer to one chunk on a stream of its own."""
    messages = [
        pb.PostStreamRequest(open=pb.PostStreamOpen()),
        pb.PostStreamRequest(chunk=pb.PostStreamChunk(sequence=1, operations=wire.drafts(3), **chunk)),
    ]
    answers = [answer async for answer in server.transactions.PostStream(iter(messages))]
    return answers[1].result


async def test_metadata_is_shown_wherever_the_batch_is_and_not_in_events(server: Server) -> None:
    answer = await wire.batch(server, wire.drafts(3), metadata=SAID)
    (listed,) = await batches(server)
    assert dict(answer.batch.metadata) == SAID
    assert answer.batch == listed == await stored(server, answer.batch.id)
    request = event_service_pb2.WatchEventsRequest(kinds=[event_pb2.EVENT_KIND_BATCH_FINISHED], from_beginning=True)
    async with asyncio.timeout(wire.PATIENCE_SECONDS):
        async for message in server.events.WatchEvents(request):
            if message.HasField("event"):
                told = message.event.batch.batch
                break
    assert told.id == answer.batch.id
    assert not told.HasField("metadata")


async def test_a_batch_without_metadata_has_none(server: Server) -> None:
    answer = await wire.batch(server, wire.drafts(1), metadata={})
    assert not answer.batch.HasField("metadata")


@pytest.mark.parametrize("metadata", [OTHER, {}])
@pytest.mark.parametrize("mode", [wire.INDEPENDENT, wire.ATOMIC])
@pytest.mark.parametrize("validate_only", [False, True])
async def test_a_repetition_with_other_metadata_is_rejected(
    server: Server, metadata: dict[str, Any], mode: Any, validate_only: bool
) -> None:
    first = await wire.batch(server, wire.drafts(3), mode, metadata=SAID)
    again = await wire.batch(server, wire.drafts(3), mode, metadata=SAID, validate_only=validate_only)
    assert (again.batch, wire.outcomes(again.results)) == (first.batch, ["replayed"] * 3)
    rejected = await wire.rejection(
        wire.batch(server, wire.drafts(3), mode, metadata=metadata, validate_only=validate_only)
    )
    assert (rejected.code, rejected.reason) == ("ALREADY_EXISTS", "REFERENCE_CONFLICT")
    assert rejected.details == {"batch": first.batch.id, "fields": "metadata"}


async def test_what_repeats_a_part_of_a_batch_is_not_compared_with_it(server: Server) -> None:
    first = await wire.batch(server, wire.drafts(3), metadata=SAID)
    part = await wire.batch(server, wire.drafts(2), metadata=OTHER)
    assert (part.batch, wire.outcomes(part.results)) == (first.batch, ["replayed"] * 2)


async def test_a_batch_in_the_background_keeps_its_metadata_to_the_end(server: Server) -> None:
    accepted = await accept(server, wire.drafts(3), request_id="a", metadata=SAID)
    finished = await done(server, accepted.id)
    assert dict(accepted.metadata) == dict(finished.metadata) == dict((await stored(server, accepted.id)).metadata)
    rejected = await wire.rejection(accept(server, wire.drafts(3), request_id="a", metadata=OTHER))
    assert (rejected.reason, rejected.details["fields"]) == ("REQUEST_ID_CONFLICT", "metadata")


async def test_an_atomic_chunk_is_a_batch_and_has_metadata(server: Server) -> None:
    first = await chunk_result(server, mode=wire.ATOMIC, metadata=SAID)
    assert dict((await stored(server, first.batch_id)).metadata) == SAID
    again = await chunk_result(server, mode=wire.ATOMIC, metadata=SAID)
    assert (again.batch_id, again.replayed_count) == (first.batch_id, 3)
    rejected = await chunk_result(server, mode=wire.ATOMIC, metadata=OTHER)
    assert (rejected.rejected_count, len(rejected.results)) == (3, 0)
    assert wire.of_rejection(rejected.rejection).details == {"batch": first.batch_id, "fields": "metadata"}


@pytest.mark.parametrize(
    ("mode", "metadata"),
    [(wire.INDEPENDENT, SAID), (wire.ATOMIC, {"ledgerd:file": "x"}), (wire.ATOMIC, {"text": "x" * 16 * 1024})],
)
async def test_a_chunk_whose_metadata_cannot_be_taken_is_rejected(
    server: Server, mode: Any, metadata: dict[str, Any]
) -> None:
    result = await chunk_result(server, mode=mode, metadata=metadata)
    assert wire.of_rejection(result.rejection).fields == ("metadata",)
    assert await batches(server) == []


@pytest.mark.parametrize("metadata", [{"ledgerd:file": "x"}, {"text": "x" * 16 * 1024}])
async def test_metadata_that_cannot_be_taken_rejects_the_batch(server: Server, metadata: dict[str, Any]) -> None:
    rejected = await wire.rejection(wire.batch(server, wire.drafts(1), metadata=metadata))
    assert (rejected.reason, rejected.fields) == ("FIELD_INVALID", ("metadata",))
    assert await batches(server) == []
