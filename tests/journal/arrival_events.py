"""Events that follow from arrivals, as event_examples.py has all others."""

from datetime import UTC, datetime
from typing import Any

from ledgerd.core.model.arrival_events import ExternalSourceLate, ReconciliationProof
from ledgerd.core.model.event import EventKind
from ledgerd.core.model.reconciliation_statement import Proof
from tests.journal.reconciliation_events import SOURCE
from tests.journal.run_events import RUN

_TERMS = {
    "bank_balance": 600, "opening": 490, "only_in_bank": 20, "ignored_in_bank": 5, "only_in_ledger": -10,
    "ignored_in_ledger": 4, "differences": 1, "ledger_balance": 80, "records_missing": 0,
}  # fmt: skip


def proof(missing: int) -> tuple[ReconciliationProof, str]:
    terms = {**_TERMS, "ledger_balance": 80 + missing, "entries_missing": missing}
    payload = ReconciliationProof(
        source_id=SOURCE, reconciliation_id=RUN, currency="USD", precision=100, day="2026-03-31", proof=Proof(**terms),
        only_in_bank=2, only_in_ledger=1, ignored_in_bank=4, ignored_in_ledger=5, differences=3,
    )  # fmt: skip
    terms_text = ", ".join(f'"{name}": "{minor}"' for name, minor in terms.items())
    text = (
        f'{{"source_id": "{SOURCE}", "reconciliation_id": "{RUN}", "currency": "USD", "precision": 100,'
        f' "day": "2026-03-31", "proof": {{{terms_text}}}, "only_in_bank": 2, "only_in_ledger": 1,'
        ' "ignored_in_bank": 4, "ignored_in_ledger": 5, "differences": 3}'
    )
    return payload, text


EVENTS: dict[EventKind, tuple[Any, str]] = {
    EventKind.EXTERNAL_SOURCE_LATE: (
        ExternalSourceLate(source_id=SOURCE, late_since=datetime(2026, 1, 2, tzinfo=UTC)),
        f'{{"source_id": "{SOURCE}", "late_since": "2026-01-02T00:00:00+00:00"}}',
    ),
    EventKind.RECONCILIATION_PROVED: proof(0),
    EventKind.RECONCILIATION_DIFFERENCE_FOUND: proof(-6),
}


def _amount(precise: str, decimal: str) -> dict[str, str]:
    return {"precise": precise, "decimal": decimal, "precision": "100", "currency": "USD"}


def _shown(missing: int, unexplained: dict[str, str]) -> dict[str, Any]:
    return {
        "externalSourceId": SOURCE,
        "reconciliationId": RUN,
        "currency": "USD",
        "date": "2026-03-31",
        "proof": {
            "bankBalance": _amount("600", "6.00"),
            "opening": _amount("490", "4.90"),
            "onlyInBank": _amount("20", "0.20"),
            "ignoredInBank": _amount("5", "0.05"),
            "onlyInLedger": _amount("-10", "-0.10"),
            "ignoredInLedger": _amount("4", "0.04"),
            "differences": _amount("1", "0.01"),
            "expected": _amount("80", "0.80"),
            "ledgerBalance": _amount(str(80 + missing), f"0.{80 + missing}"),
            "unexplained": unexplained,
            "recordsMissing": _amount("0", "0.00"),
            "entriesMissing": unexplained,
        },
        "onlyInBankCount": "2",
        "onlyInLedgerCount": "1",
        "ignoredInBankCount": "4",
        "ignoredInLedgerCount": "5",
        "differenceCount": "3",
    }


SHOWN: dict[EventKind, dict[str, Any]] = {
    EventKind.EXTERNAL_SOURCE_LATE: {
        "externalSourceLate": {"externalSourceId": SOURCE, "lateSince": "2026-01-02T00:00:00Z"}
    },
    EventKind.RECONCILIATION_PROVED: {"reconciliationProof": _shown(0, _amount("0", "0.00"))},
    EventKind.RECONCILIATION_DIFFERENCE_FOUND: {"reconciliationProof": _shown(-6, _amount("-6", "-0.06"))},
}
