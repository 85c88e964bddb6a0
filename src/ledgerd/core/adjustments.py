"""The rules of adjustments: an open hold holds more or less from then on, or expires or commits at another time.

What was asked of the hold stays as it was recorded. Only the difference is judged, on the terms of the hold: a raise
like a hold of its own, a lowering like a void of so much.
"""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from ledgerd.core import funds
from ledgerd.core.decision import Decision
from ledgerd.core.effects import Movement
from ledgerd.core.holds import expired, has_expired, hold_numbers, in_place, unresolved
from ledgerd.core.model.account import Account
from ledgerd.core.model.adjusted import Adjusted
from ledgerd.core.model.amount import minor_units
from ledgerd.core.model.figures import Kind, Status
from ledgerd.core.model.operation import AdjustHold, Change
from ledgerd.core.model.parent import Parent
from ledgerd.core.model.rejection import Reason, Rejection
from ledgerd.core.moving import record_movement
from ledgerd.core.posting import ahead


class AdjustProposal(NamedTuple):
    """An adjustment with its hold and both balances found. ``requested`` is its amount in minor units, None where only
    times change; it counts as zero where it has more decimals than the precision, and ``whole`` is false then.
    ``total`` is what the hold is to hold in all."""

    adjust: AdjustHold
    hold: Parent
    source: Account
    destination: Account
    requested: int | None
    whole: bool
    total: int
    now: datetime

    @property
    def raised(self) -> int:
        """By how much the hold is to hold more; 0 where it is not."""
        return max(0, self.total - self.hold.held)

    @property
    def expires_at(self) -> datetime | None:
        return self.adjust.expires_at or self.hold.expires_at

    @property
    def commits_at(self) -> datetime | None:
        return self.adjust.commits_at or self.hold.commits_at


def hold_stands_alone(proposal: AdjustProposal) -> Rejection | None:
    """The legs of a split share its amount and its times, so that none of them can have others alone."""
    return not_adjustable(proposal.hold) if proposal.hold.header is not None else None


def adjusted_hold_is_in_place(proposal: AdjustProposal) -> Rejection | None:
    return in_place(proposal.hold)


def adjusted_hold_is_open(proposal: AdjustProposal) -> Rejection | None:
    hold = proposal.hold
    return expired(hold) if has_expired(hold, proposal.now) else unresolved(hold)


def amount_is_in_the_currency(proposal: AdjustProposal) -> Rejection | None:
    currency = proposal.adjust.currency
    if currency is None or currency == proposal.source.currency:
        return None
    numbers = {"hold": proposal.hold.id, "requested": currency, "currency": proposal.source.currency}
    return Rejection(Reason.CURRENCY_MISMATCH, numbers)


def amount_is_in_the_precision(proposal: AdjustProposal) -> Rejection | None:
    precision = proposal.adjust.precision
    if precision is None or precision == proposal.source.precision:
        return None
    numbers = {"hold": proposal.hold.id, "requested": str(precision), "precision": str(proposal.source.precision)}
    return Rejection(Reason.PRECISION_MISMATCH, numbers)


def adjusted_amount_is_whole(proposal: AdjustProposal) -> Rejection | None:
    return None if proposal.whole else funds.too_precise(proposal.source)


def adjusted_amount_is_bounded(proposal: AdjustProposal) -> Rejection | None:
    """Both what was requested, and what the hold would hold in all."""
    if proposal.requested is None:
        return None
    return funds.bounded(proposal.requested) or (funds.bounded(proposal.total) if proposal.raised else None)


def something_remains_held(proposal: AdjustProposal) -> Rejection | None:
    """To release all that remains is a void."""
    hold = proposal.hold
    if proposal.total > hold.committed + hold.voided:
        return None
    numbers = {"hold": hold.id, "requested": str(proposal.requested)} | hold_numbers(hold)
    return Rejection(Reason.ADJUSTMENT_TOO_LOW, numbers)


