"""An entry point to the ledger: its write path, without the gRPC service."""

from ledgerd.core.decide import Outcome
from ledgerd.core.effects import HeaderEntry
from ledgerd.core.model import operation as core
from ledgerd.core.model.allocation import Remainder, Share
from ledgerd.core.model.amount import Quantity
from ledgerd.core.model.rejection import Rejection
from ledgerd.core.replay import Replay
from tests.model.entry_points import REVIEWER, Answer, Names
from tests.model.requests import Amendment, Cancel, Deferral, Payment, Refund, Request, Reschedule, Review, Split
from tests.poster.harness import Harness, id_of, said


class WritePath:
    """The write path of one process."""

    def __init__(self, harness: Harness) -> None:
        self._harness = harness

    async def send(
        self, requests: list[Request], names: Names, *, atomic: bool, as_batch: bool, preview: bool
    ) -> list[Answer]:
        operations = [operation(request, names) for request in requests]
        if preview:
            batch_id = self._harness.ids_and_clock.id("bat") if atomic else None
            outcomes = await self._harness.poster.preview(operations, atomic=atomic, batch_id=batch_id)
        elif atomic or as_batch:
            outcomes = await self._harness.batch(operations, atomic=atomic)
        else:
            outcomes = await self._harness.chunk(operations)
        return [_answer(outcome) for outcome in outcomes]


def _answer(outcome: Outcome) -> Answer:
    if isinstance(outcome, Rejection):
        return Answer(said(outcome))
    recorded = outcome.recorded if isinstance(outcome, Replay) else outcome
    changes = recorded.changes if isinstance(outcome, HeaderEntry) else ()
    return Answer(said(outcome), id_of(outcome), recorded.status, changes[-1].status if changes else None)


def _deferral(deferral: Deferral | None, names: Names) -> core.Deferral | None:
    if deferral is None:
        return None
    return core.Deferral(names.time(deferral.at), deferral.review, None, deferral.check_queued)


def _amend(amendment: Amendment, names: Names) -> core.Operation:
    reference, subject = names.amendment_reference(amendment), names.transaction(amendment.of)
    note = amendment.note or None
    if isinstance(amendment, Cancel):
        return core.Cancel(reference, subject, note)
    if isinstance(amendment, Reschedule):
        return core.Reschedule(reference, subject, names.time(amendment.at), note)
    return core.Verdict(reference, subject, amendment.approves, REVIEWER, note)


def operation(request: Request, names: Names) -> core.Operation:
    if isinstance(request, Payment):
        return core.Post(
            reference=names.reference(request.reference),
            currency=names.money(request.currency),
            quantity=Quantity(request.amount, None),
            source=names.balance(request.source),
            destination=names.balance(request.destination),
            precision=100,
            allow_overdraft=request.overdraft,
            overdraft_limit=None if request.limit is None else Quantity(request.limit, None),
            inflight=request.held,
            description=request.note or None,
            allow_over_commit=request.allow_over_commit,
            deferral=_deferral(request.deferral, names),
        )
    if isinstance(request, Cancel | Reschedule | Review):
        return _amend(request, names)
    if isinstance(request, Refund):
        return core.Refund(
            reference=names.reference(request.reference),
            transaction_id=names.transaction(request.of),
            quantity=None if request.amount is None else Quantity(request.amount, None),
            allow_overdraft=request.overdraft,
            description=request.note or None,
            deferral=None if request.at is None else core.Deferral(names.time(request.at)),
        )
    if isinstance(request, Split):
        shares = [Share(names.balance(name), Quantity(amount, None)) for name, amount in request.shares]
        return core.Post(
            reference=names.reference(request.reference),
            currency=names.money("own"),
            quantity=Quantity(request.amount, None),
            source=names.balance(request.source),
            destination="",
            precision=100,
            allow_overdraft=request.overdraft,
            inflight=request.held,
            description=request.note or None,
            deferral=_deferral(request.deferral, names),
            destinations=(*shares[:-1], Share(shares[-1].balance, Remainder())),
        )
    hold = names.transaction(request.hold)
    return core.ResolveHold(
        reference=names.reference(request.reference)
        if request.reference
        else f"ledgerd:{'void' if request.void else 'commit'}:{hold}",
        hold_id=hold,
        void=request.void,
        quantity=None if request.amount is None else Quantity(request.amount, None),
        description=request.note or None,
    )
