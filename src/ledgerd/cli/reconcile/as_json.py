"""The outcome for programs: one JSON document, in ASCII. Amounts are decimal strings."""

import json
from typing import Any

from ledgerapi.v1.amount_pb2 import Amount
from ledgerapi.v1.external_record_pb2 import ExternalRecord
from ledgerapi.v1.reconciliation_match_pb2 import ReconciliationEntry, ReconciliationMatch, UnmatchedRow
from ledgerapi.v1.reconciliation_pb2 import Reconciliation, RowOutcome
from ledgerapi.v1.reconciliation_statement_pb2 import BankBalanceAbsence
from ledgerapi.v1.upload_pb2 import UploadFaultCode, UploadStatus

from ledgerd.cli.reconcile.outcome import Outcome
from ledgerd.cli.reconcile.running import Listed
from ledgerd.cli.reconcile.stating import Stated
from ledgerd.cli.reconcile.texts import row_of, why_not, word
from ledgerd.cli.reconcile.uploading import Uploaded

_PROOF = (
    "bank_balance opening only_in_bank ignored_in_bank only_in_ledger ignored_in_ledger differences expected "
    "ledger_balance unexplained records_missing entries_missing"
).split()


def as_json(outcome: Outcome) -> str:
    """The document."""
    found, confirmed = outcome.found, outcome.confirmed
    document = {
        "explained": outcome.explained,
        "source": {"id": outcome.source.id, "name": outcome.source.name},
        "rules": {"id": outcome.rules.id, "name": outcome.rules.name, "version": outcome.rules.version},
        "upload": _upload(outcome.uploaded),
        "run": _run(found.run),
        "matches_with_difference": _listed(found.differences, [_match(match) for match in found.differences.first]),
        "unmatched_records": _listed(found.records, [_unmatched(row) for row in found.records.first]),
        "unmatched_entries": _listed(found.entries, [_unmatched(row) for row in found.entries.first]),
        "confirmed": None
        if confirmed is None
        else {"id": confirmed.id, "match_count": confirmed.match_count, "skipped_count": confirmed.skipped_count},
        "date": outcome.date,
        "statements": [_statement(stated) for stated in outcome.stated],
    }
    return json.dumps(document, indent=2)


def _upload(uploaded: Uploaded) -> dict[str, Any]:
    upload = uploaded.upload
    return {
        "id": upload.id,
        "file_name": upload.file_name,
        "status": word(UploadStatus, upload.status),
        "repeated": uploaded.is_repeated,
        "record_count": upload.record_count,
        "new_record_count": upload.new_record_count,
        "known_record_count": upload.known_record_count,
        "statement_count": upload.statement_count,
        "fault_count": upload.fault_count,
        "faults": [
            {
                "member": fault.member,
                "line": fault.line,
                "field": fault.field,
                "code": word(UploadFaultCode, fault.code),
                "reason": fault.reason,
            }
            for fault in uploaded.faults
        ],
    }


def _run(run: Reconciliation) -> dict[str, Any]:
    return {
        "id": run.id,
        "journal_cursor": run.journal_cursor,
        "result_hash": run.result_hash,
        "totals": [
            {
                "currency": total.currency,
                "outcome": word(RowOutcome, total.outcome),
                "record_count": total.record_count,
                "record_amount": total.record_amount.decimal,
                "entry_count": total.entry_count,
                "entry_amount": total.entry_amount.decimal,
            }
            for total in run.totals
        ],
    }


def _listed(listed: Listed[Any], first: list[dict[str, Any]]) -> dict[str, Any]:
    return {"count": listed.count, "first": first}


def _match(match: ReconciliationMatch) -> dict[str, Any]:
    return {
        "number": match.number,
        "rule_place": match.rule_place,
        "ambiguous": match.ambiguous,
        "difference": match.difference.decimal,
        "currency": match.difference.currency,
        "record_count": match.record_count,
        "entry_count": match.entry_count,
        "records": [_row(record) for record in match.records],
        "entries": [_row(entry) for entry in match.entries],
    }


def _unmatched(row: UnmatchedRow) -> dict[str, Any]:
    nearest = [{**_row(row_of(near)), "reasons": why_not(near)} for near in row.nearest[:1]]
    return {
        **_row(row_of(row)),
        "outcome": word(RowOutcome, row.outcome),
        "nearest": nearest[0] if nearest else None,
    }


def _row(row: ExternalRecord | ReconciliationEntry) -> dict[str, Any]:
    if isinstance(row, ExternalRecord):
        named = {"external_record_id": row.id, "key": row.key, "line": row.line}
    else:
        named = {"transaction_id": row.transaction_id, "balance_id": row.balance_id}
    return {
        **named,
        "booking_date": row.booking_date,
        "value_date": row.value_date,
        "amount": row.amount.decimal,
        "currency": row.amount.currency,
        "references": list(row.references),
        "counterparty": row.counterparty,
        "description": row.description,
    }


def _statement(stated: Stated) -> dict[str, Any]:
    told = stated.statement
    proof = {name: _decimal(getattr(told.proof, name)) for name in _PROOF} if stated.proves else None
    return {
        "currency": told.currency,
        "date": told.date,
        "explained": stated.explained,
        "all_matched": stated.all_matched,
        "bank_balance_absence": None if stated.proves else word(BankBalanceAbsence, told.bank.absence),
        "ledger_balance": _decimal(told.ledger_balance),
        "proof": proof,
        "only_in_bank_count": told.only_in_bank.row_count,
        "only_in_ledger_count": told.only_in_ledger.row_count,
        "difference_count": told.differences.match_count,
        "result_hash": told.result_hash,
    }


def _decimal(amount: Amount) -> str:
    return amount.decimal
