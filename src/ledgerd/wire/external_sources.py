"""External sources and the profiles of their files, both ways."""

import uuid
from collections.abc import Sequence
from dataclasses import fields as fields_of
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
from ledgerapi.v1 import balance_pb2, external_source_pb2, format_profile_pb2

from ledgerd.core.model import ids, limits
from ledgerd.core.model.external_record import FileRejected
from ledgerd.core.model.external_source import AT_ONCE, ConfirmationPolicy, SettlementWindow, SignConvention
from ledgerd.core.model.format_profile import AmountSigns, AmountUnit, FeeSigns, FileFormat, FormatProfile
from ledgerd.core.model.reconciliation_events import AGE_BUCKET_DAYS, ExternalSourceFacts
from ledgerd.core.model.rejection import Reason, reject
from ledgerd.core.model.source_arrival import Cadence, MatchOnArrival
from ledgerd.core.model.text import is_label
from ledgerd.operations import etags, external_sources
from ledgerd.operations.external_sources import Settings
from ledgerd.reconciliation.formats.mapped import check_mapping
from ledgerd.store.external_sources import window_of
from ledgerd.store.source_arrivals import cadence_of, match_of
from ledgerd.wire import encode, settings
from ledgerd.wire.fields import Reading
from ledgerd.wire.settings import Mask

_pb = external_source_pb2
_PROFILE = format_profile_pb2
_MAPPED = (FileFormat.CSV, FileFormat.JSON, FileFormat.JSON_LINES)
_ENCODINGS = ("utf-8", "utf-16", "iso-8859-1", "iso-8859-15", "windows-1252", "cp437")
_UTC = "UTC"


def read(
    read: Reading,
    message: _pb.ExternalSource,
    keys: Sequence[balance_pb2.IndicatorKey],
    changed: Mask = None,
) -> Settings:
    """The settings of a source. With a mask only the fields that it names are read.

    Raises Rejected: TOO_MANY_ITEMS.
    """
    settings.narrow(message, changed)
    path = "external_source."
    name = message.name
    if changed is None or "name" in changed:
        name = read.label(f"{path}name", name, limits.NAME_MAX_CHARS)
    sign = read.enum(f"{path}sign_convention", _pb.SignConvention, message.sign_convention)
    has_profile = message.HasField("format_profile")
    policy = read.enum(f"{path}confirmation_policy", _pb.ConfirmationPolicy, message.confirmation_policy)
    return Settings(
        name=name,
        description=read.prose(f"{path}description", message.description),
        format_profile=profile(read, f"{path}format_profile", message.format_profile) if has_profile else None,
        currency=read.currency(f"{path}currency", message.currency) if message.currency else None,
        time_zone=_time_zone(read, f"{path}time_zone", message.time_zone),
        sign_convention=SignConvention.MONEY_IN_IS_CREDIT if sign == "UNSPECIFIED" else SignConvention(sign),
        **_balances(read, message, keys, is_needed=changed is None or "balance_ids" in changed),
        settlement_window=_settlement_window(read, f"{path}settlement_window", message),
        age_bucket_days=_age_buckets(read, f"{path}age_bucket_days", message.age_bucket_days),
        confirmation_policy=ConfirmationPolicy.ANY_CALLER if policy == "UNSPECIFIED" else ConfirmationPolicy(policy),
        match_on_arrival=_match_on_arrival(read, f"{path}match_on_arrival", message),
        expected_every=_cadence(read, f"{path}expected_every", message),
        metadata=read.metadata(f"{path}metadata", message.metadata),
    )


def _settlement_window(read: Reading, path: str, message: _pb.ExternalSource) -> SettlementWindow:
    if not message.HasField("settlement_window"):
        return AT_ONCE
    unit = message.settlement_window.WhichOneof("length")
    if unit is None:
        read.wrong(path, "needs days or business_days")
        return AT_ONCE
    length = getattr(message.settlement_window, unit)
    if not 0 <= length <= limits.SETTLEMENT_MAX_DAYS:
        read.wrong(f"{path}.{unit}", f"must be from 0 to {limits.SETTLEMENT_MAX_DAYS}")
    return SettlementWindow(unit, length)


