"""Adjustments that should not be posted, or not without somebody who looks at them: the ledger may have the entry, or
somebody did not want it."""

from datetime import date
from decimal import Decimal
from typing import Any

import asyncpg
import pytest

from ledgerd.access.caller import Caller
from ledgerd.core.model.amount import Quantity
from ledgerd.core.model.operation import Refund, Target
from ledgerd.core.model.rejection import Rejected
from ledgerd.operations import adjustment_reversals, reconciliation_adjustments
from ledgerd.operations.verify import verify
from ledgerd.poster.submission import Traffic
from tests.conftest import Server
from tests.rpc import records, wire
from tests.rpc.bank_runs import BY_REFERENCE, EXACT, Bank
from tests.rpc.fees import a_bank, engine_of, money, of_fees, open_records, posting, reasons, settled, uuid_of

AT_ONCE = posting("10")


async def a_rich_bank(server: Server, connection: asyncpg.Connection) -> Bank:
    bank = await Bank.open(server, connection)
    await bank.post("much", "100.00")
    return bank


async def booked_by_hand(bank: Bank) -> None:
    await wire.record(bank.server, wire.draft("fee by hand", bank.balance_id, "@BankFees", "2.50"))


def a_fee(key: str = "fee", **more: Any) -> Any:
    return records.record(key, "-2.50", description="Monthly fee", **more)


async def test_a_fee_that_is_announced_and_then_booked_is_posted_once(
    server: Server, connection: asyncpg.Connection
) -> None:
    bank = await a_rich_bank(server, connection)
    await bank.tell(a_fee("announced", status="EXTERNAL_RECORD_STATUS_PENDING"))
    await bank.run(of_fees(**AT_ONCE), inflight=True)
    await settled(connection)
    assert await money(server, "@World") == [-100_00]
    await bank.tell(a_fee("booked"))
    await bank.run(of_fees(**AT_ONCE), inflight=True)
    await settled(connection)
    assert await money(server, "@BankFees") == [2_50]


@pytest.mark.parametrize(
    "bounds",
    [{"applied": False, "inflight": True}, {"begin": date(2026, 3, 1), "end": date(2026, 4, 1)}],
    ids=["holds only", "March, by record time"],
)
async def test_a_fee_that_the_run_did_not_read_is_not_posted_again(
    server: Server, connection: asyncpg.Connection, bounds: dict[str, Any]
) -> None:
    bank = await a_rich_bank(server, connection)
    await booked_by_hand(bank)
    await bank.tell(a_fee(references=["fee by hand"]))
    await bank.run(EXACT, of_fees(**AT_ONCE), **bounds)
    await settled(connection)
    assert await money(server, "@BankFees") == [2_50]


async def test_two_sources_of_one_balance_post_a_fee_once(server: Server, connection: asyncpg.Connection) -> None:
    bank = await a_rich_bank(server, connection)
    feed = await records.source(server, "Feed", balance_ids=[bank.balance_id])
    for each in (bank, Bank(server, connection, feed, bank.balance_id)):
        await each.tell(a_fee())
        await each.run(EXACT, of_fees(**AT_ONCE))
        await settled(connection)
    assert await money(server, "@BankFees") == [2_50]


async def test_an_entry_that_comes_before_the_adjustment_is_in_its_way(
    server: Server, connection: asyncpg.Connection
) -> None:
    bank = await a_rich_bank(server, connection)
    await bank.tell(a_fee(references=["fee by hand"]))
    run_id = await bank.run(EXACT, of_fees())
    await booked_by_hand(bank)
    assert reasons(await bank.post_adjustments(run_id)) == ["SIMILAR_ENTRY_EXISTS"]
    await bank.confirm(await bank.run(EXACT))
    assert reasons(await bank.post_adjustments(run_id)) == ["ROW_CLAIMED"]
    assert await money(server, "@BankFees") == [2_50]


