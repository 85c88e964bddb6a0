"""What every movement does: figures on both sides, its hold, and the monitors that it makes fire."""

from ledgerd.core.book import Account, Change, ChangeKind, Firing, Movement, Plan, Transition
from ledgerd.core.model.figures import Figures, Kind, Status, move
from ledgerd.core.model.monitor import fires
from ledgerd.core.model.operation import Cause, Deferred, Moving, ResolveHold
from ledgerd.core.model.parent import Parent


def record_movement(
    plan: Plan,
    operation: Moving,
    kind: Kind,
    status: Status,
    amount: int,
    source: Account,
    destination: Account,
    limit: int | None,
    parent: Parent | None,
    batch_id: str | None,
    header_id: str | None = None,
    applies: Deferred | None = None,
) -> Movement:
    """Move both sides' figures, the older transaction if there is one, and the monitors that it makes fire.

    A leg has its header's id. What the header settles moves forward once all its legs have: see move_forward.
    ``fills`` is what waited, if this is its application: then it is filled in, and nothing new recorded.
    """
    before_source, before_destination = source.figures, destination.figures
    released = None
    if parent is not None and kind is Kind.COMMIT and amount > parent.remaining:
        released = parent.remaining
    source.figures, destination.figures = move(kind, amount, before_source, before_destination, released)
    now, sides_before = plan.now, None
    if source.not_before > now or destination.not_before > now:
        sides_before = source.not_before, destination.not_before
        now = max(sides_before)
    source.not_before = destination.not_before = now
    movement = Movement(
        plan.entries + 1,
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
        batch_id,
        released=released,
        header_id=header_id,
        sides_before=sides_before,
    )
    if applies is None:
        plan.movements.append(movement)
    else:
        _fill_in(plan, movement, applies)
    if parent is not None:
        expired = _has_expired(operation)
        movement.transition = move_forward(plan, parent, movement.key, kind, amount, expired=expired)
        if parent.header is not None and header_id is None:
            # A leg of a split by itself: the split follows it.
            move_forward(plan, parent.header, movement.key, kind, amount, expired=expired)
    if source.monitors:
        _fire(plan, movement, source, before_source, is_source=True)
    if destination.monitors:
        _fire(plan, movement, destination, before_destination, is_source=False)
    return movement


def _fill_in(plan: Plan, movement: Movement, deferred: Deferred) -> None:
    movement.applies = deferred
    kind = ChangeKind.INFLIGHT if movement.kind is Kind.HOLD else ChangeKind.APPLIED
    before, deferred.status = deferred.before, movement.status
    plan.changes.append(
        Change(
            movement.ordinal,
            deferred,
            before,
            kind,
            movement.status,
            deferred.scheduled_at,
            deferred.key,
            None,
            movement,
        )
    )


def move_forward(plan: Plan, parent: Parent, cause_key: str, kind: Kind, amount: int, *, expired: bool) -> Transition:
    """Move an older transaction forward by what was committed, voided or refunded of it."""
    before = parent.settled
    parent.expired |= expired
    if kind is Kind.VOID:
        parent.voided += amount
    elif kind is Kind.REFUND:
        parent.refunded += amount
    else:
        parent.committed += amount
    transition = Transition(plan.entries + 1, parent, cause_key, kind, before, parent.settled, parent.status, expired)
    plan.transitions.append(transition)
    return transition


def _has_expired(operation: Moving) -> bool:
    return isinstance(operation, ResolveHold) and operation.cause is Cause.EXPIRY


def _fire(plan: Plan, movement: Movement, account: Account, before: Figures, *, is_source: bool) -> None:
    for monitor in account.monitors:
        if fires(
            monitor,
            before=before,
            after=account.figures,
            kind=movement.kind,
            amount=movement.amount,
            is_source=is_source,
        ):
            plan.firings.append(Firing(plan.entries + 1, monitor, account, account.figures, movement))
