"""The rules of holds: a commit or void of one, by a caller or by the hold's own times."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from ledgerd.core import funds
from ledgerd.core.decision import Decision
from ledgerd.core.effects import Movement, Unchanged
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
    return in_place(proposal.hold)


def hold_is_open(proposal: HoldProposal) -> Rejection | None:
    """From its expiry on a caller can do nothing about what remained of a hold then, and is told so whether or not it
    has been voided yet. A timed commit was due before the expiry, so it takes precedence however late it comes."""
    hold = proposal.hold
    if proposal.resolve.cause is Cause.CALLER and has_expired(hold, proposal.now):
        return expired(hold)
    return unresolved(hold)


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
    """A commit may exceed some holds; a void releases no more than there is."""
    if not proposal.excess or (proposal.hold.allow_over_commit and not proposal.resolve.void):
        return None
    numbers = {"hold": proposal.hold.id, "requested": str(proposal.amount)}
    return Rejection(Reason.HOLD_EXCEEDED, numbers | hold_numbers(proposal.hold))


def commit_period_is_open(proposal: HoldProposal) -> Rejection | None:
    """The rule of drafts. A void moves nothing and has no effective time."""
    return funds.period_is_open(proposal.resolve.effective_at, proposal.source, proposal.destination)


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
    commit_period_is_open,
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


def decide_hold(resolve: ResolveHold, decision: Decision) -> Movement | Unchanged | Rejection:
    """Decide a commit or void of a single hold. Where a worker nominated it for a time that an adjustment has moved, it
    stays as it is."""
    book, plan = decision.book, decision.plan
    hold = book.parent(resolve.target.id)
    if hold is None:
        return funds.unknown(resolve.target, book.unfinished)
    if hold.kind is not Kind.HOLD:
        return Rejection(Reason.NOT_A_HOLD, {"transaction": hold.id})
    source, destination = book.accounts[hold.source_id], book.accounts[hold.destination_id]
    plan.read(source)
    plan.read(destination)
    if resolve.effective_at is not None:
        plan.read_periods(source, destination)
    if not _is_due(resolve, hold, plan.now):
        return Unchanged()
    asked = hold.remaining if resolve.quantity is None else minor_units(resolve.quantity, source.precision)
    amount = asked or 0
    proposal = HoldProposal(resolve, hold, source, destination, amount, asked is not None, plan.now)
    rejection = funds.first_rejection(HOLD_RULES, proposal)
    if rejection is not None:
        return rejection
    kind, status = kind_and_status(resolve)
    return record_movement(decision, resolve, kind, status, amount, source, destination, parent=hold)


def _is_due(resolve: ResolveHold, hold: Parent, now: datetime) -> bool:
    """Whether the hold's own time has come by now, or had when a worker saw it; a caller needs none."""
    if resolve.cause is Cause.CALLER or not hold.remaining:
        return True
    time = hold.expires_at if resolve.cause is Cause.EXPIRY else hold.commits_at
    return time is not None and time <= max(now, resolve.seen_at or now)


def kind_and_status(resolve: ResolveHold) -> tuple[Kind, Status]:
    """What a commit or void is recorded as."""
    return (Kind.VOID, Status.VOID) if resolve.void else (Kind.COMMIT, Status.APPLIED)


def in_place(hold: Parent) -> Rejection | None:
    """What is deferred holds nothing yet, and what was rejected or cancelled never will."""
    if hold.unmoved is None:
        return None
    return Rejection(Reason.HOLD_NOT_IN_PLACE, {"hold": hold.id, "status": hold.unmoved.value})


def unresolved(hold: Parent) -> Rejection | None:
    """Something of a hold must remain."""
    return None if hold.remaining else Rejection(Reason.HOLD_RESOLVED, {"hold": hold.id} | hold_numbers(hold))


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
        **({} if hold.adjusted is None else {"adjusted": str(hold.adjusted)}),
        "committed": str(hold.committed),
        "voided": str(hold.voided),
        "remaining": str(hold.remaining),
    }
