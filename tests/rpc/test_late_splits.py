"""Deferred splits that take what is available: they get their legs when they are applied."""

from typing import Any

import asyncpg
import pytest
from ledgerapi.v1 import balance_pb2, draft_pb2, ledger_service_pb2, operation_pb2, transaction_pb2

from tests.conftest import Begin, Server
from tests.rpc import wire
from tests.rpc.deferred import approve, cancel, deny, kinds, outcome_of, prove, reschedule, status
from tests.rpc.test_splits import legs_of, precise

pb = wire.pb
ALL: dict[str, Any] = {}


def purchase(reference: str, amount: int = 100, points: dict[str, Any] = ALL, **more: Any) -> draft_pb2.Draft:
    """Points first, and the card pays the remainder."""
    draft = wire.draft(reference, "", "@Shop", amount, **more)
    draft.sources.shares.add(balance="@Points", available=points)
    draft.sources.shares.add(balance="@Card", remainder=True)
    return draft


def payout(reference: str, till: str = "@Till", **more: Any) -> draft_pb2.Draft:
    """All that the till has: a tenth is taxed."""
    draft = wire.draft(reference, till, "", 0, **{"available": ALL, **more})
    draft.destinations.shares.add(balance="@Tax", percent="10")
    draft.destinations.shares.add(balance="@Bank", remainder=True)
    return draft


async def fund(server: Server, **amounts: int) -> None:
    for name, amount in amounts.items():
        await wire.record(server, wire.from_world(f"{name} {amount}", f"@{name}", amount))


async def balances(server: Server, *names: str) -> list[int]:
    return [await wire.balance(server, f"@{name}") for name in names]


async def deferred_of(server: Server, name: str) -> tuple[str, str]:
    request = ledger_service_pb2.GetBalanceRequest(
        indicator_key={"indicator": f"@{name}", "currency": "USD"}, view=balance_pb2.BALANCE_VIEW_DEFERRED
    )
    balance = (await server.ledgers.GetBalance(request)).balance
    return balance.deferred_debit.precise, balance.deferred_credit.precise


async def test_a_queued_payout_takes_what_is_there_when_it_is_applied(
    server: Server, connection: asyncpg.Connection
) -> None:
    watching = await wire.watch(server)
    await fund(server, Till=100)
    asked = payout("p", require_review=True, group="g", tag="t")
    answer = await wire.record(server, asked)
    header = answer.transaction
    assert (status(header), list(answer.legs), list(header.leg_ids)) == ("IN_REVIEW", [], [])
    assert (header.amount.precise, header.amount.currency, header.HasField("available")) == ("", "USD", True)
    assert await deferred_of(server, "Till") == ("0", "0")
    await fund(server, Till=900)
    preview = (await approve(server, header.id, preview=True)).amended
    applied = (await approve(server, header.id)).amended
    assert (status(preview), preview.amount.precise) == (status(applied), applied.amount.precise) == ("APPLIED", "1000")
    legs = await legs_of(server, applied)
    assert (precise(legs), {leg.tag for leg in legs}, {leg.group for leg in legs}) == ([100, 900], {"t"}, {"g"})
    assert await balances(server, "Till", "Tax", "Bank") == [0, 100, 900]
    again = await wire.record(server, asked)
    assert (again.replayed, again.transaction) == (True, applied)
    conflict = await wire.rejection(wire.record(server, payout("p", require_review=True, group="g")))
    assert (conflict.reason, conflict.details["fields"]) == ("REFERENCE_CONFLICT", "tag")
    events = (await watching.events(7))[1:]
    assert kinds(events) == ["IN_REVIEW", "APPLIED", "APPROVED", "APPLIED", "APPLIED", "APPLIED"]
    told = [event.transaction.transaction for event in events if event.transaction.transaction.reference == "p"]
    assert [list(transaction.leg_ids) for transaction in told] == [[], [], list(applied.leg_ids)]
    assert [transaction.amount.precise for transaction in told] == ["", "", "1000"]
    assert [event.transaction.transaction.id for event in events[-2:]] == list(applied.leg_ids)
    await prove(connection)


