import datetime

from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from ledgerapi.v1 import amount_pb2 as _amount_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class MatchingField(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MATCHING_FIELD_UNSPECIFIED: _ClassVar[MatchingField]
    MATCHING_FIELD_AMOUNT: _ClassVar[MatchingField]
    MATCHING_FIELD_CURRENCY: _ClassVar[MatchingField]
    MATCHING_FIELD_BOOKING_DATE: _ClassVar[MatchingField]
    MATCHING_FIELD_VALUE_DATE: _ClassVar[MatchingField]
    MATCHING_FIELD_REFERENCE: _ClassVar[MatchingField]
    MATCHING_FIELD_DESCRIPTION: _ClassVar[MatchingField]
    MATCHING_FIELD_COUNTERPARTY: _ClassVar[MatchingField]
    MATCHING_FIELD_IDENTITY: _ClassVar[MatchingField]
    MATCHING_FIELD_GROUP_KEY: _ClassVar[MatchingField]
    MATCHING_FIELD_METADATA: _ClassVar[MatchingField]

class MatchingOperator(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MATCHING_OPERATOR_UNSPECIFIED: _ClassVar[MatchingOperator]
    MATCHING_OPERATOR_EQUALS: _ClassVar[MatchingOperator]
    MATCHING_OPERATOR_ONE_OF: _ClassVar[MatchingOperator]
    MATCHING_OPERATOR_CONTAINS: _ClassVar[MatchingOperator]
    MATCHING_OPERATOR_STARTS_WITH: _ClassVar[MatchingOperator]
    MATCHING_OPERATOR_SIMILAR: _ClassVar[MatchingOperator]
    MATCHING_OPERATOR_PATTERN: _ClassVar[MatchingOperator]

class MatchingNormalization(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MATCHING_NORMALIZATION_UNSPECIFIED: _ClassVar[MatchingNormalization]
    MATCHING_NORMALIZATION_CASE: _ClassVar[MatchingNormalization]
    MATCHING_NORMALIZATION_ACCENTS: _ClassVar[MatchingNormalization]
    MATCHING_NORMALIZATION_PUNCTUATION: _ClassVar[MatchingNormalization]
    MATCHING_NORMALIZATION_SPACES: _ClassVar[MatchingNormalization]
    MATCHING_NORMALIZATION_LEADING_ZEROS: _ClassVar[MatchingNormalization]

class GroupingMode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    GROUPING_MODE_UNSPECIFIED: _ClassVar[GroupingMode]
    GROUPING_MODE_BY_KEY: _ClassVar[GroupingMode]
    GROUPING_MODE_BY_SEARCH: _ClassVar[GroupingMode]

class MatchingStrategy(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MATCHING_STRATEGY_UNSPECIFIED: _ClassVar[MatchingStrategy]
    MATCHING_STRATEGY_ONE_TO_ONE: _ClassVar[MatchingStrategy]
    MATCHING_STRATEGY_ONE_TO_MANY: _ClassVar[MatchingStrategy]
    MATCHING_STRATEGY_MANY_TO_ONE: _ClassVar[MatchingStrategy]
    MATCHING_STRATEGY_MANY_TO_MANY: _ClassVar[MatchingStrategy]
    MATCHING_STRATEGY_RECORD_ALONE: _ClassVar[MatchingStrategy]

class ReconciliationAdjustmentKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RECONCILIATION_ADJUSTMENT_KIND_UNSPECIFIED: _ClassVar[ReconciliationAdjustmentKind]
    RECONCILIATION_ADJUSTMENT_KIND_FEE: _ClassVar[ReconciliationAdjustmentKind]
    RECONCILIATION_ADJUSTMENT_KIND_INTEREST: _ClassVar[ReconciliationAdjustmentKind]
    RECONCILIATION_ADJUSTMENT_KIND_WRITE_OFF: _ClassVar[ReconciliationAdjustmentKind]

class FeeRounding(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FEE_ROUNDING_UNSPECIFIED: _ClassVar[FeeRounding]
    FEE_ROUNDING_HALF_EVEN: _ClassVar[FeeRounding]
    FEE_ROUNDING_HALF_UP: _ClassVar[FeeRounding]
    FEE_ROUNDING_UP: _ClassVar[FeeRounding]
    FEE_ROUNDING_DOWN: _ClassVar[FeeRounding]
MATCHING_FIELD_UNSPECIFIED: MatchingField
MATCHING_FIELD_AMOUNT: MatchingField
MATCHING_FIELD_CURRENCY: MatchingField
MATCHING_FIELD_BOOKING_DATE: MatchingField
MATCHING_FIELD_VALUE_DATE: MatchingField
MATCHING_FIELD_REFERENCE: MatchingField
MATCHING_FIELD_DESCRIPTION: MatchingField
MATCHING_FIELD_COUNTERPARTY: MatchingField
MATCHING_FIELD_IDENTITY: MatchingField
MATCHING_FIELD_GROUP_KEY: MatchingField
MATCHING_FIELD_METADATA: MatchingField
MATCHING_OPERATOR_UNSPECIFIED: MatchingOperator
MATCHING_OPERATOR_EQUALS: MatchingOperator
MATCHING_OPERATOR_ONE_OF: MatchingOperator
MATCHING_OPERATOR_CONTAINS: MatchingOperator
MATCHING_OPERATOR_STARTS_WITH: MatchingOperator
MATCHING_OPERATOR_SIMILAR: MatchingOperator
MATCHING_OPERATOR_PATTERN: MatchingOperator
MATCHING_NORMALIZATION_UNSPECIFIED: MatchingNormalization
MATCHING_NORMALIZATION_CASE: MatchingNormalization
MATCHING_NORMALIZATION_ACCENTS: MatchingNormalization
MATCHING_NORMALIZATION_PUNCTUATION: MatchingNormalization
MATCHING_NORMALIZATION_SPACES: MatchingNormalization
MATCHING_NORMALIZATION_LEADING_ZEROS: MatchingNormalization
GROUPING_MODE_UNSPECIFIED: GroupingMode
GROUPING_MODE_BY_KEY: GroupingMode
GROUPING_MODE_BY_SEARCH: GroupingMode
MATCHING_STRATEGY_UNSPECIFIED: MatchingStrategy
MATCHING_STRATEGY_ONE_TO_ONE: MatchingStrategy
MATCHING_STRATEGY_ONE_TO_MANY: MatchingStrategy
MATCHING_STRATEGY_MANY_TO_ONE: MatchingStrategy
MATCHING_STRATEGY_MANY_TO_MANY: MatchingStrategy
MATCHING_STRATEGY_RECORD_ALONE: MatchingStrategy
RECONCILIATION_ADJUSTMENT_KIND_UNSPECIFIED: ReconciliationAdjustmentKind
RECONCILIATION_ADJUSTMENT_KIND_FEE: ReconciliationAdjustmentKind
RECONCILIATION_ADJUSTMENT_KIND_INTEREST: ReconciliationAdjustmentKind
RECONCILIATION_ADJUSTMENT_KIND_WRITE_OFF: ReconciliationAdjustmentKind
FEE_ROUNDING_UNSPECIFIED: FeeRounding
FEE_ROUNDING_HALF_EVEN: FeeRounding
FEE_ROUNDING_HALF_UP: FeeRounding
FEE_ROUNDING_UP: FeeRounding
FEE_ROUNDING_DOWN: FeeRounding

class MatchingRule(_message.Message):
    __slots__ = ("id", "name", "description", "criteria", "strategy", "grouping", "fee", "valid_from_time", "valid_until_time", "version", "create_time", "update_time", "delete_time", "etag", "adjustment")
    ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    CRITERIA_FIELD_NUMBER: _ClassVar[int]
    STRATEGY_FIELD_NUMBER: _ClassVar[int]
    GROUPING_FIELD_NUMBER: _ClassVar[int]
    FEE_FIELD_NUMBER: _ClassVar[int]
    VALID_FROM_TIME_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_TIME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    DELETE_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    ADJUSTMENT_FIELD_NUMBER: _ClassVar[int]
    id: str
    name: str
    description: str
    criteria: _containers.RepeatedCompositeFieldContainer[MatchingCriterion]
    strategy: MatchingStrategy
    grouping: MatchingGrouping
    fee: FeeFormula
    valid_from_time: _timestamp_pb2.Timestamp
    valid_until_time: _timestamp_pb2.Timestamp
    version: int
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    delete_time: _timestamp_pb2.Timestamp
    etag: str
    adjustment: MatchingAdjustment
    def __init__(self, id: _Optional[str] = ..., name: _Optional[str] = ..., description: _Optional[str] = ..., criteria: _Optional[_Iterable[_Union[MatchingCriterion, _Mapping]]] = ..., strategy: _Optional[_Union[MatchingStrategy, str]] = ..., grouping: _Optional[_Union[MatchingGrouping, _Mapping]] = ..., fee: _Optional[_Union[FeeFormula, _Mapping]] = ..., valid_from_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., valid_until_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., version: _Optional[int] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., delete_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ..., adjustment: _Optional[_Union[MatchingAdjustment, _Mapping]] = ...) -> None: ...

class MatchingCriterion(_message.Message):
    __slots__ = ("field", "operator", "ledger_field", "metadata_key", "ledger_metadata_key", "values", "threshold", "pattern", "extract", "ledger_extract", "normalizations", "tolerance")
    FIELD_FIELD_NUMBER: _ClassVar[int]
    OPERATOR_FIELD_NUMBER: _ClassVar[int]
    LEDGER_FIELD_FIELD_NUMBER: _ClassVar[int]
    METADATA_KEY_FIELD_NUMBER: _ClassVar[int]
    LEDGER_METADATA_KEY_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    PATTERN_FIELD_NUMBER: _ClassVar[int]
    EXTRACT_FIELD_NUMBER: _ClassVar[int]
    LEDGER_EXTRACT_FIELD_NUMBER: _ClassVar[int]
    NORMALIZATIONS_FIELD_NUMBER: _ClassVar[int]
    TOLERANCE_FIELD_NUMBER: _ClassVar[int]
    field: MatchingField
    operator: MatchingOperator
    ledger_field: MatchingField
    metadata_key: str
    ledger_metadata_key: str
    values: _containers.RepeatedScalarFieldContainer[str]
    threshold: int
    pattern: str
    extract: str
    ledger_extract: str
    normalizations: _containers.RepeatedScalarFieldContainer[MatchingNormalization]
    tolerance: MatchingTolerance
    def __init__(self, field: _Optional[_Union[MatchingField, str]] = ..., operator: _Optional[_Union[MatchingOperator, str]] = ..., ledger_field: _Optional[_Union[MatchingField, str]] = ..., metadata_key: _Optional[str] = ..., ledger_metadata_key: _Optional[str] = ..., values: _Optional[_Iterable[str]] = ..., threshold: _Optional[int] = ..., pattern: _Optional[str] = ..., extract: _Optional[str] = ..., ledger_extract: _Optional[str] = ..., normalizations: _Optional[_Iterable[_Union[MatchingNormalization, str]]] = ..., tolerance: _Optional[_Union[MatchingTolerance, _Mapping]] = ...) -> None: ...

class MatchingTolerance(_message.Message):
    __slots__ = ("absolute", "percent", "duration", "business_days")
    ABSOLUTE_FIELD_NUMBER: _ClassVar[int]
    PERCENT_FIELD_NUMBER: _ClassVar[int]
    DURATION_FIELD_NUMBER: _ClassVar[int]
    BUSINESS_DAYS_FIELD_NUMBER: _ClassVar[int]
    absolute: MatchingToleranceAmounts
    percent: str
    duration: _duration_pb2.Duration
    business_days: int
    def __init__(self, absolute: _Optional[_Union[MatchingToleranceAmounts, _Mapping]] = ..., percent: _Optional[str] = ..., duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., business_days: _Optional[int] = ...) -> None: ...

class MatchingToleranceAmounts(_message.Message):
    __slots__ = ("amounts",)
    AMOUNTS_FIELD_NUMBER: _ClassVar[int]
    amounts: _containers.RepeatedCompositeFieldContainer[_amount_pb2.Amount]
    def __init__(self, amounts: _Optional[_Iterable[_Union[_amount_pb2.Amount, _Mapping]]] = ...) -> None: ...

class MatchingGrouping(_message.Message):
    __slots__ = ("keys", "mode", "window_days", "max_rows", "max_sums")
    KEYS_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    WINDOW_DAYS_FIELD_NUMBER: _ClassVar[int]
    MAX_ROWS_FIELD_NUMBER: _ClassVar[int]
    MAX_SUMS_FIELD_NUMBER: _ClassVar[int]
    keys: _containers.RepeatedCompositeFieldContainer[MatchingGroupKey]
    mode: GroupingMode
    window_days: int
    max_rows: int
    max_sums: int
    def __init__(self, keys: _Optional[_Iterable[_Union[MatchingGroupKey, _Mapping]]] = ..., mode: _Optional[_Union[GroupingMode, str]] = ..., window_days: _Optional[int] = ..., max_rows: _Optional[int] = ..., max_sums: _Optional[int] = ...) -> None: ...

class MatchingGroupKey(_message.Message):
    __slots__ = ("field", "ledger_field", "metadata_key", "ledger_metadata_key", "extract", "ledger_extract", "normalizations")
    FIELD_FIELD_NUMBER: _ClassVar[int]
    LEDGER_FIELD_FIELD_NUMBER: _ClassVar[int]
    METADATA_KEY_FIELD_NUMBER: _ClassVar[int]
    LEDGER_METADATA_KEY_FIELD_NUMBER: _ClassVar[int]
    EXTRACT_FIELD_NUMBER: _ClassVar[int]
    LEDGER_EXTRACT_FIELD_NUMBER: _ClassVar[int]
    NORMALIZATIONS_FIELD_NUMBER: _ClassVar[int]
    field: MatchingField
    ledger_field: MatchingField
    metadata_key: str
    ledger_metadata_key: str
    extract: str
    ledger_extract: str
    normalizations: _containers.RepeatedScalarFieldContainer[MatchingNormalization]
    def __init__(self, field: _Optional[_Union[MatchingField, str]] = ..., ledger_field: _Optional[_Union[MatchingField, str]] = ..., metadata_key: _Optional[str] = ..., ledger_metadata_key: _Optional[str] = ..., extract: _Optional[str] = ..., ledger_extract: _Optional[str] = ..., normalizations: _Optional[_Iterable[_Union[MatchingNormalization, str]]] = ...) -> None: ...

class FeeFormula(_message.Message):
    __slots__ = ("fixed", "percent", "rounding")
    FIXED_FIELD_NUMBER: _ClassVar[int]
    PERCENT_FIELD_NUMBER: _ClassVar[int]
    ROUNDING_FIELD_NUMBER: _ClassVar[int]
    fixed: _containers.RepeatedCompositeFieldContainer[_amount_pb2.Amount]
    percent: str
    rounding: FeeRounding
    def __init__(self, fixed: _Optional[_Iterable[_Union[_amount_pb2.Amount, _Mapping]]] = ..., percent: _Optional[str] = ..., rounding: _Optional[_Union[FeeRounding, str]] = ...) -> None: ...

class MatchingRuleSet(_message.Message):
    __slots__ = ("id", "name", "description", "rules", "version", "create_time", "update_time", "delete_time", "etag")
    ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    RULES_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    DELETE_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    id: str
    name: str
    description: str
    rules: _containers.RepeatedCompositeFieldContainer[MatchingRuleReference]
    version: int
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    delete_time: _timestamp_pb2.Timestamp
    etag: str
    def __init__(self, id: _Optional[str] = ..., name: _Optional[str] = ..., description: _Optional[str] = ..., rules: _Optional[_Iterable[_Union[MatchingRuleReference, _Mapping]]] = ..., version: _Optional[int] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., delete_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ...) -> None: ...

class MatchingRuleReference(_message.Message):
    __slots__ = ("matching_rule_id", "version")
    MATCHING_RULE_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    matching_rule_id: str
    version: int
    def __init__(self, matching_rule_id: _Optional[str] = ..., version: _Optional[int] = ...) -> None: ...

class MatchingAdjustment(_message.Message):
    __slots__ = ("kind", "counterpart", "at_most", "post_at_most", "post_at_most_per_day", "allow_overdraft", "description")
    KIND_FIELD_NUMBER: _ClassVar[int]
    COUNTERPART_FIELD_NUMBER: _ClassVar[int]
    AT_MOST_FIELD_NUMBER: _ClassVar[int]
    POST_AT_MOST_FIELD_NUMBER: _ClassVar[int]
    POST_AT_MOST_PER_DAY_FIELD_NUMBER: _ClassVar[int]
    ALLOW_OVERDRAFT_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    kind: ReconciliationAdjustmentKind
    counterpart: str
    at_most: _containers.RepeatedCompositeFieldContainer[_amount_pb2.Amount]
    post_at_most: _containers.RepeatedCompositeFieldContainer[_amount_pb2.Amount]
    post_at_most_per_day: _containers.RepeatedCompositeFieldContainer[_amount_pb2.Amount]
    allow_overdraft: bool
    description: str
    def __init__(self, kind: _Optional[_Union[ReconciliationAdjustmentKind, str]] = ..., counterpart: _Optional[str] = ..., at_most: _Optional[_Iterable[_Union[_amount_pb2.Amount, _Mapping]]] = ..., post_at_most: _Optional[_Iterable[_Union[_amount_pb2.Amount, _Mapping]]] = ..., post_at_most_per_day: _Optional[_Iterable[_Union[_amount_pb2.Amount, _Mapping]]] = ..., allow_overdraft: bool = ..., description: _Optional[str] = ...) -> None: ...
