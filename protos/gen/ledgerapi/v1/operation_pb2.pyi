import datetime

from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from ledgerapi.v1 import amount_pb2 as _amount_pb2
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

class TransactionView(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TRANSACTION_VIEW_UNSPECIFIED: _ClassVar[TransactionView]
    TRANSACTION_VIEW_BASIC: _ClassVar[TransactionView]
    TRANSACTION_VIEW_FULL: _ClassVar[TransactionView]
    TRANSACTION_VIEW_DECIMALS: _ClassVar[TransactionView]
TRANSACTION_VIEW_UNSPECIFIED: TransactionView
TRANSACTION_VIEW_BASIC: TransactionView
TRANSACTION_VIEW_FULL: TransactionView
TRANSACTION_VIEW_DECIMALS: TransactionView

class Operation(_message.Message):
    __slots__ = ("post", "commit_hold", "void_hold", "refund", "cancel", "reschedule", "approve", "deny", "adjust_hold")
    POST_FIELD_NUMBER: _ClassVar[int]
    COMMIT_HOLD_FIELD_NUMBER: _ClassVar[int]
    VOID_HOLD_FIELD_NUMBER: _ClassVar[int]
    REFUND_FIELD_NUMBER: _ClassVar[int]
    CANCEL_FIELD_NUMBER: _ClassVar[int]
    RESCHEDULE_FIELD_NUMBER: _ClassVar[int]
    APPROVE_FIELD_NUMBER: _ClassVar[int]
    DENY_FIELD_NUMBER: _ClassVar[int]
    ADJUST_HOLD_FIELD_NUMBER: _ClassVar[int]
    post: _draft_pb2.Draft
    commit_hold: CommitHold
    void_hold: VoidHold
    refund: RefundTransaction
    cancel: CancelTransaction
    reschedule: RescheduleTransaction
    approve: ApproveTransaction
    deny: DenyTransaction
    adjust_hold: AdjustHold
    def __init__(self, post: _Optional[_Union[_draft_pb2.Draft, _Mapping]] = ..., commit_hold: _Optional[_Union[CommitHold, _Mapping]] = ..., void_hold: _Optional[_Union[VoidHold, _Mapping]] = ..., refund: _Optional[_Union[RefundTransaction, _Mapping]] = ..., cancel: _Optional[_Union[CancelTransaction, _Mapping]] = ..., reschedule: _Optional[_Union[RescheduleTransaction, _Mapping]] = ..., approve: _Optional[_Union[ApproveTransaction, _Mapping]] = ..., deny: _Optional[_Union[DenyTransaction, _Mapping]] = ..., adjust_hold: _Optional[_Union[AdjustHold, _Mapping]] = ...) -> None: ...

class TransactionTarget(_message.Message):
    __slots__ = ("transaction_id", "reference", "batch_id")
    TRANSACTION_ID_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    BATCH_ID_FIELD_NUMBER: _ClassVar[int]
    transaction_id: str
    reference: str
    batch_id: str
    def __init__(self, transaction_id: _Optional[str] = ..., reference: _Optional[str] = ..., batch_id: _Optional[str] = ...) -> None: ...

class CommitHold(_message.Message):
    __slots__ = ("target", "amount", "precise_amount", "reference", "description", "metadata", "effective_time", "on_behalf_of")
    TARGET_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    PRECISE_AMOUNT_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    EFFECTIVE_TIME_FIELD_NUMBER: _ClassVar[int]
    ON_BEHALF_OF_FIELD_NUMBER: _ClassVar[int]
    target: TransactionTarget
    amount: str
    precise_amount: str
    reference: str
    description: str
    metadata: _struct_pb2.Struct
    effective_time: _timestamp_pb2.Timestamp
    on_behalf_of: str
    def __init__(self, target: _Optional[_Union[TransactionTarget, _Mapping]] = ..., amount: _Optional[str] = ..., precise_amount: _Optional[str] = ..., reference: _Optional[str] = ..., description: _Optional[str] = ..., metadata: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., effective_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., on_behalf_of: _Optional[str] = ...) -> None: ...

class VoidHold(_message.Message):
    __slots__ = ("target", "reference", "description", "metadata", "on_behalf_of")
    TARGET_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    ON_BEHALF_OF_FIELD_NUMBER: _ClassVar[int]
    target: TransactionTarget
    reference: str
    description: str
    metadata: _struct_pb2.Struct
    on_behalf_of: str
    def __init__(self, target: _Optional[_Union[TransactionTarget, _Mapping]] = ..., reference: _Optional[str] = ..., description: _Optional[str] = ..., metadata: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., on_behalf_of: _Optional[str] = ...) -> None: ...

class AdjustHold(_message.Message):
    __slots__ = ("target", "total", "increase", "decrease", "inflight_expiry_time", "inflight_commit_time", "reference", "description", "metadata", "on_behalf_of")
    TARGET_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    INCREASE_FIELD_NUMBER: _ClassVar[int]
    DECREASE_FIELD_NUMBER: _ClassVar[int]
    INFLIGHT_EXPIRY_TIME_FIELD_NUMBER: _ClassVar[int]
    INFLIGHT_COMMIT_TIME_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    ON_BEHALF_OF_FIELD_NUMBER: _ClassVar[int]
    target: TransactionTarget
    total: _amount_pb2.Amount
    increase: _amount_pb2.Amount
    decrease: _amount_pb2.Amount
    inflight_expiry_time: _timestamp_pb2.Timestamp
    inflight_commit_time: _timestamp_pb2.Timestamp
    reference: str
    description: str
    metadata: _struct_pb2.Struct
    on_behalf_of: str
    def __init__(self, target: _Optional[_Union[TransactionTarget, _Mapping]] = ..., total: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ..., increase: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ..., decrease: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ..., inflight_expiry_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., inflight_commit_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., reference: _Optional[str] = ..., description: _Optional[str] = ..., metadata: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., on_behalf_of: _Optional[str] = ...) -> None: ...

class RefundTransaction(_message.Message):
    __slots__ = ("target", "amount", "precise_amount", "available", "reference", "allow_overdraft", "description", "metadata", "scheduled_time", "effective_time", "on_behalf_of")
    TARGET_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    PRECISE_AMOUNT_FIELD_NUMBER: _ClassVar[int]
    AVAILABLE_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    ALLOW_OVERDRAFT_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    SCHEDULED_TIME_FIELD_NUMBER: _ClassVar[int]
    EFFECTIVE_TIME_FIELD_NUMBER: _ClassVar[int]
    ON_BEHALF_OF_FIELD_NUMBER: _ClassVar[int]
    target: TransactionTarget
    amount: str
    precise_amount: str
    available: _draft_pb2.Available
    reference: str
    allow_overdraft: bool
    description: str
    metadata: _struct_pb2.Struct
    scheduled_time: _timestamp_pb2.Timestamp
    effective_time: _timestamp_pb2.Timestamp
    on_behalf_of: str
    def __init__(self, target: _Optional[_Union[TransactionTarget, _Mapping]] = ..., amount: _Optional[str] = ..., precise_amount: _Optional[str] = ..., available: _Optional[_Union[_draft_pb2.Available, _Mapping]] = ..., reference: _Optional[str] = ..., allow_overdraft: bool = ..., description: _Optional[str] = ..., metadata: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., scheduled_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., effective_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., on_behalf_of: _Optional[str] = ...) -> None: ...

class CancelTransaction(_message.Message):
    __slots__ = ("target", "reference", "description", "metadata", "on_behalf_of")
    TARGET_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    ON_BEHALF_OF_FIELD_NUMBER: _ClassVar[int]
    target: TransactionTarget
    reference: str
    description: str
    metadata: _struct_pb2.Struct
    on_behalf_of: str
    def __init__(self, target: _Optional[_Union[TransactionTarget, _Mapping]] = ..., reference: _Optional[str] = ..., description: _Optional[str] = ..., metadata: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., on_behalf_of: _Optional[str] = ...) -> None: ...

class RescheduleTransaction(_message.Message):
    __slots__ = ("target", "scheduled_time", "reference", "description", "metadata", "on_behalf_of")
    TARGET_FIELD_NUMBER: _ClassVar[int]
    SCHEDULED_TIME_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    ON_BEHALF_OF_FIELD_NUMBER: _ClassVar[int]
    target: TransactionTarget
    scheduled_time: _timestamp_pb2.Timestamp
    reference: str
    description: str
    metadata: _struct_pb2.Struct
    on_behalf_of: str
    def __init__(self, target: _Optional[_Union[TransactionTarget, _Mapping]] = ..., scheduled_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., reference: _Optional[str] = ..., description: _Optional[str] = ..., metadata: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., on_behalf_of: _Optional[str] = ...) -> None: ...

class ApproveTransaction(_message.Message):
    __slots__ = ("target", "on_behalf_of", "reference", "description", "metadata")
    TARGET_FIELD_NUMBER: _ClassVar[int]
    ON_BEHALF_OF_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    target: TransactionTarget
    on_behalf_of: str
    reference: str
    description: str
    metadata: _struct_pb2.Struct
    def __init__(self, target: _Optional[_Union[TransactionTarget, _Mapping]] = ..., on_behalf_of: _Optional[str] = ..., reference: _Optional[str] = ..., description: _Optional[str] = ..., metadata: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ...) -> None: ...

class DenyTransaction(_message.Message):
    __slots__ = ("target", "on_behalf_of", "reference", "description", "metadata")
    TARGET_FIELD_NUMBER: _ClassVar[int]
    ON_BEHALF_OF_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    target: TransactionTarget
    on_behalf_of: str
    reference: str
    description: str
    metadata: _struct_pb2.Struct
    def __init__(self, target: _Optional[_Union[TransactionTarget, _Mapping]] = ..., on_behalf_of: _Optional[str] = ..., reference: _Optional[str] = ..., description: _Optional[str] = ..., metadata: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ...) -> None: ...

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