def new_times_are_ahead(proposal: AdjustProposal) -> Rejection | None:
    """What is to happen to a hold automatically lies in the future, and its expiry after its commit."""
    adjust = proposal.adjust
    if adjust.commits_at is None and adjust.expires_at is None:
        return None
    rejection = ahead(adjust.commits_at, proposal.now) or ahead(adjust.expires_at, proposal.now)
    if rejection is not None or proposal.commits_at is None:
        return rejection
    return ahead(proposal.expires_at, proposal.commits_at)


def raised_source_is_open(proposal: AdjustProposal) -> Rejection | None:
    """On a frozen balance less can be held, and at other times: no more of it is bound then, as after a void."""
    return funds.is_open(proposal.source, "source") if proposal.raised else None


def raised_destination_is_open(proposal: AdjustProposal) -> Rejection | None:
    return funds.is_open(proposal.destination, "destination") if proposal.raised else None


def source_covers_raise(proposal: AdjustProposal) -> Rejection | None:
    """What is held in addition must be there, on the terms that the hold was posted with."""
    if not proposal.raised:
        return None
    hold = proposal.hold
    return funds.funds_cover(
        proposal.raised, proposal.source, allow_overdraft=hold.allow_overdraft, limit=hold.overdraft_limit
    )


def raise_stays_below_ceiling(proposal: AdjustProposal) -> Rejection | None:
    return funds.below_ceiling(proposal.raised, proposal.destination) if proposal.raised else None


def raise_keeps_totals_bounded(proposal: AdjustProposal) -> Rejection | None:
    if not proposal.raised:
        return None
    return funds.totals_bounded(proposal.raised, proposal.source, proposal.destination, inflight=True)


ADJUSTMENT_RULES: tuple[Callable[[AdjustProposal], Rejection | None], ...] = (
    hold_stands_alone,
    adjusted_hold_is_in_place,
    adjusted_hold_is_open,
    amount_is_in_the_currency,
    amount_is_in_the_precision,
    adjusted_amount_is_whole,
    adjusted_amount_is_bounded,
    something_remains_held,
    new_times_are_ahead,
    raised_source_is_open,
    raised_destination_is_open,
    source_covers_raise,
    raise_stays_below_ceiling,
    raise_keeps_totals_bounded,
)


def decide_adjustment(adjust: AdjustHold, decision: Decision) -> Movement | Rejection:
    """Decide an adjustment. It is a movement also where nothing but times changes: the balances get new versions, so
    that no process decides by the old times."""
    book, plan = decision.book, decision.plan
    hold = book.parent(adjust.target.id)
    if hold is None:
        return funds.unknown(adjust.target, book.unfinished)
    if hold.is_header:
        return not_adjustable(hold)
    if hold.kind is not Kind.HOLD:
        return Rejection(Reason.NOT_A_HOLD, {"transaction": hold.id})
    source, destination = book.accounts[hold.source_id], book.accounts[hold.destination_id]
    plan.read(source)
    plan.read(destination)
    requested = None if adjust.quantity is None else minor_units(adjust.quantity, source.precision)
    whole = requested is not None or adjust.quantity is None
    if not whole:
        requested = 0
    total = _total(adjust.change, requested or 0, hold.held)
    proposal = AdjustProposal(adjust, hold, source, destination, requested, whole, total, plan.now)
    rejection = funds.first_rejection(ADJUSTMENT_RULES, proposal)
    if rejection is not None:
        return rejection
    plan.adjusts = True
    amount = abs(total - hold.held)
    adjusted = Adjusted(total, proposal.expires_at, proposal.commits_at, hold.adjustments + 1)
    kind, status = Kind.ADJUSTMENT, Status.APPLIED
    return record_movement(decision, adjust, kind, status, amount, source, destination, parent=hold, adjusted=adjusted)


def _total(change: Change | None, amount: int, held: int) -> int:
    """What a hold that holds so much in all is to hold from now on."""
    if change is None:
        return held
    if change is Change.TOTAL:
        return amount
    return held + amount if change is Change.INCREASE else held - amount


def not_adjustable(hold: Parent) -> Rejection:
    """Splits and their legs stay as they are."""
    return Rejection(Reason.NOT_ADJUSTABLE, {"transaction": hold.id})
