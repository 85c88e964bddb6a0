"""All that is available, as callers ask for it: sweeps, points that expire, refunds as far as there is money."""

import asyncio
from typing import Any

import pytest
from ledgerapi.v1 import amount_pb2, draft_pb2, operation_pb2, transaction_pb2

from tests.conftest import Server
from tests.rpc import wire

pb = wire.pb
ALL: dict[str, Any] = {}


def sweep(reference: str, source: str, destination: str = "@Bank", **more: Any) -> draft_pb2.Draft:
    return wire.draft(reference, source, destination, 0, **{"available": ALL, **more})


async def fund(server: Server, name: str, amount: int, reference: str = "fund") -> None:
    await wire.record(server, wire.from_world(reference, name, amount))


async def test_a_sweep_takes_everything_and_says_what_was_asked(server: Server) -> None:
    await fund(server, "@Till", 120)
    await wire.record(server, wire.draft("held", "@Till", "@Shop", 20, inflight=True))
    preview = (await wire.record(server, sweep("s", "@Till"), preview=True)).transaction
    swept = (await wire.record(server, sweep("s", "@Till"))).transaction
    assert preview.amount.precise == swept.amount.precise == "100"
    assert swept.HasField("available")
    assert not swept.available.HasField("at_most")
    assert await wire.balance(server, "@Till") == 20
    await fund(server, "@Till", 5, "more")
    again = await wire.record(server, sweep("s", "@Till"))
    assert (again.replayed, again.transaction.amount.precise) == (True, "100")
    conflict = await wire.rejection(wire.record(server, sweep("s", "@Till", available={"at_most": {"precise": "100"}})))
    assert (conflict.reason, conflict.details["fields"]) == ("REFERENCE_CONFLICT", "available")
    stored = await wire.transaction(server, reference="s")
    assert stored == swept


async def test_at_most_so_much_in_either_spelling_or_both(server: Server) -> None:
    await fund(server, "@Till", 1_000)
    spellings: tuple[dict[str, Any], ...] = (
        {"precise": "30"},
        {"decimal": "0.30"},
        {"decimal": "0.30", "precise": "30", "precision": 100, "currency": "USD"},
    )
    for number, at_most in enumerate(spellings):
        draft = sweep(f"s{number}", "@Till", available={"at_most": at_most})
        moved = (await wire.record(server, draft)).transaction
        assert (moved.amount.precise, moved.available.at_most.decimal) == ("30", "0.30")
    again = await wire.record(server, sweep("s0", "@Till", available={"at_most": {"decimal": "0.3"}}))
    assert again.replayed


@pytest.mark.parametrize(
    ("at_most", "field"),
    [
        ({}, "at_most"),
        ({"decimal": "1.0e3"}, "at_most.decimal"),
        ({"precise": "-1"}, "at_most.precise"),
        ({"precise": "1", "precision": 7}, "at_most.precision"),
        ({"precise": "1", "currency": "usd"}, "at_most.currency"),
        ({"precise": "100", "decimal": "1.00"}, "at_most.precision"),
        ({"precise": "100", "decimal": "1.01", "precision": 100}, "at_most"),
    ],
)
async def test_a_malformed_bound_is_named(server: Server, at_most: dict[str, Any], field: str) -> None:
    rejection = await wire.rejection(wire.record(server, sweep("s", "@Till", available={"at_most": at_most})))
    assert (rejection.reason, rejection.fields) == ("FIELD_INVALID", (f"draft.available.{field}",))
    refund = operation_pb2.RefundTransaction(reference="f", available={"at_most": at_most})
    asking = server.transactions.RefundTransaction(pb.RefundTransactionRequest(refund=refund))
    assert f"refund.available.{field}" in (await wire.rejection(asking)).fields


@pytest.mark.parametrize(
    ("at_most", "reason"),
    [
        ({"precise": "0"}, "AMOUNT_OUT_OF_BOUNDS"),
        ({"decimal": "0.001"}, "AMOUNT_TOO_PRECISE"),
        ({"precise": "1", "currency": "EUR"}, "CURRENCY_MISMATCH"),
        ({"precise": "1", "precision": 1_000}, "PRECISION_MISMATCH"),
    ],
)
async def test_a_bound_must_be_one_of_the_balance(server: Server, at_most: dict[str, Any], reason: str) -> None:
    await fund(server, "@Till", 100)
    asked = sweep("s", "@Till", available={"at_most": at_most})
    assert (await wire.rejection(wire.record(server, asked))).reason == reason


