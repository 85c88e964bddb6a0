"""The parts that every operation uses. The composition root builds them once."""

from collections.abc import Callable
from dataclasses import dataclass, field

import asyncpg

from ledgerd.operations.board import Board
from ledgerd.operations.costly import CostlyReads
from ledgerd.poster.ids_and_clock import IdsAndClock
from ledgerd.poster.poster import Poster
from ledgerd.store.pools import Pools


@dataclass(frozen=True, slots=True)
class Engine:
    """All money moves through the poster. ``pools`` serve all other work, and ``costly`` the reads that take long.

    Call ``committed`` after every commit that wrote a journal row outside of the poster: it wakes the sequencer.
    ``board`` tells of accepted batches inside this process.
    """

    pools: Pools
    costly: CostlyReads
    poster: Poster
    ids_and_clock: IdsAndClock
    committed: Callable[[], None]
    board: Board = field(default_factory=Board)

    @property
    def pool(self) -> asyncpg.Pool:
        """For callers' short reads, and administrative writes."""
        return self.pools.calls

    @property
    def upkeep(self) -> asyncpg.Pool:
        """For work that the service does automatically."""
        return self.pools.upkeep
