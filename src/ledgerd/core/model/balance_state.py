"""Whether money can move through a balance."""

from enum import StrEnum


class BalanceState(StrEnum):
    """The states of a balance. OPEN and FROZEN lead to each other and to CLOSED; CLOSED leads nowhere."""

    OPEN = "OPEN"
    FROZEN = "FROZEN"
    CLOSED = "CLOSED"
