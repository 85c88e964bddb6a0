import datetime

from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from ledgerapi.v1 import amount_pb2 as _amount_pb2
from ledgerapi.v1 import balance_pb2 as _balance_pb2
from ledgerapi.v1 import draft_pb2 as _draft_pb2
from ledgerapi.v1 import rejection_pb2 as _rejection_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class TransactionKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TRANSACTION_KIND_UNSPECIFIED: _ClassVar[TransactionKind]
    TRANSACTION_KIND_POSTING: _ClassVar[TransactionKind]
    TRANSACTION_KIND_HOLD: _ClassVar[TransactionKind]
    TRANSACTION_KIND_COMMIT: _ClassVar[TransactionKind]
    TRANSACTION_KIND_VOID: _ClassVar[TransactionKind]
    TRANSACTION_KIND_REFUND: _ClassVar[TransactionKind]
    TRANSACTION_KIND_SPLIT: _ClassVar[TransactionKind]
    TRANSACTION_KIND_CANCEL: _ClassVar[TransactionKind]
    TRANSACTION_KIND_RESCHEDULE: _ClassVar[TransactionKind]
    TRANSACTION_KIND_APPROVE: _ClassVar[TransactionKind]
    TRANSACTION_KIND_DENY: _ClassVar[TransactionKind]
    TRANSACTION_KIND_ADJUSTMENT: _ClassVar[TransactionKind]

class TransactionStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TRANSACTION_STATUS_UNSPECIFIED: _ClassVar[TransactionStatus]
    TRANSACTION_STATUS_QUEUED: _ClassVar[TransactionStatus]
    TRANSACTION_STATUS_SCHEDULED: _ClassVar[TransactionStatus]
    TRANSACTION_STATUS_IN_REVIEW: _ClassVar[TransactionStatus]
    TRANSACTION_STATUS_INFLIGHT: _ClassVar[TransactionStatus]
    TRANSACTION_STATUS_APPLIED: _ClassVar[TransactionStatus]
    TRANSACTION_STATUS_VOID: _ClassVar[TransactionStatus]
    TRANSACTION_STATUS_REJECTED: _ClassVar[TransactionStatus]
    TRANSACTION_STATUS_CANCELLED: _ClassVar[TransactionStatus]
TRANSACTION_KIND_UNSPECIFIED: TransactionKind
TRANSACTION_KIND_POSTING: TransactionKind
TRANSACTION_KIND_HOLD: TransactionKind
TRANSACTION_KIND_COMMIT: TransactionKind
TRANSACTION_KIND_VOID: TransactionKind
TRANSACTION_KIND_REFUND: TransactionKind
TRANSACTION_KIND_SPLIT: TransactionKind
TRANSACTION_KIND_CANCEL: TransactionKind
TRANSACTION_KIND_RESCHEDULE: TransactionKind
TRANSACTION_KIND_APPROVE: TransactionKind
TRANSACTION_KIND_DENY: TransactionKind
TRANSACTION_KIND_ADJUSTMENT: TransactionKind
TRANSACTION_STATUS_UNSPECIFIED: TransactionStatus
TRANSACTION_STATUS_QUEUED: TransactionStatus
TRANSACTION_STATUS_SCHEDULED: TransactionStatus
TRANSACTION_STATUS_IN_REVIEW: TransactionStatus
TRANSACTION_STATUS_INFLIGHT: TransactionStatus
TRANSACTION_STATUS_APPLIED: TransactionStatus
TRANSACTION_STATUS_VOID: TransactionStatus
TRANSACTION_STATUS_REJECTED: TransactionStatus
TRANSACTION_STATUS_CANCELLED: TransactionStatus

