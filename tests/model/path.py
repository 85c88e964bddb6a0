"""A door to the ledger: its write path itself, asked in the test's words."""

from ledgerd.core.book import Record
from ledgerd.core.model.allocation import Left, Share
from ledgerd.core.model.amount import Quantity
from ledgerd.core.model.operation import Cancel, Operation, Post, Reschedule, Verdict
from ledgerd.core.model.operation import Later as LaterOperation
from ledgerd.core.model.operation import Refund as RefundOperation
from ledgerd.core.model.operation import Settle as SettleOperation
from ledgerd.core.model.rejection import Rejection
from ledgerd.core.posting import Outcome, Replay
from tests.model.doors import DECIDER, Answer, Names
from tests.model.wishes import CallOff, Divide, GiveBack, Later, Move, Order, Pay, Review, Wish
from tests.poster.desk import Desk, id_of, said


class Path:
    """The write path of one process."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def ask(
        self, wishes: list[Wish], names: Names, *, atomic: bool, as_batch: bool, preview: bool
    ) -> list[Answer]:
        operations = [operation(wish, names) for wish in wishes]
        if preview:
            batch_id = self._desk.minter.id("bat") if atomic else None
            outcomes = await self._desk.poster.preview(operations, atomic=atomic, batch_id=batch_id)
        elif atomic or as_batch:
            outcomes = await self._desk.batch(operations, atomic=atomic)
        else:
            outcomes = await self._desk.chunk(operations)
        return [_answer(one) for one in outcomes]


def _answer(outcome: Outcome) -> Answer:
    if isinstance(outcome, Rejection):
        return Answer(said(outcome))
    recorded = outcome.recorded if isinstance(outcome, Replay) else outcome
    changes = recorded.changes if isinstance(outcome, Record) else ()
    return Answer(said(outcome), id_of(outcome), recorded.status, changes[-1].status if changes else None)


def _later(later: Later | None, names: Names) -> LaterOperation | None:
    if later is None:
        return None
    return LaterOperation(names.time(later.at), later.review, None, later.covers)


def _order(order: Order, names: Names) -> Operation:
    reference, subject, note = names.order_reference(order), names.transaction(order.of), order.note or None
    if isinstance(order, CallOff):
        return Cancel(reference, subject, note)
    if isinstance(order, Move):
        return Reschedule(reference, subject, names.time(order.at), note)
    return Verdict(reference, subject, order.approves, DECIDER, note)


def operation(wish: Wish, names: Names) -> Operation:
    if isinstance(wish, Pay):
        return Post(
            reference=names.reference(wish.reference),
            currency=names.money(wish.currency),
            quantity=Quantity(wish.amount, None),
            source=names.balance(wish.source),
            destination=names.balance(wish.destination),
            precision=100,
            allow_overdraft=wish.overdraft,
            overdraft_limit=None if wish.limit is None else Quantity(wish.limit, None),
            inflight=wish.held,
            description=wish.note or None,
            allow_over_commit=wish.stretches,
            later=_later(wish.later, names),
        )
    if isinstance(wish, CallOff | Move | Review):
        return _order(wish, names)
    if isinstance(wish, GiveBack):
        return RefundOperation(
            reference=names.reference(wish.reference),
            transaction_id=names.transaction(wish.of),
            quantity=None if wish.amount is None else Quantity(wish.amount, None),
            allow_overdraft=wish.overdraft,
            description=wish.note or None,
            later=None if wish.at is None else LaterOperation(names.time(wish.at)),
        )
    if isinstance(wish, Divide):
        parts = [Share(names.balance(name), Quantity(part, None)) for name, part in wish.parts]
        return Post(
            reference=names.reference(wish.reference),
            currency=names.money("own"),
            quantity=Quantity(wish.amount, None),
            source=names.balance(wish.source),
            destination="",
            precision=100,
            allow_overdraft=wish.overdraft,
            inflight=wish.held,
            description=wish.note or None,
            later=_later(wish.later, names),
            destinations=(*parts[:-1], Share(parts[-1].balance, Left())),
        )
    hold = names.transaction(wish.hold)
    return SettleOperation(
        reference=names.reference(wish.reference)
        if wish.reference
        else f"ledgerd:{'void' if wish.void else 'commit'}:{hold}",
        hold_id=hold,
        void=wish.void,
        quantity=None if wish.amount is None else Quantity(wish.amount, None),
        description=wish.note or None,
    )
