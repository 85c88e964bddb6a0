"""How much is measured: the full run, the quick one, and the smallest, which shows that everything is measured."""

from dataclasses import dataclass

CHUNK_ROWS = 1_000
CHUNKS_IN_FLIGHT = 16
CALLS_IN_FLIGHT = 64
HOT_BALANCES = 10


@dataclass(frozen=True, slots=True)
class WatchPlan:
    """So many watchers of one balance, and how it is posted to meanwhile."""

    watchers: int
    posts_per_s: int
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The sizes of one run."""

    quick: bool
    balances: int = 10_000
    first_rows: int = 10_000
    """Drafts streamed before the server's memory is read for the first time."""
    first_calls: int = 500
    """Calls of each kind that are made before any is measured."""
    bulk_rows: int
    bulk_rounds: int
    calls: int
    call_rounds: int
    watches: tuple[WatchPlan, ...]
    queue_rows: int
    queue_rounds: int
    pair_seconds: float
    pair_rounds: int
    reconciled_rows: int
    """Of each side."""
    grouped_rows: int
    """Of each side, for groups that are found by search."""
    time_for_proof_s: float
    """The whole history is proved as well if the run got this far in fewer seconds; 0 is never."""

    @property
    def streamed_rows(self) -> int:
        """Drafts between the two readings of the server's memory: each round streams two lots."""
        return self.bulk_rows * self.bulk_rounds * 2


FULL = Plan(
    quick=False,
    bulk_rows=100_000,
    bulk_rounds=5,
    calls=10_000,
    call_rounds=3,
    watches=(WatchPlan(1, 50, 10), WatchPlan(100, 50, 10), WatchPlan(1_000, 5, 20)),
    queue_rows=50_000,
    queue_rounds=3,
    pair_seconds=5.0,
    pair_rounds=3,
    reconciled_rows=1_000_000,
    grouped_rows=10_000,
    time_for_proof_s=220.0,
)
QUICK = Plan(
    quick=True,
    bulk_rows=25_000,
    bulk_rounds=3,
    calls=2_000,
    call_rounds=2,
    watches=(WatchPlan(100, 50, 4),),
    queue_rows=20_000,
    queue_rounds=2,
    pair_seconds=2.0,
    pair_rounds=1,
    reconciled_rows=50_000,
    grouped_rows=10_000,
    time_for_proof_s=0.0,
)
SMALLEST = Plan(
    quick=True,
    balances=100,
    first_rows=CHUNK_ROWS,
    first_calls=CALLS_IN_FLIGHT,
    bulk_rows=CHUNK_ROWS,
    bulk_rounds=1,
    calls=CALLS_IN_FLIGHT,
    call_rounds=1,
    watches=(WatchPlan(100, 2, 1),),
    queue_rows=CHUNK_ROWS,
    queue_rounds=1,
    pair_seconds=1.0,
    pair_rounds=1,
    reconciled_rows=2_000,
    grouped_rows=540,
    time_for_proof_s=600.0,
)
