import datetime

from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from ledgerapi.v1 import amount_pb2 as _amount_pb2
from ledgerapi.v1 import reconciliation_match_pb2 as _reconciliation_match_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ReconciliationExceptionKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RECONCILIATION_EXCEPTION_KIND_UNSPECIFIED: _ClassVar[ReconciliationExceptionKind]
    RECONCILIATION_EXCEPTION_KIND_UNMATCHED: _ClassVar[ReconciliationExceptionKind]
    RECONCILIATION_EXCEPTION_KIND_AMBIGUOUS: _ClassVar[ReconciliationExceptionKind]
    RECONCILIATION_EXCEPTION_KIND_LIMIT_REACHED: _ClassVar[ReconciliationExceptionKind]
    RECONCILIATION_EXCEPTION_KIND_DUPLICATE: _ClassVar[ReconciliationExceptionKind]
    RECONCILIATION_EXCEPTION_KIND_DIFFERENCE: _ClassVar[ReconciliationExceptionKind]

class ReconciliationExceptionStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RECONCILIATION_EXCEPTION_STATUS_UNSPECIFIED: _ClassVar[ReconciliationExceptionStatus]
    RECONCILIATION_EXCEPTION_STATUS_OPEN: _ClassVar[ReconciliationExceptionStatus]
    RECONCILIATION_EXCEPTION_STATUS_IN_PROGRESS: _ClassVar[ReconciliationExceptionStatus]
    RECONCILIATION_EXCEPTION_STATUS_RESOLVED: _ClassVar[ReconciliationExceptionStatus]
RECONCILIATION_EXCEPTION_KIND_UNSPECIFIED: ReconciliationExceptionKind
RECONCILIATION_EXCEPTION_KIND_UNMATCHED: ReconciliationExceptionKind
RECONCILIATION_EXCEPTION_KIND_AMBIGUOUS: ReconciliationExceptionKind
RECONCILIATION_EXCEPTION_KIND_LIMIT_REACHED: ReconciliationExceptionKind
RECONCILIATION_EXCEPTION_KIND_DUPLICATE: ReconciliationExceptionKind
RECONCILIATION_EXCEPTION_KIND_DIFFERENCE: ReconciliationExceptionKind
RECONCILIATION_EXCEPTION_STATUS_UNSPECIFIED: ReconciliationExceptionStatus
RECONCILIATION_EXCEPTION_STATUS_OPEN: ReconciliationExceptionStatus
RECONCILIATION_EXCEPTION_STATUS_IN_PROGRESS: ReconciliationExceptionStatus
RECONCILIATION_EXCEPTION_STATUS_RESOLVED: ReconciliationExceptionStatus

class ReconciliationException(_message.Message):
    __slots__ = ("id", "external_source_id", "reconciliation_id", "kind", "external_record_id", "entry", "match_number", "amount", "row_date", "age_days", "age_bucket_days", "status", "owner", "comment", "resolution", "reconciliation_decision_id", "due_time", "create_time", "update_time", "resolve_time", "etag")
    ID_FIELD_NUMBER: _ClassVar[int]
    EXTERNAL_SOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    RECONCILIATION_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    EXTERNAL_RECORD_ID_FIELD_NUMBER: _ClassVar[int]
    ENTRY_FIELD_NUMBER: _ClassVar[int]
    MATCH_NUMBER_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    ROW_DATE_FIELD_NUMBER: _ClassVar[int]
    AGE_DAYS_FIELD_NUMBER: _ClassVar[int]
    AGE_BUCKET_DAYS_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    COMMENT_FIELD_NUMBER: _ClassVar[int]
    RESOLUTION_FIELD_NUMBER: _ClassVar[int]
    RECONCILIATION_DECISION_ID_FIELD_NUMBER: _ClassVar[int]
    DUE_TIME_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    RESOLVE_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    id: str
    external_source_id: str
    reconciliation_id: str
    kind: ReconciliationExceptionKind
    external_record_id: str
    entry: _reconciliation_match_pb2.ReconciliationEntryKey
    match_number: int
    amount: _amount_pb2.Amount
    row_date: str
    age_days: int
    age_bucket_days: int
    status: ReconciliationExceptionStatus
    owner: str
    comment: str
    resolution: str
    reconciliation_decision_id: str
    due_time: _timestamp_pb2.Timestamp
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    resolve_time: _timestamp_pb2.Timestamp
    etag: str
    def __init__(self, id: _Optional[str] = ..., external_source_id: _Optional[str] = ..., reconciliation_id: _Optional[str] = ..., kind: _Optional[_Union[ReconciliationExceptionKind, str]] = ..., external_record_id: _Optional[str] = ..., entry: _Optional[_Union[_reconciliation_match_pb2.ReconciliationEntryKey, _Mapping]] = ..., match_number: _Optional[int] = ..., amount: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ..., row_date: _Optional[str] = ..., age_days: _Optional[int] = ..., age_bucket_days: _Optional[int] = ..., status: _Optional[_Union[ReconciliationExceptionStatus, str]] = ..., owner: _Optional[str] = ..., comment: _Optional[str] = ..., resolution: _Optional[str] = ..., reconciliation_decision_id: _Optional[str] = ..., due_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., resolve_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ...) -> None: ...

class ReconciliationAgeBucket(_message.Message):
    __slots__ = ("from_days", "to_days", "open_count")
    FROM_DAYS_FIELD_NUMBER: _ClassVar[int]
    TO_DAYS_FIELD_NUMBER: _ClassVar[int]
    OPEN_COUNT_FIELD_NUMBER: _ClassVar[int]
    from_days: int
    to_days: int
    open_count: int
    def __init__(self, from_days: _Optional[int] = ..., to_days: _Optional[int] = ..., open_count: _Optional[int] = ...) -> None: ...
