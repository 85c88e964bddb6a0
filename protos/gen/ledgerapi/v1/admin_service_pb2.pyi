import datetime

from google.api import annotations_pb2 as _annotations_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import field_mask_pb2 as _field_mask_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from ledgerapi.v1 import period_pb2 as _period_pb2
from ledgerapi.v1 import service_settings_pb2 as _service_settings_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ClosePeriodRequest(_message.Message):
    __slots__ = ("ledger_id", "closed_before", "reopen", "etag", "reason")
    LEDGER_ID_FIELD_NUMBER: _ClassVar[int]
    CLOSED_BEFORE_FIELD_NUMBER: _ClassVar[int]
    REOPEN_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ledger_id: str
    closed_before: _timestamp_pb2.Timestamp
    reopen: bool
    etag: str
    reason: str
    def __init__(self, ledger_id: _Optional[str] = ..., closed_before: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., reopen: bool = ..., etag: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class ClosePeriodResponse(_message.Message):
    __slots__ = ("period",)
    PERIOD_FIELD_NUMBER: _ClassVar[int]
    period: _period_pb2.Period
    def __init__(self, period: _Optional[_Union[_period_pb2.Period, _Mapping]] = ...) -> None: ...

class GetPeriodRequest(_message.Message):
    __slots__ = ("ledger_id",)
    LEDGER_ID_FIELD_NUMBER: _ClassVar[int]
    ledger_id: str
    def __init__(self, ledger_id: _Optional[str] = ...) -> None: ...

class GetPeriodResponse(_message.Message):
    __slots__ = ("period",)
    PERIOD_FIELD_NUMBER: _ClassVar[int]
    period: _period_pb2.Period
    def __init__(self, period: _Optional[_Union[_period_pb2.Period, _Mapping]] = ...) -> None: ...

class GetServiceSettingsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetServiceSettingsResponse(_message.Message):
    __slots__ = ("service_settings",)
    SERVICE_SETTINGS_FIELD_NUMBER: _ClassVar[int]
    service_settings: _service_settings_pb2.ServiceSettings
    def __init__(self, service_settings: _Optional[_Union[_service_settings_pb2.ServiceSettings, _Mapping]] = ...) -> None: ...

class UpdateServiceSettingsRequest(_message.Message):
    __slots__ = ("service_settings", "update_mask")
    SERVICE_SETTINGS_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    service_settings: _service_settings_pb2.ServiceSettings
    update_mask: _field_mask_pb2.FieldMask
    def __init__(self, service_settings: _Optional[_Union[_service_settings_pb2.ServiceSettings, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ...) -> None: ...

class UpdateServiceSettingsResponse(_message.Message):
    __slots__ = ("service_settings",)
    SERVICE_SETTINGS_FIELD_NUMBER: _ClassVar[int]
    service_settings: _service_settings_pb2.ServiceSettings
    def __init__(self, service_settings: _Optional[_Union[_service_settings_pb2.ServiceSettings, _Mapping]] = ...) -> None: ...
