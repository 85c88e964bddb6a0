"""One event of every kind: its payload, the text that is digested, and what subscribers are shown."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ledgerd.core.model import event as model
from ledgerd.core.model.account import BalanceStatus
from ledgerd.core.model.event import EventKind
from ledgerd.core.model.figures import Figures
from ledgerd.core.model.ids import encode
from ledgerd.core.model.monitor import Comparison, Condition, Field, Trigger
from ledgerd.core.model.rejection import Reason, Rejection
from tests import builders as a
from tests.journal import arrival_events, reconciliation_events, rule_events, run_events

LEDGER, BALANCE, TRANSACTION = a.ldg("books"), a.bln("till"), a.txn("sale")
IDENTITY, MONITOR, BATCH = (encode(prefix, a.number("it")) for prefix in ("idt", "mon", "bat"))
NOON = datetime(2026, 2, 1, 12, tzinfo=UTC)
FIGURES = Figures(3, 500, 120, 7, 0)
POOR = Rejection(Reason.INSUFFICIENT_FUNDS, {"available": "5"})

LEDGER_TEXT = f'{{"id": "{LEDGER}", "name": "Books"'
TILL_TEXT = (
    f'{{"balance_id": "{BALANCE}", "indicator": null, "currency": "USD", "precision": "100",'
    f' "ledger_id": "{LEDGER}", "identity_id": "{IDENTITY}"'
)
SET_TEXT = (
    ', "floor": "-5", "ceiling": "900", "group": "shop", "tag": "till", "track_fund_lineage": true,'
    ' "allocation_strategy": "LIFO"'
)
MONITOR_TEXT = (
    f'{{"id": "{MONITOR}", "balance_id": "{BALANCE}", "currency": "USD", "precision": "100",'
    ' "conditions": [["BALANCE", "GREATER", "300"]], "trigger": "EDGE", "description": "rich"'
)
FIRED_TEXT = (
    f'{{"monitor_id": "{MONITOR}", "trigger": "EDGE", "conditions": [["BALANCE", "GREATER", "300"]],'
    f' "description": "rich", "balance_id": "{BALANCE}", "currency": "USD", "precision": "100",'
    f' "figures": ["3", "500", "120", "7", "0"], "transaction_id": "{TRANSACTION}"}}'
)
BATCH_TEXT = f'{{"id": "{BATCH}", "mode": "ATOMIC", "operations": 2, "posted": 0, "replayed": 0, "rejected": 2'
POOR_TEXT = json.dumps(json.dumps({"reason": "INSUFFICIENT_FUNDS", "details": {"available": "5"}}))
REJECTED_TEXT = f', "accepted_at": "2026-02-01T12:00:00+00:00", "rejection": {POOR_TEXT}, "rejections_digest": "d0"}}'

BOOKS = model.LedgerFacts(name="Books")
CLOSED_BOOKS = model.LedgerFacts(name="Books", closed_before=NOON)
OPEN_TILL = model.BalanceFacts(
    indicator=None,
    currency="USD",
    precision=100,
    ledger_id=LEDGER,
    identity_id=IDENTITY,
    status=BalanceStatus.OPEN,
    floor=-5,
    ceiling=900,
    group="shop",
    tag="till",
    track_fund_lineage=True,
    allocation_strategy="LIFO",
)
RICH = model.MonitorFacts(
    balance_id=BALANCE,
    currency="USD",
    precision=100,
    conditions=(Condition(Field.BALANCE, Comparison.GREATER, 300),),
    trigger=Trigger.EDGE,
    description="rich",
)
created = model.BalanceChanged(balance_id=BALANCE, after=OPEN_TILL)
fired = model.MonitorFired(
    monitor_id=MONITOR,
    trigger=Trigger.EDGE,
    conditions=(Condition(Field.BALANCE, Comparison.GREATER, 300),),
    description="rich",
    balance_id=BALANCE,
    currency="USD",
    precision=100,
    figures=FIGURES,
    transaction_id=TRANSACTION,
)


def changed(status: BalanceStatus, before: BalanceStatus, reason: str | None) -> model.BalanceChanged:
    return model.BalanceChanged(
        balance_id=BALANCE,
        after=replace(OPEN_TILL, status=status),
        before=replace(OPEN_TILL, status=before),
        changed_fields=("status",),
        figures=FIGURES,
        reason=reason,
    )


def changed_text(status: str, before: str, reason: str) -> str:
    return (
        f'{TILL_TEXT}, "state": "{status}"{SET_TEXT}, "changed": ["status"], "before": {{"state": "{before}"}},'
        f' "figures": ["3", "500", "120", "7", "0"], "reason": {reason}}}'
    )


def finished(**more: Any) -> model.BatchFinished:
    return model.BatchFinished(batch_id=BATCH, is_atomic=True, operations=2, posted=0, replayed=0, rejected=2, **more)


EVENTS = {
    EventKind.LEDGER_CREATED: (model.LedgerChanged(ledger_id=LEDGER, after=BOOKS), f"{LEDGER_TEXT}}}"),
    EventKind.LEDGER_UPDATED: (
        model.LedgerChanged(
            ledger_id=LEDGER,
            after=BOOKS,
            before=model.LedgerFacts(name="Old"),
            changed_fields=("name", "metadata"),
        ),
        f'{LEDGER_TEXT}, "changed": ["name", "metadata"], "before": {{"name": "Old"}}}}',
    ),
    EventKind.LEDGER_PERIOD_CLOSED: (
        model.LedgerChanged(ledger_id=LEDGER, after=CLOSED_BOOKS, before=BOOKS, changed_fields=("closed_before",)),
        f'{LEDGER_TEXT}, "closed_before": "2026-02-01T12:00:00+00:00", "changed": ["closed_before"],'
        ' "before": {"closed_before": null}}',
    ),
    EventKind.LEDGER_PERIOD_REOPENED: (
        model.LedgerChanged(
            ledger_id=LEDGER,
            after=CLOSED_BOOKS,
            before=replace(CLOSED_BOOKS, closed_before=NOON + timedelta(days=28)),
            changed_fields=("closed_before",),
            reason="an invoice came",
        ),
        f'{LEDGER_TEXT}, "closed_before": "2026-02-01T12:00:00+00:00", "changed": ["closed_before"],'
        ' "before": {"closed_before": "2026-03-01T12:00:00+00:00"}, "reason": "an invoice came"}',
    ),
    EventKind.BALANCE_CREATED: (created, f'{TILL_TEXT}, "state": "OPEN"{SET_TEXT}}}'),
    EventKind.BALANCE_UPDATED: (
        model.BalanceChanged(
            balance_id=BALANCE,
            after=OPEN_TILL,
            before=replace(OPEN_TILL, floor=None, identity_id=None),
            changed_fields=("identity_id", "floor"),
            figures=FIGURES,
        ),
        f'{TILL_TEXT}, "state": "OPEN"{SET_TEXT}, "changed": ["identity_id", "floor"],'
        ' "before": {"identity_id": null, "floor": null}, "figures": ["3", "500", "120", "7", "0"], "reason": null}',
    ),
    EventKind.BALANCE_FROZEN: (
        changed(BalanceStatus.FROZEN, BalanceStatus.OPEN, "lost card"),
        changed_text("FROZEN", "OPEN", '"lost card"'),
    ),
    EventKind.BALANCE_UNFROZEN: (
        changed(BalanceStatus.OPEN, BalanceStatus.FROZEN, None),
        changed_text("OPEN", "FROZEN", "null"),
    ),
    EventKind.BALANCE_CLOSED: (
        changed(BalanceStatus.CLOSED, BalanceStatus.FROZEN, None),
        changed_text("CLOSED", "FROZEN", "null"),
    ),
    EventKind.IDENTITY_CREATED: (model.IdentityChanged(identity_id=IDENTITY), f'{{"id": "{IDENTITY}"}}'),
    EventKind.IDENTITY_UPDATED: (
        model.IdentityChanged(identity_id=IDENTITY, changed_fields=("city", "metadata")),
        f'{{"id": "{IDENTITY}", "changed": ["city", "metadata"]}}',
    ),
    EventKind.IDENTITY_DELETED: (model.IdentityChanged(identity_id=IDENTITY), f'{{"id": "{IDENTITY}"}}'),
    EventKind.MONITOR_CREATED: (model.MonitorChanged(monitor_id=MONITOR, after=RICH), f"{MONITOR_TEXT}}}"),
    EventKind.MONITOR_UPDATED: (
        model.MonitorChanged(
            monitor_id=MONITOR,
            after=RICH,
            before=replace(RICH, trigger=Trigger.LEVEL, conditions=()),
            changed_fields=("conditions", "trigger"),
        ),
        f'{MONITOR_TEXT}, "changed": ["conditions", "trigger"], "before": {{"conditions": [], "trigger": "LEVEL"}}}}',
    ),
    EventKind.MONITOR_DELETED: (model.MonitorChanged(monitor_id=MONITOR, after=RICH), f"{MONITOR_TEXT}}}"),
    EventKind.MONITOR_FIRED: (fired, FIRED_TEXT),
    EventKind.BATCH_FINISHED: (
        finished(accepted_at=NOON, rejection=POOR, rejections_digest="d0"),
        BATCH_TEXT + REJECTED_TEXT,
    ),
    EventKind.SERVICE_SETTINGS_UPDATED: (
        model.ServiceSettingsChanged(default_currency="USD", default_currency_before=None),
        '{"default_currency": "USD", "before": null}',
    ),
    **reconciliation_events.EVENTS,
    **rule_events.EVENTS,
    **run_events.EVENTS,
    **arrival_events.EVENTS,
}
"""One event of every kind, and its payload's text as it is digested, to the byte."""

