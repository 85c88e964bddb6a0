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
from ledgerd_client.operations import Message, operation

CHUNK_OPERATIONS_MAX = 1_000
CHUNK_BYTES_MAX = 1024 * 1024

_HEADER_BYTES = 32
"""An upper bound of what a chunk has besides its operations: sequence and mode."""
_FRAME_BYTES = 16
"""An upper bound of what wraps one item: two tags and two lengths."""

_DERIVED = ("void_hold", "cancel", "approve", "deny")
"""What may have no reference: the service then derives one from the transaction that it is about."""

Item = TypeVar("Item", bound=Message | Operation)


@dataclass(slots=True)
class OutgoingChunk(Generic[Item]):
    """Operations that are sent, and sent again, together."""

    request: PostStreamRequest
    items: list[Item] = field(default_factory=list)
    references: list[str] = field(default_factory=list)
    """The references of the items, in their order; "" where the service derives the reference."""
    byte_size: int = _HEADER_BYTES

    def add(self, item: Item, reference: str, byte_size: int) -> None:
        """Adds an item. The caller has checked that the item fits."""
        added = self.request.chunk.operations.add()
        if isinstance(item, Draft):
            added.post.CopyFrom(item)
        else:
            added.CopyFrom(operation(item))
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
        TypeError: An item is no operation.
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


def _reference(item: Message | Operation) -> str:
    """The item's reference; "" where the service derives it."""
    if isinstance(item, Draft):
        return _required("reference", item.reference)
    wrapped = operation(item)
    kind = wrapped.WhichOneof("operation")
    if kind is None:
        raise _rejected("operation", "Required: what to do.")
    reference = str(getattr(wrapped, kind).reference)
    takes_whole_hold = kind == "commit_hold" and wrapped.commit_hold.WhichOneof("amount_form") is None
    return reference if takes_whole_hold or kind in _DERIVED else _required(f"{kind}.reference", reference)


def _required(path: str, reference: str) -> str:
    if not reference:
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
