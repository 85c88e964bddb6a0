from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor

class Amount(_message.Message):
    __slots__ = ("precise", "decimal", "precision", "currency")
    PRECISE_FIELD_NUMBER: _ClassVar[int]
    DECIMAL_FIELD_NUMBER: _ClassVar[int]
    PRECISION_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    precise: str
    decimal: str
    precision: int
    currency: str
    def __init__(self, precise: _Optional[str] = ..., decimal: _Optional[str] = ..., precision: _Optional[int] = ..., currency: _Optional[str] = ...) -> None: ...
