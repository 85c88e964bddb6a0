"""Events: what a commit tells besides its transactions and transitions. One kind each, and one payload.

Ids are TypeIDs. A payload that was recorded by an earlier version may lack what has a default of None.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from ledgerd.core.model.account import BalanceState
from ledgerd.core.model.figures import Figures
from ledgerd.core.model.monitor import Condition, Trigger
from ledgerd.core.model.rejection import Rejection


class EventKind(StrEnum):
    """The kinds as they are stored. Those of settings begin with the noun that they are about."""

    LEDGER_CREATED = "LEDGER_CREATED"
    LEDGER_UPDATED = "LEDGER_UPDATED"
    LEDGER_PERIOD_CLOSED = "LEDGER_PERIOD_CLOSED"
    BALANCE_CREATED = "BALANCE_CREATED"
    BALANCE_UPDATED = "BALANCE_UPDATED"
    BALANCE_FROZEN = "BALANCE_FROZEN"
    BALANCE_UNFROZEN = "BALANCE_UNFROZEN"
    BALANCE_CLOSED = "BALANCE_CLOSED"
    IDENTITY_CREATED = "IDENTITY_CREATED"
    IDENTITY_UPDATED = "IDENTITY_UPDATED"
    IDENTITY_DELETED = "IDENTITY_DELETED"
    MONITOR_CREATED = "MONITOR_CREATED"
    MONITOR_UPDATED = "MONITOR_UPDATED"
    MONITOR_DELETED = "MONITOR_DELETED"
    MONITOR_FIRED = "MONITOR_FIRED"
    BATCH_FINISHED = "BATCH_FINISHED"


NOT_SHOWN = frozenset(
    {
        EventKind.LEDGER_UPDATED,
        EventKind.BALANCE_UPDATED,
        EventKind.IDENTITY_DELETED,
        EventKind.MONITOR_CREATED,
        EventKind.MONITOR_UPDATED,
        EventKind.MONITOR_DELETED,
    }
)
"""Kinds that subscribers are not shown. They are for the proof of the books: they tell the digest of settings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerCreated:
    """LEDGER_CREATED."""

    ledger_id: str
    name: str

    @property
    def subject_id(self) -> str:
        return self.ledger_id


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerUpdated:
    """LEDGER_UPDATED."""

    ledger_id: str

    @property
    def subject_id(self) -> str:
        return self.ledger_id


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodClosed:
    """LEDGER_PERIOD_CLOSED: no further movement may be effective before ``closed_before``."""

    ledger_id: str
    name: str
    closed_before: datetime

    @property
    def subject_id(self) -> str:
        return self.ledger_id


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceCreated:
    """BALANCE_CREATED, of internal balances too. The first versions did not tell the ledger of an internal one."""

    balance_id: str
    indicator: str | None
    currency: str
    precision: int
    ledger_id: str | None = None
    identity_id: str | None = None

    @property
    def subject_id(self) -> str:
        return self.balance_id


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceUpdated:
    """BALANCE_UPDATED."""

    balance_id: str

    @property
    def subject_id(self) -> str:
        return self.balance_id


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceStateChanged:
    """BALANCE_FROZEN, BALANCE_UNFROZEN, BALANCE_CLOSED: the balance just after it. ``reason`` is the caller's."""

    balance_id: str
    indicator: str | None
    currency: str
    precision: int
    ledger_id: str | None = None
    identity_id: str | None = None
    state: BalanceState
    figures: Figures
    reason: str | None = None

    @property
    def subject_id(self) -> str:
        return self.balance_id


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityChanged:
    """IDENTITY_CREATED, IDENTITY_UPDATED, IDENTITY_DELETED: which identity, and nothing about it. People can be
    forgotten, history cannot."""

    identity_id: str

    @property
    def subject_id(self) -> str:
        return self.identity_id


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorChanged:
    """MONITOR_CREATED, MONITOR_UPDATED, MONITOR_DELETED."""

    monitor_id: str

    @property
    def subject_id(self) -> str:
        return self.monitor_id


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorFired:
    """MONITOR_FIRED: the monitor as it was, and its balance's figures just after the movement that made it fire.

    ``transaction_id`` is that movement.
    """

    monitor_id: str
    trigger: Trigger
    conditions: tuple[Condition, ...]
    description: str | None
    balance_id: str
    currency: str
    precision: int
    figures: Figures
    transaction_id: str

    @property
    def subject_id(self) -> str:
        return self.monitor_id


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchFinished:
    """BATCH_FINISHED, with the counts of operations.

    Only batches that were accepted first and applied later have the rest: when they were accepted, why they were
    rejected as a whole, and the digest of what is kept of rejected operations.
    """

    batch_id: str
    is_atomic: bool
    operations: int
    posted: int
    replayed: int
    rejected: int
    accepted_at: datetime | None = None
    rejection: Rejection | None = None
    rejections_digest: str | None = None

    @property
    def subject_id(self) -> str:
        return self.batch_id


Payload = (
    LedgerCreated
    | LedgerUpdated
    | PeriodClosed
    | BalanceCreated
    | BalanceUpdated
    | BalanceStateChanged
    | IdentityChanged
    | MonitorChanged
    | MonitorFired
    | BatchFinished
)
"""What an event says. ``subject_id`` is what it is about."""


class Event(NamedTuple):
    """An event as it is told."""

    kind: EventKind
    payload: Payload

    @property
    def balance_id(self) -> str | None:
        """The balance that it is about; of a monitor that fired, the one that it watches."""
        if isinstance(self.payload, BalanceCreated | BalanceUpdated | BalanceStateChanged | MonitorFired):
            return self.payload.balance_id
        return None
