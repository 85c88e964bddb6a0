"""A draft with everything its rules look at, and those rules that name facts: they judge alike when a draft
is posted, when it is accepted to be applied later, and when it then is."""

from datetime import datetime
from typing import NamedTuple

from ledgerd.core import funds
from ledgerd.core.book import Account
from ledgerd.core.model import limits, period
from ledgerd.core.model.operation import Post
from ledgerd.core.model.rejection import Reason, Rejection


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
    """More decimals than the precision allows are rejected, never rounded."""
    return None if ask.whole else funds.too_precise(ask.source)


def amount_is_bounded(ask: Ask) -> Rejection | None:
    if ask.limit is not None and ask.limit >= limits.AMOUNT_BOUND_MINOR_UNITS:
        return funds.out_of_bounds(ask.limit)
    return funds.bounded(ask.amount)


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
