"""Submissions that are not posted yet: a bounded queue that is fair to both kinds of traffic."""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from ledgerd.access.caller import ANONYMOUS, Caller
from ledgerd.core.decide import Outcome
from ledgerd.core.model.operation import Operation, share_count
from ledgerd.core.model.rejection import Reason, reject

BULK_SHARE = 0.9
"""The largest share of the queue for this traffic. Patient streams use all free capacity, so without this bound there
would never be capacity for a unary call."""


class Traffic(Enum):
    """UNARY calls go first, because they are small; BULK is always served beside them."""

    UNARY = "unary"
    BULK = "bulk"


class Lease(NamedTuple):
    """The accepted batch that a submission belongs to, and the token of its lease: keys as SQL takes them."""

    batch_key: str
    holder_key: str


class Attempt(NamedTuple):
    """The attempt that a submission belongs to: its token, and how many adjustments it posts or reverses."""

    token: str
    adjustments: int


class Superseded(Exception):
    """Somebody else has the lease of the batch, or attempts the same. Nothing of this submission is recorded, nor will
    be."""


@dataclass(slots=True, eq=False)
class OrderedRun:
    """Submissions in order, such as the chunks of a stream. Once one of them was not recorded, no later one is."""

    is_broken: bool = False


@dataclass(slots=True, eq=False)
class Submission:
    """Operations that arrived together. Atomic: one group. Otherwise each is a group of its own.

    ``batch_id`` is set where the operations form a recorded batch; an atomic one always does.
    """

    operations: Sequence[Operation]
    atomic: bool
    batch_id: str | None
    answer: "asyncio.Future[list[Outcome]]" = field(repr=False)
    caller: Caller = ANONYMOUS
    """The caller of the operations. Their transactions are created by its principal."""
    is_part: bool = False
    """Whether the operations are part of a batch whose record the caller writes."""
    malformed: int = 0
    """Operations of the batch that could not be read; they count in its record."""
    metadata: str | None = None
    """The metadata of the batch as JSON text, for its record."""
    lease: Lease | Attempt | None = None
    """Set for the operations of an accepted batch in the background, and for adjustments of reconciliation."""
    traffic: Traffic = Traffic.BULK
    """The kind of traffic. Set by the queue."""
    run: OrderedRun | None = None
    weight: int = field(init=False)
    """The number of operations that the submission counts for."""

    def __post_init__(self) -> None:
        self.weight = weight(self.operations)

    @property
    def is_overtaking(self) -> bool:
        """Whether a submission before it in its run was not recorded."""
        return self.run is not None and self.run.is_broken

    def resolve(self, outcomes: list[Outcome]) -> None:
        if not self.answer.done():
            self.answer.set_result(outcomes)

    def fail(self, error: BaseException) -> None:
        if self.run is not None:
            self.run.is_broken = True
        if not self.answer.done():
            self.answer.set_exception(error)


def in_order(submissions: Sequence[Submission]) -> list[Submission]:
    """Those that may be recorded. The others fail, since they would overtake one of their run that was not recorded."""
    for submission in submissions:
        if submission.is_overtaking:
            submission.fail(reject(Reason.DATABASE_UNAVAILABLE))
    return [submission for submission in submissions if not submission.is_overtaking]


def weight(operations: Sequence[Operation]) -> int:
    """The number of operations that these count for. A split counts once for each share, as each names a balance."""
    return len(operations) + share_count(operations)


class Queue:
    """Submissions in order of arrival, for each kind of traffic. A full queue rejects before anything is recorded."""

    def __init__(self, *, max_operations: int) -> None:
        self._waiting: dict[Traffic, deque[Submission]] = {traffic: deque() for traffic in Traffic}
        self._max_operations = max_operations
        self._max_bulk_operations = int(max_operations * BULK_SHARE)
        self._bulk_operations = 0
        self.operations = 0
        """The number of operations of both kinds of traffic."""

    def has_capacity(self, count: int, traffic: Traffic) -> bool:
        """Whether so many more operations fit. An empty queue takes any single submission."""
        if not self.operations:
            return True
        if traffic is Traffic.BULK and self._bulk_operations + count > self._max_bulk_operations:
            return False
        return self.operations + count <= self._max_operations

    def put(self, submission: Submission, traffic: Traffic) -> None:
        """Add a submission. Raises Rejected with TOO_BUSY when the queue is full."""
        count = submission.weight
        if not self.has_capacity(count, traffic):
            limit = self._max_bulk_operations if traffic is Traffic.BULK else self._max_operations
            raise reject(Reason.TOO_BUSY, waiting=self.operations, limit=limit)
        submission.traffic = traffic
        self._waiting[traffic].append(submission)
        self.operations += count
        if traffic is Traffic.BULK:
            self._bulk_operations += count

    def take(self, limit: int) -> list[Submission]:
        """The next submissions, at most ``limit`` operations unless a single one is larger.

        Unary calls get at most half, or one submission, so that neither kind of traffic can starve the other. The
        first submission of each kind comes first, because the last ones may be returned to the queue.
        """
        unary = self._take(Traffic.UNARY, limit // 2 if self._waiting[Traffic.BULK] else limit)
        unary_count = _count(unary)
        bulk = self._take(Traffic.BULK, limit - unary_count)
        bulk_count = _count(bulk)
        self._bulk_operations -= bulk_count
        self.operations -= unary_count + bulk_count
        return unary[:1] + bulk[:1] + unary[1:] + bulk[1:]

    def put_back(self, submissions: Sequence[Submission]) -> None:
        """Put the last submissions taken in front again, each with its kind of traffic, in order."""
        for submission in reversed(submissions):
            count = submission.weight
            self._waiting[submission.traffic].appendleft(submission)
            self.operations += count
            if submission.traffic is Traffic.BULK:
                self._bulk_operations += count

    def _take(self, traffic: Traffic, capacity: int) -> list[Submission]:
        waiting = self._waiting[traffic]
        taken: list[Submission] = []
        while waiting and (waiting[0].weight <= capacity or not taken):
            submission = waiting.popleft()
            capacity -= submission.weight
            taken.append(submission)
        return taken


def _count(submissions: list[Submission]) -> int:
    return sum(submission.weight for submission in submissions)
