"""The rules of refunds: what a transaction moved is refunded by a new movement the other way."""

from collections.abc import Callable
from typing import NamedTuple

from ledgerd.core import funds
from ledgerd.core.decision import Decision
from ledgerd.core.effects import Movement
from ledgerd.core.model.account import Account
from ledgerd.core.model.amount import minor_units
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
    refunder_has_funds,
    refunded_stays_below_ceiling,
    refunded_totals_stay_bounded,
)
REFUND_RULES = (
    something_was_moved,
    something_is_left,
    *REFUND_BALANCE_RULES,
    refunded_amount_is_whole,
    refunded_amount_is_bounded,
    refunds_stay_within_parent,
    *REFUND_MONEY_RULES,
)


def sides(refund: Refund, decision: Decision) -> tuple[Parent, Account, Account] | Rejection:
    """Find what a refund is of, and the balances between which money goes back: from the parent's destination to its
    source. The decision depends on them from now on."""
    book, plan = decision.book, decision.plan
    parent = book.parent(refund.transaction_id)
    if parent is None:
        return funds.unknown(refund.transaction_id)
    if not (parent.source_id and parent.destination_id):
        # The header of a commit, void or refund moves nothing itself.
        return moved_nothing(parent)
    source, destination = book.accounts[parent.destination_id], book.accounts[parent.source_id]
    plan.read(source)
    plan.read(destination)
    return parent, source, destination


def decide_refund(refund: Refund, decision: Decision) -> Movement | Rejection:
    """Decide a refund of a single transaction."""
    found = sides(refund, decision)
    if isinstance(found, Rejection):
        return found
    parent, source, destination = found
    asked = parent.refundable if refund.quantity is None else minor_units(refund.quantity, source.precision)
    proposal = RefundProposal(refund, parent, source, destination, asked or 0, asked is not None)
    rejection = funds.first_rejection(REFUND_RULES, proposal)
    if rejection is not None:
        return rejection
    amount, applies = proposal.amount, decision.applies
    return record_movement(
        decision, refund, Kind.REFUND, Status.APPLIED, amount, source, destination, parent=parent, applies=applies
    )


def moved_nothing(parent: Parent) -> Rejection:
    numbers = {"transaction": parent.id, "status": parent.status.value, "kind": parent.kind.value}
    return Rejection(Reason.NOT_REFUNDABLE, numbers)


def _exceeded(proposal: RefundProposal) -> Rejection:
    numbers = {"asked": str(proposal.amount), "remaining": str(proposal.parent.refundable)}
    return Rejection(Reason.REFUND_EXCEEDED, {"transaction": proposal.parent.id} | numbers)
