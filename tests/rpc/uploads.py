"""What the tests of streams send and count."""

from ledgerapi.v1 import operation_pb2

from tests.conftest import Server
from tests.rpc import wire

pb = wire.pb


def counts(result: pb.PostStreamChunkResult) -> tuple[int, int, int, int]:
    """Sequence, posted, replayed, rejected."""
    return result.sequence, result.posted_count, result.replayed_count, result.rejected_count


def totals(finished: pb.PostStreamFinished) -> tuple[int, int, int, int, int]:
    """Chunks, operations, posted, replayed, rejected."""
    return (
        finished.chunk_count,
        finished.operation_count,
        finished.posted_count,
        finished.replayed_count,
        finished.rejected_count,
    )


def large(size: int) -> operation_pb2.Operation:
    """A draft of about this many bytes, all of them in its metadata; too many for metadata, too."""
    return wire.post(wire.from_world("large", "@Sales", 1, metadata={"x": "x" * size}))


async def serves(server: Server) -> bool:
    """Whether the server still takes a posting."""
    return bool((await wire.record(server, wire.from_world("still-alive", "@Alive", 1))).transaction.id)
