import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from ledgerapi.v1 import balance_pb2 as _balance_pb2
from ledgerapi.v1 import batch_pb2 as _batch_pb2
from ledgerapi.v1 import external_source_pb2 as _external_source_pb2
from ledgerapi.v1 import ledger_pb2 as _ledger_pb2
from ledgerapi.v1 import matching_rule_pb2 as _matching_rule_pb2
from ledgerapi.v1 import monitor_pb2 as _monitor_pb2
from ledgerapi.v1 import reconciliation_pb2 as _reconciliation_pb2
from ledgerapi.v1 import reconciliation_exception_pb2 as _reconciliation_exception_pb2
from ledgerapi.v1 import reconciliation_match_pb2 as _reconciliation_match_pb2
from ledgerapi.v1 import reconciliation_statement_pb2 as _reconciliation_statement_pb2
from ledgerapi.v1 import service_settings_pb2 as _service_settings_pb2
from ledgerapi.v1 import transaction_pb2 as _transaction_pb2
from ledgerapi.v1 import upload_pb2 as _upload_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class EventKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EVENT_KIND_UNSPECIFIED: _ClassVar[EventKind]
    EVENT_KIND_TRANSACTION_QUEUED: _ClassVar[EventKind]
    EVENT_KIND_TRANSACTION_SCHEDULED: _ClassVar[EventKind]
    EVENT_KIND_TRANSACTION_IN_REVIEW: _ClassVar[EventKind]
    EVENT_KIND_TRANSACTION_APPROVED: _ClassVar[EventKind]
    EVENT_KIND_TRANSACTION_DENIED: _ClassVar[EventKind]
    EVENT_KIND_TRANSACTION_RESCHEDULED: _ClassVar[EventKind]
    EVENT_KIND_TRANSACTION_CANCELLED: _ClassVar[EventKind]
    EVENT_KIND_TRANSACTION_REJECTED: _ClassVar[EventKind]
    EVENT_KIND_TRANSACTION_APPLIED: _ClassVar[EventKind]
    EVENT_KIND_TRANSACTION_INFLIGHT: _ClassVar[EventKind]
    EVENT_KIND_TRANSACTION_ADJUSTED: _ClassVar[EventKind]
    EVENT_KIND_TRANSACTION_COMMITTED: _ClassVar[EventKind]
    EVENT_KIND_TRANSACTION_VOIDED: _ClassVar[EventKind]
    EVENT_KIND_TRANSACTION_EXPIRED: _ClassVar[EventKind]
    EVENT_KIND_TRANSACTION_REFUNDED: _ClassVar[EventKind]
    EVENT_KIND_BATCH_FINISHED: _ClassVar[EventKind]
    EVENT_KIND_BALANCE_CREATED: _ClassVar[EventKind]
    EVENT_KIND_BALANCE_UPDATED: _ClassVar[EventKind]
    EVENT_KIND_BALANCE_FROZEN: _ClassVar[EventKind]
    EVENT_KIND_BALANCE_UNFROZEN: _ClassVar[EventKind]
    EVENT_KIND_BALANCE_CLOSED: _ClassVar[EventKind]
    EVENT_KIND_LEDGER_CREATED: _ClassVar[EventKind]
    EVENT_KIND_LEDGER_UPDATED: _ClassVar[EventKind]
    EVENT_KIND_LEDGER_PERIOD_CLOSED: _ClassVar[EventKind]
    EVENT_KIND_LEDGER_PERIOD_REOPENED: _ClassVar[EventKind]
    EVENT_KIND_IDENTITY_CREATED: _ClassVar[EventKind]
    EVENT_KIND_IDENTITY_UPDATED: _ClassVar[EventKind]
    EVENT_KIND_IDENTITY_ERASED: _ClassVar[EventKind]
    EVENT_KIND_IDENTITY_DELETED: _ClassVar[EventKind]
    EVENT_KIND_MONITOR_CREATED: _ClassVar[EventKind]
    EVENT_KIND_MONITOR_UPDATED: _ClassVar[EventKind]
    EVENT_KIND_MONITOR_DELETED: _ClassVar[EventKind]
    EVENT_KIND_MONITOR_FIRED: _ClassVar[EventKind]
    EVENT_KIND_MONITOR_CLEARED: _ClassVar[EventKind]
    EVENT_KIND_SERVICE_SETTINGS_UPDATED: _ClassVar[EventKind]
    EVENT_KIND_EXTERNAL_SOURCE_CREATED: _ClassVar[EventKind]
    EVENT_KIND_EXTERNAL_SOURCE_UPDATED: _ClassVar[EventKind]
    EVENT_KIND_EXTERNAL_SOURCE_DELETED: _ClassVar[EventKind]
    EVENT_KIND_EXTERNAL_SOURCE_LATE: _ClassVar[EventKind]
    EVENT_KIND_UPLOAD_FINISHED: _ClassVar[EventKind]
    EVENT_KIND_UPLOAD_REJECTED: _ClassVar[EventKind]
    EVENT_KIND_UPLOAD_CANCELLED: _ClassVar[EventKind]
    EVENT_KIND_MATCHING_RULE_CREATED: _ClassVar[EventKind]
    EVENT_KIND_MATCHING_RULE_UPDATED: _ClassVar[EventKind]
    EVENT_KIND_MATCHING_RULE_DELETED: _ClassVar[EventKind]
    EVENT_KIND_MATCHING_RULE_SET_CREATED: _ClassVar[EventKind]
    EVENT_KIND_MATCHING_RULE_SET_UPDATED: _ClassVar[EventKind]
    EVENT_KIND_MATCHING_RULE_SET_DELETED: _ClassVar[EventKind]
    EVENT_KIND_RECONCILIATION_CREATED: _ClassVar[EventKind]
    EVENT_KIND_RECONCILIATION_FINISHED: _ClassVar[EventKind]
    EVENT_KIND_RECONCILIATION_FAILED: _ClassVar[EventKind]
    EVENT_KIND_RECONCILIATION_CANCELLED: _ClassVar[EventKind]
    EVENT_KIND_RECONCILIATION_PROVED: _ClassVar[EventKind]
    EVENT_KIND_RECONCILIATION_DIFFERENCE_FOUND: _ClassVar[EventKind]
    EVENT_KIND_RECONCILIATION_MATCHES_CONFIRMED: _ClassVar[EventKind]
    EVENT_KIND_RECONCILIATION_MATCHES_REJECTED: _ClassVar[EventKind]
    EVENT_KIND_RECONCILIATION_MATCH_CREATED: _ClassVar[EventKind]
    EVENT_KIND_RECONCILIATION_MATCH_RELEASED: _ClassVar[EventKind]
    EVENT_KIND_RECONCILIATION_ROWS_IGNORED: _ClassVar[EventKind]
    EVENT_KIND_RECONCILIATION_ROWS_RESTORED: _ClassVar[EventKind]
    EVENT_KIND_RECONCILIATION_ADJUSTMENTS_POSTED: _ClassVar[EventKind]
    EVENT_KIND_RECONCILIATION_ADJUSTMENTS_REJECTED: _ClassVar[EventKind]
    EVENT_KIND_RECONCILIATION_ADJUSTMENT_REVERSED: _ClassVar[EventKind]
    EVENT_KIND_RECONCILIATION_EXCEPTIONS_OPENED: _ClassVar[EventKind]
    EVENT_KIND_RECONCILIATION_EXCEPTION_UPDATED: _ClassVar[EventKind]
    EVENT_KIND_RECONCILIATION_EXCEPTIONS_RESOLVED: _ClassVar[EventKind]
    EVENT_KIND_RECONCILIATION_STATEMENT_CREATED: _ClassVar[EventKind]
    EVENT_KIND_RECONCILIATION_STATEMENT_CONFIRMED: _ClassVar[EventKind]
