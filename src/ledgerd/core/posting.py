"""The rules of posting. Read this file first.

A request is decided against the Book in one order of questions:

1. Has its reference been recorded?  Same content: the same answer again. Different: refused.
2. Do the rules allow it?            POSTING_RULES for a draft, SETTLING_RULES for a commit or void,
                                     in order; the first rule that objects names the refusal.
                                     Splits: core/splitting.py. What is done to a split or to a
                                     whole batch: core/collective.py.
3. Then it moves: both sides' figures, the hold if there is one, and the monitors that it makes fire.

Nothing here waits, reads a clock or touches the database: same Book, same request, same answer.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from ledgerd.core import bounds, limits, period
from ledgerd.core.amount import minor_units
from ledgerd.core.book import Account, Book, Movement, Original, Plan, Record
from ledgerd.core.bounds import funds_cover
from ledgerd.core.collective import decide_several
from ledgerd.core.figures import Kind, Status
from ledgerd.core.moving import record_movement
from ledgerd.core.operation import Operation, Post, Refund, Settle
from ledgerd.core.refunding import decide_refund
from ledgerd.core.rejection import Reason, Rejection
from ledgerd.core.settling import decide_settle
from ledgerd.core.splitting import decide_split
from ledgerd.core.transaction import Transaction, differences

_SIDES = ("source", "destination")


class Replay(NamedTuple):
    """The reference recorded the same request before; this is what it recorded."""

    recorded: Movement | Record | Transaction


Outcome = Movement | Record | Replay | Rejection


# A draft ---------------------------------------------------------------------------------------


class Ask(NamedTuple):
    """A draft with both its balances found and its amount in their minor units.

    ``whole`` is false where an amount has more decimals than the precision; it then counts as zero.
    """

    post: Post
    source: Account
    destination: Account
    amount: int
    limit: int | None
    whole: bool
    now: datetime


def sides_differ(ask: Ask) -> Rejection | None:
    if ask.source is not ask.destination:
        return None
    return Rejection(Reason.SAME_BALANCE, {"balance": ask.source.id})


def source_is_open(ask: Ask) -> Rejection | None:
    return bounds.is_open(ask.source, "source")


def destination_is_open(ask: Ask) -> Rejection | None:
    return bounds.is_open(ask.destination, "destination")


def currencies_agree(ask: Ask) -> Rejection | None:
    if ask.post.currency == ask.source.currency == ask.destination.currency:
        return None
    return Rejection(
        Reason.CURRENCY_MISMATCH,
        {"asked": ask.post.currency, "source": ask.source.currency, "destination": ask.destination.currency},
    )


def precisions_agree(ask: Ask) -> Rejection | None:
    source, destination = ask.source.precision, ask.destination.precision
    asked = ask.post.precision
    if source == destination and (asked is None or asked == source):
        return None
    return Rejection(
        Reason.PRECISION_MISMATCH,
        {"asked": str(asked or "unset"), "source": str(source), "destination": str(destination)},
    )


def amount_is_whole(ask: Ask) -> Rejection | None:
    """More decimals than the precision allows are refused, never rounded."""
    return None if ask.whole else bounds.too_precise(ask.source)


def amount_is_bounded(ask: Ask) -> Rejection | None:
    if ask.limit is not None and ask.limit >= limits.AMOUNT_BOUND_MINOR_UNITS:
        return bounds.out_of_bounds(ask.limit)
    return bounds.bounded(ask.amount)


def hold_times_are_ahead(ask: Ask) -> Rejection | None:
    """What is to happen to a hold by itself lies in the future."""
    post = ask.post
    if post.commits_at is None and post.expires_at is None:
        return None
    times = [one for one in (post.commits_at, post.expires_at) if one is not None]
    if min(times) > ask.now:
        return None
    return Rejection(Reason.SCHEDULE_IN_PAST, {"asked": min(times).isoformat(), "limit": ask.now.isoformat()})


def period_is_open(ask: Ask) -> Rejection | None:
    """What is closed stays as it was reported. Without a time of its own a draft is effective when it
    is recorded, and no period is closed beyond the present."""
    effective = ask.post.effective_at
    if effective is None:
        return None
    for side in (ask.source, ask.destination):
        if side.closed_before is not None and effective < side.closed_before:
            return period.closed(side.ledger_key, effective, side.closed_before)
    return None


def source_has_funds(ask: Ask) -> Rejection | None:
    """The rule that refuses an overdraft; bounds.funds_cover has its terms."""
    return funds_cover(ask.amount, ask.source, allow_overdraft=ask.post.allow_overdraft, limit=ask.limit)


def destination_stays_below_ceiling(ask: Ask) -> Rejection | None:
    """Held credits count from the hold on, so that its commit cannot pass the ceiling later."""
    return bounds.below_ceiling(ask.amount, ask.destination)


def totals_stay_bounded(ask: Ask) -> Rejection | None:
    source, destination = ask.source.figures, ask.destination.figures
    if ask.post.inflight:
        one, other = source.inflight_debit, destination.inflight_credit
    else:
        one, other = source.debit, destination.credit
    return bounds.total_bounded((one if one > other else other) + ask.amount)


POSTING_RULES: tuple[Callable[[Ask], Rejection | None], ...] = (
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
    ask = Ask(post, source, destination, amount, limit, True, now)
    return next((refusal for rule in POSTING_RULES if (refusal := rule(ask)) is not None), None)


def _decide_post(post: Post, book: Book, plan: Plan, batch_id: str | None) -> Outcome:
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
    ask = Ask(post, source, destination, amount, limit, whole, plan.now)
    for rule in POSTING_RULES:
        refusal = rule(ask)
        if refusal is not None:
            return refusal
    kind, status = (Kind.HOLD, Status.INFLIGHT) if post.inflight else (Kind.POSTING, Status.APPLIED)
    return record_movement(plan, post, kind, status, amount, source, destination, limit, None, batch_id)


# One request (core/grouping.py decides those that stand and fall together) ----------------------


def decide(operation: Operation, book: Book, plan: Plan, batch_id: str | None = None) -> Outcome:
    """Decide one request. A refusal leaves the Book as it was."""
    recorded = book.references.get(operation.reference)
    if recorded is not None:
        return repeat(operation, recorded, book)
    outcome: Outcome
    if isinstance(operation, Post):
        if operation.sources or operation.destinations:
            outcome = decide_split(operation, book, plan, batch_id, _judged)
        else:
            outcome = _decide_post(operation, book, plan, batch_id)
    elif (lead := _lead(operation, book)) is not None:
        outcome = decide_several(operation, lead, book, plan, batch_id)
    elif isinstance(operation, Settle):
        outcome = decide_settle(operation, book, plan, batch_id)
    else:
        outcome = decide_refund(operation, book, plan, batch_id)
    if isinstance(outcome, Movement | Record):
        book.references[operation.reference] = outcome
    return outcome


def _lead(operation: Settle | Refund, book: Book) -> Original | None:
    """The split or batch that a commit, void or refund is of; None for a single transaction."""
    original = book.originals.get(operation.hold_id if isinstance(operation, Settle) else operation.transaction_id)
    return original if original is not None and original.is_lead else None


def repeat(operation: Operation, recorded: Movement | Record | Transaction, book: Book) -> Replay | Rejection:
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
    known = book.originals.get(hold.id)
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
        refusal = _unfit(post, other, source, destination)
        if refusal is not None:
            return refusal
    side, name = missing[0]
    return Rejection(Reason.PRECISION_REQUIRED, {"side": side, "balance": name, "currency": post.currency})


def _unfit(post: Post, other: Account, source: Account | None, destination: Account | None) -> Rejection | None:
    """What the rules would say of the one side that is there, in their order."""
    refusal = bounds.is_open(other, "source" if other is source else "destination")
    if refusal is not None:
        return refusal
    if other.currency != post.currency:
        sides = (one.currency if one else post.currency for one in (source, destination))
        return Rejection(Reason.CURRENCY_MISMATCH, {"asked": post.currency, **dict(zip(_SIDES, sides, strict=True))})
    if post.precision not in (None, other.precision):
        precisions = (str(one.precision) if one else "unset" for one in (source, destination))
        numbers = {"asked": str(post.precision), **dict(zip(_SIDES, precisions, strict=True))}
        return Rejection(Reason.PRECISION_MISMATCH, numbers)
    return None
