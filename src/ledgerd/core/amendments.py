"""Amendments of a transaction that waits: call it off, give it another time, approve or deny it.

An amendment is a transaction of its own that moves nothing; it has a reference, so that it can be repeated.
"""

import json
from datetime import UTC

from ledgerd.core.applying import Judge, apply_deferred, end, read_sources, reject
from ledgerd.core.book import Book, Change, ChangeKind, HeaderEntry, Plan
from ledgerd.core.model.figures import DEFERRED, Kind, Status
from ledgerd.core.model.ids import TRANSACTION, decode_hex
from ledgerd.core.model.operation import Amendment, Cancel, Deferred, Post, Reschedule, Verdict
from ledgerd.core.model.rejection import Reason, Rejection
from ledgerd.core.model.transaction import Transaction


def decide_amendment(
    amendment: Amendment, book: Book, plan: Plan, batch_id: str | None, judge: Judge
) -> HeaderEntry | Rejection:
    """Carry out an amendment, or reject it."""
    deferred = book.deferred.get(decode_hex(TRANSACTION, amendment.transaction_id) or "")
    if deferred is None:
        return Rejection(Reason.TRANSACTION_NOT_FOUND, {"transaction": amendment.transaction_id})
    read_sources(deferred, book, plan)
    if deferred.header_id is not None and deferred.status in DEFERRED:
        rejection: Rejection | None = _part_of_split(deferred)
    elif isinstance(amendment, Cancel):
        rejection = _rejection_to_cancel(deferred)
    elif isinstance(amendment, Reschedule):
        rejection = _rejection_to_reschedule(amendment, deferred, plan)
    else:
        rejection = _rejection_to_judge(deferred)
    if rejection is not None:
        return rejection
    record = _record(amendment, deferred, plan, batch_id)
    cause_key = plan.block.hex(record.ordinal)
    if isinstance(amendment, Cancel):
        record.changes = (_cancel(deferred, book, plan, cause_key),)
    elif isinstance(amendment, Reschedule):
        record.changes = (_reschedule(amendment, deferred, plan, cause_key),)
    elif amendment.approves:
        record.changes = _approve(amendment, deferred, book, plan, judge, cause_key)
    else:
        record.changes = (_deny(amendment, deferred, book, plan, cause_key),)
    return record


# May it be done? -------------------------------------------------------------------------------


def _part_of_split(leg: Deferred) -> Rejection:
    """Its split waits as a whole."""
    return Rejection(Reason.PART_OF_SPLIT, {"transaction": leg.id, "split": leg.header_id or ""})


def _rejection_to_cancel(deferred: Deferred) -> Rejection | None:
    return None if deferred.status in DEFERRED else _stands(Reason.NOT_CANCELLABLE, deferred)


def _rejection_to_reschedule(amendment: Reschedule, deferred: Deferred, plan: Plan) -> Rejection | None:
    if deferred.status not in DEFERRED:
        return _stands(Reason.NOT_WAITING, deferred)
    if amendment.scheduled_at <= plan.now:
        numbers = {"asked": amendment.scheduled_at.isoformat(), "limit": plan.now.isoformat()}
        return Rejection(Reason.SCHEDULE_IN_PAST, numbers)
    asked = deferred.operation
    times = [asked.commits_at, asked.expires_at] if isinstance(asked, Post) else []
    ahead = [moment for moment in times if moment is not None]
    if ahead and min(ahead) <= amendment.scheduled_at:
        numbers = {"asked": min(ahead).isoformat(), "limit": amendment.scheduled_at.isoformat()}
        return Rejection(Reason.SCHEDULE_IN_PAST, numbers)
    return None


def _rejection_to_judge(deferred: Deferred) -> Rejection | None:
    return None if deferred.status is Status.IN_REVIEW else _stands(Reason.NOT_IN_REVIEW, deferred)


def _stands(reason: Reason, deferred: Deferred) -> Rejection:
    return Rejection(reason, {"transaction": deferred.id, "status": deferred.status.value})


