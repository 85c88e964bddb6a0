"""What the demo claims, and whether it was so. Nothing is shown as held that was not compared."""

from collections.abc import Mapping
from dataclasses import dataclass, field


class DemoFailed(Exception):
    """The demo cannot go on; the message says why."""


@dataclass(frozen=True, slots=True)
class Check:
    """One claim and what was found."""

    claim: str
    holds: bool
    found: str


@dataclass(slots=True)
class Checks:
    """All claims of one run, in the order in which they were made."""

    made: list[Check] = field(default_factory=list)

    def that(self, claim: str, holds: bool, found: str = "") -> None:
        """Note a claim, whether it holds, and what was found instead if it does not."""
        self.made.append(Check(claim, holds, found))

    def equal(self, claim: str, found: object, expected: object) -> None:
        """Note that two values must be the same; of two mappings, show only where they are not."""
        holds = found == expected
        if isinstance(found, Mapping) and isinstance(expected, Mapping):
            differ = [key for key in {**expected, **found} if found.get(key) != expected.get(key)]
            found, expected = ({key: side.get(key) for key in differ} for side in (found, expected))
        self.that(claim, holds, f"{found}, not {expected}")

    @property
    def all_hold(self) -> bool:
        """Whether anything was claimed at all, and every claim holds."""
        return bool(self.made) and all(check.holds for check in self.made)