TILL_SHOWN = {
    "id": BALANCE,
    "currency": "USD",
    "precision": "100",
    "ledgerId": LEDGER,
    "identityId": IDENTITY,
}
MOVED_SHOWN = {
    "version": "3",
    "balance": "380",
    "creditBalance": "500",
    "debitBalance": "120",
    "inflightBalance": "7",
    "inflightCreditBalance": "7",
    "inflightDebitBalance": "0",
    "available": "380",
}
FIRED_SHOWN = {
    "monitor": {
        "id": MONITOR,
        "balanceId": BALANCE,
        "conditions": [
            {
                "field": "MONITOR_FIELD_BALANCE",
                "operator": "COMPARISON_OPERATOR_GREATER",
                "threshold": {"precise": "300", "decimal": "3.00", "precision": "100", "currency": "USD"},
            }
        ],
        "trigger": "MONITOR_TRIGGER_EDGE",
        "description": "rich",
    },
    "balanceId": BALANCE,
    "figures": MOVED_SHOWN,
    "currency": "USD",
    "precision": "100",
    "transactionId": TRANSACTION,
}
BATCH_SHOWN = {
    "id": BATCH,
    "mode": "BATCH_MODE_ATOMIC",
    "status": "BATCH_STATUS_REJECTED",
    "operationCount": "2",
    "rejectedCount": "2",
    "rejection": {
        "reason": "ERROR_REASON_INSUFFICIENT_FUNDS",
        "message": "The source has too little available, and no overdraft was allowed.",
        "details": {"available": "5"},
        "code": "FAILED_PRECONDITION",
    },
    "createTime": "2026-02-01T12:00:00Z",
    "finishTime": "2026-01-02T12:00:00Z",
}


