"""What is done about deferred transactions: a worker's nomination applies one whose time has come; a caller's amendment
cancels it, gives it another time, approves or denies it.

When its turn has come a transaction is judged as if it were asked only now, and applied under its own id or rejected.
An amendment is a transaction of its own that moves nothing; it has a reference, so that it can be repeated.
"""

import json
from datetime import UTC, datetime

from ledgerd.core import dispatch
from ledgerd.core.decision import Decision
from ledgerd.core.effects import ChangeKind, DeferredChange, HeaderEntry, Unchanged
from ledgerd.core.model.figures import DEFERRED, Kind, Status
from ledgerd.core.model.ids import TRANSACTION, decode_hex
from ledgerd.core.model.operation import Amendment, Apply, Cancel, Deferred, Post, Reschedule, Verdict
from ledgerd.core.model.rejection import Reason, Rejection, rejection_text
from ledgerd.core.model.transaction import from_operation
from ledgerd.core.moving import change_deferred
from ledgerd.core.posting import ahead

# Applying --------------------------------------------------------------------------------------


def apply_nominated(nomination: Apply, decision: Decision) -> DeferredChange | Unchanged:
    """Do what a worker nominated, if it still is to be done."""
    deferred = decision.book.deferred.get(nomination.deferred.key)
    if deferred is None:
        return Unchanged(nomination.deferred)
    if deferred.header_id is not None or not _is_due(deferred, decision.plan.now):
        # A leg becomes what its split becomes.
        return Unchanged(deferred)
    # Whatever becomes of it, it is written under the locks of its sources.
    _read_sources(deferred, decision)
    applying = decision.applying(deferred, deferred.key)
    if nomination.rejected is not None:
        return _reject(applying, deferred, ChangeKind.REJECTED, nomination.rejected)
    return apply_deferred(deferred, applying)


def apply_deferred(deferred: Deferred, applying: Decision) -> DeferredChange:
    """Apply a deferred transaction as if it were asked now, or reject it."""
    operation, first = deferred.operation, applying.plan.savepoint()
    assert operation is not None, "only what is deferred is applied"
    outcome = dispatch.move(operation, applying)
    if isinstance(outcome, Rejection):
        return _reject(applying, deferred, ChangeKind.REJECTED, outcome)
    # Of a split the header's change comes first.
    change = applying.plan.effects[first]
    assert isinstance(change, DeferredChange), "what is applied is not recorded anew"
    return change


def _is_due(deferred: Deferred, now: datetime) -> bool:
    """Whether it is to be applied by now, or was when it was read."""
    if deferred.status is Status.QUEUED:
        return True
    if deferred.status is not Status.SCHEDULED or deferred.scheduled_at is None:
        return False
    return deferred.scheduled_at <= max(now, deferred.seen_at)


def _read_sources(deferred: Deferred, decision: Decision) -> None:
    """What is decided about it depends on the balances that it is to leave. The refund of a split or batch has none
    yet."""
    for part in deferred.parts:
        source = decision.book.accounts.get(part.source_id)
        if source is not None:
            decision.plan.read(source)


# Amendments ------------------------------------------------------------------------------------


def decide_amendment(amendment: Amendment, decision: Decision) -> HeaderEntry | Rejection:
    """Carry out an amendment, or reject it."""
    deferred = decision.book.deferred.get(decode_hex(TRANSACTION, amendment.transaction_id) or "")
    if deferred is None:
        return Rejection(Reason.TRANSACTION_NOT_FOUND, {"transaction": amendment.transaction_id})
    _read_sources(deferred, decision)
    rejection = _rejection(amendment, deferred, decision.plan.now)
    if rejection is not None:
        return rejection
    entry = _record(amendment, deferred, decision)
    applying = decision.applying(deferred, decision.plan.block.hex(entry.ordinal))
    if isinstance(amendment, Cancel):
        entry.changes = (_end(applying, deferred, ChangeKind.CANCELLED, Status.CANCELLED),)
    elif isinstance(amendment, Reschedule):
        entry.changes = (_reschedule(amendment, deferred, applying),)
    elif amendment.approves:
        entry.changes = _approve(amendment, deferred, applying)
    else:
        entry.changes = (_deny(amendment, deferred, applying),)
    return entry


def _rejection(amendment: Amendment, deferred: Deferred, now: datetime) -> Rejection | None:
    """Why the amendment may not be carried out."""
    if deferred.header_id is not None and deferred.status in DEFERRED:
        # Its split is amended as a whole.
        return Rejection(Reason.PART_OF_SPLIT, {"transaction": deferred.id, "split": deferred.header_id or ""})
    if isinstance(amendment, Cancel):
        return None if deferred.status in DEFERRED else _stands(Reason.NOT_CANCELLABLE, deferred)
    if isinstance(amendment, Reschedule):
        return _rejection_to_reschedule(amendment, deferred, now)
    return None if deferred.status is Status.IN_REVIEW else _stands(Reason.NOT_IN_REVIEW, deferred)


