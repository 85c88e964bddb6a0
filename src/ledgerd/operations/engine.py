"""What every operation works with, put together once by the composition root."""

from collections.abc import Callable
from dataclasses import dataclass, field

import asyncpg

from ledgerd.operations.board import Board
from ledgerd.poster.minter import Minter
from ledgerd.poster.poster import Poster


@dataclass(frozen=True, slots=True)
class Engine:
    """pool serves reads and administrative writes; all money goes through the poster.

    ``committed`` is to be called after every commit that wrote a journal row elsewhere than in the
    poster: it wakes the sequencer. ``board`` tells of accepted batches inside this process.
    """

    pool: asyncpg.Pool
    poster: Poster
    minter: Minter
    committed: Callable[[], None]
    board: Board = field(default_factory=Board)
