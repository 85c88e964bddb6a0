"""What runs found and what was decided about it, both ways."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
from google.protobuf import duration_pb2
from ledgerapi.v1 import external_record_pb2, matching_rule_pb2, reconciliation_match_pb2
from ledgerapi.v1 import reconciliation_service_pb2 as pb

from ledgerd.core.model import ids, limits
from ledgerd.core.model.rejection import Reason, reject
from ledgerd.core.model.row_decision_events import RowsDecided
from ledgerd.operations import matches
from ledgerd.operations.found_rows import FoundEntry, FoundRows
from ledgerd.operations.matches import FoundMatches, FoundPair, FoundUnmatched, RowKey
from ledgerd.operations.row_checks import Skipped
from ledgerd.reconciliation.explaining import Explanation
from ledgerd.reconciliation.rows import moment
from ledgerd.reconciliation.spec import RunSpec
from ledgerd.store.list_terms import counted
from ledgerd.store.matches import EntryKey
from ledgerd.store.row_decisions import Choice, RowSet
from ledgerd.wire import encode, errors, external_records
from ledgerd.wire.fields import Reading
from ledgerd.wire.matching_previews import encode_verdict

_pb = reconciliation_match_pb2


# Requests --------------------------------------------------------------------------------------


def number(read: Reading, field: str, value: int) -> int:
    """The number of a match, which is required."""
    if value < 1:
        read.wrong(field, "must be from 1")
    return value


def place(read: Reading, field: str, value: int) -> int | None:
    """The level of a rule by its place, None where none is given."""
    if not 0 <= value <= limits.RULES_MAX:
        read.wrong(field, f"must be from 1 to {limits.RULES_MAX}")
    return value - 1 if value else None


def reason(read: Reading, value: str, *, is_required: bool) -> str | None:
    """Why something was decided."""
    if is_required and not value:
        read.wrong("reason", "is required")
    return read.prose("reason", value)


def choice(read: Reading, run_id: UUID, message: _pb.MatchSelection) -> Choice:
    """Which matches of a run are meant. Raises Rejected: TOO_MANY_ITEMS."""
    given = message.WhichOneof("selection")
    level, numbers = None, None
    if given == "rule_place":
        level = place(read, "selection.rule_place", message.rule_place)
        if level is None:
            read.wrong("selection.rule_place", f"must be from 1 to {limits.RULES_MAX}")
    elif given == "numbers":
        numbers = list(message.numbers.values)
        _at_most("selection.numbers.values", len(numbers), limits.MATCH_NUMBERS_MAX)
        if not numbers:
            read.wrong("selection.numbers.values", "is required")
        for at, value in enumerate(numbers):
            number(read, f"selection.numbers.values[{at}]", value)
        if len(set(numbers)) < len(numbers):
            read.wrong("selection.numbers.values", "has a number twice")
    elif given is None or not message.all:
        read.wrong("selection", "needs all, rule_place or numbers")
    return Choice(run_id, level, numbers)


def entry_key(read: Reading, field: str, message: _pb.ReconciliationEntryKey) -> EntryKey:
    """What names an entry."""
    transaction_id = read.id(f"{field}.transaction_id", message.transaction_id, ids.TRANSACTION)
    return transaction_id, read.id(f"{field}.balance_id", message.balance_id, ids.BALANCE)


def row_set(
    read: Reading, record_ids: Sequence[str], entries: Sequence[_pb.ReconciliationEntryKey], *, at_least: int
) -> RowSet:
    """Rows of both sides, each once. Raises Rejected: TOO_MANY_ITEMS."""
    _at_most("external_record_ids", len(record_ids), limits.MATCH_ROWS_MAX)
    _at_most("entries", len(entries), limits.MATCH_ROWS_MAX)
    records = [
        counted(read.id(f"external_record_ids[{at}]", value, ids.EXTERNAL_RECORD).int)
        for at, value in enumerate(record_ids)
    ]
    keys = [entry_key(read, f"entries[{at}]", message) for at, message in enumerate(entries)]
    if not read.violations:
        for field, found in (("external_record_ids", records), ("entries", keys)):
            if len(set(found)) < len(found):
                read.wrong(field, "has a row twice")
        if len(records) + len(keys) < at_least:
            read.wrong("external_record_ids", f"with entries, at least {at_least} rows are required")
    return RowSet(records, keys)


def _at_most(field: str, count: int, limit: int) -> None:
    if count > limit:
        raise reject(Reason.TOO_MANY_ITEMS, field=field, requested=count, limit=limit)


# Rows ------------------------------------------------------------------------------------------


def entry(found: FoundEntry, *, is_opposite: bool) -> _pb.ReconciliationEntry:
    """An entry, in the precision of its balance."""
    stored, row = found
    amount = -stored["amount"] if is_opposite else stored["amount"]
    return _pb.ReconciliationEntry(
        transaction_id=ids.encode(ids.TRANSACTION, stored["id"].int),
        balance_id=ids.encode(ids.BALANCE, stored["balance_id"].int),
        amount=encode.amount(int(amount), stored["precision"], stored["currency"]),
        booking_date=_day(row.booking_date),
        value_date=_day(row.value_date),
        references=row.references,
        description=row.description,
        counterparty=stored["counterparty"],
        record_time=encode.time(moment(stored["recorded_at"])),
        effective_time=encode.time(moment(stored["effective_at"])),
    )


def _day(value: date | None) -> str:
    return "" if value is None else value.isoformat()


def _record(found: FoundRows, number: int) -> external_record_pb2.ExternalRecord:
    return external_records.record(found.shown[number], full=False)


def _entry(found: FoundRows, key: EntryKey) -> _pb.ReconciliationEntry:
    return entry(found.entries[key], is_opposite=found.spec.is_opposite)


# Matches ---------------------------------------------------------------------------------------


def match_encoder(found: FoundMatches, limit: int) -> Callable[[asyncpg.Record], _pb.ReconciliationMatch]:
    """What encodes each of these matches, with at most so many rows of each side."""

    def encode_match(row: asyncpg.Record) -> _pb.ReconciliationMatch:
        members, currency = found.members[row["id"]], row["currency"]
        precision = found.rows.spec.precisions.get(currency, 1)
        return _pb.ReconciliationMatch(
            reconciliation_id=ids.encode(ids.RECONCILIATION, row["reconciliation_id"].int),
            number=row["id"],
            rule_place=row["level"] + 1,
            matching_rule=_rule(found.rows.spec, row["level"]),
            status=f"RECONCILIATION_MATCH_STATUS_{row['status']}",
            ambiguous=row["is_ambiguous"],
            difference=encode.amount(int(row["drift"]), precision, currency),
            time_difference=duration_pb2.Duration(seconds=row["distance"]),
            record_count=members.record_count,
            entry_count=members.entry_count,
            reconciliation_decision_id=None
            if row["decision"] is None
            else ids.encode(ids.ROW_DECISION, row["decision"]),
            records=[_record(found.rows, number) for number in members.records[:limit]],
            entries=[_entry(found.rows, key) for key in members.entries[:limit]],
            explanation=None
            if row["id"] not in found.explanations
            else explanation(found.rows.spec, found.explanations[row["id"]]),
        )

    return encode_match


def whole_match(match: asyncpg.Record, found: FoundMatches) -> _pb.ReconciliationMatch:
    """A match with its first rows."""
    return match_encoder(found, limits.MATCH_ROWS_MAX)(match)


def explanation(run: RunSpec, found: Explanation) -> _pb.RuleExplanation:
    """What a rule of a run says about rows of both sides."""
    return _pb.RuleExplanation(
        rule_place=found.level + 1,
        matching_rule=_rule(run, found.level),
        fits=found.fits,
        score=found.score,
        verdicts=[encode_verdict(each) for each in found.verdicts],
    )


def _rule(run: RunSpec, level: int) -> matching_rule_pb2.MatchingRuleReference | None:
    """The rule of a level, in its version; None where somebody made the match."""
    if level < 0:
        return None
    rule = run.rules[level]
    return matching_rule_pb2.MatchingRuleReference(
        matching_rule_id=ids.encode_hex(ids.MATCHING_RULE, rule.id), version=rule.version
    )


def pair_response(found: FoundPair) -> pb.ExplainPairResponse:
    """What the rules of a run make of a record and an entry."""
    return pb.ExplainPairResponse(
        record=_record(found.rows, found.record),
        entry=_entry(found.rows, found.entry),
        explanations=[explanation(found.rows.spec, each) for each in found.explanations],
    )


def unmatched_encoder(found: FoundUnmatched) -> Callable[[asyncpg.Record], _pb.UnmatchedRow]:
    """What encodes each of these rows, with the nearest ones."""

    def encode_row(row: asyncpg.Record) -> _pb.UnmatchedRow:
        return _pb.UnmatchedRow(
            reconciliation_id=ids.encode(ids.RECONCILIATION, row["reconciliation_id"].int),
            number=row["id"],
            outcome=f"ROW_OUTCOME_{row['outcome']}",
            nearest=[
                _pb.NearRow(
                    explanation=explanation(found.rows.spec, Explanation(near.level, near.verdicts)),
                    **_row(found.rows, key),
                )
                for key, near in found.nearest.get(row["id"], ())
            ],
            **_row(found.rows, matches.key_of(row)),
        )

    return encode_row


def _row(found: FoundRows, key: RowKey) -> dict[str, Any]:
    record, of_entry = key
    if record is not None:
        return {"record": _record(found, record)}
    assert of_entry is not None
    return {"entry": _entry(found, of_entry)}


# Decisions -------------------------------------------------------------------------------------


def decision(row: asyncpg.Record) -> _pb.ReconciliationDecision:
    """A decision from its row."""
    run_id = row["reconciliation_id"]
    return _pb.ReconciliationDecision(
        id=ids.encode(ids.ROW_DECISION, row["id"]),
        external_source_id=ids.encode(ids.EXTERNAL_SOURCE, row["source_id"].int),
        reconciliation_id=None if run_id is None else ids.encode(ids.RECONCILIATION, run_id.int),
        kind=f"RECONCILIATION_DECISION_KIND_{row['kind']}",
        match_count=row["matches"],
        record_count=row["records"],
        entry_count=row["entries"],
        skipped_count=row["skipped"],
        reason=row["reason"],
        created_by=row["decided_by"],
        create_time=encode.time(row["decided_at"]),
        match_number=row["match_number"] or 0,
        adjustment_count=row["adjustments"],
    )


def decided(told: RowsDecided) -> _pb.ReconciliationDecision:
    """A decision as events show it, without its reason and time."""
    return _pb.ReconciliationDecision(
        id=told.decision_id,
        external_source_id=told.source_id,
        reconciliation_id=told.reconciliation_id,
        kind=f"RECONCILIATION_DECISION_KIND_{told.kind}",
        match_count=told.matches,
        record_count=told.records,
        entry_count=told.entries,
        skipped_count=told.skipped,
        created_by=told.decided_by,
        match_number=told.match_number or 0,
        adjustment_count=told.adjustments,
    )


def skipped(found: Sequence[Skipped]) -> list[_pb.SkippedMatch]:
    """Matches that a decision left out, and why."""
    return [_pb.SkippedMatch(number=each.number, rejection=errors.to_proto(each.rejection)) for each in found]
