"""Runs of reconciliation: asked for, ended by a process of their own, done again with the same result."""

import asyncio
from typing import Any

import asyncpg
import grpc
from ledgerapi.v1 import (
    event_service_pb2,
    external_record_pb2,
    external_source_pb2,
    reconciliation_pb2,
    transaction_pb2,
)
from ledgerapi.v1 import identity_service_pb2 as identities
from ledgerapi.v1 import ledger_service_pb2 as ledgers
from ledgerapi.v1 import reconciliation_service_pb2 as pb

from ledgerd.operations.verify import verify
from tests.conftest import Server
from tests.rpc import records, rules, runs, wire
from tests.rpc.bank_runs import Bank

PENDING = external_record_pb2.EXTERNAL_RECORD_STATUS_PENDING
INFORMATION = external_record_pb2.EXTERNAL_RECORD_STATUS_INFORMATION
INFLIGHT = transaction_pb2.TRANSACTION_STATUS_INFLIGHT


async def held(server: Server, reference: str, balance_id: str, amount: int) -> transaction_pb2.Transaction:
    return (await wire.record(server, wire.from_world(reference, balance_id, amount, inflight=True))).transaction


async def test_a_run_says_how_many_rows_had_which_outcome(server: Server) -> None:
    source_id, balance_id, rule_id = await runs.bank(server)
    drifting = await rules.create(server, criteria=[runs.ABOUT, rules.REFERENCE])
    await runs.movements(server, balance_id, 10)
    await records.upload(server, source_id, [*runs.told(6), *runs.told(1, 6, "1.03"), *runs.told(2, 20)])
    asked = await runs.start(server, source_id, rule_id, drifting.id)
    assert (runs.status(asked), asked.balance_count) == ("PENDING", 1)
    found = await runs.ended(server, asked.id)
    assert (runs.status(found), found.HasField("rejection")) == ("FINISHED", False)
    assert runs.totals(found) == {
        ("USD", "MATCHED"): (6, "6.00", 6, "6.00"),
        ("USD", "MATCHED_WITH_DIFFERENCE"): (1, "1.03", 1, "1.00"),
        ("USD", "UNMATCHED"): (2, "2.00", 3, "3.00"),
    }
    assert [(each.matching_rule_id, each.version) for each in found.matching_rules] == [(rule_id, 1), (drifting.id, 1)]
    assert len(found.result_hash) == 64
    assert found.stage == reconciliation_pb2.RECONCILIATION_STAGE_DONE


async def test_a_run_brings_its_records_along(server: Server, connection: asyncpg.Connection) -> None:
    source_id, balance_id, rule_id = await runs.bank(server)
    await runs.movements(server, balance_id, 3)
    await records.upload(server, source_id, runs.told(1))
    asked = await runs.begun(server, source_id, rule_id, external_records=runs.told(2, 1), request_id="r")
    again = await runs.begun(server, source_id, rule_id, external_records=runs.told(2, 1), request_id="r")
    assert (asked.replayed, again.replayed) == (False, True)
    assert asked.reconciliation.id == again.reconciliation.id and len(asked.reconciliation.upload_ids) == 1
    found = await runs.ended(server, asked.reconciliation.id)
    assert runs.totals(found) == {
        ("USD", "MATCHED"): (2, "2.00", 2, "2.00"),
        ("USD", "UNMATCHED"): (0, "0.00", 1, "1.00"),
    }
    other = await wire.rejection(
        runs.begun(server, source_id, rule_id, external_records=runs.told(2, 2), request_id="r")
    )
    assert (other.reason, other.details["fields"]) == ("REQUEST_ID_CONFLICT", "external_records")
    assert (await verify(connection)).faults == []


async def test_a_run_whose_upload_is_rejected_says_so(server: Server) -> None:
    source_id, _, rule_id = await runs.bank(server)
    bad = records.record("k", "?")
    done = await records.upload(server, source_id, [bad], fault_policy=records.REJECT_ALL)
    refused = await wire.rejection(runs.begun(server, source_id, rule_id, upload_ids=[done.id]))
    assert (refused.reason, refused.details["status"]) == ("UPLOAD_NOT_READ", "REJECTED")
    found = await runs.run(server, source_id, rule_id, external_records=[bad])
    assert runs.status(found) == "FAILED" and not found.totals
    rejection = wire.of_rejection(found.rejection)
    assert (rejection.reason, rejection.details["status"]) == ("UPLOAD_NOT_READ", "REJECTED")
    assert await records.faults(server, found.upload_ids[0]) == [(1, "amount", "AMOUNT_INVALID")]


