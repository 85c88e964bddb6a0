"""Decisions about what runs found: confirmed, rejected, made, released, ignored, restored."""

import asyncio
import uuid

import asyncpg
import pytest
from ledgerapi.v1 import reconciliation_match_pb2 as match_pb2
from ledgerapi.v1 import reconciliation_service_pb2 as pb

from ledgerd.access.caller import Caller
from ledgerd.core.model import ids
from ledgerd.core.model.rejection import Rejected
from ledgerd.operations import found_rows, row_checks
from ledgerd.operations.verify import verify
from ledgerd.store.row_decisions import Choice
from tests.conftest import Server
from tests.rpc import bank_runs, records, wire
from tests.rpc.bank_runs import BY_REFERENCE, EXACT, Bank

NOBODY = "01hzzzzzzzzzzzzzzzzzzzzzzz"


def key(match: match_pb2.ReconciliationMatch) -> match_pb2.ReconciliationEntryKey:
    """The first entry of a match."""
    entry = match.entries[0]
    return match_pb2.ReconciliationEntryKey(transaction_id=entry.transaction_id, balance_id=entry.balance_id)


async def a_bank(server: Server, connection: asyncpg.Connection, pairs: int = 3, **more: object) -> Bank:
    """A source with so many records and entries that fit each other."""
    bank = await Bank.open(server, connection, **more)
    refs = [f"{bank.source.name}-{number}" for number in range(1, pairs + 1)]
    for number, reference in enumerate(refs, 1):
        await bank.post(reference, f"{number}.00")
    await bank.tell(
        *(records.record(f"k{number}", f"{number}.00", references=[ref]) for number, ref in enumerate(refs, 1))
    )
    return bank


async def test_confirmed_matches_keep_their_rows_from_later_runs(
    server: Server, connection: asyncpg.Connection
) -> None:
    bank = await a_bank(server, connection)
    first = await bank.run()
    confirmed = await bank.confirm(first, reason="Month's end")
    decision = confirmed.reconciliation_decision
    assert (decision.match_count, decision.record_count, decision.entry_count) == (3, 3, 3)
    assert (decision.kind, decision.reason) == (match_pb2.RECONCILIATION_DECISION_KIND_CONFIRM_MATCHES, "Month's end")
    assert [bank_runs.status(match) for match in await bank.matches(first)] == ["CONFIRMED"] * 3
    second = await bank.run()
    assert await bank.matches(second) == []
    assert await bank.unmatched(second) == []


async def test_proposed_matches_keep_nothing_from_later_runs(server: Server, connection: asyncpg.Connection) -> None:
    bank = await a_bank(server, connection)
    first, second = await bank.run(), await bank.run()
    assert await bank.numbers(first) == await bank.numbers(second) == [1, 2, 3]
    await bank.confirm(first, 2)
    answered = await bank.confirm(second)
    assert (answered.reconciliation_decision.match_count, answered.reconciliation_decision.skipped_count) == (2, 1)
    assert bank_runs.skipped(answered) == {2: "ROW_CLAIMED"}
    details = wire.of_rejection(answered.skipped[0].rejection).details
    assert (details["reconciliation"], details["number"]) == (first, "2")
    assert [bank_runs.status(match) for match in await bank.matches(second)] == ["CONFIRMED", "PROPOSED", "CONFIRMED"]


async def test_two_callers_confirm_overlapping_matches_at_once(server: Server, connection: asyncpg.Connection) -> None:
    bank = await a_bank(server, connection, pairs=40)
    found = [await bank.run() for _ in range(4)]
    answers = await asyncio.gather(*(bank.confirm(run_id) for run_id in found))
    assert sum(answer.reconciliation_decision.match_count for answer in answers) == 40
    assert sum(answer.skipped_count for answer in answers) == 3 * 40
    open_claims = "SELECT count(*) FROM record_claims WHERE released_by IS NULL"
    assert await connection.fetchval(open_claims) == 40
    assert len({answer.reconciliation_decision.id for answer in answers}) == 4


