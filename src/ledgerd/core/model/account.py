"""A balance as decisions see it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from ledgerd.core.model.figures import Figures
from ledgerd.core.model.ids import GENERAL_LEDGER
from ledgerd.core.model.monitor import Monitor

LONG_AGO = datetime.min.replace(tzinfo=UTC)


class BalanceStatus(StrEnum):
    """Whether money can move through a balance. OPEN and FROZEN lead to each other and to CLOSED; CLOSED leads
    nowhere."""

    OPEN = "OPEN"
    FROZEN = "FROZEN"
    CLOSED = "CLOSED"


@dataclass(slots=True, eq=False)
class Account:
    """A balance. ``key`` is its id as SQL takes it. Its version covers everything here that can change (figures, floor,
    ceiling, status, monitors) but for its ledger's ``closed_before``."""

    id: str
    key: str
    indicator: str | None
    currency: str
    precision: int
    floor: int | None
    monitors: tuple[Monitor, ...]
    figures: Figures
    ceiling: int | None = None
    status: BalanceStatus = BalanceStatus.OPEN
    ledger_key: str = f"{GENERAL_LEDGER:032x}"
    closed_before: datetime | None = None
    """Its ledger's closing time. The balance's version does not cover it: see Plan.periods."""
    not_before: datetime = LONG_AGO
    """When it last moved, or its ledger's closing time: nothing is recorded on it as earlier, whatever clocks say."""
