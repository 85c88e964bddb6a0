"""The rules of deferral: what is to be applied later is judged by what cannot change until then.

What is deferred has its reference, its id and its place; whether the money is there is judged when its turn comes, by
the rules of posting and refunds (amendments.py applies it).

The legs of a split are known when it is deferred. So they are deferred as well, each on its own balances: they count in
what is queued there, and keep these from being closed. The legs of a refund are not known before its time comes: they
follow from what remains then. Nor are those of a split that divides late: see late_splits.py.
"""

import json
from collections.abc import Callable, Collection, Sequence

from ledgerd.core import funds
from ledgerd.core.book import Unread
from ledgerd.core.compound import named, of_leg, refund_parts
from ledgerd.core.decision import Decision
from ledgerd.core.effects import HeaderEntry
from ledgerd.core.headers import Part, close, only
from ledgerd.core.model.account import Account, BalanceStatus
from ledgerd.core.model.amount import Available, minor_units
from ledgerd.core.model.figures import Kind, Status
from ledgerd.core.model.ids import BATCH, TRANSACTION
from ledgerd.core.model.operation import Deferral, Post, Refund
from ledgerd.core.model.parent import Parent
from ledgerd.core.model.rejection import Reason, Rejection
from ledgerd.core.model.request_json import available_terms, deferral_terms, deferral_text
from ledgerd.core.model.transaction import Side, Total, from_operation
from ledgerd.core.posting import (
    Proposal,
    ahead,
    amount_is_bounded,
    amount_is_whole,
    balances_fit,
    kind_and_status,
    period_is_open,
    propose,
)
from ledgerd.core.refunds import sides
from ledgerd.core.splits import Division, divide, of_share

# Drafts ----------------------------------------------------------------------------------------


def schedule_is_ahead(proposal: Proposal) -> Rejection | None:
    deferral = proposal.post.deferral
    return None if deferral is None else ahead(deferral.scheduled_at, proposal.now)


def hold_times_follow(proposal: Proposal) -> Rejection | None:
    """What is to happen to a hold automatically lies after the hold itself."""
    deferral = proposal.post.deferral
    begins = proposal.now if deferral is None or deferral.scheduled_at is None else deferral.scheduled_at
    return ahead(proposal.post.first_hold_time, begins)


DEFERRAL_RULES: tuple[Callable[[Proposal], Rejection | None], ...] = (
    balances_fit,
    amount_is_whole,
    amount_is_bounded,
    schedule_is_ahead,
    hold_times_follow,
    period_is_open,
)
"""Followed by queue_has_capacity and sources_cover_deferred, which ask for more than the draft."""


def queue_has_capacity(decision: Decision, count: int = 1) -> Rejection | None:
    """No more is deferred than the ledger is set to keep."""
    plan = decision.plan
    if plan.capacity >= count:
        return None
    numbers = {"backlog": str(plan.backlog_limit - plan.capacity), "limit": str(plan.backlog_limit)}
    return Rejection(Reason.QUEUE_FULL, numbers | ({"requested": str(count)} if count > 1 else {}))


def sources_cover_deferred(proposals: Sequence[Proposal], decision: Decision) -> Rejection | None:
    """The terms of funds, where this is asked: each source must cover all that the draft takes of it, and everything
    before it that is deferred there. Of a source whose available amount is taken something must be left."""
    deferral = proposals[0].post.deferral
    if deferral is None or not deferral.check_deferred:
        return None
    of_source: dict[str, Proposal] = {}
    for proposal in proposals:
        known = of_source.get(proposal.source.id)
        amount = proposal.amount + (known.amount if known is not None else 0)
        of_source[proposal.source.id] = proposal._replace(amount=amount)
    rejections = (_source_covers_deferred(proposal, decision) for proposal in of_source.values())
    return next((rejection for rejection in rejections if rejection is not None), None)


