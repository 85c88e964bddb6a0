import datetime

from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
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

class Normalization(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    NORMALIZATION_UNSPECIFIED: _ClassVar[Normalization]
    NORMALIZATION_CASE: _ClassVar[Normalization]
    NORMALIZATION_ACCENTS: _ClassVar[Normalization]
    NORMALIZATION_PUNCTUATION: _ClassVar[Normalization]
    NORMALIZATION_SPACES: _ClassVar[Normalization]
    NORMALIZATION_LEADING_ZEROS: _ClassVar[Normalization]

class MatchingStrategy(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MATCHING_STRATEGY_UNSPECIFIED: _ClassVar[MatchingStrategy]
    MATCHING_STRATEGY_ONE_TO_ONE: _ClassVar[MatchingStrategy]
    MATCHING_STRATEGY_ONE_TO_MANY: _ClassVar[MatchingStrategy]
    MATCHING_STRATEGY_MANY_TO_ONE: _ClassVar[MatchingStrategy]
    MATCHING_STRATEGY_MANY_TO_MANY: _ClassVar[MatchingStrategy]
    MATCHING_STRATEGY_RECORD_ALONE: _ClassVar[MatchingStrategy]

class AdjustmentKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ADJUSTMENT_KIND_UNSPECIFIED: _ClassVar[AdjustmentKind]
    ADJUSTMENT_KIND_FEE: _ClassVar[AdjustmentKind]
    ADJUSTMENT_KIND_INTEREST: _ClassVar[AdjustmentKind]
    ADJUSTMENT_KIND_WRITE_OFF: _ClassVar[AdjustmentKind]

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
NORMALIZATION_UNSPECIFIED: Normalization
NORMALIZATION_CASE: Normalization
NORMALIZATION_ACCENTS: Normalization
NORMALIZATION_PUNCTUATION: Normalization
NORMALIZATION_SPACES: Normalization
NORMALIZATION_LEADING_ZEROS: Normalization
MATCHING_STRATEGY_UNSPECIFIED: MatchingStrategy
MATCHING_STRATEGY_ONE_TO_ONE: MatchingStrategy
MATCHING_STRATEGY_ONE_TO_MANY: MatchingStrategy
MATCHING_STRATEGY_MANY_TO_ONE: MatchingStrategy
MATCHING_STRATEGY_MANY_TO_MANY: MatchingStrategy
MATCHING_STRATEGY_RECORD_ALONE: MatchingStrategy
ADJUSTMENT_KIND_UNSPECIFIED: AdjustmentKind
ADJUSTMENT_KIND_FEE: AdjustmentKind
ADJUSTMENT_KIND_INTEREST: AdjustmentKind
ADJUSTMENT_KIND_WRITE_OFF: AdjustmentKind
FEE_ROUNDING_UNSPECIFIED: FeeRounding
FEE_ROUNDING_HALF_EVEN: FeeRounding
FEE_ROUNDING_HALF_UP: FeeRounding
FEE_ROUNDING_UP: FeeRounding
FEE_ROUNDING_DOWN: FeeRounding

class MatchingRule(_message.Message):
    __slots__ = ("id", "name", "description", "criteria", "strategy", "grouping", "fee", "valid_from", "valid_until", "version", "create_time", "update_time", "delete_time", "etag", "adjustment")
    ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    CRITERIA_FIELD_NUMBER: _ClassVar[int]
    STRATEGY_FIELD_NUMBER: _ClassVar[int]
    GROUPING_FIELD_NUMBER: _ClassVar[int]
    FEE_FIELD_NUMBER: _ClassVar[int]
    VALID_FROM_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_FIELD_NUMBER: _ClassVar[int]
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
    valid_from: _timestamp_pb2.Timestamp
    valid_until: _timestamp_pb2.Timestamp
    version: int
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    delete_time: _timestamp_pb2.Timestamp
    etag: str
    adjustment: MatchingAdjustment
    def __init__(self, id: _Optional[str] = ..., name: _Optional[str] = ..., description: _Optional[str] = ..., criteria: _Optional[_Iterable[_Union[MatchingCriterion, _Mapping]]] = ..., strategy: _Optional[_Union[MatchingStrategy, str]] = ..., grouping: _Optional[_Union[MatchingGrouping, _Mapping]] = ..., fee: _Optional[_Union[FeeFormula, _Mapping]] = ..., valid_from: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., valid_until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., version: _Optional[int] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., delete_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ..., adjustment: _Optional[_Union[MatchingAdjustment, _Mapping]] = ...) -> None: ...

class MatchingCriterion(_message.Message):
    __slots__ = ("field", "operator", "ledger_field", "metadata_key", "ledger_metadata_key", "values", "threshold", "pattern", "extract", "ledger_extract", "normalizations", "drift")
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
    DRIFT_FIELD_NUMBER: _ClassVar[int]
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
    normalizations: _containers.RepeatedScalarFieldContainer[Normalization]
    drift: MatchingDrift
    def __init__(self, field: _Optional[_Union[MatchingField, str]] = ..., operator: _Optional[_Union[MatchingOperator, str]] = ..., ledger_field: _Optional[_Union[MatchingField, str]] = ..., metadata_key: _Optional[str] = ..., ledger_metadata_key: _Optional[str] = ..., values: _Optional[_Iterable[str]] = ..., threshold: _Optional[int] = ..., pattern: _Optional[str] = ..., extract: _Optional[str] = ..., ledger_extract: _Optional[str] = ..., normalizations: _Optional[_Iterable[_Union[Normalization, str]]] = ..., drift: _Optional[_Union[MatchingDrift, _Mapping]] = ...) -> None: ...

class MatchingDrift(_message.Message):
    __slots__ = ("amount", "percent", "seconds", "business_days")
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    PERCENT_FIELD_NUMBER: _ClassVar[int]
    SECONDS_FIELD_NUMBER: _ClassVar[int]
    BUSINESS_DAYS_FIELD_NUMBER: _ClassVar[int]
    amount: str
    percent: str
    seconds: int
    business_days: int
    def __init__(self, amount: _Optional[str] = ..., percent: _Optional[str] = ..., seconds: _Optional[int] = ..., business_days: _Optional[int] = ...) -> None: ...

class MatchingGrouping(_message.Message):
    __slots__ = ("keys", "by_search", "window_days", "rows_max", "effort_max")
    KEYS_FIELD_NUMBER: _ClassVar[int]
    BY_SEARCH_FIELD_NUMBER: _ClassVar[int]
    WINDOW_DAYS_FIELD_NUMBER: _ClassVar[int]
    ROWS_MAX_FIELD_NUMBER: _ClassVar[int]
    EFFORT_MAX_FIELD_NUMBER: _ClassVar[int]
    keys: _containers.RepeatedCompositeFieldContainer[MatchingGroupKey]
    by_search: bool
    window_days: int
    rows_max: int
    effort_max: int
    def __init__(self, keys: _Optional[_Iterable[_Union[MatchingGroupKey, _Mapping]]] = ..., by_search: bool = ..., window_days: _Optional[int] = ..., rows_max: _Optional[int] = ..., effort_max: _Optional[int] = ...) -> None: ...

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
    normalizations: _containers.RepeatedScalarFieldContainer[Normalization]
    def __init__(self, field: _Optional[_Union[MatchingField, str]] = ..., ledger_field: _Optional[_Union[MatchingField, str]] = ..., metadata_key: _Optional[str] = ..., ledger_metadata_key: _Optional[str] = ..., extract: _Optional[str] = ..., ledger_extract: _Optional[str] = ..., normalizations: _Optional[_Iterable[_Union[Normalization, str]]] = ...) -> None: ...

class FeeFormula(_message.Message):
    __slots__ = ("fixed", "percent", "rounding")
    FIXED_FIELD_NUMBER: _ClassVar[int]
    PERCENT_FIELD_NUMBER: _ClassVar[int]
    ROUNDING_FIELD_NUMBER: _ClassVar[int]
    fixed: str
    percent: str
    rounding: FeeRounding
    def __init__(self, fixed: _Optional[str] = ..., percent: _Optional[str] = ..., rounding: _Optional[_Union[FeeRounding, str]] = ...) -> None: ...

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
    kind: AdjustmentKind
    counterpart: str
    at_most: str
    post_at_most: str
    post_at_most_per_day: str
    allow_overdraft: bool
    description: str
    def __init__(self, kind: _Optional[_Union[AdjustmentKind, str]] = ..., counterpart: _Optional[str] = ..., at_most: _Optional[str] = ..., post_at_most: _Optional[str] = ..., post_at_most_per_day: _Optional[str] = ..., allow_overdraft: bool = ..., description: _Optional[str] = ...) -> None: ...
