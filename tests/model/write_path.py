"""An entry point to the ledger: its write path, without the gRPC service."""

from ledgerd.core.decide import Outcome
from ledgerd.core.effects import HeaderEntry
from ledgerd.core.model import operation as core
from ledgerd.core.model.allocation import Remainder, Share
from ledgerd.core.model.amount import Available, Quantity
from ledgerd.core.model.rejection import Rejection
from ledgerd.core.replay import Replay
from tests.model.entry_points import REVIEWER, Answer, Names
from tests.model.requests import (
    AdjustHold,
    Amendment,
    Cancel,
    Deferral,
    Payment,
    Pooled,
    Refund,
    Request,
    Reschedule,
    ResolveHold,
    Review,
    Split,
)
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
    return core.Deferral(names.time(deferral.at), deferral.review, None, deferral.check_deferred)


def _amend(amendment: Amendment, names: Names) -> core.Operation:
    target, note = _target(amendment, names), amendment.note or None
    # Derived once the target is found.
    reference = "" if target.reference and not amendment.reference else names.amendment_reference(amendment)
    if isinstance(amendment, Cancel):
        return core.Cancel(reference, target, note)
    if isinstance(amendment, Reschedule):
        return core.Reschedule(reference, target, names.time(amendment.at), note)
    return core.Verdict(reference, target, amendment.approves, note, on_behalf_of=REVIEWER)


def _target(request: ResolveHold | AdjustHold | Refund | Amendment, names: Names) -> core.Target:
    ((field, name),) = names.target(request).items()
    return core.Target(reference=name) if field == "reference" else core.Target(name)


def _quantity(amount: int | None, available: bool) -> Quantity | Available | None:
    quantity = None if amount is None else Quantity(amount, None)
    return Available(quantity) if available else quantity


def _pooled(request: Pooled, names: Names) -> core.Post:
    part = _quantity(request.at_most, True)
    sources = [Share(names.balance(name), part) for name in request.sources]
    if request.last_pays_remainder:
        sources[-1] = Share(sources[-1].balance, Remainder())
    return core.Post(
        reference=names.reference(request.reference),
        currency=names.money("own"),
        quantity=Quantity(request.amount, None),
        source="",
        destination=names.balance(request.destination),
        precision=100,
        allow_overdraft=request.overdraft,
        inflight=request.held,
        description=request.note or None,
        deferral=_deferral(request.deferral, names),
        sources=tuple(sources),
    )


def operation(request: Request, names: Names) -> core.Operation:
    if isinstance(request, Payment):
        return core.Post(
            reference=names.reference(request.reference),
            currency=names.money(request.currency),
            quantity=_quantity(request.amount, request.available),
            source=names.balance(request.source),
            destination=names.balance(request.destination),
            precision=100,
            allow_overdraft=request.overdraft,
            overdraft_limit=None if request.limit is None else Quantity(request.limit, None),
            inflight=request.held,
            description=request.note or None,
            allow_over_commit=request.allow_over_commit,
            deferral=_deferral(request.deferral, names),
            currency_given=bool(request.currency),
        )
    if isinstance(request, Cancel | Reschedule | Review):
        return _amend(request, names)
    if isinstance(request, Refund):
        return core.Refund(
            reference=names.reference(request.reference),
            target=_target(request, names),
            quantity=_quantity(request.amount, request.available),
            allow_overdraft=request.overdraft,
            description=request.note or None,
            deferral=None if request.at is None else core.Deferral(names.time(request.at)),
            effective_at=names.time(request.effective),
        )
    if isinstance(request, Split):
        shares = [Share(names.balance(name), Quantity(amount, None)) for name, amount in request.shares]
        return core.Post(
            reference=names.reference(request.reference),
            currency=names.money("own"),
            quantity=_quantity(None if request.available else request.amount, request.available),
            source=names.balance(request.source),
            destination="",
            precision=100,
            allow_overdraft=request.overdraft,
            inflight=request.held,
            description=request.note or None,
            deferral=_deferral(request.deferral, names),
            destinations=(*shares[:-1], Share(shares[-1].balance, Remainder())),
        )
    if isinstance(request, Pooled):
        return _pooled(request, names)
    return _about_hold(request, names)


def _about_hold(request: ResolveHold | AdjustHold, names: Names) -> core.Operation:
    target = _target(request, names)
    if isinstance(request, AdjustHold):
        return core.AdjustHold(
            reference=names.reference(request.reference),
            target=target,
            change=None if request.change is None else core.Change(request.change),
            quantity=None if request.amount is None else Quantity(request.amount, None),
            expires_at=names.time(request.expires),
            description=request.note or None,
        )
    derived = "" if target.reference else f"ledgerd:{'void' if request.void else 'commit'}:{target.id}"
    return core.ResolveHold(
        reference=names.reference(request.reference) if request.reference else derived,
        target=target,
        void=request.void,
        quantity=None if request.amount is None else Quantity(request.amount, None),
        description=request.note or None,
        effective_at=names.time(request.effective),
    )
