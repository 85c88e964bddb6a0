"""Decides a batch of submissions, in order, on a Book."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from ledgerd.core.book import Book
from ledgerd.core.decide import Outcome, decide, decide_together, record_batch
from ledgerd.core.decision import Decision
from ledgerd.core.plan import Plan
from ledgerd.core.replay import Replay
from ledgerd.poster.submission import Submission

_LARGE = 500
_AT_LEAST = 2
"""The submissions that are always decided: the first of each kind of traffic, so that neither waits for ever."""


@dataclass(slots=True, eq=False)
class Decided:
    """Submissions that one plan decides, with their answers for when the plan is recorded."""

    submissions: list[Submission]
    plan: Plan
    outcomes: list[list[Outcome]]

    @property
    def repeats(self) -> bool:
        """Whether an outcome says that its operation is recorded already."""
        return any(isinstance(outcome, Replay) for answers in self.outcomes for outcome in answers)

    def answer(self) -> None:
        for submission, outcomes in zip(self.submissions, self.outcomes, strict=True):
            submission.resolve(outcomes)


async def decide_all(
    submissions: Sequence[Submission], book: Book, plan: Plan, plan_entries: int
) -> list[list[Outcome]]:
    """The outcomes of each submission. The plan then has what is to be written.

    Where the plan gets more than ``plan_entries``, the outcomes end early: submissions without outcomes were not
    decided. The function does not yield inside a submission. Between large submissions it yields, so that the preceding
    batch can be recorded. No other task touches the Book meanwhile.
    """
    outcomes: list[list[Outcome]] = []
    for submission in submissions:
        if len(outcomes) >= _AT_LEAST and plan.entries > plan_entries:
            break
        outcomes.append(_decide_one(submission, book, plan))
        if len(submission.operations) >= _LARGE:
            await asyncio.sleep(0)
    return outcomes


def _decide_one(submission: Submission, book: Book, plan: Plan) -> list[Outcome]:
    batch_id = submission.batch_id
    decision = Decision(book, plan, batch_id, submission.caller.principal)
    if submission.lease is not None:
        plan.leases.add(submission.lease)
    if submission.atomic:
        assert batch_id is not None, "an atomic submission is a batch"
        outcomes = decide_together(submission.operations, decision)
    else:
        outcomes = [decide(operation, decision) for operation in submission.operations]
    if batch_id is not None and not submission.is_part:
        record_batch(
            plan,
            batch_id=batch_id,
            atomic=submission.atomic,
            outcomes=outcomes,
            malformed=submission.malformed,
            metadata=submission.metadata,
        )
    return outcomes