async def test_nothing_is_available_beyond_a_floor_and_a_ceiling_never_shrinks_it(server: Server) -> None:
    saver = await wire.open_balance(server)
    await fund(server, saver, 100)
    await _set(server, saver, floor=100)
    rejection = await wire.rejection(wire.record(server, sweep("s", saver)))
    assert rejection.reason == "NOTHING_AVAILABLE"
    assert rejection.details == {"balance": saver, "available": "100", "floor": "100"}
    await _set(server, saver, floor=-50)
    jar = await wire.open_balance(server)
    await _set(server, jar, ceiling=149)
    overdrawn = sweep("o", saver, jar, allow_overdraft=True)
    assert (await wire.rejection(wire.record(server, overdrawn))).reason == "CEILING_EXCEEDED"
    moved = (await wire.record(server, sweep("o", saver, allow_overdraft=True))).transaction
    assert moved.amount.precise == "150"


async def _set(server: Server, balance_id: str, **bound: int) -> None:
    ((name, value),) = bound.items()
    request = wire.ledger_service_pb2.UpdateBalanceRequest(update_mask={"paths": [name]})
    request.balance.id = balance_id
    getattr(request.balance, name).precise = str(value)
    await server.ledgers.UpdateBalance(request)


async def test_a_hold_of_everything_is_committed_as_any_other(server: Server) -> None:
    await fund(server, "@Till", 70)
    hold = (await wire.record(server, sweep("h", "@Till", inflight=True))).transaction
    assert (hold.status, hold.hold.remaining.precise) == (transaction_pb2.TRANSACTION_STATUS_INFLIGHT, "70")
    committed = (await wire.resolve(server, wire.commit(hold.id, 30, "c"))).transaction
    assert committed.amount.precise == "30"
    rejection = await wire.rejection(wire.record(server, sweep("s", "@Till")))
    assert rejection.reason == "NOTHING_AVAILABLE"


async def test_in_a_batch_each_takes_what_those_before_it_left(server: Server) -> None:
    await fund(server, "@Till", 70)
    some = {"at_most": {"precise": "50"}}
    operations = [wire.post(sweep(name, "@Till", available=of)) for name, of in (("a", some), ("b", ALL), ("c", ALL))]
    answer = await wire.batch(server, operations, view=wire.FULL)
    assert [result.posted.transaction.amount.precise for result in answer.results[:2]] == ["50", "20"]
    assert wire.outcomes(answer.results) == ["posted", "posted", "NOTHING_AVAILABLE"]


# Deferred --------------------------------------------------------------------------------------


async def test_points_that_expire_partly_spent(server: Server) -> None:
    """The amount is decided when the time has come; until then it counts as nothing."""
    points = await wire.open_balance(server, currency="POINTS", precision=1)
    fields = {"currency": "POINTS", "precision": 1}
    await wire.record(server, wire.from_world("earned", points, 100, **fields))
    draft = wire.draft("expiry", points, "@Expired", 0, available={"at_most": {"precise": "100"}}, queue=True, **fields)
    await wire.record(server, wire.draft("spent", points, "@Shop", 60, **fields))
    queued = (await wire.record(server, draft)).transaction
    assert queued.amount == amount_pb2.Amount(**fields)
    assert (await wire.transaction(server, transaction_id=queued.id)).amount == queued.amount
    assert queued.available.at_most.precise == "100"
    waiting = pb.WaitTransactionRequest(transaction_id=queued.id, timeout={"seconds": 60})
    applied = (await server.transactions.WaitTransaction(waiting)).transaction
    assert (applied.status, applied.amount.precise) == (transaction_pb2.TRANSACTION_STATUS_APPLIED, "40")
    assert (await wire.record(server, draft)).transaction.amount.precise == "40"
    refund = operation_pb2.RefundTransaction(
        target={"transaction_id": queued.id}, reference="back", precise_amount="40"
    )
    await server.transactions.RefundTransaction(pb.RefundTransactionRequest(refund=refund))
    assert await wire.balance(server, points) == 40