EVENT_KIND_UNSPECIFIED: EventKind
EVENT_KIND_TRANSACTION_QUEUED: EventKind
EVENT_KIND_TRANSACTION_SCHEDULED: EventKind
EVENT_KIND_TRANSACTION_IN_REVIEW: EventKind
EVENT_KIND_TRANSACTION_APPROVED: EventKind
EVENT_KIND_TRANSACTION_DENIED: EventKind
EVENT_KIND_TRANSACTION_RESCHEDULED: EventKind
EVENT_KIND_TRANSACTION_CANCELLED: EventKind
EVENT_KIND_TRANSACTION_REJECTED: EventKind
EVENT_KIND_TRANSACTION_APPLIED: EventKind
EVENT_KIND_TRANSACTION_INFLIGHT: EventKind
EVENT_KIND_TRANSACTION_ADJUSTED: EventKind
EVENT_KIND_TRANSACTION_COMMITTED: EventKind
EVENT_KIND_TRANSACTION_VOIDED: EventKind
EVENT_KIND_TRANSACTION_EXPIRED: EventKind
EVENT_KIND_TRANSACTION_REFUNDED: EventKind
EVENT_KIND_BATCH_FINISHED: EventKind
EVENT_KIND_BALANCE_CREATED: EventKind
EVENT_KIND_BALANCE_UPDATED: EventKind
EVENT_KIND_BALANCE_FROZEN: EventKind
EVENT_KIND_BALANCE_UNFROZEN: EventKind
EVENT_KIND_BALANCE_CLOSED: EventKind
EVENT_KIND_LEDGER_CREATED: EventKind
EVENT_KIND_LEDGER_UPDATED: EventKind
EVENT_KIND_LEDGER_PERIOD_CLOSED: EventKind
EVENT_KIND_LEDGER_PERIOD_REOPENED: EventKind
EVENT_KIND_IDENTITY_CREATED: EventKind
EVENT_KIND_IDENTITY_UPDATED: EventKind
EVENT_KIND_IDENTITY_ERASED: EventKind
EVENT_KIND_IDENTITY_DELETED: EventKind
EVENT_KIND_MONITOR_CREATED: EventKind
EVENT_KIND_MONITOR_UPDATED: EventKind
EVENT_KIND_MONITOR_DELETED: EventKind
EVENT_KIND_MONITOR_FIRED: EventKind
EVENT_KIND_MONITOR_CLEARED: EventKind
EVENT_KIND_SERVICE_SETTINGS_UPDATED: EventKind
EVENT_KIND_EXTERNAL_SOURCE_CREATED: EventKind
EVENT_KIND_EXTERNAL_SOURCE_UPDATED: EventKind
EVENT_KIND_EXTERNAL_SOURCE_DELETED: EventKind
EVENT_KIND_EXTERNAL_SOURCE_LATE: EventKind
EVENT_KIND_UPLOAD_FINISHED: EventKind
EVENT_KIND_UPLOAD_REJECTED: EventKind
EVENT_KIND_UPLOAD_CANCELLED: EventKind
EVENT_KIND_MATCHING_RULE_CREATED: EventKind
EVENT_KIND_MATCHING_RULE_UPDATED: EventKind
EVENT_KIND_MATCHING_RULE_DELETED: EventKind
EVENT_KIND_MATCHING_RULE_SET_CREATED: EventKind
EVENT_KIND_MATCHING_RULE_SET_UPDATED: EventKind
EVENT_KIND_MATCHING_RULE_SET_DELETED: EventKind
EVENT_KIND_RECONCILIATION_CREATED: EventKind
EVENT_KIND_RECONCILIATION_FINISHED: EventKind
EVENT_KIND_RECONCILIATION_FAILED: EventKind
EVENT_KIND_RECONCILIATION_CANCELLED: EventKind
EVENT_KIND_RECONCILIATION_PROVED: EventKind
EVENT_KIND_RECONCILIATION_DIFFERENCE_FOUND: EventKind
EVENT_KIND_RECONCILIATION_MATCHES_CONFIRMED: EventKind
EVENT_KIND_RECONCILIATION_MATCHES_REJECTED: EventKind
EVENT_KIND_RECONCILIATION_MATCH_CREATED: EventKind
EVENT_KIND_RECONCILIATION_MATCH_RELEASED: EventKind
EVENT_KIND_RECONCILIATION_ROWS_IGNORED: EventKind
EVENT_KIND_RECONCILIATION_ROWS_RESTORED: EventKind
EVENT_KIND_RECONCILIATION_ADJUSTMENTS_POSTED: EventKind
EVENT_KIND_RECONCILIATION_ADJUSTMENTS_REJECTED: EventKind
EVENT_KIND_RECONCILIATION_ADJUSTMENT_REVERSED: EventKind
EVENT_KIND_RECONCILIATION_EXCEPTIONS_OPENED: EventKind
EVENT_KIND_RECONCILIATION_EXCEPTION_UPDATED: EventKind
EVENT_KIND_RECONCILIATION_EXCEPTIONS_RESOLVED: EventKind
EVENT_KIND_RECONCILIATION_STATEMENT_CREATED: EventKind
EVENT_KIND_RECONCILIATION_STATEMENT_CONFIRMED: EventKind

