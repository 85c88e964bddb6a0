"""Groups: requests that stand and fall together, and the record that a batch leaves."""

from collections.abc import Sequence
from typing import Any

from ledgerd.core.book import BatchRecord, Book, Movement, Plan, Record
from ledgerd.core.figures import unmove
from ledgerd.core.operation import Operation
from ledgerd.core.posting import Outcome, Replay, decide, repeat
from ledgerd.core.rejection import Reason, Rejection


def decide_together(operations: Sequence[Operation], book: Book, plan: Plan, batch_id: str) -> list[Outcome]:
    """Decide a group that must succeed together. If one is refused, all are and nothing moves."""
    outcomes = _repeat_together(operations, book)
    if outcomes is not None:
        return outcomes
    marks = _marks(plan)
    outcomes = []
    for operation in operations:
        outcome = decide(operation, book, plan, batch_id)
        if isinstance(outcome, Rejection):
            _take_back(book, plan, marks)
            return _refuse_all(len(operations), {len(outcomes): outcome})
        outcomes.append(outcome)
    return outcomes


def record_batch(plan: Plan, *, batch_id: str, atomic: bool, outcomes: Sequence[Outcome], malformed: int) -> None:
    """Add the batch's own record to the plan, if it posted anything.

    ``malformed`` counts its operations that could not be read: they have no outcome here and were
    refused all the same.
    """
    posted = sum(isinstance(outcome, Movement | Record) for outcome in outcomes)
    replayed = sum(isinstance(outcome, Replay) for outcome in outcomes)
    if posted:
        asked = len(outcomes) + malformed
        rejected = asked - posted - replayed
        plan.batches.append(BatchRecord(plan.entries + 1, batch_id, atomic, asked, posted, replayed, rejected))


def _repeat_together(operations: Sequence[Operation], book: Book) -> list[Outcome] | None:
    """The answer to a group of which some references are recorded; None where none is.

    It is a repetition only if all were recorded, and by one and the same group.
    """
    recorded = [book.references.get(operation.reference) for operation in operations]
    known = [one for one in recorded if one is not None]
    if not known:
        return None
    group = known[0].batch_id
    if len(known) < len(recorded) or group is None or any(one.batch_id != group for one in known):
        return _refuse_all(
            len(operations),
            {
                place: Rejection(Reason.REFERENCES_ALREADY_RECORDED, {"reference": operation.reference})
                for place, operation in enumerate(operations)
                if recorded[place] is not None
            },
        )
    repeats: list[Outcome] = [repeat(*pair, book) for pair in zip(operations, known, strict=True)]
    conflicts = {place: one for place, one in enumerate(repeats) if isinstance(one, Rejection)}
    return _refuse_all(len(operations), conflicts) if conflicts else repeats


def _refuse_all(count: int, refusals: dict[int, Rejection]) -> list[Outcome]:
    neighbour = Rejection(Reason.NOT_APPLIED_WITH_GROUP, {"failed_index": str(min(refusals))})
    return [refusals.get(place, neighbour) for place in range(count)]


def _marks(plan: Plan) -> tuple[int, ...]:
    return tuple(len(entries) for entries in _lists(plan))


def _lists(plan: Plan) -> tuple[list[Any], ...]:
    """Everything that a decision adds to a plan."""
    return plan.movements, plan.settlements, plan.firings, plan.records, plan.changes


def _take_back(book: Book, plan: Plan, marks: tuple[int, ...]) -> None:
    """Undo what a group added to the plan since these marks, newest first."""
    movements, settlements, _, records, changes = (
        entries[mark:] for entries, mark in zip(_lists(plan), marks, strict=True)
    )
    for movement in reversed(movements):
        movement.source.figures, movement.destination.figures = unmove(
            movement.kind,
            movement.amount,
            movement.source_figures,
            movement.destination_figures,
            movement.released,
        )
        del book.references[movement.operation.reference]
    for settlement in reversed(settlements):
        original = settlement.original
        original.committed, original.voided, original.refunded = settlement.before
    for change in reversed(changes):
        change.waiting.status, change.waiting.scheduled_at = change.before
        _queue_again(book, change.waiting.source_id, change.waiting.amount)
    for record in records:
        del book.references[record.operation.reference]
        if record.transaction.accepted_as is not None and record.transaction.source_id is not None:
            _queue_again(book, record.transaction.source_id, -(record.transaction.amount or 0))
    for entries, mark in zip(_lists(plan), marks, strict=True):
        del entries[mark:]


def _queue_again(book: Book, source_id: str, amount: int | None) -> None:
    if source_id in book.queued:
        book.queued[source_id] += amount or 0