# Splits ----------------------------------------------------------------------------------------


async def test_points_first_and_the_card_pays_the_remainder(server: Server) -> None:
    await fund(server, "@Points", 30)
    await fund(server, "@Card", 500, "card")
    answers = []
    for reference in ("first", "second"):
        draft = wire.draft(reference, "", "@Shop", 100)
        draft.sources.shares.add(balance="@Points", available=ALL)
        draft.sources.shares.add(balance="@Card", remainder=True)
        answers.append(await wire.record(server, draft))
        assert (await wire.record(server, draft)).replayed
    legs = [[(leg.source_indicator, leg.amount.precise) for leg in answer.legs] for answer in answers]
    assert legs == [[("@Points", "30"), ("@Card", "70")], [("@Card", "100")]]
    assert not answers[0].transaction.HasField("available"), "of the whole the amount was given"


async def test_a_sweep_is_divided(server: Server) -> None:
    await fund(server, "@Till", 1_001)
    draft = wire.draft("s", "@Till", "", 0, available=ALL)
    draft.destinations.shares.add(balance="@Bank", percent="90")
    draft.destinations.shares.add(balance="@Tax", remainder=True)
    answer = await wire.record(server, draft)
    assert [leg.amount.precise for leg in answer.legs] == ["901", "100"]
    assert answer.transaction.HasField("available")
    assert (await wire.record(server, draft)).replayed


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"available": ALL, "sources": {"shares": [{"balance": "@A", "remainder": True}]}}, "available"),
        (
            {"destinations": {"shares": [{"balance": "@A", "available": ALL}, {"balance": "@B", "remainder": True}]}},
            "destinations.shares[0].available",
        ),
    ],
)
async def test_what_cannot_be_combined_is_named(server: Server, change: dict[str, Any], field: str) -> None:
    fields = {"reference": "s", "currency": "USD", "source": "@S", "destination": "@D", "precise_amount": "5", **change}
    for one, other in (("sources", "source"), ("destinations", "destination"), ("available", "precise_amount")):
        if one in fields:
            del fields[other]
    rejection = await wire.rejection(wire.record(server, draft_pb2.Draft(**fields)))
    assert (rejection.reason, rejection.fields) == ("FIELD_INVALID", (f"draft.{field}",))


# Refunds ---------------------------------------------------------------------------------------


async def test_a_refund_takes_what_the_payer_still_has(server: Server) -> None:
    sold = (await wire.record(server, wire.from_world("sale", "@Shop", 100))).transaction
    await wire.record(server, wire.draft("spent", "@Shop", "@Bank", 70))
    refund = operation_pb2.RefundTransaction(target={"transaction_id": sold.id}, reference="f", available=ALL)
    request = pb.RefundTransactionRequest(refund=refund)
    answer = await server.transactions.RefundTransaction(request)
    assert (answer.transaction.amount.precise, answer.refunded.refund.remaining.precise) == ("30", "70")
    assert answer.transaction.HasField("available")
    assert (await server.transactions.RefundTransaction(request)).replayed
    request.refund.reference = "f2"
    assert (await wire.rejection(server.transactions.RefundTransaction(request))).reason == "NOTHING_AVAILABLE"


async def test_refunds_of_a_batch_race_with_sales(server: Server) -> None:
    """Each refunds what is there at its moment; together never more than was sold."""
    sales = [wire.post(wire.from_world(f"s{n}", f"@Shop{n}", 100)) for n in range(3)]
    batch = (await wire.batch(server, sales)).batch
    await wire.batch(server, [wire.post(wire.draft(f"p{n}", f"@Shop{n}", "@Bank", 40 * n)) for n in (1, 2)])

    async def refund(number: int) -> int:
        asked = operation_pb2.RefundTransaction(target={"batch_id": batch.id}, reference=f"f{number}", available=ALL)
        request = pb.RefundTransactionRequest(refund=asked)
        try:
            return int((await server.transactions.RefundTransaction(request)).transaction.amount.precise)
        except Exception as error:
            assert wire.of_error(error).reason in ("NOTHING_AVAILABLE", "REFUND_EXCEEDED"), error
            return 0

    assert sum(await asyncio.gather(*map(refund, range(4)))) == 100 + 60 + 20
