"""Refunds of splits and batches that are given at a time: what is left then, by legs that are recorded then."""

from typing import Any

import pytest
from ledgerapi.v1 import ledger_service_pb2, operation_pb2, transaction_pb2

from tests.conftest import Begin, Server
from tests.rpc import wire
from tests.rpc.deferred import cancel, kinds, outcome_of, reschedule, status
from tests.rpc.test_splits import legs_of, precise, prove, split

pb = wire.pb

pytestmark = pytest.mark.yesterday

SIDES = ("@World", {"@A": "60", "@B": "left"}, 100)


async def refund(server: Server, transaction_id: str, reference: str, amount: int | None = None, **more: Any) -> Any:
    asked = operation_pb2.RefundTransaction(target=wire.target(transaction_id), reference=reference, **more)
    if amount is not None:
        asked.precise_amount = str(amount)
    return await server.transactions.RefundTransaction(pb.RefundTransactionRequest(refund=asked))


async def balances(server: Server, *names: str) -> list[int]:
    return [await wire.balance(server, name) for name in names]


async def test_points_that_several_got_expire(server: Server, begin_timed_work: Begin) -> None:
    watching = await wire.watch(server)
    points = (await wire.record(server, split("points", *SIDES))).transaction
    due = wire.due()
    answer = await refund(server, points.id, "expiry", scheduled_time=due)
    deferred = answer.transaction
    assert (status(deferred), deferred.kind, deferred.parent_id, list(deferred.leg_ids)) == (
        "SCHEDULED",
        transaction_pb2.TRANSACTION_KIND_REFUND,
        points.id,
        [],
    )
    assert deferred.amount == wire.UNDECIDED
    await refund(server, points.leg_ids[0], "spent", 25)
    await begin_timed_work()
    given = await outcome_of(server, deferred.id)
    assert (status(given), given.amount.precise) == ("APPLIED", "75")
    legs = await legs_of(server, given)
    assert precise(legs) == [40, 35]
    assert [leg.parent_id for leg in legs] == [points.leg_ids[1], points.leg_ids[0]]
    assert await balances(server, "@World", "@A", "@B") == [0, 0, 0]
    ended = await wire.transaction(server, transaction_id=points.id)
    assert (ended.refund.refunded.precise, ended.refund.remaining.precise) == ("100", "0")
    again = await refund(server, points.id, "expiry", scheduled_time=due)
    assert (again.replayed, again.transaction.leg_ids) == (True, given.leg_ids)
    events = (await watching.events(13))[3:]
    told = [(kind, event.transaction.transaction) for kind, event in zip(kinds(events), events, strict=True)]
    assert [(kind, list(transaction.leg_ids)) for kind, transaction in told if transaction.id == deferred.id] == [
        ("SCHEDULED", []),
        ("APPLIED", list(given.leg_ids)),
    ]
    amounts = [transaction.amount for _, transaction in told if transaction.id == deferred.id]
    assert amounts == [wire.UNDECIDED, given.amount]
    await prove(server)


async def test_a_part_of_a_split_is_refunded_at_a_time(server: Server, begin_timed_work: Begin) -> None:
    paid = (await wire.record(server, split("s", *SIDES))).transaction
    later = {"scheduled_time": wire.due()}
    part = (await refund(server, paid.id, "part", 50, **later)).transaction
    assert part.amount.precise == "50"
    rejection = await wire.rejection(refund(server, paid.id, "more", 101, **later))
    assert (rejection.reason, rejection.details["remaining"]) == ("REFUND_EXCEEDED", "100")
    await begin_timed_work()
    given = await outcome_of(server, part.id)
    assert (status(given), precise(await legs_of(server, given))) == ("APPLIED", [20, 30])
    assert await balances(server, "@A", "@B") == [30, 20]
    await prove(server)


async def test_what_is_not_there_any_more_rejects_the_whole_refund(server: Server, begin_timed_work: Begin) -> None:
    paid = (await wire.record(server, split("s", *SIDES))).transaction
    deferred = (await refund(server, paid.id, "back", scheduled_time=wire.due())).transaction
    await wire.record(server, wire.draft("spent", "@A", "@Shop", 1))
    await begin_timed_work()
    rejected = await outcome_of(server, deferred.id)
    rejection = wire.of_rejection(rejected.rejection)
    assert (rejection.reason, rejection.details["leg"], list(rejected.leg_ids)) == (
        "INSUFFICIENT_FUNDS",
        paid.leg_ids[0],
        [],
    )
    assert await balances(server, "@A", "@B") == [59, 40]
    await prove(server)


