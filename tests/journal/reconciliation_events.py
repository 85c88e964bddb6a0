"""One event of every kind that reconciliation has: its payload, the text that is digested, and what subscribers see."""

from dataclasses import replace
from typing import Any

from ledgerd.core.model import event as model
from ledgerd.core.model.event import EventKind
from ledgerd.core.model.external_source import SettlementWindow
from ledgerd.core.model.ids import encode
from ledgerd.core.model.row_decision_events import ExceptionsChanged, RowsDecided
from ledgerd.core.model.statement_events import StatementChanged
from ledgerd.journal import cursor
from tests import builders as a

BALANCE = a.bln("till")
SOURCE, UPLOAD = encode("src", a.number("bank")), encode("upl", a.number("march"))
RUN, EXCEPTION, DECISION = encode("rec", a.number("run")), encode("rex", a.number("lost")), encode("dec", 7)
STATEMENT = encode("rcs", a.number("statement"))

BANK = model.ExternalSourceFacts(
    name="Bank A",
    description="our bank",
    currency="USD",
    time_zone="Europe/Berlin",
    sign_convention="MONEY_IN_IS_DEBIT",
    balance_ids=(BALANCE,),
    settlement_window=SettlementWindow("days", 2),
)
BANK_TEXT = (
    f'{{"id": "{SOURCE}", "name": "Bank A", "description": "our bank", "currency": "USD",'
    f' "time_zone": "Europe/Berlin", "sign_convention": "MONEY_IN_IS_DEBIT", "balance_ids": ["{BALANCE}"],'
    ' "settlement_window": ["days", 2]'
)


def uploaded(**more: Any) -> model.UploadDone:
    usual = {
        "chunks": 2,
        "size": 900,
        "records": 5,
        "new_records": 3,
        "known_records": 1,
        "faults": 2,
        "statements": 1,
    }
    fields: dict[str, Any] = {"is_file": True, "rejects_all": False, "content_hash": "d0", **usual, **more}
    return model.UploadDone(upload_id=UPLOAD, source_id=SOURCE, **fields)


def uploaded_text(new_records: int, repeats: str) -> str:
    return (
        f'{{"upload_id": "{UPLOAD}", "source_id": "{SOURCE}", "is_file": true, "rejects_all": false, "chunks": 2,'
        f' "size": 900, "records": 5, "new_records": {new_records}, "known_records": 1, "faults": 2, "statements": 1,'
        f' "content_hash": "d0", "repeats": {repeats}}}'
    )


_DECIDED = {
    EventKind.RECONCILIATION_MATCHES_CONFIRMED: "CONFIRM_MATCHES",
    EventKind.RECONCILIATION_MATCHES_REJECTED: "REJECT_MATCHES",
    EventKind.RECONCILIATION_MATCH_CREATED: "CREATE_MATCH",
    EventKind.RECONCILIATION_MATCH_RELEASED: "RELEASE_MATCH",
    EventKind.RECONCILIATION_ROWS_IGNORED: "IGNORE_ROWS",
    EventKind.RECONCILIATION_ROWS_RESTORED: "RESTORE_ROWS",
    EventKind.RECONCILIATION_ADJUSTMENTS_POSTED: "POST_ADJUSTMENTS",
    EventKind.RECONCILIATION_ADJUSTMENTS_REJECTED: "REJECT_ADJUSTMENTS",
    EventKind.RECONCILIATION_ADJUSTMENT_REVERSED: "REVERSE_ADJUSTMENT",
}


def decided(kind: str) -> RowsDecided:
    return RowsDecided(
        decision_id=DECISION, source_id=SOURCE, reconciliation_id=RUN, kind=kind, matches=3, records=4, entries=5,
        skipped=1, match_number=6, decided_by="ada", adjustments=7,
    )  # fmt: skip


def decided_text(kind: str) -> str:
    return (
        f'{{"decision_id": "{DECISION}", "source_id": "{SOURCE}", "reconciliation_id": "{RUN}", "kind": "{kind}",'
        ' "matches": 3, "records": 4, "entries": 5, "skipped": 1, "match_number": 6, "decided_by": "ada",'
        ' "adjustments": 7}'
    )


def exceptions_text(run: str, decision: str, exception: str, status: str, changed: str) -> str:
    return (
        f'{{"source_id": "{SOURCE}", "count": 2, "reconciliation_id": {run}, "decision_id": {decision},'
        f' "exception_id": {exception}, "status": {status}, "changed_fields": {changed}}}'
    )


_TERMS = {
    "bank_balance": 2955, "opening": 0, "only_in_bank": -40, "ignored_in_bank": 0, "only_in_ledger": 700,
    "ignored_in_ledger": 0, "differences": 5, "ledger_balance": 3700, "records_missing": 0, "entries_missing": 0,
}  # fmt: skip


