from google.api import annotations_pb2 as _annotations_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import field_mask_pb2 as _field_mask_pb2
from ledgerapi.v1 import balance_pb2 as _balance_pb2
from ledgerapi.v1 import ledger_pb2 as _ledger_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CreateLedgerRequest(_message.Message):
    __slots__ = ("ledger", "request_id")
    LEDGER_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    ledger: _ledger_pb2.Ledger
    request_id: str
    def __init__(self, ledger: _Optional[_Union[_ledger_pb2.Ledger, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class CreateLedgerResponse(_message.Message):
    __slots__ = ("ledger", "replayed")
    LEDGER_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    ledger: _ledger_pb2.Ledger
    replayed: bool
    def __init__(self, ledger: _Optional[_Union[_ledger_pb2.Ledger, _Mapping]] = ..., replayed: bool = ...) -> None: ...

class GetLedgerRequest(_message.Message):
    __slots__ = ("ledger_id",)
    LEDGER_ID_FIELD_NUMBER: _ClassVar[int]
    ledger_id: str
    def __init__(self, ledger_id: _Optional[str] = ...) -> None: ...

class GetLedgerResponse(_message.Message):
    __slots__ = ("ledger",)
    LEDGER_FIELD_NUMBER: _ClassVar[int]
    ledger: _ledger_pb2.Ledger
    def __init__(self, ledger: _Optional[_Union[_ledger_pb2.Ledger, _Mapping]] = ...) -> None: ...

class ListLedgersRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "filter", "order_by", "include_total", "max_response_bytes")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    ORDER_BY_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_TOTAL_FIELD_NUMBER: _ClassVar[int]
    MAX_RESPONSE_BYTES_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    filter: str
    order_by: str
    include_total: bool
    max_response_bytes: int
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., filter: _Optional[str] = ..., order_by: _Optional[str] = ..., include_total: bool = ..., max_response_bytes: _Optional[int] = ...) -> None: ...

class ListLedgersResponse(_message.Message):
    __slots__ = ("ledgers", "next_page_token", "total_size")
    LEDGERS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    TOTAL_SIZE_FIELD_NUMBER: _ClassVar[int]
    ledgers: _containers.RepeatedCompositeFieldContainer[_ledger_pb2.Ledger]
    next_page_token: str
    total_size: int
    def __init__(self, ledgers: _Optional[_Iterable[_Union[_ledger_pb2.Ledger, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., total_size: _Optional[int] = ...) -> None: ...

class UpdateLedgerRequest(_message.Message):
    __slots__ = ("ledger", "update_mask")
    LEDGER_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    ledger: _ledger_pb2.Ledger
    update_mask: _field_mask_pb2.FieldMask
    def __init__(self, ledger: _Optional[_Union[_ledger_pb2.Ledger, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ...) -> None: ...

class UpdateLedgerResponse(_message.Message):
    __slots__ = ("ledger",)
    LEDGER_FIELD_NUMBER: _ClassVar[int]
    ledger: _ledger_pb2.Ledger
    def __init__(self, ledger: _Optional[_Union[_ledger_pb2.Ledger, _Mapping]] = ...) -> None: ...

class CreateBalanceRequest(_message.Message):
    __slots__ = ("balance", "request_id")
    BALANCE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    balance: _balance_pb2.Balance
    request_id: str
    def __init__(self, balance: _Optional[_Union[_balance_pb2.Balance, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class CreateBalanceResponse(_message.Message):
    __slots__ = ("balance", "replayed")
    BALANCE_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    balance: _balance_pb2.Balance
    replayed: bool
    def __init__(self, balance: _Optional[_Union[_balance_pb2.Balance, _Mapping]] = ..., replayed: bool = ...) -> None: ...

class BatchCreateBalancesRequest(_message.Message):
    __slots__ = ("requests", "request_id")
    REQUESTS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    requests: _containers.RepeatedCompositeFieldContainer[CreateBalanceRequest]
    request_id: str
    def __init__(self, requests: _Optional[_Iterable[_Union[CreateBalanceRequest, _Mapping]]] = ..., request_id: _Optional[str] = ...) -> None: ...

class BatchCreateBalancesResponse(_message.Message):
    __slots__ = ("balances", "replayed")
    BALANCES_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    balances: _containers.RepeatedCompositeFieldContainer[_balance_pb2.Balance]
    replayed: bool
    def __init__(self, balances: _Optional[_Iterable[_Union[_balance_pb2.Balance, _Mapping]]] = ..., replayed: bool = ...) -> None: ...

class GetBalanceRequest(_message.Message):
    __slots__ = ("balance_id", "indicator_key", "view")
    BALANCE_ID_FIELD_NUMBER: _ClassVar[int]
    INDICATOR_KEY_FIELD_NUMBER: _ClassVar[int]
    VIEW_FIELD_NUMBER: _ClassVar[int]
    balance_id: str
    indicator_key: _balance_pb2.IndicatorKey
    view: _balance_pb2.BalanceView
    def __init__(self, balance_id: _Optional[str] = ..., indicator_key: _Optional[_Union[_balance_pb2.IndicatorKey, _Mapping]] = ..., view: _Optional[_Union[_balance_pb2.BalanceView, str]] = ...) -> None: ...

class GetBalanceResponse(_message.Message):
    __slots__ = ("balance",)
    BALANCE_FIELD_NUMBER: _ClassVar[int]
    balance: _balance_pb2.Balance
    def __init__(self, balance: _Optional[_Union[_balance_pb2.Balance, _Mapping]] = ...) -> None: ...

class BatchGetBalancesRequest(_message.Message):
    __slots__ = ("balance_ids", "view", "max_response_bytes", "indicator_keys")
    BALANCE_IDS_FIELD_NUMBER: _ClassVar[int]
    VIEW_FIELD_NUMBER: _ClassVar[int]
    MAX_RESPONSE_BYTES_FIELD_NUMBER: _ClassVar[int]
    INDICATOR_KEYS_FIELD_NUMBER: _ClassVar[int]
    balance_ids: _containers.RepeatedScalarFieldContainer[str]
    view: _balance_pb2.BalanceView
    max_response_bytes: int
    indicator_keys: _containers.RepeatedCompositeFieldContainer[_balance_pb2.IndicatorKey]
    def __init__(self, balance_ids: _Optional[_Iterable[str]] = ..., view: _Optional[_Union[_balance_pb2.BalanceView, str]] = ..., max_response_bytes: _Optional[int] = ..., indicator_keys: _Optional[_Iterable[_Union[_balance_pb2.IndicatorKey, _Mapping]]] = ...) -> None: ...

class BatchGetBalancesResponse(_message.Message):
    __slots__ = ("balances",)
    BALANCES_FIELD_NUMBER: _ClassVar[int]
    balances: _containers.RepeatedCompositeFieldContainer[_balance_pb2.Balance]
    def __init__(self, balances: _Optional[_Iterable[_Union[_balance_pb2.Balance, _Mapping]]] = ...) -> None: ...

class ListBalancesRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "filter", "order_by", "include_total", "view", "max_response_bytes")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    ORDER_BY_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_TOTAL_FIELD_NUMBER: _ClassVar[int]
    VIEW_FIELD_NUMBER: _ClassVar[int]
    MAX_RESPONSE_BYTES_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    filter: str
    order_by: str
    include_total: bool
    view: _balance_pb2.BalanceView
    max_response_bytes: int
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., filter: _Optional[str] = ..., order_by: _Optional[str] = ..., include_total: bool = ..., view: _Optional[_Union[_balance_pb2.BalanceView, str]] = ..., max_response_bytes: _Optional[int] = ...) -> None: ...

class ListBalancesResponse(_message.Message):
    __slots__ = ("balances", "next_page_token", "total_size")
    BALANCES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    TOTAL_SIZE_FIELD_NUMBER: _ClassVar[int]
    balances: _containers.RepeatedCompositeFieldContainer[_balance_pb2.Balance]
    next_page_token: str
    total_size: int
    def __init__(self, balances: _Optional[_Iterable[_Union[_balance_pb2.Balance, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., total_size: _Optional[int] = ...) -> None: ...

class UpdateBalanceRequest(_message.Message):
    __slots__ = ("balance", "update_mask", "indicator_key")
    BALANCE_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    INDICATOR_KEY_FIELD_NUMBER: _ClassVar[int]
    balance: _balance_pb2.Balance
    update_mask: _field_mask_pb2.FieldMask
    indicator_key: _balance_pb2.IndicatorKey
    def __init__(self, balance: _Optional[_Union[_balance_pb2.Balance, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., indicator_key: _Optional[_Union[_balance_pb2.IndicatorKey, _Mapping]] = ...) -> None: ...

class UpdateBalanceResponse(_message.Message):
    __slots__ = ("balance",)
    BALANCE_FIELD_NUMBER: _ClassVar[int]
    balance: _balance_pb2.Balance
    def __init__(self, balance: _Optional[_Union[_balance_pb2.Balance, _Mapping]] = ...) -> None: ...

class FreezeBalanceRequest(_message.Message):
    __slots__ = ("balance_id", "indicator_key", "reason", "etag")
    BALANCE_ID_FIELD_NUMBER: _ClassVar[int]
    INDICATOR_KEY_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    balance_id: str
    indicator_key: _balance_pb2.IndicatorKey
    reason: str
    etag: str
    def __init__(self, balance_id: _Optional[str] = ..., indicator_key: _Optional[_Union[_balance_pb2.IndicatorKey, _Mapping]] = ..., reason: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class FreezeBalanceResponse(_message.Message):
    __slots__ = ("balance",)
    BALANCE_FIELD_NUMBER: _ClassVar[int]
    balance: _balance_pb2.Balance
    def __init__(self, balance: _Optional[_Union[_balance_pb2.Balance, _Mapping]] = ...) -> None: ...

class UnfreezeBalanceRequest(_message.Message):
    __slots__ = ("balance_id", "indicator_key", "reason", "etag")
    BALANCE_ID_FIELD_NUMBER: _ClassVar[int]
    INDICATOR_KEY_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    balance_id: str
    indicator_key: _balance_pb2.IndicatorKey
    reason: str
    etag: str
    def __init__(self, balance_id: _Optional[str] = ..., indicator_key: _Optional[_Union[_balance_pb2.IndicatorKey, _Mapping]] = ..., reason: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class UnfreezeBalanceResponse(_message.Message):
    __slots__ = ("balance",)
    BALANCE_FIELD_NUMBER: _ClassVar[int]
    balance: _balance_pb2.Balance
    def __init__(self, balance: _Optional[_Union[_balance_pb2.Balance, _Mapping]] = ...) -> None: ...

class CloseBalanceRequest(_message.Message):
    __slots__ = ("balance_id", "indicator_key", "reason", "etag")
    BALANCE_ID_FIELD_NUMBER: _ClassVar[int]
    INDICATOR_KEY_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    balance_id: str
    indicator_key: _balance_pb2.IndicatorKey
    reason: str
    etag: str
    def __init__(self, balance_id: _Optional[str] = ..., indicator_key: _Optional[_Union[_balance_pb2.IndicatorKey, _Mapping]] = ..., reason: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class CloseBalanceResponse(_message.Message):
    __slots__ = ("balance",)
    BALANCE_FIELD_NUMBER: _ClassVar[int]
    balance: _balance_pb2.Balance
    def __init__(self, balance: _Optional[_Union[_balance_pb2.Balance, _Mapping]] = ...) -> None: ...