class Event(_message.Message):
    __slots__ = ("id", "cursor", "kind", "commit_time", "transaction", "monitor", "balance", "batch", "identity", "ledger", "external_source", "service_settings", "external_source_late", "upload", "matching_rule", "matching_rule_set", "reconciliation", "reconciliation_proof", "reconciliation_decision", "reconciliation_exception", "reconciliation_statement")
    ID_FIELD_NUMBER: _ClassVar[int]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    COMMIT_TIME_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_FIELD_NUMBER: _ClassVar[int]
    MONITOR_FIELD_NUMBER: _ClassVar[int]
    BALANCE_FIELD_NUMBER: _ClassVar[int]
    BATCH_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_FIELD_NUMBER: _ClassVar[int]
    LEDGER_FIELD_NUMBER: _ClassVar[int]
    EXTERNAL_SOURCE_FIELD_NUMBER: _ClassVar[int]
    SERVICE_SETTINGS_FIELD_NUMBER: _ClassVar[int]
    EXTERNAL_SOURCE_LATE_FIELD_NUMBER: _ClassVar[int]
    UPLOAD_FIELD_NUMBER: _ClassVar[int]
    MATCHING_RULE_FIELD_NUMBER: _ClassVar[int]
    MATCHING_RULE_SET_FIELD_NUMBER: _ClassVar[int]
    RECONCILIATION_FIELD_NUMBER: _ClassVar[int]
    RECONCILIATION_PROOF_FIELD_NUMBER: _ClassVar[int]
    RECONCILIATION_DECISION_FIELD_NUMBER: _ClassVar[int]
    RECONCILIATION_EXCEPTION_FIELD_NUMBER: _ClassVar[int]
    RECONCILIATION_STATEMENT_FIELD_NUMBER: _ClassVar[int]
    id: str
    cursor: str
    kind: EventKind
    commit_time: _timestamp_pb2.Timestamp
    transaction: TransactionEvent
    monitor: MonitorEvent
    balance: BalanceEvent
    batch: BatchEvent
    identity: IdentityEvent
    ledger: LedgerEvent
    external_source: ExternalSourceEvent
    service_settings: ServiceSettingsEvent
    external_source_late: ExternalSourceLateEvent
    upload: UploadEvent
    matching_rule: MatchingRuleEvent
    matching_rule_set: MatchingRuleSetEvent
    reconciliation: ReconciliationEvent
    reconciliation_proof: ReconciliationProofEvent
    reconciliation_decision: ReconciliationDecisionEvent
    reconciliation_exception: ReconciliationExceptionEvent
    reconciliation_statement: ReconciliationStatementEvent
    def __init__(self, id: _Optional[str] = ..., cursor: _Optional[str] = ..., kind: _Optional[_Union[EventKind, str]] = ..., commit_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., transaction: _Optional[_Union[TransactionEvent, _Mapping]] = ..., monitor: _Optional[_Union[MonitorEvent, _Mapping]] = ..., balance: _Optional[_Union[BalanceEvent, _Mapping]] = ..., batch: _Optional[_Union[BatchEvent, _Mapping]] = ..., identity: _Optional[_Union[IdentityEvent, _Mapping]] = ..., ledger: _Optional[_Union[LedgerEvent, _Mapping]] = ..., external_source: _Optional[_Union[ExternalSourceEvent, _Mapping]] = ..., service_settings: _Optional[_Union[ServiceSettingsEvent, _Mapping]] = ..., external_source_late: _Optional[_Union[ExternalSourceLateEvent, _Mapping]] = ..., upload: _Optional[_Union[UploadEvent, _Mapping]] = ..., matching_rule: _Optional[_Union[MatchingRuleEvent, _Mapping]] = ..., matching_rule_set: _Optional[_Union[MatchingRuleSetEvent, _Mapping]] = ..., reconciliation: _Optional[_Union[ReconciliationEvent, _Mapping]] = ..., reconciliation_proof: _Optional[_Union[ReconciliationProofEvent, _Mapping]] = ..., reconciliation_decision: _Optional[_Union[ReconciliationDecisionEvent, _Mapping]] = ..., reconciliation_exception: _Optional[_Union[ReconciliationExceptionEvent, _Mapping]] = ..., reconciliation_statement: _Optional[_Union[ReconciliationStatementEvent, _Mapping]] = ...) -> None: ...

