import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from ledgerapi.v1 import balance_pb2 as _balance_pb2
from ledgerapi.v1 import batch_pb2 as _batch_pb2
from ledgerapi.v1 import ledger_pb2 as _ledger_pb2
from ledgerapi.v1 import monitor_pb2 as _monitor_pb2
from ledgerapi.v1 import reconciliation_pb2 as _reconciliation_pb2
from ledgerapi.v1 import transaction_pb2 as _transaction_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class EventKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EVENT_KIND_UNSPECIFIED: _ClassVar[EventKind]
    EVENT_KIND_TRANSACTION_QUEUED: _ClassVar[EventKind]
    EVENT_KIND_TRANSACTION_SCHEDULED: _ClassVar[EventKind]
    EVENT_KIND_TRANSACTION_APPLIED: _ClassVar[EventKind]
    EVENT_KIND_TRANSACTION_INFLIGHT: _ClassVar[EventKind]
    EVENT_KIND_TRANSACTION_COMMITTED: _ClassVar[EventKind]
    EVENT_KIND_TRANSACTION_VOIDED: _ClassVar[EventKind]
    EVENT_KIND_TRANSACTION_EXPIRED: _ClassVar[EventKind]
    EVENT_KIND_TRANSACTION_REJECTED: _ClassVar[EventKind]
    EVENT_KIND_TRANSACTION_CANCELLED: _ClassVar[EventKind]
    EVENT_KIND_TRANSACTION_REFUNDED: _ClassVar[EventKind]
    EVENT_KIND_TRANSACTION_FLAGGED: _ClassVar[EventKind]
    EVENT_KIND_TRANSACTION_APPROVED: _ClassVar[EventKind]
    EVENT_KIND_TRANSACTION_DENIED: _ClassVar[EventKind]
    EVENT_KIND_MONITOR_FIRED: _ClassVar[EventKind]
    EVENT_KIND_MONITOR_CLEARED: _ClassVar[EventKind]
    EVENT_KIND_BALANCE_CREATED: _ClassVar[EventKind]
    EVENT_KIND_BALANCE_FROZEN: _ClassVar[EventKind]
    EVENT_KIND_BALANCE_UNFROZEN: _ClassVar[EventKind]
    EVENT_KIND_BALANCE_CLOSED: _ClassVar[EventKind]
    EVENT_KIND_BATCH_FINISHED: _ClassVar[EventKind]
    EVENT_KIND_IDENTITY_CREATED: _ClassVar[EventKind]
    EVENT_KIND_IDENTITY_UPDATED: _ClassVar[EventKind]
    EVENT_KIND_IDENTITY_ERASED: _ClassVar[EventKind]
    EVENT_KIND_RECONCILIATION_FINISHED: _ClassVar[EventKind]
    EVENT_KIND_RECONCILIATION_DIFFERENCE_FOUND: _ClassVar[EventKind]
    EVENT_KIND_LEDGER_CREATED: _ClassVar[EventKind]
    EVENT_KIND_LEDGER_PERIOD_CLOSED: _ClassVar[EventKind]
    EVENT_KIND_TRANSACTION_RESCHEDULED: _ClassVar[EventKind]
EVENT_KIND_UNSPECIFIED: EventKind
EVENT_KIND_TRANSACTION_QUEUED: EventKind
EVENT_KIND_TRANSACTION_SCHEDULED: EventKind
EVENT_KIND_TRANSACTION_APPLIED: EventKind
EVENT_KIND_TRANSACTION_INFLIGHT: EventKind
EVENT_KIND_TRANSACTION_COMMITTED: EventKind
EVENT_KIND_TRANSACTION_VOIDED: EventKind
EVENT_KIND_TRANSACTION_EXPIRED: EventKind
EVENT_KIND_TRANSACTION_REJECTED: EventKind
EVENT_KIND_TRANSACTION_CANCELLED: EventKind
EVENT_KIND_TRANSACTION_REFUNDED: EventKind
EVENT_KIND_TRANSACTION_FLAGGED: EventKind
EVENT_KIND_TRANSACTION_APPROVED: EventKind
EVENT_KIND_TRANSACTION_DENIED: EventKind
EVENT_KIND_MONITOR_FIRED: EventKind
EVENT_KIND_MONITOR_CLEARED: EventKind
EVENT_KIND_BALANCE_CREATED: EventKind
EVENT_KIND_BALANCE_FROZEN: EventKind
EVENT_KIND_BALANCE_UNFROZEN: EventKind
EVENT_KIND_BALANCE_CLOSED: EventKind
EVENT_KIND_BATCH_FINISHED: EventKind
EVENT_KIND_IDENTITY_CREATED: EventKind
EVENT_KIND_IDENTITY_UPDATED: EventKind
EVENT_KIND_IDENTITY_ERASED: EventKind
EVENT_KIND_RECONCILIATION_FINISHED: EventKind
EVENT_KIND_RECONCILIATION_DIFFERENCE_FOUND: EventKind
EVENT_KIND_LEDGER_CREATED: EventKind
EVENT_KIND_LEDGER_PERIOD_CLOSED: EventKind
EVENT_KIND_TRANSACTION_RESCHEDULED: EventKind

