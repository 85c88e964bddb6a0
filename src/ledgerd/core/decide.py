"""The order of decisions: has it been recorded, is it for later, which rules decide it, what fails together.

1. Has the reference been recorded?   Same content: the same answer again. Different: rejected (replay.py).
2. Is it deferred?                    deferred.py judges by what cannot change until then.
3. Is it an amendment or nomination?  amendments.py, which applies what was deferred by the rules of 4.
4. Otherwise it moves money now:      posting.py, splits.py, holds.py, adjustments.py, refunds.py, compound.py.

Nothing here is called from the modules named; each imports only those that it stands on.
"""

from collections.abc import Sequence

from ledgerd.core import amendments, dispatch, targets
from ledgerd.core.book import Book
from ledgerd.core.decision import Decision
from ledgerd.core.effects import BatchRecord, DeferredChange, Effect, HeaderEntry, Movement, Unchanged
from ledgerd.core.model.ids import TRANSACTION
from ledgerd.core.model.operation import AdjustHold, Amendment, Apply, Moving, Operation, Post, Refund, ResolveHold
from ledgerd.core.model.rejection import Reason, Rejection
from ledgerd.core.plan import Plan
from ledgerd.core.replay import Replay, repeat

Outcome = Movement | HeaderEntry | DeferredChange | Unchanged | Replay | Rejection


def decide(operation: Operation, decision: Decision) -> Outcome:
    """Decide one request. A rejection leaves the Book as it was."""
    book = decision.book
    if type(operation) is not Post:
        operation = _found(operation, book)
    recorded = book.references.get(operation.reference)
    if recorded is not None:
        return repeat(operation, recorded, book)
    if isinstance(operation, Apply):
        return amendments.apply_nominated(operation, decision)
    if operation.unfit is not None:
        return operation.unfit
    outcome = _decide_new(operation, decision)
    if isinstance(outcome, (Movement, HeaderEntry)):
        book.references[operation.reference] = outcome
    return outcome


def _found(operation: Operation, book: Book) -> Operation:
    """The operation with the id of what it is about."""
    return operation if isinstance(operation, (Post, Apply)) else targets.find(operation, book)


def _decide_new(
    operation: Moving | Amendment, decision: Decision
) -> Movement | HeaderEntry | DeferredChange | Unchanged | Rejection:
    if isinstance(operation, (Post, Refund)):
        if operation.deferral is not None:
            return dispatch.defer(operation, operation.deferral, decision)
        return dispatch.move(operation, decision)
    if isinstance(operation, (ResolveHold, AdjustHold)):
        return dispatch.move(operation, decision)
    return amendments.decide_amendment(operation, decision)


# Groups ----------------------------------------------------------------------------------------


def decide_together(operations: Sequence[Operation], decision: Decision) -> list[Outcome]:
    """Decide a group that must succeed together. If one is rejected, all are and nothing moves."""
    # What an earlier operation of the group is going to record is not found yet.
    found = [operation if type(operation) is Post else _found(operation, decision.book) for operation in operations]
    outcomes = _repeat_together(found, decision.book)
    if outcomes is not None:
        return outcomes
    savepoint = decision.plan.savepoint()
    outcomes = []
    for operation in operations:
        outcome = decide(operation, decision)
        if isinstance(outcome, Rejection):
            undone = decision.plan.effects[savepoint:]
            decision.plan.rollback_to(savepoint, decision.book)
            return _reject_all(len(operations), {len(outcomes): _naming_references(outcome, undone)})
        outcomes.append(outcome)
    return outcomes


def _repeat_together(operations: Sequence[Operation], book: Book) -> list[Outcome] | None:
    """The answer to a group of which some references are recorded; None where none is.

    It is a repetition only if all were recorded, and by one and the same group.
    """
    recorded = [book.references.get(operation.reference) for operation in operations]
    known = [reference for reference in recorded if reference is not None]
    if not known:
        return None
    group = known[0].batch_id
    if len(known) < len(recorded) or group is None or any(reference.batch_id != group for reference in known):
        return _reject_all(
            len(operations),
            {
                place: Rejection(Reason.REFERENCES_ALREADY_RECORDED, {"reference": operation.reference})
                for place, operation in enumerate(operations)
                if recorded[place] is not None
            },
        )
    repeats: list[Outcome] = [repeat(*pair, book) for pair in zip(operations, known, strict=True)]
    conflicts = {place: outcome for place, outcome in enumerate(repeats) if isinstance(outcome, Rejection)}
    return _reject_all(len(operations), conflicts) if conflicts else repeats


def _naming_references(rejection: Rejection, undone: Sequence[Effect]) -> Rejection:
    """The rejection of a group, with the references of what it would have recorded instead of its ids: these are
    nobody's, until the next transactions of the plan get them."""
    if not any(value.startswith(TRANSACTION) for value in rejection.details.values()):
        return rejection
    written = [effect for effect in undone if isinstance(effect, (Movement, HeaderEntry))]
    names = {effect.id: effect.to_transaction().reference for effect in written}
    details = {}
    for name, value in rejection.details.items():
        if value not in names:
            details[name] = value
        elif (reference := names[value]) is not None:
            details["reference"] = reference
    return rejection._replace(details=details)


def _reject_all(count: int, rejections: dict[int, Rejection]) -> list[Outcome]:
    neighbour = Rejection(Reason.NOT_APPLIED_WITH_GROUP, {"failed_index": str(min(rejections))})
    return [rejections.get(place, neighbour) for place in range(count)]


def record_batch(
    plan: Plan, *, batch_id: str, atomic: bool, outcomes: Sequence[Outcome], malformed: int, metadata: str | None
) -> None:
    """Add the batch's own record to the plan, if it posted anything.

    ``malformed`` counts its operations that could not be read: they have no outcome here and were
    rejected all the same.
    """
    posted = sum(isinstance(outcome, (Movement, HeaderEntry)) for outcome in outcomes)
    replayed = sum(isinstance(outcome, Replay) for outcome in outcomes)
    if posted:
        total = len(outcomes) + malformed
        rejected = total - posted - replayed
        plan.effects.append(
            BatchRecord(plan.next_ordinal, batch_id, atomic, total, posted, replayed, rejected, metadata=metadata)
        )
