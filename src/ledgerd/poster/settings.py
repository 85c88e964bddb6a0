"""The settings of the write path: sizes, limits and pauses, and the observer of each step of a batch."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

import asyncpg

from ledgerd.core.model.limits import LEGS_TOGETHER_MAX
from ledgerd.core.model.operation import Operation
from ledgerd.core.plan import Plan
from ledgerd.store.pool import IDLE_SECONDS


class Step(Enum):
    """The steps of the work on a batch."""

    READ = "about to read what its operations name"
    PREVIEW = "about to be previewed"
    LOCKED = "its balances are locked, and nothing is read under the locks yet"
    COPY = "about to be copied"
    COPIED = "copied, and its balances not changed yet"
    APPLIED = "its balances changed, and COMMIT not sent yet"


class Steps:
    """Observes each step, on its connection, before the next one. This observer does nothing. The observers of tests
    wait or cause a failure."""

    async def reached(self, step: Step, connection: asyncpg.Connection, about: Plan | Sequence[Operation]) -> None:
        """``about`` is the plan of the batch, or its operations before there is a plan."""

    def conflicted(self, error: BaseException) -> None:
        """An optimistic attempt failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PosterSettings:
    """Operators set none of these. A number counts operations unless its name says otherwise."""

    overlap: int = 3
    """Batches under way at once; measured best on two cores."""
    overlap_operations: int = 500
    """While fewer operations than this are queued, they gather a little longer and start no overlap."""
    batch_operations: int = 4_000
    """A stream has up to 16,000 under way: while three batches are written, its next one gathers."""
    queue_operations: int = 100_000
    previews: int = 2
    """The number of previews at once. They use the write path's pool, which has this many more connections."""
    book_entries: int = 200_000
    """The largest number of balances, parents and deferred transactions in the Book. A larger Book is forgotten and
    read again."""
    plan_entries: int = 20_000
    """A plan with more entries than this takes no further submission. Only monitors make plans so large: one movement
    can make two hundred of them fire."""
    legs_together_max: int = LEGS_TOGETHER_MAX
    """Legs that one commit reads to resolve or amend them."""
    optimistic: bool = True
    """Whether batches are decided on the Book at all, or always under row locks."""
    back_off_seconds_min: float = 0.05
    back_off_seconds_max: float = 2.0
    """After a version conflict the process decides under row locks for a while, longer each time in a row."""
    tries: int = 8
    """The number of tries of a pessimistic attempt that conflicts with other processes."""
    idle_seconds: int = IDLE_SECONDS
    """How long PostgreSQL lets a session be idle in a transaction."""
    seconds_per_entry: float = 0.002
    """The longest time in which Python decides an entry and writes its text, on a busy machine."""
    steps: Steps = field(default_factory=Steps)


USUAL = PosterSettings()