class Transaction(_message.Message):
    __slots__ = ("id", "reference", "kind", "status", "amount", "source_id", "source_indicator", "destination_id", "destination_indicator", "allow_overdraft", "overdraft_limit", "description", "group", "tag", "metadata", "parent_id", "batch_id", "leg_ids", "created_by", "create_time", "record_time", "effective_time", "scheduled_time", "inflight_expiry_time", "inflight_commit_time", "hold", "refund", "source_figures", "destination_figures", "rejection", "review", "allow_over_commit", "on_behalf_of", "available", "identity_ids", "adjustment", "header_id", "target_batch_id")
    ID_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    SOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    SOURCE_INDICATOR_FIELD_NUMBER: _ClassVar[int]
    DESTINATION_ID_FIELD_NUMBER: _ClassVar[int]
    DESTINATION_INDICATOR_FIELD_NUMBER: _ClassVar[int]
    ALLOW_OVERDRAFT_FIELD_NUMBER: _ClassVar[int]
    OVERDRAFT_LIMIT_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    GROUP_FIELD_NUMBER: _ClassVar[int]
    TAG_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    PARENT_ID_FIELD_NUMBER: _ClassVar[int]
    BATCH_ID_FIELD_NUMBER: _ClassVar[int]
    LEG_IDS_FIELD_NUMBER: _ClassVar[int]
    CREATED_BY_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    RECORD_TIME_FIELD_NUMBER: _ClassVar[int]
    EFFECTIVE_TIME_FIELD_NUMBER: _ClassVar[int]
    SCHEDULED_TIME_FIELD_NUMBER: _ClassVar[int]
    INFLIGHT_EXPIRY_TIME_FIELD_NUMBER: _ClassVar[int]
    INFLIGHT_COMMIT_TIME_FIELD_NUMBER: _ClassVar[int]
    HOLD_FIELD_NUMBER: _ClassVar[int]
    REFUND_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIGURES_FIELD_NUMBER: _ClassVar[int]
    DESTINATION_FIGURES_FIELD_NUMBER: _ClassVar[int]
    REJECTION_FIELD_NUMBER: _ClassVar[int]
    REVIEW_FIELD_NUMBER: _ClassVar[int]
    ALLOW_OVER_COMMIT_FIELD_NUMBER: _ClassVar[int]
    ON_BEHALF_OF_FIELD_NUMBER: _ClassVar[int]
    AVAILABLE_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_IDS_FIELD_NUMBER: _ClassVar[int]
    ADJUSTMENT_FIELD_NUMBER: _ClassVar[int]
    HEADER_ID_FIELD_NUMBER: _ClassVar[int]
    TARGET_BATCH_ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    reference: str
    kind: TransactionKind
    status: TransactionStatus
    amount: _amount_pb2.Amount
    source_id: str
    source_indicator: str
    destination_id: str
    destination_indicator: str
    allow_overdraft: bool
    overdraft_limit: _amount_pb2.Amount
    description: str
    group: str
    tag: str
    metadata: _struct_pb2.Struct
    parent_id: str
    batch_id: str
    leg_ids: _containers.RepeatedScalarFieldContainer[str]
    created_by: str
    create_time: _timestamp_pb2.Timestamp
    record_time: _timestamp_pb2.Timestamp
    effective_time: _timestamp_pb2.Timestamp
    scheduled_time: _timestamp_pb2.Timestamp
    inflight_expiry_time: _timestamp_pb2.Timestamp
    inflight_commit_time: _timestamp_pb2.Timestamp
    hold: HoldFigures
    refund: RefundFigures
    source_figures: SideFigures
    destination_figures: SideFigures
    rejection: _rejection_pb2.Rejection
    review: Review
    allow_over_commit: bool
    on_behalf_of: str
    available: _draft_pb2.Available
    identity_ids: _containers.RepeatedScalarFieldContainer[str]
    adjustment: HoldAdjustment
    header_id: str
    target_batch_id: str
    def __init__(self, id: _Optional[str] = ..., reference: _Optional[str] = ..., kind: _Optional[_Union[TransactionKind, str]] = ..., status: _Optional[_Union[TransactionStatus, str]] = ..., amount: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ..., source_id: _Optional[str] = ..., source_indicator: _Optional[str] = ..., destination_id: _Optional[str] = ..., destination_indicator: _Optional[str] = ..., allow_overdraft: bool = ..., overdraft_limit: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ..., description: _Optional[str] = ..., group: _Optional[str] = ..., tag: _Optional[str] = ..., metadata: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., parent_id: _Optional[str] = ..., batch_id: _Optional[str] = ..., leg_ids: _Optional[_Iterable[str]] = ..., created_by: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., record_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., effective_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., scheduled_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., inflight_expiry_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., inflight_commit_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., hold: _Optional[_Union[HoldFigures, _Mapping]] = ..., refund: _Optional[_Union[RefundFigures, _Mapping]] = ..., source_figures: _Optional[_Union[SideFigures, _Mapping]] = ..., destination_figures: _Optional[_Union[SideFigures, _Mapping]] = ..., rejection: _Optional[_Union[_rejection_pb2.Rejection, _Mapping]] = ..., review: _Optional[_Union[Review, _Mapping]] = ..., allow_over_commit: bool = ..., on_behalf_of: _Optional[str] = ..., available: _Optional[_Union[_draft_pb2.Available, _Mapping]] = ..., identity_ids: _Optional[_Iterable[str]] = ..., adjustment: _Optional[_Union[HoldAdjustment, _Mapping]] = ..., header_id: _Optional[str] = ..., target_batch_id: _Optional[str] = ...) -> None: ...

