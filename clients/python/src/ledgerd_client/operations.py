"""Building what is done to a transaction: commits, voids, adjustments, refunds, cancellations.

Each function makes one message of the contract. `target` names the transaction: the caller's own reference of it, or
its id, or the id of a batch; see `targets.target`.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, TypedDict

from ledgerapi.v1.draft_pb2 import Available, Draft
from ledgerapi.v1.operation_pb2 import (
    AdjustHold,
    ApproveTransaction,
    CancelTransaction,
    CommitHold,
    DenyTransaction,
    Operation,
    RefundTransaction,
    RescheduleTransaction,
    TransactionTarget,
    VoidHold,
)

from ledgerd_client.amounts import as_amount, major, minor
from ledgerd_client.metadata import to_struct
from ledgerd_client.targets import target as as_target
from ledgerd_client.times import timestamp


class VoidFields(TypedDict, total=False):
    """What `void_hold` takes beside the target; see there."""

    reference: str
    description: str
    metadata: Mapping[str, Any] | None
    on_behalf_of: str


class CommitFields(VoidFields, total=False):
    """What `commit_hold` takes beside the target; see there."""

    amount: str | Decimal | None
    precise_amount: int | str | None
    effective_time: datetime | None


class AdjustFields(TypedDict, total=False):
    """What `adjust_hold` takes beside the target and the reference; see there."""

    total: str | Decimal | None
    increase: str | Decimal | None
    decrease: str | Decimal | None
    inflight_expiry_time: datetime | None
    inflight_commit_time: datetime | None
    description: str
    metadata: Mapping[str, Any] | None
    on_behalf_of: str


class RefundFields(TypedDict, total=False):
    """What `refund` takes beside the target and the reference; see there."""

    amount: str | Decimal | None
    precise_amount: int | str | None
    available: Available | None
    allow_overdraft: bool
    scheduled_time: datetime | None
    effective_time: datetime | None
    description: str
    metadata: Mapping[str, Any] | None
    on_behalf_of: str


class CancelFields(TypedDict, total=False):
    """What `cancel` takes beside the target; see there."""

    reference: str
    description: str
    metadata: Mapping[str, Any] | None
    on_behalf_of: str


Message = (
    Draft
    | CommitHold
    | VoidHold
    | AdjustHold
    | RefundTransaction
    | CancelTransaction
    | RescheduleTransaction
    | ApproveTransaction
    | DenyTransaction
)


def operation(message: Message | Operation) -> Operation:
    """One item of a batch or an upload, from what it is to do.

    Raises:
        TypeError: No operation has such a message.
    """
    match message:
        case Operation():
            return message
        case Draft():
            return Operation(post=message)
        case CommitHold():
            return Operation(commit_hold=message)
        case VoidHold():
            return Operation(void_hold=message)
        case AdjustHold():
            return Operation(adjust_hold=message)
        case RefundTransaction():
            return Operation(refund=message)
        case CancelTransaction():
            return Operation(cancel=message)
        case RescheduleTransaction():
            return Operation(reschedule=message)
        case ApproveTransaction():
            return Operation(approve=message)
        case DenyTransaction():
            return Operation(deny=message)
    raise TypeError(f"a Draft or another operation is needed, not {type(message).__name__}")


def commit_hold(
    target: str | TransactionTarget,
    *,
    amount: str | Decimal | None = None,
    precise_amount: int | str | None = None,
    reference: str = "",
    effective_time: datetime | None = None,
    description: str = "",
    metadata: Mapping[str, Any] | None = None,
    on_behalf_of: str = "",
) -> CommitHold:
    """Moves what a hold holds, or a part of it.

    Args:
        target: The hold, split or batch.
        amount: How much, in major units. None, with `precise_amount` None too, means all that remains.
        precise_amount: The same in minor units.
        reference: The caller's unique key of this commit. Required with an amount; derived from the hold without one.
        effective_time: When the movement counts for reads by effective time. None means now.
        description: At most 1,000 characters. "" means that of the hold.
        metadata: As for `draft`. None means that of the hold.
        on_behalf_of: For whom the caller acts, on one line of at most 255 characters.
    """
    _one_spelling(amount, precise_amount)
    return CommitHold(
        target=as_target(target),
        amount=major("amount", amount),
        precise_amount=minor("precise_amount", precise_amount),
        reference=reference,
        effective_time=timestamp("effective_time", effective_time),
        description=description,
        metadata=None if metadata is None else to_struct(metadata),
        on_behalf_of=on_behalf_of,
    )


def void_hold(
    target: str | TransactionTarget,
    *,
    reference: str = "",
    description: str = "",
    metadata: Mapping[str, Any] | None = None,
    on_behalf_of: str = "",
) -> VoidHold:
    """Releases what remains of a hold. The arguments are those of `commit_hold`."""
    return VoidHold(
        target=as_target(target),
        reference=reference,
        description=description,
        metadata=None if metadata is None else to_struct(metadata),
        on_behalf_of=on_behalf_of,
    )


def adjust_hold(
    target: str | TransactionTarget,
    reference: str,
    *,
    total: str | Decimal | None = None,
    increase: str | Decimal | None = None,
    decrease: str | Decimal | None = None,
    inflight_expiry_time: datetime | None = None,
    inflight_commit_time: datetime | None = None,
    description: str = "",
    metadata: Mapping[str, Any] | None = None,
    on_behalf_of: str = "",
) -> AdjustHold:
    """Changes how much an open hold holds, or when it expires or is committed.

    Args:
        target: The hold.
        reference: The caller's unique key of this adjustment.
        total: How much the hold holds from now on, what was committed and voided included, in major units. Give at most
            one of `total`, `increase` and `decrease`; none where only a time changes.
        increase: How much more the hold holds, in major units.
        decrease: How much less the hold holds, in major units.
        inflight_expiry_time: The new time of its expiry, with a time zone. None leaves the time.
        inflight_commit_time: The new time of its commit, with a time zone. None leaves the time.
        description: As for `commit_hold`.
        metadata: As for `commit_hold`.
        on_behalf_of: As for `commit_hold`.
    """
    if sum(change is not None for change in (total, increase, decrease)) > 1:
        raise ValueError("give only one of total, increase and decrease")
    return AdjustHold(
        target=as_target(target),
        reference=reference,
        total=as_amount("total", total),
        increase=as_amount("increase", increase),
        decrease=as_amount("decrease", decrease),
        inflight_expiry_time=timestamp("inflight_expiry_time", inflight_expiry_time),
        inflight_commit_time=timestamp("inflight_commit_time", inflight_commit_time),
        description=description,
        metadata=None if metadata is None else to_struct(metadata),
        on_behalf_of=on_behalf_of,
    )


def refund(
    target: str | TransactionTarget,
    reference: str,
    *,
    amount: str | Decimal | None = None,
    precise_amount: int | str | None = None,
    available: Available | None = None,
    allow_overdraft: bool = False,
    scheduled_time: datetime | None = None,
    effective_time: datetime | None = None,
    description: str = "",
    metadata: Mapping[str, Any] | None = None,
    on_behalf_of: str = "",
) -> RefundTransaction:
    """Moves back what a transaction moved, or a part of it.

    Args:
        target: The transaction, split or batch.
        reference: The caller's unique key of this refund.
        amount: How much, in major units. Without any form of an amount, all that can still be refunded.
        precise_amount: The same in minor units.
        available: As much of what can still be refunded as the balance that pays has available: `available()`, or at
            most so much: `available("120.50")`.
        allow_overdraft: Whether the balance that pays the refund may go below zero, down to its floor.
        scheduled_time: When to refund, with a time zone. None means now.
        effective_time: As for `commit_hold`.
        description: As for `commit_hold`.
        metadata: As for `commit_hold`.
        on_behalf_of: As for `commit_hold`.
    """
    _one_spelling(amount, precise_amount, available)
    return RefundTransaction(
        target=as_target(target),
        reference=reference,
        amount=major("amount", amount),
        precise_amount=minor("precise_amount", precise_amount),
        available=available,
        allow_overdraft=allow_overdraft,
        scheduled_time=timestamp("scheduled_time", scheduled_time),
        effective_time=timestamp("effective_time", effective_time),
        description=description,
        metadata=None if metadata is None else to_struct(metadata),
        on_behalf_of=on_behalf_of,
    )


def cancel(
    target: str | TransactionTarget,
    *,
    reference: str = "",
    description: str = "",
    metadata: Mapping[str, Any] | None = None,
    on_behalf_of: str = "",
) -> CancelTransaction:
    """Cancels a deferred transaction, or all that are deferred of a batch.

    The arguments are those of `void_hold`; the cancellation shows only what it was given.
    """
    return CancelTransaction(
        target=as_target(target),
        reference=reference,
        description=description,
        metadata=None if metadata is None else to_struct(metadata),
        on_behalf_of=on_behalf_of,
    )


def _one_spelling(*forms: object) -> None:
    if sum(form is not None for form in forms) > 1:
        raise ValueError("give only one form of the amount")
