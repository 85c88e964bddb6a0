"""What waits to be posted: a bounded queue in two fair lanes."""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from ledgerd.core.operation import Operation
from ledgerd.core.posting import Outcome
from ledgerd.core.rejection import Reason, refuse


class Lane(Enum):
    """UNARY calls go first, because they are small; BULK is always served beside them."""

    UNARY = "unary"
    BULK = "bulk"


@dataclass(slots=True, eq=False)
class Submission:
    """Operations that arrived together. Atomic: one group. Otherwise each is a group of its own.

    ``batch_id`` is set where the operations form a recorded batch; an atomic one always does.
    """

    operations: Sequence[Operation]
    atomic: bool
    batch_id: str | None
    answer: "asyncio.Future[list[Outcome]]" = field(repr=False)
    is_part: bool = False
    """Part of a batch that somebody else records as such."""
    malformed: int = 0
    """Operations of the batch that could not be read; they count in its record."""
    lane: Lane = Lane.BULK
    """Where it waits. Set by the queue."""

    def resolve(self, outcomes: list[Outcome]) -> None:
        if not self.answer.done():
            self.answer.set_result(outcomes)

    def fail(self, error: BaseException) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)


class Queue:
    """Submissions in order of arrival, per lane. Full means refused, before anything is accepted."""

    def __init__(self, *, max_operations: int) -> None:
        self._lanes: dict[Lane, deque[Submission]] = {lane: deque() for lane in Lane}
        self._max_operations = max_operations
        self.operations = 0

    def has_room(self, count: int) -> bool:
        """Whether so many more operations fit. An empty queue takes any one submission."""
        return not self.operations or self.operations + count <= self._max_operations

    def put(self, submission: Submission, lane: Lane) -> None:
        """Raises TOO_BUSY when the queue holds as much as it may."""
        count = len(submission.operations)
        if not self.has_room(count):
            raise refuse(Reason.TOO_BUSY, waiting=self.operations, limit=self._max_operations)
        submission.lane = lane
        self._lanes[lane].append(submission)
        self.operations += count

    def take(self, limit: int) -> list[Submission]:
        """The next submissions, at most ``limit`` operations unless a single one is larger.

        Unary calls take at most half, so that neither lane can starve the other; and the first of each
        lane come first, because the last ones may be given back.
        """
        unary = self._take(Lane.UNARY, limit // 2 if self._lanes[Lane.BULK] else limit, at_least_one=False)
        room = limit - sum(len(one.operations) for one in unary)
        bulk = self._take(Lane.BULK, room, at_least_one=True)
        taken = unary[:1] + bulk[:1] + unary[1:] + bulk[1:]
        self.operations -= sum(len(one.operations) for one in taken)
        return taken

    def give_back(self, submissions: Sequence[Submission]) -> None:
        """Put what was taken last in front again, each in its lane, in order."""
        for submission in reversed(submissions):
            self._lanes[submission.lane].appendleft(submission)
            self.operations += len(submission.operations)

    def _take(self, lane: Lane, room: int, *, at_least_one: bool) -> list[Submission]:
        waiting = self._lanes[lane]
        taken: list[Submission] = []
        while waiting and (len(waiting[0].operations) <= room or (at_least_one and not taken)):
            submission = waiting.popleft()
            room -= len(submission.operations)
            taken.append(submission)
        return taken
