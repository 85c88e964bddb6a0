"""Events: what is written of each kind, and what a subscriber is shown of it."""

import json
from datetime import UTC, datetime
from typing import Any, get_args

import asyncpg
import pytest
from google.protobuf.json_format import MessageToDict
from ledgerapi.v1 import event_pb2

from ledgerd.core.model import event as model
from ledgerd.core.model.account import BalanceState
from ledgerd.core.model.chain import GENESIS
from ledgerd.core.model.event import NOT_SHOWN, Event, EventKind
from ledgerd.core.model.figures import Figures
from ledgerd.core.model.ids import encode
from ledgerd.core.model.monitor import Comparison, Condition, Field, Trigger
from ledgerd.core.model.rejection import Reason, Rejection
from ledgerd.journal.cursor import whole
from ledgerd.journal.reader import Channel, read_page
from ledgerd.store import event_payloads, event_writer
from ledgerd.wire import events
from tests import builders as a
from tests.journal.commits import tick

LEDGER, BALANCE, TRANSACTION = a.ldg("books"), a.bln("till"), a.txn("sale")
IDENTITY, MONITOR, BATCH = (encode(prefix, a.number("it")) for prefix in ("idt", "mon", "bat"))
NOON = datetime(2026, 2, 1, 12, tzinfo=UTC)
FIGURES = Figures(3, 500, 120, 7, 0)
POOR = Rejection(Reason.INSUFFICIENT_FUNDS, {"available": "5"})
TILL = {"balance_id": BALANCE, "indicator": None, "currency": "USD", "precision": 100}

LEDGER_TEXT = f'{{"id": "{LEDGER}"'
TILL_TEXT = (
    f'{{"balance_id": "{BALANCE}", "indicator": null, "currency": "USD", "precision": "100",'
    f' "ledger_id": "{LEDGER}", "identity_id": "{IDENTITY}"'
)
FIRED_TEXT = (
    f'{{"monitor_id": "{MONITOR}", "trigger": "EDGE", "conditions": [["BALANCE", "GREATER", "300"]],'
    f' "description": "rich", "balance_id": "{BALANCE}", "currency": "USD", "precision": "100",'
    f' "figures": ["3", "500", "120", "7", "0"], "transaction_id": "{TRANSACTION}"}}'
)
BATCH_TEXT = f'{{"id": "{BATCH}", "mode": "ATOMIC", "operations": 2, "posted": 0, "replayed": 0, "rejected": 2'
POOR_TEXT = json.dumps(json.dumps({"reason": "INSUFFICIENT_FUNDS", "details": {"available": "5"}}))
REJECTED_TEXT = f', "accepted_at": "2026-02-01T12:00:00+00:00", "rejection": {POOR_TEXT}, "rejections_digest": "d0"}}'

created = model.BalanceCreated(**TILL, ledger_id=LEDGER, identity_id=IDENTITY)
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


def changed(state: BalanceState, reason: str | None) -> model.BalanceStateChanged:
    return model.BalanceStateChanged(
        **TILL, ledger_id=LEDGER, identity_id=IDENTITY, state=state, figures=FIGURES, reason=reason
    )


def changed_text(state: str, reason: str) -> str:
    return f'{TILL_TEXT}, "state": "{state}", "figures": ["3", "500", "120", "7", "0"], "reason": {reason}}}'


def finished(**more: Any) -> model.BatchFinished:
    return model.BatchFinished(batch_id=BATCH, is_atomic=True, operations=2, posted=0, replayed=0, rejected=2, **more)


EVENTS = {
    EventKind.LEDGER_CREATED: (
        model.LedgerCreated(ledger_id=LEDGER, name="Books"),
        f'{LEDGER_TEXT}, "name": "Books"}}',
    ),
    EventKind.LEDGER_UPDATED: (model.LedgerUpdated(ledger_id=LEDGER), f"{LEDGER_TEXT}}}"),
    EventKind.LEDGER_PERIOD_CLOSED: (
        model.PeriodClosed(ledger_id=LEDGER, name="Books", closed_before=NOON),
        f'{LEDGER_TEXT}, "name": "Books", "closed_before": "2026-02-01T12:00:00+00:00"}}',
    ),
    EventKind.BALANCE_CREATED: (created, f"{TILL_TEXT}}}"),
    EventKind.BALANCE_UPDATED: (model.BalanceUpdated(balance_id=BALANCE), f'{{"balance_id": "{BALANCE}"}}'),
    EventKind.BALANCE_FROZEN: (changed(BalanceState.FROZEN, "lost card"), changed_text("FROZEN", '"lost card"')),
    EventKind.BALANCE_UNFROZEN: (changed(BalanceState.OPEN, None), changed_text("OPEN", "null")),
    EventKind.BALANCE_CLOSED: (changed(BalanceState.CLOSED, None), changed_text("CLOSED", "null")),
    EventKind.IDENTITY_CREATED: (model.IdentityChanged(identity_id=IDENTITY), f'{{"id": "{IDENTITY}"}}'),
    EventKind.IDENTITY_UPDATED: (model.IdentityChanged(identity_id=IDENTITY), f'{{"id": "{IDENTITY}"}}'),
    EventKind.IDENTITY_DELETED: (model.IdentityChanged(identity_id=IDENTITY), f'{{"id": "{IDENTITY}"}}'),
    EventKind.MONITOR_CREATED: (model.MonitorChanged(monitor_id=MONITOR), f'{{"id": "{MONITOR}"}}'),
    EventKind.MONITOR_UPDATED: (model.MonitorChanged(monitor_id=MONITOR), f'{{"id": "{MONITOR}"}}'),
    EventKind.MONITOR_DELETED: (model.MonitorChanged(monitor_id=MONITOR), f'{{"id": "{MONITOR}"}}'),
    EventKind.MONITOR_FIRED: (fired, FIRED_TEXT),
    EventKind.BATCH_FINISHED: (
        finished(accepted_at=NOON, rejection=POOR, rejections_digest="d0"),
        BATCH_TEXT + REJECTED_TEXT,
    ),
}
"""One event of every kind, and its payload's text as it is digested: to the byte, as every version wrote it."""

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
                "value": {"precise": "300", "decimal": "3.00", "precision": "100", "currency": "USD"},
            }
        ],
        "trigger": "TRIGGER_KIND_EDGE",
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
    },
    "createTime": "2026-02-01T12:00:00Z",
}