async def test_matches_of_one_rule_are_confirmed(server: Server, connection: asyncpg.Connection) -> None:
    bank = await a_bank(server, connection, pairs=2)
    await bank.post("odd", "5.00")
    await bank.tell(records.record("odd", "4.50", references=["odd"]))
    run_id = await bank.run(EXACT, BY_REFERENCE)
    answered = await bank.confirm(run_id, selection=match_pb2.MatchSelection(rule_place=2))
    assert answered.reconciliation_decision.match_count == 1
    assert await bank.numbers(run_id, "status = CONFIRMED") == [3]
    assert await bank.numbers(run_id, "rule_place = 1") == [1, 2]
    assert await bank.numbers(run_id, "has_difference = true") == [3]
    (odd,) = await bank.matches(run_id, "rule_place = 2")
    assert (odd.difference.decimal, odd.difference.currency) == ("0.50", "USD")


async def test_a_released_match_can_be_matched_again(server: Server, connection: asyncpg.Connection) -> None:
    bank = await a_bank(server, connection, pairs=1)
    first = await bank.run()
    await bank.confirm(first)
    released = await bank.release(first, 1)
    assert bank_runs.status(released.reconciliation_match) == "RELEASED"
    assert (released.reconciliation_decision.record_count, released.reconciliation_decision.entry_count) == (1, 1)
    assert released.reconciliation_match.reconciliation_decision_id == released.reconciliation_decision.id
    second = await bank.run()
    assert await bank.numbers(second) == [1]
    await bank.confirm(second)
    assert (await wire.rejection(bank.release(first, 1))).reason == "RECONCILIATION_MATCH_NOT_CONFIRMED"
    assert bank_runs.skipped(await bank.confirm(first, 1)) == {1: "RECONCILIATION_MATCH_NOT_PROPOSED"}


async def test_rejected_matches_stay_rejected_and_their_rows_free(
    server: Server, connection: asyncpg.Connection
) -> None:
    bank = await a_bank(server, connection, pairs=2)
    first = await bank.run()
    answered = await bank.reject(first, 1, 7)
    assert (answered.reconciliation_decision.match_count, bank_runs.skipped(answered)) == (
        1,
        {7: "RECONCILIATION_MATCH_NOT_FOUND"},
    )
    assert bank_runs.skipped(await bank.confirm(first, 1, 2)) == {1: "RECONCILIATION_MATCH_NOT_PROPOSED"}
    second = await bank.run()
    assert await bank.numbers(second) == [1]


async def test_a_group_is_confirmed_with_all_its_rows(server: Server, connection: asyncpg.Connection) -> None:
    bank = await Bank.open(server, connection)
    for number in range(3):
        await bank.post(f"ref-{number}", "1.00", group="payout")
    await bank.tell(records.record("payout", "3.00", group_key="payout"))
    run_id = await bank.run(bank_runs.BY_GROUP)
    (match,) = await bank.matches(run_id)
    assert (match.record_count, match.entry_count, len(match.entries)) == (1, 3, 3)
    decision = (await bank.confirm(run_id)).reconciliation_decision
    assert (decision.match_count, decision.record_count, decision.entry_count) == (1, 1, 3)
    assert await bank.unmatched(await bank.run(bank_runs.BY_GROUP)) == []


async def test_of_ambiguous_matches_that_are_chosen_the_first_has_the_rows(
    server: Server, connection: asyncpg.Connection
) -> None:
    bank = await Bank.open(server, connection)
    for reference, amount in (("a", "1.00"), ("b", "2.00"), ("c", "1.50"), ("d", "1.50")):
        await bank.post(reference, amount)
    await bank.tell(records.record("sum", "3.00"))
    run_id = await bank.run(bank_runs.SEARCHED)
    ambiguous = await bank.numbers(run_id, "ambiguous = true")
    assert ambiguous == [1, 2]
    assert (await bank.confirm(run_id)).reconciliation_decision.match_count == 0
    answered = await bank.confirm(run_id, 2, 1)
    assert (answered.reconciliation_decision.match_count, bank_runs.skipped(answered)) == (1, {2: "ROW_CLAIMED"})


