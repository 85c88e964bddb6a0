"""Which rules decide an operation that moves money, or would have to later."""

from ledgerd.core import adjustments, compound, deferred, holds, late_splits, posting, refunds, splits
from ledgerd.core.decision import Decision
from ledgerd.core.effects import DeferredChange, HeaderEntry, Movement, Unchanged
from ledgerd.core.model.operation import AdjustHold, Deferral, Moving, Post, Refund, ResolveHold
from ledgerd.core.model.rejection import Rejection


def move(operation: Moving, decision: Decision) -> Movement | HeaderEntry | DeferredChange | Unchanged | Rejection:
    """Decide what moves money now."""
    if isinstance(operation, Post):
        decide = splits.decide_split if operation.is_split else posting.decide_post
        return decide(operation, decision)
    if isinstance(operation, AdjustHold):
        return adjustments.decide_adjustment(operation, decision)
    parent = decision.book.parent(operation.target.id)
    if parent is not None and parent.is_header:
        return compound.decide_compound(operation, parent, decision)
    if isinstance(operation, ResolveHold):
        return holds.decide_hold(operation, decision)
    return refunds.decide_refund(operation, decision)


def defer(operation: Post | Refund, deferral: Deferral, decision: Decision) -> HeaderEntry | Rejection:
    """Decide what is to move money later."""
    if isinstance(operation, Post):
        if operation.divides_late:
            return late_splits.defer_late_split(operation, deferral, decision)
        decide = deferred.defer_split if operation.is_split else deferred.defer_post
        return decide(operation, deferral, decision)
    parent = decision.book.parent(operation.target.id)
    if parent is not None and parent.is_header:
        return deferred.defer_compound_refund(operation, deferral, parent, decision)
    return deferred.defer_refund(operation, deferral, decision)