class Heartbeat(_message.Message):
    __slots__ = ("cursor", "server_time")
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    SERVER_TIME_FIELD_NUMBER: _ClassVar[int]
    cursor: str
    server_time: _timestamp_pb2.Timestamp
    def __init__(self, cursor: _Optional[str] = ..., server_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class TransactionEvent(_message.Message):
    __slots__ = ("transaction", "cause_id")
    TRANSACTION_FIELD_NUMBER: _ClassVar[int]
    CAUSE_ID_FIELD_NUMBER: _ClassVar[int]
    transaction: _transaction_pb2.Transaction
    cause_id: str
    def __init__(self, transaction: _Optional[_Union[_transaction_pb2.Transaction, _Mapping]] = ..., cause_id: _Optional[str] = ...) -> None: ...

class MonitorEvent(_message.Message):
    __slots__ = ("monitor", "balance_id", "figures", "currency", "precision", "transaction_id", "before", "changed_fields")
    MONITOR_FIELD_NUMBER: _ClassVar[int]
    BALANCE_ID_FIELD_NUMBER: _ClassVar[int]
    FIGURES_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    PRECISION_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_ID_FIELD_NUMBER: _ClassVar[int]
    BEFORE_FIELD_NUMBER: _ClassVar[int]
    CHANGED_FIELDS_FIELD_NUMBER: _ClassVar[int]
    monitor: _monitor_pb2.Monitor
    balance_id: str
    figures: _balance_pb2.Figures
    currency: str
    precision: int
    transaction_id: str
    before: _monitor_pb2.Monitor
    changed_fields: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, monitor: _Optional[_Union[_monitor_pb2.Monitor, _Mapping]] = ..., balance_id: _Optional[str] = ..., figures: _Optional[_Union[_balance_pb2.Figures, _Mapping]] = ..., currency: _Optional[str] = ..., precision: _Optional[int] = ..., transaction_id: _Optional[str] = ..., before: _Optional[_Union[_monitor_pb2.Monitor, _Mapping]] = ..., changed_fields: _Optional[_Iterable[str]] = ...) -> None: ...

