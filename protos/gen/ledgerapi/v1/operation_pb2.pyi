import datetime

from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from ledgerapi.v1 import draft_pb2 as _draft_pb2
from ledgerapi.v1 import rejection_pb2 as _rejection_pb2
from ledgerapi.v1 import transaction_pb2 as _transaction_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ResultView(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RESULT_VIEW_UNSPECIFIED: _ClassVar[ResultView]
    RESULT_VIEW_BASIC: _ClassVar[ResultView]
    RESULT_VIEW_FULL: _ClassVar[ResultView]
RESULT_VIEW_UNSPECIFIED: ResultView
RESULT_VIEW_BASIC: ResultView
RESULT_VIEW_FULL: ResultView

class Operation(_message.Message):
    __slots__ = ("post", "commit", "void", "refund", "cancel")
    POST_FIELD_NUMBER: _ClassVar[int]
    COMMIT_FIELD_NUMBER: _ClassVar[int]
    VOID_FIELD_NUMBER: _ClassVar[int]
    REFUND_FIELD_NUMBER: _ClassVar[int]
    CANCEL_FIELD_NUMBER: _ClassVar[int]
    post: _draft_pb2.Draft
    commit: Commit
    void: Void
    refund: Refund
    cancel: Cancel
    def __init__(self, post: _Optional[_Union[_draft_pb2.Draft, _Mapping]] = ..., commit: _Optional[_Union[Commit, _Mapping]] = ..., void: _Optional[_Union[Void, _Mapping]] = ..., refund: _Optional[_Union[Refund, _Mapping]] = ..., cancel: _Optional[_Union[Cancel, _Mapping]] = ...) -> None: ...

class Commit(_message.Message):
    __slots__ = ("transaction_id", "amount", "precise_amount", "reference", "description", "metadata")
    TRANSACTION_ID_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    PRECISE_AMOUNT_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    transaction_id: str
    amount: str
    precise_amount: str
    reference: str
    description: str
    metadata: _struct_pb2.Struct
    def __init__(self, transaction_id: _Optional[str] = ..., amount: _Optional[str] = ..., precise_amount: _Optional[str] = ..., reference: _Optional[str] = ..., description: _Optional[str] = ..., metadata: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ...) -> None: ...

class Void(_message.Message):
    __slots__ = ("transaction_id", "reference", "description", "metadata")
    TRANSACTION_ID_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    transaction_id: str
    reference: str
    description: str
    metadata: _struct_pb2.Struct
    def __init__(self, transaction_id: _Optional[str] = ..., reference: _Optional[str] = ..., description: _Optional[str] = ..., metadata: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ...) -> None: ...

class Refund(_message.Message):
    __slots__ = ("transaction_id", "amount", "precise_amount", "reference", "allow_overdraft", "description", "metadata", "scheduled_time")
    TRANSACTION_ID_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    PRECISE_AMOUNT_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    ALLOW_OVERDRAFT_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    SCHEDULED_TIME_FIELD_NUMBER: _ClassVar[int]
    transaction_id: str
    amount: str
    precise_amount: str
    reference: str
    allow_overdraft: bool
    description: str
    metadata: _struct_pb2.Struct
    scheduled_time: _timestamp_pb2.Timestamp
    def __init__(self, transaction_id: _Optional[str] = ..., amount: _Optional[str] = ..., precise_amount: _Optional[str] = ..., reference: _Optional[str] = ..., allow_overdraft: bool = ..., description: _Optional[str] = ..., metadata: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., scheduled_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Cancel(_message.Message):
    __slots__ = ("transaction_id", "reference", "description")
    TRANSACTION_ID_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    transaction_id: str
    reference: str
    description: str
    def __init__(self, transaction_id: _Optional[str] = ..., reference: _Optional[str] = ..., description: _Optional[str] = ...) -> None: ...

class Reschedule(_message.Message):
    __slots__ = ("transaction_id", "scheduled_time", "reference", "description")
    TRANSACTION_ID_FIELD_NUMBER: _ClassVar[int]
    SCHEDULED_TIME_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    transaction_id: str
    scheduled_time: _timestamp_pb2.Timestamp
    reference: str
    description: str
    def __init__(self, transaction_id: _Optional[str] = ..., scheduled_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., reference: _Optional[str] = ..., description: _Optional[str] = ...) -> None: ...

class Approve(_message.Message):
    __slots__ = ("transaction_id", "decided_by", "reference", "description")
    TRANSACTION_ID_FIELD_NUMBER: _ClassVar[int]
    DECIDED_BY_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    transaction_id: str
    decided_by: str
    reference: str
    description: str
    def __init__(self, transaction_id: _Optional[str] = ..., decided_by: _Optional[str] = ..., reference: _Optional[str] = ..., description: _Optional[str] = ...) -> None: ...

class Deny(_message.Message):
    __slots__ = ("transaction_id", "decided_by", "reference", "description")
    TRANSACTION_ID_FIELD_NUMBER: _ClassVar[int]
    DECIDED_BY_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    transaction_id: str
    decided_by: str
    reference: str
    description: str
    def __init__(self, transaction_id: _Optional[str] = ..., decided_by: _Optional[str] = ..., reference: _Optional[str] = ..., description: _Optional[str] = ...) -> None: ...

class OperationResult(_message.Message):
    __slots__ = ("reference", "posted", "rejection")
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    POSTED_FIELD_NUMBER: _ClassVar[int]
    REJECTION_FIELD_NUMBER: _ClassVar[int]
    reference: str
    posted: Posted
    rejection: _rejection_pb2.Rejection
    def __init__(self, reference: _Optional[str] = ..., posted: _Optional[_Union[Posted, _Mapping]] = ..., rejection: _Optional[_Union[_rejection_pb2.Rejection, _Mapping]] = ...) -> None: ...

class Posted(_message.Message):
    __slots__ = ("transaction_id", "status", "replayed", "transaction", "legs")
    TRANSACTION_ID_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_FIELD_NUMBER: _ClassVar[int]
    LEGS_FIELD_NUMBER: _ClassVar[int]
    transaction_id: str
    status: _transaction_pb2.TransactionStatus
    replayed: bool
    transaction: _transaction_pb2.Transaction
    legs: _containers.RepeatedCompositeFieldContainer[_transaction_pb2.Transaction]
    def __init__(self, transaction_id: _Optional[str] = ..., status: _Optional[_Union[_transaction_pb2.TransactionStatus, str]] = ..., replayed: bool = ..., transaction: _Optional[_Union[_transaction_pb2.Transaction, _Mapping]] = ..., legs: _Optional[_Iterable[_Union[_transaction_pb2.Transaction, _Mapping]]] = ...) -> None: ...
