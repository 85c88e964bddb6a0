"""What an external source is to its balances, and what its matches need."""

from enum import StrEnum
from typing import NamedTuple


class SignConvention(StrEnum):
    """What money in at a source is to its balances."""

    MONEY_IN_IS_CREDIT = "MONEY_IN_IS_CREDIT"
    MONEY_IN_IS_DEBIT = "MONEY_IN_IS_DEBIT"


class ConfirmationPolicy(StrEnum):
    """Who may confirm what is proposed."""

    ANY_CALLER = "ANY_CALLER"
    ANOTHER_CALLER = "ANOTHER_CALLER"
    """Not the caller who proposed it."""


class SettlementWindow(NamedTuple):
    """How long a row may stay without its counterpart before it counts as missing."""

    unit: str
    """``days``, or ``business_days``: those from Monday to Friday."""
    length: int


AT_ONCE = SettlementWindow("days", 0)