class BalanceEvent(_message.Message):
    __slots__ = ("balance", "reason", "before", "changed_fields")
    BALANCE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    BEFORE_FIELD_NUMBER: _ClassVar[int]
    CHANGED_FIELDS_FIELD_NUMBER: _ClassVar[int]
    balance: _balance_pb2.Balance
    reason: str
    before: _balance_pb2.Balance
    changed_fields: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, balance: _Optional[_Union[_balance_pb2.Balance, _Mapping]] = ..., reason: _Optional[str] = ..., before: _Optional[_Union[_balance_pb2.Balance, _Mapping]] = ..., changed_fields: _Optional[_Iterable[str]] = ...) -> None: ...

class BatchEvent(_message.Message):
    __slots__ = ("batch",)
    BATCH_FIELD_NUMBER: _ClassVar[int]
    batch: _batch_pb2.Batch
    def __init__(self, batch: _Optional[_Union[_batch_pb2.Batch, _Mapping]] = ...) -> None: ...

class IdentityEvent(_message.Message):
    __slots__ = ("identity_id", "changed_fields")
    IDENTITY_ID_FIELD_NUMBER: _ClassVar[int]
    CHANGED_FIELDS_FIELD_NUMBER: _ClassVar[int]
    identity_id: str
    changed_fields: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, identity_id: _Optional[str] = ..., changed_fields: _Optional[_Iterable[str]] = ...) -> None: ...

class LedgerEvent(_message.Message):
    __slots__ = ("ledger", "before", "changed_fields", "reason")
    LEDGER_FIELD_NUMBER: _ClassVar[int]
    BEFORE_FIELD_NUMBER: _ClassVar[int]
    CHANGED_FIELDS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ledger: _ledger_pb2.Ledger
    before: _ledger_pb2.Ledger
    changed_fields: _containers.RepeatedScalarFieldContainer[str]
    reason: str
    def __init__(self, ledger: _Optional[_Union[_ledger_pb2.Ledger, _Mapping]] = ..., before: _Optional[_Union[_ledger_pb2.Ledger, _Mapping]] = ..., changed_fields: _Optional[_Iterable[str]] = ..., reason: _Optional[str] = ...) -> None: ...

