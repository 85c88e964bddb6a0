"""Payloads of the events of reconciliation, but for decisions about rows. Ids are TypeIDs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ledgerd.core.model.external_source import AT_ONCE, ConfirmationPolicy, SettlementWindow, SignConvention
from ledgerd.core.model.matching_rule import Strategy
from ledgerd.core.model.rejection import Rejection

AGE_BUCKET_DAYS = (1, 7, 30, 90)
"""Where the age buckets of exceptions begin, unless their source says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalSourceFacts:
    """A source of external records as events show it, without format profile, what it does on arrival, and metadata."""

    name: str
    description: str | None = None
    currency: str | None = None
    time_zone: str = "UTC"
    sign_convention: str = SignConvention.MONEY_IN_IS_CREDIT.value
    balance_ids: tuple[str, ...] = ()
    settlement_window: SettlementWindow = AT_ONCE
    age_bucket_days: tuple[int, ...] = AGE_BUCKET_DAYS
    confirmation_policy: str = ConfirmationPolicy.ANY_CALLER.value


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchingRuleFacts:
    """A matching rule as events show it, without criteria, grouping and fee."""

    name: str
    description: str | None = None
    strategy: Strategy = Strategy.ONE_TO_ONE
    valid_from_time: datetime | None = None
    valid_until_time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchingRuleSetFacts:
    """A set of matching rules as events show it. Each rule has its id and version, 0 for the latest of each run."""

    name: str
    description: str | None = None
    rules: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalSourceChanged:
    """EXTERNAL_SOURCE_CREATED, EXTERNAL_SOURCE_UPDATED, EXTERNAL_SOURCE_DELETED, which shows the source as it was last.
    As LedgerChanged; ``changed_fields`` can also name the format profile and what the source does on arrival."""

    source_id: str
    after: ExternalSourceFacts | None
    before: ExternalSourceFacts | None = None
    changed_fields: tuple[str, ...] = ()

    @property
    def subject_id(self) -> str:
        return self.source_id


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadDone:
    """UPLOAD_FINISHED, UPLOAD_REJECTED, UPLOAD_CANCELLED, with the counts. The name of a file may be about a person: no
    event has it."""

    upload_id: str
    source_id: str
    is_file: bool
    rejects_all: bool
    chunks: int
    size: int
    records: int
    new_records: int
    known_records: int
    faults: int
    statements: int
    content_hash: str | None = None
    repeats: str | None = None

    @property
    def subject_id(self) -> str:
        return self.upload_id


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchingRuleChanged:
    """MATCHING_RULE_CREATED, MATCHING_RULE_UPDATED, MATCHING_RULE_DELETED, which shows the rule as it was last.
    ``version`` is that of ``after``. ``changed_fields`` can also name criteria, grouping and fee."""

    rule_id: str
    version: int
    after: MatchingRuleFacts | None
    before: MatchingRuleFacts | None = None
    changed_fields: tuple[str, ...] = ()

    @property
    def subject_id(self) -> str:
        return self.rule_id


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchingRuleSetChanged:
    """MATCHING_RULE_SET_CREATED, MATCHING_RULE_SET_UPDATED, MATCHING_RULE_SET_DELETED. As MatchingRuleChanged."""

    set_id: str
    version: int
    after: MatchingRuleSetFacts | None
    before: MatchingRuleSetFacts | None = None
    changed_fields: tuple[str, ...] = ()

    @property
    def subject_id(self) -> str:
        return self.set_id


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconciliationChanged:
    """RECONCILIATION_CREATED, RECONCILIATION_FINISHED, RECONCILIATION_FAILED, RECONCILIATION_CANCELLED.

    ``counts`` are by currency and outcome, as a run stores them; ``is_equal`` is told of a replay that is finished.
    ``chain`` is the tag of the journal's chain at ``position``.
    """

    reconciliation_id: str
    source_id: str
    dry_run: bool
    balances: int
    rules: tuple[tuple[str, int], ...]
    upload_id: str | None = None
    replays: str | None = None
    rule_set_id: str | None = None
    rule_set_version: int | None = None
    position: int | None = None
    chain: str | None = None
    counts: Mapping[str, Any] | None = None
    result_hash: str | None = None
    rejection: Rejection | None = None
    is_equal: bool | None = None

    @property
    def subject_id(self) -> str:
        return self.reconciliation_id
