"""The deferred transactions of TransactionService: amendments, and calls that wait for them."""

import uuid
from dataclasses import replace

from ledgerapi.v1 import transaction_pb2
from ledgerapi.v1 import transaction_service_pb2 as pb

from ledgerd.access.caller import Caller
from ledgerd.core.effects import DeferredChange, HeaderEntry
from ledgerd.core.model import ids, limits
from ledgerd.core.model.figures import DEFERRED, Status
from ledgerd.core.model.operation import Amendment
from ledgerd.core.model.rejection import Rejected, Rejection, Violation
from ledgerd.core.model.transaction import Review, Transaction
from ledgerd.core.replay import Replay
from ledgerd.operations import post, recorded
from ledgerd.operations.engine import Engine
from ledgerd.rpc.context import Context
from ledgerd.rpc.waits import Waits
from ledgerd.wire import amendments, encode, fields

WAIT_SECONDS_MAX = 600


async def cancel(engine: Engine, caller: Caller, request: pb.CancelTransactionRequest) -> pb.CancelTransactionResponse:
    """Cancel a deferred transaction."""
    transaction, replayed = await _amend(
        engine, caller, amendments.cancel(request.cancel), preview=request.validate_only
    )
    return pb.CancelTransactionResponse(transaction=transaction, replayed=replayed)


async def reschedule(
    engine: Engine, caller: Caller, request: pb.RescheduleTransactionRequest
) -> pb.RescheduleTransactionResponse:
    """Give a deferred transaction another time."""
    transaction, replayed = await _amend(
        engine, caller, amendments.reschedule(request.reschedule), preview=request.validate_only
    )
    return pb.RescheduleTransactionResponse(transaction=transaction, replayed=replayed)


async def approve(
    engine: Engine, caller: Caller, request: pb.ApproveTransactionRequest
) -> pb.ApproveTransactionResponse:
    """Let a transaction in review be applied."""
    transaction, replayed = await _amend(
        engine, caller, amendments.verdict(request.approve), preview=request.validate_only
    )
    return pb.ApproveTransactionResponse(transaction=transaction, replayed=replayed)


async def deny(engine: Engine, caller: Caller, request: pb.DenyTransactionRequest) -> pb.DenyTransactionResponse:
    """Reject a transaction in review."""
    transaction, replayed = await _amend(
        engine, caller, amendments.verdict(request.deny), preview=request.validate_only
    )
    return pb.DenyTransactionResponse(transaction=transaction, replayed=replayed)


async def _amend(
    engine: Engine, caller: Caller, amendment: Amendment | Rejection, *, preview: bool
) -> tuple[transaction_pb2.Transaction, bool]:
    if isinstance(amendment, Rejection):
        raise Rejected(amendment)
    outcome = await post.post_one(engine, caller, amendment, validate_only=preview)
    transaction = await recorded.get_changed(engine, caller, amendment.transaction_id)
    if preview and isinstance(outcome, HeaderEntry):
        for change in outcome.changes:
            transaction = _as_changed(transaction, change)
    return encode.transaction(transaction), isinstance(outcome, Replay)


def _as_changed(transaction: Transaction, change: DeferredChange) -> Transaction:
    """A deferred transaction as the preview would leave it."""
    changed = replace(transaction, status=change.status, scheduled_at=change.scheduled_at, rejection=change.rejection)
    if change.decided_by is not None and transaction.review is not None:
        changed = replace(changed, review=Review(transaction.review.reason, change.decided_by, None))
    resolved = 0 if change.status is Status.INFLIGHT else None
    if change.sums is not None:
        return replace(changed, recorded_at=change.sums.recorded_at, committed=resolved, voided=resolved)
    movement = change.movement
    if movement is None:
        return changed
    return replace(
        changed,
        amount=movement.amount,
        source=movement.source_figures,
        destination=movement.destination_figures,
        recorded_at=movement.now,
        committed=resolved,
        voided=resolved,
    )


async def wait(
    engine: Engine, caller: Caller, waits: Waits, request: pb.WaitTransactionRequest, context: Context
) -> pb.WaitTransactionResponse:
    """Answer when a transaction is no longer deferred, or when the time has passed."""
    with fields.reading() as read:
        if request.WhichOneof("key") == "reference":
            key: str | uuid.UUID = read.label("reference", request.reference, limits.REFERENCE_MAX_CHARS)
        else:
            key = read.id("transaction_id", request.transaction_id, ids.TRANSACTION)
    seconds = _seconds(request, context, waits.margin_seconds)
    found = await recorded.get(engine, caller, key)
    number = ids.decode(ids.TRANSACTION, found.id)
    if found.status in DEFERRED and seconds > 0 and number is not None:
        transaction_id = uuid.UUID(int=number)
        await waits.until_ended(transaction_id, seconds)
        found = await recorded.get(engine, caller, transaction_id)
    return pb.WaitTransactionResponse(transaction=encode.transaction(found), settled=found.status not in DEFERRED)


def _seconds(request: pb.WaitTransactionRequest, context: Context, margin: float) -> float:
    remaining = context.time_remaining()
    seconds = float(WAIT_SECONDS_MAX) if remaining is None else min(WAIT_SECONDS_MAX, remaining - margin)
    if not request.HasField("timeout"):
        return seconds
    requested = request.timeout.seconds + request.timeout.nanos / 1e9
    if not 0 < requested <= WAIT_SECONDS_MAX:
        raise Rejected(fields.invalid(Violation("timeout", f"above zero, at most {WAIT_SECONDS_MAX} seconds")))
    return min(requested, seconds)
