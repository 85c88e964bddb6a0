"""The order of decisions: has it been recorded, is it for later, which rules decide it, what fails together.

1. Has the reference been recorded?   Same content: the same answer again. Different: rejected (replay.py).
2. Is it deferred?                    deferred.py judges by what cannot change until then.
3. Is it an amendment or nomination?  amendments.py, which applies what was deferred by the rules of 4.
4. Otherwise it moves money now:      posting.py, splits.py, holds.py, refunds.py, compound.py.

Nothing here is called from the modules named; each imports only those that it stands on.
"""

from collections.abc import Sequence

from ledgerd.core import amendments, dispatch
from ledgerd.core.book import Book
from ledgerd.core.decision import Decision
from ledgerd.core.effects import BatchRecord, DeferredChange, HeaderEntry, Movement, Unchanged
from ledgerd.core.model.operation import Amendment, Apply, Moving, Operation, Post, Refund, ResolveHold
from ledgerd.core.model.rejection import Reason, Rejection
from ledgerd.core.plan import Plan
from ledgerd.core.replay import Replay, repeat

Outcome = Movement | HeaderEntry | DeferredChange | Unchanged | Replay | Rejection


def decide(operation: Operation, decision: Decision) -> Outcome:
    """Decide one request. A rejection leaves the Book as it was."""
    book = decision.book
    recorded = book.references.get(operation.reference)
    if recorded is not None:
        return repeat(operation, recorded, book)
    if isinstance(operation, Apply):
        return amendments.apply_nominated(operation, decision)
    if operation.unfit is not None:
        return operation.unfit
    outcome = _decide_new(operation, decision)
    if isinstance(outcome, Movement | HeaderEntry):
        book.references[operation.reference] = outcome
    return outcome


def _decide_new(
    operation: Moving | Amendment, decision: Decision
) -> Movement | HeaderEntry | DeferredChange | Rejection:
    if isinstance(operation, Post | Refund):
        if operation.deferral is not None:
            return dispatch.defer(operation, operation.deferral, decision)
        return dispatch.move(operation, decision)
    if isinstance(operation, ResolveHold):
        return dispatch.move(operation, decision)
    return amendments.decide_amendment(operation, decision)


# Groups ----------------------------------------------------------------------------------------


def decide_together(operations: Sequence[Operation], decision: Decision) -> list[Outcome]:
    """Decide a group that must succeed together. If one is rejected, all are and nothing moves."""
    outcomes = _repeat_together(operations, decision.book)
    if outcomes is not None:
        return outcomes
    savepoint = decision.plan.savepoint()
    outcomes = []
    for operation in operations:
        outcome = decide(operation, decision)
        if isinstance(outcome, Rejection):
            decision.plan.rollback_to(savepoint, decision.book)
            return _reject_all(len(operations), {len(outcomes): outcome})
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


def _reject_all(count: int, rejections: dict[int, Rejection]) -> list[Outcome]:
    neighbour = Rejection(Reason.NOT_APPLIED_WITH_GROUP, {"failed_index": str(min(rejections))})
    return [rejections.get(place, neighbour) for place in range(count)]


def record_batch(plan: Plan, *, batch_id: str, atomic: bool, outcomes: Sequence[Outcome], malformed: int) -> None:
    """Add the batch's own record to the plan, if it posted anything.

    ``malformed`` counts its operations that could not be read: they have no outcome here and were
    rejected all the same.
    """
    posted = sum(isinstance(outcome, Movement | HeaderEntry) for outcome in outcomes)
    replayed = sum(isinstance(outcome, Replay) for outcome in outcomes)
    if posted:
        total = len(outcomes) + malformed
        rejected = total - posted - replayed
        plan.effects.append(BatchRecord(plan.next_ordinal, batch_id, atomic, total, posted, replayed, rejected))