def _match_on_arrival(read: Reading, path: str, message: _pb.ExternalSource) -> MatchOnArrival | None:
    if not message.HasField("match_on_arrival"):
        return None
    given = message.match_on_arrival
    field = f"{path}.auto_confirmed_matching_rule_ids"
    _at_most(field, len(given.auto_confirmed_matching_rule_ids), limits.CONFIRMED_RULES_MAX)
    confirmed = [
        read.id(f"{field}[{place}]", value, ids.MATCHING_RULE)
        for place, value in enumerate(given.auto_confirmed_matching_rule_ids)
    ]
    _each_once(read, field, confirmed)
    if not 0 <= given.debounce_seconds <= limits.DEBOUNCE_MAX_SECONDS:
        read.wrong(f"{path}.debounce_seconds", f"must be from 0 to {limits.DEBOUNCE_MAX_SECONDS}")
    return MatchOnArrival(
        rule_set_id=read.id(f"{path}.matching_rule_set_id", given.matching_rule_set_id, ids.MATCHING_RULE_SET).hex,
        auto_confirmed_rule_ids=tuple(rule_id.hex for rule_id in confirmed),
        debounce_seconds=given.debounce_seconds,
        each_chunk=given.each_chunk,
    )


def _cadence(read: Reading, path: str, message: _pb.ExternalSource) -> Cadence | None:
    if not message.HasField("expected_every"):
        return None
    given = message.expected_every
    match given.WhichOneof("cadence"):
        case "within_business_days":
            days = given.within_business_days
            if not 1 <= days <= limits.CADENCE_MAX_BUSINESS_DAYS:
                read.wrong(f"{path}.within_business_days", f"must be from 1 to {limits.CADENCE_MAX_BUSINESS_DAYS}")
            return Cadence(business_days=days)
        case "within_seconds":
            low, high = limits.CADENCE_MIN_SECONDS, limits.CADENCE_MAX_SECONDS
            if not low <= given.within_seconds <= high:
                read.wrong(f"{path}.within_seconds", f"must be from {low} to {high}")
            return Cadence(seconds=given.within_seconds)
    read.wrong(path, "needs within_business_days or within_seconds")
    return None


def _balances(
    read: Reading, message: _pb.ExternalSource, keys: Sequence[balance_pb2.IndicatorKey], *, is_needed: bool
) -> dict[str, Any]:
    count = len(message.balance_ids) + len(keys)
    if count > limits.SOURCE_BALANCES_MAX:
        raise reject(
            Reason.TOO_MANY_ITEMS,
            field="indicator_keys" if keys else "external_source.balance_ids",
            requested=count,
            limit=limits.SOURCE_BALANCES_MAX,
        )
    if is_needed and not count:
        read.wrong("external_source.balance_ids", "at least one balance is required, here or in indicator_keys")
    if keys and not is_needed:
        read.wrong("indicator_keys", "only where update_mask has balance_ids")
    found = [
        read.id(f"external_source.balance_ids[{place}]", value, ids.BALANCE)
        for place, value in enumerate(message.balance_ids)
    ]
    _each_once(read, "external_source.balance_ids", found)
    named = settings.indicator_keys(read, keys, beside=len(found), at_most=limits.SOURCE_BALANCES_MAX)
    return {"balance_ids": tuple(found), "indicator_keys": tuple(named)}


def _each_once(read: Reading, field: str, found: Sequence[uuid.UUID]) -> None:
    for place, value in enumerate(found):
        if value.int and value in found[:place]:
            read.wrong(f"{field}[{place}]", "stands in the list before")


def _age_buckets(read: Reading, field: str, values: Sequence[int]) -> tuple[int, ...]:
    _at_most(field, len(values), limits.AGE_BUCKETS_MAX)
    found = tuple(values) or AGE_BUCKET_DAYS
    if list(found) != sorted(set(found)) or not 1 <= found[0] <= found[-1] <= limits.AGE_BUCKET_MAX_DAYS:
        read.wrong(field, f"must be numbers from 1 to {limits.AGE_BUCKET_MAX_DAYS}, each above the one before")
    return found


def _time_zone(read: Reading, field: str, value: str) -> str:
    if not value:
        return _UTC
    try:
        # The name is a path: what is no label of a moderate length is not looked for.
        if is_label(value, limits.TIME_ZONE_MAX_CHARS):
            ZoneInfo(value)
            return value
    except (KeyError, ValueError, OSError):
        pass
    read.wrong(field, f"at most {limits.TIME_ZONE_MAX_CHARS} characters, a name of IANA's database as Europe/Berlin")
    return _UTC


# Profiles --------------------------------------------------------------------------------------