SET_SHOWN = {
    "floor": {"precise": "-5", "decimal": "-0.05", "precision": "100", "currency": "USD"},
    "ceiling": {"precise": "900", "decimal": "9.00", "precision": "100", "currency": "USD"},
    "group": "shop",
    "tag": "till",
    "trackFundLineage": True,
    "allocationStrategy": "ALLOCATION_STRATEGY_LIFO",
}
OPEN_SHOWN = TILL_SHOWN | SET_SHOWN | {"status": "BALANCE_STATUS_OPEN"}


def frozen_or_not(status: str, before: str, **more: str) -> dict[str, Any]:
    return {
        "balance": {
            "balance": OPEN_SHOWN | {"status": f"BALANCE_STATUS_{status}", "figures": MOVED_SHOWN},
            "before": OPEN_SHOWN | {"status": f"BALANCE_STATUS_{before}"},
            "changedFields": ["status"],
            **more,
        }
    }


BOOKS_SHOWN = {"id": LEDGER, "name": "Books"}
MONITOR_SHOWN = {
    "monitor": FIRED_SHOWN["monitor"],
    "balanceId": BALANCE,
    "currency": "USD",
    "precision": "100",
}
SHOWN: dict[EventKind, dict[str, Any]] = {
    EventKind.LEDGER_CREATED: {"ledger": {"ledger": BOOKS_SHOWN}},
    EventKind.LEDGER_UPDATED: {
        "ledger": {
            "ledger": BOOKS_SHOWN,
            "before": {"id": LEDGER, "name": "Old"},
            "changedFields": ["name", "metadata"],
        }
    },
    EventKind.LEDGER_PERIOD_CLOSED: {
        "ledger": {
            "ledger": BOOKS_SHOWN | {"closedBefore": "2026-02-01T12:00:00Z"},
            "before": BOOKS_SHOWN,
            "changedFields": ["closed_before"],
        }
    },
    EventKind.LEDGER_PERIOD_REOPENED: {
        "ledger": {
            "ledger": BOOKS_SHOWN | {"closedBefore": "2026-02-01T12:00:00Z"},
            "before": BOOKS_SHOWN | {"closedBefore": "2026-03-01T12:00:00Z"},
            "changedFields": ["closed_before"],
            "reason": "an invoice came",
        }
    },
    EventKind.BALANCE_CREATED: {"balance": {"balance": OPEN_SHOWN}},
    EventKind.BALANCE_UPDATED: {
        "balance": {
            "balance": OPEN_SHOWN | {"figures": MOVED_SHOWN},
            "before": {name: value for name, value in OPEN_SHOWN.items() if name not in ("identityId", "floor")},
            "changedFields": ["identity_id", "floor"],
        }
    },
    EventKind.BALANCE_FROZEN: frozen_or_not("FROZEN", "OPEN", reason="lost card"),
    EventKind.BALANCE_UNFROZEN: frozen_or_not("OPEN", "FROZEN"),
    EventKind.BALANCE_CLOSED: frozen_or_not("CLOSED", "FROZEN"),
    EventKind.IDENTITY_CREATED: {"identity": {"identityId": IDENTITY}},
    EventKind.IDENTITY_UPDATED: {"identity": {"identityId": IDENTITY, "changedFields": ["city", "metadata"]}},
    EventKind.IDENTITY_DELETED: {"identity": {"identityId": IDENTITY}},
    EventKind.MONITOR_CREATED: {"monitor": MONITOR_SHOWN},
    EventKind.MONITOR_UPDATED: {
        "monitor": {
            **MONITOR_SHOWN,
            "before": {
                "id": MONITOR,
                "balanceId": BALANCE,
                "trigger": "MONITOR_TRIGGER_LEVEL",
                "description": "rich",
            },
            "changedFields": ["conditions", "trigger"],
        }
    },
    EventKind.MONITOR_DELETED: {"monitor": MONITOR_SHOWN},
    EventKind.MONITOR_FIRED: {"monitor": FIRED_SHOWN},
    EventKind.BATCH_FINISHED: {"batch": {"batch": BATCH_SHOWN}},
    EventKind.SERVICE_SETTINGS_UPDATED: {
        "serviceSettings": {
            "serviceSettings": {"defaultCurrency": "USD"},
            "before": {},
            "changedFields": ["default_currency"],
        }
    },
    **reconciliation_events.SHOWN,
    **rule_events.SHOWN,
    **run_events.SHOWN,
    **arrival_events.SHOWN,
}


