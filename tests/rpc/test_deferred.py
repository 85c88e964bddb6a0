"""Deferred transactions as callers see them: their times, and what else looks at them meanwhile."""

import asyncio
from datetime import UTC
from typing import Any

import asyncpg
import pytest
from google.protobuf import duration_pb2
from ledgerapi.v1 import admin_service_pb2, balance_pb2, ledger_service_pb2, operation_pb2, transaction_pb2

from tests.conftest import Begin, Server, Yesterday, start_server, stop_server
from tests.rpc import wire
from tests.rpc.deferred import accept, approve, cancel, kinds, outcome_of, prove, reschedule, status

pb = wire.pb


# Times -----------------------------------------------------------------------------------------


@pytest.mark.yesterday
async def test_a_scheduled_draft_is_applied_when_it_is_due(server: Server, connection: asyncpg.Connection) -> None:
    watching = await wire.watch(server)
    due = wire.in_seconds(0.4)
    accepted = await accept(server, "s", 5, scheduled_time=due)
    assert (status(accepted), accepted.scheduled_time) == ("SCHEDULED", due)
    applied = await outcome_of(server, accepted.id)
    assert status(applied) == "APPLIED"
    assert await connection.fetchval("SELECT clock_timestamp()") >= due.ToDatetime(UTC)
    assert kinds(await watching.events(2)) == ["SCHEDULED", "APPLIED"]
    await prove(connection)


@pytest.mark.parametrize(
    "change",
    [
        {"scheduled_time": {"seconds": 1_000}},
        {"queue": True, "inflight": True, "inflight_expiry_time": {"seconds": 1_000}},
        {
            "scheduled_time": {"seconds": 4_000_000_000},
            "inflight": True,
            "inflight_expiry_time": {"seconds": 3_999_999_999},
        },
    ],
)
async def test_times_must_be_ahead_and_in_order(server: Server, change: Any) -> None:
    assert (await wire.rejection(accept(server, "s", 5, **change))).reason == "SCHEDULE_IN_PAST"


async def test_a_hold_that_would_have_expired_is_rejected(
    dsn: str, connection: asyncpg.Connection, begin_timed_work: Begin
) -> None:
    """It was accepted in time, and then nobody worked for a day."""
    server = await start_server(dsn, clock=Yesterday())
    times = {"scheduled_time": wire.due(1), "inflight_expiry_time": wire.due(2)}
    held = await accept(server, "h", 5, inflight=True, **times)
    await stop_server(server)
    server = await start_server(dsn)
    await begin_timed_work()
    rejected = await outcome_of(server, held.id)
    assert wire.of_rejection(rejected.rejection).reason == "SCHEDULE_IN_PAST"
    await stop_server(server)
    await prove(connection)


@pytest.mark.yesterday
async def test_a_refund_returns_what_remains_when_it_is_due(
    server: Server, connection: asyncpg.Connection, begin_timed_work: Begin
) -> None:
    points = (await wire.record(server, wire.from_world("points", "@Member", 100))).transaction
    asked = operation_pb2.RefundTransaction(
        target=wire.target(points.id), reference="expiry", scheduled_time=wire.due()
    )
    refund = await server.transactions.RefundTransaction(pb.RefundTransactionRequest(refund=asked))
    assert (status(refund.transaction), refund.refunded.refund.remaining.precise) == ("SCHEDULED", "100")
    assert refund.transaction.amount == wire.UNDECIDED
    part = operation_pb2.RefundTransaction(target=wire.target(points.id), reference="part", precise_amount="30")
    await server.transactions.RefundTransaction(pb.RefundTransactionRequest(refund=part))
    await begin_timed_work()
    given = await outcome_of(server, refund.transaction.id)
    assert (status(given), given.amount.precise) == ("APPLIED", "70")
    assert await wire.balance(server, "@Member") == 0
    assert (await server.transactions.RefundTransaction(pb.RefundTransactionRequest(refund=asked))).replayed
    await prove(connection)


