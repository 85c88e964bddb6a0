"""Matching rules, both ways. What is wrong with a rule beyond its form, its operation finds."""

import re
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

import asyncpg
from google.protobuf import duration_pb2
from google.protobuf.message import Message
from ledgerapi.v1 import matching_rule_pb2 as pb

from ledgerd.core.model import ids, limits
from ledgerd.core.model.event import MatchingRuleFacts
from ledgerd.core.model.matching_rule import (
    AdjustmentKind,
    Criterion,
    FeeFormula,
    Grouping,
    GroupKey,
    MatchField,
    MatchingRule,
    MatchOperator,
    Normalization,
    Rounding,
    RuleAdjustment,
    Strategy,
    Tolerance,
)
from ledgerd.operations import etags
from ledgerd.operations.matching_rules import Settings
from ledgerd.store.matching_rules import rule_of
from ledgerd.wire import currency_amounts, encode, settings
from ledgerd.wire.fields import Reading
from ledgerd.wire.settings import Mask

_PATH = "matching_rule."
_DECIMAL = re.compile(r"(?:0|[1-9][0-9]*)(?:\.[0-9]+)?", re.ASCII)
_UNSPECIFIED = "UNSPECIFIED"

_Item = TypeVar("_Item")
_Value = TypeVar("_Value", bound=StrEnum)

# Requests --------------------------------------------------------------------------------------


def read(read: Reading, message: pb.MatchingRule, changed: Mask = None) -> Settings:
    """The settings of a rule. With a mask only the fields that it names are read."""
    settings.narrow(message, changed)
    name = message.name
    if changed is None or "name" in changed:
        name = read.label(f"{_PATH}name", name, limits.NAME_MAX_CHARS)
    criteria = [
        _criterion(read, f"{_PATH}criteria[{place}]", criterion)
        for place, criterion in enumerate(_first(read, f"{_PATH}criteria", message.criteria, limits.RULE_CRITERIA_MAX))
    ]
    rule = MatchingRule(
        id="",
        version=0,
        name=name,
        criteria=tuple(criteria),
        strategy=_choice(read, f"{_PATH}strategy", pb.MatchingStrategy, message.strategy, Strategy.ONE_TO_ONE),
        grouping=_grouping(read, f"{_PATH}grouping", message.grouping) if message.HasField("grouping") else None,
        fee=_fee(read, f"{_PATH}fee", message.fee) if message.HasField("fee") else None,
        adjustment=_adjustment(read, message.adjustment) if message.HasField("adjustment") else None,
        valid_from_time=_time(read, message, "valid_from_time"),
        valid_until_time=_time(read, message, "valid_until_time"),
    )
    return Settings(rule=rule, description=read.prose(f"{_PATH}description", message.description))


def version(read: Reading, field: str, number: int) -> int:
    """The number of a version; 0 is the latest."""
    if number < 0:
        read.wrong(field, "must not be negative")
    return number


def _criterion(read: Reading, path: str, message: pb.MatchingCriterion) -> Criterion:
    return Criterion(
        field=_field(read, f"{path}.field", message.field) or MatchField.AMOUNT,
        operator=_choice(read, f"{path}.operator", pb.MatchingOperator, message.operator, MatchOperator.EQUALS),
        ledger_field=_field(read, f"{path}.ledger_field", message.ledger_field, is_required=False),
        metadata_key=message.metadata_key,
        ledger_metadata_key=message.ledger_metadata_key,
        values=tuple(_first(read, f"{path}.values", message.values, limits.RULE_VALUES_MAX)),
        threshold=message.threshold,
        pattern=message.pattern,
        extract=message.extract,
        ledger_extract=message.ledger_extract,
        normalizations=_normalizations(read, f"{path}.normalizations", message.normalizations),
        tolerance=_tolerance(read, f"{path}.tolerance", message.tolerance) if message.HasField("tolerance") else None,
    )


def _tolerance(read: Reading, path: str, message: pb.MatchingTolerance) -> Tolerance:
    match message.WhichOneof("measure"):
        case "absolute":
            return Tolerance(absolute=currency_amounts.read(read, f"{path}.absolute.amounts", message.absolute.amounts))
        case "percent":
            return Tolerance(percent=_decimal(read, f"{path}.percent", message.percent))
        case "duration":
            if message.duration.nanos:
                read.wrong(f"{path}.duration", "must be whole seconds")
            return Tolerance(seconds=message.duration.seconds)
        case "business_days":
            return Tolerance(business_days=message.business_days)
        case _:
            read.wrong(path, "needs absolute, percent, duration or business_days")
            return Tolerance()


