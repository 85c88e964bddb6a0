"""What every movement does: figures on both sides, its hold, and the monitors that it makes fire."""

from ledgerd.core.book import Account, Change, ChangeKind, Firing, Movement, Original, Plan, Settlement
from ledgerd.core.figures import Figures, Kind, Status, move
from ledgerd.core.monitor import fires
from ledgerd.core.operation import Cause, Moving, Settle, Waiting


def record_movement(
    plan: Plan,
    operation: Moving,
    kind: Kind,
    status: Status,
    amount: int,
    source: Account,
    destination: Account,
    limit: int | None,
    original: Original | None,
    batch_id: str | None,
    fills: Waiting | None = None,
) -> Movement:
    """Move both sides' figures, the older transaction if there is one, and the monitors that it makes fire.

    ``fills`` is what waited, if this is its application: then it is filled in, and nothing new recorded.
    """
    before_source, before_destination = source.figures, destination.figures
    released = original.remaining if kind is Kind.COMMIT and original and amount > original.remaining else None
    source.figures, destination.figures = move(kind, amount, before_source, before_destination, released)
    movement = Movement(
        plan.entries + 1,
        plan.block,
        plan.now,
        operation,
        kind,
        status,
        amount,
        source,
        source.figures,
        destination,
        destination.figures,
        limit,
        None if original is None else original.id,
        batch_id,
        released=released,
    )
    if fills is None:
        plan.movements.append(movement)
    else:
        _fill_in(plan, movement, fills)
    if original is not None:
        _move_forward(plan, original, movement)
    if source.monitors:
        _fire(plan, movement, source, before_source, is_source=True)
    if destination.monitors:
        _fire(plan, movement, destination, before_destination, is_source=False)
    return movement


def _fill_in(plan: Plan, movement: Movement, waiting: Waiting) -> None:
    movement.fills = waiting
    kind = ChangeKind.INFLIGHT if movement.kind is Kind.HOLD else ChangeKind.APPLIED
    before, waiting.status = waiting.before, movement.status
    plan.changes.append(
        Change(
            movement.ordinal, waiting, before, kind, movement.status, waiting.scheduled_at, waiting.key, None, movement
        )
    )


def _move_forward(plan: Plan, original: Original, cause: Movement) -> None:
    before = original.settled
    if cause.kind is Kind.VOID:
        original.voided += cause.amount
    elif cause.kind is Kind.REFUND:
        original.refunded += cause.amount
    else:
        original.committed += cause.amount
    cause.settlement = Settlement(
        plan.entries + 1,
        original,
        cause.key,
        cause.kind,
        before,
        original.settled,
        original.status,
        isinstance(cause.operation, Settle) and cause.operation.cause is Cause.EXPIRY,
    )
    plan.settlements.append(cause.settlement)


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