@pytest.mark.yesterday
async def test_what_is_deferred_can_be_refunded_later_but_not_now(server: Server, begin_timed_work: Begin) -> None:
    deferred = await accept(server, "s", 5, scheduled_time=wire.due(1))
    now = operation_pb2.RefundTransaction(target=wire.target(deferred.id), reference="now")
    rejection = await wire.rejection(server.transactions.RefundTransaction(pb.RefundTransactionRequest(refund=now)))
    assert (rejection.reason, rejection.details["status"]) == ("NOT_REFUNDABLE", "SCHEDULED")
    later = operation_pb2.RefundTransaction(
        target=wire.target(deferred.id), reference="later", scheduled_time=wire.due(2)
    )
    refund = await server.transactions.RefundTransaction(pb.RefundTransactionRequest(refund=later))
    await begin_timed_work()
    assert status(await outcome_of(server, refund.transaction.id)) == "APPLIED"
    assert await wire.balance(server, "@Sales") == 0


# What else looks at what is deferred -----------------------------------------------------------


async def test_what_is_deferred_must_be_covered_where_that_is_asked(server: Server) -> None:
    till = await wire.open_balance(server)
    await wire.record(server, wire.from_world("open", till, 10))
    times = {"scheduled_time": wire.in_seconds(3_600), "check_deferred": True}

    async def ask(reference: str, amount: int) -> transaction_pb2.Transaction:
        return (await wire.record(server, wire.draft(reference, till, "@Sales", amount, **times))).transaction

    first = await ask("a", 7)
    rejection = await wire.rejection(ask("b", 4))
    assert (rejection.reason, rejection.details) == (
        "INSUFFICIENT_FUNDS",
        {"balance": till, "requested": "4", "available": "10", "deferred": "7"},
    )
    assert status(await ask("b", 3)) == "SCHEDULED"
    await cancel(server, first.id)
    drafts = [wire.post(wire.draft(f"c-{n}", till, "@Sales", 4, **times)) for n in range(3)]
    assert wire.outcomes((await wire.batch(server, drafts)).results) == ["posted", *["INSUFFICIENT_FUNDS"] * 2]


async def test_a_preview_of_what_must_be_covered_by_a_balance_that_is_not_there_yet(server: Server) -> None:
    draft = wire.draft("a", "@Nobody", "@Sales", 4, queue=True, check_deferred=True)
    rejection = await wire.rejection(wire.record(server, draft, preview=True))
    assert (rejection.reason, rejection.details["deferred"]) == ("INSUFFICIENT_FUNDS", "0")
    draft.allow_overdraft = True
    assert status((await wire.record(server, draft, preview=True)).transaction) == "QUEUED"


async def test_a_preview_keeps_apart_what_would_be_deferred_in_two_currencies(server: Server) -> None:
    """On internal balances of one name that do not exist yet."""
    covered = {"queue": True, "check_deferred": True, "allow_overdraft": True, "precise_overdraft_limit": "5"}
    drafts = [
        wire.draft(currency, "@Nobody", "@Anybody", 4, currency=currency, precision=100, **covered)
        for currency in ("EUR", "USD")
    ]
    answer = await wire.batch(server, [wire.post(draft) for draft in drafts], validate_only=True)
    assert wire.outcomes(answer.results) == ["posted", "posted"]


async def test_queued_figures_are_told_on_request(server: Server) -> None:
    till = await wire.open_balance(server)
    later = {"scheduled_time": wire.in_seconds(3_600)}
    await wire.record(server, wire.from_world("in", till, 7, **later))
    await wire.record(server, wire.draft("out", till, "@Sales", 5, require_review=True))
    view = balance_pb2.BALANCE_VIEW_DEFERRED
    shown = (await server.ledgers.GetBalance(ledger_service_pb2.GetBalanceRequest(balance_id=till, view=view))).balance
    assert (shown.deferred_debit.precise, shown.deferred_credit.decimal) == ("5", "0.07")
    key = {"indicator": "@Sales", "currency": "USD"}
    named = await server.ledgers.GetBalance(ledger_service_pb2.GetBalanceRequest(indicator_key=key, view=view))
    assert (named.balance.deferred_debit.precise, named.balance.deferred_credit.precise) == ("0", "5")
    many = await server.ledgers.BatchGetBalances(
        ledger_service_pb2.BatchGetBalancesRequest(balance_ids=[till], view=view)
    )
    assert many.balances[0].deferred_debit.precise == "5"
    listed = await server.ledgers.ListBalances(ledger_service_pb2.ListBalancesRequest(view=view))
    assert {balance.id: balance.deferred_credit.precise for balance in listed.balances}[till] == "7"
    plain = await server.ledgers.GetBalance(ledger_service_pb2.GetBalanceRequest(balance_id=till))
    assert not plain.balance.HasField("deferred_debit")