async def test_somebody_makes_a_match_that_no_rule_found(server: Server, connection: asyncpg.Connection) -> None:
    bank = await Bank.open(server, connection)
    entries = [await bank.post("a", "1.00"), await bank.post("b", "2.00")]
    (record,) = await bank.tell(records.record("k", "2.90"))
    run_id = await bank.run()
    made = await bank.create(run_id, [record], entries, request_id="once")
    assert (
        made.reconciliation_match.number,
        made.reconciliation_match.rule_place,
        bank_runs.status(made.reconciliation_match),
    ) == (1, 0, "CONFIRMED")
    assert (
        made.reconciliation_match.difference.decimal,
        made.reconciliation_match.record_count,
        made.reconciliation_match.entry_count,
    ) == ("0.10", 1, 2)
    assert not (await bank.match(run_id, 1)).HasField("explanation")
    again = await bank.create(run_id, [record], entries, request_id="once")
    assert (again.replayed, again.reconciliation_match) == (True, made.reconciliation_match)
    assert (await wire.rejection(bank.create(run_id, [record], entries))).reason == "ROW_CLAIMED"
    assert await bank.unmatched(await bank.run()) == []


async def test_ignored_rows_are_skipped_until_they_are_restored(server: Server, connection: asyncpg.Connection) -> None:
    bank = await Bank.open(server, connection)
    entry = await bank.post("a", "1.00")
    (record,) = await bank.tell(records.record("k", "1.00", references=["a"]))
    decision = (await bank.ignore([record], [entry])).reconciliation_decision
    assert (decision.record_count, decision.entry_count) == (1, 1)
    assert await bank.matches(await bank.run()) == []
    assert (await wire.rejection(bank.ignore([record]))).reason == "ROW_CLAIMED"
    await bank.restore([record], [entry])
    assert (await wire.rejection(bank.restore([record]))).reason == "ROW_NOT_IGNORED"
    run_id = await bank.run()
    assert await bank.numbers(run_id) == [1]
    await bank.confirm(run_id)
    assert (await wire.rejection(bank.restore([], [entry]))).reason == "ROW_NOT_IGNORED"
    assert (await wire.rejection(bank.ignore([record]))).details["number"] == "1"


async def test_a_decision_is_made_once(server: Server, connection: asyncpg.Connection) -> None:
    bank = await a_bank(server, connection, pairs=2)
    run_id = await bank.run()
    first = await bank.confirm(run_id, 1, request_id="r")
    again = await bank.confirm(run_id, 1, request_id="r")
    assert (again.replayed, again.reconciliation_decision) == (True, first.reconciliation_decision)
    conflict = await wire.rejection(bank.confirm(run_id, 2, request_id="r"))
    assert (conflict.reason, conflict.details["fields"]) == ("REQUEST_ID_CONFLICT", "selection")
    other = await wire.rejection(bank.reject(run_id, 1, request_id="r", reason=""))
    assert other.reason == "FIELD_INVALID"
    assert (await wire.rejection(bank.reject(run_id, 1, request_id="r"))).reason == "REQUEST_ID_CONFLICT"
    assert (await verify(connection)).faults == []


async def test_decisions_are_listed(server: Server, connection: asyncpg.Connection) -> None:
    bank = await a_bank(server, connection, pairs=2)
    run_id = await bank.run()
    await bank.confirm(run_id, 1)
    await bank.reject(run_id, 2)
    await bank.release(run_id, 1)
    listed = (
        await server.reconciliations.ListReconciliationDecisions(pb.ListReconciliationDecisionsRequest())
    ).reconciliation_decisions
    kinds = [
        match_pb2.ReconciliationDecisionKind.Name(each.kind).removeprefix("RECONCILIATION_DECISION_KIND_")
        for each in listed
    ]
    assert kinds == ["RELEASE_MATCH", "REJECT_MATCHES", "CONFIRM_MATCHES"]
    only = pb.ListReconciliationDecisionsRequest(
        filter=f"external_source_id = {bank.source.id} AND kind = REJECT_MATCHES"
    )
    assert len((await server.reconciliations.ListReconciliationDecisions(only)).reconciliation_decisions) == 1