@pytest.mark.yesterday
async def test_a_scheduled_purchase_takes_points_first(
    server: Server, connection: asyncpg.Connection, begin_timed_work: Begin
) -> None:
    await fund(server, Points=30, Card=500)
    drafts = [
        purchase("both", scheduled_time=wire.due()),
        purchase("card alone", 50, scheduled_time=wire.due(1)),
        purchase("too much", 381, scheduled_time=wire.due(2)),
        purchase("held", 50, scheduled_time=wire.due(3), inflight=True, inflight_expiry_time=wire.in_seconds(3_600)),
    ]
    accepted = [(await wire.record(server, draft)).transaction for draft in drafts]
    assert {transaction.amount.precise for transaction in accepted} == {"100", "50", "381"}
    assert [await deferred_of(server, name) for name in ("Points", "Card", "Shop")] == [("0", "0")] * 3
    rejection = await wire.rejection(wire.resolve(server, wire.commit(accepted[-1].id)))
    assert (rejection.reason, rejection.details["status"]) == ("HOLD_NOT_IN_PLACE", "SCHEDULED")
    await begin_timed_work()
    done = [await outcome_of(server, transaction.id) for transaction in accepted]
    assert [status(transaction) for transaction in done] == ["APPLIED", "APPLIED", "REJECTED", "INFLIGHT"]
    legs = [[(leg.source_indicator, leg.amount.precise) for leg in await legs_of(server, each)] for each in done]
    assert legs == [[("@Points", "30"), ("@Card", "70")], [("@Card", "50")], [], [("@Card", "50")]]
    rejection = wire.of_rejection(done[2].rejection)
    assert (rejection.reason, rejection.details["field"]) == ("INSUFFICIENT_FUNDS", "sources.shares[1]")
    await wire.resolve(server, wire.commit(accepted[-1].id, 20, "part"))
    await wire.resolve(server, wire.void(accepted[-1].id))
    assert await balances(server, "Points", "Card", "Shop") == [0, 360, 170]
    refund = operation_pb2.RefundTransaction(target=wire.target(done[0].id), reference="back")
    await server.transactions.RefundTransaction(pb.RefundTransactionRequest(refund=refund))
    assert await balances(server, "Points", "Card", "Shop") == [30, 430, 70]
    assert (await wire.record(server, drafts[0])).replayed
    await prove(connection)


async def test_the_bound_of_a_share_binds_when_it_is_applied(server: Server, connection: asyncpg.Connection) -> None:
    await fund(server, Points=30, Card=500)
    header = (await wire.record(server, purchase("p", 100, {"at_most": {"precise": "20"}}, queue=True))).transaction
    assert precise(await legs_of(server, await outcome_of(server, header.id))) == [20, 80]
    swept = (
        await wire.record(server, payout("s", "@Card", available={"at_most": {"precise": "70"}}, queue=True))
    ).transaction
    assert precise(await legs_of(server, await outcome_of(server, swept.id))) == [7, 63]
    await prove(connection)


async def test_where_nothing_is_available_it_is_rejected_under_its_id(
    server: Server, connection: asyncpg.Connection
) -> None:
    watching = await wire.watch(server)
    header = (await wire.record(server, payout("p", queue=True))).transaction
    rejected = await outcome_of(server, header.id)
    assert (rejected.id, status(rejected), list(rejected.leg_ids)) == (header.id, "REJECTED", [])
    assert wire.of_rejection(rejected.rejection).reason == "NOTHING_AVAILABLE"
    assert kinds(await watching.events(2)) == ["QUEUED", "REJECTED"]
    assert (await wire.record(server, payout("p", queue=True))).transaction == rejected
    refund = operation_pb2.RefundTransaction(target=wire.target(header.id), reference="back")
    rejection = await wire.rejection(server.transactions.RefundTransaction(pb.RefundTransactionRequest(refund=refund)))
    assert (rejection.reason, rejection.details["status"]) == ("NOT_REFUNDABLE", "REJECTED")
    await prove(connection)


@pytest.mark.yesterday
async def test_it_is_cancelled_rescheduled_and_denied(server: Server, connection: asyncpg.Connection) -> None:
    await fund(server, Points=30, Card=500)
    off = (await wire.record(server, purchase("off", scheduled_time=wire.in_seconds(3_600)))).transaction
    await cancel(server, off.id)
    denied = (await wire.record(server, purchase("denied", require_review=True))).transaction
    await deny(server, denied.id)
    moved = (await wire.record(server, purchase("moved", scheduled_time=wire.in_seconds(3_600)))).transaction
    await reschedule(server, moved.id, wire.due())
    assert status(await outcome_of(server, moved.id)) == "APPLIED"
    now = [await wire.transaction(server, transaction_id=header.id) for header in (off, denied)]
    assert [(status(header), list(header.leg_ids)) for header in now] == [("CANCELLED", []), ("REJECTED", [])]
    assert (await wire.rejection(cancel(server, moved.id, "late"))).reason == "NOT_DEFERRED"
    assert await balances(server, "Points", "Card", "Shop") == [0, 430, 100]
    await prove(connection)


