"""Previews of matching rules: samples from requests, and what a rule makes of them as messages."""

import re
from collections.abc import Mapping, Sequence
from datetime import date

from google.protobuf import duration_pb2
from ledgerapi.v1 import matching_preview_pb2 as pb
from ledgerapi.v1 import reconciliation_service_pb2

from ledgerd.core.model import ids, limits
from ledgerd.core.model.amount import decimal_text, is_precision, minor_units
from ledgerd.core.model.external_record import METADATA_MAX, REFERENCES_MAX, TEXT_CHARS
from ledgerd.core.model.matching_rule import MatchingRule
from ledgerd.operations.rule_previews import RuleVersion
from ledgerd.operations.rule_samples import Rows, StoredRows
from ledgerd.reconciliation.matching.outcome import Certainty, Match
from ledgerd.reconciliation.matching.row import Row
from ledgerd.reconciliation.matching.selectivity import Partners, Selectivity
from ledgerd.reconciliation.matching.verdict import Verdict
from ledgerd.reconciliation.previewing import Pair, Preview
from ledgerd.wire import matching_rules
from ledgerd.wire.fields import Reading

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_PRECISION = 100
_NO_DAY = date(2000, 1, 1)
_LIMITS = {
    "max_rows": pb.MATCHING_LIMIT_MAX_ROWS,
    "max_sums": pb.MATCHING_LIMIT_MAX_SUMS,
    "pairs_max": pb.MATCHING_LIMIT_COMPARED_PAIRS,
    "members_max": pb.MATCHING_LIMIT_COMPARED_MEMBERS,
    "block_max": pb.MATCHING_LIMIT_WEIGHED_CHOICES,
    "proposals_max": pb.MATCHING_LIMIT_PROPOSALS,
}
"""The limits, by the names of the bounds of matching."""

# Requests --------------------------------------------------------------------------------------


def tried(read: Reading, request: reconciliation_service_pb2.PreviewMatchingRuleRequest) -> MatchingRule | RuleVersion:
    """The rule that is tried: one in the request, or a version of one that exists."""
    if request.WhichOneof("rule") == "matching_rule":
        if request.version:
            read.wrong("version", "is for matching_rule_id only")
        return matching_rules.read(read, request.matching_rule).rule
    rule_id = read.id("matching_rule_id", request.matching_rule_id, ids.MATCHING_RULE)
    return RuleVersion(rule_id, matching_rules.version(read, "version", request.version))


def sample(read: Reading, request: reconciliation_service_pb2.PreviewMatchingRuleRequest) -> Rows | StoredRows:
    """The rows that a rule is tried on."""
    if request.HasField("stored_sample"):
        for name in ("records", "entries"):
            if getattr(request, name):
                read.wrong(name, "must not be given where stored_sample is")
        return _stored(read, request.stored_sample)
    precisions: dict[str, int] = {}
    records = _rows(read, "records", request.records, precisions)
    return Rows(records=records, entries=_rows(read, "entries", request.entries, precisions), precisions=precisions)


def _stored(read: Reading, message: pb.StoredSample) -> StoredRows:
    source_id = read.id("stored_sample.external_source_id", message.external_source_id, ids.EXTERNAL_SOURCE)
    days = {}
    for name in ("begin_date", "end_date"):
        text = getattr(message, name)
        if not text:
            read.wrong(f"stored_sample.{name}", "is required")
        days[name] = _day(read, f"stored_sample.{name}", text) or _NO_DAY
    begin, end = days["begin_date"], days["end_date"]
    if not read.violations and not 0 < (end - begin).days <= limits.PREVIEW_MAX_DAYS:
        read.wrong("stored_sample.end_date", f"must be 1 to {limits.PREVIEW_MAX_DAYS} days after begin_date")
    return StoredRows(source_id=source_id, begin=begin, end=end)


def _rows(read: Reading, path: str, messages: Sequence[pb.MatchingRow], precisions: dict[str, int]) -> tuple[Row, ...]:
    if len(messages) > limits.PREVIEW_MAX_ROWS:
        read.wrong(path, f"at most {limits.PREVIEW_MAX_ROWS}")
    found: dict[str, Row] = {}
    for place, message in enumerate(messages[: limits.PREVIEW_MAX_ROWS]):
        row = _row(read, f"{path}[{place}]", message, precisions)
        if row.id in found:
            read.wrong(f"{path}[{place}].key", "stands in the list before")
        found[row.id] = row
    return tuple(found.values())


def _row(read: Reading, path: str, message: pb.MatchingRow, precisions: dict[str, int]) -> Row:
    booked_at = read.time(f"{path}.booking_time", message.booking_time) if message.HasField("booking_time") else None
    booking = _day(read, f"{path}.booking_date", message.booking_date)
    if booking is None and booked_at is not None:
        booking = booked_at.date()
    counterparties = (
        read.optional_label(f"{path}.counterparty", message.counterparty, TEXT_CHARS),
        read.optional_label(f"{path}.counterparty_account", message.counterparty_account, limits.LABEL_MAX_CHARS),
    )
    identity_id = read.optional_id(f"{path}.identity_id", message.identity_id, ids.IDENTITY)
    group_key = read.optional_label(f"{path}.group_key", message.group_key, limits.LABEL_MAX_CHARS)
    amount, currency = _amount(read, f"{path}.amount", message, precisions)
    return Row(
        id=read.label(f"{path}.key", message.key, limits.LABEL_MAX_CHARS),
        amount=amount,
        currency=currency,
        booking_date=booking,
        value_date=_day(read, f"{path}.value_date", message.value_date) or booking,
        booked_at=booked_at,
        references=_references(read, f"{path}.references", message.references),
        description=read.optional_label(f"{path}.description", message.description, TEXT_CHARS) or "",
        counterparties=tuple(filter(None, counterparties)),
        identities=() if identity_id is None else (ids.encode(ids.IDENTITY, identity_id.int),),
        group_keys=() if group_key is None else (group_key,),
        metadata=_metadata(read, f"{path}.metadata", message),
    )