def profile(read: Reading, path: str, message: _PROFILE.FormatProfile) -> FormatProfile:
    """How the files of a source are read."""
    name = read.enum(f"{path}.format", _PROFILE.FileFormat, message.format)
    if name == "UNSPECIFIED":
        read.wrong(f"{path}.format", "is required")
    signs = read.enum(f"{path}.amount_signs", _PROFILE.AmountSigns, message.amount_signs)
    unit = read.enum(f"{path}.amount_unit", _PROFILE.AmountUnit, message.amount_unit)
    fees = read.enum(f"{path}.fee_signs", _PROFILE.FeeSigns, message.fee_signs)
    usual = FormatProfile(format=FileFormat.CSV if name == "UNSPECIFIED" else FileFormat(name))
    found = FormatProfile(
        format=usual.format,
        encoding=_text(read, f"{path}.encoding", message.encoding, limits.ENCODING_MAX_CHARS) or usual.encoding,
        delimiter=_character(read, f"{path}.delimiter", message.delimiter) or usual.delimiter,
        quote=_character(read, f"{path}.quote", message.quote) or usual.quote,
        decimal_mark=_one_of(read, f"{path}.decimal_mark", message.decimal_mark, ".,") or usual.decimal_mark,
        thousands_separator=_one_of(read, f"{path}.thousands_separator", message.thousands_separator, ",.' "),
        date_format=_text(read, f"{path}.date_format", message.date_format, limits.DATE_FORMAT_MAX_CHARS)
        or usual.date_format,
        has_header=message.has_header if message.HasField("has_header") else usual.has_header,
        skip_lines=message.skip_lines,
        amount_signs=usual.amount_signs if signs == "UNSPECIFIED" else AmountSigns(signs),
        amount_unit=usual.amount_unit if unit == "UNSPECIFIED" else AmountUnit(unit),
        parentheses_are_negative=message.parentheses_are_negative,
        trailing_minus_is_negative=message.trailing_minus_is_negative,
        debits_are_negative=message.debits_are_negative,
        fee_signs=usual.fee_signs if fees == "UNSPECIFIED" else FeeSigns(fees),
        credit_words=_words(read, f"{path}.credit_words", message.credit_words),
        debit_words=_words(read, f"{path}.debit_words", message.debit_words),
        booked_words=_words(read, f"{path}.booked_words", message.booked_words),
        pending_words=_words(read, f"{path}.pending_words", message.pending_words),
        information_words=_words(read, f"{path}.information_words", message.information_words),
        columns=_columns(read, f"{path}.columns", message.columns),
        records_path=_text(read, f"{path}.records_path", message.records_path, limits.LABEL_MAX_CHARS),
    )
    if found.encoding not in _ENCODINGS:
        read.wrong(f"{path}.encoding", f"must be one of {', '.join(_ENCODINGS)}")
    if not 0 <= found.skip_lines <= limits.PROFILE_SKIP_MAX_LINES:
        read.wrong(f"{path}.skip_lines", f"must be from 0 to {limits.PROFILE_SKIP_MAX_LINES}")
    if found.format in _MAPPED and not read.violations:
        _check_mapping(read, path, found)
    return found


def _check_mapping(read: Reading, path: str, found: FormatProfile) -> None:
    try:
        check_mapping(found)
    except FileRejected as rejected:
        read.wrong(path, rejected.fault.reason)


def _text(read: Reading, field: str, value: str, max_chars: int) -> str:
    return read.optional_label(field, value, max_chars) or ""


def _character(read: Reading, field: str, value: str) -> str:
    if value and (len(value) != 1 or not (value == "\t" or (value.isprintable() and not value.isalnum()))):
        read.wrong(field, "must be one character that is no letter and no digit")
    return value


def _one_of(read: Reading, field: str, value: str, known: str) -> str:
    if value and (len(value) != 1 or value not in known):
        read.wrong(field, f"must be one of {' '.join(known)}")
    return value


def _words(read: Reading, field: str, values: Sequence[str]) -> tuple[str, ...]:
    _at_most(field, len(values), limits.PROFILE_WORDS_MAX)
    words = [
        read.label(f"{field}[{place}]", value, limits.PROFILE_WORD_MAX_CHARS) for place, value in enumerate(values)
    ]
    return tuple(words)