def told_till(**more: Any) -> model.BalanceFacts:
    """A balance as the first versions told it, without what is set of it."""
    told = {"indicator": None, "ledger_id": None, "identity_id": None, "status": BalanceStatus.OPEN, **more}
    return model.BalanceFacts(currency="USD", precision=100, **told)


BOOKS_TEXT = f'{{"id": "{LEDGER}", "name": "Books"'
OLDER = [
    (EventKind.LEDGER_UPDATED, model.LedgerChanged(ledger_id=LEDGER, after=None), f'{{"id": "{LEDGER}"}}'),
    (
        EventKind.LEDGER_PERIOD_CLOSED,
        model.LedgerChanged(ledger_id=LEDGER, after=CLOSED_BOOKS),
        f'{BOOKS_TEXT}, "closed_before": "2026-02-01T12:00:00+00:00"}}',
    ),
    (
        EventKind.BALANCE_CREATED,
        model.BalanceChanged(balance_id=BALANCE, after=told_till()),
        TILL_TEXT[: TILL_TEXT.index(', "ledger_id"')] + "}",
    ),
    (
        EventKind.BALANCE_CREATED,
        model.BalanceChanged(balance_id=BALANCE, after=told_till(indicator="@World", ledger_id=LEDGER)),
        f'{{"balance_id": "{BALANCE}", "ledger_id": "{LEDGER}", "indicator": "@World", "currency": "USD",'
        ' "precision": "100", "settings_digest": "d1"}',
    ),
    (
        EventKind.BALANCE_UPDATED,
        model.BalanceChanged(balance_id=BALANCE, after=None),
        f'{{"balance_id": "{BALANCE}"}}',
    ),
    (
        EventKind.BALANCE_FROZEN,
        model.BalanceChanged(
            balance_id=BALANCE,
            after=told_till(ledger_id=LEDGER, identity_id=IDENTITY, status=BalanceStatus.FROZEN),
            figures=FIGURES,
            reason="lost card",
        ),
        f'{TILL_TEXT}, "state": "FROZEN", "figures": ["3", "500", "120", "7", "0"], "reason": "lost card"}}',
    ),
    (EventKind.MONITOR_CREATED, model.MonitorChanged(monitor_id=MONITOR, after=None), f'{{"id": "{MONITOR}"}}'),
    (EventKind.BATCH_FINISHED, finished(), f"{BATCH_TEXT}}}"),
]