async def test_a_whole_batch_is_refunded_at_a_time(server: Server, begin_timed_work: Begin) -> None:
    """Its split, its draft, what was committed of its hold, and what was deferred in it and applied since."""
    operations = [
        wire.post(split("s", *SIDES)),
        wire.post(wire.from_world("d", "@A", 7)),
        wire.post(wire.from_world("h", "@B", 9, inflight=True)),
        wire.post(wire.from_world("q", "@C", 3, scheduled_time=wire.due(1))),
    ]
    answer = await wire.batch(server, operations)
    posted = [result.posted.transaction_id for result in answer.results]
    deferred = (await refund(server, answer.batch.id, "all", scheduled_time=wire.in_seconds(3_600))).transaction
    assert (status(deferred), deferred.parent_id) == ("SCHEDULED", "")
    await wire.resolve(server, wire.commit(posted[2], 4, "part"))
    await begin_timed_work()
    await outcome_of(server, posted[3])
    await reschedule(server, deferred.id, wire.due(2))
    given = await outcome_of(server, deferred.id)
    assert (status(given), given.amount.precise) == ("APPLIED", "114")
    assert await balances(server, "@World", "@A", "@B", "@C") == [0, 0, 0, 0]
    await prove(server)


async def test_a_batch_of_two_currencies_is_refunded_whole_or_not_at_all(server: Server) -> None:
    operations = [wire.post(wire.from_world("u", "@A", 7)), wire.post(wire.from_world("e", "@A", 9, currency="EUR"))]
    batch_id = (await wire.batch(server, operations)).batch.id
    rejection = await wire.rejection(refund(server, batch_id, "part", 3, scheduled_time=wire.in_seconds(60)))
    assert (rejection.reason, rejection.details["currencies"]) == ("CURRENCY_MISMATCH", "EUR,USD")
    deferred = (await refund(server, batch_id, "all", scheduled_time=wire.due(1))).transaction
    given = await outcome_of(server, deferred.id)
    assert (status(given), given.HasField("amount"), len(given.leg_ids)) == ("APPLIED", False, 2)
    assert (await wire.balance(server, "@A"), await wire.balance(server, "@A", "EUR")) == (0, 0)
    await prove(server)


async def test_a_refund_of_a_split_that_is_still_deferred_itself(server: Server, begin_timed_work: Begin) -> None:
    paid = (await wire.record(server, split("s", *SIDES, scheduled_time=wire.due(1)))).transaction
    rejection = await wire.rejection(refund(server, paid.id, "now"))
    assert (rejection.reason, rejection.details["status"]) == ("NOT_REFUNDABLE", "SCHEDULED")
    deferred = (await refund(server, paid.id, "later", scheduled_time=wire.due(2))).transaction
    await begin_timed_work()
    assert status(await outcome_of(server, deferred.id)) == "APPLIED"
    assert await balances(server, "@A", "@B") == [0, 0]
    off = (await wire.record(server, split("off", *SIDES, scheduled_time=wire.in_seconds(60)))).transaction
    await cancel(server, off.id)
    rejection = await wire.rejection(refund(server, off.id, "never", scheduled_time=wire.in_seconds(60)))
    assert (rejection.reason, rejection.details["status"]) == ("NOT_REFUNDABLE", "CANCELLED")
    await prove(server)


@pytest.mark.parametrize("as_batch", [False, True])
async def test_balances_that_a_scheduled_refund_may_touch_are_not_closed(server: Server, as_batch: bool) -> None:
    taker, other = await wire.open_balance(server), await wire.open_balance(server)
    answer = await wire.batch(server, [wire.post(split("s", "@World", {taker: "60", other: "left"}, 100))])
    of = answer.batch.id if as_batch else answer.results[0].posted.transaction_id
    deferred = (await refund(server, of, "back", scheduled_time=wire.in_seconds(3_600))).transaction
    await wire.record(server, wire.draft("spent", taker, "@Shop", 60))
    close = ledger_service_pb2.CloseBalanceRequest(balance_id=taker)
    rejection = await wire.rejection(server.ledgers.CloseBalance(close))
    assert (rejection.reason, rejection.details["deferred"]) == ("BALANCE_NOT_EMPTY", "1")
    await cancel(server, deferred.id)
    await server.ledgers.CloseBalance(close)
    rejection = await wire.rejection(refund(server, of, "again", scheduled_time=wire.in_seconds(3_600)))
    assert (rejection.reason, rejection.details["balance"]) == ("BALANCE_CLOSED", taker)
    await prove(server)


async def test_a_refund_accepted_in_a_batch_is_of_that_batch_with_its_legs(server: Server) -> None:
    paid = (await wire.record(server, split("s", *SIDES))).transaction
    asked = operation_pb2.RefundTransaction(target=wire.target(paid.id), reference="back", scheduled_time=wire.due())
    answer = await wire.batch(server, [operation_pb2.Operation(refund=asked), wire.post(wire.from_world("x", "@X", 1))])
    given = await outcome_of(server, answer.results[0].posted.transaction_id)
    assert {transaction.batch_id for transaction in (given, *await legs_of(server, given))} == {answer.batch.id}
    await prove(server)
