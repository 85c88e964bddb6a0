"""Applying what waits: when its turn has come it is judged as if it were asked only now, and filled in or rejected."""

import json
from collections.abc import Callable
from datetime import datetime

from ledgerd.core.book import Book, Change, ChangeKind, Movement, Plan, Unchanged
from ledgerd.core.model.figures import Status
from ledgerd.core.model.operation import Apply, Deferred
from ledgerd.core.model.parent import Parent
from ledgerd.core.model.rejection import Rejection

Judge = Callable[[Deferred, Book, Plan], Movement | Change | Rejection]
"""The rules of posting and refunding, which those who accept do not know. What they let pass is in the plan's
changes then, a split before its legs."""


def parent_of(book: Book, transaction_id: str) -> Parent | None:
    """An older transaction. What waited when it was read may have been applied since, by a commit that is still
    being written or by the same one: what it moved is then there to be refunded."""
    found = book.parents.get(transaction_id)
    if found is not None and found.waits is not None:
        known = book.deferred.get(found.key)
        if known is not None and known.status in (Status.APPLIED, Status.INFLIGHT):
            # With it the split that it is, or is a leg of: all of that was applied.
            header = found.header or found
            for one in (header, *(book.parents[leg_id] for leg_id in header.leg_ids)):
                one.waits = None
    return found


def apply_when_due(apply: Apply, book: Book, plan: Plan, judge: Judge) -> Change | Unchanged:
    """Do what a worker nominated, if it still is to be done."""
    deferred = book.deferred.get(apply.deferred.key)
    if deferred is None:
        return Unchanged(apply.deferred)
    if not is_due(deferred, plan):
        return Unchanged(deferred)
    # Whatever becomes of it, it is written under the locks of its sources.
    read_sources(deferred, book, plan)
    if apply.rejected is not None:
        return reject(deferred, plan, ChangeKind.REJECTED, apply.rejected, deferred.key)
    return apply_deferred(deferred, book, plan, judge, deferred.key)


def read_sources(deferred: Deferred, book: Book, plan: Plan) -> None:
    """What is decided about it depends on the balances that it is to leave. The refund of several has none yet."""
    for part in deferred.parts:
        source = book.accounts.get(part.source_id)
        if source is not None:
            plan.read.setdefault(source, source.figures)


def is_due(deferred: Deferred, plan: Plan) -> bool:
    """Whether it is to be applied by now, or was when it was read."""
    if deferred.status is Status.QUEUED:
        return True
    if deferred.status is not Status.SCHEDULED or deferred.scheduled_at is None:
        return False
    return deferred.scheduled_at <= max(plan.now, deferred.seen_at)


def apply_deferred(deferred: Deferred, book: Book, plan: Plan, judge: Judge, cause_key: str) -> Change:
    """Apply what waits, or reject it."""
    book.leave_queue(deferred)
    before = len(plan.changes)
    outcome = judge(deferred, book, plan)
    if isinstance(outcome, Rejection):
        return reject(deferred, plan, ChangeKind.REJECTED, outcome, cause_key)
    for change in plan.changes[before:]:
        change.cause_key = cause_key
    return plan.changes[before]


def reject(deferred: Deferred, plan: Plan, kind: ChangeKind, rejection: Rejection, cause_key: str) -> Change:
    """What waited is rejected for ever, with the reason and its numbers."""
    details = rejection_text(rejection)
    return end(deferred, plan, kind, Status.REJECTED, cause_key, details=details, rejection=rejection)


def end(
    deferred: Deferred,
    plan: Plan,
    kind: ChangeKind,
    status: Status,
    cause_key: str,
    *,
    scheduled_at: datetime | None = None,
    details: str | None = None,
    rejection: Rejection | None = None,
) -> Change:
    """What waited has another status, or time, without having moved anything; and so have its legs."""
    first = len(plan.changes)
    for one in (deferred, *deferred.legs):
        before = one.before
        one.status, one.scheduled_at = status, scheduled_at or one.scheduled_at
        change = Change(
            plan.entries + 1, one, before, kind, status, one.scheduled_at, cause_key, details, rejection=rejection
        )
        plan.changes.append(change)
    return plan.changes[first]


def rejection_text(rejection: Rejection) -> str:
    """A rejection as it is stored."""
    return json.dumps({"reason": rejection.reason.value, "details": dict(rejection.details)}, sort_keys=True)
