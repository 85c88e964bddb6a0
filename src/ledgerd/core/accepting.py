"""The rules of accepting: what is to be applied later is judged by what cannot change until then.

What is accepted has its reference, its id and its place; whether the money is there is judged when its turn
comes, by the rules of posting and refunding (applying.py).
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime

from ledgerd.core import bounds
from ledgerd.core.amount import minor_units
from ledgerd.core.asking import (
    Ask,
    amount_is_bounded,
    amount_is_whole,
    currencies_agree,
    period_is_open,
    precisions_agree,
    sides_differ,
)
from ledgerd.core.balance_state import BalanceState
from ledgerd.core.book import Account, Book, Original, Plan, Record
from ledgerd.core.figures import Kind, Status
from ledgerd.core.ids import TRANSACTION
from ledgerd.core.operation import Later, Post, Refund
from ledgerd.core.rejection import Reason, Rejection
from ledgerd.core.transaction import Review, Transaction


class Unread(Exception):
    """The Book lacks what the decision needs; it must be taken where everything is read: under the locks."""


def source_is_not_closed(ask: Ask) -> Rejection | None:
    """A frozen balance may be open again by then, a closed one never will be."""
    return _not_closed(ask.source, "source")


def destination_is_not_closed(ask: Ask) -> Rejection | None:
    return _not_closed(ask.destination, "destination")


def schedule_is_ahead(ask: Ask) -> Rejection | None:
    later = ask.post.later
    return None if later is None else _ahead(later.scheduled_at, ask.now)


def hold_times_follow(ask: Ask) -> Rejection | None:
    """What is to happen to a hold by itself lies after the hold itself."""
    times = [one for one in (ask.post.commits_at, ask.post.expires_at) if one is not None]
    later = ask.post.later
    begins = ask.now if later is None or later.scheduled_at is None else later.scheduled_at
    return _ahead(min(times), begins) if times else None


ACCEPTING_RULES: tuple[Callable[[Ask], Rejection | None], ...] = (
    sides_differ,
    source_is_not_closed,
    destination_is_not_closed,
    currencies_agree,
    precisions_agree,
    amount_is_whole,
    amount_is_bounded,
    schedule_is_ahead,
    hold_times_follow,
    period_is_open,
)
"""Followed by queue_has_room and source_covers_what_waits, which ask for more than the draft."""


def queue_has_room(plan: Plan) -> Rejection | None:
    """No more is accepted than the ledger is set to keep waiting."""
    if plan.room > 0:
        return None
    numbers = {"backlog": str(plan.backlog_limit - plan.room), "limit": str(plan.backlog_limit)}
    return Rejection(Reason.QUEUE_FULL, numbers)


def source_covers_what_waits(ask: Ask, book: Book) -> Rejection | None:
    """The terms of funds, for the draft and everything before it that waits on its source."""
    if ask.post.later is None or not ask.post.later.check_queued:
        return None
    queued = book.queued.get(ask.source.id)
    if queued is None:
        raise Unread
    refusal = bounds.funds_cover(
        ask.amount + queued, ask.source, allow_overdraft=ask.post.allow_overdraft, limit=ask.limit
    )
    if refusal is None:
        return None
    return Rejection(refusal.reason, {**refusal.details, "asked": str(ask.amount), "queued": str(queued)})


def accept_post(ask: Ask, book: Book, plan: Plan, batch_id: str | None) -> Record | Rejection:
    """Accept a draft that is to be applied later, or refuse it."""
    for rule in ACCEPTING_RULES:
        refusal = rule(ask)
        if refusal is not None:
            return refusal
    refusal = queue_has_room(plan) or source_covers_what_waits(ask, book)
    if refusal is not None:
        return refusal
    post = ask.post
    assert post.later is not None, "a draft that is to be applied later"
    kind = Kind.HOLD if post.inflight else Kind.POSTING
    record = _accept(plan, post, post.later, kind, ask.source, ask.destination, ask.amount, ask.limit, batch_id)
    if ask.source.id in book.queued:
        book.queued[ask.source.id] += ask.amount
    return record


# Refunds ---------------------------------------------------------------------------------------


def accept_refund(
    refund: Refund,
    original: Original,
    source: Account,
    destination: Account,
    book: Book,
    plan: Plan,
    batch_id: str | None,
) -> Record | Rejection:
    """Accept a refund that is to be given later, or refuse it. The original may still wait itself."""
    later = refund.later
    assert later is not None, "a refund that is to be given later"
    amount = None
    if refund.quantity is not None:
        amount = minor_units(refund.quantity, source.precision)
        if amount is None:
            return bounds.too_precise(source)
    refusal = (
        _refundable_some_day(original, book)
        or _not_closed(source, "source")
        or _not_closed(destination, "destination")
        or (bounds.bounded(amount) if amount is not None else None)
        or _within(original, amount)
        or _ahead(later.scheduled_at, plan.now)
        or queue_has_room(plan)
    )
    if refusal is not None:
        return refusal
    return _accept(plan, refund, later, Kind.REFUND, source, destination, amount, None, batch_id)


def _refundable_some_day(original: Original, book: Book) -> Rejection | None:
    """What waits may have moved something by then, and so may a hold of which something remains."""
    status, waiting = original.status, book.waiting.get(original.key)
    if waiting is not None and waiting.status in (Status.REJECTED, Status.CANCELLED):
        # Perhaps just now: the original was read before.
        status = waiting.status
    is_over = status in (Status.VOID, Status.REJECTED, Status.CANCELLED)
    if original.kind in (Kind.POSTING, Kind.HOLD) and not is_over:
        return None
    numbers = {"transaction": original.id, "status": status.value, "kind": original.kind.value}
    return Rejection(Reason.NOT_REFUNDABLE, numbers)


def _within(original: Original, amount: int | None) -> Rejection | None:
    """What is left of a movement only shrinks; what a hold will have moved cannot be known."""
    if original.kind is Kind.HOLD or amount is None:
        return None
    left = original.amount - original.refunded
    if amount <= left:
        return None
    return Rejection(Reason.REFUND_EXCEEDED, {"transaction": original.id, "asked": str(amount), "remaining": str(left)})


# What both leave behind ------------------------------------------------------------------------


def _not_closed(account: Account, side: str) -> Rejection | None:
    return bounds.is_open(account, side) if account.state is BalanceState.CLOSED else None


def _ahead(asked: datetime | None, limit: datetime) -> Rejection | None:
    if asked is None or asked > limit:
        return None
    return Rejection(Reason.SCHEDULE_IN_PAST, {"asked": asked.isoformat(), "limit": limit.isoformat()})


def _accept(
    plan: Plan,
    asked: Post | Refund,
    later: Later,
    kind: Kind,
    source: Account,
    destination: Account,
    amount: int | None,
    limit: int | None,
    batch_id: str | None,
) -> Record:
    """The row that waits."""
    post = asked if isinstance(asked, Post) else None
    ordinal, status = plan.entries + 1, status_of(later)
    record = Record(
        ordinal,
        Transaction(
            id=plan.block.text(TRANSACTION, ordinal),
            reference=asked.reference,
            kind=kind,
            status=status,
            currency=source.currency,
            precision=source.precision,
            amount=amount,
            source_id=source.id,
            source_indicator=source.indicator,
            source=None,
            destination_id=destination.id,
            destination_indicator=destination.indicator,
            destination=None,
            allow_overdraft=asked.allow_overdraft,
            overdraft_limit=limit,
            takes_rest=True if amount is None else None,
            parent_id=None if isinstance(asked, Post) else asked.transaction_id,
            batch_id=batch_id,
            description=asked.description,
            group=None if post is None else post.group,
            tag=None if post is None else post.tag,
            metadata=asked.metadata,
            metadata_digest=asked.metadata_digest,
            created_by=None,
            created_at=plan.now,
            recorded_at=None,
            effective_at=None if post is None else post.effective_at,
            committed=None,
            voided=None,
            expires_at=None if post is None else post.expires_at,
            commits_at=None if post is None else post.commits_at,
            allow_over_commit=post is not None and post.allow_over_commit,
            accepted_as=status,
            asked=asked_text(later),
            scheduled_at=later.scheduled_at,
            review=Review(later.review_reason, None, None) if later.in_review else None,
        ),
        asked,
    )
    plan.records.append(record)
    plan.room -= 1
    return record


def status_of(later: Later) -> Status:
    """As what it is accepted. A review comes first, a time second."""
    if later.in_review:
        return Status.IN_REVIEW
    return Status.QUEUED if later.scheduled_at is None else Status.SCHEDULED


def asked_text(later: Later) -> str | None:
    """What the request said and no column of its own keeps, as JSON; None where that is nothing."""
    said: dict[str, object] = {}
    if later.scheduled_at is not None:
        said["scheduled_time"] = later.scheduled_at.astimezone(UTC).isoformat()
    if later.review_reason is not None:
        said["review_reason"] = later.review_reason
    if later.check_queued:
        said["check_queued"] = True
    return json.dumps(said, sort_keys=True) if said else None
