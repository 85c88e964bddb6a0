"""The rules of refunding: what a transaction moved is given back by a new movement the other way."""

from collections.abc import Callable
from typing import NamedTuple

from ledgerd.core import funds
from ledgerd.core.applying import parent_of
from ledgerd.core.book import Account, Book, HeaderEntry, Movement, Plan
from ledgerd.core.deferred import defer_refund
from ledgerd.core.model.amount import minor_units
from ledgerd.core.model.figures import Kind, Status
from ledgerd.core.model.operation import Deferred, Refund
from ledgerd.core.model.parent import Parent
from ledgerd.core.model.rejection import Reason, Rejection
from ledgerd.core.moving import record_movement


class RefundProposal(NamedTuple):
    """A refund with what it gives back found. ``source`` is the one that gives back, the destination of
    the parent; ``whole`` is false where the amount has more decimals than the precision."""

    refund: Refund
    parent: Parent
    source: Account
    destination: Account
    amount: int
    whole: bool


def something_was_moved(proposal: RefundProposal) -> Rejection | None:
    """A movement can be refunded, and of a hold what was committed. Refunds cannot."""
    parent = proposal.parent
    if parent.waits is None and (parent.kind is Kind.POSTING or (parent.kind is Kind.HOLD and parent.committed)):
        return None
    return _moved_nothing(parent)


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


REFUND_RULES: tuple[Callable[[RefundProposal], Rejection | None], ...] = (
    something_was_moved,
    something_is_left,
    refunder_is_open,
    refunded_is_open,
    refunded_amount_is_whole,
    refunded_amount_is_bounded,
    refunds_stay_within_parent,
    refunder_has_funds,
    refunded_stays_below_ceiling,
    refunded_totals_stay_bounded,
)


def decide_refund(
    refund: Refund, book: Book, plan: Plan, batch_id: str | None, applies: Deferred | None = None
) -> Movement | HeaderEntry | Rejection:
    """Decide a refund. Money goes back from the parent's destination to its source."""
    parent = parent_of(book, refund.transaction_id)
    if parent is None:
        return funds.unknown(refund.transaction_id)
    if not (parent.source_id and parent.destination_id):
        # The commit, void or refund of several moves nothing itself.
        return _moved_nothing(parent)
    source, destination = book.accounts[parent.destination_id], book.accounts[parent.source_id]
    plan.read.setdefault(source, source.figures)
    plan.read.setdefault(destination, destination.figures)
    if refund.deferral is not None:
        return defer_refund(refund, parent, source, destination, book, plan, batch_id)
    asked_amount = parent.refundable if refund.quantity is None else minor_units(refund.quantity, source.precision)
    proposal = RefundProposal(refund, parent, source, destination, asked_amount or 0, asked_amount is not None)
    for rule in REFUND_RULES:
        rejection = rule(proposal)
        if rejection is not None:
            return rejection
    return record_movement(
        plan,
        refund,
        Kind.REFUND,
        Status.APPLIED,
        proposal.amount,
        source,
        destination,
        None,
        parent,
        batch_id,
        applies=applies,
    )


def _moved_nothing(parent: Parent) -> Rejection:
    numbers = {"transaction": parent.id, "status": parent.status.value, "kind": parent.kind.value}
    return Rejection(Reason.NOT_REFUNDABLE, numbers)


def _exceeded(proposal: RefundProposal) -> Rejection:
    numbers = {"asked": str(proposal.amount), "remaining": str(proposal.parent.refundable)}
    return Rejection(Reason.REFUND_EXCEEDED, {"transaction": proposal.parent.id} | numbers)
