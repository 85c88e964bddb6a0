import datetime

from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from ledgerapi.v1 import amount_pb2 as _amount_pb2
from ledgerapi.v1 import reconciliation_pb2 as _reconciliation_pb2
from ledgerapi.v1 import reconciliation_match_pb2 as _reconciliation_match_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ReconciliationStatementStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RECONCILIATION_STATEMENT_STATUS_UNSPECIFIED: _ClassVar[ReconciliationStatementStatus]
    RECONCILIATION_STATEMENT_STATUS_DRAFT: _ClassVar[ReconciliationStatementStatus]
    RECONCILIATION_STATEMENT_STATUS_CONFIRMED: _ClassVar[ReconciliationStatementStatus]

class BankBalanceAbsence(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    BANK_BALANCE_ABSENCE_UNSPECIFIED: _ClassVar[BankBalanceAbsence]
    BANK_BALANCE_ABSENCE_NO_STATEMENT: _ClassVar[BankBalanceAbsence]
    BANK_BALANCE_ABSENCE_ACCOUNT_UNKNOWN: _ClassVar[BankBalanceAbsence]

class ReconciliationStatementOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RECONCILIATION_STATEMENT_OUTCOME_UNSPECIFIED: _ClassVar[ReconciliationStatementOutcome]
    RECONCILIATION_STATEMENT_OUTCOME_MATCHED: _ClassVar[ReconciliationStatementOutcome]
    RECONCILIATION_STATEMENT_OUTCOME_MATCHED_WITH_DIFFERENCE: _ClassVar[ReconciliationStatementOutcome]
    RECONCILIATION_STATEMENT_OUTCOME_IGNORED: _ClassVar[ReconciliationStatementOutcome]
    RECONCILIATION_STATEMENT_OUTCOME_UNMATCHED: _ClassVar[ReconciliationStatementOutcome]
    RECONCILIATION_STATEMENT_OUTCOME_PROPOSED: _ClassVar[ReconciliationStatementOutcome]
    RECONCILIATION_STATEMENT_OUTCOME_AMBIGUOUS: _ClassVar[ReconciliationStatementOutcome]
    RECONCILIATION_STATEMENT_OUTCOME_LIMIT_REACHED: _ClassVar[ReconciliationStatementOutcome]
    RECONCILIATION_STATEMENT_OUTCOME_DUPLICATE: _ClassVar[ReconciliationStatementOutcome]
    RECONCILIATION_STATEMENT_OUTCOME_OTHER_SIDE_LATER: _ClassVar[ReconciliationStatementOutcome]

class ReconciliationStatementComparisonResult(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RECONCILIATION_STATEMENT_COMPARISON_RESULT_UNSPECIFIED: _ClassVar[ReconciliationStatementComparisonResult]
    RECONCILIATION_STATEMENT_COMPARISON_RESULT_EQUAL: _ClassVar[ReconciliationStatementComparisonResult]
    RECONCILIATION_STATEMENT_COMPARISON_RESULT_SAME_FIGURES: _ClassVar[ReconciliationStatementComparisonResult]
    RECONCILIATION_STATEMENT_COMPARISON_RESULT_OTHER_FIGURES: _ClassVar[ReconciliationStatementComparisonResult]

class ReconciliationStatementCauseKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RECONCILIATION_STATEMENT_CAUSE_KIND_UNSPECIFIED: _ClassVar[ReconciliationStatementCauseKind]
    RECONCILIATION_STATEMENT_CAUSE_KIND_RECORD_ADDED: _ClassVar[ReconciliationStatementCauseKind]
    RECONCILIATION_STATEMENT_CAUSE_KIND_ENTRY_ADDED: _ClassVar[ReconciliationStatementCauseKind]
    RECONCILIATION_STATEMENT_CAUSE_KIND_BANK_STATEMENT_ADDED: _ClassVar[ReconciliationStatementCauseKind]
    RECONCILIATION_STATEMENT_CAUSE_KIND_ROW_MATCHED: _ClassVar[ReconciliationStatementCauseKind]
    RECONCILIATION_STATEMENT_CAUSE_KIND_ROW_IGNORED: _ClassVar[ReconciliationStatementCauseKind]
    RECONCILIATION_STATEMENT_CAUSE_KIND_MATCH_RELEASED: _ClassVar[ReconciliationStatementCauseKind]
    RECONCILIATION_STATEMENT_CAUSE_KIND_ROW_RESTORED: _ClassVar[ReconciliationStatementCauseKind]
    RECONCILIATION_STATEMENT_CAUSE_KIND_SOURCE_CHANGED: _ClassVar[ReconciliationStatementCauseKind]
RECONCILIATION_STATEMENT_STATUS_UNSPECIFIED: ReconciliationStatementStatus
RECONCILIATION_STATEMENT_STATUS_DRAFT: ReconciliationStatementStatus
RECONCILIATION_STATEMENT_STATUS_CONFIRMED: ReconciliationStatementStatus
BANK_BALANCE_ABSENCE_UNSPECIFIED: BankBalanceAbsence
BANK_BALANCE_ABSENCE_NO_STATEMENT: BankBalanceAbsence
BANK_BALANCE_ABSENCE_ACCOUNT_UNKNOWN: BankBalanceAbsence
RECONCILIATION_STATEMENT_OUTCOME_UNSPECIFIED: ReconciliationStatementOutcome
RECONCILIATION_STATEMENT_OUTCOME_MATCHED: ReconciliationStatementOutcome
RECONCILIATION_STATEMENT_OUTCOME_MATCHED_WITH_DIFFERENCE: ReconciliationStatementOutcome
RECONCILIATION_STATEMENT_OUTCOME_IGNORED: ReconciliationStatementOutcome
RECONCILIATION_STATEMENT_OUTCOME_UNMATCHED: ReconciliationStatementOutcome
RECONCILIATION_STATEMENT_OUTCOME_PROPOSED: ReconciliationStatementOutcome
RECONCILIATION_STATEMENT_OUTCOME_AMBIGUOUS: ReconciliationStatementOutcome
RECONCILIATION_STATEMENT_OUTCOME_LIMIT_REACHED: ReconciliationStatementOutcome
RECONCILIATION_STATEMENT_OUTCOME_DUPLICATE: ReconciliationStatementOutcome
RECONCILIATION_STATEMENT_OUTCOME_OTHER_SIDE_LATER: ReconciliationStatementOutcome
RECONCILIATION_STATEMENT_COMPARISON_RESULT_UNSPECIFIED: ReconciliationStatementComparisonResult
RECONCILIATION_STATEMENT_COMPARISON_RESULT_EQUAL: ReconciliationStatementComparisonResult
RECONCILIATION_STATEMENT_COMPARISON_RESULT_SAME_FIGURES: ReconciliationStatementComparisonResult
RECONCILIATION_STATEMENT_COMPARISON_RESULT_OTHER_FIGURES: ReconciliationStatementComparisonResult
RECONCILIATION_STATEMENT_CAUSE_KIND_UNSPECIFIED: ReconciliationStatementCauseKind
RECONCILIATION_STATEMENT_CAUSE_KIND_RECORD_ADDED: ReconciliationStatementCauseKind
RECONCILIATION_STATEMENT_CAUSE_KIND_ENTRY_ADDED: ReconciliationStatementCauseKind
RECONCILIATION_STATEMENT_CAUSE_KIND_BANK_STATEMENT_ADDED: ReconciliationStatementCauseKind
RECONCILIATION_STATEMENT_CAUSE_KIND_ROW_MATCHED: ReconciliationStatementCauseKind
RECONCILIATION_STATEMENT_CAUSE_KIND_ROW_IGNORED: ReconciliationStatementCauseKind
RECONCILIATION_STATEMENT_CAUSE_KIND_MATCH_RELEASED: ReconciliationStatementCauseKind
RECONCILIATION_STATEMENT_CAUSE_KIND_ROW_RESTORED: ReconciliationStatementCauseKind
RECONCILIATION_STATEMENT_CAUSE_KIND_SOURCE_CHANGED: ReconciliationStatementCauseKind

class ReconciliationStatement(_message.Message):
    __slots__ = ("id", "external_source_id", "external_source_name", "currency", "date", "time_zone", "entry_time", "status", "explained", "bank", "ledger_balance", "balances", "proof", "match_count", "only_in_bank", "only_in_ledger", "differences", "ignored_in_bank", "ignored_in_ledger", "totals", "journal_cursor", "last_external_record_id", "last_reconciliation_decision_id", "result_hash", "created_by", "create_time", "confirmed_by", "confirm_time", "confirm_reason")
    ID_FIELD_NUMBER: _ClassVar[int]
    EXTERNAL_SOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    EXTERNAL_SOURCE_NAME_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    DATE_FIELD_NUMBER: _ClassVar[int]
    TIME_ZONE_FIELD_NUMBER: _ClassVar[int]
    ENTRY_TIME_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    EXPLAINED_FIELD_NUMBER: _ClassVar[int]
    BANK_FIELD_NUMBER: _ClassVar[int]
    LEDGER_BALANCE_FIELD_NUMBER: _ClassVar[int]
    BALANCES_FIELD_NUMBER: _ClassVar[int]
    PROOF_FIELD_NUMBER: _ClassVar[int]
    MATCH_COUNT_FIELD_NUMBER: _ClassVar[int]
    ONLY_IN_BANK_FIELD_NUMBER: _ClassVar[int]
    ONLY_IN_LEDGER_FIELD_NUMBER: _ClassVar[int]
    DIFFERENCES_FIELD_NUMBER: _ClassVar[int]
    IGNORED_IN_BANK_FIELD_NUMBER: _ClassVar[int]
    IGNORED_IN_LEDGER_FIELD_NUMBER: _ClassVar[int]
    TOTALS_FIELD_NUMBER: _ClassVar[int]
    JOURNAL_CURSOR_FIELD_NUMBER: _ClassVar[int]
    LAST_EXTERNAL_RECORD_ID_FIELD_NUMBER: _ClassVar[int]
    LAST_RECONCILIATION_DECISION_ID_FIELD_NUMBER: _ClassVar[int]
    RESULT_HASH_FIELD_NUMBER: _ClassVar[int]
    CREATED_BY_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    CONFIRMED_BY_FIELD_NUMBER: _ClassVar[int]
    CONFIRM_TIME_FIELD_NUMBER: _ClassVar[int]
    CONFIRM_REASON_FIELD_NUMBER: _ClassVar[int]
    id: str
    external_source_id: str
    external_source_name: str
    currency: str
    date: str
    time_zone: str
    entry_time: _reconciliation_pb2.EntryTime
    status: ReconciliationStatementStatus
    explained: bool
    bank: ReconciliationStatementBankBalance
    ledger_balance: _amount_pb2.Amount
    balances: _containers.RepeatedCompositeFieldContainer[ReconciliationStatementLedgerBalance]
    proof: ReconciliationStatementProof
    match_count: int
    only_in_bank: ReconciliationStatementRows
    only_in_ledger: ReconciliationStatementRows
    differences: ReconciliationStatementDifferences
    ignored_in_bank: ReconciliationStatementRows
    ignored_in_ledger: ReconciliationStatementRows
    totals: _containers.RepeatedCompositeFieldContainer[ReconciliationStatementTotal]
    journal_cursor: str
    last_external_record_id: str
    last_reconciliation_decision_id: str
    result_hash: str
    created_by: str
    create_time: _timestamp_pb2.Timestamp
    confirmed_by: str
    confirm_time: _timestamp_pb2.Timestamp
    confirm_reason: str
    def __init__(self, id: _Optional[str] = ..., external_source_id: _Optional[str] = ..., external_source_name: _Optional[str] = ..., currency: _Optional[str] = ..., date: _Optional[str] = ..., time_zone: _Optional[str] = ..., entry_time: _Optional[_Union[_reconciliation_pb2.EntryTime, str]] = ..., status: _Optional[_Union[ReconciliationStatementStatus, str]] = ..., explained: bool = ..., bank: _Optional[_Union[ReconciliationStatementBankBalance, _Mapping]] = ..., ledger_balance: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ..., balances: _Optional[_Iterable[_Union[ReconciliationStatementLedgerBalance, _Mapping]]] = ..., proof: _Optional[_Union[ReconciliationStatementProof, _Mapping]] = ..., match_count: _Optional[int] = ..., only_in_bank: _Optional[_Union[ReconciliationStatementRows, _Mapping]] = ..., only_in_ledger: _Optional[_Union[ReconciliationStatementRows, _Mapping]] = ..., differences: _Optional[_Union[ReconciliationStatementDifferences, _Mapping]] = ..., ignored_in_bank: _Optional[_Union[ReconciliationStatementRows, _Mapping]] = ..., ignored_in_ledger: _Optional[_Union[ReconciliationStatementRows, _Mapping]] = ..., totals: _Optional[_Iterable[_Union[ReconciliationStatementTotal, _Mapping]]] = ..., journal_cursor: _Optional[str] = ..., last_external_record_id: _Optional[str] = ..., last_reconciliation_decision_id: _Optional[str] = ..., result_hash: _Optional[str] = ..., created_by: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., confirmed_by: _Optional[str] = ..., confirm_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., confirm_reason: _Optional[str] = ...) -> None: ...

class ReconciliationStatementScope(_message.Message):
    __slots__ = ("external_source_id", "currency", "date", "entry_time")
    EXTERNAL_SOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    DATE_FIELD_NUMBER: _ClassVar[int]
    ENTRY_TIME_FIELD_NUMBER: _ClassVar[int]
    external_source_id: str
    currency: str
    date: str
    entry_time: _reconciliation_pb2.EntryTime
    def __init__(self, external_source_id: _Optional[str] = ..., currency: _Optional[str] = ..., date: _Optional[str] = ..., entry_time: _Optional[_Union[_reconciliation_pb2.EntryTime, str]] = ...) -> None: ...

class ReconciliationStatementBankBalance(_message.Message):
    __slots__ = ("balance", "absence", "absent_accounts", "accounts")
    BALANCE_FIELD_NUMBER: _ClassVar[int]
    ABSENCE_FIELD_NUMBER: _ClassVar[int]
    ABSENT_ACCOUNTS_FIELD_NUMBER: _ClassVar[int]
    ACCOUNTS_FIELD_NUMBER: _ClassVar[int]
    balance: _amount_pb2.Amount
    absence: BankBalanceAbsence
    absent_accounts: _containers.RepeatedScalarFieldContainer[str]
    accounts: _containers.RepeatedCompositeFieldContainer[ReconciliationStatementAccount]
    def __init__(self, balance: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ..., absence: _Optional[_Union[BankBalanceAbsence, str]] = ..., absent_accounts: _Optional[_Iterable[str]] = ..., accounts: _Optional[_Iterable[_Union[ReconciliationStatementAccount, _Mapping]]] = ...) -> None: ...

class ReconciliationStatementAccount(_message.Message):
    __slots__ = ("account", "closing_balance", "closing_date", "bank_statement_number", "later_record_count", "later_amount", "opening_balance", "opening_date", "records_missing")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    CLOSING_BALANCE_FIELD_NUMBER: _ClassVar[int]
    CLOSING_DATE_FIELD_NUMBER: _ClassVar[int]
    BANK_STATEMENT_NUMBER_FIELD_NUMBER: _ClassVar[int]
    LATER_RECORD_COUNT_FIELD_NUMBER: _ClassVar[int]
    LATER_AMOUNT_FIELD_NUMBER: _ClassVar[int]
    OPENING_BALANCE_FIELD_NUMBER: _ClassVar[int]
    OPENING_DATE_FIELD_NUMBER: _ClassVar[int]
    RECORDS_MISSING_FIELD_NUMBER: _ClassVar[int]
    account: str
    closing_balance: _amount_pb2.Amount
    closing_date: str
    bank_statement_number: str
    later_record_count: int
    later_amount: _amount_pb2.Amount
    opening_balance: _amount_pb2.Amount
    opening_date: str
    records_missing: _amount_pb2.Amount
    def __init__(self, account: _Optional[str] = ..., closing_balance: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ..., closing_date: _Optional[str] = ..., bank_statement_number: _Optional[str] = ..., later_record_count: _Optional[int] = ..., later_amount: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ..., opening_balance: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ..., opening_date: _Optional[str] = ..., records_missing: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ...) -> None: ...

class ReconciliationStatementLedgerBalance(_message.Message):
    __slots__ = ("balance_id", "amount")
    BALANCE_ID_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    balance_id: str
    amount: _amount_pb2.Amount
    def __init__(self, balance_id: _Optional[str] = ..., amount: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ...) -> None: ...

class ReconciliationStatementProof(_message.Message):
    __slots__ = ("bank_balance", "opening", "only_in_bank", "ignored_in_bank", "only_in_ledger", "ignored_in_ledger", "differences", "expected", "ledger_balance", "unexplained", "records_missing", "entries_missing")
    BANK_BALANCE_FIELD_NUMBER: _ClassVar[int]
    OPENING_FIELD_NUMBER: _ClassVar[int]
    ONLY_IN_BANK_FIELD_NUMBER: _ClassVar[int]
    IGNORED_IN_BANK_FIELD_NUMBER: _ClassVar[int]
    ONLY_IN_LEDGER_FIELD_NUMBER: _ClassVar[int]
    IGNORED_IN_LEDGER_FIELD_NUMBER: _ClassVar[int]
    DIFFERENCES_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_FIELD_NUMBER: _ClassVar[int]
    LEDGER_BALANCE_FIELD_NUMBER: _ClassVar[int]
    UNEXPLAINED_FIELD_NUMBER: _ClassVar[int]
    RECORDS_MISSING_FIELD_NUMBER: _ClassVar[int]
    ENTRIES_MISSING_FIELD_NUMBER: _ClassVar[int]
    bank_balance: _amount_pb2.Amount
    opening: _amount_pb2.Amount
    only_in_bank: _amount_pb2.Amount
    ignored_in_bank: _amount_pb2.Amount
    only_in_ledger: _amount_pb2.Amount
    ignored_in_ledger: _amount_pb2.Amount
    differences: _amount_pb2.Amount
    expected: _amount_pb2.Amount
    ledger_balance: _amount_pb2.Amount
    unexplained: _amount_pb2.Amount
    records_missing: _amount_pb2.Amount
    entries_missing: _amount_pb2.Amount
    def __init__(self, bank_balance: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ..., opening: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ..., only_in_bank: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ..., ignored_in_bank: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ..., only_in_ledger: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ..., ignored_in_ledger: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ..., differences: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ..., expected: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ..., ledger_balance: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ..., unexplained: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ..., records_missing: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ..., entries_missing: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ...) -> None: ...

class ReconciliationStatementRows(_message.Message):
    __slots__ = ("row_count", "amount", "rows")
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    row_count: int
    amount: _amount_pb2.Amount
    rows: _containers.RepeatedCompositeFieldContainer[ReconciliationStatementRow]
    def __init__(self, row_count: _Optional[int] = ..., amount: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ..., rows: _Optional[_Iterable[_Union[ReconciliationStatementRow, _Mapping]]] = ...) -> None: ...

class ReconciliationStatementRow(_message.Message):
    __slots__ = ("external_record_id", "entry", "date", "amount", "account", "reference", "counterparty", "description", "outcome", "reason", "reconciliation_id", "match_number")
    EXTERNAL_RECORD_ID_FIELD_NUMBER: _ClassVar[int]
    ENTRY_FIELD_NUMBER: _ClassVar[int]
    DATE_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    COUNTERPARTY_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    RECONCILIATION_ID_FIELD_NUMBER: _ClassVar[int]
    MATCH_NUMBER_FIELD_NUMBER: _ClassVar[int]
    external_record_id: str
    entry: _reconciliation_match_pb2.ReconciliationEntryKey
    date: str
    amount: _amount_pb2.Amount
    account: str
    reference: str
    counterparty: str
    description: str
    outcome: ReconciliationStatementOutcome
    reason: str
    reconciliation_id: str
    match_number: int
    def __init__(self, external_record_id: _Optional[str] = ..., entry: _Optional[_Union[_reconciliation_match_pb2.ReconciliationEntryKey, _Mapping]] = ..., date: _Optional[str] = ..., amount: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ..., account: _Optional[str] = ..., reference: _Optional[str] = ..., counterparty: _Optional[str] = ..., description: _Optional[str] = ..., outcome: _Optional[_Union[ReconciliationStatementOutcome, str]] = ..., reason: _Optional[str] = ..., reconciliation_id: _Optional[str] = ..., match_number: _Optional[int] = ...) -> None: ...

class ReconciliationStatementDifferences(_message.Message):
    __slots__ = ("match_count", "amount", "differences")
    MATCH_COUNT_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    DIFFERENCES_FIELD_NUMBER: _ClassVar[int]
    match_count: int
    amount: _amount_pb2.Amount
    differences: _containers.RepeatedCompositeFieldContainer[ReconciliationStatementDifference]
    def __init__(self, match_count: _Optional[int] = ..., amount: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ..., differences: _Optional[_Iterable[_Union[ReconciliationStatementDifference, _Mapping]]] = ...) -> None: ...

class ReconciliationStatementDifference(_message.Message):
    __slots__ = ("reconciliation_id", "match_number", "matching_rule_name", "date", "record_count", "entry_count", "record_amount", "entry_amount", "difference", "partial", "reference", "counterparty")
    RECONCILIATION_ID_FIELD_NUMBER: _ClassVar[int]
    MATCH_NUMBER_FIELD_NUMBER: _ClassVar[int]
    MATCHING_RULE_NAME_FIELD_NUMBER: _ClassVar[int]
    DATE_FIELD_NUMBER: _ClassVar[int]
    RECORD_COUNT_FIELD_NUMBER: _ClassVar[int]
    ENTRY_COUNT_FIELD_NUMBER: _ClassVar[int]
    RECORD_AMOUNT_FIELD_NUMBER: _ClassVar[int]
    ENTRY_AMOUNT_FIELD_NUMBER: _ClassVar[int]
    DIFFERENCE_FIELD_NUMBER: _ClassVar[int]
    PARTIAL_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    COUNTERPARTY_FIELD_NUMBER: _ClassVar[int]
    reconciliation_id: str
    match_number: int
    matching_rule_name: str
    date: str
    record_count: int
    entry_count: int
    record_amount: _amount_pb2.Amount
    entry_amount: _amount_pb2.Amount
    difference: _amount_pb2.Amount
    partial: bool
    reference: str
    counterparty: str
    def __init__(self, reconciliation_id: _Optional[str] = ..., match_number: _Optional[int] = ..., matching_rule_name: _Optional[str] = ..., date: _Optional[str] = ..., record_count: _Optional[int] = ..., entry_count: _Optional[int] = ..., record_amount: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ..., entry_amount: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ..., difference: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ..., partial: bool = ..., reference: _Optional[str] = ..., counterparty: _Optional[str] = ...) -> None: ...

class ReconciliationStatementTotal(_message.Message):
    __slots__ = ("outcome", "record_count", "record_amount", "entry_count", "entry_amount")
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    RECORD_COUNT_FIELD_NUMBER: _ClassVar[int]
    RECORD_AMOUNT_FIELD_NUMBER: _ClassVar[int]
    ENTRY_COUNT_FIELD_NUMBER: _ClassVar[int]
    ENTRY_AMOUNT_FIELD_NUMBER: _ClassVar[int]
    outcome: ReconciliationStatementOutcome
    record_count: int
    record_amount: _amount_pb2.Amount
    entry_count: int
    entry_amount: _amount_pb2.Amount
    def __init__(self, outcome: _Optional[_Union[ReconciliationStatementOutcome, str]] = ..., record_count: _Optional[int] = ..., record_amount: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ..., entry_count: _Optional[int] = ..., entry_amount: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ...) -> None: ...

class ReconciliationStatementComparison(_message.Message):
    __slots__ = ("result", "figures", "causes", "result_hash", "journal_cursor")
    RESULT_FIELD_NUMBER: _ClassVar[int]
    FIGURES_FIELD_NUMBER: _ClassVar[int]
    CAUSES_FIELD_NUMBER: _ClassVar[int]
    RESULT_HASH_FIELD_NUMBER: _ClassVar[int]
    JOURNAL_CURSOR_FIELD_NUMBER: _ClassVar[int]
    result: ReconciliationStatementComparisonResult
    figures: _containers.RepeatedCompositeFieldContainer[ReconciliationStatementFigureChange]
    causes: _containers.RepeatedCompositeFieldContainer[ReconciliationStatementCause]
    result_hash: str
    journal_cursor: str
    def __init__(self, result: _Optional[_Union[ReconciliationStatementComparisonResult, str]] = ..., figures: _Optional[_Iterable[_Union[ReconciliationStatementFigureChange, _Mapping]]] = ..., causes: _Optional[_Iterable[_Union[ReconciliationStatementCause, _Mapping]]] = ..., result_hash: _Optional[str] = ..., journal_cursor: _Optional[str] = ...) -> None: ...

class ReconciliationStatementFigureChange(_message.Message):
    __slots__ = ("figure", "kept", "now", "change")
    FIGURE_FIELD_NUMBER: _ClassVar[int]
    KEPT_FIELD_NUMBER: _ClassVar[int]
    NOW_FIELD_NUMBER: _ClassVar[int]
    CHANGE_FIELD_NUMBER: _ClassVar[int]
    figure: str
    kept: str
    now: str
    change: str
    def __init__(self, figure: _Optional[str] = ..., kept: _Optional[str] = ..., now: _Optional[str] = ..., change: _Optional[str] = ...) -> None: ...

class ReconciliationStatementCause(_message.Message):
    __slots__ = ("kind", "row_count", "record_amount", "entry_amount", "rows")
    KIND_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    RECORD_AMOUNT_FIELD_NUMBER: _ClassVar[int]
    ENTRY_AMOUNT_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    kind: ReconciliationStatementCauseKind
    row_count: int
    record_amount: _amount_pb2.Amount
    entry_amount: _amount_pb2.Amount
    rows: _containers.RepeatedCompositeFieldContainer[ReconciliationStatementCauseRow]
    def __init__(self, kind: _Optional[_Union[ReconciliationStatementCauseKind, str]] = ..., row_count: _Optional[int] = ..., record_amount: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ..., entry_amount: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ..., rows: _Optional[_Iterable[_Union[ReconciliationStatementCauseRow, _Mapping]]] = ...) -> None: ...

class ReconciliationStatementCauseRow(_message.Message):
    __slots__ = ("external_record_id", "entry", "date", "amount", "reconciliation_decision_id")
    EXTERNAL_RECORD_ID_FIELD_NUMBER: _ClassVar[int]
    ENTRY_FIELD_NUMBER: _ClassVar[int]
    DATE_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    RECONCILIATION_DECISION_ID_FIELD_NUMBER: _ClassVar[int]
    external_record_id: str
    entry: _reconciliation_match_pb2.ReconciliationEntryKey
    date: str
    amount: _amount_pb2.Amount
    reconciliation_decision_id: str
    def __init__(self, external_record_id: _Optional[str] = ..., entry: _Optional[_Union[_reconciliation_match_pb2.ReconciliationEntryKey, _Mapping]] = ..., date: _Optional[str] = ..., amount: _Optional[_Union[_amount_pb2.Amount, _Mapping]] = ..., reconciliation_decision_id: _Optional[str] = ...) -> None: ...
