"""What every movement does: figures on both sides, the older transaction, and the monitors that it makes fire."""

from ledgerd.core.decision import Decision
from ledgerd.core.effects import ChangeKind, DeferredChange, Firing, Movement, Transition
from ledgerd.core.model.account import Account
from ledgerd.core.model.adjusted import Adjusted
from ledgerd.core.model.figures import Figures, Kind, Status, move
from ledgerd.core.model.monitor import fires
from ledgerd.core.model.operation import Cause, Deferred, Moving, ResolveHold
from ledgerd.core.model.parent import Parent
from ledgerd.core.plan import Plan


def record_movement(
    decision: Decision,
    operation: Moving,
    kind: Kind,
    status: Status,
    amount: int,
    source: Account,
    destination: Account,
    limit: int | None = None,
    parent: Parent | None = None,
    header_id: str | None = None,
    applies: Deferred | None = None,
    adjusted: Adjusted | None = None,
) -> Movement:
    """Move both sides' figures, the older transaction if there is one, and the monitors that it makes fire.

    A leg has its header's id; what the header resolves or refunds moves forward once all its legs have: see
    move_forward. ``applies`` is the deferred transaction that this movement applies, so that no new one is recorded.
    ``adjusted`` is what an adjustment makes of the parent.
    """
    plan = decision.plan
    before_source, before_destination = source.figures, destination.figures
    released = None
    if parent is not None and kind is Kind.COMMIT and amount > parent.remaining:
        released = parent.remaining
    elif parent is not None and adjusted is not None:
        released = parent.held - adjusted.amount
    source.figures, destination.figures = move(kind, amount, before_source, before_destination, released)
    now, sides_before = plan.now, None
    if source.not_before > now or destination.not_before > now:
        sides_before = source.not_before, destination.not_before
        now = max(sides_before)
    source.not_before = destination.not_before = now
    effects = plan.effects
    movement = Movement(
        len(effects) + 1,
        plan.block,
        now,
        operation,
        kind,
        status,
        amount,
        source,
        source.figures,
        destination,
        destination.figures,
        limit,
        header_id if parent is None else parent.id,
        decision.batch_id,
        decision.created_by,
        None,
        released,
        header_id,
        applies,
        sides_before,
    )
    effects.append(movement if applies is None else _applied(decision, movement, applies))
    if parent is not None:
        expired = isinstance(operation, ResolveHold) and operation.cause is Cause.EXPIRY
        movement.transition = move_forward(plan, parent, movement.key, kind, amount, expired=expired, adjusted=adjusted)
        if parent.header is not None and header_id is None:
            # A single leg of a split: the split follows it.
            move_forward(plan, parent.header, movement.key, kind, amount, expired=expired)
    if source.monitors:
        _fire(plan, movement, source, before_source, is_source=True)
    if destination.monitors:
        _fire(plan, movement, destination, before_destination, is_source=False)
    return movement


def _applied(decision: Decision, movement: Movement, deferred: Deferred) -> DeferredChange:
    return change_deferred(
        decision,
        deferred,
        ChangeKind.INFLIGHT if movement.kind is Kind.HOLD else ChangeKind.APPLIED,
        movement.status,
        movement=movement,
    )


def change_deferred(
    decision: Decision,
    deferred: Deferred,
    kind: ChangeKind,
    status: Status,
    *,
    movement: Movement | None = None,
) -> DeferredChange:
    """Give a deferred transaction its new status. The change is not in the plan yet."""
    before, deferred.status = deferred.before, status
    if movement is not None:
        deferred.moved = movement.amount
    change = DeferredChange(
        decision.plan.next_ordinal,
        deferred,
        before,
        kind,
        status,
        deferred.scheduled_at,
        decision.cause_key or deferred.key,
        movement=movement,
    )
    if change.leaves_queue:
        decision.book.queue(deferred.source_id, -(deferred.amount or 0))
    return change


def move_forward(
    plan: Plan,
    parent: Parent,
    cause_key: str,
    kind: Kind,
    amount: int,
    *,
    expired: bool,
    adjusted: Adjusted | None = None,
) -> Transition:
    """Move an older transaction forward by what was committed, voided or refunded of it, or to what it was adjusted."""
    before, terms_before = parent.resolved, None
    parent.expired |= expired
    if adjusted is not None:
        terms_before = parent.terms
        parent.adjusted, parent.expires_at, parent.commits_at, parent.adjustments = adjusted
    elif kind is Kind.VOID:
        parent.voided += amount
    elif kind is Kind.REFUND:
        parent.refunded += amount
    else:
        parent.committed += amount
    after = parent.resolved
    transition = Transition(
        plan.next_ordinal,
        parent,
        cause_key,
        kind,
        before,
        after,
        parent.status,
        expired,
        parent.adjustment,
        terms_before,
    )
    plan.effects.append(transition)
    return transition


def _fire(plan: Plan, movement: Movement, account: Account, before: Figures, *, is_source: bool) -> None:
    kind, amount, after = movement.kind, movement.amount, account.figures
    for monitor in account.monitors:
        if fires(monitor, before=before, after=after, kind=kind, amount=amount, is_source=is_source):
            plan.effects.append(Firing(plan.next_ordinal, monitor, account, after, movement))