def _rejection_to_reschedule(amendment: Reschedule, deferred: Deferred, now: datetime) -> Rejection | None:
    if deferred.status not in DEFERRED:
        return _stands(Reason.NOT_WAITING, deferred)
    operation = deferred.operation
    hold_time = operation.first_hold_time if isinstance(operation, Post) else None
    return ahead(amendment.scheduled_at, now) or ahead(hold_time, amendment.scheduled_at)


def _stands(reason: Reason, deferred: Deferred) -> Rejection:
    return Rejection(reason, {"transaction": deferred.id, "status": deferred.status.value})


def _reschedule(amendment: Reschedule, deferred: Deferred, applying: Decision) -> DeferredChange:
    status = Status.IN_REVIEW if deferred.status is Status.IN_REVIEW else Status.SCHEDULED
    details = _details(scheduled_time=_time(amendment))
    return _end(
        applying, deferred, ChangeKind.RESCHEDULED, status, scheduled_at=amendment.scheduled_at, details=details
    )


def _approve(amendment: Verdict, deferred: Deferred, applying: Decision) -> tuple[DeferredChange, ...]:
    """It is scheduled for its time, or applied at once."""
    is_early = deferred.scheduled_at is not None and deferred.scheduled_at > applying.plan.now
    scheduled_time = None if deferred.scheduled_at is None else deferred.scheduled_at.astimezone(UTC).isoformat()
    status = Status.SCHEDULED if is_early else Status.QUEUED
    details = _details(decided_by=amendment.decided_by, scheduled_time=scheduled_time)
    approved = _end(applying, deferred, ChangeKind.APPROVED, status, details=details)
    approved.decided_by = amendment.decided_by
    return (approved,) if is_early else (approved, apply_deferred(deferred, applying))


def _deny(amendment: Verdict, deferred: Deferred, applying: Decision) -> DeferredChange:
    numbers = {"transaction": deferred.id, "decided_by": amendment.decided_by}
    change = _reject(applying, deferred, ChangeKind.DENIED, Rejection(Reason.REVIEW_DENIED, numbers))
    change.decided_by = amendment.decided_by
    return change


# What becomes of it ----------------------------------------------------------------------------


def _reject(applying: Decision, deferred: Deferred, kind: ChangeKind, rejection: Rejection) -> DeferredChange:
    """The deferred transaction is rejected for ever, with the reason and its numbers."""
    return _end(applying, deferred, kind, Status.REJECTED, details=rejection_text(rejection), rejection=rejection)


def _end(
    applying: Decision,
    deferred: Deferred,
    kind: ChangeKind,
    status: Status,
    *,
    scheduled_at: datetime | None = None,
    details: str | None = None,
    rejection: Rejection | None = None,
) -> DeferredChange:
    """Give the deferred transaction another status, or time, without moving anything; and its legs, too."""
    changes = []
    for part in (deferred, *deferred.legs):
        change = change_deferred(applying, part, kind, status)
        change.scheduled_at = part.scheduled_at = scheduled_at or part.scheduled_at
        change.details, change.rejection = details, rejection
        applying.plan.effects.append(change)
        changes.append(change)
    return changes[0]


# The amendment's own row -----------------------------------------------------------------------


def _record(amendment: Amendment, deferred: Deferred, decision: Decision) -> HeaderEntry:
    plan = decision.plan
    ordinal = plan.next_ordinal
    transaction = from_operation(
        amendment,
        id=plan.block.text(TRANSACTION, ordinal),
        kind=_kind(amendment),
        status=Status.APPLIED,
        created_at=plan.now,
        created_by=decision.created_by,
        parent_id=deferred.id,
        batch_id=decision.batch_id,
        request_json=_request_json(amendment),
    )
    entry = HeaderEntry(ordinal, transaction, amendment)
    plan.effects.append(entry)
    return entry


def _kind(amendment: Amendment) -> Kind:
    if isinstance(amendment, Cancel):
        return Kind.CANCEL
    if isinstance(amendment, Reschedule):
        return Kind.RESCHEDULE
    return Kind.APPROVE if amendment.approves else Kind.DENY


def _request_json(amendment: Amendment) -> str | None:
    """What an amendment says besides its transaction."""
    if isinstance(amendment, Cancel):
        return None
    if isinstance(amendment, Reschedule):
        return _details(scheduled_time=_time(amendment))
    return _details(decided_by=amendment.decided_by)


def _time(amendment: Reschedule) -> str:
    return amendment.scheduled_at.astimezone(UTC).isoformat()


def _details(**said: str | None) -> str:
    return json.dumps({name: value for name, value in said.items() if value is not None}, sort_keys=True)
