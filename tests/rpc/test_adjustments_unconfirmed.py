"""Adjustments that nobody confirms, or nobody ends: posted within limits, and completed after a crash."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import pytest
from ledgerapi.v1 import ledger_service_pb2

from ledgerd.access.caller import ANONYMOUS, SERVICE
from ledgerd.core.model.operation import Refund, Target
from ledgerd.core.model.rejection import Reason, Rejected, reject
from ledgerd.operations import adjustment_checks, adjustment_reversals, found_rows
from ledgerd.operations import reconciliation_adjustments as operations
from ledgerd.poster.submission import Superseded, Traffic
from ledgerd.store import reconciliation_adjustments
from tests.conftest import Server
from tests.rpc import bank_runs, records, wire, woken
from tests.rpc.bank_runs import BY_REFERENCE, Bank
from tests.rpc.fees import (
    a_bank,
    adjusting,
    assert_books_agree,
    engine_of,
    money,
    of_fees,
    open_records,
    posting,
    settled,
    uuid_of,
)

# Without confirmation --------------------------------------------------------------------------


async def posted(bank: Bank, run_id: str, count: int) -> list[Any]:
    """The adjustments of a run, once so many are posted."""
    while True:
        found = await bank.adjustments(run_id)
        if sum(bank_runs.adjustment_status(each) == "POSTED" for each in found) >= count:
            return found
        await asyncio.sleep(0.05)


async def test_up_to_its_limits_a_rule_posts_without_confirmation(
    server: Server, connection: asyncpg.Connection
) -> None:
    bank = await Bank.open(server, connection)
    await bank.post("much", "100.00")
    sizes = ["-1.00", "-1.01", "-1.00", "-0.60", "-0.50", "-0.01"]
    await bank.tell(
        *(records.record(f"{at}", size, description="fee", group_key=str(at)) for at, size in enumerate(sizes))
    )
    run_id = await bank.run(of_fees(**posting("1.00", "2.50")))
    # 1.01 is above the limit of one; with 0.60 the limit of a day would be passed, with 0.50 it is reached exactly.
    found = await posted(bank, run_id, 3)
    assert [each.automatic for each in found] == [True, False, True, True, True, True]
    expected = [("-1.00", "POSTED"), ("-1.01", "PROPOSED"), ("-1.00", "POSTED"), ("-0.60", "PROPOSED")]
    assert [(each.amount.decimal, bank_runs.adjustment_status(each)) for each in found] == [
        *expected, ("-0.50", "POSTED"), ("-0.01", "PROPOSED"),
    ]  # fmt: skip
    assert await money(server, "@BankFees") == [2_50]


async def test_neither_another_run_nor_another_source_has_a_limit_of_its_own(
    server: Server, connection: asyncpg.Connection
) -> None:
    rule = of_fees(**posting("1.00", "2.50"))
    for number in range(3):
        bank = await Bank.open(server, connection)
        await bank.post(f"much {number}", "100.00")
        await bank.tell(records.record("fee", "-1.00", description="fee"))
        run_id = await bank.run(rule)
        await settled(connection)
        found = [bank_runs.adjustment_status(each) for each in await bank.adjustments(run_id)]
        assert found == [["POSTED"], ["POSTED"], ["PROPOSED"]][number]
    assert (await bank.post_adjustments(run_id)).posted_count == 1


async def test_what_was_reversed_still_counts_and_yesterday_does_not(
    server: Server, connection: asyncpg.Connection
) -> None:
    bank = await Bank.open(server, connection)
    await bank.post("much", "100.00")
    rule, fee = of_fees(**posting("1.00", "1.50")), {"description": "fee"}
    await bank.tell(records.record("first", "-1.00", group_key="1", **fee))
    (first,) = await posted(bank, await bank.run(rule), 1)
    await bank.reverse_adjustment(first.id)
    await bank.ignore([first.external_record_id])
    await bank.tell(records.record("second", "-1.00", group_key="2", **fee))
    await bank.run(rule)
    await settled(connection)
    assert await money(server, "@BankFees") == [0]
    yesterday = "UPDATE reconciliation_adjustments SET counted_on = counted_on - 1 WHERE counted_on IS NOT NULL"
    await connection.execute("SET session_replication_role = replica")  # Else nothing that is reversed changes.
    await connection.execute(yesterday)
    await connection.execute("SET session_replication_role = origin")
    await bank.run(rule)
    await settled(connection)
    assert await money(server, "@BankFees") == [1_00]


@pytest.mark.tuned(**woken.ADJUSTMENTS)
async def test_what_a_match_leaves_over_is_not_posted_before_somebody_confirms_the_match(
    server: Server, connection: asyncpg.Connection
) -> None:
    bank = await a_bank(server, connection)
    rules = adjusting(BY_REFERENCE, **posting("3.20")), of_fees(**posting("10"))
    run_id = await bank.run(*rules)
    of_match, of_record = await posted(bank, run_id, 1)
    assert (of_match.automatic, bank_runs.adjustment_status(of_match), bank_runs.adjustment_status(of_record)) == (
        True,
        "PROPOSED",
        "POSTED",
    )
    await bank.confirm(run_id)
    await posted(bank, run_id, 2)
    assert await money(server, bank.balance_id, "@BankFees") == [94_30, 5_70]


async def test_where_another_must_confirm_no_limit_does(server: Server, connection: asyncpg.Connection) -> None:
    bank = await a_bank(server, connection, confirmation_policy="CONFIRMATION_POLICY_ANOTHER_CALLER")
    run_id = await bank.run(of_fees(**posting("10")))
    assert (await wire.rejection(bank.post_adjustments(run_id))).reason == "CONFIRMER_IS_PROPOSER"
    await settled(connection)
    (kept,) = await bank.adjustments(run_id)
    assert (kept.automatic, bank_runs.adjustment_status(kept)) == (True, "PROPOSED")


async def test_a_dry_run_posts_nothing(server: Server, connection: asyncpg.Connection) -> None:
    bank = await a_bank(server, connection)
    run_id = await bank.run(of_fees(**posting("10")), dry_run=True)
    assert len(await bank.adjustments(run_id)) == 1
    assert (await wire.rejection(bank.post_adjustments(run_id))).reason == "RECONCILIATION_IS_DRY_RUN"
    assert await connection.fetchval("SELECT count(*) FROM reconciliation_adjustments WHERE is_due") == 0


# Crashes ---------------------------------------------------------------------------------------

_DEAD = """
    UPDATE reconciliation_adjustments
    SET status = $1, attempt = gen_random_uuid(), reason = 'Begun', updated_at = now() - interval '1 hour'"""


async def test_what_was_begun_is_completed_by_the_worker(server: Server, connection: asyncpg.Connection) -> None:
    bank = await a_bank(server, connection)
    run_id = await bank.run(of_fees())
    await connection.execute(_DEAD, "POSTING")
    await posted(bank, run_id, 1)
    decisions = await connection.fetch("SELECT kind, reason FROM row_decisions")
    assert [tuple(decision) for decision in decisions] == [("POST_ADJUSTMENTS", "Begun")]
    await connection.execute(_DEAD, "REVERSING")
    while not await bank.adjustments(run_id, "status = REVERSED"):
        await asyncio.sleep(0.05)
    assert await money(server, "@BankFees") == [0]
    assert await open_records(bank, BY_REFERENCE) == ["fee"]


async def test_what_cannot_be_completed_stays_alone(server: Server, connection: asyncpg.Connection) -> None:
    """Whatever is wrong with one adjustment: the worker does the others, and lives."""
    bank = await Bank.open(server, connection)
    await bank.post("much", "100.00")
    await bank.tell(*(records.record(key, "-1.00", description="fee", group_key=key) for key in "abc"))
    run_id = await bank.run(of_fees())
    first, second, third = await bank.adjustments(run_id)
    await connection.execute("SET session_replication_role = replica")
    broken = "UPDATE reconciliation_adjustments SET counterpart = 'nobody' WHERE id = $1"
    await connection.execute(broken, uuid_of(first.id))
    for key in (first, second):
        await connection.execute(f"{_DEAD} WHERE id = $2", "POSTING", uuid_of(key.id))
    await posted(bank, run_id, 1)
    await connection.execute(f"{_DEAD} WHERE id = $2", "POSTING", uuid_of(third.id))
    await posted(bank, run_id, 2)
    assert await money(server, "@BankFees") == [2_00]


async def test_the_worker_leaves_alone_what_somebody_ended(server: Server, connection: asyncpg.Connection) -> None:
    """It looked for what is under way, and somebody ended it before the worker came to it."""
    bank = await a_bank(server, connection)
    run_id = await bank.run(of_fees())
    (proposed,) = await bank.adjustments(run_id)
    engine = engine_of(server)
    assert await operations.resume(engine, SERVICE, uuid_of(proposed.id)) is None
    await bank.post_adjustments(run_id)
    assert await operations.resume(engine, SERVICE, uuid_of(proposed.id)) is None
    assert [bank_runs.adjustment_status(each) for each in await bank.adjustments(run_id)] == ["POSTED"]


async def paused(
    server: Server, connection: asyncpg.Connection, run_id: str, adjustment_id: str
) -> Callable[[], Awaitable[Any]]:
    """Somebody who began to post, and comes to the write path later."""
    run, key, attempt = await found_rows.find_run(connection, uuid_of(run_id)), uuid_of(adjustment_id), uuid.uuid4()
    await reconciliation_adjustments.begin(connection, [key], "POSTING", "paused", None, attempt)
    row = (await reconciliation_adjustments.find(connection, [key]))[key]
    return lambda: operations.complete(engine_of(server), ANONYMOUS, run, [row], "paused", attempt)


async def rejected_by_the_ledger(bank: Bank, run_id: str, adjustment_id: str) -> None:
    """Somebody else tries the same meanwhile."""
    name = {"balance_id": bank.balance_id}
    await bank.server.ledgers.FreezeBalance(ledger_service_pb2.FreezeBalanceRequest(**name))
    assert (await bank.post_adjustments(run_id, adjustment_id)).skipped_count == 1
    await bank.server.ledgers.UnfreezeBalance(ledger_service_pb2.UnfreezeBalanceRequest(**name))


async def test_whoever_is_late_posts_nothing_that_was_given_up(server: Server, connection: asyncpg.Connection) -> None:
    bank = await a_bank(server, connection)
    first, second = await bank.run(of_fees()), await bank.run(of_fees())
    (of_first,), (of_second,) = await bank.adjustments(first), await bank.adjustments(second)
    late = await paused(server, connection, first, of_first.id)
    await rejected_by_the_ledger(bank, first, of_first.id)
    assert (await bank.post_adjustments(second, of_second.id)).posted_count == 1
    with pytest.raises(Superseded):
        await late()
    assert await money(server, "@BankFees") == [2_50]


@pytest.mark.parametrize("is_recorded", [False, True], ids=["begun", "recorded"])
async def test_what_one_source_is_having_posted_is_not_posted_for_another(
    server: Server, connection: asyncpg.Connection, is_recorded: bool
) -> None:
    """Both are about the fee of one balance, and whoever began with the first one is away."""
    bank = await a_bank(server, connection)
    first = await bank.run(of_fees())
    (of_first,) = await bank.adjustments(first)
    source = await records.source(server, "the same account", balance_ids=[bank.balance_id])
    other = Bank(server, connection, source, bank.balance_id)
    await other.tell(records.record("fee", "-2.50", description="Monthly fee March"))
    second = await other.run(of_fees(**posting("10")), finish=False)
    late = await paused(server, connection, first, of_first.id)
    if is_recorded:
        row = (await reconciliation_adjustments.find(connection, [uuid_of(of_first.id)]))[uuid_of(of_first.id)]
        await engine_of(server).poster.submit([operations.draft_of(row)], traffic=Traffic.UNARY)
    await connection.execute("UPDATE reconciliations SET leased_until = now() WHERE id = $1", uuid_of(second))
    while (
        await connection.fetchval("SELECT status FROM reconciliations WHERE id = $1", uuid_of(second))
    ) != "FINISHED":
        await asyncio.sleep(0.05)
    while await connection.fetchval("SELECT count(*) FROM reconciliation_adjustments WHERE is_due"):
        await asyncio.sleep(0.05)
    refused = await other.post_adjustments(second)
    assert [wire.of_rejection(each.rejection).reason for each in refused.skipped] == ["SIMILAR_ENTRY_EXISTS"]
    await late()
    assert await money(server, "@BankFees") == [2_50]
    await assert_books_agree(connection)


async def test_whoever_is_superseded_goes_by_what_the_others_do(server: Server, connection: asyncpg.Connection) -> None:
    """The ledger rejects what one attempts, and somebody else attempts the same and succeeds."""
    bank = await a_bank(server, connection)
    run_id = await bank.run(of_fees())
    (proposed,) = await bank.adjustments(run_id)
    await bank.post_adjustments(run_id)
    by_hand = Refund("by hand", Target((await bank.adjustments(run_id))[0].transaction_id))
    key, attempt = uuid_of(proposed.id), uuid.uuid4()
    await reconciliation_adjustments.begin(connection, [key], "REVERSING", "paused", None, attempt)
    row = (await reconciliation_adjustments.find(connection, [key]))[key]
    await engine_of(server).poster.submit([by_hand], traffic=Traffic.UNARY)
    assert bank_runs.adjustment_status(await bank.reverse_adjustment(proposed.id)) == "REVERSED"
    with pytest.raises(Superseded):
        await adjustment_reversals.complete(engine_of(server), ANONYMOUS, row, "paused", attempt)


@pytest.mark.parametrize("reason", [Reason.TOO_BUSY, Reason.SHUTTING_DOWN, Reason.INTERNAL])
def test_what_has_begun_is_not_said_to_be_undone(reason: Reason) -> None:
    with pytest.raises(Rejected, match="DATABASE_UNAVAILABLE"), adjustment_checks.under_way():
        raise reject(reason)
    with pytest.raises(Rejected, match=reason), adjustment_checks.under_way(has_begun=False):
        raise reject(reason)


async def test_whoever_is_late_posts_nothing_that_people_rejected(
    server: Server, connection: asyncpg.Connection
) -> None:
    bank = await a_bank(server, connection)
    run_id = await bank.run(of_fees())
    (proposed,) = await bank.adjustments(run_id)
    late = await paused(server, connection, run_id, proposed.id)
    await rejected_by_the_ledger(bank, run_id, proposed.id)
    assert (await bank.reject_adjustments(run_id, proposed.id)).rejected_count == 1
    with pytest.raises(Superseded):
        await late()
    assert await money(server, bank.balance_id) == [100_00]


async def test_whoever_confirms_again_completes_what_was_posted_and_not_decided(
    server: Server, connection: asyncpg.Connection
) -> None:
    """The transaction stands, and the server died before it said so."""
    bank = await a_bank(server, connection)
    run_id = await bank.run(of_fees())
    (proposed,) = await bank.adjustments(run_id)
    await paused(server, connection, run_id, proposed.id)
    row = (await reconciliation_adjustments.find(connection, [uuid_of(proposed.id)]))[uuid_of(proposed.id)]
    await engine_of(server).poster.submit([operations.draft_of(row)], traffic=Traffic.UNARY)
    assert await money(server, "@BankFees") == [2_50]
    # Meanwhile nobody else gets the record.
    assert (await wire.rejection(bank.ignore([proposed.external_record_id]))).reason == "ROW_CLAIMED"
    assert (await bank.post_adjustments(run_id)).posted_count == 1
    assert await money(server, "@BankFees") == [2_50]
    assert [bank_runs.status(each) for each in await bank.matches(run_id)] == ["CONFIRMED"]
    await assert_books_agree(connection)
