"""Deferred transactions, in the tests' words."""

from typing import Any

import asyncpg
from google.protobuf import duration_pb2
from ledgerapi.v1 import event_pb2, operation_pb2, transaction_pb2

from ledgerd.operations.verify import verify
from tests.conftest import Server
from tests.rpc import wire

pb = wire.pb


def status(transaction: Any) -> str:
    """A transaction's status, or a result's, in a word."""
    return transaction_pb2.TransactionStatus.Name(transaction.status).removeprefix("TRANSACTION_STATUS_")


def kinds(events: list[event_pb2.Event]) -> list[str]:
    return [event_pb2.EventKind.Name(event.kind).removeprefix("EVENT_KIND_TRANSACTION_") for event in events]


async def accept(server: Server, reference: str, amount: int, **more: Any) -> transaction_pb2.Transaction:
    """A deferred draft from @World to @Sales."""
    return (await wire.record(server, wire.from_world(reference, "@Sales", amount, **more))).transaction


async def outcome_of(server: Server, transaction_id: str, seconds: int = wire.PATIENCE_SECONDS) -> Any:
    """The transaction once it is no longer deferred."""
    request = pb.WaitTransactionRequest(transaction_id=transaction_id, timeout=duration_pb2.Duration(seconds=seconds))
    return (await server.transactions.WaitTransaction(request)).transaction


async def cancel(server: Server, of: str, reference: str = "", *, preview: bool = False, **more: Any) -> Any:
    asked = operation_pb2.CancelTransaction(target=wire.target(of), reference=reference, **more)
    return await server.transactions.CancelTransaction(pb.CancelTransactionRequest(cancel=asked, validate_only=preview))


async def reschedule(server: Server, of: str, when: Any, reference: str = "later", **more: Any) -> Any:
    asked = operation_pb2.RescheduleTransaction(
        target=wire.target(of), reference=reference, scheduled_time=when, **more
    )
    return await server.transactions.RescheduleTransaction(pb.RescheduleTransactionRequest(reschedule=asked))


async def approve(server: Server, of: str, *, preview: bool = False, **more: Any) -> Any:
    asked = operation_pb2.ApproveTransaction(target=wire.target(of), **{"on_behalf_of": "ada", **more})
    return await server.transactions.ApproveTransaction(
        pb.ApproveTransactionRequest(approve=asked, validate_only=preview)
    )


async def deny(server: Server, of: str, **more: Any) -> Any:
    asked = operation_pb2.DenyTransaction(target=wire.target(of), **{"on_behalf_of": "ada", **more})
    return await server.transactions.DenyTransaction(pb.DenyTransactionRequest(deny=asked))


async def prove(connection: asyncpg.Connection) -> None:
    assert (await verify(connection)).faults == []
