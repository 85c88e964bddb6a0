"""Events: what a commit tells besides its transactions and transitions. One kind each, and one payload.

Ids are TypeIDs. A payload that was recorded by an earlier version may lack what has a default of None.
"""

from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from ledgerd.core.model.account import BalanceStatus
from ledgerd.core.model.arrival_events import ExternalSourceLate, ReconciliationProof
from ledgerd.core.model.figures import Figures
from ledgerd.core.model.ids import SERVICE_SETTINGS, SETTINGS, encode
from ledgerd.core.model.monitor import Condition, Trigger
from ledgerd.core.model.reconciliation_events import (
    ExternalSourceChanged,
    ExternalSourceFacts,
    MatchingRuleChanged,
    MatchingRuleFacts,
    MatchingRuleSetChanged,
    MatchingRuleSetFacts,
    ReconciliationChanged,
    UploadDone,
)
from ledgerd.core.model.rejection import Rejection
from ledgerd.core.model.row_decision_events import ExceptionsChanged, RowsDecided
from ledgerd.core.model.statement_events import StatementChanged

__all__ = [
    "ExternalSourceChanged",
    "ExternalSourceFacts",
    "MatchingRuleChanged",
    "MatchingRuleFacts",
    "MatchingRuleSetChanged",
    "MatchingRuleSetFacts",
    "ReconciliationChanged",
    "UploadDone",
]
"""Of the names that stand in other modules, those that users of this one may take from it."""


class EventKind(StrEnum):
    """The kinds as they are stored. Those of settings begin with the noun that they are about."""

    LEDGER_CREATED = "LEDGER_CREATED"
    LEDGER_UPDATED = "LEDGER_UPDATED"
    LEDGER_PERIOD_CLOSED = "LEDGER_PERIOD_CLOSED"
    LEDGER_PERIOD_REOPENED = "LEDGER_PERIOD_REOPENED"
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
    SERVICE_SETTINGS_UPDATED = "SERVICE_SETTINGS_UPDATED"
    EXTERNAL_SOURCE_CREATED = "EXTERNAL_SOURCE_CREATED"
    EXTERNAL_SOURCE_UPDATED = "EXTERNAL_SOURCE_UPDATED"
    EXTERNAL_SOURCE_DELETED = "EXTERNAL_SOURCE_DELETED"
    UPLOAD_FINISHED = "UPLOAD_FINISHED"
    UPLOAD_REJECTED = "UPLOAD_REJECTED"
    UPLOAD_CANCELLED = "UPLOAD_CANCELLED"
    RECONCILIATION_CREATED = "RECONCILIATION_CREATED"
    RECONCILIATION_FINISHED = "RECONCILIATION_FINISHED"
    RECONCILIATION_FAILED = "RECONCILIATION_FAILED"
    RECONCILIATION_CANCELLED = "RECONCILIATION_CANCELLED"
    MATCHING_RULE_CREATED = "MATCHING_RULE_CREATED"
    MATCHING_RULE_UPDATED = "MATCHING_RULE_UPDATED"
    MATCHING_RULE_DELETED = "MATCHING_RULE_DELETED"
    MATCHING_RULE_SET_CREATED = "MATCHING_RULE_SET_CREATED"
    MATCHING_RULE_SET_UPDATED = "MATCHING_RULE_SET_UPDATED"
    MATCHING_RULE_SET_DELETED = "MATCHING_RULE_SET_DELETED"
    RECONCILIATION_MATCHES_CONFIRMED = "RECONCILIATION_MATCHES_CONFIRMED"
    RECONCILIATION_MATCHES_REJECTED = "RECONCILIATION_MATCHES_REJECTED"
    RECONCILIATION_MATCH_CREATED = "RECONCILIATION_MATCH_CREATED"
    RECONCILIATION_MATCH_RELEASED = "RECONCILIATION_MATCH_RELEASED"
    RECONCILIATION_ROWS_IGNORED = "RECONCILIATION_ROWS_IGNORED"
    RECONCILIATION_ROWS_RESTORED = "RECONCILIATION_ROWS_RESTORED"
    RECONCILIATION_EXCEPTIONS_OPENED = "RECONCILIATION_EXCEPTIONS_OPENED"
    RECONCILIATION_EXCEPTION_UPDATED = "RECONCILIATION_EXCEPTION_UPDATED"
    RECONCILIATION_EXCEPTIONS_RESOLVED = "RECONCILIATION_EXCEPTIONS_RESOLVED"
    EXTERNAL_SOURCE_LATE = "EXTERNAL_SOURCE_LATE"
    RECONCILIATION_PROVED = "RECONCILIATION_PROVED"
    RECONCILIATION_DIFFERENCE_FOUND = "RECONCILIATION_DIFFERENCE_FOUND"
    RECONCILIATION_STATEMENT_CREATED = "RECONCILIATION_STATEMENT_CREATED"
    RECONCILIATION_STATEMENT_CONFIRMED = "RECONCILIATION_STATEMENT_CONFIRMED"
    RECONCILIATION_ADJUSTMENTS_POSTED = "RECONCILIATION_ADJUSTMENTS_POSTED"
    RECONCILIATION_ADJUSTMENTS_REJECTED = "RECONCILIATION_ADJUSTMENTS_REJECTED"
    RECONCILIATION_ADJUSTMENT_REVERSED = "RECONCILIATION_ADJUSTMENT_REVERSED"


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerFacts:
    """A ledger as events show it, without metadata."""

    name: str
    closed_before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceFacts:
    """A balance as events show it, without metadata. Floor and ceiling are in minor units."""

    indicator: str | None
    currency: str
    precision: int
    ledger_id: str | None
    identity_id: str | None
    status: BalanceStatus
    floor: int | None = None
    ceiling: int | None = None
    group: str | None = None
    tag: str | None = None
    track_fund_lineage: bool = False
    allocation_strategy: str = "FIFO"


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorFacts:
    """A monitor as events show it, without metadata. Thresholds have the currency and precision of its balance."""

    balance_id: str
    currency: str
    precision: int
    conditions: tuple[Condition, ...]
    trigger: Trigger
    description: str | None = None


