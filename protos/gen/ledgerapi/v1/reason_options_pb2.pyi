from google.protobuf import descriptor_pb2 as _descriptor_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor
REASON_FIELD_NUMBER: _ClassVar[int]
reason: _descriptor.FieldDescriptor

class ReasonOptions(_message.Message):
    __slots__ = ("code", "message", "retry_seconds", "malformed")
    CODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    RETRY_SECONDS_FIELD_NUMBER: _ClassVar[int]
    MALFORMED_FIELD_NUMBER: _ClassVar[int]
    code: str
    message: str
    retry_seconds: int
    malformed: bool
    def __init__(self, code: _Optional[str] = ..., message: _Optional[str] = ..., retry_seconds: _Optional[int] = ..., malformed: bool = ...) -> None: ...
