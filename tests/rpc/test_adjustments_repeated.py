"""Calls about adjustments that are repeated by their request ids: they answer as before, and do nothing more."""

import asyncio
from typing import Any

import asyncpg

from ledgerd.operations import adjustment_calls
from ledgerd.operations.creation import Noun
from ledgerd.operations.verify import verify
from tests.conftest import Server
from tests.rpc import bank_runs, records, wire
from tests.rpc.bank_runs import BY_REFERENCE, Bank
from tests.rpc.fees import a_bank, adjusting, engine_of, money, of_fees, uuid_of


def counts(answer: Any) -> tuple[int, int, bool]:
    count = answer.posted_count if hasattr(answer, "posted_count") else answer.rejected_count
    return count, answer.skipped_count, answer.replayed


async def of_both(server: Server, connection: asyncpg.Connection) -> tuple[Bank, str]:
    """A run that proposes something for a match, which is not confirmed yet, and for a record."""
    bank = await a_bank(server, connection)
    return bank, await bank.run(adjusting(BY_REFERENCE), of_fees())


async def test_a_repeated_call_posts_nothing_more(server: Server, connection: asyncpg.Connection) -> None:
    bank, run_id = await of_both(server, connection)
    first = await bank.post_adjustments(run_id, request_id="p", reason="Month's end")
    assert (counts(first), len(first.skipped)) == ((1, 1, False), 1)
    await bank.confirm(run_id)
    again = await bank.post_adjustments(run_id, request_id="p", reason="Month's end")
    assert (counts(again), len(again.skipped)) == ((1, 1, True), 0)
    assert await money(server, "@BankFees") == [2_50]
    other = await wire.rejection(bank.post_adjustments(run_id, request_id="p", reason="Another"))
    assert (other.reason, other.details["fields"]) == ("REQUEST_ID_CONFLICT", "reason")
    chosen = [each.id for each in await bank.adjustments(run_id)]
    other = await wire.rejection(bank.post_adjustments(run_id, *chosen, request_id="p", reason="Month's end"))
    assert other.details["fields"] == "selection"
    assert counts(await bank.post_adjustments(run_id, request_id="q")) == (1, 0, False)
    assert counts(await bank.post_adjustments(run_id, request_id="nothing")) == (0, 0, False)
    assert counts(await bank.post_adjustments(run_id, request_id="nothing")) == (0, 0, True)
    assert await money(server, "@BankFees") == [5_70]
    assert (await verify(connection)).faults == []


async def test_a_call_that_did_not_end_is_gone_on_with(server: Server, connection: asyncpg.Connection) -> None:
    bank = await Bank.open(server, connection)
    await bank.post("much", "100.00")
    fees = [records.record(f"fee {at}", "-1.00", description="fee", counterparty=str(at)) for at in range(4)]
    await bank.tell(*fees)
    run_id = await bank.run(of_fees())
    proposed = [each.id for each in await bank.adjustments(run_id)]
    # Its server died when it had posted the first of the three that were proposed by then.
    asked = adjustment_calls.asked(Noun.ADJUSTMENTS_POSTED, "p", uuid_of(run_id), None, None, effective_time=None)
    await adjustment_calls.chosen_once(
        engine_of(server), asked, uuid_of(run_id), [uuid_of(each) for each in proposed[:3]]
    )
    await bank.post_adjustments(run_id, proposed[0])
    answers = await asyncio.gather(*(bank.post_adjustments(run_id, request_id="p") for _ in range(3)))
    assert {counts(answer)[:2] for answer in answers} == {(3, 0)}
    assert sum(not answer.replayed for answer in answers) == 1
    assert counts(await bank.post_adjustments(run_id, request_id="p")) == (3, 0, True)
    assert await money(server, "@BankFees") == [3_00]
    assert (await verify(connection)).faults == []


async def test_a_repeated_rejection_rejects_nothing_more(server: Server, connection: asyncpg.Connection) -> None:
    bank, run_id = await of_both(server, connection)
    of_match, of_record = [each.id for each in await bank.adjustments(run_id)]
    await bank.post_adjustments(run_id, of_record)
    chosen = (of_match, of_record)
    assert counts(await bank.reject_adjustments(run_id, *chosen, request_id="r")) == (1, 1, False)
    await bank.reverse_adjustment(of_record)
    again = await bank.reject_adjustments(run_id, *chosen, request_id="r")
    assert (counts(again), len(again.skipped)) == ((1, 1, True), 0)
    other = await wire.rejection(bank.reject_adjustments(run_id, *chosen, request_id="r", reason="Another"))
    assert (other.reason, other.details["fields"]) == ("REQUEST_ID_CONFLICT", "reason")
    assert (await verify(connection)).faults == []


async def test_a_repeated_reversal_answers_with_what_was_reversed(
    server: Server, connection: asyncpg.Connection
) -> None:
    bank = await a_bank(server, connection)
    run_id = await bank.run(of_fees())
    await bank.post_adjustments(run_id)
    (posted,) = await bank.adjustments(run_id)
    reversed_ = await bank.reverse_adjustment(posted.id, request_id="v")
    assert bank_runs.adjustment_status(reversed_) == "REVERSED"
    assert await bank.reverse_adjustment(posted.id, request_id="v") == reversed_
    request = {"reconciliation_adjustment_id": posted.id, "reason": "A mistake.", "request_id": "v"}
    again = await server.reconciliations.ReverseReconciliationAdjustment(
        bank_runs.pb.ReverseReconciliationAdjustmentRequest(**request)
    )
    assert (again.replayed, again.reconciliation_adjustment) == (True, reversed_)
    other = await wire.rejection(bank.reverse_adjustment(posted.id, request_id="v", reason="Another"))
    assert (other.reason, other.details["fields"]) == ("REQUEST_ID_CONFLICT", "reason")
    assert (await verify(connection)).faults == []
