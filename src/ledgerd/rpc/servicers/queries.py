"""The reads of TransactionService: single transactions and batches, and pages of them."""

import uuid

import asyncpg
from ledgerapi.v1 import operation_pb2, transaction_pb2
from ledgerapi.v1 import transaction_service_pb2 as pb

from ledgerd.access.caller import Caller
from ledgerd.core.model import ids, limits
from ledgerd.operations import batches, recorded
from ledgerd.operations.engine import Engine
from ledgerd.store import transactions
from ledgerd.wire import encode, fields, lists, paging, results


async def get_transaction(
    engine: Engine, caller: Caller, request: pb.GetTransactionRequest
) -> pb.GetTransactionResponse:
    """A transaction by id or reference."""
    with fields.reading() as read:
        if request.WhichOneof("key") == "reference":
            key: str | uuid.UUID = read.label("reference", request.reference, limits.REFERENCE_MAX_CHARS)
        else:
            key = read.id("transaction_id", request.transaction_id, ids.TRANSACTION)
        view = read.enum("view", operation_pb2.TransactionView, request.view)
    return pb.GetTransactionResponse(transaction=results.read(await recorded.get(engine, caller, key), view))


async def list_transactions(
    engine: Engine, caller: Caller, request: pb.ListTransactionsRequest
) -> pb.ListTransactionsResponse:
    """A page of transactions."""
    with fields.reading() as read:
        view = read.enum("view", operation_pb2.TransactionView, request.view)

    def encode_row(row: asyncpg.Record) -> transaction_pb2.Transaction:
        return results.read(transactions.from_row(row), view)

    page = await paging.answer(engine, caller, request, lists.TRANSACTIONS, encode_row)
    return pb.ListTransactionsResponse(
        transactions=page.items,
        next_page_token=page.next_page_token,
        total_size=page.total,
    )


async def get_batch(engine: Engine, caller: Caller, request: pb.GetBatchRequest) -> pb.GetBatchResponse:
    """A batch by id."""
    with fields.reading() as read:
        batch_id = read.id("batch_id", request.batch_id, ids.BATCH)
    return pb.GetBatchResponse(batch=encode.batch(await batches.get(engine, caller, batch_id)))


async def list_batches(engine: Engine, caller: Caller, request: pb.ListBatchesRequest) -> pb.ListBatchesResponse:
    """A page of batches."""
    page = await paging.answer(engine, caller, request, lists.BATCHES, encode.batch)
    return pb.ListBatchesResponse(
        batches=page.items,
        next_page_token=page.next_page_token,
        total_size=page.total,
    )