def stated(**changes: Any) -> StatementChanged:
    usual: dict[str, Any] = {
        "statement_id": STATEMENT, "source_id": SOURCE, "currency": "USD", "precision": 100, "day": "2026-03-31",
        "time_zone": "UTC", "basis": "RECORD", "status": "DRAFT", "is_explained": True, "bank_balance": 2955,
        "ledger_balance": 3700, "proof": _TERMS, "position": 9, "chain": "0" * 16, "digest": "d0", "created_by": "ada",
        "confirmed_by": None,
    }  # fmt: skip
    return StatementChanged(**{**usual, **changes})


def stated_text(status: str, confirmed_by: str) -> str:
    return (
        f'{{"statement_id": "{STATEMENT}", "source_id": "{SOURCE}", "currency": "USD", "precision": 100,'
        ' "day": "2026-03-31", "time_zone": "UTC", "basis": "RECORD", '
        f'"status": "{status}", "is_explained": true, "bank_balance": 2955, "ledger_balance": 3700, "proof": '
        '{"bank_balance": 2955, "opening": 0, "only_in_bank": -40, "ignored_in_bank": 0, "only_in_ledger": 700,'
        ' "ignored_in_ledger": 0, "differences": 5, "ledger_balance": 3700, "records_missing": 0, '
        '"entries_missing": 0}, "position": 9, "chain": "0000000000000000", "digest": "d0", "created_by": "ada", '
        f'"confirmed_by": {confirmed_by}}}'
    )


EVENTS: dict[EventKind, tuple[Any, str]] = {
    **{kind: (decided(name), decided_text(name)) for kind, name in _DECIDED.items()},
    EventKind.RECONCILIATION_EXCEPTIONS_OPENED: (
        ExceptionsChanged(source_id=SOURCE, count=2, reconciliation_id=RUN),
        exceptions_text(f'"{RUN}"', "null", "null", "null", "[]"),
    ),
    EventKind.RECONCILIATION_EXCEPTION_UPDATED: (
        ExceptionsChanged(
            source_id=SOURCE, count=2, exception_id=EXCEPTION, status="IN_PROGRESS", changed_fields=("status", "owner")
        ),
        exceptions_text("null", "null", f'"{EXCEPTION}"', '"IN_PROGRESS"', '["status", "owner"]'),
    ),
    EventKind.RECONCILIATION_EXCEPTIONS_RESOLVED: (
        ExceptionsChanged(source_id=SOURCE, count=2, decision_id=DECISION),
        exceptions_text("null", f'"{DECISION}"', "null", "null", "[]"),
    ),
    EventKind.RECONCILIATION_STATEMENT_CREATED: (stated(), stated_text("DRAFT", "null")),
    EventKind.RECONCILIATION_STATEMENT_CONFIRMED: (
        stated(status="CONFIRMED", confirmed_by="eve"),
        stated_text("CONFIRMED", '"eve"'),
    ),
    EventKind.EXTERNAL_SOURCE_CREATED: (
        model.ExternalSourceChanged(source_id=SOURCE, after=BANK),
        f"{BANK_TEXT}}}",
    ),
    EventKind.EXTERNAL_SOURCE_UPDATED: (
        model.ExternalSourceChanged(
            source_id=SOURCE,
            after=BANK,
            before=replace(BANK, currency=None, balance_ids=(), settlement_window=SettlementWindow("days", 0)),
            changed_fields=("currency", "balance_ids", "settlement_window", "format_profile"),
        ),
        f'{BANK_TEXT}, "changed": ["currency", "balance_ids", "settlement_window", "format_profile"],'
        ' "before": {"currency": null, "balance_ids": [], "settlement_window": ["days", 0]}}',
    ),
    EventKind.EXTERNAL_SOURCE_DELETED: (
        model.ExternalSourceChanged(source_id=SOURCE, after=BANK),
        f"{BANK_TEXT}}}",
    ),
    EventKind.UPLOAD_FINISHED: (uploaded(), uploaded_text(3, "null")),
    EventKind.UPLOAD_REJECTED: (uploaded(new_records=0, repeats=UPLOAD), uploaded_text(0, f'"{UPLOAD}"')),
    EventKind.UPLOAD_CANCELLED: (uploaded(new_records=0), uploaded_text(0, "null")),
}

BANK_SHOWN: dict[str, Any] = {
    "id": SOURCE,
    "name": "Bank A",
    "description": "our bank",
    "currency": "USD",
    "timeZone": "Europe/Berlin",
    "signConvention": "SIGN_CONVENTION_MONEY_IN_IS_DEBIT",
    "balanceIds": [BALANCE],
    "settlementWindow": {"days": 2},
    "ageBucketDays": [1, 7, 30, 90],
    "confirmationPolicy": "CONFIRMATION_POLICY_ANY_CALLER",
}
UPLOAD_SHOWN: dict[str, Any] = {
    "id": UPLOAD,
    "externalSourceId": SOURCE,
    "content": "UPLOAD_CONTENT_FILE",
    "faultPolicy": "UPLOAD_FAULT_POLICY_KEEP_GOOD",
    "chunkCount": "2",
    "byteCount": "900",
    "recordCount": "5",
    "knownRecordCount": "1",
    "faultCount": "2",
    "statementCount": "1",
    "contentHash": "d0",
    "finishTime": "2026-01-02T12:00:00Z",
}
DECISION_SHOWN: dict[str, Any] = {
    "id": DECISION,
    "externalSourceId": SOURCE,
    "reconciliationId": RUN,
    "matchCount": 3,
    "recordCount": 4,
    "entryCount": 5,
    "skippedCount": 1,
    "createdBy": "ada",
    "createTime": "2026-01-02T12:00:00Z",
    "matchNumber": 6,
    "adjustmentCount": 7,
}


