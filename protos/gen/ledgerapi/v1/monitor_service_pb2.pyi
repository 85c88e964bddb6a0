from google.api import annotations_pb2 as _annotations_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import field_mask_pb2 as _field_mask_pb2
from ledgerapi.v1 import balance_pb2 as _balance_pb2
from ledgerapi.v1 import event_pb2 as _event_pb2
from ledgerapi.v1 import monitor_pb2 as _monitor_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CreateMonitorRequest(_message.Message):
    __slots__ = ("monitor", "indicator_key", "request_id")
    MONITOR_FIELD_NUMBER: _ClassVar[int]
    INDICATOR_KEY_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    monitor: _monitor_pb2.Monitor
    indicator_key: _balance_pb2.IndicatorKey
    request_id: str
    def __init__(self, monitor: _Optional[_Union[_monitor_pb2.Monitor, _Mapping]] = ..., indicator_key: _Optional[_Union[_balance_pb2.IndicatorKey, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class CreateMonitorResponse(_message.Message):
    __slots__ = ("monitor", "replayed")
    MONITOR_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    monitor: _monitor_pb2.Monitor
    replayed: bool
    def __init__(self, monitor: _Optional[_Union[_monitor_pb2.Monitor, _Mapping]] = ..., replayed: bool = ...) -> None: ...

class GetMonitorRequest(_message.Message):
    __slots__ = ("monitor_id",)
    MONITOR_ID_FIELD_NUMBER: _ClassVar[int]
    monitor_id: str
    def __init__(self, monitor_id: _Optional[str] = ...) -> None: ...

class GetMonitorResponse(_message.Message):
    __slots__ = ("monitor",)
    MONITOR_FIELD_NUMBER: _ClassVar[int]
    monitor: _monitor_pb2.Monitor
    def __init__(self, monitor: _Optional[_Union[_monitor_pb2.Monitor, _Mapping]] = ...) -> None: ...

class ListMonitorsRequest(_message.Message):
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

class ListMonitorsResponse(_message.Message):
    __slots__ = ("monitors", "next_page_token", "total_size")
    MONITORS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    TOTAL_SIZE_FIELD_NUMBER: _ClassVar[int]
    monitors: _containers.RepeatedCompositeFieldContainer[_monitor_pb2.Monitor]
    next_page_token: str
    total_size: int
    def __init__(self, monitors: _Optional[_Iterable[_Union[_monitor_pb2.Monitor, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., total_size: _Optional[int] = ...) -> None: ...

class UpdateMonitorRequest(_message.Message):
    __slots__ = ("monitor", "update_mask")
    MONITOR_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    monitor: _monitor_pb2.Monitor
    update_mask: _field_mask_pb2.FieldMask
    def __init__(self, monitor: _Optional[_Union[_monitor_pb2.Monitor, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ...) -> None: ...

class UpdateMonitorResponse(_message.Message):
    __slots__ = ("monitor",)
    MONITOR_FIELD_NUMBER: _ClassVar[int]
    monitor: _monitor_pb2.Monitor
    def __init__(self, monitor: _Optional[_Union[_monitor_pb2.Monitor, _Mapping]] = ...) -> None: ...

class DeleteMonitorRequest(_message.Message):
    __slots__ = ("monitor_id", "etag")
    MONITOR_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    monitor_id: str
    etag: str
    def __init__(self, monitor_id: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class DeleteMonitorResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class WatchMonitorsRequest(_message.Message):
    __slots__ = ("after_cursor", "monitor_ids", "balance_ids", "indicator_keys", "from_beginning")
    AFTER_CURSOR_FIELD_NUMBER: _ClassVar[int]
    MONITOR_IDS_FIELD_NUMBER: _ClassVar[int]
    BALANCE_IDS_FIELD_NUMBER: _ClassVar[int]
    INDICATOR_KEYS_FIELD_NUMBER: _ClassVar[int]
    FROM_BEGINNING_FIELD_NUMBER: _ClassVar[int]
    after_cursor: str
    monitor_ids: _containers.RepeatedScalarFieldContainer[str]
    balance_ids: _containers.RepeatedScalarFieldContainer[str]
    indicator_keys: _containers.RepeatedCompositeFieldContainer[_balance_pb2.IndicatorKey]
    from_beginning: bool
    def __init__(self, after_cursor: _Optional[str] = ..., monitor_ids: _Optional[_Iterable[str]] = ..., balance_ids: _Optional[_Iterable[str]] = ..., indicator_keys: _Optional[_Iterable[_Union[_balance_pb2.IndicatorKey, _Mapping]]] = ..., from_beginning: bool = ...) -> None: ...

class WatchMonitorsResponse(_message.Message):
    __slots__ = ("event", "heartbeat")
    EVENT_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_FIELD_NUMBER: _ClassVar[int]
    event: _event_pb2.Event
    heartbeat: _event_pb2.Heartbeat
    def __init__(self, event: _Optional[_Union[_event_pb2.Event, _Mapping]] = ..., heartbeat: _Optional[_Union[_event_pb2.Heartbeat, _Mapping]] = ...) -> None: ...
