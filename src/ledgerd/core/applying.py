"""Applying what waits: when its turn has come it is judged as if it were asked only now, and filled in or rejected."""

import json
from collections.abc import Callable

from ledgerd.core.book import Book, Change, ChangeKind, Movement, Original, Plan, Unchanged
from ledgerd.core.figures import Status
from ledgerd.core.operation import Apply, Waiting
from ledgerd.core.rejection import Rejection

Judge = Callable[[Waiting, Book, Plan], Movement | Rejection]
"""The rules of posting and refunding; those who accept do not know them."""


def original_of(book: Book, transaction_id: str) -> Original | None:
    """An older transaction. What waited when it was read may have been applied since, by a commit that is still
    being written or by the same one: what it moved is then there to be refunded."""
    found = book.originals.get(transaction_id)
    if found is not None and found.waits is not None:
        known = book.waiting.get(found.key)
        if known is not None and known.status in (Status.APPLIED, Status.INFLIGHT):
            found.waits = None
    return found


def apply_when_due(apply: Apply, book: Book, plan: Plan, judge: Judge) -> Change | Unchanged:
    """Do what a worker nominated, if it still is to be done."""
    waiting = book.waiting.get(apply.waiting.key)
    if waiting is None:
        return Unchanged(apply.waiting)
    if not is_due(waiting, plan):
        return Unchanged(waiting)
    # Whatever becomes of it, it is written under the lock of its source.
    source = book.accounts[waiting.source_id]
    plan.read.setdefault(source, source.figures)
    if apply.refused is not None:
        return reject(waiting, plan, ChangeKind.REJECTED, apply.refused, waiting.key)
    return fill_in(waiting, book, plan, judge, waiting.key)


def is_due(waiting: Waiting, plan: Plan) -> bool:
    """Whether it is to be applied by now: by the database's clock, which may be ahead of ours."""
    if waiting.status is Status.QUEUED:
        return True
    if waiting.status is not Status.SCHEDULED or waiting.scheduled_at is None:
        return False
    return waiting.scheduled_at <= max(plan.now, waiting.seen_at)


def fill_in(waiting: Waiting, book: Book, plan: Plan, judge: Judge, cause_key: str) -> Change:
    """Apply what waits, or reject it."""
    if waiting.source_id in book.queued:
        book.queued[waiting.source_id] -= waiting.amount or 0
    outcome = judge(waiting, book, plan)
    if isinstance(outcome, Rejection):
        return reject(waiting, plan, ChangeKind.REJECTED, outcome, cause_key)
    change = plan.changes[-1]
    change.cause_key = cause_key
    return change


def reject(waiting: Waiting, plan: Plan, kind: ChangeKind, rejection: Rejection, cause_key: str) -> Change:
    """What waited is refused for ever, with the reason and its numbers."""
    details = rejection_text(rejection)
    return end(waiting, plan, kind, Status.REJECTED, cause_key, details=details, rejection=rejection)


def end(
    waiting: Waiting,
    plan: Plan,
    kind: ChangeKind,
    status: Status,
    cause_key: str,
    *,
    details: str | None = None,
    rejection: Rejection | None = None,
) -> Change:
    """What waited has another status without having moved anything."""
    before, waiting.status = waiting.before, status
    change = Change(
        plan.entries + 1,
        waiting,
        before,
        kind,
        status,
        waiting.scheduled_at,
        cause_key,
        details,
        rejection=rejection,
    )
    plan.changes.append(change)
    return change


def rejection_text(rejection: Rejection) -> str:
    """A rejection as it is stored."""
    return json.dumps({"reason": rejection.reason.value, "details": dict(rejection.details)}, sort_keys=True)
