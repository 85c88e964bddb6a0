import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from ledgerapi.v1 import amount_pb2 as _amount_pb2
from ledgerapi.v1 import rejection_pb2 as _rejection_pb2
from ledgerapi.v1 import transaction_pb2 as _transaction_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RowOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ROW_OUTCOME_UNSPECIFIED: _ClassVar[RowOutcome]
    ROW_OUTCOME_MATCHED: _ClassVar[RowOutcome]
    ROW_OUTCOME_MATCHED_WITH_DIFFERENCE: _ClassVar[RowOutcome]
    ROW_OUTCOME_UNMATCHED: _ClassVar[RowOutcome]
    ROW_OUTCOME_AMBIGUOUS: _ClassVar[RowOutcome]
    ROW_OUTCOME_LIMIT_REACHED: _ClassVar[RowOutcome]
    ROW_OUTCOME_DUPLICATE: _ClassVar[RowOutcome]
    ROW_OUTCOME_IGNORED: _ClassVar[RowOutcome]
    ROW_OUTCOME_OUTSIDE_WINDOW: _ClassVar[RowOutcome]

class EntryTime(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ENTRY_TIME_UNSPECIFIED: _ClassVar[EntryTime]
    ENTRY_TIME_RECORD_TIME: _ClassVar[EntryTime]
    ENTRY_TIME_EFFECTIVE_TIME: _ClassVar[EntryTime]

class ReconciliationStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RECONCILIATION_STATUS_UNSPECIFIED: _ClassVar[ReconciliationStatus]
    RECONCILIATION_STATUS_PENDING: _ClassVar[ReconciliationStatus]
    RECONCILIATION_STATUS_RUNNING: _ClassVar[ReconciliationStatus]
    RECONCILIATION_STATUS_FINISHED: _ClassVar[ReconciliationStatus]
    RECONCILIATION_STATUS_FAILED: _ClassVar[ReconciliationStatus]
    RECONCILIATION_STATUS_CANCELLED: _ClassVar[ReconciliationStatus]

class ReconciliationStage(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RECONCILIATION_STAGE_UNSPECIFIED: _ClassVar[ReconciliationStage]
    RECONCILIATION_STAGE_PENDING: _ClassVar[ReconciliationStage]
    RECONCILIATION_STAGE_READING: _ClassVar[ReconciliationStage]
    RECONCILIATION_STAGE_MATCHING: _ClassVar[ReconciliationStage]
    RECONCILIATION_STAGE_WRITING: _ClassVar[ReconciliationStage]
    RECONCILIATION_STAGE_DONE: _ClassVar[ReconciliationStage]

class ReplayOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REPLAY_OUTCOME_UNSPECIFIED: _ClassVar[ReplayOutcome]
    REPLAY_OUTCOME_EQUAL: _ClassVar[ReplayOutcome]
    REPLAY_OUTCOME_DIFFERENT: _ClassVar[ReplayOutcome]
ROW_OUTCOME_UNSPECIFIED: RowOutcome
ROW_OUTCOME_MATCHED: RowOutcome
ROW_OUTCOME_MATCHED_WITH_DIFFERENCE: RowOutcome
ROW_OUTCOME_UNMATCHED: RowOutcome
ROW_OUTCOME_AMBIGUOUS: RowOutcome
ROW_OUTCOME_LIMIT_REACHED: RowOutcome
ROW_OUTCOME_DUPLICATE: RowOutcome
ROW_OUTCOME_IGNORED: RowOutcome
ROW_OUTCOME_OUTSIDE_WINDOW: RowOutcome
ENTRY_TIME_UNSPECIFIED: EntryTime
ENTRY_TIME_RECORD_TIME: EntryTime
ENTRY_TIME_EFFECTIVE_TIME: EntryTime
RECONCILIATION_STATUS_UNSPECIFIED: ReconciliationStatus
RECONCILIATION_STATUS_PENDING: ReconciliationStatus
RECONCILIATION_STATUS_RUNNING: ReconciliationStatus
RECONCILIATION_STATUS_FINISHED: ReconciliationStatus
RECONCILIATION_STATUS_FAILED: ReconciliationStatus
RECONCILIATION_STATUS_CANCELLED: ReconciliationStatus
RECONCILIATION_STAGE_UNSPECIFIED: ReconciliationStage
RECONCILIATION_STAGE_PENDING: ReconciliationStage
RECONCILIATION_STAGE_READING: ReconciliationStage
RECONCILIATION_STAGE_MATCHING: ReconciliationStage
RECONCILIATION_STAGE_WRITING: ReconciliationStage
RECONCILIATION_STAGE_DONE: ReconciliationStage
REPLAY_OUTCOME_UNSPECIFIED: ReplayOutcome
REPLAY_OUTCOME_EQUAL: ReplayOutcome
REPLAY_OUTCOME_DIFFERENT: ReplayOutcome

class Reconciliation(_message.Message):
    __slots__ = ("id", "external_source_id", "upload_ids", "replayed_reconciliation_id", "matching_rule_set_id", "matching_rule_set_version", "matching_rules", "balance_count", "ledger_ids", "identity_ids", "begin_date", "end_date", "entry_time", "statuses", "dry_run", "status", "stage", "stage_done_count", "journal_cursor", "totals", "result_hash", "rejection", "replay_outcome", "replay_differences", "created_by", "create_time", "start_time", "finish_time", "adjustment_count")
    ID_FIELD_NUMBER: _ClassVar[int]
    EXTERNAL_SOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    UPLOAD_IDS_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_RECONCILIATION_ID_FIELD_NUMBER: _ClassVar[int]
    MATCHING_RULE_SET_ID_FIELD_NUMBER: _ClassVar[int]
    MATCHING_RULE_SET_VERSION_FIELD_NUMBER: _ClassVar[int]
    MATCHING_RULES_FIELD_NUMBER: _ClassVar[int]
    BALANCE_COUNT_FIELD_NUMBER: _ClassVar[int]
    LEDGER_IDS_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_IDS_FIELD_NUMBER: _ClassVar[int]
    BEGIN_DATE_FIELD_NUMBER: _ClassVar[int]
    END_DATE_FIELD_NUMBER: _ClassVar[int]
    ENTRY_TIME_FIELD_NUMBER: _ClassVar[int]
    STATUSES_FIELD_NUMBER: _ClassVar[int]
    DRY_RUN_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    STAGE_DONE_COUNT_FIELD_NUMBER: _ClassVar[int]
    JOURNAL_CURSOR_FIELD_NUMBER: _ClassVar[int]
    TOTALS_FIELD_NUMBER: _ClassVar[int]
    RESULT_HASH_FIELD_NUMBER: _ClassVar[int]
    REJECTION_FIELD_NUMBER: _ClassVar[int]
    REPLAY_OUTCOME_FIELD_NUMBER: _ClassVar[int]
    REPLAY_DIFFERENCES_FIELD_NUMBER: _ClassVar[int]
    CREATED_BY_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    FINISH_TIME_FIELD_NUMBER: _ClassVar[int]
    ADJUSTMENT_COUNT_FIELD_NUMBER: _ClassVar[int]
    id: str
    external_source_id: str
    upload_ids: _containers.RepeatedScalarFieldContainer[str]
    replayed_reconciliation_id: str
    matching_rule_set_id: str
    matching_rule_set_version: int
    matching_rules: _containers.RepeatedCompositeFieldContainer[ReconciliationRule]
    balance_count: int
    ledger_ids: _containers.RepeatedScalarFieldContainer[str]
    identity_ids: _containers.RepeatedScalarFieldContainer[str]
    begin_date: str
    end_date: str
    entry_time: EntryTime
    statuses: _containers.RepeatedScalarFieldContainer[_transaction_pb2.TransactionStatus]
    dry_run: bool
    status: ReconciliationStatus
    stage: ReconciliationStage
    stage_done_count: int
    journal_cursor: str
    totals: _containers.RepeatedCompositeFieldContainer[ReconciliationTotal]
    result_hash: str
    rejection: _rejection_pb2.Rejection
    replay_outcome: ReplayOutcome
    replay_differences: _containers.RepeatedScalarFieldContainer[str]
    created_by: str
    create_time: _timestamp_pb2.Timestamp
    start_time: _timestamp_pb2.Timestamp
    finish_time: _timestamp_pb2.Timestamp
    adjustment_count: int
    def __init__(self, id: _Optional[str] = ..., external_source_id: _Optional[str] = ..., upload_ids: _Optional[_Iterable[str]] = ..., replayed_reconciliation_id: _Optional[str] = ..., matching_rule_set_id: _Optional[str] = ..., matching_rule_set_version: _Optional[int] = ..., matching_rules: _Optional[_Iterable[_Union[ReconciliationRule, _Mapping]]] = ..., balance_count: _Optional[int] = ..., ledger_ids: _Optional[_Iterable[str]] = ..., identity_ids: _Optional[_Iterable[str]] = ..., begin_date: _Optional[str] = ..., end_date: _Optional[str] = ..., entry_time: _Optional[_Union[EntryTime, str]] = ..., statuses: _Optional[_Iterable[_Union[_transaction_pb2.TransactionStatus, str]]] = ..., dry_run: bool = ..., status: _Optional[_Union[ReconciliationStatus, str]] = ..., stage: _Optional[_Union[ReconciliationStage, str]] = ..., stage_done_count: _Optional[int] = ..., journal_cursor: _Optional[str] = ..., totals: _Optional[_Iterable[_Union[ReconciliationTotal, _Mapping]]] = ..., result_hash: _Optional[str] = ..., rejection: _Optional[_Union[_rejection_pb2.Rejection, _Mapping]] = ..., replay_outcome: _Optional[_Union[ReplayOutcome, str]] = ..., replay_differences: _Optional[_Iterable[str]] = ..., created_by: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., finish_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., adjustment_count: _Optional[int] = ...) -> None: ...

class ReconciliationRule(_message.Message):
    __slots__ = ("matching_rule_id", "version")
    MATCHING_RULE_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    matching_rule_id: str
    version: int
    def __init__(self, matching_rule_id: _Optional[str] = ..., version: _Optional[int] = ...) -> None: ...

class ReconciliationTotal(_message.Message):
    __slots__ = ("currency", "outcome", "record_count", "record_amount", "entry_count", "entry_amount")
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    RECORD_COUNT_FIELD_NUMBER: _ClassVar[int]
    RECORD_AMOUNT_FIELD_NUMBER: _ClassVar[int]
    ENTRY_COUNT_FIELD_NUMBER: _ClassVar[int]
    ENTRY_AMOUNT_FIELD_NUMBER: _ClassVar[int]
    currency: str
    outcome: RowOutcome
    record_count: int
    record_amount: _amount_pb2.Amount
    entry_count: int
    entry_amount: _amount_pb2.Amount
    def __init__(self, currency: _Optional[str] = ..., outcome: _Optional[_Union[RowOutcome, str]] = ..., record_count: _Optional[int] = ..., record_amount: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ..., entry_count: _Optional[int] = ..., entry_amount: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ...) -> None: ...