Facts = LedgerFacts | BalanceFacts | MonitorFacts | ExternalSourceFacts | MatchingRuleFacts | MatchingRuleSetFacts
"""What can be shown of it for ever. The names are those of the contract's update masks."""


def differing(before: Facts, after: Facts) -> tuple[str, ...]:
    """The names in which facts of the same sort differ."""
    return tuple(field.name for field in fields(after) if getattr(before, field.name) != getattr(after, field.name))


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerChanged:
    """LEDGER_CREATED, LEDGER_UPDATED, LEDGER_PERIOD_CLOSED, LEDGER_PERIOD_REOPENED: the ledger after it and, where it
    changed, before it.

    ``changed_fields`` can also name metadata, whose values no event has. Facts are None in events of earlier versions.
    ``reason`` is the caller's, of a closing or a reopening.
    """

    ledger_id: str
    after: LedgerFacts | None
    before: LedgerFacts | None = None
    changed_fields: tuple[str, ...] = ()
    reason: str | None = None

    @property
    def subject_id(self) -> str:
        return self.ledger_id


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceChanged:
    """BALANCE_CREATED, of internal balances too, BALANCE_UPDATED, BALANCE_FROZEN, BALANCE_UNFROZEN, BALANCE_CLOSED.

    As LedgerChanged. ``figures`` are the totals after a change, ``reason`` is the caller's.
    """

    balance_id: str
    after: BalanceFacts | None
    before: BalanceFacts | None = None
    changed_fields: tuple[str, ...] = ()
    figures: Figures | None = None
    reason: str | None = None

    @property
    def subject_id(self) -> str:
        return self.balance_id


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorChanged:
    """MONITOR_CREATED, MONITOR_UPDATED, MONITOR_DELETED, which shows the monitor as it was last. As LedgerChanged."""

    monitor_id: str
    after: MonitorFacts | None
    before: MonitorFacts | None = None
    changed_fields: tuple[str, ...] = ()

    @property
    def subject_id(self) -> str:
        return self.monitor_id


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityChanged:
    """IDENTITY_CREATED, IDENTITY_UPDATED, IDENTITY_DELETED: which identity, the names of the fields that changed, and
    nothing else. People can be forgotten, history cannot."""

    identity_id: str
    changed_fields: tuple[str, ...] = ()

    @property
    def subject_id(self) -> str:
        return self.identity_id


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

    @property
    def facts(self) -> MonitorFacts:
        """The monitor itself."""
        return MonitorFacts(
            balance_id=self.balance_id,
            currency=self.currency,
            precision=self.precision,
            conditions=self.conditions,
            trigger=self.trigger,
            description=self.description,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchFinished:
    """BATCH_FINISHED, with the counts of operations.

    Only batches that were accepted first and applied later have the rest: when they were accepted, why they were
    rejected as a whole, and the digest of what is kept of rejected operations. Of metadata an event has the digest.
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
    metadata_digest: str | None = None

    @property
    def subject_id(self) -> str:
        return self.batch_id


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSettingsChanged:
    """SERVICE_SETTINGS_UPDATED: the settings of the service after the change and before it."""

    default_currency: str | None
    default_currency_before: str | None

    @property
    def subject_id(self) -> str:
        return encode(SETTINGS, SERVICE_SETTINGS)


Payload = (
    LedgerChanged
    | BalanceChanged
    | MonitorChanged
    | IdentityChanged
    | MonitorFired
    | BatchFinished
    | ServiceSettingsChanged
    | ExternalSourceChanged
    | UploadDone
    | ReconciliationChanged
    | MatchingRuleChanged
    | MatchingRuleSetChanged
    | RowsDecided
    | ExceptionsChanged
    | ExternalSourceLate
    | ReconciliationProof
    | StatementChanged
)
"""What an event says. ``subject_id`` is what it is about."""


class Event(NamedTuple):
    """An event as it is told."""

    kind: EventKind
    payload: Payload

    @property
    def balance_id(self) -> str | None:
        """The balance that it is about; of a monitor that fired, the one that it watches."""
        if isinstance(self.payload, (BalanceChanged, MonitorFired)):
            return self.payload.balance_id
        return None
