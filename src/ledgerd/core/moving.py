"""What every movement does: figures on both sides, its hold, and the monitors that it makes fire."""

from ledgerd.core.book import Account, Firing, Hold, Movement, Plan, Settlement
from ledgerd.core.figures import Figures, Kind, Status, move
from ledgerd.core.monitor import fires
from ledgerd.core.operation import Cause, Operation, Settle


def record_movement(
    plan: Plan,
    operation: Operation,
    kind: Kind,
    status: Status,
    amount: int,
    source: Account,
    destination: Account,
    limit: int | None,
    hold: Hold | None,
    batch_id: str | None,
) -> Movement:
    """Move both sides' figures, the hold if there is one, and the monitors that it makes fire."""
    before_source, before_destination = source.figures, destination.figures
    released = None if hold is None or amount <= hold.remaining else hold.remaining
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
        None if hold is None else hold.id,
        batch_id,
        released=released,
    )
    plan.movements.append(movement)
    if hold is not None:
        _settle_hold(plan, hold, movement)
    if source.monitors:
        _fire(plan, movement, source, before_source, is_source=True)
    if destination.monitors:
        _fire(plan, movement, destination, before_destination, is_source=False)
    return movement


def _settle_hold(plan: Plan, hold: Hold, cause: Movement) -> None:
    before = (hold.committed, hold.voided)
    if cause.kind is Kind.VOID:
        hold.voided += cause.amount
    else:
        hold.committed += cause.amount
    cause.settlement = Settlement(
        plan.entries + 1,
        hold,
        cause.ordinal,
        cause.kind,
        before,
        hold.committed,
        hold.voided,
        hold.status,
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