async def test_a_balance_with_something_deferred_cannot_be_closed(server: Server) -> None:
    till = await wire.open_balance(server)
    deferred = (await wire.record(server, wire.draft("r", till, "@Sales", 5, require_review=True))).transaction
    close = ledger_service_pb2.CloseBalanceRequest(balance_id=till)
    rejection = await wire.rejection(server.ledgers.CloseBalance(close))
    assert (rejection.reason, rejection.details["deferred"]) == ("BALANCE_NOT_EMPTY", "1")
    await cancel(server, deferred.id)
    await server.ledgers.CloseBalance(close)
    rejection = await wire.rejection(wire.record(server, wire.from_world("q", till, 5, queue=True)))
    assert rejection.reason == "BALANCE_CLOSED"


async def test_a_list_of_a_balance_has_what_moved_it_and_what_did_not(server: Server) -> None:
    till = await wire.open_balance(server)
    for number in range(3):
        await wire.record(server, wire.from_world(f"now-{number}", till, 1))
        await wire.record(server, wire.from_world(f"later-{number}", till, 1, require_review=True))
    in_order = ["later-2", "now-2", "later-1", "now-1", "later-0", "now-0"]
    everything = await wire.listed(server, f'balance_id = "{till}"')
    assert [transaction.reference for transaction in everything] == in_order
    request = pb.ListTransactionsRequest(filter=f'balance_id = "{till}"', page_size=4, include_total=True)
    page = await server.transactions.ListTransactions(request)
    assert page.total_size == 6
    request.page_token = page.next_page_token
    page = await server.transactions.ListTransactions(request)
    assert [transaction.reference for transaction in page.transactions] == in_order[4:]
    deferred = await wire.listed(server, f'balance_id = "{till}" AND status = IN_REVIEW')
    assert [transaction.reference for transaction in deferred] == ["later-2", "later-1", "later-0"]
    request = pb.ListTransactionsRequest(filter=f'balance_id = "{till}"', order_by="record_time")
    recorded = (await server.transactions.ListTransactions(request)).transactions
    in_order = ["now-0", "now-1", "now-2", "later-0", "later-1", "later-2"]
    assert [transaction.reference for transaction in recorded] == in_order
    assert len(await wire.listed(server)) == 6


async def test_what_is_applied_between_two_pages_is_not_left_out(server: Server) -> None:
    till = await wire.open_balance(server)
    await wire.record(server, wire.from_world("now", till, 1))
    for number in range(3):
        await wire.record(server, wire.from_world(f"later-{number}", till, 1, require_review=True))
    for order in ("create_time", "create_time desc", "record_time", "record_time desc"):
        request = pb.ListTransactionsRequest(filter=f'balance_id = "{till}"', page_size=2, order_by=order)
        page = await server.transactions.ListTransactions(request)
        found = {transaction.reference for transaction in page.transactions}
        deferred = await wire.listed(server, f'balance_id = "{till}" AND status = IN_REVIEW')
        unseen = [transaction.id for transaction in deferred if transaction.reference not in found]
        if unseen:
            await approve(server, unseen[0])
        while page.next_page_token:
            request.page_token = page.next_page_token
            page = await server.transactions.ListTransactions(request)
            found |= {transaction.reference for transaction in page.transactions}
        assert found == {"now", "later-0", "later-1", "later-2"}, order


