"""The bounds that every movement keeps: of its amount, of the totals, of what its source may spend, and of time."""

from collections.abc import Callable, Container, Iterable
from datetime import datetime
from typing import TypeVar

from ledgerd.core.model import limits, period
from ledgerd.core.model.account import Account, BalanceStatus
from ledgerd.core.model.amount import Available, minor_units
from ledgerd.core.model.operation import Target
from ledgerd.core.model.rejection import Reason, Rejection

OPEN = BalanceStatus.OPEN
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
    numbers = {"requested": str(amount), "total": str(total), "ceiling": str(ceiling)}
    return Rejection(Reason.CEILING_EXCEEDED, {"balance": destination.id} | numbers)


def is_open(account: Account, side: str) -> Rejection | None:
    """Nothing moves on a frozen or closed balance."""
    if account.status is OPEN:
        return None
    reason = Reason.BALANCE_FROZEN if account.status is BalanceStatus.FROZEN else Reason.BALANCE_CLOSED
    return Rejection(reason, {"balance": account.id, "side": side})


def period_is_open(effective: datetime | None, *sides: Account) -> Rejection | None:
    """What is closed stays as it was reported. Without a time of its own a movement is effective when it is recorded,
    and no period is closed beyond the present."""
    if effective is None:
        return None
    for side in sides:
        if side.closed_before is not None and effective < side.closed_before:
            return period.closed(side.ledger_key, effective, side.closed_before)
    return None


def _short(reason: Reason, amount: int, source: Account, **bound: int) -> Rejection:
    numbers = {"requested": amount, "available": source.figures.available, **bound}
    return Rejection(reason, {"balance": source.id} | {name: str(value) for name, value in numbers.items()})


def unknown(target: Target, unfinished: Container[str]) -> Rejection:
    """There is no such transaction or batch to which something could be done. Batches that are accepted and unfinished
    exist, but nothing can be done to them yet."""
    if target.is_batch:
        reason = Reason.BATCH_NOT_FINISHED if target.id in unfinished else Reason.BATCH_NOT_FOUND
        return Rejection(reason, {"batch": target.id})
    name = {"reference": target.reference} if target.reference else {"transaction": target.id}
    return Rejection(Reason.TRANSACTION_NOT_FOUND, name)


def bounded(amount: int) -> Rejection | None:
    return None if 0 < amount < limits.AMOUNT_BOUND_MINOR_UNITS else out_of_bounds(amount)


def out_of_bounds(amount: int) -> Rejection:
    bound = limits.AMOUNT_BOUND_MINOR_UNITS
    return Rejection(Reason.AMOUNT_OUT_OF_BOUNDS, {"requested": str(amount), "limit": str(bound)})


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


# All that is available -------------------------------------------------------------------------


def most(requested: Available, account: Account) -> int | Rejection:
    """The most that may be taken where all that is available is asked for, in minor units of the account."""
    currency, precision = requested.currency, requested.precision
    if currency is not None and currency != account.currency:
        numbers = {"balance": account.id, "requested": currency, "currency": account.currency}
        return Rejection(Reason.CURRENCY_MISMATCH, numbers)
    if precision is not None and precision != account.precision:
        numbers = {"balance": account.id, "requested": str(precision), "precision": str(account.precision)}
        return Rejection(Reason.PRECISION_MISMATCH, numbers)
    if requested.at_most is None:
        return limits.AMOUNT_BOUND_MINOR_UNITS - 1
    amount = minor_units(requested.at_most, account.precision)
    if amount is None:
        return too_precise(account)
    return bounded(amount) or amount


def take(
    at_most: int, source: Account, *, allow_overdraft: bool, limit: int | None, queued: int | None = None
) -> int | Rejection:
    """The largest amount that funds_cover passes, up to ``at_most``; a rejection where that is nothing. ``queued`` is
    what is deferred on the source, where that counts too."""
    left = spendable(source, allow_overdraft=allow_overdraft, limit=limit)
    if isinstance(left, Rejection):
        return left
    left -= queued or 0
    if left > 0:
        return min(left, at_most)
    rejection = nothing_available(source, allow_overdraft=allow_overdraft, limit=limit)
    if queued is None:
        return rejection
    return rejection._replace(details={**rejection.details, "deferred": str(queued)})


def give(
    requested: Available, source: Account, *, allow_overdraft: bool, limit: int | None, queued: int = 0
) -> int | Rejection:
    """The same for one of several sources, which may give nothing."""
    at_most = most(requested, source)
    if isinstance(at_most, Rejection):
        return at_most
    left = spendable(source, allow_overdraft=allow_overdraft, limit=limit)
    return left if isinstance(left, Rejection) else max(0, min(left - queued, at_most))


def spendable(source: Account, *, allow_overdraft: bool, limit: int | None) -> int | Rejection:
    """How much may leave the source, zero or less where nothing may. An overdraft without a bound is rejected: all
    that is available would be without end."""
    lowest = _lowest(source, allow_overdraft, limit)
    if lowest is None:
        return Rejection(Reason.OVERDRAFT_UNBOUNDED, {"balance": source.id})
    return source.figures.available - lowest


def nothing_available(source: Account, *, allow_overdraft: bool, limit: int | None) -> Rejection:
    """The source may spend nothing. The details name what binds it, unless that is zero."""
    numbers = {"balance": source.id, "available": str(source.figures.available)}
    lowest = _lowest(source, allow_overdraft, limit)
    if lowest == source.floor:
        numbers["floor"] = str(lowest)
    elif limit is not None:
        numbers["limit"] = str(limit)
    return Rejection(Reason.NOTHING_AVAILABLE, numbers)


def _lowest(source: Account, allow_overdraft: bool, limit: int | None) -> int | None:
    """How low the source may go by the terms of funds_cover; None where nothing bounds it."""
    bounds = (source.floor, None if allow_overdraft else 0, None if limit is None else -limit)
    return max((bound for bound in bounds if bound is not None), default=None)
