"""The result of a proof: its faults, and what it covered."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from ledgerd.operations.verify.checkpoint import Checkpoint
from ledgerd.operations.verify.head import Head

FAULTS_MAX = 10_000
"""Further faults are counted and not kept: a proof needs no more memory for damaged books than for sound ones."""


@dataclass(slots=True)
class Report:
    """What was proved, the counts, and every fault. Each fault begins with the name of its check."""

    transactions: int = 0
    """Counted by a full proof only."""
    balances: int = 0
    commits: int = 0
    entries: int = 0
    head: str = ""
    since: Head | None = None
    """The head after which the proof began; None where it began with the first commit."""
    checkpoint: Checkpoint | None = None
    """The checkpoint from which the next proof may continue; None where there are faults."""
    untold: int = 0
    """The number of ledgers, balances, identities and monitors whose settings the journal does not tell. They are not
    proved."""
    checks: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    faults_unlisted: int = 0

    def fault(self, check: str, text: str) -> None:
        """Add a fault."""
        if len(self.faults) < FAULTS_MAX:
            self.faults.append(f"{check}: {text}")
        else:
            self.faults_unlisted += 1


class Progress(NamedTuple):
    """The progress of a proof: its step, the number of entries read, and the number of all entries."""

    step: str
    done: int
    total: int


Tell = Callable[[Progress], None]
