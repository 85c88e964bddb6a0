"""Commits, voids and refunds of a whole split or batch, by its id.

One header stands for the call, with a leg for every hold that still holds something, or for every movement that can
still be refunded. All are recorded or none. Each leg is judged by the rules for a single hold or movement, but for
those that are asked of the whole instead (ASKED_OF_THE_WHOLE). A partial amount is spread over the legs in proportion
to what remains of each (core/model/allocation.py distribute); it is never more than remains of all, whatever a single
hold allows.
"""

from collections.abc import Callable, Iterable, Sequence

from ledgerd.core import funds, holds, refunds
from ledgerd.core.book import Book
from ledgerd.core.decision import Decision
from ledgerd.core.effects import DeferredChange, HeaderEntry, Movement
from ledgerd.core.funds import Subject
from ledgerd.core.headers import Leg, Part, apply_header, close, open_header
from ledgerd.core.holds import HOLD_BALANCE_RULES, HOLD_MONEY_RULES, HoldProposal, hold_numbers
from ledgerd.core.model import limits
from ledgerd.core.model.account import Account
from ledgerd.core.model.allocation import distribute
from ledgerd.core.model.amount import Available, Quantity, minor_units
from ledgerd.core.model.figures import Kind, Status
from ledgerd.core.model.ids import BATCH
from ledgerd.core.model.operation import Cause, Refund, ResolveHold
from ledgerd.core.model.parent import Parent
from ledgerd.core.model.rejection import Reason, Rejection
from ledgerd.core.model.request_json import compound_text
from ledgerd.core.moving import move_forward, record_movement
from ledgerd.core.refunds import REFUND_BALANCE_RULES, REFUND_MONEY_RULES, RefundProposal

ASKED_OF_THE_WHOLE = (
    holds.hold_is_in_place,
    holds.hold_is_open,
    holds.resolved_amount_is_whole,
    holds.resolved_amount_is_bounded,
    holds.hold_covers_amount,
    refunds.something_was_moved,
    refunds.something_is_left,
    refunds.refunded_amount_is_whole,
    refunds.refunded_amount_is_bounded,
    refunds.refunds_stay_within_parent,
)
"""The rules for a single hold or movement that are not asked of each leg: the header, and the amount as a whole, are
asked instead."""

_Check = Callable[[Part, int], Rejection | None]
"""What stands against moving so much of one part."""


def decide_compound(
    operation: ResolveHold | Refund, header: Parent, decision: Decision
) -> HeaderEntry | DeferredChange | Rejection:
    """Decide a commit, void or refund of a split or batch. A rejection leaves the Book as it was."""
    if isinstance(operation, ResolveHold):
        return _resolve(operation, header, decision)
    return _refund(operation, header, decision)


def _resolve(resolve: ResolveHold, header: Parent, decision: Decision) -> HeaderEntry | DeferredChange | Rejection:
    now = decision.plan.now
    open_holds = _open_holds(resolve, header, decision)
    if isinstance(open_holds, Rejection):
        return open_holds

    def propose(part: Part, amount: int) -> HoldProposal:
        return HoldProposal(resolve, part.parent, part.source, part.destination, amount, True, now)

    rejection = _first_of_legs(HOLD_BALANCE_RULES, open_holds, propose)
    if rejection is not None:
        return rejection
    amounts = _amounts(resolve.quantity, header, open_holds)
    if isinstance(amounts, Rejection):
        return amounts

    def check(part: Part, amount: int) -> Rejection | None:
        return funds.first_rejection(HOLD_MONEY_RULES, propose(part, amount))

    taken = list(zip(open_holds, amounts, strict=True))
    return _move(resolve, header, decision, holds.kind_and_status(resolve), taken, check)


def _open_holds(resolve: ResolveHold, header: Parent, decision: Decision) -> list[Part] | Rejection:
    """The legs that still hold something. From a hold's expiry on a caller can only void what has not expired."""
    hold_legs = [leg for leg in legs_of(header, decision) if leg.parent.kind is Kind.HOLD]
    if not hold_legs and not (header.unmoved is not None and header.inflight):
        return Rejection(Reason.NOT_A_HOLD, named(header, "transaction"))
    if header.unmoved is not None:
        return Rejection(Reason.HOLD_NOT_IN_PLACE, {"hold": header.id, "status": header.unmoved.value})
    by_caller = resolve.cause is Cause.CALLER
    late = [by_caller and holds.has_expired(leg.parent, decision.plan.now) for leg in hold_legs]
    open_holds = [leg for leg, is_late in zip(hold_legs, late, strict=True) if leg.remaining and not is_late]
    if any(late) and not (resolve.void and open_holds):
        # A commit is of all or none. A void releases what there still is to release.
        first = hold_legs[late.index(True)]
        return of_leg(holds.expired(first.parent), first)
    if not open_holds:
        return Rejection(Reason.HOLD_RESOLVED, named(header, "hold") | _hold_numbers(header))
    return open_holds


def refund_parts(header: Parent, decision: Decision) -> list[Part]:
    """The legs as they can be refunded, the latest movement first: what it refunds is what those before it may need."""
    return [
        Part(leg.parent, leg.destination, leg.source, leg.parent.refundable)
        for leg in reversed(legs_of(header, decision))
    ]


