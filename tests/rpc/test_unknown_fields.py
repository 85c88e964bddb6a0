"""Fields of a newer contract: where money may move, they reject the request and are never ignored."""

from collections.abc import Iterator
from typing import Any

import pytest
from google.protobuf import descriptor_pb2, message_factory
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor
from ledgerapi.v1 import operation_pb2, reconciliation_service_pb2

from ledgerd.core.model.rejection import Rejection
from ledgerd.wire import decode, stored_batch
from tests.conftest import Server
from tests.rpc import contract, records, wire
from tests.rpc.uploads import counts

pb = wire.pb
NUMBER = 4711
LATER = b"\xba\xa6\x02\x02no"
"""A text under a number that no message of the contract has."""

Path = tuple[FieldDescriptor, ...]
OPERATION = operation_pb2.Operation.DESCRIPTOR
KINDS = [kind.name for kind in OPERATION.oneofs_by_name["operation"].fields]


def messages(descriptor: Descriptor, before: Path = ()) -> Iterator[Path]:
    """Every message inside another, at any depth, those of other packages too; one that contains itself only once."""
    yield before
    for field in descriptor.fields:
        inner = field.message_type
        if inner is None or inner in [outer.message_type for outer in before]:
            continue
        yield from messages(inner, (*before, field))


def name(path: Path) -> str:
    return ".".join(field.name for field in path) or "outermost"


def extend(message: Any, path: Path = ()) -> str:
    """Put the later field into the message at a path, which is made. Returns what the rejection calls the field."""
    called, inside = "", iter(path)
    for field in inside:
        inner = getattr(message, field.name)
        if not field.is_repeated:
            message, place = inner, ""
        elif field.message_type is not None and field.message_type.GetOptions().map_entry:
            message, place = inner["key"], ""
            next(inside, None)
        else:
            message, place = inner[0] if inner else inner.add(), "[0]"
        called += f"{field.name}{place}."
    message.MergeFromString(LATER)
    return f"{called}{NUMBER}"


def moves_money(method: MethodDescriptor) -> bool:
    kinds = {kind.message_type for kind in OPERATION.oneofs_by_name["operation"].fields}
    return any(path[-1].message_type in kinds for path in messages(method.input_type) if path)


WRITES = [method for method in contract.METHODS if moves_money(method)]
ALONE = [method for method in WRITES if method.name not in ("PostBatch", "PostStream")]
IN_OPERATIONS = list(messages(OPERATION))


def operations() -> Iterator[tuple[str, operation_pb2.Operation]]:
    """One operation of each kind in which nothing is malformed, with its kind."""
    for method in ALONE:
        (field,) = [
            field
            for field in method.input_type.fields
            if field.message_type and "reference" in field.message_type.fields_by_name
        ]
        (kind,) = [kind for kind in OPERATION.fields if kind.message_type is field.message_type]
        operation = operation_pb2.Operation()
        getattr(operation, kind.name).CopyFrom(getattr(contract.REQUESTS[method.name](), field.name))
        yield kind.name, operation


def plain() -> operation_pb2.Operation:
    """A draft as nearly all are, which is read in a shorter way."""
    return wire.post(wire.draft("r", "@World", "@Sales", "1.00", allow_overdraft=True))


def read(operation: operation_pb2.Operation) -> Rejection:
    rejection = decode.operation(operation)
    assert isinstance(rejection, Rejection)
    return rejection


# Reading ---------------------------------------------------------------------------------------


def test_every_kind_of_operation_is_walked_over() -> None:
    assert {kind for kind, _ in operations()} == set(OPERATION.fields_by_name)
    assert len(IN_OPERATIONS) > 70


@pytest.mark.parametrize("path", IN_OPERATIONS, ids=name)
def test_an_unknown_field_anywhere_in_an_operation_rejects_it(path: Path) -> None:
    operation = operation_pb2.Operation()
    called = extend(operation, path)
    rejection = read(operation)
    assert (rejection.reason, rejection.details) == ("FIELD_NOT_SUPPORTED", {"field": called})
    assert [violation.field for violation in rejection.violations] == [called]


