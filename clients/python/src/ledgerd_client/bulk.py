"""Uploading any number of operations through PostStream: chunked, several chunks in flight, resumed after breaks."""

from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field

from ledgerapi.v1.operation_pb2 import OperationResult, TransactionView
from ledgerapi.v1.transaction_service_pb2 import PostStreamChunkResult

from ledgerd_client.chunks import CHUNK_OPERATIONS_MAX, Item
from ledgerd_client.client import LedgerClient
from ledgerd_client.errors import rejection_error
from ledgerd_client.upload import Settings, Upload

IN_FLIGHT_CHUNKS = 8
GIVE_UP_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkSummary:
    """The totals of an upload, so far or at its end. `operations` = `posted` + `replayed` + `rejected`."""

    operations: int = 0
    """How many operations have their answer."""
    posted: int = 0
    """How many were recorded."""
    replayed: int = 0
    """How many had been recorded before: by an earlier upload, or by this upload when a break lost the reply."""
    rejected: int = 0
    """How many were rejected."""
    rejections: Mapping[str, int] = field(default_factory=dict)
    """How many were rejected for which reason."""
    reconnects: int = 0
    """How often the stream broke and a new stream began."""


async def bulk(
    client: LedgerClient,
    drafts: Iterable[Item] | AsyncIterable[Item],
    *,
    chunk_operations: int = CHUNK_OPERATIONS_MAX,
    in_flight: int = IN_FLIGHT_CHUNKS,
    atomic: bool = False,
    on_progress: Callable[[BulkSummary], None] | None = None,
    give_up_seconds: float = GIVE_UP_SECONDS,
) -> BulkSummary:
    """Uploads drafts or operations and counts their outcomes. Rejections are counted, not raised.

    The whole upload is safe to repeat: recorded operations are counted as replayed. After a break the chunks without
    an answer are sent again on a new stream; their references make sure that nothing happens twice.

    Args:
        client: The client to upload with.
        drafts: What to upload. Items are read when they are needed; memory does not grow with their number. Each item
            needs a reference, except voids and commits of all that remains. An ordinary iterable should not block for
            long.
        chunk_operations: How many operations a chunk has at most; 1,000, 1 MiB and the service's own limit apply too.
        in_flight: How many chunks are sent ahead of the first answer; the service's own limit applies too.
        atomic: Whether the operations of one chunk succeed or fail together. The chunks are still independent of each
            other. To repeat such an upload needs the same chunks: the same drafts, order and `chunk_operations`.
        on_progress: Called with the totals so far after every chunk that was answered.
        give_up_seconds: How long to try without any progress before the last failure is raised. Above 0.

    Returns:
        The totals, once every operation has its answer.

    Raises:
        Malformed: An operation has no reference. The full chunks before it were sent and answered; nothing after it was
            sent. An error that `drafts` itself raises comes out in the same way.
        Unavailable: No progress for `give_up_seconds`. Some chunks may be recorded: repeat the upload.
        Busy: The same, because the service was busy.
        ServiceFault: The service answered out of order or counted differently.
        ValueError: A limit is out of bounds.
    """
    summary = BulkSummary()
    summaries = bulk_summaries(
        client,
        drafts,
        chunk_operations=chunk_operations,
        in_flight=in_flight,
        atomic=atomic,
        give_up_seconds=give_up_seconds,
    )
    async with aclosing(summaries):
        async for summary in summaries:
            if on_progress is not None:
                on_progress(summary)
    return summary


async def bulk_summaries(
    client: LedgerClient,
    drafts: Iterable[Item] | AsyncIterable[Item],
    *,
    chunk_operations: int,
    in_flight: int,
    atomic: bool,
    give_up_seconds: float,
) -> AsyncGenerator[BulkSummary, None]:
    """Uploads as `bulk` does, and yields the totals so far after every chunk that was answered."""
    upload = Upload(
        client,
        drafts,
        Settings(
            chunk_operations=min(chunk_operations, CHUNK_OPERATIONS_MAX),
            in_flight=in_flight,
            atomic=atomic,
            view=TransactionView.TRANSACTION_VIEW_BASIC,
            give_up_seconds=give_up_seconds,
        ),
    )
    summary = BulkSummary()
    async with aclosing(upload.results()) as answers:
        async for _, result in answers:
            summary = _added(summary, result, upload.reconnects)
            yield summary


async def bulk_results(
    client: LedgerClient,
    drafts: Iterable[Item] | AsyncIterable[Item],
    *,
    chunk_operations: int = CHUNK_OPERATIONS_MAX,
    in_flight: int = IN_FLIGHT_CHUNKS,
    atomic: bool = False,
    view: TransactionView = TransactionView.TRANSACTION_VIEW_BASIC,
    give_up_seconds: float = GIVE_UP_SECONDS,
) -> AsyncGenerator[tuple[Item, OperationResult], None]:
    """Uploads as `bulk` does, and yields each operation with its result, in order.

    Lazy: a slow reader slows the upload, and at most `in_flight` chunks and a few more are in memory. A reader that
    stops early must close the upload (`async with contextlib.aclosing(...)`). The upload then ends, and chunks that
    were sent may still be recorded.

    Args:
        client: As in `bulk`.
        drafts: As in `bulk`.
        chunk_operations: As in `bulk`.
        in_flight: As in `bulk`.
        atomic: As in `bulk`.
        view: TRANSACTION_VIEW_FULL puts the whole transaction into each result.
        give_up_seconds: As in `bulk`. Time that the reader takes does not count.

    Raises:
        LedgerError: As in `bulk`.
        ValueError: A limit is out of bounds.
    """
    upload = Upload(
        client,
        drafts,
        Settings(
            chunk_operations=min(chunk_operations, CHUNK_OPERATIONS_MAX),
            in_flight=in_flight,
            atomic=atomic,
            view=view,
            give_up_seconds=give_up_seconds,
        ),
    )
    async with aclosing(upload.results()) as answers:
        async for chunk, result in answers:
            for answer in zip(chunk.items, result.results, strict=True):
                yield answer


def _added(summary: BulkSummary, result: PostStreamChunkResult, reconnects: int) -> BulkSummary:
    rejections = Counter(summary.rejections)
    if result.rejected_count:
        rejected = [answer.rejection for answer in result.results if answer.HasField("rejection")]
        rejections.update(rejection_error(rejection).reason for rejection in rejected)
    return BulkSummary(
        operations=summary.operations + len(result.results),
        posted=summary.posted + result.posted_count,
        replayed=summary.replayed + result.replayed_count,
        rejected=summary.rejected + result.rejected_count,
        rejections=dict(rejections),
        reconnects=reconnects,
    )
