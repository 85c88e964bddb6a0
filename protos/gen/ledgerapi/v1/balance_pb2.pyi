import datetime

from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from ledgerapi.v1 import amount_pb2 as _amount_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class BalanceStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    BALANCE_STATUS_UNSPECIFIED: _ClassVar[BalanceStatus]
    BALANCE_STATUS_OPEN: _ClassVar[BalanceStatus]
    BALANCE_STATUS_FROZEN: _ClassVar[BalanceStatus]
    BALANCE_STATUS_CLOSED: _ClassVar[BalanceStatus]

class AllocationStrategy(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ALLOCATION_STRATEGY_UNSPECIFIED: _ClassVar[AllocationStrategy]
    ALLOCATION_STRATEGY_FIFO: _ClassVar[AllocationStrategy]
    ALLOCATION_STRATEGY_LIFO: _ClassVar[AllocationStrategy]
    ALLOCATION_STRATEGY_PROPORTIONAL: _ClassVar[AllocationStrategy]

class BalanceView(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    BALANCE_VIEW_UNSPECIFIED: _ClassVar[BalanceView]
    BALANCE_VIEW_BASIC: _ClassVar[BalanceView]
    BALANCE_VIEW_DECIMALS: _ClassVar[BalanceView]
    BALANCE_VIEW_DEFERRED: _ClassVar[BalanceView]
BALANCE_STATUS_UNSPECIFIED: BalanceStatus
BALANCE_STATUS_OPEN: BalanceStatus
BALANCE_STATUS_FROZEN: BalanceStatus
BALANCE_STATUS_CLOSED: BalanceStatus
ALLOCATION_STRATEGY_UNSPECIFIED: AllocationStrategy
ALLOCATION_STRATEGY_FIFO: AllocationStrategy
ALLOCATION_STRATEGY_LIFO: AllocationStrategy
ALLOCATION_STRATEGY_PROPORTIONAL: AllocationStrategy
BALANCE_VIEW_UNSPECIFIED: BalanceView
BALANCE_VIEW_BASIC: BalanceView
BALANCE_VIEW_DECIMALS: BalanceView
BALANCE_VIEW_DEFERRED: BalanceView

class Balance(_message.Message):
    __slots__ = ("id", "ledger_id", "identity_id", "indicator", "currency", "precision", "figures", "status", "floor", "ceiling", "group", "tag", "track_fund_lineage", "allocation_strategy", "deferred_debit", "deferred_credit", "metadata", "create_time", "update_time", "etag")
    ID_FIELD_NUMBER: _ClassVar[int]
    LEDGER_ID_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_ID_FIELD_NUMBER: _ClassVar[int]
    INDICATOR_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    PRECISION_FIELD_NUMBER: _ClassVar[int]
    FIGURES_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    FLOOR_FIELD_NUMBER: _ClassVar[int]
    CEILING_FIELD_NUMBER: _ClassVar[int]
    GROUP_FIELD_NUMBER: _ClassVar[int]
    TAG_FIELD_NUMBER: _ClassVar[int]
    TRACK_FUND_LINEAGE_FIELD_NUMBER: _ClassVar[int]
    ALLOCATION_STRATEGY_FIELD_NUMBER: _ClassVar[int]
    DEFERRED_DEBIT_FIELD_NUMBER: _ClassVar[int]
    DEFERRED_CREDIT_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    id: str
    ledger_id: str
    identity_id: str
    indicator: str
    currency: str
    precision: int
    figures: Figures
    status: BalanceStatus
    floor: _amount_pb2.Amount
    ceiling: _amount_pb2.Amount
    group: str
    tag: str
    track_fund_lineage: bool
    allocation_strategy: AllocationStrategy
    deferred_debit: _amount_pb2.Amount
    deferred_credit: _amount_pb2.Amount
    metadata: _struct_pb2.Struct
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    etag: str
    def __init__(self, id: _Optional[str] = ..., ledger_id: _Optional[str] = ..., identity_id: _Optional[str] = ..., indicator: _Optional[str] = ..., currency: _Optional[str] = ..., precision: _Optional[int] = ..., figures: _Optional[_Union[Figures, _Mapping]] = ..., status: _Optional[_Union[BalanceStatus, str]] = ..., floor: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ..., ceiling: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ..., group: _Optional[str] = ..., tag: _Optional[str] = ..., track_fund_lineage: bool = ..., allocation_strategy: _Optional[_Union[AllocationStrategy, str]] = ..., deferred_debit: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ..., deferred_credit: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ..., metadata: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ...) -> None: ...

class Figures(_message.Message):
    __slots__ = ("version", "balance", "credit_balance", "debit_balance", "inflight_balance", "inflight_credit_balance", "inflight_debit_balance", "available", "decimals")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    BALANCE_FIELD_NUMBER: _ClassVar[int]
    CREDIT_BALANCE_FIELD_NUMBER: _ClassVar[int]
    DEBIT_BALANCE_FIELD_NUMBER: _ClassVar[int]
    INFLIGHT_BALANCE_FIELD_NUMBER: _ClassVar[int]
    INFLIGHT_CREDIT_BALANCE_FIELD_NUMBER: _ClassVar[int]
    INFLIGHT_DEBIT_BALANCE_FIELD_NUMBER: _ClassVar[int]
    AVAILABLE_FIELD_NUMBER: _ClassVar[int]
    DECIMALS_FIELD_NUMBER: _ClassVar[int]
    version: int
    balance: str
    credit_balance: str
    debit_balance: str
    inflight_balance: str
    inflight_credit_balance: str
    inflight_debit_balance: str
    available: str
    decimals: FigureDecimals
    def __init__(self, version: _Optional[int] = ..., balance: _Optional[str] = ..., credit_balance: _Optional[str] = ..., debit_balance: _Optional[str] = ..., inflight_balance: _Optional[str] = ..., inflight_credit_balance: _Optional[str] = ..., inflight_debit_balance: _Optional[str] = ..., available: _Optional[str] = ..., decimals: _Optional[_Union[FigureDecimals, _Mapping]] = ...) -> None: ...

class FigureDecimals(_message.Message):
    __slots__ = ("balance", "credit_balance", "debit_balance", "inflight_balance", "inflight_credit_balance", "inflight_debit_balance", "available")
    BALANCE_FIELD_NUMBER: _ClassVar[int]
    CREDIT_BALANCE_FIELD_NUMBER: _ClassVar[int]
    DEBIT_BALANCE_FIELD_NUMBER: _ClassVar[int]
    INFLIGHT_BALANCE_FIELD_NUMBER: _ClassVar[int]
    INFLIGHT_CREDIT_BALANCE_FIELD_NUMBER: _ClassVar[int]
    INFLIGHT_DEBIT_BALANCE_FIELD_NUMBER: _ClassVar[int]
    AVAILABLE_FIELD_NUMBER: _ClassVar[int]
    balance: str
    credit_balance: str
    debit_balance: str
    inflight_balance: str
    inflight_credit_balance: str
    inflight_debit_balance: str
    available: str
    def __init__(self, balance: _Optional[str] = ..., credit_balance: _Optional[str] = ..., debit_balance: _Optional[str] = ..., inflight_balance: _Optional[str] = ..., inflight_credit_balance: _Optional[str] = ..., inflight_debit_balance: _Optional[str] = ..., available: _Optional[str] = ...) -> None: ...

class IndicatorKey(_message.Message):
    __slots__ = ("indicator", "currency")
    INDICATOR_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    indicator: str
    currency: str
    def __init__(self, indicator: _Optional[str] = ..., currency: _Optional[str] = ...) -> None: ...