async def test_the_window_holds_for_both_sides(server: Server) -> None:
    source_id, balance_id, rule_id = await runs.bank(server)
    await runs.movements(server, balance_id, 2)
    await records.upload(server, source_id, runs.told(2))
    past = await runs.run(server, source_id, rule_id, begin_date="2026-01-01", end_date="2026-02-01")
    assert runs.totals(past) == {("USD", "OUTSIDE_WINDOW"): (2, "2.00", 2, "2.00")}
    march = await runs.run(server, source_id, rule_id, begin_date="2026-03-31", end_date="2026-04-01")
    assert runs.totals(march) == {
        ("USD", "UNMATCHED"): (2, "2.00", 0, "0.00"),
        ("USD", "OUTSIDE_WINDOW"): (0, "0.00", 2, "2.00"),
    }


async def test_rows_that_are_left_out_are_counted_and_a_replay_counts_them_again(
    server: Server, connection: asyncpg.Connection
) -> None:
    """With holds, with money that goes, and seen from a bank whose credits are debits here."""
    bank = await Bank.open(server, connection, sign_convention=external_source_pb2.SIGN_CONVENTION_MONEY_IN_IS_DEBIT)
    april, may = ({"effective_time": {"seconds": seconds}} for seconds in (1_775_100_000, 1_777_700_000))
    inside = [await bank.post("a", "1.00", **april), await bank.post("b", "2.00", **april)]
    outside = [await bank.post("c", "4.00", **may), await bank.post("d", "8.00", **may)]
    await wire.record(server, wire.draft("e", bank.balance_id, "@Sales", 1_600, allow_overdraft=True, **may))
    hold = await held(server, "f", bank.balance_id, 6_400)
    await wire.resolve(server, wire.commit(hold.id, 3_200, "part"))
    await bank.ignore([], [inside[0], outside[0]])
    told = await bank.tell(
        *(
            records.record(key, amount, booking_date=day)
            for key, amount, day in (
                *(("k", "10.00", "2026-04-02"), ("l", "-20.00", "2026-04-02")),
                *(("m", "40.00", "2026-05-02"), ("n", "80.00", "2026-03-31"), ("o", "-160.00", "2026-05-02")),
            )
        )
    )
    await bank.ignore([told[1], told[4]])
    rule = await rules.create(server)
    asked = {
        "begin_date": "2026-04-01",
        "end_date": "2026-05-01",
        "entry_time": reconciliation_pb2.ENTRY_TIME_EFFECTIVE_TIME,
        "statuses": [transaction_pb2.TRANSACTION_STATUS_APPLIED, INFLIGHT],
    }
    found = await runs.run(server, bank.source.id, rule.id, **asked)
    expected = {
        ("USD", "UNMATCHED"): (1, "10.00", 1, "-2.00"),
        ("USD", "IGNORED"): (1, "-20.00", 1, "-1.00"),
        ("USD", "OUTSIDE_WINDOW"): (2, "120.00", 4, "-56.00"),
    }
    assert runs.totals(found) == expected
    await bank.restore([told[1]], [inside[0]])
    await bank.post("late", "99.00", **may)
    again = await runs.replay(server, found.id)
    assert (again.replay_outcome, runs.totals(again)) == (reconciliation_pb2.REPLAY_OUTCOME_EQUAL, expected)
    await connection.execute("SET session_replication_role = replica")
    await connection.execute(
        "DELETE FROM record_claims WHERE record_number IN (SELECT min(record_number) FROM record_claims)"
    )
    lost = await runs.replay(server, found.id)
    assert lost.replay_outcome == reconciliation_pb2.REPLAY_OUTCOME_DIFFERENT
    assert "USD, IGNORED, records: 1 then, 0 again." in lost.replay_differences


async def test_a_run_has_all_that_was_posted_before_it_was_started(
    server: Server, connection: asyncpg.Connection
) -> None:
    """Also what has no position in the journal yet: the run begins when it has one."""
    source_id, balance_id, rule_id = await runs.bank(server)
    await records.upload(server, source_id, runs.told(1))
    leased = "SELECT count(*) FROM reconciliations WHERE lease_token IS NOT NULL"
    async with connection.transaction():
        await connection.execute("SELECT FROM journal_head FOR UPDATE")  # Nothing gets a position meanwhile.
        await wire.record(server, wire.from_world("ref-0", balance_id, "1.00"))
        started = await runs.start(server, source_id, rule_id)
        while not await connection.fetchval(leased):
            await asyncio.sleep(0.02)
        for _ in range(10):
            assert not await connection.fetchval("SELECT count(*) FROM reconciliations WHERE position IS NOT NULL")
            await asyncio.sleep(0.02)
    found = await runs.ended(server, started.id)
    assert runs.totals(found) == {("USD", "MATCHED"): (1, "1.00", 1, "1.00")}