class HoldFigures(_message.Message):
    __slots__ = ("committed", "voided", "remaining", "adjusted")
    COMMITTED_FIELD_NUMBER: _ClassVar[int]
    VOIDED_FIELD_NUMBER: _ClassVar[int]
    REMAINING_FIELD_NUMBER: _ClassVar[int]
    ADJUSTED_FIELD_NUMBER: _ClassVar[int]
    committed: _amount_pb2.Amount
    voided: _amount_pb2.Amount
    remaining: _amount_pb2.Amount
    adjusted: _amount_pb2.Amount
    def __init__(self, committed: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ..., voided: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ..., remaining: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ..., adjusted: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ...) -> None: ...

class HoldAdjustment(_message.Message):
    __slots__ = ("increase", "decrease")
    INCREASE_FIELD_NUMBER: _ClassVar[int]
    DECREASE_FIELD_NUMBER: _ClassVar[int]
    increase: _amount_pb2.Amount
    decrease: _amount_pb2.Amount
    def __init__(self, increase: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ..., decrease: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ...) -> None: ...

class RefundFigures(_message.Message):
    __slots__ = ("refunded", "remaining")
    REFUNDED_FIELD_NUMBER: _ClassVar[int]
    REMAINING_FIELD_NUMBER: _ClassVar[int]
    refunded: _amount_pb2.Amount
    remaining: _amount_pb2.Amount
    def __init__(self, refunded: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ..., remaining: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ...) -> None: ...

class SideFigures(_message.Message):
    __slots__ = ("balance_id", "currency", "precision", "before", "after")
    BALANCE_ID_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    PRECISION_FIELD_NUMBER: _ClassVar[int]
    BEFORE_FIELD_NUMBER: _ClassVar[int]
    AFTER_FIELD_NUMBER: _ClassVar[int]
    balance_id: str
    currency: str
    precision: int
    before: _balance_pb2.Figures
    after: _balance_pb2.Figures
    def __init__(self, balance_id: _Optional[str] = ..., currency: _Optional[str] = ..., precision: _Optional[int] = ..., before: _Optional[_Union[_balance_pb2.Figures, _Mapping]] = ..., after: _Optional[_Union[_balance_pb2.Figures, _Mapping]] = ...) -> None: ...

class Review(_message.Message):
    __slots__ = ("reason", "decided_by", "decide_time", "on_behalf_of", "decision_id")
    REASON_FIELD_NUMBER: _ClassVar[int]
    DECIDED_BY_FIELD_NUMBER: _ClassVar[int]
    DECIDE_TIME_FIELD_NUMBER: _ClassVar[int]
    ON_BEHALF_OF_FIELD_NUMBER: _ClassVar[int]
    DECISION_ID_FIELD_NUMBER: _ClassVar[int]
    reason: str
    decided_by: str
    decide_time: _timestamp_pb2.Timestamp
    on_behalf_of: str
    decision_id: str
    def __init__(self, reason: _Optional[str] = ..., decided_by: _Optional[str] = ..., decide_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., on_behalf_of: _Optional[str] = ..., decision_id: _Optional[str] = ...) -> None: ...
