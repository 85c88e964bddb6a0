import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from ledgerapi.v1 import period_pb2 as _period_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ClosePeriodRequest(_message.Message):
    __slots__ = ("ledger_id", "close_time", "reopen")
    LEDGER_ID_FIELD_NUMBER: _ClassVar[int]
    CLOSE_TIME_FIELD_NUMBER: _ClassVar[int]
    REOPEN_FIELD_NUMBER: _ClassVar[int]
    ledger_id: str
    close_time: _timestamp_pb2.Timestamp
    reopen: bool
    def __init__(self, ledger_id: _Optional[str] = ..., close_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., reopen: bool = ...) -> None: ...

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
