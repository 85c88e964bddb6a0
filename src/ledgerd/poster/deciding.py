"""Decides a batch of submissions, in order, on a Book."""

from collections.abc import Sequence

from ledgerd.core.book import Book, Plan
from ledgerd.core.posting import Outcome, decide, decide_together, record_batch
from ledgerd.poster.submission import Submission


def decide_all(submissions: Sequence[Submission], book: Book, plan: Plan) -> list[list[Outcome]]:
    """The outcomes of each submission. The plan then holds what is to be written."""
    return [_decide_one(submission, book, plan) for submission in submissions]


def _decide_one(submission: Submission, book: Book, plan: Plan) -> list[Outcome]:
    batch_id = submission.batch_id
    if submission.atomic:
        assert batch_id is not None, "an atomic submission is a batch"
        outcomes = decide_together(submission.operations, book, plan, batch_id)
    else:
        outcomes = [decide(operation, book, plan, batch_id) for operation in submission.operations]
    if batch_id is not None and not submission.is_part:
        record_batch(plan, batch_id=batch_id, atomic=submission.atomic, outcomes=outcomes)
    return outcomes
