"""Which rules decide an operation that moves money, or would have to later."""

from ledgerd.core import compound, deferred, holds, posting, refunds, splits
from ledgerd.core.decision import Decision
from ledgerd.core.effects import DeferredChange, HeaderEntry, Movement
from ledgerd.core.model.operation import Deferral, Moving, Post, Refund, ResolveHold
from ledgerd.core.model.rejection import Rejection


def move(operation: Moving, decision: Decision) -> Movement | HeaderEntry | DeferredChange | Rejection:
    """Decide what moves money now."""
    if isinstance(operation, Post):
        decide = splits.decide_split if operation.is_split else posting.decide_post
        return decide(operation, decision)
    parent_id = operation.hold_id if isinstance(operation, ResolveHold) else operation.transaction_id
    parent = decision.book.parent(parent_id)
    if parent is not None and parent.is_header:
        return compound.decide_compound(operation, parent, decision)
    if isinstance(operation, ResolveHold):
        return holds.decide_hold(operation, decision)
    return refunds.decide_refund(operation, decision)


def defer(operation: Post | Refund, deferral: Deferral, decision: Decision) -> HeaderEntry | Rejection:
    """Decide what is to move money later."""
    if isinstance(operation, Post):
        decide = deferred.defer_split if operation.is_split else deferred.defer_post
        return decide(operation, deferral, decision)
    parent = decision.book.parent(operation.transaction_id)
    if parent is not None and parent.is_header:
        return deferred.defer_compound_refund(operation, deferral, parent, decision)
    return deferred.defer_refund(operation, deferral, decision)