@pytest.mark.parametrize("how", ["reject", "reverse", "frozen"])
async def test_what_was_not_wanted_once_is_not_posted_again_without_confirmation(
    server: Server, connection: asyncpg.Connection, how: str
) -> None:
    bank = await a_bank(server, connection)
    first = await bank.run(of_fees())
    (proposed,) = await bank.adjustments(first)
    if how == "reject":
        await bank.reject_adjustments(first)
    elif how == "reverse":
        await bank.post_adjustments(first)
        await bank.reverse_adjustment(proposed.id)
    else:
        rejection = "UPDATE reconciliation_adjustments SET rejection = $1"
        await connection.execute(rejection, '{"reason": "BALANCE_FROZEN", "details": {}}')
    second = await bank.run(of_fees(**AT_ONCE))
    await settled(connection)
    assert await money(server, bank.balance_id) == [100_00]
    assert (await bank.post_adjustments(second)).posted_count == 1


async def test_a_rule_that_is_named_twice_has_one_limit(server: Server, connection: asyncpg.Connection) -> None:
    bank = await a_rich_bank(server, connection)
    await bank.tell(*(records.record(key, "-1.00", description="fee", group_key=key) for key in "abcdef"))
    rule = of_fees(**posting("1.00", "2.00"))
    await bank.run(rule, rule)
    await settled(connection)
    assert await money(server, "@BankFees") == [2_00]


@pytest.mark.parametrize(
    ("parts", "count"), [(("2.00",), 2), (("2.50",), 1), (("0.50", "2.00"), 2)], ids=["a part", "all", "two parts"]
)
async def test_what_was_refunded_by_hand_can_be_reversed(
    server: Server, connection: asyncpg.Connection, parts: tuple[str, ...], count: int
) -> None:
    bank = await a_bank(server, connection)
    run_id = await bank.run(of_fees())
    await bank.post_adjustments(run_id)
    (posted,) = await bank.adjustments(run_id)
    for part in parts:
        by_hand = Refund(f"by hand {part}", Target(posted.transaction_id), Quantity(int(Decimal(part) * 100), None))
        await engine_of(server).poster.submit([by_hand], traffic=Traffic.UNARY)
    reversed_ = await bank.reverse_adjustment(posted.id)
    (match,) = [each for each in await bank.matches(run_id) if each.number == reversed_.match_number]
    refunds = [each.transaction_id for each in match.entries][1:]
    assert (match.difference.decimal, len(refunds), await money(server, "@BankFees")) == ("0.00", count, [0])
    assert reversed_.reversal_transaction_id in refunds
    assert await open_records(bank, BY_REFERENCE) == ["fee"]
    assert (await verify(connection)).faults == []


async def test_whoever_could_not_confirm_an_adjustment_does_not_reverse_it(
    server: Server, connection: asyncpg.Connection
) -> None:
    bank = await a_bank(server, connection, confirmation_policy="CONFIRMATION_POLICY_ANOTHER_CALLER")
    run_id = await bank.run(of_fees(), created_by="ada")
    engine = engine_of(server)
    await reconciliation_adjustments.post(engine, Caller("bob"), uuid_of(run_id), None, None)
    (posted,) = await bank.adjustments(run_id)
    with pytest.raises(Rejected, match="CONFIRMER_IS_PROPOSER"):
        await adjustment_reversals.reverse(engine, Caller("ada"), uuid_of(posted.id), "A mistake.")
    assert await money(server, "@BankFees") == [2_50]
    row = (await adjustment_reversals.reverse(engine, Caller("bob"), uuid_of(posted.id), "A mistake.")).rows
    assert (row["status"], await money(server, "@BankFees")) == ("REVERSED", [0])


async def test_the_proof_finds_money_that_no_adjustment_admits(server: Server, connection: asyncpg.Connection) -> None:
    bank = await a_bank(server, connection)
    run_id = await bank.run(of_fees())
    await bank.post_adjustments(run_id)
    (posted,) = await bank.adjustments(run_id)
    await connection.execute("SET session_replication_role = replica")
    denied = "UPDATE reconciliation_adjustments SET status = 'REJECTED', transaction_id = NULL WHERE id = $1"
    await connection.execute(denied, uuid_of(posted.id))
    assert len((await verify(connection)).faults) == 1
    # That another one is under way explains nothing; that this one is does.
    under_way = "UPDATE reconciliation_adjustments SET status = 'POSTING', attempt = id, amount = $2 WHERE id = $1"
    await connection.execute(under_way, uuid_of(posted.id), Decimal(-2_51))
    assert len((await verify(connection)).faults) == 1
    await connection.execute(under_way, uuid_of(posted.id), Decimal(-2_50))
    assert (await verify(connection)).faults == []
