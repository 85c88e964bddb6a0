import datetime

from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from ledgerapi.v1 import amount_pb2 as _amount_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ExternalRecordKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EXTERNAL_RECORD_KIND_UNSPECIFIED: _ClassVar[ExternalRecordKind]
    EXTERNAL_RECORD_KIND_MOVEMENT: _ClassVar[ExternalRecordKind]
    EXTERNAL_RECORD_KIND_REVERSAL: _ClassVar[ExternalRecordKind]
    EXTERNAL_RECORD_KIND_FEE: _ClassVar[ExternalRecordKind]
    EXTERNAL_RECORD_KIND_INTEREST: _ClassVar[ExternalRecordKind]
    EXTERNAL_RECORD_KIND_BATCH: _ClassVar[ExternalRecordKind]

class ExternalRecordStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EXTERNAL_RECORD_STATUS_UNSPECIFIED: _ClassVar[ExternalRecordStatus]
    EXTERNAL_RECORD_STATUS_BOOKED: _ClassVar[ExternalRecordStatus]
    EXTERNAL_RECORD_STATUS_PENDING: _ClassVar[ExternalRecordStatus]
    EXTERNAL_RECORD_STATUS_INFORMATION: _ClassVar[ExternalRecordStatus]

class ExternalRecordView(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EXTERNAL_RECORD_VIEW_UNSPECIFIED: _ClassVar[ExternalRecordView]
    EXTERNAL_RECORD_VIEW_BASIC: _ClassVar[ExternalRecordView]
    EXTERNAL_RECORD_VIEW_FULL: _ClassVar[ExternalRecordView]
EXTERNAL_RECORD_KIND_UNSPECIFIED: ExternalRecordKind
EXTERNAL_RECORD_KIND_MOVEMENT: ExternalRecordKind
EXTERNAL_RECORD_KIND_REVERSAL: ExternalRecordKind
EXTERNAL_RECORD_KIND_FEE: ExternalRecordKind
EXTERNAL_RECORD_KIND_INTEREST: ExternalRecordKind
EXTERNAL_RECORD_KIND_BATCH: ExternalRecordKind
EXTERNAL_RECORD_STATUS_UNSPECIFIED: ExternalRecordStatus
EXTERNAL_RECORD_STATUS_BOOKED: ExternalRecordStatus
EXTERNAL_RECORD_STATUS_PENDING: ExternalRecordStatus
EXTERNAL_RECORD_STATUS_INFORMATION: ExternalRecordStatus
EXTERNAL_RECORD_VIEW_UNSPECIFIED: ExternalRecordView
EXTERNAL_RECORD_VIEW_BASIC: ExternalRecordView
EXTERNAL_RECORD_VIEW_FULL: ExternalRecordView

class ExternalRecord(_message.Message):
    __slots__ = ("id", "external_source_id", "upload_id", "bank_statement_id", "key", "amount", "booking_date", "value_date", "booking_time", "references", "description", "counterparty", "counterparty_account", "identity_id", "group_key", "kind", "status", "source_status", "payment_count", "metadata", "line", "raw", "create_time")
    ID_FIELD_NUMBER: _ClassVar[int]
    EXTERNAL_SOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    UPLOAD_ID_FIELD_NUMBER: _ClassVar[int]
    BANK_STATEMENT_ID_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    BOOKING_DATE_FIELD_NUMBER: _ClassVar[int]
    VALUE_DATE_FIELD_NUMBER: _ClassVar[int]
    BOOKING_TIME_FIELD_NUMBER: _ClassVar[int]
    REFERENCES_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    COUNTERPARTY_FIELD_NUMBER: _ClassVar[int]
    COUNTERPARTY_ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_ID_FIELD_NUMBER: _ClassVar[int]
    GROUP_KEY_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    SOURCE_STATUS_FIELD_NUMBER: _ClassVar[int]
    PAYMENT_COUNT_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    LINE_FIELD_NUMBER: _ClassVar[int]
    RAW_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    id: str
    external_source_id: str
    upload_id: str
    bank_statement_id: str
    key: str
    amount: _amount_pb2.Amount
    booking_date: str
    value_date: str
    booking_time: _timestamp_pb2.Timestamp
    references: _containers.RepeatedScalarFieldContainer[str]
    description: str
    counterparty: str
    counterparty_account: str
    identity_id: str
    group_key: str
    kind: ExternalRecordKind
    status: ExternalRecordStatus
    source_status: str
    payment_count: int
    metadata: _struct_pb2.Struct
    line: int
    raw: str
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, id: _Optional[str] = ..., external_source_id: _Optional[str] = ..., upload_id: _Optional[str] = ..., bank_statement_id: _Optional[str] = ..., key: _Optional[str] = ..., amount: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ..., booking_date: _Optional[str] = ..., value_date: _Optional[str] = ..., booking_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., references: _Optional[_Iterable[str]] = ..., description: _Optional[str] = ..., counterparty: _Optional[str] = ..., counterparty_account: _Optional[str] = ..., identity_id: _Optional[str] = ..., group_key: _Optional[str] = ..., kind: _Optional[_Union[ExternalRecordKind, str]] = ..., status: _Optional[_Union[ExternalRecordStatus, str]] = ..., source_status: _Optional[str] = ..., payment_count: _Optional[int] = ..., metadata: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., line: _Optional[int] = ..., raw: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class BankStatement(_message.Message):
    __slots__ = ("id", "external_source_id", "upload_id", "account", "number", "page", "currency", "opening_balance", "closing_balance", "opening_date", "closing_date", "opening_is_intermediate", "closing_is_intermediate", "is_last_page", "is_interim", "credit_total", "debit_total", "declared_item_count", "record_count", "total", "item_count", "line", "create_time")
    ID_FIELD_NUMBER: _ClassVar[int]
    EXTERNAL_SOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    UPLOAD_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    PAGE_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    OPENING_BALANCE_FIELD_NUMBER: _ClassVar[int]
    CLOSING_BALANCE_FIELD_NUMBER: _ClassVar[int]
    OPENING_DATE_FIELD_NUMBER: _ClassVar[int]
    CLOSING_DATE_FIELD_NUMBER: _ClassVar[int]
    OPENING_IS_INTERMEDIATE_FIELD_NUMBER: _ClassVar[int]
    CLOSING_IS_INTERMEDIATE_FIELD_NUMBER: _ClassVar[int]
    IS_LAST_PAGE_FIELD_NUMBER: _ClassVar[int]
    IS_INTERIM_FIELD_NUMBER: _ClassVar[int]
    CREDIT_TOTAL_FIELD_NUMBER: _ClassVar[int]
    DEBIT_TOTAL_FIELD_NUMBER: _ClassVar[int]
    DECLARED_ITEM_COUNT_FIELD_NUMBER: _ClassVar[int]
    RECORD_COUNT_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    ITEM_COUNT_FIELD_NUMBER: _ClassVar[int]
    LINE_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    id: str
    external_source_id: str
    upload_id: str
    account: str
    number: str
    page: int
    currency: str
    opening_balance: _amount_pb2.Amount
    closing_balance: _amount_pb2.Amount
    opening_date: str
    closing_date: str
    opening_is_intermediate: bool
    closing_is_intermediate: bool
    is_last_page: bool
    is_interim: bool
    credit_total: _amount_pb2.Amount
    debit_total: _amount_pb2.Amount
    declared_item_count: int
    record_count: int
    total: _amount_pb2.Amount
    item_count: int
    line: int
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, id: _Optional[str] = ..., external_source_id: _Optional[str] = ..., upload_id: _Optional[str] = ..., account: _Optional[str] = ..., number: _Optional[str] = ..., page: _Optional[int] = ..., currency: _Optional[str] = ..., opening_balance: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ..., closing_balance: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ..., opening_date: _Optional[str] = ..., closing_date: _Optional[str] = ..., opening_is_intermediate: bool = ..., closing_is_intermediate: bool = ..., is_last_page: bool = ..., is_interim: bool = ..., credit_total: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ..., debit_total: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ..., declared_item_count: _Optional[int] = ..., record_count: _Optional[int] = ..., total: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ..., item_count: _Optional[int] = ..., line: _Optional[int] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
