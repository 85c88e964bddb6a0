"""The deferred transactions of TransactionService: amendments, and calls that wait for them."""

import uuid
from dataclasses import replace
from typing import NamedTuple

from ledgerapi.v1 import operation_pb2, transaction_pb2
from ledgerapi.v1 import transaction_service_pb2 as pb

from ledgerd.access.caller import Caller
from ledgerd.core.effects import DeferredChange, HeaderEntry, Movement
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
from ledgerd.wire import amendments, encode, fields, results, unknown

WAIT_SECONDS_MAX = 600

_Request = (
    pb.CancelTransactionRequest
    | pb.RescheduleTransactionRequest
    | pb.ApproveTransactionRequest
    | pb.DenyTransactionRequest
)


class _Answer(NamedTuple):
    """What the answers to all amendments tell: the amendment itself, and the transaction that it changed. A batch is no
    transaction."""

    transaction: transaction_pb2.Transaction
    amended: transaction_pb2.Transaction | None
    replayed: bool
    transaction_count: int


async def cancel(engine: Engine, caller: Caller, request: pb.CancelTransactionRequest) -> pb.CancelTransactionResponse:
    """Cancel a deferred transaction."""
    answer = await _amend(engine, caller, amendments.cancel(request.cancel), request)
    return pb.CancelTransactionResponse(**answer._asdict())


async def reschedule(
    engine: Engine, caller: Caller, request: pb.RescheduleTransactionRequest
) -> pb.RescheduleTransactionResponse:
    """Give a deferred transaction another time."""
    answer = await _amend(engine, caller, amendments.reschedule(request.reschedule), request)
    return pb.RescheduleTransactionResponse(**answer._asdict())


async def approve(
    engine: Engine, caller: Caller, request: pb.ApproveTransactionRequest
) -> pb.ApproveTransactionResponse:
    """Let a transaction in review be applied."""
    answer = await _amend(engine, caller, amendments.verdict(request.approve), request)
    return pb.ApproveTransactionResponse(**answer._asdict())


async def deny(engine: Engine, caller: Caller, request: pb.DenyTransactionRequest) -> pb.DenyTransactionResponse:
    """Reject a transaction in review."""
    answer = await _amend(engine, caller, amendments.verdict(request.deny), request)
    return pb.DenyTransactionResponse(**answer._asdict())


async def _amend(engine: Engine, caller: Caller, amendment: Amendment | Rejection, request: _Request) -> _Answer:
    unknown.check(request)
    if isinstance(amendment, Rejection):
        raise Rejected(amendment)
    is_basic, preview = results.is_basic(request.view), request.validate_only
    outcome = await post.post_one(engine, caller, amendment, validate_only=preview)
    replayed, count = isinstance(outcome, Replay), await _count(engine, caller, outcome)
    if is_basic:
        return _Answer(results.basic(outcome, validate_only=preview), None, replayed, count)
    decimals = request.view == operation_pb2.TRANSACTION_VIEW_DECIMALS
    own = results.transaction(outcome, validate_only=preview, inherited={}, decimals=decimals)
    amended = await _amended(engine, caller, outcome, preview=preview)
    shown = None if amended is None else encode.transaction(amended, decimals=decimals)
    return _Answer(own, shown, replayed, count)


async def _count(engine: Engine, caller: Caller, outcome: Movement | HeaderEntry | Replay) -> int:
    """The number of transactions that the amendment changed. A split counts as one, and so does what was approved and
    applied."""
    if not isinstance(outcome, HeaderEntry):
        return await recorded.amended_count(engine, caller, results.recorded(outcome).id)
    return len({change.deferred.key for change in outcome.changes if change.deferred.header_id is None})


async def _amended(
    engine: Engine, caller: Caller, outcome: Movement | HeaderEntry | Replay, *, preview: bool
) -> Transaction | None:
    """The transaction that was amended, as it is since; None for those of a batch."""
    parent_id = results.recorded(outcome).parent_id
    if parent_id is None:
        return None
    amended = await recorded.get_changed(engine, caller, parent_id)
    if preview and isinstance(outcome, HeaderEntry):
        for change in outcome.changes:
            amended = _as_changed(amended, change)
    return amended


def _as_changed(transaction: Transaction, change: DeferredChange) -> Transaction:
    """A deferred transaction as the preview would leave it."""
    changed = replace(transaction, status=change.status, scheduled_at=change.scheduled_at, rejection=change.rejection)
    if transaction.review is not None and (change.decided_by or change.on_behalf_of):
        review = Review(transaction.review.reason, change.decided_by, change.on_behalf_of)
        changed = replace(changed, review=review)
    resolved = 0 if change.status is Status.INFLIGHT else None
    if change.sums is not None:
        amount = change.sums.amount if changed.amount is None else changed.amount
        return replace(changed, amount=amount, recorded_at=change.sums.recorded_at, committed=resolved, voided=resolved)
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
        view = read.enum("view", operation_pb2.TransactionView, request.view)
    seconds = _seconds(request, context, waits.margin_seconds)
    found = await recorded.get(engine, caller, key)
    number = ids.decode(ids.TRANSACTION, found.id)
    if found.status in DEFERRED and seconds > 0 and number is not None:
        transaction_id = uuid.UUID(int=number)
        await waits.until_ended(transaction_id, seconds)
        found = await recorded.get(engine, caller, transaction_id)
    return pb.WaitTransactionResponse(transaction=results.read(found, view), deferred=found.status in DEFERRED)


def _seconds(request: pb.WaitTransactionRequest, context: Context, margin: float) -> float:
    remaining = context.time_remaining()
    seconds = float(WAIT_SECONDS_MAX) if remaining is None else min(WAIT_SECONDS_MAX, remaining - margin)
    if not request.HasField("timeout"):
        return seconds
    requested = request.timeout.seconds + request.timeout.nanos / 1e9
    if not 0 < requested <= WAIT_SECONDS_MAX:
        raise Rejected(fields.invalid(Violation("timeout", f"above zero, at most {WAIT_SECONDS_MAX} seconds")))
    return min(requested, seconds)