def _refund(refund: Refund, header: Parent, decision: Decision) -> HeaderEntry | DeferredChange | Rejection:
    parts = refund_parts(header, decision)
    moved = any(part.parent.kind is Kind.POSTING or part.parent.committed for part in parts)
    if header.unmoved is not None or not moved:
        return Rejection(Reason.NOT_REFUNDABLE, named(header, "transaction") | _standing(header))
    refundable = [part for part in parts if part.remaining]
    if not refundable:
        return _exceeded(header, 0, 0)

    def propose(part: Part, amount: int) -> RefundProposal:
        return RefundProposal(refund, part.parent, part.source, part.destination, amount, True)

    rejection = _first_of_legs(REFUND_BALANCE_RULES, refundable, propose)
    if rejection is not None:
        return rejection
    amounts = _amounts_to_refund(refund, header, refundable)
    if isinstance(amounts, Rejection):
        return amounts

    def check(part: Part, amount: int) -> Rejection | None:
        return funds.first_rejection(REFUND_MONEY_RULES, propose(part, amount))

    taken = list(zip(refundable, amounts, strict=True))
    return _move(refund, header, decision, (Kind.REFUND, Status.APPLIED), taken, check)


# How much of each ------------------------------------------------------------------------------


def _amounts(quantity: Quantity | None, header: Parent, parts: Sequence[Part]) -> list[int] | Rejection:
    """What is taken of each part: all that remains of it, or its share of what was asked."""
    remaining = [part.remaining for part in parts]
    rejection = _too_many(parts) or (None if quantity is None else _of_several_kinds(header, parts))
    if rejection is not None:
        return rejection
    if quantity is None:
        return remaining
    amount = minor_units(quantity, parts[0].source.precision)
    if amount is None:
        return funds.too_precise(parts[0].source)
    rejection = funds.bounded(amount)
    if rejection is not None:
        return rejection
    if amount > sum(remaining):
        return _above(header, amount, sum(remaining), parts)
    return distribute(amount, remaining)


def _amounts_to_refund(refund: Refund, header: Parent, parts: Sequence[Part]) -> list[int] | Rejection:
    """The same for a refund, which may also take of each part what the balance that pays has available, in the order
    of the parts: what a part refunds is there for those after it."""
    if not isinstance(refund.quantity, Available):
        return _amounts(refund.quantity, header, parts)
    is_bounded = refund.quantity.at_most is not None
    rejection = _too_many(parts) or (_of_several_kinds(header, parts) if is_bounded else None)
    if rejection is not None:
        return rejection
    left = sum(part.remaining for part in parts)
    if is_bounded:
        most = funds.most(refund.quantity, parts[0].source)
        if isinstance(most, Rejection):
            return most
        left = min(left, most)
    spendable: dict[Account, int] = {}
    for account in {part.source: None for part in parts}:
        has = funds.spendable(account, allow_overdraft=refund.allow_overdraft, limit=None)
        if isinstance(has, Rejection):
            return has
        spendable[account] = has
    amounts = []
    for part in parts:
        amount = max(0, min(part.remaining, spendable[part.source], left))
        spendable[part.source] -= amount
        if part.destination in spendable:
            spendable[part.destination] += amount
        left -= amount
        amounts.append(amount)
    if any(amounts):
        return amounts
    return of_leg(
        funds.nothing_available(parts[0].source, allow_overdraft=refund.allow_overdraft, limit=None), parts[0]
    )


def _too_many(parts: Sequence[Part]) -> Rejection | None:
    if len(parts) <= limits.LEGS_MAX:
        return None
    numbers = {"unit": "legs", "requested": str(len(parts)), "limit": str(limits.LEGS_MAX)}
    return Rejection(Reason.TOO_MANY_ITEMS, numbers)


def _of_several_kinds(header: Parent, parts: Sequence[Part]) -> Rejection | None:
    """An amount has one currency and one precision."""
    currencies = {part.source.currency for part in parts}
    if len(currencies) > 1:
        return Rejection(
            Reason.CURRENCY_MISMATCH, named(header, "transaction") | {"currencies": ",".join(sorted(currencies))}
        )
    precisions = {part.source.precision for part in parts}
    if len(precisions) > 1:
        listed = ",".join(map(str, sorted(precisions)))
        return Rejection(Reason.PRECISION_MISMATCH, named(header, "transaction") | {"precisions": listed})
    return None


def _above(header: Parent, amount: int, remaining: int, parts: Sequence[Part]) -> Rejection:
    """More was asked than there is. A refund is the one that goes against its movement."""
    if parts[0].source.id != parts[0].parent.source_id:
        return _exceeded(header, amount, remaining)
    numbers = named(header, "hold") | {"requested": str(amount), "remaining": str(remaining)}
    return Rejection(Reason.HOLD_EXCEEDED, numbers | _hold_numbers(header))


# All at once -----------------------------------------------------------------------------------