# Doing it --------------------------------------------------------------------------------------


def _cancel(deferred: Deferred, book: Book, plan: Plan, cause_key: str) -> Change:
    book.leave_queue(deferred)
    return end(deferred, plan, ChangeKind.CANCELLED, Status.CANCELLED, cause_key)


def _reschedule(amendment: Reschedule, deferred: Deferred, plan: Plan, cause_key: str) -> Change:
    status = Status.IN_REVIEW if deferred.status is Status.IN_REVIEW else Status.SCHEDULED
    return end(
        deferred,
        plan,
        ChangeKind.RESCHEDULED,
        status,
        cause_key,
        scheduled_at=amendment.scheduled_at,
        details=_details(scheduled_time=_time(amendment)),
    )


def _approve(
    amendment: Verdict, deferred: Deferred, book: Book, plan: Plan, judge: Judge, cause_key: str
) -> tuple[Change, ...]:
    """It waits for its time, or is applied at once."""
    waits = deferred.scheduled_at is not None and deferred.scheduled_at > plan.now
    scheduled_time = None if deferred.scheduled_at is None else deferred.scheduled_at.astimezone(UTC).isoformat()
    approved = end(
        deferred,
        plan,
        ChangeKind.APPROVED,
        Status.SCHEDULED if waits else Status.QUEUED,
        cause_key,
        details=_details(decided_by=amendment.decided_by, scheduled_time=scheduled_time),
    )
    approved.decided_by = amendment.decided_by
    return (approved,) if waits else (approved, apply_deferred(deferred, book, plan, judge, cause_key))


def _deny(amendment: Verdict, deferred: Deferred, book: Book, plan: Plan, cause_key: str) -> Change:
    book.leave_queue(deferred)
    denied = Rejection(Reason.REVIEW_DENIED, {"transaction": deferred.id, "decided_by": amendment.decided_by})
    change = reject(deferred, plan, ChangeKind.DENIED, denied, cause_key)
    change.decided_by = amendment.decided_by
    return change


# The order's own record ------------------------------------------------------------------------


def _record(amendment: Amendment, deferred: Deferred, plan: Plan, batch_id: str | None) -> HeaderEntry:
    ordinal = plan.entries + 1
    record = HeaderEntry(
        ordinal,
        Transaction(
            id=plan.block.text(TRANSACTION, ordinal),
            reference=amendment.reference,
            kind=kind_of(amendment),
            status=Status.APPLIED,
            currency=None,
            precision=None,
            amount=None,
            source_id=None,
            source_indicator=None,
            source=None,
            destination_id=None,
            destination_indicator=None,
            destination=None,
            allow_overdraft=False,
            overdraft_limit=None,
            takes_remainder=None,
            parent_id=deferred.id,
            batch_id=batch_id,
            description=amendment.description,
            group=None,
            tag=None,
            metadata=None,
            metadata_digest=None,
            created_by=None,
            created_at=plan.now,
            recorded_at=None,
            effective_at=None,
            committed=None,
            voided=None,
            request_json=ordered_text(amendment),
        ),
        amendment,
    )
    plan.records.append(record)
    return record


def kind_of(amendment: Amendment) -> Kind:
    """The kind of transaction that an order is recorded as."""
    if isinstance(amendment, Cancel):
        return Kind.CANCEL
    if isinstance(amendment, Reschedule):
        return Kind.RESCHEDULE
    return Kind.APPROVE if amendment.approves else Kind.DENY


def ordered_text(amendment: Amendment) -> str | None:
    """What an order says besides its transaction, as JSON."""
    if isinstance(amendment, Cancel):
        return None
    if isinstance(amendment, Reschedule):
        return _details(scheduled_time=_time(amendment))
    return _details(decided_by=amendment.decided_by)


def _time(amendment: Reschedule) -> str:
    return amendment.scheduled_at.astimezone(UTC).isoformat()


def _details(**said: str | None) -> str:
    return json.dumps({name: value for name, value in said.items() if value is not None}, sort_keys=True)
