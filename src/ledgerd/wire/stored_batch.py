"""The stored form of a batch in the background: written when the batch is accepted, read when it is applied."""

from collections.abc import Iterator

from ledgerapi.v1 import operation_pb2
from ledgerapi.v1 import transaction_service_pb2 as pb

from ledgerd.core.model.operation import Operation
from ledgerd.core.model.rejection import Rejection
from ledgerd.wire import decode, results


def write(request: pb.PostBatchRequest) -> bytes:
    """The operations alone, also the unknown fields of those that were rejected for them. Equal operations give equal
    bytes."""
    return pb.PostBatchRequest(operations=request.operations).SerializeToString(deterministic=True)


def read(payload: bytes) -> Iterator[tuple[str, Operation | Rejection]]:
    """The operations of a stored batch in their order, each with its reference, or why it cannot be read."""
    for message in pb.PostBatchRequest.FromString(payload).operations:
        decoded = decode.operation(message)
        yield reference(message, decoded), decoded


def reference(message: operation_pb2.Operation, decoded: Operation | Rejection) -> str:
    """The reference as sent, without NULs, which PostgreSQL cannot store."""
    return results.reference(message, decoded).replace("\0", "\N{REPLACEMENT CHARACTER}")
