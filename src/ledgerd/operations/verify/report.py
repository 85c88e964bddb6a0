"""What a proof found, and what it covered."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from ledgerd.operations.verify.checkpoint import Checkpoint
from ledgerd.operations.verify.head import Head

FAULTS_MAX = 10_000
"""More than this are counted and not kept: a proof needs no more memory for broken books than for sound ones."""


@dataclass(slots=True)
class Report:
    """What was proved, how much of it, and every difference found. Each fault begins with the name of its check."""

    transactions: int = 0
    """Counted by a full proof only."""
    balances: int = 0
    commits: int = 0
    entries: int = 0
    head: str = ""
    since: Head | None = None
    """Where the proof began, if not with the first commit."""
    checkpoint: Checkpoint | None = None
    """From where the next proof may go on; None where there are faults."""
    untold: int = 0
    """Ledgers, balances, identities and monitors whose settings the journal does not tell: not proved."""
    checks: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    faults_unlisted: int = 0

    def fault(self, check: str, text: str) -> None:
        """Note a difference."""
        if len(self.faults) < FAULTS_MAX:
            self.faults.append(f"{check}: {text}")
        else:
            self.faults_unlisted += 1


class Progress(NamedTuple):
    """How far a proof is: what it is at, and how many entries of how many it has read."""

    step: str
    done: int
    total: int


Tell = Callable[[Progress], None]
