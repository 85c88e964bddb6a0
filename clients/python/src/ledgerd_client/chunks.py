"""Cutting operations into chunks that the service takes."""

from collections.abc import AsyncIterable, AsyncIterator, Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from grpc import StatusCode
from ledgerapi.v1.batch_pb2 import BatchMode
from ledgerapi.v1.draft_pb2 import Draft
from ledgerapi.v1.operation_pb2 import Operation
from ledgerapi.v1.transaction_service_pb2 import PostStreamRequest

from ledgerd_client.errors import Malformed, Violation

CHUNK_OPERATIONS_MAX = 1_000
CHUNK_BYTES_MAX = 1024 * 1024

_HEADER_BYTES = 32
"""An upper bound of what a chunk has besides its operations: sequence and mode."""
_FRAME_BYTES = 16
"""An upper bound of what wraps one item: two tags and two lengths."""

Item = TypeVar("Item", bound=Draft | Operation)


@dataclass(slots=True)
class OutgoingChunk(Generic[Item]):
    """Operations that are sent, and sent again, together."""

    request: PostStreamRequest
    items: list[Item] = field(default_factory=list)
    references: list[str] = field(default_factory=list)
    """The references of the items, in their order; "" where the service derives the reference from the hold."""
    byte_size: int = _HEADER_BYTES

    def add(self, item: Item, reference: str, byte_size: int) -> None:
        """Adds an item. The caller has checked that the item fits."""
        operation = self.request.chunk.operations.add()
        if isinstance(item, Draft):
            operation.post.CopyFrom(item)
        else:
            operation.CopyFrom(item)
        self.items.append(item)
        self.references.append(reference)
        self.byte_size += byte_size

    def numbered(self, sequence: int) -> PostStreamRequest:
        """The message, as chunk number `sequence` of a stream."""
        self.request.chunk.sequence = sequence
        return self.request


async def cut(
    items: Iterable[Item] | AsyncIterable[Item], *, operations_max: int, bytes_max: int, atomic: bool
) -> AsyncIterator[OutgoingChunk[Item]]:
    """Chunks of at most so many operations and bytes. An item that is larger than a chunk gets its own chunk.

    Raises:
        Malformed: An item has no reference.
        TypeError: An item is neither a Draft nor an Operation.
    """
    mode = BatchMode.BATCH_MODE_ATOMIC if atomic else BatchMode.BATCH_MODE_INDEPENDENT

    def empty() -> OutgoingChunk[Item]:
        chunk = OutgoingChunk[Item](PostStreamRequest())
        chunk.request.chunk.mode = mode
        return chunk

    chunk = empty()
    async for item in _each(items):
        reference = _reference(item)
        byte_size = item.ByteSize() + _FRAME_BYTES
        full = len(chunk.items) >= operations_max or chunk.byte_size + byte_size > bytes_max
        if full and chunk.items:
            yield chunk
            chunk = empty()
        chunk.add(item, reference, byte_size)
    if chunk.items:
        yield chunk


async def _each(items: Iterable[Item] | AsyncIterable[Item]) -> AsyncIterator[Item]:
    if isinstance(items, AsyncIterable):
        async for item in items:
            yield item
    else:
        for item in items:
            yield item


def _reference(item: Draft | Operation) -> str:
    """The item's reference. A commit or void of a whole hold may have none: the service derives it from the hold."""
    if isinstance(item, Draft):
        reference, required, path = item.reference, True, "reference"
    elif isinstance(item, Operation):
        kind = item.WhichOneof("operation")
        if kind is None:
            raise _rejected("operation", "Required: post, commit, void, refund or cancel.")
        reference = getattr(item, kind).reference
        takes_whole_hold = kind == "void" or (kind == "commit" and item.commit.WhichOneof("amount_form") is None)
        required, path = not takes_whole_hold, f"{kind}.reference"
    else:
        raise TypeError(f"a Draft or an Operation is needed, not {type(item).__name__}")
    if required and not reference:
        raise _rejected(path, "Required: without it, sending again after a break would record it twice.")
    return reference


def _rejected(path: str, description: str) -> Malformed:
    return Malformed(
        "An operation cannot be sent as it is.",
        code=StatusCode.INVALID_ARGUMENT,
        reason="FIELD_INVALID",
        details={"field": path},
        violations=[Violation(path, description)],
    )
