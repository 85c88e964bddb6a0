"""What matching found: matches, what is ambiguous, and which bounds ended a search."""

from dataclasses import dataclass, field
from enum import StrEnum


class Certainty(StrEnum):
    SURE = "SURE"
    AMBIGUOUS = "AMBIGUOUS"
    """Another choice of rows fits as well: proposed beside it, and none is taken."""


@dataclass(frozen=True, slots=True, order=True)
class Match:
    """Rows of both sides that are the same movement. ``level`` is the place of its rule in the set, from 0."""

    level: int
    records: tuple[str, ...]
    entries: tuple[str, ...]
    drift: int
    """How far apart the amounts are, in minor units: |sum of records - what the rule expects of the sum of entries|."""
    distance: int
    """How far apart the times are, in seconds: |earliest booking of the records - earliest of the entries|."""
    certainty: Certainty = Certainty.SURE


@dataclass(frozen=True, slots=True)
class Bounded:
    """A bound ended a search before everything was looked at: what stays unmatched there may have a match."""

    level: int
    bound: str
    """The bound's name in the rule: max_rows, max_sums, or the engine's own: pairs_max, members_max,
    block_max, proposals_max."""
    records: tuple[str, ...]
    entries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """In the order of level, then of rows' ids."""

    matches: tuple[Match, ...]
    ambiguous: tuple[Match, ...] = ()
    bounded: tuple[Bounded, ...] = field(default=())