class ServiceSettingsEvent(_message.Message):
    __slots__ = ("service_settings", "before", "changed_fields")
    SERVICE_SETTINGS_FIELD_NUMBER: _ClassVar[int]
    BEFORE_FIELD_NUMBER: _ClassVar[int]
    CHANGED_FIELDS_FIELD_NUMBER: _ClassVar[int]
    service_settings: _service_settings_pb2.ServiceSettings
    before: _service_settings_pb2.ServiceSettings
    changed_fields: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, service_settings: _Optional[_Union[_service_settings_pb2.ServiceSettings, _Mapping]] = ..., before: _Optional[_Union[_service_settings_pb2.ServiceSettings, _Mapping]] = ..., changed_fields: _Optional[_Iterable[str]] = ...) -> None: ...

class ExternalSourceEvent(_message.Message):
    __slots__ = ("external_source", "before", "changed_fields")
    EXTERNAL_SOURCE_FIELD_NUMBER: _ClassVar[int]
    BEFORE_FIELD_NUMBER: _ClassVar[int]
    CHANGED_FIELDS_FIELD_NUMBER: _ClassVar[int]
    external_source: _external_source_pb2.ExternalSource
    before: _external_source_pb2.ExternalSource
    changed_fields: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, external_source: _Optional[_Union[_external_source_pb2.ExternalSource, _Mapping]] = ..., before: _Optional[_Union[_external_source_pb2.ExternalSource, _Mapping]] = ..., changed_fields: _Optional[_Iterable[str]] = ...) -> None: ...

class UploadEvent(_message.Message):
    __slots__ = ("upload",)
    UPLOAD_FIELD_NUMBER: _ClassVar[int]
    upload: _upload_pb2.Upload
    def __init__(self, upload: _Optional[_Union[_upload_pb2.Upload, _Mapping]] = ...) -> None: ...

class MatchingRuleEvent(_message.Message):
    __slots__ = ("matching_rule", "before", "changed_fields")
    MATCHING_RULE_FIELD_NUMBER: _ClassVar[int]
    BEFORE_FIELD_NUMBER: _ClassVar[int]
    CHANGED_FIELDS_FIELD_NUMBER: _ClassVar[int]
    matching_rule: _matching_rule_pb2.MatchingRule
    before: _matching_rule_pb2.MatchingRule
    changed_fields: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, matching_rule: _Optional[_Union[_matching_rule_pb2.MatchingRule, _Mapping]] = ..., before: _Optional[_Union[_matching_rule_pb2.MatchingRule, _Mapping]] = ..., changed_fields: _Optional[_Iterable[str]] = ...) -> None: ...

class MatchingRuleSetEvent(_message.Message):
    __slots__ = ("matching_rule_set", "before", "changed_fields")
    MATCHING_RULE_SET_FIELD_NUMBER: _ClassVar[int]
    BEFORE_FIELD_NUMBER: _ClassVar[int]
    CHANGED_FIELDS_FIELD_NUMBER: _ClassVar[int]
    matching_rule_set: _matching_rule_pb2.MatchingRuleSet
    before: _matching_rule_pb2.MatchingRuleSet
    changed_fields: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, matching_rule_set: _Optional[_Union[_matching_rule_pb2.MatchingRuleSet, _Mapping]] = ..., before: _Optional[_Union[_matching_rule_pb2.MatchingRuleSet, _Mapping]] = ..., changed_fields: _Optional[_Iterable[str]] = ...) -> None: ...

class ReconciliationDecisionEvent(_message.Message):
    __slots__ = ("reconciliation_decision",)
    RECONCILIATION_DECISION_FIELD_NUMBER: _ClassVar[int]
    reconciliation_decision: _reconciliation_match_pb2.ReconciliationDecision
    def __init__(self, reconciliation_decision: _Optional[_Union[_reconciliation_match_pb2.ReconciliationDecision, _Mapping]] = ...) -> None: ...

