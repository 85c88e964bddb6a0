"""How a run finds and counts: noted when it began, so that a later version of the service finds and counts the same."""

import json
from dataclasses import asdict, dataclass, field

from ledgerd.reconciliation.matching.engine import Bounds

FEW_ROWS = 60_000
"""So many rows of both sides together are matched in one step, without columns."""
LEFT_MAX_ROWS = 400_000
"""The rows that may be left for the exact step. They are kept whole, about 1 KiB each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """What decides about a result, besides the rows and the rules. A run that noted none has ``FIRST``."""

    bounds: Bounds = field(default_factory=Bounds)
    few_rows: int = FEW_ROWS
    left_max_rows: int = LEFT_MAX_ROWS
    counts_left_out: bool = True
    """Whether totals have the rows that the run leaves out, for certain."""
    every_record_has_a_day: bool = True
    """Whether a record without a booking date is in a window by another date. Else it is in none."""
    compares_known_records: bool = True
    """Whether a run over an upload compares the records, too, that the source had already."""

    def json(self) -> str:
        """As it is stored."""
        return json.dumps(asdict(self))

    @classmethod
    def of(cls, text: str | None) -> "Method":
        """As it was stored."""
        if text is None:
            return FIRST
        stored = json.loads(text)
        return cls(**{**stored, "bounds": Bounds(**stored["bounds"])})


NOW = Method()
FIRST = Method(
    bounds=Bounds(
        pairs_max=2_000_000, pairs_are_shared=False, members_max=2_000_000, block_max=50_000_000, proposals_max=1_000
    ),
    few_rows=60_000,
    left_max_rows=400_000,
    counts_left_out=False,
    every_record_has_a_day=False,
    compares_known_records=False,
)
"""Of runs from before methods were noted. It never changes."""
