"""Taking back what a plan gathered since a mark: a group, or a split, that is rejected after it began to move."""

from typing import NamedTuple

from ledgerd.core.book import Book, Plan
from ledgerd.core.model.figures import unmove


class Mark(NamedTuple):
    """How far a plan had come."""

    movements: int
    transitions: int
    firings: int
    records: int
    changes: int


def mark(plan: Plan) -> Mark:
    """Where the plan stands now."""
    return Mark(len(plan.movements), len(plan.transitions), len(plan.firings), len(plan.records), len(plan.changes))


def take_back(book: Book, plan: Plan, to: Mark) -> None:
    """Undo what came after the mark, newest first. What was read stays read: the rejection depends on it."""
    changes = plan.changes[to.changes :]
    moved = [*plan.movements[to.movements :], *(change.movement for change in changes if change.movement is not None)]
    for movement in sorted(moved, key=lambda one: one.ordinal, reverse=True):
        movement.source.figures, movement.destination.figures = unmove(
            movement.kind,
            movement.amount,
            movement.source_figures,
            movement.destination_figures,
            movement.released,
        )
        if movement.sides_before is not None:
            movement.source.not_before, movement.destination.not_before = movement.sides_before
        if movement.header_id is None and movement.applies is None:
            del book.references[movement.operation.reference]
    for transition in reversed(plan.transitions[to.transitions :]):
        parent = transition.parent
        parent.committed, parent.voided, parent.refunded = transition.before
        parent.expired &= not transition.expired
    for change in reversed(changes):
        change.deferred.status, change.deferred.scheduled_at = change.before
        if not change.is_applied and not change.deferred.legs:
            _queue_again(book, change.deferred.source_id, change.deferred.amount)
    for record in plan.records[to.records :]:
        written = record.transaction
        if written.deferred_as is not None:
            plan.capacity += 1
            if written.source_id is not None and not written.leg_ids:
                _queue_again(book, written.source_id, -(written.amount or 0))
        # A header whose legs were rejected has not got its reference yet.
        book.references.pop(record.operation.reference, None)
    del plan.movements[to.movements :], plan.transitions[to.transitions :]
    del plan.firings[to.firings :], plan.records[to.records :], plan.changes[to.changes :]


def _queue_again(book: Book, source_id: str, amount: int | None) -> None:
    if source_id in book.queued:
        book.queued[source_id] += amount or 0
