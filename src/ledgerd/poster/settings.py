"""What the write path is told: sizes, limits and pauses, and who is to hear of each step of a batch."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

import asyncpg

from ledgerd.core.model.limits import LEGS_TOGETHER_MAX
from ledgerd.core.model.operation import Operation
from ledgerd.core.plan import Plan
from ledgerd.store.pool import IDLE_SECONDS


class Step(Enum):
    """Where the work on a batch is."""

    READ = "about to read what its operations name"
    PREVIEW = "about to be previewed"
    LOCKED = "its balances are locked, and nothing is read under the locks yet"
    COPY = "about to be copied"
    COPIED = "copied, and its balances not changed yet"
    APPLIED = "its balances changed, and COMMIT not sent yet"


class Steps:
    """Hears of each step, on the connection that takes it, before it goes on. This one does nothing; one that tests
    give waits, or breaks something."""

    async def reached(self, step: Step, connection: asyncpg.Connection, about: Plan | Sequence[Operation]) -> None:
        """``about`` is the plan of the batch once there is one, until then its operations."""

    def conflicted(self, error: BaseException) -> None:
        """An optimistic attempt failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PosterSettings:
    """Operators set none of these. Numbers count operations where their name does not say what they count."""

    overlap: int = 3
    """Batches under way at once; measured best on two cores."""
    overlap_operations: int = 500
    """Fewer queued operations than this gather a little longer instead of starting an overlap."""
    batch_operations: int = 4_000
    """A stream has up to 16,000 under way: while three batches are written, its next one gathers."""
    queue_operations: int = 100_000
    previews: int = 2
    """At once. They take connections of the write path's pool, which has this many more than batches need."""
    book_entries: int = 200_000
    """Balances and holds that the Book may hold; above this it is forgotten and read again."""
    plan_entries: int = 20_000
    """A plan with more entries than this takes no further submission. Only monitors get it there: one movement can
    make two hundred of them fire."""
    legs_together_max: int = LEGS_TOGETHER_MAX
    """Legs that one commit reads to resolve or amend them."""
    optimistic: bool = True
    """Whether batches are decided on the Book at all, or always under row locks."""
    back_off_seconds_min: float = 0.05
    back_off_seconds_max: float = 2.0
    """After a version conflict the process decides under row locks for a while, longer each time in a row."""
    tries: int = 8
    """Of a pessimistic attempt that others keep from being recorded."""
    idle_seconds: int = IDLE_SECONDS
    """How long PostgreSQL lets a session be idle in a transaction."""
    seconds_per_entry: float = 0.002
    """What Python takes at most, on a busy machine, to decide an entry and to put it into words."""
    steps: Steps = field(default_factory=Steps)


USUAL = PosterSettings()