async def test_holds_that_are_open_count_with_what_remains_of_them(server: Server) -> None:
    source_id, balance_id, rule_id = await runs.bank(server)
    hold = await held(server, "ref-0", balance_id, 500)
    await wire.resolve(server, wire.commit(hold.id, 200, "part"))
    whole = await held(server, "ref-1", balance_id, 300)
    await wire.resolve(server, wire.commit(whole.id, None, "all"))
    await records.upload(server, source_id, [records.record("k", "3.00", references=["ref-0"], status=PENDING)])
    found = await runs.run(server, source_id, rule_id, statuses=[INFLIGHT])
    assert runs.totals(found) == {("USD", "MATCHED"): (1, "3.00", 1, "3.00")}
    await wire.resolve(server, wire.void(hold.id, "rest"))
    gone = await runs.run(server, source_id, rule_id, statuses=[INFLIGHT])
    assert runs.totals(gone) == {("USD", "UNMATCHED"): (1, "3.00", 0, "0.00")}
    moved = await runs.run(server, source_id, rule_id)
    assert runs.totals(moved) == {("USD", "UNMATCHED"): (0, "0.00", 2, "5.00")}
    assert (await runs.replay(server, found.id)).replay_outcome == reconciliation_pb2.REPLAY_OUTCOME_EQUAL


async def test_what_is_told_for_information_is_compared_in_no_run(server: Server) -> None:
    source_id, balance_id, rule_id = await runs.bank(server)
    await held(server, "ref-0", balance_id, 500)
    told = records.record("k", "5.00", references=["ref-0"], status=INFORMATION, source_status="declined")
    await records.upload(server, source_id, [told, records.record("p", "1.00", status=PENDING), records.record("b")])
    holds = await runs.run(server, source_id, rule_id, statuses=[INFLIGHT])
    assert runs.totals(holds) == {("USD", "UNMATCHED"): (2, "2.00", 1, "5.00")}
    moved = await runs.run(server, source_id, rule_id)
    assert runs.totals(moved) == {("USD", "UNMATCHED"): (1, "1.00", 0, "0.00")}


async def test_the_balances_of_ledgers_and_of_identities_add_up(server: Server) -> None:
    source_id, balance_id, rule_id = await runs.bank(server)
    created = [
        await server.ledgers.CreateLedger(ledgers.CreateLedgerRequest(ledger={"name": name})) for name in ("A", "B")
    ]
    books = [made.ledger.id for made in created]
    wanted = identities.CreateIdentityRequest(identity={"individual": {"first_name": "Ada"}})
    owner = (await server.identities.CreateIdentity(wanted)).identity.id
    for fields in ({"ledger_id": books[0]}, {"ledger_id": books[1]}, {"ledger_id": books[1], "identity_id": owner}):
        await server.ledgers.CreateBalance(ledgers.CreateBalanceRequest(balance={"currency": "USD", **fields}))

    async def count(**named: Any) -> int:
        return (await runs.start(server, source_id, rule_id, **named)).balance_count

    assert await count() == 1
    assert await count(ledger_ids=books[:1]) == 1
    assert await count(ledger_ids=books) == 3
    assert await count(identity_ids=[owner]) == 1
    assert await count(ledger_ids=books, identity_ids=[owner]) == 3
    assert await count(ledger_ids=books[:1], identity_ids=[owner], balance_ids=[balance_id]) == 3
    found = await runs.run(server, source_id, rule_id, ledger_ids=books, identity_ids=[owner])
    assert (list(found.ledger_ids), list(found.identity_ids)) == (books, [owner])
    for named, reason in (
        ({"ledger_ids": [f"ldg_{rules.NOBODY}"]}, "LEDGER_NOT_FOUND"),
        ({"identity_ids": [owner, f"idt_{rules.NOBODY}"]}, "IDENTITY_NOT_FOUND"),
        ({"ledger_ids": books * 51}, "TOO_MANY_ITEMS"),
        ({"upload_ids": [f"upl_{rules.NOBODY}"] * 2}, "TOO_MANY_ITEMS"),
    ):
        assert (await wire.rejection(runs.begun(server, source_id, rule_id, **named))).reason == reason