async def test_nothing_is_decided_about_dry_and_unfinished_runs(server: Server, connection: asyncpg.Connection) -> None:
    bank = await a_bank(server, connection, pairs=1)
    dry = await bank.run(dry_run=True)
    assert await bank.numbers(dry) == [1]
    assert (await wire.rejection(bank.confirm(dry))).reason == "RECONCILIATION_IS_DRY_RUN"
    assert (await wire.rejection(bank.reject(dry, 1))).reason == "RECONCILIATION_IS_DRY_RUN"
    begun = await bank.run(finish=False)
    for call in (bank.confirm(begun), bank.reject(begun, 1), bank.matches(begun), bank.match(begun, 1)):
        assert (await wire.rejection(call)).reason == "RECONCILIATION_NOT_FINISHED"


async def test_what_does_not_exist_is_named(server: Server, connection: asyncpg.Connection) -> None:
    bank = await a_bank(server, connection, pairs=1)
    other = await a_bank(server, connection, pairs=1)
    run_id = await bank.run()
    mine, theirs = [(await each.matches(await each.run()))[0].records[0].id for each in (bank, other)]
    entry = await bank.post("more", "1.00")
    within = match_pb2.ReconciliationEntryKey(transaction_id=entry.transaction_id, balance_id=other.balance_id)
    for call, reason in (
        (bank.confirm(f"rec_{NOBODY}"), "RECONCILIATION_NOT_FOUND"),
        (bank.release(run_id, 9), "RECONCILIATION_MATCH_NOT_FOUND"),
        (bank.match(run_id, 9), "RECONCILIATION_MATCH_NOT_FOUND"),
        (bank.ignore([f"xrc_{NOBODY}"]), "EXTERNAL_RECORD_NOT_FOUND"),
        (bank.ignore([theirs]), "EXTERNAL_RECORD_NOT_FOUND"),
        (bank.create(run_id, [theirs, mine], []), "EXTERNAL_RECORD_NOT_FOUND"),
        (bank.create(run_id, [mine], [within]), "RECONCILIATION_ENTRY_NOT_FOUND"),
        (bank.ignore([], [within]), "RECONCILIATION_ENTRY_NOT_FOUND"),
    ):
        assert (await wire.rejection(call)).reason == reason


async def test_a_match_has_one_currency(server: Server, connection: asyncpg.Connection) -> None:
    balances = [await wire.open_balance(server, currency) for currency in ("USD", "EUR")]
    source = await records.source(server, "Both", currency="", balance_ids=balances)
    bank = Bank(server, connection, source, balances[0])
    entry = await bank.post("a", "1.00")
    euro = records.record("k")
    euro.amount.currency = "EUR"
    (record,) = await bank.tell(euro)
    rejected = await wire.rejection(bank.create(await bank.run(), [record], [entry]))
    assert rejected.reason == "CURRENCY_MISMATCH"


async def test_where_another_caller_is_demanded_an_unknown_one_confirms_nothing(
    server: Server, connection: asyncpg.Connection
) -> None:
    bank = await a_bank(server, connection, pairs=1, confirmation_policy="CONFIRMATION_POLICY_ANOTHER_CALLER")
    run_id = await bank.run(created_by="ada")
    (match,) = await bank.matches(run_id)
    assert (await wire.rejection(bank.confirm(run_id))).reason == "CONFIRMER_IS_PROPOSER"
    made = await bank.create(run_id, [match.records[0].id], [key(match)])
    assert (made.reconciliation_match.number, bank_runs.status(made.reconciliation_match)) == (2, "PROPOSED")
    assert (await wire.rejection(bank.confirm(run_id, 2))).reason == "CONFIRMER_IS_PROPOSER"
    assert (await bank.reject(run_id, 1, 2)).reconciliation_decision.match_count == 2


