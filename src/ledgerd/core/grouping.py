"""Groups: requests that stand and fall together, and the record that a batch leaves."""

from collections.abc import Sequence

from ledgerd.core.book import BatchRecord, Book, HeaderEntry, Movement, Plan
from ledgerd.core.model.operation import Operation
from ledgerd.core.model.rejection import Reason, Rejection
from ledgerd.core.posting import Outcome, Replay, decide, repeat
from ledgerd.core.undoing import mark, take_back


def decide_together(operations: Sequence[Operation], book: Book, plan: Plan, batch_id: str) -> list[Outcome]:
    """Decide a group that must succeed together. If one is rejected, all are and nothing moves."""
    outcomes = _repeat_together(operations, book)
    if outcomes is not None:
        return outcomes
    before = mark(plan)
    outcomes = []
    for operation in operations:
        outcome = decide(operation, book, plan, batch_id)
        if isinstance(outcome, Rejection):
            take_back(book, plan, before)
            return _reject_all(len(operations), {len(outcomes): outcome})
        outcomes.append(outcome)
    return outcomes


def record_batch(plan: Plan, *, batch_id: str, atomic: bool, outcomes: Sequence[Outcome], malformed: int) -> None:
    """Add the batch's own record to the plan, if it posted anything.

    ``malformed`` counts its operations that could not be read: they have no outcome here and were
    rejected all the same.
    """
    posted = sum(isinstance(outcome, Movement | HeaderEntry) for outcome in outcomes)
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
        return _reject_all(
            len(operations),
            {
                place: Rejection(Reason.REFERENCES_ALREADY_RECORDED, {"reference": operation.reference})
                for place, operation in enumerate(operations)
                if recorded[place] is not None
            },
        )
    repeats: list[Outcome] = [repeat(*pair, book) for pair in zip(operations, known, strict=True)]
    conflicts = {place: one for place, one in enumerate(repeats) if isinstance(one, Rejection)}
    return _reject_all(len(operations), conflicts) if conflicts else repeats


def _reject_all(count: int, rejections: dict[int, Rejection]) -> list[Outcome]:
    neighbour = Rejection(Reason.NOT_APPLIED_WITH_GROUP, {"failed_index": str(min(rejections))})
    return [rejections.get(place, neighbour) for place in range(count)]