async def test_a_replay_finds_the_same_after_new_movements_and_new_records(server: Server) -> None:
    source_id, balance_id, rule_id = await runs.bank(server)
    await runs.movements(server, balance_id, 20)
    await records.upload(server, source_id, runs.told(15))
    first = await runs.run(server, source_id, rule_id)
    await runs.movements(server, balance_id, 20, 20)
    await records.upload(server, source_id, runs.told(25, 15))
    again = await runs.replay(server, first.id)
    assert again.replay_outcome == reconciliation_pb2.REPLAY_OUTCOME_EQUAL
    assert (again.result_hash, again.journal_cursor) == (first.result_hash, first.journal_cursor)
    assert again.replayed_reconciliation_id == first.id and runs.totals(again) == runs.totals(first)
    later = await runs.run(server, source_id, rule_id)
    assert later.result_hash != first.result_hash
    assert runs.totals(later) == {("USD", "MATCHED"): (40, "40.00", 40, "40.00")}


async def test_a_replay_names_what_differs(server: Server, connection: asyncpg.Connection) -> None:
    """Metadata is read as it is now: what was edited since is found, and said."""
    source_id, balance_id, _ = await runs.bank(server)
    order = {"field": "MATCHING_FIELD_METADATA", "metadata_key": "order"}
    rule = await rules.create(server, criteria=[rules.AMOUNT, order])
    posted = (await wire.record(server, wire.from_world("r", balance_id, 100, metadata={"order": "7"}))).transaction
    await records.upload(server, source_id, [records.record("k", "1.00", metadata={"order": "7"})])
    first = await runs.run(server, source_id, rule.id)
    assert runs.totals(first) == {("USD", "MATCHED"): (1, "1.00", 1, "1.00")}
    await connection.execute("UPDATE transactions SET metadata = '{\"order\": \"8\"}' WHERE reference = 'r'")
    again = await runs.replay(server, first.id)
    assert again.replay_outcome == reconciliation_pb2.REPLAY_OUTCOME_DIFFERENT
    assert any(posted.id in sentence and "not again" in sentence for sentence in again.replay_differences)


async def test_a_run_that_is_cancelled_has_no_result(server: Server) -> None:
    source_id, _, rule_id = await runs.bank(server)
    asked = await runs.start(server, source_id, rule_id)
    await runs.cancel(server, asked.id)
    found = await runs.ended(server, asked.id)
    assert runs.status(found) == "CANCELLED" and not found.totals and not found.result_hash
    assert runs.status(await runs.cancel(server, asked.id)) == "CANCELLED"
    refused = await wire.rejection(runs.replay(server, asked.id))
    assert (refused.reason, refused.details["status"]) == ("RECONCILIATION_NOT_FINISHED", "CANCELLED")
    done = await runs.run(server, source_id, rule_id)
    refused = await wire.rejection(runs.cancel(server, done.id))
    assert (refused.reason, refused.details["status"]) == ("RECONCILIATION_ENDED", "FINISHED")


async def test_a_watch_tells_of_a_run_until_it_ends(server: Server) -> None:
    source_id, balance_id, rule_id = await runs.bank(server)
    await runs.movements(server, balance_id, 5)
    asked = await runs.start(server, source_id, rule_id)
    request = pb.WatchReconciliationRequest(reconciliation_id=asked.id)
    async with asyncio.timeout(wire.PATIENCE_SECONDS):
        seen = [answer.reconciliation async for answer in server.reconciliations.WatchReconciliation(request)]
    assert runs.status(seen[-1]) == "FINISHED" and seen[-1] == await runs.get(server, asked.id)
    assert [runs.status(each) for each in seen[:-1]] and "FINISHED" not in [runs.status(each) for each in seen[:-1]]
    nobody = pb.WatchReconciliationRequest(reconciliation_id=f"rec_{rules.NOBODY}")
    try:
        await server.reconciliations.WatchReconciliation(nobody).read()
    except grpc.aio.AioRpcError as error:
        assert wire.of_error(error).reason == "RECONCILIATION_NOT_FOUND"


async def test_runs_are_listed_by_source_and_status(server: Server) -> None:
    source_id, _, rule_id = await runs.bank(server)
    other_id, _, _ = await runs.bank(server, "Bank B")
    first, _ = await runs.run(server, source_id, rule_id), await runs.run(server, other_id, rule_id)
    request = pb.ListReconciliationsRequest(
        filter=f"external_source_id = {source_id} AND status = RECONCILIATION_STATUS_FINISHED"
    )
    page = await server.reconciliations.ListReconciliations(request)
    assert [each.id for each in page.reconciliations] == [first.id]


