"""The rules of posting. Read this file first.

A request is decided against the Book in one order of questions:

1. Has its reference been recorded?  Same content: the same answer again. Different: rejected.
2. Do the rules allow it?            POSTING_RULES for a draft, HOLD_RULES for a commit or void,
                                     in order; the first rule that objects names the rejection.
                                     Splits: core/splits.py. What is done to a split or to a
                                     whole batch: core/compound.py.
3. Then it moves: both sides' figures, the hold if there is one, and the monitors that it makes fire.

A draft that is to be applied later is judged twice: when it is accepted by DEFERRAL_RULES (deferred.py), and
when its turn comes by the rules here, as if it were asked only then.

Nothing here waits, reads a clock or touches the database: same Book, same request, same answer.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from ledgerd.core import applying, funds
from ledgerd.core.amendments import decide_amendment
from ledgerd.core.asking import (
    Proposal,
    amount_is_bounded,
    amount_is_whole,
    currencies_agree,
    period_is_open,
    precisions_agree,
    sides_differ,
)
from ledgerd.core.book import Account, Book, Change, HeaderEntry, Movement, Plan, Unchanged
from ledgerd.core.compound import decide_compound
from ledgerd.core.deferred import defer_post
from ledgerd.core.funds import funds_cover
from ledgerd.core.holds import decide_hold
from ledgerd.core.model.amount import minor_units
from ledgerd.core.model.figures import Kind, Status
from ledgerd.core.model.operation import Apply, Deferred, Operation, Post, Refund, ResolveHold
from ledgerd.core.model.rejection import Reason, Rejection
from ledgerd.core.model.transaction import Transaction, differences
from ledgerd.core.moving import record_movement
from ledgerd.core.refunds import decide_refund
from ledgerd.core.splits import decide_split

_SIDES = ("source", "destination")


class Replay(NamedTuple):
    """The reference recorded the same request before; this is what it recorded."""

    recorded: Movement | HeaderEntry | Transaction


Outcome = Movement | HeaderEntry | Change | Unchanged | Replay | Rejection


# A draft ---------------------------------------------------------------------------------------


def source_is_open(proposal: Proposal) -> Rejection | None:
    return funds.is_open(proposal.source, "source")


def destination_is_open(proposal: Proposal) -> Rejection | None:
    return funds.is_open(proposal.destination, "destination")


def hold_times_are_ahead(proposal: Proposal) -> Rejection | None:
    """What is to happen to a hold by itself lies in the future."""
    post = proposal.post
    if post.commits_at is None and post.expires_at is None:
        return None
    times = [one for one in (post.commits_at, post.expires_at) if one is not None]
    if min(times) > proposal.now:
        return None
    return Rejection(Reason.SCHEDULE_IN_PAST, {"asked": min(times).isoformat(), "limit": proposal.now.isoformat()})


def source_has_funds(proposal: Proposal) -> Rejection | None:
    """The rule that rejects an overdraft; funds.funds_cover has its terms."""
    return funds_cover(
        proposal.amount, proposal.source, allow_overdraft=proposal.post.allow_overdraft, limit=proposal.limit
    )


def destination_stays_below_ceiling(proposal: Proposal) -> Rejection | None:
    """Held credits count from the hold on, so that its commit cannot pass the ceiling later."""
    return funds.below_ceiling(proposal.amount, proposal.destination)


def totals_stay_bounded(proposal: Proposal) -> Rejection | None:
    return funds.totals_bounded(proposal.amount, proposal.source, proposal.destination, inflight=proposal.post.inflight)


POSTING_RULES: tuple[Callable[[Proposal], Rejection | None], ...] = (
    sides_differ,
    source_is_open,
    destination_is_open,
    currencies_agree,
    precisions_agree,
    amount_is_whole,
    amount_is_bounded,
    hold_times_are_ahead,
    period_is_open,
    source_has_funds,
    destination_stays_below_ceiling,
    totals_stay_bounded,
)


def _judged(
    post: Post, source: Account, destination: Account, amount: int, limit: int | None, now: datetime
) -> Rejection | None:
    """The first rule that objects to one leg of a split."""
    proposal = Proposal(post, source, destination, amount, limit, True, now)
    return next((rejection for rule in POSTING_RULES if (rejection := rule(proposal)) is not None), None)


def _decide_post(
    post: Post, book: Book, plan: Plan, batch_id: str | None, applies: Deferred | None = None
) -> Movement | HeaderEntry | Rejection:
    source = book.find(post.source, post.currency)
    destination = book.find(post.destination, post.currency)
    for side in (source, destination):
        if side is not None:
            plan.read.setdefault(side, side.figures)
    if source is None or destination is None:
        return _missing(post, source, destination)
    if post.effective_at is not None:
        plan.periods |= {(side.ledger_key, side.closed_before) for side in (source, destination)}
    amount = minor_units(post.quantity, source.precision)
    limit = None
    whole = amount is not None
    if post.overdraft_limit is not None:
        limit = minor_units(post.overdraft_limit, source.precision)
        whole = whole and limit is not None
    amount = amount or 0
    proposal = Proposal(post, source, destination, amount, limit, whole, plan.now)
    if post.deferral is not None:
        return defer_post(proposal, book, plan, batch_id)
    for rule in POSTING_RULES:
        rejection = rule(proposal)
        if rejection is not None:
            return rejection
    kind, status = (Kind.HOLD, Status.INFLIGHT) if post.inflight else (Kind.POSTING, Status.APPLIED)
    return record_movement(
        plan, post, kind, status, amount, source, destination, limit, None, batch_id, applies=applies
    )


# One request (core/grouping.py decides those that stand and fall together) ----------------------


def decide(operation: Operation, book: Book, plan: Plan, batch_id: str | None = None) -> Outcome:
    """Decide one request. A rejection leaves the Book as it was."""
    recorded = book.references.get(operation.reference)
    if recorded is not None:
        return repeat(operation, recorded, book)
    if isinstance(operation, Apply):
        return applying.apply_when_due(operation, book, plan, _judge_again)
    if operation.unfit is not None:
        return operation.unfit
    outcome: Outcome
    if isinstance(operation, Post):
        outcome = _decide_draft(operation, book, plan, batch_id)
    elif isinstance(operation, ResolveHold | Refund):
        outcome = _decide_about_older(operation, book, plan, batch_id)
    else:
        outcome = decide_amendment(operation, book, plan, batch_id, _judge_again)
    if isinstance(outcome, Movement | HeaderEntry):
        book.references[operation.reference] = outcome
    return outcome


def _decide_draft(
    post: Post, book: Book, plan: Plan, batch_id: str | None, applies: Deferred | None = None
) -> Movement | HeaderEntry | Change | Rejection:
    if post.sources or post.destinations:
        return decide_split(post, book, plan, batch_id, _judged, applies)
    return _decide_post(post, book, plan, batch_id, applies)


def _decide_about_older(
    operation: ResolveHold | Refund, book: Book, plan: Plan, batch_id: str | None, applies: Deferred | None = None
) -> Movement | HeaderEntry | Change | Rejection:
    parent_id = operation.hold_id if isinstance(operation, ResolveHold) else operation.transaction_id
    parent = applying.parent_of(book, parent_id)
    if parent is not None and parent.is_header:
        return decide_compound(operation, parent, book, plan, batch_id, applies)
    if isinstance(operation, ResolveHold):
        return decide_hold(operation, book, plan, batch_id)
    return decide_refund(operation, book, plan, batch_id, applies)


def _judge_again(deferred: Deferred, book: Book, plan: Plan) -> Movement | Change | Rejection:
    """What was accepted, judged as if it were asked now."""
    asked, batch_id = deferred.operation, deferred.batch_id
    assert asked is not None, "only what waits is judged again"
    if isinstance(asked, Post):
        outcome = _decide_draft(asked, book, plan, batch_id, deferred)
    else:
        outcome = _decide_about_older(asked, book, plan, batch_id, deferred)
    assert not isinstance(outcome, HeaderEntry), "what is filled in is not accepted again"
    return outcome


def repeat(operation: Operation, recorded: Movement | HeaderEntry | Transaction, book: Book) -> Replay | Rejection:
    """The answer to a reference that is recorded: the same again, or how the request differs."""
    transaction = recorded if isinstance(recorded, Transaction) else recorded.to_transaction()
    fields = differences(operation, transaction)
    if not fields:
        return Replay(_as_it_stands(transaction, book) if transaction.remaining is not None else recorded)
    return Rejection(
        Reason.REFERENCE_CONFLICT,
        {"reference": operation.reference, "transaction": transaction.id, "fields": ",".join(fields)},
    )


def _as_it_stands(hold: Transaction, book: Book) -> Transaction:
    """A hold with what the Book knows to be settled of it, perhaps by a batch that is still being written."""
    known = book.parents.get(hold.id)
    if known is None or hold.remaining is None or known.remaining >= hold.remaining:
        # What remains only shrinks, so what was looked up is the later of the two.
        return hold
    return replace(hold, committed=known.committed, voided=known.voided, refunded=known.refunded, status=known.status)


def _missing(post: Post, source: Account | None, destination: Account | None) -> Rejection:
    """Why a draft names a balance that is not there.

    An internal balance is opened on first use. If it is missing, the draft contradicts itself or its
    other side, or nobody told the precision.
    """
    asked = zip(_SIDES, (post.source, post.destination), (source, destination), strict=True)
    missing = [(side, name) for side, name, found in asked if found is None]
    for side, name in missing:
        if not name.startswith("@"):
            return Rejection(Reason.BALANCE_NOT_FOUND, {"side": side, "balance": name, "currency": post.currency})
    if post.source == post.destination:
        return Rejection(Reason.SAME_BALANCE, {"balance": post.source})
    other = source or destination
    if other is not None:
        rejection = _unfit(post, other, source, destination)
        if rejection is not None:
            return rejection
    side, name = missing[0]
    return Rejection(Reason.PRECISION_REQUIRED, {"side": side, "balance": name, "currency": post.currency})


def _unfit(post: Post, other: Account, source: Account | None, destination: Account | None) -> Rejection | None:
    """What the rules would say of the one side that is there, in their order."""
    rejection = funds.is_open(other, "source" if other is source else "destination")
    if rejection is not None and (post.deferral is None or rejection.reason is Reason.BALANCE_CLOSED):
        # A frozen balance may be open again by the time that what waits is applied.
        return rejection
    if other.currency != post.currency:
        sides = (one.currency if one else post.currency for one in (source, destination))
        return Rejection(Reason.CURRENCY_MISMATCH, {"asked": post.currency, **dict(zip(_SIDES, sides, strict=True))})
    if post.precision not in (None, other.precision):
        precisions = (str(one.precision) if one else "unset" for one in (source, destination))
        numbers = {"asked": str(post.precision), **dict(zip(_SIDES, precisions, strict=True))}
        return Rejection(Reason.PRECISION_MISMATCH, numbers)
    return None