def _source_covers_deferred(proposal: Proposal, decision: Decision) -> Rejection | None:
    queued = decision.book.queued.get(proposal.source.id)
    if queued is None:
        raise Unread
    total, terms = proposal.amount + queued, proposal.post.allow_overdraft
    if isinstance(proposal.post.quantity, Available):
        taken = funds.take(proposal.amount, proposal.source, allow_overdraft=terms, limit=proposal.limit, queued=queued)
        return taken if isinstance(taken, Rejection) else None
    rejection = funds.funds_cover(total, proposal.source, allow_overdraft=terms, limit=proposal.limit)
    if rejection is None:
        return None
    return Rejection(
        rejection.reason, {**rejection.details, "requested": str(proposal.amount), "deferred": str(queued)}
    )


def defer_post(post: Post, deferral: Deferral, decision: Decision) -> HeaderEntry | Rejection:
    """Defer a draft with single sides, or reject it."""
    proposal = propose(post, decision)
    if isinstance(proposal, Rejection):
        return proposal
    rejection = (
        funds.first_rejection(DEFERRAL_RULES, proposal)
        or queue_has_capacity(decision)
        or sources_cover_deferred([proposal], decision)
    )
    return rejection or _defer_leg(proposal, deferral, decision)


def defer_split(post: Post, deferral: Deferral, decision: Decision) -> HeaderEntry | Rejection:
    """Defer a split with its legs, or reject it."""
    division = divide(post, decision)
    if isinstance(division, Rejection):
        return division
    now, limit = decision.plan.now, division.limit
    proposals = [Proposal(post, *leg, limit, True, now) for leg in division.legs]
    rejections = (funds.first_rejection(DEFERRAL_RULES, proposal) for proposal in proposals)
    rejection = (
        next((rejection for rejection in rejections if rejection is not None), None)
        or queue_has_capacity(decision, 1 + len(proposals))
        or sources_cover_deferred(proposals, decision)
    )
    if rejection is not None:
        return of_share(rejection, division.sides)
    header = _defer_header(post, deferral, division, decision)
    return close(header, [_defer_leg(proposal, deferral, decision, header.id) for proposal in proposals])


def _defer_leg(proposal: Proposal, deferral: Deferral, decision: Decision, header_id: str | None = None) -> HeaderEntry:
    """A draft, or a leg of one, that is deferred on its source from now on."""
    post, source, destination, limit = proposal.post, proposal.source, proposal.destination, proposal.limit
    # Of a split, the header says whom it concerns.
    concerned = post.identity_ids if header_id is None else ()
    kind, text = kind_and_status(post)[0], deferral_text(deferral, post.quantity, source.precision, concerned)
    amount = None if isinstance(post.quantity, Available) else proposal.amount
    return record_deferred(
        decision,
        post,
        deferral,
        kind,
        total=Total(source.currency, source.precision, amount),
        source=source,
        destination=destination,
        limit=limit,
        header_id=header_id,
        request_json=text,
    )


def _defer_header(post: Post, deferral: Deferral, division: Division, decision: Decision) -> HeaderEntry:
    legs = division.legs
    return record_deferred(
        decision,
        post,
        deferral,
        Kind.SPLIT,
        total=Total(legs[0].source.currency, legs[0].source.precision, sum(leg.amount for leg in legs)),
        source=only([leg.source for leg in legs]),
        destination=only([leg.destination for leg in legs]),
        limit=division.limit,
        request_json=division.request_json,
    )


# Refunds ---------------------------------------------------------------------------------------