class ExternalSourceLateEvent(_message.Message):
    __slots__ = ("external_source_id", "late_since")
    EXTERNAL_SOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    LATE_SINCE_FIELD_NUMBER: _ClassVar[int]
    external_source_id: str
    late_since: _timestamp_pb2.Timestamp
    def __init__(self, external_source_id: _Optional[str] = ..., late_since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ReconciliationProofEvent(_message.Message):
    __slots__ = ("external_source_id", "reconciliation_id", "currency", "date", "proof", "only_in_bank_count", "only_in_ledger_count", "ignored_in_bank_count", "ignored_in_ledger_count", "difference_count")
    EXTERNAL_SOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    RECONCILIATION_ID_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    DATE_FIELD_NUMBER: _ClassVar[int]
    PROOF_FIELD_NUMBER: _ClassVar[int]
    ONLY_IN_BANK_COUNT_FIELD_NUMBER: _ClassVar[int]
    ONLY_IN_LEDGER_COUNT_FIELD_NUMBER: _ClassVar[int]
    IGNORED_IN_BANK_COUNT_FIELD_NUMBER: _ClassVar[int]
    IGNORED_IN_LEDGER_COUNT_FIELD_NUMBER: _ClassVar[int]
    DIFFERENCE_COUNT_FIELD_NUMBER: _ClassVar[int]
    external_source_id: str
    reconciliation_id: str
    currency: str
    date: str
    proof: _reconciliation_statement_pb2.ReconciliationStatementProof
    only_in_bank_count: int
    only_in_ledger_count: int
    ignored_in_bank_count: int
    ignored_in_ledger_count: int
    difference_count: int
    def __init__(self, external_source_id: _Optional[str] = ..., reconciliation_id: _Optional[str] = ..., currency: _Optional[str] = ..., date: _Optional[str] = ..., proof: _Optional[_Union[_reconciliation_statement_pb2.ReconciliationStatementProof, _Mapping]] = ..., only_in_bank_count: _Optional[int] = ..., only_in_ledger_count: _Optional[int] = ..., ignored_in_bank_count: _Optional[int] = ..., ignored_in_ledger_count: _Optional[int] = ..., difference_count: _Optional[int] = ...) -> None: ...

class ReconciliationExceptionEvent(_message.Message):
    __slots__ = ("external_source_id", "reconciliation_id", "reconciliation_decision_id", "reconciliation_exception_id", "exception_count", "status", "changed_fields")
    EXTERNAL_SOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    RECONCILIATION_ID_FIELD_NUMBER: _ClassVar[int]
    RECONCILIATION_DECISION_ID_FIELD_NUMBER: _ClassVar[int]
    RECONCILIATION_EXCEPTION_ID_FIELD_NUMBER: _ClassVar[int]
    EXCEPTION_COUNT_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    CHANGED_FIELDS_FIELD_NUMBER: _ClassVar[int]
    external_source_id: str
    reconciliation_id: str
    reconciliation_decision_id: str
    reconciliation_exception_id: str
    exception_count: int
    status: _reconciliation_exception_pb2.ReconciliationExceptionStatus
    changed_fields: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, external_source_id: _Optional[str] = ..., reconciliation_id: _Optional[str] = ..., reconciliation_decision_id: _Optional[str] = ..., reconciliation_exception_id: _Optional[str] = ..., exception_count: _Optional[int] = ..., status: _Optional[_Union[_reconciliation_exception_pb2.ReconciliationExceptionStatus, str]] = ..., changed_fields: _Optional[_Iterable[str]] = ...) -> None: ...

class ReconciliationStatementEvent(_message.Message):
    __slots__ = ("reconciliation_statement",)
    RECONCILIATION_STATEMENT_FIELD_NUMBER: _ClassVar[int]
    reconciliation_statement: _reconciliation_statement_pb2.ReconciliationStatement
    def __init__(self, reconciliation_statement: _Optional[_Union[_reconciliation_statement_pb2.ReconciliationStatement, _Mapping]] = ...) -> None: ...

class ReconciliationEvent(_message.Message):
    __slots__ = ("reconciliation",)
    RECONCILIATION_FIELD_NUMBER: _ClassVar[int]
    reconciliation: _reconciliation_pb2.Reconciliation
    def __init__(self, reconciliation: _Optional[_Union[_reconciliation_pb2.Reconciliation, _Mapping]] = ...) -> None: ...