def _amount(read: Reading, path: str, message: pb.MatchingRow, precisions: dict[str, int]) -> tuple[int, str]:
    given = read.amount(path, message.amount)
    if given.currency is None:
        read.wrong(f"{path}.currency", "is required")
        return 0, ""
    precision = given.precision if given.precision and is_precision(given.precision) else _PRECISION
    if precisions.setdefault(given.currency, precision) != precision:
        read.wrong(f"{path}.precision", f"is {precisions[given.currency]} in another row of the same currency")
    minor = minor_units(given.quantity, precision)
    if minor is None:
        read.wrong(path, f"has more decimals than the precision {precision} allows")
    elif given.other is not None and minor_units(given.other, precision) != minor:
        read.wrong(path, "precise and decimal are of different amounts")
    elif abs(minor) >= limits.AMOUNT_BOUND_MINOR_UNITS:
        read.wrong(path, "must be below 10^36 minor units in absolute value")
    return minor or 0, given.currency


def _day(read: Reading, path: str, text: str) -> date | None:
    if not text:
        return None
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    read.wrong(path, "must be a day as in 2026-03-31")
    return _NO_DAY


def _references(read: Reading, path: str, texts: Sequence[str]) -> tuple[str, ...]:
    if len(texts) > REFERENCES_MAX:
        read.wrong(path, f"at most {REFERENCES_MAX}")
    return tuple(
        read.label(f"{path}[{place}]", text, limits.LABEL_MAX_CHARS)
        for place, text in enumerate(texts[:REFERENCES_MAX])
    )


def _metadata(read: Reading, path: str, message: pb.MatchingRow) -> dict[str, str]:
    members = message.metadata.fields
    if len(members) > METADATA_MAX:
        read.wrong(path, f"at most {METADATA_MAX} texts")
        return {}
    found = {}
    for name, value in members.items():
        if name.startswith(limits.RESERVED_PREFIX):
            read.wrong(path, f"has a key that begins with {limits.RESERVED_PREFIX}, which is reserved")
        if value.WhichOneof("kind") != "string_value":
            read.wrong(path, "must have texts alone")
            break
        read.label(path, name, limits.LABEL_MAX_CHARS)
        found[name] = read.optional_label(path, value.string_value, TEXT_CHARS) or ""
    return found


# Answers ---------------------------------------------------------------------------------------


def encode_preview(found: Preview, tested: Rows) -> reconciliation_service_pb2.PreviewMatchingRuleResponse:
    """What a rule makes of a sample."""
    currencies = {record.id: record.currency for record in tested.records}
    return reconciliation_service_pb2.PreviewMatchingRuleResponse(
        matches=[_match(each, currencies[each.records[0]], tested.precisions) for each in found.matches],
        pairs=[_pair(pair) for pair in found.pairs],
        selectivity=_selectivity(found.selectivity),
        limits_reached=[_LIMITS[bound] for bound in found.bounds],
    )


def _match(found: Match, currency: str, precisions: Mapping[str, int]) -> pb.PreviewMatch:
    precision = precisions[currency]
    return pb.PreviewMatch(
        record_keys=found.records,
        entry_keys=found.entries,
        difference={
            "precise": str(found.drift),
            "decimal": decimal_text(found.drift, precision),
            "precision": precision,
            "currency": currency,
        },
        time_difference=duration_pb2.Duration(seconds=found.distance),
        ambiguous=found.certainty is Certainty.AMBIGUOUS,
    )


def _pair(pair: Pair) -> pb.MatchingPair:
    return pb.MatchingPair(
        record_key=pair.record,
        entry_key=pair.entry,
        fits=pair.fits,
        score=pair.score,
        verdicts=[encode_verdict(each) for each in pair.verdicts],
    )


def encode_verdict(verdict: Verdict) -> pb.CriterionVerdict:
    """What one criterion says."""
    return pb.CriterionVerdict(
        field=f"MATCHING_FIELD_{verdict.field}",
        operator=f"MATCHING_OPERATOR_{verdict.operator}",
        holds=verdict.ok,
        score=verdict.score,
        message=verdict.sentence,
        record_value=verdict.record_value,
        entry_value=verdict.entry_value,
        difference=verdict.difference,
    )


def _selectivity(found: Selectivity) -> pb.RuleSelectivity:
    return pb.RuleSelectivity(
        pair_count=found.pairs,
        compared_count=found.sharing_key,
        fitting_count=found.fitting,
        records=_partners(found.records),
        entries=_partners(found.entries),
        group_count=found.groups,
        largest_group_row_count=found.largest_group,
        messages=found.sentences(),
    )


def _partners(found: Partners) -> pb.PartnerCounts:
    return pb.PartnerCounts(none_count=found.none, one_count=found.one, several_count=found.several)