def defer_refund(refund: Refund, deferral: Deferral, decision: Decision) -> HeaderEntry | Rejection:
    """Defer a refund of a single transaction, or reject it. The transaction may be deferred itself."""
    found = sides(refund, decision)
    if isinstance(found, Rejection):
        return found
    parent, source, destination = found
    amount, at_most = None, None
    if isinstance(refund.quantity, Available):
        at_most = funds.most(refund.quantity, source)
    elif refund.quantity is not None:
        amount = minor_units(refund.quantity, source.precision)
        if amount is None:
            return funds.too_precise(source)
    rejection = (
        _may_become_refundable(parent)
        or _not_closed(source, "source")
        or _not_closed(destination, "destination")
        or (at_most if isinstance(at_most, Rejection) else None)
        or (funds.bounded(amount) if amount is not None else None)
        or _within(parent, amount)
        or ahead(deferral.scheduled_at, decision.plan.now)
        or funds.period_is_open(refund.effective_at, source, destination)
        or queue_has_capacity(decision)
    )
    if rejection is not None:
        return rejection
    return record_deferred(
        decision,
        refund,
        deferral,
        Kind.REFUND,
        total=Total(source.currency, source.precision, amount),
        source=source,
        destination=destination,
        parent_id=parent.id,
        request_json=deferral_text(deferral, refund.quantity, source.precision),
    )


def defer_compound_refund(
    refund: Refund, deferral: Deferral, header: Parent, decision: Decision
) -> HeaderEntry | Rejection:
    """Defer a refund of a split or batch, or reject it."""
    parts, is_batch = refund_parts(header, decision), header.id.startswith(BATCH)
    # What is deferred in a batch may have moved by then, and has a say in what the refund will be of.
    kinds = {(part.source.currency, part.source.precision) for part in parts} | header.kinds
    rejection = _may_become_refundable(header) or _no_part_is_closed(parts)
    if rejection is not None:
        return rejection
    amount, quantity = None, refund.quantity
    if isinstance(quantity, Available):
        rejection = _at_most_fits(quantity, header, parts, kinds)
        if rejection is not None:
            return rejection
    elif quantity is not None:
        if not parts or len(kinds) > 1:
            return _of_no_one_kind(header, kinds if parts else ())
        amount = minor_units(quantity, next(iter(kinds))[1])
        if amount is None:
            return funds.too_precise(parts[0].source)
        rejection = funds.bounded(amount) or (None if is_batch else _within(header, amount))
        if rejection is not None:
            return rejection
    rejection = (
        ahead(deferral.scheduled_at, decision.plan.now)
        or _periods_are_open(refund, parts, decision)
        or queue_has_capacity(decision)
    )
    if rejection is not None:
        return rejection
    currency, precision = kinds.pop() if len(kinds) == 1 else (None, None)
    terms = deferral_terms(deferral) | ({"batch": header.id} if is_batch else {}) | available_terms(quantity, precision)
    return record_deferred(
        decision,
        refund,
        deferral,
        Kind.REFUND,
        total=Total(currency, precision, amount),
        parent_id=None if is_batch else header.id,
        request_json=json.dumps(terms, sort_keys=True),
    )


def _may_become_refundable(parent: Parent) -> Rejection | None:
    """What is deferred may have moved something by then, and so may a hold of which something remains."""
    status = parent.status
    is_over = status in (Status.VOID, Status.REJECTED, Status.CANCELLED)
    if parent.kind in (Kind.POSTING, Kind.HOLD, Kind.SPLIT) and not is_over:
        return None
    numbers = {"transaction": parent.id, "status": status.value, "kind": parent.kind.value}
    return Rejection(Reason.NOT_REFUNDABLE, numbers)


def _within(parent: Parent, amount: int | None) -> Rejection | None:
    """What can be refunded of a movement only shrinks; what a hold will have moved, or what takes all that is available
    then, cannot be known."""
    is_undecided = parent.is_undecided and parent.unmoved is not None
    if parent.is_hold or is_undecided or amount is None:
        return None
    remaining = parent.amount - parent.refunded
    if amount <= remaining:
        return None
    numbers = {"transaction": parent.id, "requested": str(amount), "remaining": str(remaining)}
    return Rejection(Reason.REFUND_EXCEEDED, numbers)


