"""The rules of holds: a commit or void of one, by a caller or by the hold's own times."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from ledgerd.core import funds
from ledgerd.core.decision import Decision
from ledgerd.core.effects import Movement
from ledgerd.core.model.account import Account
from ledgerd.core.model.amount import minor_units
from ledgerd.core.model.figures import Kind, Status
from ledgerd.core.model.operation import Cause, ResolveHold
from ledgerd.core.model.parent import Parent
from ledgerd.core.model.rejection import Reason, Rejection
from ledgerd.core.moving import record_movement


class HoldProposal(NamedTuple):
    """A commit or void with its hold and both balances found; amounts as in Proposal."""

    resolve: ResolveHold
    hold: Parent
    source: Account
    destination: Account
    amount: int
    whole: bool
    now: datetime

    @property
    def excess(self) -> int:
        """By how much it goes beyond what the hold still holds."""
        return max(0, self.amount - self.hold.remaining)


def hold_is_in_place(proposal: HoldProposal) -> Rejection | None:
    """What is deferred holds nothing yet, and what was rejected or cancelled never will."""
    unmoved = proposal.hold.unmoved
    if unmoved is None:
        return None
    return Rejection(Reason.HOLD_NOT_IN_PLACE, {"hold": proposal.hold.id, "status": unmoved.value})


def hold_is_open(proposal: HoldProposal) -> Rejection | None:
    """From its expiry on a caller can do nothing about what remained of a hold then, and is told so whether or not it
    has been voided yet. A timed commit was due before the expiry, so it takes precedence however late it comes."""
    hold = proposal.hold
    if proposal.resolve.cause is Cause.CALLER and has_expired(hold, proposal.now):
        return expired(hold)
    if hold.remaining:
        return None
    return Rejection(Reason.HOLD_SETTLED, {"hold": hold.id} | hold_numbers(hold))


def hold_source_is_open(proposal: HoldProposal) -> Rejection | None:
    """A void always passes: it moves nothing, and a frozen balance must not keep another's money held."""
    return None if proposal.resolve.void else funds.is_open(proposal.source, "source")


def hold_destination_is_open(proposal: HoldProposal) -> Rejection | None:
    return None if proposal.resolve.void else funds.is_open(proposal.destination, "destination")


def resolved_amount_is_whole(proposal: HoldProposal) -> Rejection | None:
    return None if proposal.whole else funds.too_precise(proposal.source)


def resolved_amount_is_bounded(proposal: HoldProposal) -> Rejection | None:
    return funds.bounded(proposal.amount)


def hold_covers_amount(proposal: HoldProposal) -> Rejection | None:
    if not proposal.excess or proposal.hold.allow_over_commit:
        return None
    return Rejection(
        Reason.HOLD_EXCEEDED, {"hold": proposal.hold.id, "asked": str(proposal.amount)} | hold_numbers(proposal.hold)
    )


def source_covers_excess(proposal: HoldProposal) -> Rejection | None:
    """What a commit takes beyond the hold must be there, on the terms that the hold was posted with."""
    if not proposal.excess:
        return None
    hold = proposal.hold
    return funds.funds_cover(
        proposal.excess, proposal.source, allow_overdraft=hold.allow_overdraft, limit=hold.overdraft_limit
    )


def excess_stays_below_ceiling(proposal: HoldProposal) -> Rejection | None:
    """What was held is counted already."""
    return funds.below_ceiling(proposal.excess, proposal.destination) if proposal.excess else None


def resolution_keeps_totals_bounded(proposal: HoldProposal) -> Rejection | None:
    if proposal.resolve.void:
        return None
    return funds.totals_bounded(proposal.amount, proposal.source, proposal.destination)


HOLD_BALANCE_RULES: tuple[Callable[[HoldProposal], Rejection | None], ...] = (
    hold_source_is_open,
    hold_destination_is_open,
)
HOLD_MONEY_RULES: tuple[Callable[[HoldProposal], Rejection | None], ...] = (
    source_covers_excess,
    excess_stays_below_ceiling,
    resolution_keeps_totals_bounded,
)
HOLD_RULES = (
    hold_is_in_place,
    hold_is_open,
    *HOLD_BALANCE_RULES,
    resolved_amount_is_whole,
    resolved_amount_is_bounded,
    hold_covers_amount,
    *HOLD_MONEY_RULES,
)


def decide_hold(resolve: ResolveHold, decision: Decision) -> Movement | Rejection:
    """Decide a commit or void of a single hold."""
    book, plan = decision.book, decision.plan
    hold = book.parent(resolve.hold_id)
    if hold is None:
        return funds.unknown(resolve.hold_id)
    if hold.kind is not Kind.HOLD:
        return Rejection(Reason.NOT_A_HOLD, {"transaction": resolve.hold_id})
    source, destination = book.accounts[hold.source_id], book.accounts[hold.destination_id]
    plan.read(source)
    plan.read(destination)
    asked = hold.remaining if resolve.quantity is None else minor_units(resolve.quantity, source.precision)
    amount = asked or 0
    proposal = HoldProposal(resolve, hold, source, destination, amount, asked is not None, plan.now)
    rejection = funds.first_rejection(HOLD_RULES, proposal)
    if rejection is not None:
        return rejection
    kind, status = kind_and_status(resolve)
    return record_movement(decision, resolve, kind, status, amount, source, destination, parent=hold)


def kind_and_status(resolve: ResolveHold) -> tuple[Kind, Status]:
    """What a commit or void is recorded as."""
    return (Kind.VOID, Status.VOID) if resolve.void else (Kind.COMMIT, Status.APPLIED)


def has_expired(hold: Parent, now: datetime) -> bool:
    """Whether the hold's expiry has come and something remained of it then."""
    return hold.expired or (hold.expires_at is not None and hold.expires_at <= now and hold.remaining > 0)


def expired(hold: Parent) -> Rejection:
    """The rejection of what a caller asks of a hold after its expiry."""
    assert hold.expires_at is not None, "it expires"
    numbers = {"hold": hold.id, "inflight_expiry_time": hold.expires_at.isoformat()}
    return Rejection(Reason.HOLD_EXPIRED, numbers)


def hold_numbers(hold: Parent) -> dict[str, str]:
    """The figures of a hold, as details name them."""
    return {
        "amount": str(hold.amount),
        "committed": str(hold.committed),
        "voided": str(hold.voided),
        "remaining": str(hold.remaining),
    }
