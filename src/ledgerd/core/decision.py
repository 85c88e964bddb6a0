"""What a decision is taken with: passed along as one."""

from dataclasses import dataclass

from ledgerd.core.book import Book
from ledgerd.core.model.operation import Deferred
from ledgerd.core.plan import Plan


@dataclass(slots=True, eq=False)
class Decision:
    """The context of the decisions of one submission.

    ``batch_id`` is the batch that the operations come with, ``created_by`` who asks; None for the anonymous caller.
    ``applies`` is the deferred transaction that is being applied, and ``cause_key`` what makes it be applied now: an
    amendment, or its own time.
    """

    book: Book
    plan: Plan
    batch_id: str | None = None
    created_by: str | None = None
    applies: Deferred | None = None
    cause_key: str | None = None

    def applying(self, deferred: Deferred, cause_key: str) -> "Decision":
        """The context in which a deferred transaction is applied: as it was asked, and by whom."""
        return Decision(self.book, self.plan, deferred.batch_id, deferred.created_by, deferred, cause_key)
