"""Batches that the service stores first and applies in the background: sending them, and following them to the end."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any

from ledgerapi.v1.batch_pb2 import (
    BATCH_MODE_ATOMIC,
    BATCH_MODE_INDEPENDENT,
    BATCH_STATUS_FINISHED,
    BATCH_STATUS_REJECTED,
    Batch,
    BatchRejection,
)
from ledgerapi.v1.operation_pb2 import Operation
from ledgerapi.v1.transaction_service_pb2 import ListBatchRejectionsRequest, PostBatchRequest, WatchBatchRequest

from ledgerd_client.backoff import Backoff, is_break, next_response
from ledgerd_client.client import LedgerClient
from ledgerd_client.errors import LedgerError, Unavailable
from ledgerd_client.metadata import to_struct
from ledgerd_client.operations import Message, operation

SILENCE_SECONDS_MAX = 90.0
"""The service sends a batch at least every 30 seconds; a watch that is silent for longer than this is dead."""
_PAGE_SIZE = 1_000
_ENDS = (BATCH_STATUS_FINISHED, BATCH_STATUS_REJECTED)


async def start_batch(
    client: LedgerClient,
    operations: Sequence[Message | Operation],
    *,
    request_id: str,
    atomic: bool = False,
    metadata: Mapping[str, Any] | None = None,
    timeout: float | None = None,
) -> Batch:
    """Sends a batch to be applied in the background; returns when the service has stored it.

    Args:
        client: The client to send with.
        operations: 1 to 10,000, at most 16 MiB: drafts, commits and whatever else `operation` takes.
        request_id: Your unique key of this batch, 1 to 128 characters. Calling again with the same key and the same
            content is safe: it returns the same batch, as it then is.
        atomic: Whether the operations succeed or fail together.
        metadata: What you want to keep of the batch as a whole; as for `draft`.
        timeout: Deadline in seconds. None means the client's.

    Returns:
        The batch. An atomic batch with an operation that cannot be read is REJECTED at once, and has no id.

    Raises:
        Conflict: The request id was used for a batch with other content.
        Malformed: The request can never pass.
        Busy: The limit of unfinished batches is reached.
        Unavailable: There was no answer in time. Call again with the same request id.
    """
    request = PostBatchRequest(
        mode=BATCH_MODE_ATOMIC if atomic else BATCH_MODE_INDEPENDENT,
        operations=[operation(item) for item in operations],
        run_async=True,
        request_id=request_id,
        metadata=None if metadata is None else to_struct(metadata),
    )
    return (await client.transactions.PostBatch(request, timeout=timeout)).batch


async def wait_for_batch(client: LedgerClient, batch_id: str, *, give_up_seconds: float | None = None) -> Batch:
    """Waits until a batch is FINISHED or REJECTED, over broken connections and restarts of the service.

    Args:
        client: The client to watch with.
        batch_id: The batch (`bat_...`).
        give_up_seconds: How long the service may be unreachable before this raises. None means for ever.

    Raises:
        NotFound: There is no such batch.
        Malformed: The id is not a valid batch id.
        Unavailable: The service was unreachable for `give_up_seconds`. The batch continues.
    """
    backoff = Backoff(give_up_seconds)
    while True:
        call = client.transactions.WatchBatch(WatchBatchRequest(batch_id=batch_id))
        responses = aiter(call)
        try:
            while True:
                async with asyncio.timeout(SILENCE_SECONDS_MAX):
                    batch = (await next_response(responses)).batch
                backoff.progress()
                if batch.status in _ENDS:
                    return batch
        except TimeoutError:
            seconds = backoff.seconds_after(Unavailable("the service sent nothing about the batch"))
        except LedgerError as error:
            if not is_break(error):
                raise
            seconds = backoff.seconds_after(error)
        finally:
            call.cancel()
        await asyncio.sleep(seconds)


async def run_batch(
    client: LedgerClient,
    operations: Sequence[Message | Operation],
    *,
    request_id: str,
    atomic: bool = False,
    metadata: Mapping[str, Any] | None = None,
    give_up_seconds: float | None = None,
) -> Batch:
    """`start_batch`, then `wait_for_batch`: the batch as it ended. Arguments and errors are theirs."""
    batch = await start_batch(client, operations, request_id=request_id, atomic=atomic, metadata=metadata)
    if batch.status in _ENDS:
        return batch
    return await wait_for_batch(client, batch.id, give_up_seconds=give_up_seconds)


async def batch_rejections(client: LedgerClient, batch_id: str) -> AsyncGenerator[BatchRejection, None]:
    """The operations that a batch rejected in the background, in their order.

    Raises:
        NotFound: There is no such batch.
        Unavailable: There was no answer in time.
    """
    token = ""
    while True:
        request = ListBatchRejectionsRequest(batch_id=batch_id, page_size=_PAGE_SIZE, page_token=token)
        page = await client.transactions.ListBatchRejections(request)
        for rejection in page.rejections:
            yield rejection
        token = page.next_page_token
        if not token:
            return
