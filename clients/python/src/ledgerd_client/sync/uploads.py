"""Uploads and batches for synchronous code. `ledgerd_client` has the same functions, and explains arguments."""

import os
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterable, Iterator, Mapping, Sequence
from typing import Any

from ledgerapi.v1.batch_pb2 import Batch, BatchRejection
from ledgerapi.v1.external_record_pb2 import ExternalRecord
from ledgerapi.v1.operation_pb2 import Operation, OperationResult, TransactionView
from ledgerapi.v1.upload_pb2 import Upload

from ledgerd_client import batches, records
from ledgerd_client.bulk import GIVE_UP_SECONDS, IN_FLIGHT_CHUNKS, BulkSummary, bulk_summaries
from ledgerd_client.bulk import bulk_results as async_results
from ledgerd_client.chunks import CHUNK_OPERATIONS_MAX, Item
from ledgerd_client.errors import ServiceFault
from ledgerd_client.operations import Message
from ledgerd_client.records import UploadProgress
from ledgerd_client.sync.client import LedgerClient
from ledgerd_client.sync.streams import Exchange


def bulk(
    client: LedgerClient,
    drafts: Iterable[Item],
    *,
    chunk_operations: int = CHUNK_OPERATIONS_MAX,
    in_flight: int = IN_FLIGHT_CHUNKS,
    atomic: bool = False,
    on_progress: Callable[[BulkSummary], None] | None = None,
    give_up_seconds: float = GIVE_UP_SECONDS,
) -> BulkSummary:
    """Uploads drafts or operations and counts their outcomes; see `ledgerd_client.bulk`.

    `drafts` is read, and `on_progress` called, in the caller's thread: both may block.
    """
    loop, connected = client.connection

    def summaries(items: AsyncIterator[Item]) -> AsyncGenerator[BulkSummary, None]:
        return bulk_summaries(
            connected,
            items,
            chunk_operations=chunk_operations,
            in_flight=in_flight,
            atomic=atomic,
            give_up_seconds=give_up_seconds,
        )

    summary = BulkSummary()
    for summary in Exchange(loop, drafts, summaries):
        if on_progress is not None:
            on_progress(summary)
    return summary


def bulk_results(
    client: LedgerClient,
    drafts: Iterable[Item],
    *,
    chunk_operations: int = CHUNK_OPERATIONS_MAX,
    in_flight: int = IN_FLIGHT_CHUNKS,
    atomic: bool = False,
    view: TransactionView = TransactionView.TRANSACTION_VIEW_BASIC,
    give_up_seconds: float = GIVE_UP_SECONDS,
) -> Generator[tuple[Item, OperationResult], None, None]:
    """Uploads as `bulk` does, and yields each operation with its result, in order; see `ledgerd_client.bulk_results`.

    A reader that stops early must close the iterator (`with contextlib.closing(...)`).
    """
    loop, connected = client.connection

    def results(items: AsyncIterator[Item]) -> AsyncGenerator[tuple[Item, OperationResult], None]:
        return async_results(
            connected,
            items,
            chunk_operations=chunk_operations,
            in_flight=in_flight,
            atomic=atomic,
            view=view,
            give_up_seconds=give_up_seconds,
        )

    return Exchange(loop, drafts, results).__iter__()


def upload_records(
    client: LedgerClient,
    source: str,
    path_or_records: str | os.PathLike[str] | Iterable[ExternalRecord],
    *,
    request_id: str | None = None,
    file_name: str | None = None,
    reject_all: bool = False,
    on_progress: Callable[[UploadProgress], None] | None = None,
    give_up_seconds: float = records.GIVE_UP_SECONDS,
) -> Upload:
    """Uploads one file, or typed records, and returns the upload when it was read; see `ledgerd_client.upload_records`.

    Records are read, and `on_progress` is called, in the caller's thread: both may block.
    """
    loop, connected = client.connection
    path = path_or_records if isinstance(path_or_records, str | os.PathLike) else None
    items: Iterable[ExternalRecord] = () if isinstance(path_or_records, str | os.PathLike) else path_or_records

    def steps(each: AsyncIterator[ExternalRecord]) -> AsyncGenerator[UploadProgress | Upload, None]:
        return records.upload_steps(
            connected,
            source,
            each if path is None else path,
            request_id=request_id,
            file_name=file_name,
            reject_all=reject_all,
            give_up_seconds=give_up_seconds,
        )

    for step in Exchange(loop, items, steps):
        if isinstance(step, Upload):
            return step
        if on_progress is not None:
            on_progress(step)
    raise ServiceFault("the upload ended without an answer")


def cancel_upload(client: LedgerClient, upload_id: str, *, timeout: float | None = None) -> Upload:
    """Ends an upload that is received or read; see `ledgerd_client.cancel_upload`."""
    loop, connected = client.connection
    return loop.run(records.cancel_upload(connected, upload_id, timeout=timeout))


def start_batch(
    client: LedgerClient,
    operations: Sequence[Message | Operation],
    *,
    request_id: str,
    atomic: bool = False,
    metadata: Mapping[str, Any] | None = None,
    timeout: float | None = None,
) -> Batch:
    """Sends a batch to be applied in the background; see `ledgerd_client.start_batch`."""
    loop, connected = client.connection
    return loop.run(
        batches.start_batch(
            connected, operations, request_id=request_id, atomic=atomic, metadata=metadata, timeout=timeout
        )
    )


def wait_for_batch(client: LedgerClient, batch_id: str, *, give_up_seconds: float | None = None) -> Batch:
    """Waits until a batch is FINISHED or REJECTED; see `ledgerd_client.wait_for_batch`."""
    loop, connected = client.connection
    return loop.run(batches.wait_for_batch(connected, batch_id, give_up_seconds=give_up_seconds))


def run_batch(
    client: LedgerClient,
    operations: Sequence[Message | Operation],
    *,
    request_id: str,
    atomic: bool = False,
    metadata: Mapping[str, Any] | None = None,
    give_up_seconds: float | None = None,
) -> Batch:
    """`start_batch`, then `wait_for_batch`: the batch as it ended."""
    loop, connected = client.connection
    return loop.run(
        batches.run_batch(
            connected,
            operations,
            request_id=request_id,
            atomic=atomic,
            metadata=metadata,
            give_up_seconds=give_up_seconds,
        )
    )


def batch_rejections(client: LedgerClient, batch_id: str) -> Iterator[BatchRejection]:
    """The operations that a batch rejected in the background; see `ledgerd_client.batch_rejections`."""
    loop, connected = client.connection
    return iter(Exchange[None, BatchRejection](loop, (), lambda _: batches.batch_rejections(connected, batch_id)))