def frozen_or_not(state: str, **more: str) -> dict[str, Any]:
    balance = TILL_SHOWN | {"state": f"BALANCE_STATE_{state}", "figures": MOVED_SHOWN}
    return {"balance": {"balance": balance, **more}}


SHOWN: dict[EventKind, dict[str, Any]] = {
    EventKind.LEDGER_CREATED: {"ledger": {"ledger": {"id": LEDGER, "name": "Books"}}},
    EventKind.LEDGER_PERIOD_CLOSED: {
        "ledger": {"ledger": {"id": LEDGER, "name": "Books", "closedBefore": "2026-02-01T12:00:00Z"}}
    },
    EventKind.BALANCE_CREATED: {"balance": {"balance": TILL_SHOWN | {"state": "BALANCE_STATE_OPEN"}}},
    EventKind.BALANCE_FROZEN: frozen_or_not("FROZEN", reason="lost card"),
    EventKind.BALANCE_UNFROZEN: frozen_or_not("OPEN"),
    EventKind.BALANCE_CLOSED: frozen_or_not("CLOSED"),
    EventKind.IDENTITY_CREATED: {"identity": {"identityId": IDENTITY}},
    EventKind.IDENTITY_UPDATED: {"identity": {"identityId": IDENTITY}},
    EventKind.MONITOR_FIRED: {"monitor": FIRED_SHOWN},
    EventKind.BATCH_FINISHED: {"batch": {"batch": BATCH_SHOWN}},
}


NOT_GIVEN = (
    "UNSPECIFIED",
    "MONITOR_CLEARED",
    "IDENTITY_ERASED",
    "RECONCILIATION_FINISHED",
    "RECONCILIATION_DIFFERENCE_FOUND",
)


# The text ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", EventKind)
def test_a_payload_is_written_to_the_byte_and_read_back(kind: EventKind) -> None:
    payload, text = EVENTS[kind]
    assert event_payloads.to_json(payload) == text
    assert event_payloads.to_json(payload, "d1") == f'{text[:-1]}, "settings_digest": "d1"}}'
    for stored in (text, event_payloads.to_json(payload, "d1")):
        assert event_payloads.from_json(kind, stored) == payload


def test_every_payload_class_has_an_example() -> None:
    assert {type(payload) for payload, _ in EVENTS.values()} == set(get_args(model.Payload))


OLDER = [
    (EventKind.BALANCE_CREATED, model.BalanceCreated(**TILL), TILL_TEXT[: TILL_TEXT.index(', "ledger_id"')] + "}"),
    (
        EventKind.BALANCE_CREATED,
        model.BalanceCreated(**TILL | {"indicator": "@World"}, ledger_id=LEDGER),
        f'{{"balance_id": "{BALANCE}", "ledger_id": "{LEDGER}", "indicator": "@World", "currency": "USD",'
        ' "precision": "100", "settings_digest": "d1"}',
    ),
    (EventKind.BATCH_FINISHED, finished(), f"{BATCH_TEXT}}}"),
]


@pytest.mark.parametrize(("kind", "payload", "text"), OLDER)
def test_what_earlier_versions_wrote_is_read(kind: EventKind, payload: model.Payload, text: str) -> None:
    assert event_payloads.from_json(kind, text) == payload


def test_a_batch_that_was_not_accepted_first_says_nothing_of_it() -> None:
    assert event_payloads.to_json(finished()) == f"{BATCH_TEXT}}}"


# What subscribers are shown ----------------------------------------------------------------------


async def test_subscribers_are_shown_what_was_written(connection: asyncpg.Connection) -> None:
    plan = a.plan()
    written = [Event(kind, payload) for kind, (payload, _) in EVENTS.items()]
    rows = [event_writer.event_row(plan, ordinal, event) for ordinal, event in enumerate(written, start=1)]
    await event_writer.write_journal(connection, plan, rows)
    head = await tick(connection)
    assert head == 1
    page = await read_page(connection, whole("epoch", 0, GENESIS), Channel.EVENTS, head=head)
    told = [MessageToDict(events.show(entry).event) for entry in page.entries]
    assert [event.pop("kind") for event in told] == [f"EVENT_KIND_{kind}" for kind in SHOWN]
    for event, shown in zip(told, SHOWN.values(), strict=True):
        assert event.pop("time") == "2026-01-02T12:00:00Z"
        del event["cursor"]
        assert event == shown


def test_every_kind_of_the_contract_has_a_source() -> None:
    """It is told of a transaction, or of an event that the core knows, or it is not given yet."""
    of_transactions = {*events.NEW_TRANSACTIONS.values(), *events.CHANGED_TRANSACTIONS.values()}
    of_events = {event_pb2.EventKind.Value(f"EVENT_KIND_{kind}") for kind in EventKind if kind not in NOT_SHOWN}
    not_given = {event_pb2.EventKind.Value(f"EVENT_KIND_{kind}") for kind in NOT_GIVEN}
    assert sorted([*of_transactions, *of_events, *not_given]) == sorted(event_pb2.EventKind.values())
    assert EVENTS.keys() == set(EventKind) == SHOWN.keys() | NOT_SHOWN
