"""Commits, voids and refunds of several at once: of a split or of a whole batch, by its id.

One header record stands for the call, with a leg for every hold that still holds something, or for every
movement that can still be given back. They stand or fall together, and are judged in the same order as
those of a single transaction. A partial amount is spread over the legs in proportion to what each has
remaining (core/split.distribute); it is never more than all of them have, whatever a single hold allows.
"""

from collections.abc import Callable, Sequence

from ledgerd.core import funds, holds, refunds
from ledgerd.core.applying import parent_of
from ledgerd.core.book import Book, Change, HeaderEntry, Movement, Plan
from ledgerd.core.deferred_compound import defer_compound_refund
from ledgerd.core.headers import Leg, Part, apply_header, close, open_header
from ledgerd.core.holds import HoldProposal, hold_numbers
from ledgerd.core.model import limits
from ledgerd.core.model.allocation import distribute
from ledgerd.core.model.amount import Quantity, minor_units
from ledgerd.core.model.figures import Kind, Status
from ledgerd.core.model.ids import BATCH
from ledgerd.core.model.operation import Cause, Deferred, Refund, ResolveHold
from ledgerd.core.model.parent import Parent
from ledgerd.core.model.rejection import Reason, Rejection
from ledgerd.core.model.request_json import batch_text
from ledgerd.core.moving import move_forward, record_movement
from ledgerd.core.refunds import RefundProposal
from ledgerd.core.undoing import mark, take_back

_Check = Callable[[Part, int], Rejection | None]
"""What stands against moving so much of one part."""


def decide_compound(
    operation: ResolveHold | Refund,
    header: Parent,
    book: Book,
    plan: Plan,
    batch_id: str | None,
    applies: Deferred | None = None,
) -> HeaderEntry | Change | Rejection:
    """Decide a commit, void or refund of a split or batch. A rejection leaves the Book as it was. ``fills`` is what
    waited, if this is its application: then it is filled in, and only its legs are recorded."""
    if isinstance(operation, ResolveHold):
        return _resolve(operation, header, book, plan, batch_id)
    return _refund(operation, header, book, plan, batch_id, applies)


def _resolve(
    resolve: ResolveHold, header: Parent, book: Book, plan: Plan, batch_id: str | None
) -> HeaderEntry | Change | Rejection:
    hold_legs = [leg for leg in _legs(header, book, plan) if leg.parent.kind is Kind.HOLD]
    if not hold_legs:
        return Rejection(Reason.NOT_A_HOLD, {"transaction": header.id})
    if header.waits is not None:
        return Rejection(Reason.HOLD_NOT_IN_PLACE, {"hold": header.id, "status": header.waits.value})
    by_caller = resolve.cause is Cause.CALLER
    late = [by_caller and holds.has_expired(leg.parent, plan.now) for leg in hold_legs]
    open_holds = [leg for leg, is_late in zip(hold_legs, late, strict=True) if leg.left and not is_late]
    if any(late) and not (resolve.void and open_holds):
        # A commit is of all or none. A void releases what there still is to release.
        first = hold_legs[late.index(True)]
        return _of_leg(holds.expired(first.parent), first)
    if not open_holds:
        return Rejection(Reason.HOLD_SETTLED, {"hold": header.id} | _hold_numbers(header))

    def asked(one: Part, amount: int) -> HoldProposal:
        return HoldProposal(resolve, one.parent, one.source, one.destination, amount, True, plan.now)

    for rule in (holds.hold_source_is_open, holds.hold_destination_is_open):
        for hold in open_holds:
            rejection = rule(asked(hold, hold.left))
            if rejection is not None:
                return _of_leg(rejection, hold)
    amounts = _amounts(resolve.quantity, header, open_holds)
    if isinstance(amounts, Rejection):
        return amounts
    kind, status = (Kind.VOID, Status.VOID) if resolve.void else (Kind.COMMIT, Status.APPLIED)
    return _move(
        resolve,
        header,
        book,
        plan,
        batch_id,
        (kind, status),
        list(zip(open_holds, amounts, strict=True)),
        lambda one, amount: holds.resolution_keeps_totals_bounded(asked(one, amount)),
    )


def _refund(
    refund: Refund, header: Parent, book: Book, plan: Plan, batch_id: str | None, applies: Deferred | None
) -> HeaderEntry | Change | Rejection:
    """Give back, the latest movement first: what it gives back is what those before it may need."""
    parts = [
        Part(leg.parent, leg.destination, leg.source, leg.parent.refundable)
        for leg in reversed(_legs(header, book, plan))
    ]
    if refund.deferral is not None:
        return defer_compound_refund(refund, header, parts, book, plan, batch_id)
    if header.waits is not None or not any(part.parent.kind is Kind.POSTING or part.parent.committed for part in parts):
        return Rejection(Reason.NOT_REFUNDABLE, {"transaction": header.id} | _standing(header))
    given = [part for part in parts if part.left]
    if not given:
        return _exceeded(header, 0, 0)

    def asked(one: Part, amount: int) -> RefundProposal:
        return RefundProposal(refund, one.parent, one.source, one.destination, amount, True)

    for rule in (refunds.refunder_is_open, refunds.refunded_is_open):
        for one in given:
            rejection = rule(asked(one, one.left))
            if rejection is not None:
                return _of_leg(rejection, one)
    amounts = _amounts(refund.quantity, header, given)
    if isinstance(amounts, Rejection):
        return amounts
    return _move(
        refund,
        header,
        book,
        plan,
        batch_id,
        (Kind.REFUND, Status.APPLIED),
        list(zip(given, amounts, strict=True)),
        lambda one, amount: next(
            (rejection for rule in _REFUND_RULES if (rejection := rule(asked(one, amount))) is not None), None
        ),
        applies,
    )