@pytest.mark.parametrize("reference_chars", range(1, 100))
def test_a_plain_draft_of_any_size_has_no_unknown_field(reference_chars: int) -> None:
    for within, called in (("", f"{NUMBER}"), ("post", f"post.{NUMBER}")):
        operation = plain()
        operation.post.reference = "r" * reference_chars
        assert not isinstance(decode.operation(operation), Rejection)
        (getattr(operation, within) if within else operation).MergeFromString(LATER)
        assert read(operation).details == {"field": called}


@pytest.mark.parametrize("left_out", ["reference", "currency", "source", "destination", "amount", "allow_overdraft"])
def test_an_unknown_field_does_not_pass_for_one_that_is_left_out(left_out: str) -> None:
    operation = plain()
    bytes_before = operation.ByteSize()
    operation.post.ClearField(left_out)
    # A field of as many bytes as those that are missing.
    missing = bytes_before - operation.ByteSize()
    text = b"x" * max(missing - 4, 0)
    operation.MergeFromString(LATER[:3] + bytes([len(text)]) + text)
    assert read(operation).reason == "FIELD_NOT_SUPPORTED"


def test_an_operation_that_an_earlier_server_stored_with_an_unknown_field_is_not_applied() -> None:
    request = pb.PostBatchRequest(operations=[plain(), plain()])
    extend(request.operations[1].post)
    first, second = stored_batch.read(stored_batch.write(request))
    assert not isinstance(first[1], Rejection)
    assert isinstance(second[1], Rejection)
    assert (second[0], second[1].reason) == ("r", "FIELD_NOT_SUPPORTED")


# Requests --------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ALONE, ids=lambda method: method.name)
async def test_a_single_write_with_an_unknown_field_is_rejected(server: Server, method: MethodDescriptor) -> None:
    for path in messages(method.input_type):
        request = contract.REQUESTS[method.name]()
        called = extend(request, path)
        (told,) = await contract.ask(server, method, request)
        answer = told.rejection
        assert (answer.code, answer.reason) == ("UNIMPLEMENTED", "FIELD_NOT_SUPPORTED"), called
        assert (answer.details, answer.fields) == ({"field": called}, (called,))
    assert await wire.listed(server) == []


async def test_an_operation_of_a_batch_with_an_unknown_field_is_rejected_alone(server: Server) -> None:
    sent = [*wire.drafts(1), *(operation for _, operation in operations())]
    for (kind, _), operation in zip(operations(), sent[1:], strict=True):
        extend(getattr(operation, kind))
    answer = await wire.batch(server, sent)
    assert wire.outcomes(answer.results) == ["posted", *["FIELD_NOT_SUPPORTED"] * (len(sent) - 1)]
    atomic = await wire.batch(server, [*wire.drafts(2, prefix="a"), sent[1]], wire.ATOMIC)
    assert wire.outcomes(atomic.results) == [*["NOT_APPLIED_WITH_GROUP"] * 2, "FIELD_NOT_SUPPORTED"]
    assert [transaction.reference for transaction in await wire.listed(server)] == ["r-1"]


async def test_a_batch_in_the_background_never_applies_what_has_an_unknown_field(server: Server) -> None:
    later = plain()
    extend(later.post)
    batch = (await wire.batch(server, [*wire.drafts(2), later], run_async=True, request_id="b")).batch
    assert batch.rejected_count == 1
    async for message in server.transactions.WatchBatch(pb.WatchBatchRequest(batch_id=batch.id)):
        batch = message.batch
    assert (batch.posted_count, batch.rejected_count) == (2, 1)
    rejections = await server.transactions.ListBatchRejections(pb.ListBatchRejectionsRequest(batch_id=batch.id))
    (rejected,) = rejections.rejections
    assert (rejected.index, wire.of_rejection(rejected.rejection).reason) == (2, "FIELD_NOT_SUPPORTED")
    atomic = await wire.batch(server, [*wire.drafts(1, prefix="a"), later], wire.ATOMIC, run_async=True, request_id="a")
    assert atomic.batch.id == ""
    assert len(await wire.listed(server)) == 2