def _not_closed(account: Account, side: str) -> Rejection | None:
    """A frozen balance may be open again by then, a closed one never will be."""
    return funds.is_open(account, side) if account.status is BalanceStatus.CLOSED else None


def _no_part_is_closed(parts: Collection[Part]) -> Rejection | None:
    for part in parts:
        if part.parent.may_be_refunded:
            rejection = _not_closed(part.source, "source") or _not_closed(part.destination, "destination")
            if rejection is not None:
                return of_leg(rejection, part)
    return None


def _periods_are_open(refund: Refund, parts: Collection[Part], decision: Decision) -> Rejection | None:
    """What is known today of the balances that it will move. When it is applied each leg is judged again."""
    if refund.effective_at is None:
        return None
    for part in parts:
        if part.parent.may_be_refunded:
            decision.plan.read_periods(part.source, part.destination)
            rejection = funds.period_is_open(refund.effective_at, part.source, part.destination)
            if rejection is not None:
                return of_leg(rejection, part)
    return None


def _at_most_fits(
    quantity: Available, header: Parent, parts: Sequence[Part], kinds: Collection[tuple[str, int]]
) -> Rejection | None:
    """An amount has one currency and one precision; at most so much of several is no bound."""
    if quantity.at_most is None:
        return None
    if not parts or len(kinds) > 1:
        return _of_no_one_kind(header, kinds if parts else ())
    at_most = funds.most(quantity, parts[0].source)
    return at_most if isinstance(at_most, Rejection) else None


def _of_no_one_kind(header: Parent, kinds: Collection[tuple[str, int]]) -> Rejection:
    """Part of it was asked for, but of what has several currencies or precisions, or of which nothing moved yet."""
    if not kinds:
        return Rejection(Reason.NOT_REFUNDABLE, named(header, "transaction"))
    currencies = sorted({currency for currency, _ in kinds})
    if len(currencies) > 1:
        return Rejection(Reason.CURRENCY_MISMATCH, named(header, "transaction") | {"currencies": ",".join(currencies)})
    precisions = sorted(precision for _, precision in kinds)
    return Rejection(
        Reason.PRECISION_MISMATCH, named(header, "transaction") | {"precisions": ",".join(map(str, precisions))}
    )


# What all of them leave behind -----------------------------------------------------------------


def record_deferred(
    decision: Decision,
    operation: Post | Refund,
    deferral: Deferral,
    kind: Kind,
    *,
    total: Total,
    source: Account | None = None,
    destination: Account | None = None,
    limit: int | None = None,
    parent_id: str | None = None,
    header_id: str | None = None,
    request_json: str | None = None,
) -> HeaderEntry:
    """Record a deferred transaction. Sides are None where there are several, or where they are not known yet; so is the
    amount of what takes all that remains or is available then."""
    plan = decision.plan
    ordinal = plan.next_ordinal
    transaction = from_operation(
        operation,
        id=plan.block.text(TRANSACTION, ordinal),
        kind=kind,
        status=status_of(deferral),
        created_at=plan.now,
        created_by=decision.created_by,
        total=total,
        source=Side(source),
        destination=Side(destination),
        overdraft_limit=limit,
        parent_id=parent_id,
        batch_id=decision.batch_id,
        header_id=header_id,
        deferral=deferral,
        request_json=request_json,
    )
    entry = HeaderEntry(ordinal, transaction, operation)
    plan.effects.append(entry)
    plan.capacity -= entry.queue_places
    if kind is not Kind.SPLIT:
        # Of a split its legs count.
        decision.book.queue(transaction.source_id, transaction.amount)
    return entry


def status_of(deferral: Deferral) -> Status:
    """The first status of what is deferred. A review comes first, a time second."""
    if deferral.in_review:
        return Status.IN_REVIEW
    return Status.QUEUED if deferral.scheduled_at is None else Status.SCHEDULED
