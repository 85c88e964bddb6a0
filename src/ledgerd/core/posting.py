"""The rules of posting. Read this file first.

A request is decided against the Book in one order of questions:

1. Has its reference been recorded?  Same content: the same answer again. Different: refused.
2. Do the rules allow it?            POSTING_RULES for a draft, SETTLING_RULES for a commit or void,
                                     in order; the first rule that objects names the refusal.
3. Then it moves: both sides' figures, the hold if there is one, and the monitors that it makes fire.

Nothing here waits, reads a clock or touches the database: same Book, same request, same answer.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from ledgerd.core import limits
from ledgerd.core.amount import minor_units
from ledgerd.core.book import Account, Book, Firing, Hold, Movement, Plan, Settlement
from ledgerd.core.figures import Figures, Kind, Status, move
from ledgerd.core.monitor import fires
from ledgerd.core.operation import Operation, Post, Settle
from ledgerd.core.rejection import Reason, Rejection
from ledgerd.core.transaction import Transaction, differences

_SIDES = ("source", "destination")


class Replay(NamedTuple):
    """The reference recorded the same request before; this is what it recorded."""

    recorded: Movement | Transaction


Outcome = Movement | Replay | Rejection


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


def sides_differ(ask: Ask) -> Rejection | None:
    if ask.source is not ask.destination:
        return None
    return Rejection(Reason.SAME_BALANCE, {"balance": ask.source.id})


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
    return None if ask.whole else _too_precise(ask.source)


def amount_is_bounded(ask: Ask) -> Rejection | None:
    if ask.limit is not None and ask.limit >= limits.AMOUNT_BOUND_MINOR_UNITS:
        return _out_of_bounds(ask.limit)
    return _bounded(ask.amount)


def source_has_funds(ask: Ask) -> Rejection | None:
    """The rule that refuses an overdraft.

    available = balance - held debits. Without allow_overdraft a source may not go below zero; with
    it, as far as overdraft_limit for this request. The balance's own floor binds always.
    """
    left = ask.source.figures.available - ask.amount
    if left < 0 and not ask.post.allow_overdraft:
        return _short(Reason.INSUFFICIENT_FUNDS, ask)
    if ask.limit is not None and left < -ask.limit:
        return _short(Reason.OVERDRAFT_LIMIT_EXCEEDED, ask, limit=ask.limit)
    if ask.source.floor is not None and left < ask.source.floor:
        return _short(Reason.FLOOR_EXCEEDED, ask, floor=ask.source.floor)
    return None


def totals_stay_bounded(ask: Ask) -> Rejection | None:
    source, destination = ask.source.figures, ask.destination.figures
    if ask.post.inflight:
        grown = max(source.inflight_debit, destination.inflight_credit) + ask.amount
    else:
        grown = max(source.debit, destination.credit) + ask.amount
    return _total_bounded(grown)


POSTING_RULES: tuple[Callable[[Ask], Rejection | None], ...] = (
    sides_differ,
    currencies_agree,
    precisions_agree,
    amount_is_whole,
    amount_is_bounded,
    source_has_funds,
    totals_stay_bounded,
)


def _decide_post(post: Post, book: Book, plan: Plan, batch_id: str | None) -> Outcome:
    source = book.find(post.source, post.currency)
    destination = book.find(post.destination, post.currency)
    if source is None or destination is None:
        return _missing(post, source, destination)
    plan.read.setdefault(source, source.figures)
    plan.read.setdefault(destination, destination.figures)
    amount = minor_units(post.quantity, source.precision)
    limit = None
    whole = amount is not None
    if post.overdraft_limit is not None:
        limit = minor_units(post.overdraft_limit, source.precision)
        whole = whole and limit is not None
    amount = amount or 0
    ask = Ask(post, source, destination, amount, limit, whole)
    for rule in POSTING_RULES:
        refusal = rule(ask)
        if refusal is not None:
            return refusal
    kind, status = (Kind.HOLD, Status.INFLIGHT) if post.inflight else (Kind.POSTING, Status.APPLIED)
    return _move(plan, post, kind, status, amount, source, destination, limit, None, batch_id)


# A commit or void of a hold --------------------------------------------------------------------


class Settling(NamedTuple):
    """A commit or void with its hold and both balances found; amounts as in Ask."""

    settle: Settle
    hold: Hold
    source: Account
    destination: Account
    amount: int
    whole: bool


def hold_is_open(asked: Settling) -> Rejection | None:
    if asked.hold.remaining:
        return None
    return Rejection(Reason.HOLD_SETTLED, {"hold": asked.hold.id} | _hold_numbers(asked.hold))


def settled_amount_is_whole(asked: Settling) -> Rejection | None:
    return None if asked.whole else _too_precise(asked.source)


def settled_amount_is_bounded(asked: Settling) -> Rejection | None:
    return _bounded(asked.amount)


def hold_covers_amount(asked: Settling) -> Rejection | None:
    if asked.amount <= asked.hold.remaining:
        return None
    return Rejection(
        Reason.HOLD_EXCEEDED, {"hold": asked.hold.id, "asked": str(asked.amount)} | _hold_numbers(asked.hold)
    )


def settled_totals_stay_bounded(asked: Settling) -> Rejection | None:
    if asked.settle.void:
        return None
    return _total_bounded(max(asked.source.figures.debit, asked.destination.figures.credit) + asked.amount)


SETTLING_RULES: tuple[Callable[[Settling], Rejection | None], ...] = (
    hold_is_open,
    settled_amount_is_whole,
    settled_amount_is_bounded,
    hold_covers_amount,
    settled_totals_stay_bounded,
)


def _decide_settle(settle: Settle, book: Book, plan: Plan, batch_id: str | None) -> Outcome:
    if settle.hold_id not in book.holds:
        return Rejection(Reason.TRANSACTION_NOT_FOUND, {"transaction": settle.hold_id})
    hold = book.holds[settle.hold_id]
    if hold is None:
        return Rejection(Reason.NOT_A_HOLD, {"transaction": settle.hold_id})
    source, destination = book.accounts[hold.source_id], book.accounts[hold.destination_id]
    plan.read.setdefault(source, source.figures)
    plan.read.setdefault(destination, destination.figures)
    asked_amount = hold.remaining if settle.quantity is None else minor_units(settle.quantity, source.precision)
    whole = asked_amount is not None
    amount = asked_amount or 0
    asked = Settling(settle, hold, source, destination, amount, whole)
    for rule in SETTLING_RULES:
        refusal = rule(asked)
        if refusal is not None:
            return refusal
    kind, status = (Kind.VOID, Status.VOID) if settle.void else (Kind.COMMIT, Status.APPLIED)
    return _move(plan, settle, kind, status, amount, source, destination, None, hold, batch_id)


# What every movement does ----------------------------------------------------------------------


def _move(
    plan: Plan,
    operation: Operation,
    kind: Kind,
    status: Status,
    amount: int,
    source: Account,
    destination: Account,
    limit: int | None,
    hold: Hold | None,
    batch_id: str | None,
) -> Movement:
    before_source, before_destination = source.figures, destination.figures
    source.figures, destination.figures = move(kind, amount, before_source, before_destination)
    movement = Movement(
        plan.entries + 1,
        plan.block,
        plan.now,
        operation,
        kind,
        status,
        amount,
        source,
        source.figures,
        destination,
        destination.figures,
        limit,
        None if hold is None else hold.id,
        batch_id,
    )
    plan.movements.append(movement)
    if hold is not None:
        _settle_hold(plan, hold, movement)
    if source.monitors:
        _fire(plan, movement, source, before_source, is_source=True)
    if destination.monitors:
        _fire(plan, movement, destination, before_destination, is_source=False)
    return movement


def _settle_hold(plan: Plan, hold: Hold, cause: Movement) -> None:
    before = (hold.committed, hold.voided)
    if cause.kind is Kind.VOID:
        hold.voided += cause.amount
    else:
        hold.committed += cause.amount
    cause.settlement = Settlement(
        plan.entries + 1, hold, cause.ordinal, cause.kind, before, hold.committed, hold.voided, hold.status
    )
    plan.settlements.append(cause.settlement)


def _fire(plan: Plan, movement: Movement, account: Account, before: Figures, *, is_source: bool) -> None:
    for monitor in account.monitors:
        if fires(
            monitor,
            before=before,
            after=account.figures,
            kind=movement.kind,
            amount=movement.amount,
            is_source=is_source,
        ):
            plan.firings.append(Firing(plan.entries + 1, monitor, account, account.figures, movement))


# One request (core/grouping.py decides those that stand and fall together) ----------------------


def decide(operation: Operation, book: Book, plan: Plan, batch_id: str | None = None) -> Outcome:
    """Decide one request. A refusal leaves the Book as it was."""
    recorded = book.references.get(operation.reference)
    if recorded is not None:
        return repeat(operation, recorded, book)
    if isinstance(operation, Post):
        outcome = _decide_post(operation, book, plan, batch_id)
    else:
        outcome = _decide_settle(operation, book, plan, batch_id)
    if isinstance(outcome, Movement):
        book.references[operation.reference] = outcome
    return outcome


def repeat(operation: Operation, recorded: Movement | Transaction, book: Book) -> Replay | Rejection:
    """The answer to a reference that is recorded: the same again, or how the request differs."""
    transaction = recorded.to_transaction() if isinstance(recorded, Movement) else recorded
    fields = differences(operation, transaction)
    if not fields:
        return Replay(_as_it_stands(transaction, book) if transaction.kind is Kind.HOLD else recorded)
    return Rejection(
        Reason.REFERENCE_CONFLICT,
        {"reference": operation.reference, "transaction": transaction.id, "fields": ",".join(fields)},
    )


def _as_it_stands(hold: Transaction, book: Book) -> Transaction:
    """A hold with what the Book knows to be settled of it, perhaps by a batch that is still being written."""
    known = book.holds.get(hold.id)
    if known is None or hold.remaining is None or known.remaining >= hold.remaining:
        # What remains only shrinks, so what was looked up is the later of the two.
        return hold
    return replace(hold, committed=known.committed, voided=known.voided, status=known.status)


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
    if other is not None and other.currency != post.currency:
        sides = (one.currency if one else post.currency for one in (source, destination))
        return Rejection(Reason.CURRENCY_MISMATCH, {"asked": post.currency, **dict(zip(_SIDES, sides, strict=True))})
    if other is not None and post.precision not in (None, other.precision):
        precisions = (str(one.precision) if one else "unset" for one in (source, destination))
        numbers = {"asked": str(post.precision), **dict(zip(_SIDES, precisions, strict=True))}
        return Rejection(Reason.PRECISION_MISMATCH, numbers)
    side, name = missing[0]
    return Rejection(Reason.PRECISION_REQUIRED, {"side": side, "balance": name, "currency": post.currency})


def _bounded(amount: int) -> Rejection | None:
    return None if 0 < amount < limits.AMOUNT_BOUND_MINOR_UNITS else _out_of_bounds(amount)


def _out_of_bounds(amount: int) -> Rejection:
    bound = limits.AMOUNT_BOUND_MINOR_UNITS
    return Rejection(Reason.AMOUNT_OUT_OF_BOUNDS, {"asked": str(amount), "limit": str(bound)})


def _short(reason: Reason, ask: Ask, **bound: int) -> Rejection:
    numbers = {"asked": ask.amount, "available": ask.source.figures.available, **bound}
    return Rejection(reason, {"balance": ask.source.id} | {name: str(value) for name, value in numbers.items()})


def _too_precise(account: Account) -> Rejection:
    return Rejection(Reason.AMOUNT_TOO_PRECISE, {"balance": account.id, "precision": str(account.precision)})


def _total_bounded(total: int) -> Rejection | None:
    if total <= limits.TOTAL_BOUND_MINOR_UNITS:
        return None
    return Rejection(Reason.TOTAL_OUT_OF_BOUNDS, {"total": str(total), "limit": str(limits.TOTAL_BOUND_MINOR_UNITS)})


def _hold_numbers(hold: Hold) -> dict[str, str]:
    return {
        "amount": str(hold.amount),
        "committed": str(hold.committed),
        "voided": str(hold.voided),
        "remaining": str(hold.remaining),
    }
