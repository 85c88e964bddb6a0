"""The rules of accepting: what is to be applied later is judged by what cannot change until then.

What is accepted has its reference, its id and its place; whether the money is there is judged when its turn
comes, by the rules of posting and refunding (applying.py).
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

from ledgerd.core import funds
from ledgerd.core.asking import (
    Proposal,
    amount_is_bounded,
    amount_is_whole,
    currencies_agree,
    period_is_open,
    precisions_agree,
    sides_differ,
)
from ledgerd.core.book import Account, Book, HeaderEntry, Plan
from ledgerd.core.model.amount import minor_units
from ledgerd.core.model.balance_state import BalanceState
from ledgerd.core.model.figures import Kind, Status
from ledgerd.core.model.ids import TRANSACTION
from ledgerd.core.model.operation import Deferral, Post, Refund
from ledgerd.core.model.parent import Parent
from ledgerd.core.model.rejection import Reason, Rejection
from ledgerd.core.model.transaction import Review, Transaction


class Unread(Exception):
    """The Book lacks what the decision needs; it must be taken where everything is read: under the locks."""


def source_is_not_closed(proposal: Proposal) -> Rejection | None:
    """A frozen balance may be open again by then, a closed one never will be."""
    return not_closed(proposal.source, "source")


def destination_is_not_closed(proposal: Proposal) -> Rejection | None:
    return not_closed(proposal.destination, "destination")


def schedule_is_ahead(proposal: Proposal) -> Rejection | None:
    deferral = proposal.post.deferral
    return None if deferral is None else ahead(deferral.scheduled_at, proposal.now)


def hold_times_follow(proposal: Proposal) -> Rejection | None:
    """What is to happen to a hold by itself lies after the hold itself."""
    times = [one for one in (proposal.post.commits_at, proposal.post.expires_at) if one is not None]
    deferral = proposal.post.deferral
    begins = proposal.now if deferral is None or deferral.scheduled_at is None else deferral.scheduled_at
    return ahead(min(times), begins) if times else None


DEFERRAL_RULES: tuple[Callable[[Proposal], Rejection | None], ...] = (
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
"""Followed by queue_has_capacity and source_covers_deferred, which ask for more than the draft."""


def queue_has_capacity(plan: Plan, count: int = 1) -> Rejection | None:
    """No more is accepted than the ledger is set to keep waiting."""
    if plan.capacity >= count:
        return None
    numbers = {"backlog": str(plan.backlog_limit - plan.capacity), "limit": str(plan.backlog_limit)}
    return Rejection(Reason.QUEUE_FULL, numbers | ({"asked": str(count)} if count > 1 else {}))


def source_covers_deferred(proposal: Proposal, book: Book) -> Rejection | None:
    """The terms of funds, for the draft and everything before it that waits on its source."""
    if proposal.post.deferral is None or not proposal.post.deferral.check_queued:
        return None
    queued = book.queued.get(proposal.source.id)
    if queued is None:
        raise Unread
    rejection = funds.funds_cover(
        proposal.amount + queued, proposal.source, allow_overdraft=proposal.post.allow_overdraft, limit=proposal.limit
    )
    if rejection is None:
        return None
    return Rejection(rejection.reason, {**rejection.details, "asked": str(proposal.amount), "queued": str(queued)})


def defer_post(proposal: Proposal, book: Book, plan: Plan, batch_id: str | None) -> HeaderEntry | Rejection:
    """Accept a draft that is to be applied later, or reject it."""
    for rule in DEFERRAL_RULES:
        rejection = rule(proposal)
        if rejection is not None:
            return rejection
    rejection = queue_has_capacity(plan) or source_covers_deferred(proposal, book)
    if rejection is not None:
        return rejection
    post = proposal.post
    assert post.deferral is not None, "a draft that is to be applied later"
    return defer(proposal, post.deferral, book, plan, batch_id)


def defer(
    proposal: Proposal, deferral: Deferral, book: Book, plan: Plan, batch_id: str | None, header_id: str | None = None
) -> HeaderEntry:
    """A draft, or a leg of one, that waits on its source from now on."""
    kind, source = Kind.HOLD if proposal.post.inflight else Kind.POSTING, proposal.source
    known = Known(
        kind, source, proposal.destination, source.currency, source.precision, proposal.amount, proposal.limit
    )
    if source.id in book.queued:
        book.queued[source.id] += proposal.amount
    return deferred_entry(
        plan, proposal.post, deferral, known, batch_id, header_id=header_id, said=asked_text(deferral)
    )


# Refunds ---------------------------------------------------------------------------------------


def defer_refund(
    refund: Refund,
    parent: Parent,
    source: Account,
    destination: Account,
    book: Book,
    plan: Plan,
    batch_id: str | None,
) -> HeaderEntry | Rejection:
    """Accept a refund that is to be given later, or reject it. The parent may still wait itself."""
    deferral = refund.deferral
    assert deferral is not None, "a refund that is to be given later"
    amount = None
    if refund.quantity is not None:
        amount = minor_units(refund.quantity, source.precision)
        if amount is None:
            return funds.too_precise(source)
    rejection = (
        refundable_some_day(parent, book)
        or not_closed(source, "source")
        or not_closed(destination, "destination")
        or (funds.bounded(amount) if amount is not None else None)
        or within(parent, amount)
        or ahead(deferral.scheduled_at, plan.now)
        or queue_has_capacity(plan)
    )
    if rejection is not None:
        return rejection
    known = Known(Kind.REFUND, source, destination, source.currency, source.precision, amount)
    said = asked_text(deferral)
    return deferred_entry(plan, refund, deferral, known, batch_id, parent_id=refund.transaction_id, said=said)


def refundable_some_day(parent: Parent, book: Book) -> Rejection | None:
    """What waits may have moved something by then, and so may a hold of which something remains."""
    status, deferred = parent.status, book.deferred.get(parent.key)
    if deferred is not None and deferred.status in (Status.REJECTED, Status.CANCELLED):
        # Perhaps just now: the parent was read before.
        status = deferred.status
    is_over = status in (Status.VOID, Status.REJECTED, Status.CANCELLED)
    if parent.kind in (Kind.POSTING, Kind.HOLD, Kind.SPLIT) and not is_over:
        return None
    numbers = {"transaction": parent.id, "status": status.value, "kind": parent.kind.value}
    return Rejection(Reason.NOT_REFUNDABLE, numbers)


def within(parent: Parent, amount: int | None) -> Rejection | None:
    """What is left of a movement only shrinks; what a hold will have moved cannot be known."""
    if parent.is_hold or amount is None:
        return None
    left = parent.amount - parent.refunded
    if amount <= left:
        return None
    return Rejection(Reason.REFUND_EXCEEDED, {"transaction": parent.id, "asked": str(amount), "remaining": str(left)})


# What all of them leave behind ------------------------------------------------------------------------


def not_closed(account: Account, side: str) -> Rejection | None:
    return funds.is_open(account, side) if account.state is BalanceState.CLOSED else None


def ahead(asked: datetime | None, limit: datetime) -> Rejection | None:
    if asked is None or asked > limit:
        return None
    return Rejection(Reason.SCHEDULE_IN_PAST, {"asked": asked.isoformat(), "limit": limit.isoformat()})


class Known(NamedTuple):
    """What follows from balances of what waits; None where it has several, or where it is not known yet."""

    kind: Kind
    source: Account | None
    destination: Account | None
    currency: str | None
    precision: int | None
    amount: int | None
    limit: int | None = None


def deferred_entry(
    plan: Plan,
    asked: Post | Refund,
    deferral: Deferral,
    known: Known,
    batch_id: str | None,
    *,
    parent_id: str | None = None,
    header_id: str | None = None,
    said: str | None = None,
) -> HeaderEntry:
    """The row that waits. A leg has its split as ``header_id``, and no words of its own. ``said`` is what the request
    said and no column keeps."""
    post = asked if isinstance(asked, Post) else None
    ordinal, status = plan.entries + 1, status_of(deferral)
    is_leg, source, destination = header_id is not None, known.source, known.destination
    record = HeaderEntry(
        ordinal,
        Transaction(
            id=plan.block.text(TRANSACTION, ordinal),
            reference=None if is_leg else asked.reference,
            kind=known.kind,
            status=status,
            currency=known.currency,
            precision=known.precision,
            amount=known.amount,
            source_id=None if source is None else source.id,
            source_indicator=None if source is None else source.indicator,
            source=None,
            destination_id=None if destination is None else destination.id,
            destination_indicator=None if destination is None else destination.indicator,
            destination=None,
            allow_overdraft=asked.allow_overdraft,
            overdraft_limit=known.limit,
            takes_remainder=True if known.amount is None else None,
            parent_id=header_id or parent_id,
            batch_id=batch_id,
            description=None if is_leg else asked.description,
            group=None if post is None else post.group,
            tag=None if post is None else post.tag,
            metadata=None if is_leg else asked.metadata,
            metadata_digest=None if is_leg else asked.metadata_digest,
            created_by=None,
            created_at=plan.now,
            recorded_at=None,
            effective_at=None if post is None else post.effective_at,
            committed=None,
            voided=None,
            expires_at=None if post is None else post.expires_at,
            commits_at=None if post is None else post.commits_at,
            allow_over_commit=post is not None and post.allow_over_commit,
            header_id=header_id,
            deferred_as=status,
            request_json=said,
            scheduled_at=deferral.scheduled_at,
            review=Review(deferral.review_reason, None, None) if deferral.in_review else None,
        ),
        asked,
    )
    plan.records.append(record)
    plan.capacity -= 1
    return record


def status_of(deferral: Deferral) -> Status:
    """As what it is accepted. A review comes first, a time second."""
    if deferral.in_review:
        return Status.IN_REVIEW
    return Status.QUEUED if deferral.scheduled_at is None else Status.SCHEDULED


def asked_text(deferral: Deferral) -> str | None:
    """What the request said of it and no column of its own keeps, as JSON; None where that is nothing."""
    said = said_of(deferral)
    return json.dumps(said, sort_keys=True) if said else None


def said_of(deferral: Deferral) -> dict[str, object]:
    """What the request said of it and no column of its own keeps, by name."""
    said: dict[str, object] = {}
    if deferral.scheduled_at is not None:
        said["scheduled_time"] = deferral.scheduled_at.astimezone(UTC).isoformat()
    if deferral.review_reason is not None:
        said["review_reason"] = deferral.review_reason
    if deferral.check_queued:
        said["check_queued"] = True
    return said
