"""A draft with everything its rules look at, and those rules that name facts: they judge alike when a draft
is posted, when it is accepted to be applied later, and when it then is."""

from datetime import datetime
from typing import NamedTuple

from ledgerd.core import funds
from ledgerd.core.book import Account
from ledgerd.core.model import limits, period
from ledgerd.core.model.operation import Post
from ledgerd.core.model.rejection import Reason, Rejection


class Proposal(NamedTuple):
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


def sides_differ(proposal: Proposal) -> Rejection | None:
    if proposal.source is not proposal.destination:
        return None
    return Rejection(Reason.SAME_BALANCE, {"balance": proposal.source.id})


def currencies_agree(proposal: Proposal) -> Rejection | None:
    if proposal.post.currency == proposal.source.currency == proposal.destination.currency:
        return None
    return Rejection(
        Reason.CURRENCY_MISMATCH,
        {
            "asked": proposal.post.currency,
            "source": proposal.source.currency,
            "destination": proposal.destination.currency,
        },
    )


def precisions_agree(proposal: Proposal) -> Rejection | None:
    source, destination = proposal.source.precision, proposal.destination.precision
    asked = proposal.post.precision
    if source == destination and (asked is None or asked == source):
        return None
    return Rejection(
        Reason.PRECISION_MISMATCH,
        {"asked": str(asked or "unset"), "source": str(source), "destination": str(destination)},
    )


def amount_is_whole(proposal: Proposal) -> Rejection | None:
    """More decimals than the precision allows are rejected, never rounded."""
    return None if proposal.whole else funds.too_precise(proposal.source)


def amount_is_bounded(proposal: Proposal) -> Rejection | None:
    if proposal.limit is not None and proposal.limit >= limits.AMOUNT_BOUND_MINOR_UNITS:
        return funds.out_of_bounds(proposal.limit)
    return funds.bounded(proposal.amount)


def period_is_open(proposal: Proposal) -> Rejection | None:
    """What is closed stays as it was reported. Without a time of its own a draft is effective when it
    is recorded, and no period is closed beyond the present."""
    effective = proposal.post.effective_at
    if effective is None:
        return None
    for side in (proposal.source, proposal.destination):
        if side.closed_before is not None and effective < side.closed_before:
            return period.closed(side.ledger_key, effective, side.closed_before)
    return None