async def test_the_balances_that_it_names_stay_open_until_then(server: Server) -> None:
    till, jar = await wire.open_balance(server), await wire.open_balance(server)
    draft = wire.draft("s", "", "", 100, require_review=True)
    draft.sources.shares.add(balance=till, available=ALL)
    draft.sources.shares.add(balance="@Card", remainder=True)
    draft.destinations.shares.add(balance=jar, percent="60")
    draft.destinations.shares.add(balance="@Shop", remainder=True)
    deferred = (await wire.record(server, draft)).transaction
    for balance in (till, jar):
        closing = server.ledgers.CloseBalance(ledger_service_pb2.CloseBalanceRequest(balance_id=balance))
        rejection = await wire.rejection(closing)
        assert (rejection.reason, rejection.details["deferred"]) == ("BALANCE_NOT_EMPTY", "1")
    await cancel(server, deferred.id)
    for balance in (till, jar):
        await server.ledgers.CloseBalance(ledger_service_pb2.CloseBalanceRequest(balance_id=balance))
    draft.reference = "again"
    assert (await wire.rejection(wire.record(server, draft))).reason == "BALANCE_CLOSED"


async def test_what_can_never_divide_is_rejected_at_once(server: Server) -> None:
    bounded: dict[str, Any] = {"at_most": {"precise": "40"}}
    short = wire.draft("short", "", "@Shop", 100, queue=True)
    for name in ("@A", "@B"):
        short.sources.shares.add(balance=name, available=bounded)
    over = payout("over", available=bounded, queue=True)
    over.destinations.shares.add(balance="@More", precise_amount="41")
    fine = payout("fine", queue=True)
    fine.destinations.shares.add(balance="@More", amount="0.001")
    rejections = [await wire.rejection(wire.record(server, draft)) for draft in (short, over, fine)]
    assert [(rejection.reason, rejection.details["field"]) for rejection in rejections] == [
        ("INSUFFICIENT_FUNDS", "sources.shares"),
        ("SPLIT_INVALID", "destinations.shares[2]"),
        ("AMOUNT_TOO_PRECISE", "destinations.shares[2]"),
    ]


async def test_its_sources_cover_it_now_where_that_is_asked(server: Server) -> None:
    await fund(server, Points=30, Card=100, Till=5)
    covered: dict[str, Any] = {"require_review": True, "check_deferred": True}
    await wire.record(server, wire.draft("first", "@Points", "@Shop", 10, **covered))
    await wire.record(server, purchase("enough", 120, **covered))
    rejection = await wire.rejection(wire.record(server, purchase("too much", 121, **covered)))
    assert (rejection.reason, rejection.details["requested"], rejection.details["available"]) == (
        "INSUFFICIENT_FUNDS",
        "101",
        "100",
    )
    await wire.record(server, wire.draft("second", "@Till", "@Shop", 5, **covered))
    rejection = await wire.rejection(wire.record(server, payout("p", **covered)))
    assert (rejection.reason, rejection.details["deferred"]) == ("NOTHING_AVAILABLE", "5")


@pytest.mark.parametrize("mode", [wire.ATOMIC, wire.INDEPENDENT], ids=["atomic", "independent"])
async def test_a_batch_has_the_legs_that_came_late(server: Server, connection: asyncpg.Connection, mode: Any) -> None:
    """Approved and refunded with its batch; in the end everything is where it was."""
    await fund(server, Points=30, Card=500)
    members = [wire.post(wire.draft("now", "@Card", "@Shop", 5)), wire.post(purchase("late", require_review=True))]
    answer = await wire.batch(server, members, mode)
    assert wire.outcomes(answer.results) == ["posted"] * 2
    assert (await approve(server, answer.batch.id)).transaction_count == 1
    refund = operation_pb2.RefundTransaction(target=wire.target(answer.batch.id), reference="back")
    refunded = await server.transactions.RefundTransaction(pb.RefundTransactionRequest(refund=refund))
    assert precise(refunded.legs) == [70, 30, 5]
    assert await balances(server, "Points", "Card", "Shop") == [30, 500, 0]
    again = await wire.batch(server, members, mode)
    assert [result.posted.replayed for result in again.results] == [True, True]
    await prove(connection)


@pytest.mark.yesterday
async def test_a_refund_can_be_scheduled_before_it_is_applied(
    server: Server, connection: asyncpg.Connection, begin_timed_work: Begin
) -> None:
    await fund(server, Points=30, Card=500)
    header = (await wire.record(server, purchase("p", scheduled_time=wire.due()))).transaction

    async def refund(reference: str, **more: Any) -> transaction_pb2.Transaction:
        asked = operation_pb2.RefundTransaction(
            target=wire.target(header.id), reference=reference, scheduled_time=wire.due(60), **more
        )
        return (await server.transactions.RefundTransaction(pb.RefundTransactionRequest(refund=asked))).transaction

    assert (await wire.rejection(refund("part", precise_amount="5"))).reason == "NOT_REFUNDABLE"
    whole = await refund("whole")
    await begin_timed_work()
    assert (await outcome_of(server, whole.id)).amount.precise == "100"
    assert await balances(server, "Points", "Card", "Shop") == [30, 500, 0]
    await prove(connection)