async def test_a_batch_with_an_unknown_field_of_its_own_is_rejected(server: Server) -> None:
    request = pb.PostBatchRequest(operations=wire.drafts(1))
    called = extend(request)
    answer = await wire.rejection(server.transactions.PostBatch(request))
    assert (answer.reason, answer.details) == ("FIELD_NOT_SUPPORTED", {"field": called})
    assert await wire.listed(server) == []


async def test_what_is_unknown_in_a_stream_is_rejected_where_it_stands(server: Server) -> None:
    upload = wire.Upload(server)
    await upload.open()
    later = plain()
    extend(later.post)
    result = await upload.chunk([*wire.drafts(1), later])
    assert wire.outcomes(result.results) == ["posted", "FIELD_NOT_SUPPORTED"]
    chunk = pb.PostStreamChunk(sequence=2, operations=wire.drafts(1, prefix="c"))
    extend(chunk)
    await upload.send(chunk=chunk)
    assert wire.of_rejection((await upload.result()).rejection).reason == "FIELD_NOT_SUPPORTED"
    upload._sequence += 1
    assert counts(await upload.chunk(wire.drafts(1, prefix="d"))) == (3, 1, 0, 0)
    request = pb.PostStreamRequest(chunk=pb.PostStreamChunk(sequence=4, operations=wire.drafts(1, prefix="e")))
    extend(request)
    await upload.call.write(request)
    assert (await upload.rejected()).reason == "FIELD_NOT_SUPPORTED"
    assert {transaction.reference for transaction in await wire.listed(server)} == {"r-1", "d-1"}


async def test_a_stream_is_not_opened_with_an_unknown_field(server: Server) -> None:
    upload = wire.Upload(server)
    opened = pb.PostStreamOpen()
    extend(opened)
    await upload.send(open=opened)
    answer = await upload.rejected()
    assert (answer.reason, answer.details) == ("FIELD_NOT_SUPPORTED", {"field": f"open.{NUMBER}"})


# Reconciliation --------------------------------------------------------------------------------


def reconciling() -> Iterator[MethodDescriptor]:
    """The methods of ReconciliationService that write, and the preview of a rule, which would tell what the rule does
    without a term."""
    for method in reconciliation_service_pb2.DESCRIPTOR.services_by_name["ReconciliationService"].methods:
        reads = method.GetOptions().idempotency_level == descriptor_pb2.MethodOptions.NO_SIDE_EFFECTS
        is_stream = method.client_streaming or method.server_streaming  # The latter write nothing.
        if (not reads and not is_stream) or method.name == "PreviewMatchingRule":
            yield method


async def test_what_is_unknown_is_rejected_wherever_reconciliation_writes(server: Server) -> None:
    asked = 0
    for method in reconciling():
        for path in messages(method.input_type):
            request = message_factory.GetMessageClass(method.input_type)()
            called = extend(request, path)
            answer = await wire.rejection(getattr(server.reconciliations, method.name)(request))
            assert (answer.code, answer.reason) == ("UNIMPLEMENTED", "FIELD_NOT_SUPPORTED"), (method.name, called)
            assert (answer.details, answer.fields) == ({"field": called}, (called,))
            asked += 1
    assert asked > 80


@pytest.mark.parametrize(
    "path",
    [(), ("open",), ("chunk",), ("chunk", "records"), ("chunk", "records", "external_records"), ("finish",)],
)
async def test_what_is_unknown_ends_an_upload_of_records(server: Server, path: tuple[str, ...]) -> None:
    source = await records.source(server)
    call = server.reconciliations.UploadRecords()
    opened = {"external_source_id": source.id, "content": "UPLOAD_CONTENT_RECORDS"}
    if path[:1] != ("open",):
        await call.write(reconciliation_service_pb2.UploadRecordsRequest(open=opened))
        await call.read()
    request = reconciliation_service_pb2.UploadRecordsRequest()
    fields, inside = [], request.DESCRIPTOR
    for step in path:
        fields.append(inside.fields_by_name[step])
        inside = fields[-1].message_type
    called = extend(request, tuple(fields))
    await call.write(request)
    answer = await wire.rejection(call.read())
    assert (answer.reason, answer.details) == ("FIELD_NOT_SUPPORTED", {"field": called})