async def test_a_match_that_somebody_proposes_is_confirmed_by_another_caller(
    server: Server, connection: asyncpg.Connection
) -> None:
    """Whoever began the run is another one than whoever made the match."""
    bank = await a_bank(server, connection, pairs=1, confirmation_policy="CONFIRMATION_POLICY_ANOTHER_CALLER")
    run_id = await bank.run(created_by="carl")
    (match,) = await bank.matches(run_id)
    made = await bank.create(run_id, [match.records[0].id], [key(match)])
    assert (made.reconciliation_decision.match_count, made.reconciliation_decision.record_count) == (1, 0)
    assert await bank.numbers(await bank.run()) == [1]
    await connection.execute("SET session_replication_role = replica")
    await connection.execute("UPDATE row_decisions SET decided_by = 'ada'")
    number = ids.decode(ids.RECONCILIATION, run_id)
    assert number is not None
    run = await found_rows.find_finished(connection, uuid.UUID(int=number))
    for caller, numbers, may in (
        ("ada", [2], False),
        ("bob", [2], True),
        ("carl", [2], True),
        ("carl", [1, 2], False),
        ("ada", [1, 2], False),
        ("ada", None, True),
        ("bob", [1, 2], True),
    ):
        check = row_checks.check_confirmer(connection, Caller(caller), run, Choice(run.id, None, numbers))
        if may:
            await check
        else:
            with pytest.raises(Rejected, match="CONFIRMER_IS_PROPOSER"):
                await check


async def test_a_proposed_match_claims_its_rows_when_it_is_confirmed(
    server: Server, connection: asyncpg.Connection
) -> None:
    bank = await a_bank(server, connection, pairs=2, confirmation_policy="CONFIRMATION_POLICY_ANOTHER_CALLER")
    run_id = await bank.run()
    first, second = await bank.matches(run_id)
    await bank.create(run_id, [first.records[0].id], [key(second)])
    await bank.create(run_id, [first.records[0].id, second.records[0].id], [key(first)])
    await connection.execute("SET session_replication_role = replica")
    for table in ("external_sources", "reconciliations"):
        await connection.execute(f"UPDATE {table} SET confirmation_policy = 'ANY_CALLER'")
    answered = await bank.confirm(run_id, 4, 3, 2)
    assert (answered.reconciliation_decision.match_count, bank_runs.skipped(answered)) == (
        1,
        {3: "ROW_CLAIMED", 4: "ROW_CLAIMED"},
    )
    await bank.release(run_id, 2)
    assert (await bank.confirm(run_id, 3)).reconciliation_decision.record_count == 1
    answered = await bank.confirm(run_id)
    assert (answered.reconciliation_decision.match_count, bank_runs.skipped(answered)) == (0, {1: "ROW_CLAIMED"})
    statuses = [bank_runs.status(match) for match in await bank.matches(run_id)]
    assert statuses == ["PROPOSED", "RELEASED", "CONFIRMED", "PROPOSED"]
    assert await bank.numbers(await bank.run()) == []


@pytest.mark.slow
async def test_a_hundred_thousand_matches_are_confirmed_in_one_call(
    server: Server, connection: asyncpg.Connection
) -> None:
    bank = await a_bank(server, connection, pairs=1)
    run_id = await bank.run()
    await connection.execute(
        """
        INSERT INTO matches (reconciliation_id, number, level, record_number, transaction_id, balance_id, drift,
                             distance)
        SELECT m.reconciliation_id, n, 0, 1000000 + n, gen_random_uuid(), m.balance_id, 0, 0
        FROM matches m, generate_series(2, 100000) AS n
        """
    )
    decision = (await bank.confirm(run_id)).reconciliation_decision
    assert (decision.match_count, decision.record_count, decision.entry_count) == (100_000, 100_000, 100_000)
    again = await bank.confirm(run_id)
    assert (again.reconciliation_decision.match_count, again.skipped_count) == (0, 0)
