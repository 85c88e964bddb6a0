"""What is done about deferred transactions: a worker's nomination applies one whose time has come; a caller's amendment
cancels it, gives it another time, approves or denies it.

When its turn has come a transaction is judged as if it were asked only now, and applied under its own id or rejected.
An amendment is a transaction of its own that moves nothing; it has a reference, so that it can be repeated.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from ledgerd.core import dispatch, funds
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
    book, undivided = decision.book, deferred.undivided
    if undivided is not None:
        sources = [book.find(name, undivided.currency) for name in undivided.source_names]
    else:
        sources = [book.accounts.get(part.source_id) for part in deferred.parts]
    for source in sources:
        if source is not None:
            decision.plan.read(source)


# Amendments ------------------------------------------------------------------------------------


def decide_amendment(amendment: Amendment, decision: Decision) -> HeaderEntry | Rejection:
    """Carry out an amendment, or reject it."""
    if amendment.target.is_batch:
        return _amend_batch(amendment, decision)
    deferred = decision.book.deferred.get(decode_hex(TRANSACTION, amendment.target.id) or "")
    if deferred is None:
        return funds.unknown(amendment.target, decision.book.unfinished)
    _read_sources(deferred, decision)
    rejection = _rejection(amendment, deferred, decision)
    if rejection is not None:
        return rejection
    return _carry_out(amendment, [deferred], decision, parent_id=deferred.id)


def _amend_batch(amendment: Amendment, decision: Decision) -> HeaderEntry | Rejection:
    """Amend all transactions of a batch that can be: the deferred ones, or those in review. All or none."""
    book, batch_id = decision.book, amendment.target.id
    keys = book.members.get(batch_id)
    if keys is None:
        return funds.unknown(amendment.target, book.unfinished)
    deferred = [member for member in (book.deferred[key] for key in keys) if member.status in DEFERRED]
    subjects = deferred
    if isinstance(amendment, Verdict):
        subjects = [member for member in deferred if member.status is Status.IN_REVIEW]
    if not subjects:
        return Rejection(_reason(amendment), {"batch": batch_id, "deferred": str(len(deferred))})
    for member in subjects:
        _read_sources(member, decision)
    if isinstance(amendment, Reschedule):
        rejection = ahead(amendment.scheduled_at, decision.plan.now) or _first_of_members(amendment, subjects)
        if rejection is not None:
            return rejection
    return _carry_out(amendment, subjects, decision)


def _first_of_members(amendment: Reschedule, members: Sequence[Deferred]) -> Rejection | None:
    for member in members:
        rejection = _rejection_of_time(amendment, member)
        if rejection is not None:
            return rejection._replace(details={**rejection.details, "leg": member.id})
    return None


def _carry_out(
    amendment: Amendment, subjects: Sequence[Deferred], decision: Decision, parent_id: str | None = None
) -> HeaderEntry:
    """Record the amendment, and change what it is about."""
    entry = _record(amendment, decision, parent_id)
    cause_key = decision.plan.block.hex(entry.ordinal)
    reviewer = _Reviewer(decision.created_by, amendment.on_behalf_of)
    changes: list[DeferredChange] = []
    for deferred in subjects:
        applying = decision.applying(deferred, cause_key)
        if isinstance(amendment, Cancel):
            changes.append(_end(applying, deferred, ChangeKind.CANCELLED, Status.CANCELLED))
        elif isinstance(amendment, Reschedule):
            changes.append(_reschedule(amendment, deferred, applying))
        elif amendment.approves:
            changes += _approve(reviewer, deferred, applying)
        else:
            changes.append(_deny(reviewer, deferred, applying))
    entry.changes = tuple(changes)
    return entry


def _rejection(amendment: Amendment, deferred: Deferred, decision: Decision) -> Rejection | None:
    """Why the amendment may not be carried out."""
    if deferred.header_id is not None and deferred.status in DEFERRED:
        # Its split is amended as a whole.
        return Rejection(Reason.PART_OF_SPLIT, {"transaction": deferred.id, "split": deferred.header_id or ""})
    can_be_amended = {Status.IN_REVIEW} if isinstance(amendment, Verdict) else DEFERRED
    if deferred.status not in can_be_amended:
        numbers = {"transaction": deferred.id, "status": _status(deferred, decision).value}
        return Rejection(_reason(amendment), numbers)
    if isinstance(amendment, Reschedule):
        return ahead(amendment.scheduled_at, decision.plan.now) or _rejection_of_time(amendment, deferred)
    return None


def _status(deferred: Deferred, decision: Decision) -> Status:
    """How it stands. What has moved may have become something else since it was read: a hold is resolved."""
    moved = decision.book.parents.get(deferred.id)
    return deferred.status if moved is None or moved.unmoved is not None else moved.status


def _reason(amendment: Amendment) -> Reason:
    """Why nothing can be amended, where nothing is deferred or in review."""
    return Reason.NOT_IN_REVIEW if isinstance(amendment, Verdict) else Reason.NOT_DEFERRED


def _rejection_of_time(amendment: Reschedule, deferred: Deferred) -> Rejection | None:
    """The new time must come before the times of a hold."""
    operation = deferred.operation
    return ahead(operation.first_hold_time if isinstance(operation, Post) else None, amendment.scheduled_at)


def _reschedule(amendment: Reschedule, deferred: Deferred, applying: Decision) -> DeferredChange:
    status = Status.IN_REVIEW if deferred.status is Status.IN_REVIEW else Status.SCHEDULED
    details = _details(scheduled_time=_time(amendment))
    return _end(
        applying, deferred, ChangeKind.RESCHEDULED, status, scheduled_at=amendment.scheduled_at, details=details
    )


class _Reviewer(NamedTuple):
    """Who decides on a transaction in review, and for whom."""

    decided_by: str | None
    on_behalf_of: str | None

    @property
    def details(self) -> dict[str, str]:
        return {name: value for name, value in self._asdict().items() if value is not None}


def _approve(reviewer: _Reviewer, deferred: Deferred, applying: Decision) -> tuple[DeferredChange, ...]:
    """It is scheduled for its time, or applied at once."""
    is_early = deferred.scheduled_at is not None and deferred.scheduled_at > applying.plan.now
    scheduled_time = None if deferred.scheduled_at is None else deferred.scheduled_at.astimezone(UTC).isoformat()
    status = Status.SCHEDULED if is_early else Status.QUEUED
    details = _details(**reviewer.details, scheduled_time=scheduled_time)
    approved = _end(applying, deferred, ChangeKind.APPROVED, status, details=details)
    approved.decided_by, approved.on_behalf_of = reviewer
    return (approved,) if is_early else (approved, apply_deferred(deferred, applying))


def _deny(reviewer: _Reviewer, deferred: Deferred, applying: Decision) -> DeferredChange:
    numbers = {"transaction": deferred.id} | reviewer.details
    change = _reject(applying, deferred, ChangeKind.DENIED, Rejection(Reason.REVIEW_DENIED, numbers))
    change.decided_by, change.on_behalf_of = reviewer
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


def _record(amendment: Amendment, decision: Decision, parent_id: str | None) -> HeaderEntry:
    plan = decision.plan
    ordinal = plan.next_ordinal
    transaction = from_operation(
        amendment,
        id=plan.block.text(TRANSACTION, ordinal),
        kind=_kind(amendment),
        status=Status.APPLIED,
        created_at=plan.now,
        created_by=decision.created_by,
        parent_id=parent_id,
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
    """What an amendment says besides its transaction; a batch is no transaction."""
    batch_id = amendment.target.id if amendment.target.is_batch else None
    time = _time(amendment) if isinstance(amendment, Reschedule) else None
    return _details(batch=batch_id, scheduled_time=time) if batch_id or time else None


def _time(amendment: Reschedule) -> str:
    return amendment.scheduled_at.astimezone(UTC).isoformat()


def _details(**said: str | None) -> str:
    return json.dumps({name: value for name, value in said.items() if value is not None}, sort_keys=True)