async def test_monitors_fire_when_it_is_applied(server: Server) -> None:
    watching = await wire.watch_monitors(server)
    till = await wire.open_balance(server)
    await wire.monitor(server, "BALANCE", "GREATER", 3, balance_id=till)
    flagged = (await wire.record(server, wire.from_world("r", till, 5, require_review=True))).transaction
    await wire.record(server, wire.from_world("now", till, 1))
    await approve(server, flagged.id)
    (event,) = await watching.events(1)
    assert event.monitor.transaction_id == flagged.id


async def test_a_period_that_was_closed_meanwhile_rejects_what_is_effective_in_it(
    server: Server, connection: asyncpg.Connection
) -> None:
    flagged = await accept(server, "r", 5, require_review=True, effective_time={"seconds": 999})
    close = admin_service_pb2.ClosePeriodRequest(ledger_id=wire.GENERAL_LEDGER, closed_before={"seconds": 1_000})
    await server.admin.ClosePeriod(close)
    rejected = (await approve(server, flagged.id)).amended
    assert wire.of_rejection(rejected.rejection).reason == "PERIOD_CLOSED"
    rejection = await wire.rejection(accept(server, "s", 5, queue=True, effective_time={"seconds": 999}))
    assert rejection.reason == "PERIOD_CLOSED"
    await server.admin.ClosePeriod(
        admin_service_pb2.ClosePeriodRequest(ledger_id=wire.GENERAL_LEDGER, closed_before={"seconds": 900}, reopen=True)
    )
    again = await accept(server, "t", 5, queue=True, effective_time={"seconds": 999})
    assert status(await outcome_of(server, again.id)) == "APPLIED"
    await server.admin.ClosePeriod(close)
    await prove(connection)


@pytest.mark.tuned(wait_margin_seconds=60)
async def test_a_wait_ends_with_its_time_out(server: Server) -> None:
    deferred = await accept(server, "r", 5, require_review=True)
    request = pb.WaitTransactionRequest(reference="r", timeout=duration_pb2.Duration(nanos=50_000_000))
    answer = await server.transactions.WaitTransaction(request)
    assert (answer.deferred, status(answer.transaction)) == (True, "IN_REVIEW")
    # With such a margin the answer comes in time however slow this machine is.
    request = pb.WaitTransactionRequest(transaction_id=deferred.id)
    answer = await server.transactions.WaitTransaction(request, timeout=60.3)
    assert answer.deferred
    rejection = await wire.rejection(outcome_of(server, deferred.id, seconds=601))
    assert rejection.fields == ("timeout",)


async def test_many_waits_are_answered_by_one_approval(server: Server) -> None:
    deferred = await accept(server, "r", 5, require_review=True)
    calls = [asyncio.create_task(outcome_of(server, deferred.id)) for _ in range(50)]
    await accept(server, "other", 1)
    await approve(server, deferred.id)
    assert {status(transaction) for transaction in await asyncio.gather(*calls)} == {"APPLIED"}


@pytest.mark.yesterday
async def test_a_subscriber_from_the_first_cursor_is_told_each_life_as_it_was(server: Server) -> None:
    watching = await wire.watch(server)
    start = watching.cursor
    flagged = await accept(server, "r", 5, require_review=True, scheduled_time=wire.in_seconds(3_600))
    await reschedule(server, flagged.id, wire.in_seconds(7_200))
    await approve(server, flagged.id)
    soon = wire.due()
    await reschedule(server, flagged.id, soon, "soon")
    await outcome_of(server, flagged.id)
    live = await watching.events(5)
    late = await (await wire.watch(server, after_cursor=start)).events(5)
    assert late == live
    assert kinds(late) == ["IN_REVIEW", "RESCHEDULED", "APPROVED", "RESCHEDULED", "APPLIED"]
    statuses = [status(event.transaction.transaction) for event in late]
    assert statuses == ["IN_REVIEW", "IN_REVIEW", "SCHEDULED", "SCHEDULED", "APPLIED"]
    assert [event.transaction.transaction.review.on_behalf_of for event in late] == ["", "", "ada", "ada", "ada"]
    assert [event.transaction.transaction.HasField("source_figures") for event in late] == [False] * 4 + [True]