def legs_of(header: Parent, decision: Decision) -> list[Part]:
    """What a split or batch consists of, in order. Whatever is decided depends on their balances.

    What is deferred in a batch has no part in it yet. It is read all the same: a decision before this one may apply it.
    """
    book, plan, parts = decision.book, decision.plan, []
    for leg in _moved_in_batch(header, book) if header.id.startswith(BATCH) else _legs(header, book):
        source, destination = book.accounts[leg.source_id], book.accounts[leg.destination_id]
        plan.read(source)
        plan.read(destination)
        parts.append(Part(leg, source, destination, leg.remaining if leg.kind is Kind.HOLD else 0))
    return parts


def _legs(header: Parent, book: Book) -> list[Parent]:
    legs = [book.parent(leg_id) for leg_id in header.leg_ids]
    assert None not in legs, "a header is read with its legs"
    return [leg for leg in legs if leg is not None]


def _moved_in_batch(batch: Parent, book: Book) -> list[Parent]:
    """What moved of a batch. A split that divides late stands in it for the legs that it has since, which come last."""
    moved = [leg for leg in _legs(batch, book) if leg.unmoved is None]
    if any(leg.is_header for leg in moved):
        moved = [part for leg in moved for part in (_legs(leg, book) if leg.is_header else (leg,))]
        moved.sort(key=lambda leg: leg.key)
    return moved


def _move(
    operation: ResolveHold | Refund,
    header: Parent,
    decision: Decision,
    as_what: tuple[Kind, Status],
    taken: list[tuple[Part, int]],
    check: _Check,
) -> HeaderEntry | DeferredChange | Rejection:
    """Move every part of which something is taken; then the splits that they belong to."""
    (kind, status), plan = as_what, decision.plan
    moving = [(part, amount) for part, amount in taken if amount]
    if operation.effective_at is not None:
        plan.read_periods(*(side for part, _ in moving for side in (part.source, part.destination)))
    savepoint = plan.savepoint()
    entry, entry_id, entry_key = _open(operation, header, decision, as_what, moving)
    moved: list[Movement] = []
    splits: dict[str, tuple[Parent, int]] = {}
    for part, amount in moving:
        rejection = check(part, amount)
        if rejection is not None:
            plan.rollback_to(savepoint, decision.book)
            return of_leg(rejection, part)
        parent, source, destination, _ = part
        moved.append(
            record_movement(decision, operation, kind, status, amount, source, destination, None, parent, entry_id)
        )
        if parent.header is not None:
            split, so_far = splits.get(parent.header.id, (parent.header, 0))
            splits[split.id] = (split, so_far + amount)
    expired = isinstance(operation, ResolveHold) and operation.cause is Cause.EXPIRY
    for split, amount in splits.values():
        transition = move_forward(plan, split, entry_key, kind, amount, expired=expired)
        if split is header and isinstance(entry, HeaderEntry):
            entry.transition = transition
    return close(entry, moved) if isinstance(entry, HeaderEntry) else entry


def _open(
    operation: ResolveHold | Refund,
    header: Parent,
    decision: Decision,
    as_what: tuple[Kind, Status],
    moving: list[tuple[Part, int]],
) -> tuple[HeaderEntry | DeferredChange, str, str]:
    """The entry that stands for the call, with its id and key: a new one, or that of the deferred refund."""
    kind, status = as_what
    legs = [Leg(part.source, part.destination, amount) for part, amount in moving]
    deferred = decision.applies
    if deferred is not None:
        return apply_header(decision, deferred, status, legs), deferred.id, deferred.key
    parent_id, batch_id = (None, header.id) if header.id.startswith(BATCH) else (header.id, None)
    text = compound_text(batch_id, operation.quantity, moving[0][0].source.precision)
    entry = open_header(decision, operation, kind, status, legs, parent_id=parent_id, request_json=text)
    return entry, entry.id, decision.plan.block.hex(entry.ordinal)


# Rejections --------------------------------------------------------------------------------------


def _first_of_legs(
    rules: Iterable[Callable[[Subject], Rejection | None]],
    parts: Sequence[Part],
    propose: Callable[[Part, int], Subject],
) -> Rejection | None:
    """What the first rule that objects says, and of which leg. Every leg is asked by a rule before the next rule is."""
    for rule in rules:
        for part in parts:
            rejection = rule(propose(part, part.remaining))
            if rejection is not None:
                return of_leg(rejection, part)
    return None


def of_leg(rejection: Rejection, part: Part) -> Rejection:
    return rejection._replace(details={**rejection.details, "leg": part.parent.id})


def named(header: Parent, what: str) -> dict[str, str]:
    """How details name a split or a batch."""
    return {"batch" if header.id.startswith(BATCH) else what: header.id}


def _hold_numbers(header: Parent) -> dict[str, str]:
    return hold_numbers(header) if header.is_hold else {}


def _standing(header: Parent) -> dict[str, str]:
    return {} if header.id.startswith(BATCH) else {"status": header.status.value, "kind": header.kind.value}


def _exceeded(header: Parent, asked: int, remaining: int) -> Rejection:
    numbers = named(header, "transaction") | {"requested": str(asked), "remaining": str(remaining)}
    return Rejection(Reason.REFUND_EXCEEDED, numbers)