_REFUND_RULES = (
    refunds.refunder_has_funds,
    refunds.refunded_stays_below_ceiling,
    refunds.refunded_totals_stay_bounded,
)


# How much of each ------------------------------------------------------------------------------


def _amounts(quantity: Quantity | None, header: Parent, parts: Sequence[Part]) -> list[int] | Rejection:
    """What each part gives: all that is left of it, or its share of what was asked."""
    left = [part.left for part in parts]
    if len(parts) > limits.LEGS_MAX:
        numbers = {"unit": "legs", "asked": str(len(parts)), "limit": str(limits.LEGS_MAX)}
        return Rejection(Reason.TOO_MANY_ITEMS, numbers)
    if quantity is None:
        return left
    currencies = {part.source.currency for part in parts}
    if len(currencies) > 1:
        return Rejection(
            Reason.CURRENCY_MISMATCH, {"transaction": header.id, "currencies": ",".join(sorted(currencies))}
        )
    precisions = {part.source.precision for part in parts}
    if len(precisions) > 1:
        listed = ",".join(map(str, sorted(precisions)))
        return Rejection(Reason.PRECISION_MISMATCH, {"transaction": header.id, "precisions": listed})
    amount = minor_units(quantity, precisions.pop())
    if amount is None:
        return funds.too_precise(parts[0].source)
    rejection = funds.bounded(amount)
    if rejection is not None:
        return rejection
    if amount > sum(left):
        return _above(header, amount, sum(left), parts)
    return distribute(amount, left)


def _above(header: Parent, amount: int, left: int, parts: Sequence[Part]) -> Rejection:
    """More was asked than there is. A refund is the one that goes against its movement."""
    if parts[0].source.id != parts[0].parent.source_id:
        return _exceeded(header, amount, left)
    numbers = {"hold": header.id, "asked": str(amount), "remaining": str(left)}
    return Rejection(Reason.HOLD_EXCEEDED, numbers | _hold_numbers(header))


# All at once -----------------------------------------------------------------------------------


def _legs(header: Parent, book: Book, plan: Plan) -> list[Part]:
    """What a split or batch consists of, in order. Whatever is decided depends on their balances."""
    parts = []
    for leg_id in header.leg_ids:
        one = parent_of(book, leg_id)
        assert one is not None, "a header is read with its legs"
        source, destination = book.accounts[one.source_id], book.accounts[one.destination_id]
        plan.read.setdefault(source, source.figures)
        plan.read.setdefault(destination, destination.figures)
        parts.append(Part(one, source, destination, one.remaining if one.kind is Kind.HOLD else 0))
    return parts


def _move(
    operation: ResolveHold | Refund,
    header: Parent,
    book: Book,
    plan: Plan,
    batch_id: str | None,
    as_what: tuple[Kind, Status],
    parts: list[tuple[Part, int]],
    check: _Check,
    applies: Deferred | None = None,
) -> HeaderEntry | Change | Rejection:
    """Move every part that gives something; then the splits that they belong to."""
    kind, status = as_what
    moving = [(one, amount) for one, amount in parts if amount]
    legs = [Leg(one.source, one.destination, amount) for one, amount in moving]
    is_batch = header.id.startswith(BATCH)
    before = mark(plan)
    record: HeaderEntry | Change
    if applies is None:
        parent_id, asked = (None, batch_text(header.id)) if is_batch else (header.id, None)
        record = open_header(plan, operation, kind, status, legs, batch_id, parent_id=parent_id, request_json=asked)
        record_id, record_key = record.id, plan.block.hex(record.ordinal)
    else:
        record = apply_header(plan, applies, status, legs)
        record_id, record_key = applies.id, applies.key
    moved: list[Movement] = []
    splits: dict[str, tuple[Parent, int]] = {}
    for one, amount in moving:
        rejection = check(one, amount)
        if rejection is not None:
            take_back(book, plan, before)
            return _of_leg(rejection, one)
        moved.append(
            record_movement(
                plan,
                operation,
                kind,
                status,
                amount,
                one.source,
                one.destination,
                None,
                one.parent,
                batch_id,
                header_id=record_id,
            )
        )
        if one.parent.header is not None:
            split, so_far = splits.get(one.parent.header.id, (one.parent.header, 0))
            splits[split.id] = (split, so_far + amount)
    expired = isinstance(operation, ResolveHold) and operation.cause is Cause.EXPIRY
    for split, amount in splits.values():
        transition = move_forward(plan, split, record_key, kind, amount, expired=expired)
        if split is header and isinstance(record, HeaderEntry):
            record.transition = transition
    return close(record, moved) if isinstance(record, HeaderEntry) else record


# Rejections --------------------------------------------------------------------------------------


def _of_leg(rejection: Rejection, one: Part) -> Rejection:
    return rejection._replace(details={**rejection.details, "leg": one.parent.id})


def _hold_numbers(header: Parent) -> dict[str, str]:
    return hold_numbers(header) if header.is_hold else {}


def _standing(header: Parent) -> dict[str, str]:
    return {} if header.id.startswith(BATCH) else {"status": header.status.value, "kind": header.kind.value}


def _exceeded(header: Parent, asked: int, remaining: int) -> Rejection:
    numbers = {"transaction": header.id, "asked": str(asked), "remaining": str(remaining)}
    return Rejection(Reason.REFUND_EXCEEDED, numbers)