class Event(_message.Message):
    __slots__ = ("cursor", "kind", "time", "transaction", "monitor", "balance", "batch", "identity", "ledger", "reconciliation")
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_FIELD_NUMBER: _ClassVar[int]
    MONITOR_FIELD_NUMBER: _ClassVar[int]
    BALANCE_FIELD_NUMBER: _ClassVar[int]
    BATCH_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_FIELD_NUMBER: _ClassVar[int]
    LEDGER_FIELD_NUMBER: _ClassVar[int]
    RECONCILIATION_FIELD_NUMBER: _ClassVar[int]
    cursor: str
    kind: EventKind
    time: _timestamp_pb2.Timestamp
    transaction: TransactionEvent
    monitor: MonitorEvent
    balance: BalanceEvent
    batch: BatchEvent
    identity: IdentityEvent
    ledger: LedgerEvent
    reconciliation: ReconciliationEvent
    def __init__(self, cursor: _Optional[str] = ..., kind: _Optional[_Union[EventKind, str]] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., transaction: _Optional[_Union[TransactionEvent, _Mapping]] = ..., monitor: _Optional[_Union[MonitorEvent, _Mapping]] = ..., balance: _Optional[_Union[BalanceEvent, _Mapping]] = ..., batch: _Optional[_Union[BatchEvent, _Mapping]] = ..., identity: _Optional[_Union[IdentityEvent, _Mapping]] = ..., ledger: _Optional[_Union[LedgerEvent, _Mapping]] = ..., reconciliation: _Optional[_Union[ReconciliationEvent, _Mapping]] = ...) -> None: ...

class Heartbeat(_message.Message):
    __slots__ = ("cursor", "time")
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    cursor: str
    time: _timestamp_pb2.Timestamp
    def __init__(self, cursor: _Optional[str] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class TransactionEvent(_message.Message):
    __slots__ = ("transaction",)
    TRANSACTION_FIELD_NUMBER: _ClassVar[int]
    transaction: _transaction_pb2.Transaction
    def __init__(self, transaction: _Optional[_Union[_transaction_pb2.Transaction, _Mapping]] = ...) -> None: ...

class MonitorEvent(_message.Message):
    __slots__ = ("monitor", "balance_id", "figures", "currency", "precision", "transaction_id")
    MONITOR_FIELD_NUMBER: _ClassVar[int]
    BALANCE_ID_FIELD_NUMBER: _ClassVar[int]
    FIGURES_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    PRECISION_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_ID_FIELD_NUMBER: _ClassVar[int]
    monitor: _monitor_pb2.Monitor
    balance_id: str
    figures: _balance_pb2.Figures
    currency: str
    precision: int
    transaction_id: str
    def __init__(self, monitor: _Optional[_Union[_monitor_pb2.Monitor, _Mapping]] = ..., balance_id: _Optional[str] = ..., figures: _Optional[_Union[_balance_pb2.Figures, _Mapping]] = ..., currency: _Optional[str] = ..., precision: _Optional[int] = ..., transaction_id: _Optional[str] = ...) -> None: ...

class BalanceEvent(_message.Message):
    __slots__ = ("balance", "reason")
    BALANCE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    balance: _balance_pb2.Balance
    reason: str
    def __init__(self, balance: _Optional[_Union[_balance_pb2.Balance, _Mapping]] = ..., reason: _Optional[str] = ...) -> None: ...

class BatchEvent(_message.Message):
    __slots__ = ("batch",)
    BATCH_FIELD_NUMBER: _ClassVar[int]
    batch: _batch_pb2.Batch
    def __init__(self, batch: _Optional[_Union[_batch_pb2.Batch, _Mapping]] = ...) -> None: ...

class IdentityEvent(_message.Message):
    __slots__ = ("identity_id",)
    IDENTITY_ID_FIELD_NUMBER: _ClassVar[int]
    identity_id: str
    def __init__(self, identity_id: _Optional[str] = ...) -> None: ...

class LedgerEvent(_message.Message):
    __slots__ = ("ledger",)
    LEDGER_FIELD_NUMBER: _ClassVar[int]
    ledger: _ledger_pb2.Ledger
    def __init__(self, ledger: _Optional[_Union[_ledger_pb2.Ledger, _Mapping]] = ...) -> None: ...

class ReconciliationEvent(_message.Message):
    __slots__ = ("reconciliation",)
    RECONCILIATION_FIELD_NUMBER: _ClassVar[int]
    reconciliation: _reconciliation_pb2.Reconciliation
    def __init__(self, reconciliation: _Optional[_Union[_reconciliation_pb2.Reconciliation, _Mapping]] = ...) -> None: ...