def _columns(read: Reading, field: str, columns: Sequence[_PROFILE.FieldColumn]) -> dict[str, str]:
    _at_most(field, len(columns), limits.PROFILE_COLUMNS_MAX)
    found: dict[str, str] = {}
    for place, column in enumerate(columns):
        name = read.label(f"{field}[{place}].field", column.field, limits.LABEL_MAX_CHARS)
        if name in found:
            read.wrong(f"{field}[{place}].field", "stands in the list before")
        found[name] = read.label(f"{field}[{place}].column", column.column, limits.LABEL_MAX_CHARS)
    return found


def _at_most(field: str, count: int, limit: int) -> None:
    if count > limit:
        raise reject(Reason.TOO_MANY_ITEMS, field=field, requested=count, limit=limit)


def encode_profile(found: FormatProfile) -> _PROFILE.FormatProfile:
    """A profile with all its defaults."""
    plain = {field.name: getattr(found, field.name) for field in fields_of(found)}
    plain |= {
        "format": f"FILE_FORMAT_{found.format}",
        "amount_signs": f"AMOUNT_SIGNS_{found.amount_signs}",
        "amount_unit": f"AMOUNT_UNIT_{found.amount_unit}",
        "fee_signs": f"FEE_SIGNS_{found.fee_signs}",
        "columns": [{"field": name, "column": column} for name, column in found.columns.items()],
    }
    return _PROFILE.FormatProfile(**plain)


def encode_archive(name: str) -> str:
    """How a file is packed, as the contract names it."""
    return f"ARCHIVE_FORMAT_{name.upper() or 'UNSPECIFIED'}"


# Answers ---------------------------------------------------------------------------------------


def encode_source(row: asyncpg.Record) -> _pb.ExternalSource:
    """A source from its row."""
    found = external_sources.profile(row)
    message = _pb.ExternalSource(
        id=ids.encode(ids.EXTERNAL_SOURCE, row["id"].int),
        name=row["name"],
        description=row["description"],
        format_profile=None if found is None else encode_profile(found),
        currency=row["currency"],
        time_zone=row["time_zone"],
        sign_convention=f"SIGN_CONVENTION_{row['sign_convention']}",
        balance_ids=[ids.encode(ids.BALANCE, balance_id.int) for balance_id in row["balance_ids"]],
        settlement_window=_encode_window(window_of(row["settlement_window"])),
        age_bucket_days=row["age_bucket_days"],
        confirmation_policy=f"CONFIRMATION_POLICY_{row['confirmation_policy']}",
        match_on_arrival=_encode_match(match_of(row["match_on_arrival"])),
        expected_every=_encode_cadence(cadence_of(row["expected_every"])),
        late_since=None if row["late_since"] is None else encode.time(row["late_since"]),
        create_time=encode.time(row["created_at"]),
        update_time=encode.time(row["updated_at"]),
        etag=etags.of(row["revision"]),
    )
    encode.metadata(row["metadata"], message.metadata)
    return message


def _encode_window(found: SettlementWindow) -> _pb.SettlementWindow:
    return _pb.SettlementWindow(**{found.unit: found.length})


def _encode_match(found: MatchOnArrival | None) -> _pb.MatchOnArrival | None:
    if found is None:
        return None
    return _pb.MatchOnArrival(
        matching_rule_set_id=ids.encode_hex(ids.MATCHING_RULE_SET, found.rule_set_id),
        auto_confirmed_matching_rule_ids=[
            ids.encode_hex(ids.MATCHING_RULE, each) for each in found.auto_confirmed_rule_ids
        ],
        debounce_seconds=found.debounce_seconds,
        each_chunk=found.each_chunk,
    )


def _encode_cadence(found: Cadence | None) -> _pb.ArrivalCadence | None:
    if found is None:
        return None
    return _pb.ArrivalCadence(within_business_days=found.business_days, within_seconds=found.seconds)


def encode_facts(source_id: str, facts: ExternalSourceFacts | None) -> _pb.ExternalSource:
    """A source as it was, as events show it."""
    if facts is None:
        return _pb.ExternalSource(id=source_id)
    return _pb.ExternalSource(
        id=source_id,
        name=facts.name,
        description=facts.description or "",
        currency=facts.currency or "",
        time_zone=facts.time_zone,
        sign_convention=f"SIGN_CONVENTION_{facts.sign_convention}",
        balance_ids=facts.balance_ids,
        settlement_window=_encode_window(facts.settlement_window),
        age_bucket_days=facts.age_bucket_days,
        confirmation_policy=f"CONFIRMATION_POLICY_{facts.confirmation_policy}",
    )


def day(value: date | datetime | None) -> str:
    """A day as answers show it."""
    return "" if value is None else value.isoformat()
