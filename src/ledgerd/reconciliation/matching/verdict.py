"""What one criterion says about a record and an entry, in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from ledgerd.core.model.matching_rule import MatchField, MatchOperator

VALUE_CHARS = 80
WHOLE_SCORE = 1_000
VALUES_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One criterion's answer. Its texts are bounded: of a value 80 characters are shown, of many values three."""

    field: MatchField
    operator: MatchOperator
    ok: bool
    sentence: str
    """What was compared, how it stands and what would be allowed."""
    record_value: str
    """After extraction and normalization; empty where the record has none."""
    entry_value: str
    difference: str = ""
    """"0.50 EUR", "2 business days", "83%"; empty where there is none, or where it has no size."""
    unused: int = WHOLE_SCORE
    """How much of the difference that is allowed is not used up, in thousandths."""

    @property
    def score(self) -> int:
        """The same where the criterion holds, else 0."""
        return self.unused if self.ok else 0


def share_unused(used: int, allowed: int) -> int:
    """How much of what is allowed is not used, in thousandths, rounded down: all of it where nothing is."""
    if used == 0:
        return WHOLE_SCORE
    return WHOLE_SCORE * (allowed - used) // allowed if used < allowed else 0


def mean_score(verdicts: Sequence[Verdict]) -> int:
    """The mean of their scores, rounded down. Where a rule says nothing of a pair, nothing speaks against it."""
    return sum(verdict.score for verdict in verdicts) // len(verdicts) if verdicts else WHOLE_SCORE


def field_name(field: MatchField, metadata_key: str = "") -> str:
    """The field in words: "booking date", "metadata 'order'"."""
    name = field.lower().replace("_", " ")
    return f"{name} {quoted(metadata_key)}" if field is MatchField.METADATA else name


def clipped(text: str) -> str:
    """The text, cut off where it is long."""
    return text if len(text) <= VALUE_CHARS else text[:VALUE_CHARS] + "…"


def quoted(text: str) -> str:
    """The text between quotation marks, cut off where it is long."""
    return f"'{clipped(text)}'"


def listed(values: tuple[str, ...]) -> str:
    """The values, of many the first three: "'a', 'b', 'c' and 5 more"."""
    shown = ", ".join(quoted(value) for value in values[:VALUES_SHOWN])
    return shown if len(values) <= VALUES_SHOWN else f"{shown} and {len(values) - VALUES_SHOWN} more"


def counted(number: int, noun: str) -> str:
    """ "1 day", "2 days"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def allowed(number: int, noun: str) -> str:
    """ "at most 1 day is allowed", "at most 2 days are allowed"."""
    return f"at most {counted(number, noun)} {'is' if number == 1 else 'are'} allowed"