def _cents(minor: int) -> dict[str, Any]:
    decimal = f"{'-' if minor < 0 else ''}{abs(minor) // 100}.{abs(minor) % 100:02}"
    return {"precise": str(minor), "decimal": decimal, "precision": "100", "currency": "USD"}


STATED_SHOWN: dict[str, Any] = {
    "id": STATEMENT,
    "externalSourceId": SOURCE,
    "currency": "USD",
    "date": "2026-03-31",
    "timeZone": "UTC",
    "entryTime": "ENTRY_TIME_RECORD_TIME",
    "explained": True,
    "bank": {"balance": _cents(2955)},
    "ledgerBalance": _cents(3700),
    "proof": {
        **{
            "".join([name.split("_")[0], *(word.title() for word in name.split("_")[1:])]): _cents(minor)
            for name, minor in _TERMS.items()
        },
        "expected": _cents(3700),
        "unexplained": _cents(0),
    },
    "journalCursor": cursor.after("epoch", 9, "0" * 16),
    "resultHash": "d0",
    "createdBy": "ada",
}
_STATED = "RECONCILIATION_STATEMENT_STATUS_"
SHOWN: dict[EventKind, dict[str, Any]] = {
    **{
        kind: {
            "reconciliationDecision": {
                "reconciliationDecision": {**DECISION_SHOWN, "kind": f"RECONCILIATION_DECISION_KIND_{name}"}
            }
        }
        for kind, name in _DECIDED.items()
    },
    EventKind.RECONCILIATION_EXCEPTIONS_OPENED: {
        "reconciliationException": {"externalSourceId": SOURCE, "reconciliationId": RUN, "exceptionCount": "2"}
    },
    EventKind.RECONCILIATION_EXCEPTION_UPDATED: {
        "reconciliationException": {
            "externalSourceId": SOURCE,
            "reconciliationExceptionId": EXCEPTION,
            "exceptionCount": "2",
            "status": "RECONCILIATION_EXCEPTION_STATUS_IN_PROGRESS",
            "changedFields": ["status", "owner"],
        }
    },
    EventKind.RECONCILIATION_EXCEPTIONS_RESOLVED: {
        "reconciliationException": {
            "externalSourceId": SOURCE,
            "reconciliationDecisionId": DECISION,
            "exceptionCount": "2",
        }
    },
    EventKind.RECONCILIATION_STATEMENT_CREATED: {
        "reconciliationStatement": {
            "reconciliationStatement": {
                **STATED_SHOWN,
                "status": f"{_STATED}DRAFT",
                "createTime": "2026-01-02T12:00:00Z",
            }
        }
    },
    EventKind.RECONCILIATION_STATEMENT_CONFIRMED: {
        "reconciliationStatement": {
            "reconciliationStatement": {
                **STATED_SHOWN,
                "status": f"{_STATED}CONFIRMED",
                "confirmedBy": "eve",
                "confirmTime": "2026-01-02T12:00:00Z",
            }
        }
    },
    EventKind.EXTERNAL_SOURCE_CREATED: {"externalSource": {"externalSource": BANK_SHOWN}},
    EventKind.EXTERNAL_SOURCE_UPDATED: {
        "externalSource": {
            "externalSource": BANK_SHOWN,
            "before": {
                "settlementWindow": {"days": 0},
                **{name: BANK_SHOWN[name] for name in ("id", "name", "description", "timeZone", "signConvention")},
                **{name: BANK_SHOWN[name] for name in ("ageBucketDays", "confirmationPolicy")},
            },
            "changedFields": ["currency", "balance_ids", "settlement_window", "format_profile"],
        }
    },
    EventKind.EXTERNAL_SOURCE_DELETED: {"externalSource": {"externalSource": BANK_SHOWN}},
    EventKind.UPLOAD_FINISHED: {
        "upload": {"upload": {**UPLOAD_SHOWN, "status": "UPLOAD_STATUS_FINISHED", "newRecordCount": "3"}}
    },
    EventKind.UPLOAD_REJECTED: {
        "upload": {"upload": {**UPLOAD_SHOWN, "status": "UPLOAD_STATUS_REJECTED", "repeatedUploadId": UPLOAD}}
    },
    EventKind.UPLOAD_CANCELLED: {"upload": {"upload": {**UPLOAD_SHOWN, "status": "UPLOAD_STATUS_CANCELLED"}}},
}
