"""A transaction keeps the principal that asked for it, whoever applies it and whoever reads it."""

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
from ledgerapi.v1 import transaction_pb2

from ledgerd.access.caller import ANONYMOUS, Caller
from ledgerd.core.model.amount import Quantity
from ledgerd.core.model.operation import Cancel, Deferral, Operation, Refund, Target, Verdict
from ledgerd.poster.submission import Traffic
from tests.conftest import Server
from tests.poster.harness import Harness, commit, id_of, open_harness, post
from tests.poster.test_splits_at_once import split
from tests.rpc import wire
from tests.rpc.deferred import outcome_of, prove

PAYROLL, SHOP = Caller("payroll"), Caller("shop\twith\\a tab")


async def ask(harness: Harness, caller: Caller, *operations: Operation) -> list[str]:
    """The ids of what these record."""
    outcomes = await harness.poster.submit(operations, caller=caller, traffic=Traffic.BULK)
    return [id_of(outcome) for outcome in outcomes]


def in_seconds(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


async def created_by(server: Server, transaction_id: str) -> str:
    return (await wire.transaction(server, transaction_id=transaction_id)).created_by


async def test_every_transaction_says_who_asked_for_it(
    server: Server, dsn: str, connection: asyncpg.Connection
) -> None:
    """Also where the operations of two callers are decided in one batch."""
    async with open_harness(dsn) as harness:
        payer = await harness.balance(money=1_000)
        (hold,), (paid,), (divided,), (nobodys,) = await asyncio.gather(
            ask(harness, PAYROLL, post(payer, "@Shop", 100, "hold", inflight=True)),
            ask(harness, SHOP, post(payer, "@Shop", 50, "paid")),
            ask(harness, PAYROLL, split(payer, {"@Shop": 30, "@Tax": 20}, "split")),
            ask(harness, ANONYMOUS, post(payer, "@Shop", 1, "nobody's")),
        )
        (committed,) = await ask(harness, SHOP, commit(hold, 60))
        (refunded,) = await ask(harness, PAYROLL, Refund("refund", Target(paid), Quantity(10, None)))
        legs = (await wire.transaction(server, transaction_id=divided)).leg_ids
        assert len(legs) == 2
        by_payroll = {await created_by(server, transaction) for transaction in (hold, divided, refunded, *legs)}
        by_shop = {await created_by(server, transaction) for transaction in (paid, committed)}
        assert (by_payroll, by_shop) == ({PAYROLL.principal}, {SHOP.principal})
        assert await created_by(server, nobodys) == ""
    await prove(connection)


async def test_what_is_deferred_keeps_who_asked_for_it(
    server: Server, dsn: str, connection: asyncpg.Connection
) -> None:
    """A worker of the server applies it, and another caller cancels."""
    async with open_harness(dsn) as harness:
        payer = await harness.balance(money=1_000)
        deferrals = [Deferral(), Deferral(scheduled_at=in_seconds(1)), Deferral(scheduled_at=in_seconds(3_600))]
        drafts = [post(payer, "@Shop", 10, f"later {n}", deferral=deferral) for n, deferral in enumerate(deferrals)]
        drafts.append(split(payer, {"@Shop": 30, "@Tax": 20}, "later split", deferral=Deferral()))
        queued, scheduled, cancelled, divided = await ask(harness, PAYROLL, *drafts)
        (cancel,) = await ask(harness, SHOP, Cancel("cancel", Target(cancelled)))
        for applied in (queued, scheduled, divided):
            assert (await outcome_of(server, applied)).status == transaction_pb2.TRANSACTION_STATUS_APPLIED
        legs = (await wire.transaction(server, transaction_id=divided)).leg_ids
        assert len(legs) == 2
        by_payroll = {
            await created_by(server, transaction) for transaction in (queued, scheduled, cancelled, divided, *legs)
        }
        assert by_payroll == {PAYROLL.principal}
        assert await created_by(server, cancel) == SHOP.principal
    await prove(connection)


async def test_a_review_tells_who_decided_and_for_whom(
    server: Server, dsn: str, connection: asyncpg.Connection
) -> None:
    """The caller is known; for whom the caller acts is only said."""
    async with open_harness(dsn) as harness:
        payer = await harness.balance(money=1_000)
        in_review = Deferral(in_review=True, review_reason="large")
        drafts = [post(payer, "@Shop", 10, name, deferral=in_review) for name in ("approved", "denied")]
        approved, denied = await ask(harness, PAYROLL, *drafts)
        (approval,) = await ask(harness, SHOP, Verdict("yes", Target(approved), True, on_behalf_of="ada"))
        (denial,) = await ask(harness, SHOP, Verdict("no", Target(denied), False, on_behalf_of="bob"))
        for transaction_id, decision, said in ((approved, approval, "ada"), (denied, denial, "bob")):
            review = (await wire.transaction(server, transaction_id=transaction_id)).review
            assert (review.decided_by, review.on_behalf_of) == (SHOP.principal, said)
            assert (review.decision_id, review.reason) == (decision, "large")
        rejection = wire.of_rejection((await wire.transaction(server, transaction_id=denied)).rejection)
        assert rejection.details == {"transaction": denied, "decided_by": SHOP.principal, "on_behalf_of": "bob"}
    await prove(connection)
