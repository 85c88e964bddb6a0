"""The checks of the demo and their results. Every result comes from a comparison."""

from collections.abc import Mapping
from dataclasses import dataclass, field


class DemoFailed(Exception):
    """The demo cannot go on; the message says why."""


@dataclass(frozen=True, slots=True)
class Check:
    """One statement about the ledger, whether it holds, and what was found."""

    statement: str
    holds: bool
    found: str


@dataclass(slots=True)
class Checks:
    """All checks of one run, in order."""

    made: list[Check] = field(default_factory=list)

    def that(self, statement: str, holds: bool, found: str = "") -> None:
        """Add a statement, whether it holds, and what was found if it does not."""
        self.made.append(Check(statement, holds, found))

    def equal(self, statement: str, found: object, expected: object) -> None:
        """Add the statement that two values are equal. Of two mappings, only the differences are shown."""
        holds = found == expected
        if isinstance(found, Mapping) and isinstance(expected, Mapping):
            differ = [key for key in {**expected, **found} if found.get(key) != expected.get(key)]
            found, expected = ({key: side.get(key) for key in differ} for side in (found, expected))
        self.that(statement, holds, f"{found}, not {expected}")

    @property
    def all_hold(self) -> bool:
        """Whether there was any check, and all of them succeeded."""
        return bool(self.made) and all(check.holds for check in self.made)