def _grouping(read: Reading, path: str, message: pb.MatchingGrouping) -> Grouping:
    keys = [
        _group_key(read, f"{path}.keys[{place}]", key)
        for place, key in enumerate(_first(read, f"{path}.keys", message.keys, limits.GROUP_KEYS_MAX))
    ]
    usual = Grouping()
    return Grouping(
        keys=tuple(keys),
        mode=_choice(read, f"{path}.mode", pb.GroupingMode, message.mode, usual.mode),
        window_days=message.window_days if message.HasField("window_days") else None,
        max_rows=message.max_rows or usual.max_rows,
        max_sums=message.max_sums or usual.max_sums,
    )


def _group_key(read: Reading, path: str, message: pb.MatchingGroupKey) -> GroupKey:
    return GroupKey(
        field=_field(read, f"{path}.field", message.field) or MatchField.GROUP_KEY,
        ledger_field=_field(read, f"{path}.ledger_field", message.ledger_field, is_required=False),
        metadata_key=message.metadata_key,
        ledger_metadata_key=message.ledger_metadata_key,
        extract=message.extract,
        ledger_extract=message.ledger_extract,
        normalizations=_normalizations(read, f"{path}.normalizations", message.normalizations),
    )


def _fee(read: Reading, path: str, message: pb.FeeFormula) -> FeeFormula:
    return FeeFormula(
        fixed=currency_amounts.read(read, f"{path}.fixed", message.fixed),
        percent=_decimal(read, f"{path}.percent", message.percent) if message.percent else Decimal(0),
        rounding=_choice(read, f"{path}.rounding", pb.FeeRounding, message.rounding, Rounding.HALF_EVEN),
    )


def _adjustment(read: Reading, message: pb.MatchingAdjustment) -> RuleAdjustment:
    path = f"{_PATH}adjustment"
    kind = read.enum(f"{path}.kind", pb.ReconciliationAdjustmentKind, message.kind)
    if kind == _UNSPECIFIED and not message.kind:
        read.wrong(f"{path}.kind", "is required")
    limited = {
        name: currency_amounts.read(read, f"{path}.{name}", getattr(message, name))
        for name in ("at_most", "post_at_most", "post_at_most_per_day")
    }
    return RuleAdjustment(
        kind=AdjustmentKind.FEE if kind == _UNSPECIFIED else AdjustmentKind(kind),
        counterpart=message.counterpart[: limits.SIDE_MAX_CHARS + 1],
        allow_overdraft=message.allow_overdraft,
        description=read.prose(f"{path}.description", message.description),
        **limited,
    )


def _first(read: Reading, path: str, items: Sequence[_Item], most: int) -> Sequence[_Item]:
    """So many of the items that there may be: no others are looked at."""
    if len(items) > most:
        read.wrong(path, f"at most {most}")
    return items[:most]


def _field(read: Reading, path: str, number: int, *, is_required: bool = True) -> MatchField | None:
    name = read.enum(path, pb.MatchingField, number)
    if name != _UNSPECIFIED:
        return MatchField(name)
    if is_required and not number:
        read.wrong(path, "is required")
    return None


def _choice(read: Reading, path: str, wrapper: Any, number: int, default: _Value) -> _Value:
    name = read.enum(path, wrapper, number)
    return default if name == _UNSPECIFIED else type(default)(name)


def _normalizations(read: Reading, path: str, numbers: Sequence[int]) -> frozenset[Normalization]:
    found = set[Normalization]()
    for place, number in enumerate(_first(read, path, numbers, len(Normalization))):
        name = read.enum(f"{path}[{place}]", pb.MatchingNormalization, number)
        if name == _UNSPECIFIED and not number:
            read.wrong(f"{path}[{place}]", "has no meaning")
        elif name in found:
            read.wrong(f"{path}[{place}]", "stands in the list before")
        elif name != _UNSPECIFIED:
            found.add(Normalization(name))
    return frozenset(found)


def _decimal(read: Reading, path: str, value: str) -> Decimal:
    if len(value) > limits.AMOUNT_TEXT_MAX_CHARS or not _DECIMAL.fullmatch(value):
        read.wrong(path, f"must be a plain decimal of at most {limits.AMOUNT_TEXT_MAX_CHARS} characters")
        return Decimal(1)
    return Decimal(value)


def _time(read: Reading, message: pb.MatchingRule, name: str) -> datetime | None:
    return read.time(f"{_PATH}{name}", getattr(message, name)) if message.HasField(name) else None


# Answers ---------------------------------------------------------------------------------------