async def test_runs_tell_their_beginning_and_their_end(server: Server) -> None:
    watching = await wire.watch_events(server, kinds=wire.kinds("RECONCILIATION_CREATED", "RECONCILIATION_FINISHED"))
    source_id, balance_id, rule_id = await runs.bank(server)
    await runs.movements(server, balance_id, 2)
    found = await runs.run(server, source_id, rule_id)
    begin, end = await watching.events(2)
    assert [wire.kind(event) for event in (begin, end)] == ["RECONCILIATION_CREATED", "RECONCILIATION_FINISHED"]
    assert begin.reconciliation.reconciliation.id == end.reconciliation.reconciliation.id == found.id
    assert end.reconciliation.reconciliation.result_hash == found.result_hash
    assert list(end.reconciliation.reconciliation.totals) == list(found.totals)
    assert end.reconciliation.reconciliation.journal_cursor == found.journal_cursor
    request = event_service_pb2.ListEventsRequest(after_cursor=found.journal_cursor, page_size=1_000)
    after = (await server.events.ListEvents(request)).events
    kinds = [wire.kind(event) for event in after]
    assert "RECONCILIATION_FINISHED" in kinds
    assert kinds.count("TRANSACTION_APPLIED") + sum(total.entry_count for total in found.totals) == 2
    watching.cancel()


async def test_what_cannot_be_begun_is_rejected_by_name(server: Server) -> None:
    source_id, _, rule_id = await runs.bank(server)
    other_id, _, _ = await runs.bank(server, "Bank B")
    upload = await records.upload(server, other_id, runs.told(1))
    expired = await rules.create(server, valid_until_time={"seconds": 1_000_000})
    for more, fields in (
        ({"upload_ids": [upload.id]}, ("upload_ids[0]",)),
        ({"begin_date": "2026-01-02", "end_date": "2026-01-02"}, ("end_date",)),
        ({"begin_date": "2026-02-30"}, ("begin_date",)),
        ({"ledger_ids": ["x"]}, ("ledger_ids[0]",)),
        ({"external_records": runs.told(1), "upload_ids": [upload.id]}, ("external_records",)),
        ({"statuses": [INFLIGHT, INFLIGHT]}, ("statuses[1]",)),
        ({"matching_rule_set_version": 1}, ("matching_rule_set_version",)),
    ):
        refused = await wire.rejection(runs.begun(server, source_id, rule_id, **more))
        assert (refused.reason, refused.fields) == ("FIELD_INVALID", fields), more
    refused = await wire.rejection(runs.begun(server, source_id, expired.id, begin_date="2026-01-01"))
    assert (refused.reason, refused.fields) == ("FIELD_INVALID", ("matching_rules",))
    refused = await wire.rejection(runs.begun(server, source_id))
    assert (refused.reason, refused.fields) == ("FIELD_INVALID", ("matching_rules",))


async def test_a_batch_and_an_identity_are_told_apart_by_the_ids_that_callers_see(server: Server) -> None:
    source_id, balance_id, _ = await runs.bank(server)
    by_batch = await rules.create(
        server,
        criteria=[rules.AMOUNT],
        strategy="MATCHING_STRATEGY_ONE_TO_MANY",
        grouping={"keys": [{"field": "MATCHING_FIELD_GROUP_KEY"}]},
    )
    identity = {"ledger_field": "MATCHING_FIELD_IDENTITY", "extract": "idt_[0-9a-z]{26}"}
    by_identity = await rules.create(
        server, criteria=[rules.AMOUNT, {"field": "MATCHING_FIELD_DESCRIPTION", **identity}]
    )
    request = identities.CreateIdentityRequest(identity={"individual": {"first_name": "Ada"}})
    person_id = (await server.identities.CreateIdentity(request)).identity.id
    sales = [wire.post(wire.from_world(f"sale {number}", balance_id, 100)) for number in range(3)]
    batch_id = (await wire.batch(server, sales)).batch.id
    await wire.record(server, wire.from_world("rent", balance_id, 700, identity_ids=[person_id]))
    payout = records.record("payout", "3.00", group_key=batch_id)
    rent = records.record("rent", "7.00", description=f"rent of {person_id}")
    await records.upload(server, source_id, [payout, rent])
    found = await runs.run(server, source_id, by_identity.id, by_batch.id)
    assert runs.totals(found) == {("USD", "MATCHED"): (2, "10.00", 4, "10.00")}
