"""The rules of refunds: what a transaction moved is refunded by a new movement the other way."""

from collections.abc import Callable
from typing import NamedTuple

from ledgerd.core import funds
from ledgerd.core.decision import Decision
from ledgerd.core.effects import Movement
from ledgerd.core.model.account import Account
from ledgerd.core.model.amount import Available, minor_units
from ledgerd.core.model.figures import Kind, Status
from ledgerd.core.model.operation import Refund
from ledgerd.core.model.parent import Parent
from ledgerd.core.model.rejection import Reason, Rejection
from ledgerd.core.moving import record_movement


class RefundProposal(NamedTuple):
    """A refund with its parent and both balances found. ``source`` is the one that refunds, the destination of the
    parent; ``whole`` is false where the amount has more decimals than the precision."""

    refund: Refund
    parent: Parent
    source: Account
    destination: Account
    amount: int
    whole: bool


def something_was_moved(proposal: RefundProposal) -> Rejection | None:
    """A movement can be refunded, and of a hold what was committed. Refunds cannot."""
    parent = proposal.parent
    if parent.unmoved is None and (parent.kind is Kind.POSTING or (parent.kind is Kind.HOLD and parent.committed)):
        return None
    return moved_nothing(parent)


def something_is_left(proposal: RefundProposal) -> Rejection | None:
    return None if proposal.parent.refundable else _exceeded(proposal)


def refunder_is_open(proposal: RefundProposal) -> Rejection | None:
    return funds.is_open(proposal.source, "source")


def refunded_is_open(proposal: RefundProposal) -> Rejection | None:
    return funds.is_open(proposal.destination, "destination")


def refunded_amount_is_whole(proposal: RefundProposal) -> Rejection | None:
    return None if proposal.whole else funds.too_precise(proposal.source)


def refunded_amount_is_bounded(proposal: RefundProposal) -> Rejection | None:
    return funds.bounded(proposal.amount)


def refunds_stay_within_parent(proposal: RefundProposal) -> Rejection | None:
    return None if proposal.amount <= proposal.parent.refundable else _exceeded(proposal)


def refund_period_is_open(proposal: RefundProposal) -> Rejection | None:
    """The rule of drafts."""
    return funds.period_is_open(proposal.refund.effective_at, proposal.source, proposal.destination)


def refunder_has_funds(proposal: RefundProposal) -> Rejection | None:
    return funds.funds_cover(
        proposal.amount, proposal.source, allow_overdraft=proposal.refund.allow_overdraft, limit=None
    )


def refunded_stays_below_ceiling(proposal: RefundProposal) -> Rejection | None:
    return funds.below_ceiling(proposal.amount, proposal.destination)


def refunded_totals_stay_bounded(proposal: RefundProposal) -> Rejection | None:
    return funds.totals_bounded(proposal.amount, proposal.source, proposal.destination)


REFUND_BALANCE_RULES: tuple[Callable[[RefundProposal], Rejection | None], ...] = (
    refunder_is_open,
    refunded_is_open,
)
REFUND_MONEY_RULES: tuple[Callable[[RefundProposal], Rejection | None], ...] = (
    refund_period_is_open,
    refunder_has_funds,
    refunded_stays_below_ceiling,
    refunded_totals_stay_bounded,
)
RULES_BEFORE_AMOUNT = (
    something_was_moved,
    something_is_left,
    *REFUND_BALANCE_RULES,
)
REFUND_RULES = (
    *RULES_BEFORE_AMOUNT,
    refunded_amount_is_whole,
    refunded_amount_is_bounded,
    refunds_stay_within_parent,
    *REFUND_MONEY_RULES,
)
RULES_BEFORE_FUNDS = REFUND_RULES[: REFUND_RULES.index(refunder_has_funds)]


def sides(refund: Refund, decision: Decision) -> tuple[Parent, Account, Account] | Rejection:
    """Find what a refund is of, and the balances between which money goes back: from the parent's destination to its
    source. The decision depends on them from now on."""
    book, plan = decision.book, decision.plan
    parent = book.parent(refund.target.id)
    if parent is None:
        return funds.unknown(refund.target, book.unfinished)
    if not (parent.source_id and parent.destination_id):
        # The header of a commit, void or refund moves nothing itself.
        return moved_nothing(parent)
    source, destination = book.accounts[parent.destination_id], book.accounts[parent.source_id]
    plan.read(source)
    plan.read(destination)
    if refund.effective_at is not None:
        plan.read_periods(source, destination)
    return parent, source, destination


def decide_refund(refund: Refund, decision: Decision) -> Movement | Rejection:
    """Decide a refund of a single transaction."""
    found = sides(refund, decision)
    if isinstance(found, Rejection):
        return found
    parent, source, destination = found
    proposal = _propose(refund, parent, source, destination)
    if isinstance(refund.quantity, Available) and isinstance(proposal, RefundProposal):
        proposal = _with_available(proposal)
        decision.plan.takes_available = True
    if isinstance(proposal, Rejection):
        return proposal
    rejection = funds.first_rejection(REFUND_RULES, proposal)
    if rejection is not None:
        return rejection
    amount, applies = proposal.amount, decision.applies
    return record_movement(
        decision, refund, Kind.REFUND, Status.APPLIED, amount, source, destination, parent=parent, applies=applies
    )


def _propose(refund: Refund, parent: Parent, source: Account, destination: Account) -> RefundProposal | Rejection:
    """Where all that is available is asked for, the amount is at first the most that may be refunded."""
    asked: int | None = parent.refundable
    if isinstance(refund.quantity, Available):
        most = funds.most(refund.quantity, source)
        if isinstance(most, Rejection):
            standing = RefundProposal(refund, parent, source, destination, parent.refundable, True)
            return funds.first_rejection(RULES_BEFORE_AMOUNT, standing) or most
        asked = min(most, parent.refundable)
    elif refund.quantity is not None:
        asked = minor_units(refund.quantity, source.precision)
    return RefundProposal(refund, parent, source, destination, asked or 0, asked is not None)


def _with_available(proposal: RefundProposal) -> RefundProposal | Rejection:
    """The proposal with what its source has available now. The rules before those of funds come first."""
    rejection = funds.first_rejection(RULES_BEFORE_FUNDS, proposal)
    if rejection is not None:
        return rejection
    terms = proposal.refund.allow_overdraft
    amount = funds.take(proposal.amount, proposal.source, allow_overdraft=terms, limit=None)
    return amount if isinstance(amount, Rejection) else proposal._replace(amount=amount)


def moved_nothing(parent: Parent) -> Rejection:
    numbers = {"transaction": parent.id, "status": parent.status.value, "kind": parent.kind.value}
    return Rejection(Reason.NOT_REFUNDABLE, numbers)


def _exceeded(proposal: RefundProposal) -> Rejection:
    numbers = {"requested": str(proposal.amount), "remaining": str(proposal.parent.refundable)}
    return Rejection(Reason.REFUND_EXCEEDED, {"transaction": proposal.parent.id} | numbers)