def encode_rule(row: asyncpg.Record) -> pb.MatchingRule:
    """A version of a rule from its row."""
    rule = rule_of(row)
    message = pb.MatchingRule(
        id=ids.encode(ids.MATCHING_RULE, row["id"].int),
        name=rule.name,
        description=row["description"],
        criteria=[_encode_criterion(criterion) for criterion in rule.criteria],
        strategy=f"MATCHING_STRATEGY_{rule.strategy}",
        grouping=None if rule.grouping is None else _encode_grouping(rule.grouping),
        fee=None if rule.fee is None else _encode_fee(rule.fee),
        adjustment=None if rule.adjustment is None else _encode_adjustment(rule.adjustment),
        version=row["version"],
        create_time=encode.time(row["created_at"]),
        update_time=encode.time(row["updated_at"]),
        etag=etags.of(row["version"]),
    )
    _put_times(
        message,
        valid_from_time=rule.valid_from_time,
        valid_until_time=rule.valid_until_time,
        delete_time=row["deleted_at"],
    )
    return message


def encode_facts(rule_id: str, version: int, facts: MatchingRuleFacts | None) -> pb.MatchingRule:
    """A rule as it was, as events show it."""
    if facts is None:
        return pb.MatchingRule(id=rule_id, version=version)
    message = pb.MatchingRule(
        id=rule_id,
        version=version,
        name=facts.name,
        description=facts.description or "",
        strategy=f"MATCHING_STRATEGY_{facts.strategy}",
    )
    _put_times(message, valid_from_time=facts.valid_from_time, valid_until_time=facts.valid_until_time)
    return message


def _put_times(message: Message, **times: datetime | None) -> None:
    for name, at in times.items():
        if at is not None:
            getattr(message, name).CopyFrom(encode.time(at))


def _encode_criterion(criterion: Criterion) -> pb.MatchingCriterion:
    return pb.MatchingCriterion(
        field=f"MATCHING_FIELD_{criterion.field}",
        operator=f"MATCHING_OPERATOR_{criterion.operator}",
        threshold=criterion.threshold,
        values=criterion.values,
        pattern=criterion.pattern,
        tolerance=None if criterion.tolerance is None else _encode_tolerance(criterion.tolerance),
        **_encode_compared(criterion),
    )


def _encode_compared(compared: Criterion | GroupKey) -> dict[str, Any]:
    """What criteria and group keys have in common, but for the field of the record."""
    entry_field = compared.ledger_field
    return {
        "ledger_field": None if entry_field is None else f"MATCHING_FIELD_{entry_field}",
        "metadata_key": compared.metadata_key,
        "ledger_metadata_key": compared.ledger_metadata_key,
        "extract": compared.extract,
        "ledger_extract": compared.ledger_extract,
        "normalizations": [
            f"MATCHING_NORMALIZATION_{each}" for each in Normalization if each in compared.normalizations
        ],
    }


def _encode_tolerance(tolerance: Tolerance) -> pb.MatchingTolerance:
    message = pb.MatchingTolerance(
        percent=None if tolerance.percent is None else format(tolerance.percent, "f"),
        business_days=tolerance.business_days,
    )
    if tolerance.absolute is not None:
        message.absolute.amounts.extend(currency_amounts.encode(tolerance.absolute))
    if tolerance.seconds is not None:
        message.duration.CopyFrom(duration_pb2.Duration(seconds=tolerance.seconds))
    return message


def _encode_grouping(grouping: Grouping) -> pb.MatchingGrouping:
    return pb.MatchingGrouping(
        keys=[
            pb.MatchingGroupKey(field=f"MATCHING_FIELD_{key.field}", **_encode_compared(key)) for key in grouping.keys
        ],
        mode=f"GROUPING_MODE_{grouping.mode}",
        window_days=grouping.window_days,
        max_rows=grouping.max_rows,
        max_sums=grouping.max_sums,
    )


def _encode_fee(fee: FeeFormula) -> pb.FeeFormula:
    return pb.FeeFormula(
        fixed=currency_amounts.encode(fee.fixed),
        percent=format(fee.percent, "f"),
        rounding=f"FEE_ROUNDING_{fee.rounding}",
    )


def _encode_adjustment(adjustment: RuleAdjustment) -> pb.MatchingAdjustment:
    return pb.MatchingAdjustment(
        kind=f"RECONCILIATION_ADJUSTMENT_KIND_{adjustment.kind}",
        counterpart=adjustment.counterpart,
        at_most=currency_amounts.encode(adjustment.at_most),
        post_at_most=currency_amounts.encode(adjustment.post_at_most),
        post_at_most_per_day=currency_amounts.encode(adjustment.post_at_most_per_day),
        allow_overdraft=adjustment.allow_overdraft,
        description=adjustment.description or "",
    )
