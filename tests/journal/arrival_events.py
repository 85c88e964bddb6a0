"""Events that follow from arrivals, as event_examples.py has all others."""

from datetime import UTC, datetime
from typing import Any

from ledgerd.core.model.arrival_events import BalanceProof, SourceLate
from ledgerd.core.model.event import EventKind
from tests.journal.reconciliation_events import SOURCE
from tests.journal.run_events import RUN

_FIGURES = {
    "bank_balance": 600, "ledger_balance": 100, "opening": 490, "only_in_bank": 20, "only_in_bank_count": 2,
    "only_in_ledger": -10, "only_in_ledger_count": 1, "ignored_in_bank": 5, "ignored_in_ledger": 4, "differences": 1,
    "difference_count": 3,
}  # fmt: skip
_FIGURES_TEXT = (
    '"bank_balance": "600", "ledger_balance": "100", "opening": "490", "only_in_bank": "20", "only_in_bank_count": 2,'
    ' "only_in_ledger": "-10", "only_in_ledger_count": 1, "ignored_in_bank": "5", "ignored_in_ledger": "4",'
    ' "differences": "1", "difference_count": 3'
)


def proof(unexplained: int) -> tuple[BalanceProof, str]:
    payload = BalanceProof(
        source_id=SOURCE, reconciliation_id=RUN, currency="USD", precision=100, day="2026-03-31",
        unexplained=unexplained, **_FIGURES,
    )  # fmt: skip
    text = (
        f'{{"source_id": "{SOURCE}", "reconciliation_id": "{RUN}", "currency": "USD", "precision": 100,'
        f' "day": "2026-03-31", {_FIGURES_TEXT}, "unexplained": "{unexplained}"}}'
    )
    return payload, text


EVENTS: dict[EventKind, tuple[Any, str]] = {
    EventKind.SOURCE_LATE: (
        SourceLate(source_id=SOURCE, late_since=datetime(2026, 1, 2, tzinfo=UTC)),
        f'{{"source_id": "{SOURCE}", "late_since": "2026-01-02T00:00:00+00:00"}}',
    ),
    EventKind.BALANCE_PROVED: proof(0),
    EventKind.DIFFERENCE_FOUND: proof(-6),
}


def _amount(precise: str, decimal: str) -> dict[str, str]:
    return {"precise": precise, "decimal": decimal, "precision": "100", "currency": "USD"}


_SHOWN = {
    "externalSourceId": SOURCE,
    "reconciliationId": RUN,
    "statementDate": "2026-03-31",
    "bankBalance": _amount("600", "6.00"),
    "ledgerBalance": _amount("100", "1.00"),
    "opening": _amount("490", "4.90"),
    "onlyInBank": _amount("20", "0.20"),
    "onlyInBankCount": "2",
    "onlyInLedger": _amount("-10", "-0.10"),
    "onlyInLedgerCount": "1",
    "ignoredInBank": _amount("5", "0.05"),
    "ignoredInLedger": _amount("4", "0.04"),
    "differences": _amount("1", "0.01"),
    "differenceCount": "3",
}
SHOWN: dict[EventKind, dict[str, Any]] = {
    EventKind.SOURCE_LATE: {"sourceLate": {"externalSourceId": SOURCE, "lateSince": "2026-01-02T00:00:00Z"}},
    EventKind.BALANCE_PROVED: {"balanceProof": {**_SHOWN, "unexplained": _amount("0", "0.00")}},
    EventKind.DIFFERENCE_FOUND: {"balanceProof": {**_SHOWN, "unexplained": _amount("-6", "-0.06")}},
}
