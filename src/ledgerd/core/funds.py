"""The bounds that every movement keeps: of its amount, of the totals, and of what its source may spend."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from ledgerd.core.model import limits
from ledgerd.core.model.account import Account, BalanceState
from ledgerd.core.model.ids import BATCH
from ledgerd.core.model.rejection import Reason, Rejection

OPEN = BalanceState.OPEN
"""By a name of our own: asking the enum for it each time costs as much as the rest of the rule."""
Subject = TypeVar("Subject")


def first_rejection(rules: Iterable[Callable[[Subject], Rejection | None]], subject: Subject) -> Rejection | None:
    """What the first rule that objects says."""
    for rule in rules:
        rejection = rule(subject)
        if rejection is not None:
            return rejection
    return None


def funds_cover(amount: int, source: Account, *, allow_overdraft: bool, limit: int | None) -> Rejection | None:
    """The rule that rejects an overdraft. Amounts in minor units of the source.

    available = balance - held debits. Without allow_overdraft a source may not go below zero; with
    it, as far as overdraft_limit for this request. The balance's own floor binds always.
    """
    figures = source.figures
    # Figures.available, written out: this is asked for every draft.
    remaining = figures.credit - figures.debit - figures.inflight_debit - amount
    if remaining < 0 and not allow_overdraft:
        return _short(Reason.INSUFFICIENT_FUNDS, amount, source)
    if limit is not None and remaining < -limit:
        return _short(Reason.OVERDRAFT_LIMIT_EXCEEDED, amount, source, limit=limit)
    if source.floor is not None and remaining < source.floor:
        return _short(Reason.FLOOR_EXCEEDED, amount, source, floor=source.floor)
    return None


def below_ceiling(amount: int, destination: Account) -> Rejection | None:
    """The rule of ceilings: what is there and what is held to come in count."""
    ceiling = destination.ceiling
    if ceiling is None:
        return None
    total = destination.figures.expected
    if total + amount <= ceiling:
        return None
    numbers = {"asked": str(amount), "total": str(total), "ceiling": str(ceiling)}
    return Rejection(Reason.CEILING_EXCEEDED, {"balance": destination.id} | numbers)


def is_open(account: Account, side: str) -> Rejection | None:
    """Nothing moves on a frozen or closed balance."""
    if account.state is OPEN:
        return None
    reason = Reason.BALANCE_FROZEN if account.state is BalanceState.FROZEN else Reason.BALANCE_CLOSED
    return Rejection(reason, {"balance": account.id, "side": side})


def _short(reason: Reason, amount: int, source: Account, **bound: int) -> Rejection:
    numbers = {"asked": amount, "available": source.figures.available, **bound}
    return Rejection(reason, {"balance": source.id} | {name: str(value) for name, value in numbers.items()})


def unknown(transaction_id: str) -> Rejection:
    """Nothing has the id of the transaction or batch to which something is to be done."""
    if transaction_id.startswith(BATCH):
        return Rejection(Reason.BATCH_NOT_FOUND, {"batch": transaction_id})
    return Rejection(Reason.TRANSACTION_NOT_FOUND, {"transaction": transaction_id})


def bounded(amount: int) -> Rejection | None:
    return None if 0 < amount < limits.AMOUNT_BOUND_MINOR_UNITS else out_of_bounds(amount)


def out_of_bounds(amount: int) -> Rejection:
    bound = limits.AMOUNT_BOUND_MINOR_UNITS
    return Rejection(Reason.AMOUNT_OUT_OF_BOUNDS, {"asked": str(amount), "limit": str(bound)})


def too_precise(account: Account) -> Rejection:
    return Rejection(Reason.AMOUNT_TOO_PRECISE, {"balance": account.id, "precision": str(account.precision)})


def totals_bounded(amount: int, source: Account, destination: Account, *, inflight: bool = False) -> Rejection | None:
    """What was moved, or is held, out of the source and into the destination so far, and this."""
    if inflight:
        debit, credit = source.figures.inflight_debit, destination.figures.inflight_credit
    else:
        debit, credit = source.figures.debit, destination.figures.credit
    total = (debit if debit > credit else credit) + amount
    if total <= limits.TOTAL_BOUND_MINOR_UNITS:
        return None
    numbers = {"total": str(total), "limit": str(limits.TOTAL_BOUND_MINOR_UNITS)}
    balance = source if debit > credit else destination
    return Rejection(Reason.TOTAL_OUT_OF_BOUNDS, {"balance": balance.id} | numbers)
