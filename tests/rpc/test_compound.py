"""Commits, voids and refunds of a split or of a whole batch by its id: atomic, spread by one rule, and once."""

import asyncio
from typing import Any

import asyncpg
import pytest
from ledgerapi.v1 import batch_pb2, event_pb2, ledger_service_pb2, operation_pb2, transaction_pb2

from tests.conftest import Begin, Server
from tests.rpc import wire
from tests.rpc.test_splits import legs_of, precise, prove, split

pb = wire.pb
INFLIGHT = transaction_pb2.TRANSACTION_STATUS_INFLIGHT
APPLIED = transaction_pb2.TRANSACTION_STATUS_APPLIED
VOID = transaction_pb2.TRANSACTION_STATUS_VOID
PARTS = {"@Shop": "60", "@Tax": "30", "@Tips": "left"}


async def held(server: Server, reference: str = "h", amount: int = 100, **more: Any) -> transaction_pb2.Transaction:
    """A held split of @Payer's money over three takers: 60, 30 and the rest."""
    return (await wire.record(server, split(reference, "@Payer", PARTS, amount, inflight=True, **more))).transaction


async def give_back(
    server: Server, of: str, amount: int | None = None, reference: str = "f", *, preview: bool = False, **more: Any
) -> pb.RefundTransactionResponse:
    asked = operation_pb2.RefundTransaction(target=wire.target(of), reference=reference, allow_overdraft=True, **more)
    if amount is not None:
        asked.precise_amount = str(amount)
    return await server.transactions.RefundTransaction(pb.RefundTransactionRequest(refund=asked, validate_only=preview))


def figures(hold: transaction_pb2.Transaction) -> tuple[Any, str, str, str]:
    return hold.status, hold.hold.committed.precise, hold.hold.voided.precise, hold.hold.remaining.precise


async def takers(server: Server) -> list[int]:
    return [await wire.balance(server, part) for part in PARTS]


# A split ---------------------------------------------------------------------------------------


async def test_a_held_split_is_committed_whole(server: Server) -> None:
    header = await held(server)
    assert figures(header) == (INFLIGHT, "0", "0", "100")
    answer = await wire.resolve(server, wire.commit(header.id))
    assert figures(answer.hold) == (APPLIED, "100", "0", "0")
    assert answer.hold == await wire.transaction(server, transaction_id=header.id)
    commit = answer.transaction
    assert (commit.kind, commit.status, commit.parent_id, commit.reference) == (
        transaction_pb2.TRANSACTION_KIND_COMMIT,
        APPLIED,
        header.id,
        f"ledgerd:commit:{header.id}",
    )
    assert (commit.amount.precise, precise(answer.legs)) == ("100", [60, 30, 10])
    assert await legs_of(server, commit) == list(answer.legs)
    assert [leg.parent_id for leg in answer.legs] == list(header.leg_ids)
    assert {leg.header_id for leg in answer.legs} == {commit.id}
    assert await takers(server) == [60, 30, 10]
    again = await wire.resolve(server, wire.commit(header.id))
    assert (again.replayed, again.transaction) == (True, commit)
    assert (await wire.rejection(wire.resolve(server, wire.void(header.id)))).reason == "HOLD_RESOLVED"
    await prove(server)


async def test_parts_are_spread_over_what_each_hold_has_left(server: Server) -> None:
    header = await held(server)
    assert precise((await wire.resolve(server, wire.commit(header.id, 11, "c1"))).legs) == [7, 3, 1]
    await wire.resolve(server, wire.void(header.leg_ids[2]))
    assert precise((await wire.resolve(server, wire.commit(header.id, 8, "c2"))).legs) == [5, 3]
    rejection = await wire.rejection(wire.resolve(server, wire.commit(header.id, 73, "c3")))
    assert rejection.reason == "HOLD_EXCEEDED"
    assert rejection.details == {
        "hold": header.id,
        "requested": "73",
        "amount": "100",
        "committed": "19",
        "voided": "9",
        "remaining": "72",
    }
    answer = await wire.resolve(server, wire.void(header.id))
    assert precise(answer.legs) == [48, 24]
    assert figures(answer.hold) == (APPLIED, "19", "81", "0")
    assert [figures(leg)[1:3] for leg in await legs_of(server, header)] == [("12", "48"), ("6", "24"), ("1", "9")]
    await prove(server)


async def test_a_leg_resolved_alone_moves_its_split(server: Server) -> None:
    header = await held(server)
    answer = await wire.resolve(server, wire.commit(header.leg_ids[1], 20, "c"))
    assert figures(answer.hold) == (INFLIGHT, "20", "0", "10")
    assert figures(await wire.transaction(server, transaction_id=header.id)) == (INFLIGHT, "20", "0", "80")
    await give_back(server, header.leg_ids[1], 5)
    assert (await wire.transaction(server, transaction_id=header.id)).refund.remaining.precise == "15"
    await prove(server)


async def test_a_split_is_refunded_in_parts_until_nothing_remains(server: Server) -> None:
    header = (await wire.record(server, split("s", "@Payer", PARTS, 100))).transaction
    assert header.refund.remaining.precise == "100"
    answer = await give_back(server, header.id, 11, "f1")
    assert (answer.refunded.refund.refunded.precise, answer.transaction.amount.precise) == ("11", "11")
    assert sorted(precise(answer.legs)) == [1, 3, 7]
    assert {leg.parent_id for leg in answer.legs} == set(header.leg_ids)
    rejection = await wire.rejection(give_back(server, header.id, 90, "f2"))
    assert rejection.details == {"transaction": header.id, "requested": "90", "remaining": "89"}
    assert sorted(precise((await give_back(server, header.id, reference="f3")).legs)) == [9, 27, 53]
    assert (await wire.rejection(give_back(server, header.id, reference="f4"))).reason == "REFUND_EXCEEDED"
    assert (await give_back(server, header.id, reference="f3")).replayed
    assert await takers(server) == [0, 0, 0]
    assert (await wire.rejection(wire.resolve(server, wire.commit(header.id)))).reason == "NOT_A_HOLD"
    await prove(server)


async def test_of_a_held_split_what_was_committed_is_refunded(server: Server) -> None:
    header = await held(server)
    assert (await wire.rejection(give_back(server, header.id))).reason == "NOT_REFUNDABLE"
    await wire.resolve(server, wire.commit(header.id, 10, "c"))
    answer = await give_back(server, header.id)
    assert (answer.transaction.amount.precise, answer.refunded.refund.remaining.precise) == ("10", "0")
    assert figures(answer.refunded) == (INFLIGHT, "10", "0", "90")
    await prove(server)


async def test_a_compound_commit_cannot_itself_be_committed_or_refunded(server: Server) -> None:
    """What it moved is refunded through the split, as that of a single commit is through its hold."""
    header, batch = await held(server), await posted(server)
    for of in (header.id, batch.batch.id):
        commit = (await wire.resolve(server, wire.commit(of, 11, f"c {of}"))).transaction
        for target in (commit.id, commit.leg_ids[0]):
            rejection = await wire.rejection(give_back(server, target))
            assert rejection.details == {"transaction": target, "status": "APPLIED", "kind": "COMMIT"}
            assert (await wire.rejection(wire.resolve(server, wire.void(target)))).reason == "NOT_A_HOLD"
    await prove(server)


async def test_previews_say_what_would_be_done(server: Server) -> None:
    header = await held(server)
    for asked in (wire.commit(header.id, 11, "c"), wire.void(header.id)):
        before = await wire.listed(server)
        seen = await wire.resolve(server, asked, preview=True)
        assert (seen.transaction.id, list(seen.transaction.leg_ids)) == ("", [])
        assert await wire.listed(server) == before
        done = await wire.resolve(server, asked)
        assert figures(seen.hold) == figures(done.hold)
        assert [(leg.amount, leg.parent_id, leg.source_figures.after) for leg in seen.legs] == [
            (leg.amount, leg.parent_id, leg.source_figures.after) for leg in done.legs
        ]
        assert {leg.id for leg in seen.legs} == {""}
    seen, done = await give_back(server, header.id, preview=True), await give_back(server, header.id)
    assert (seen.refunded, precise(seen.legs)) == (done.refunded, precise(done.legs))


async def test_a_frozen_taker_stops_all_of_it_but_a_void_passes(server: Server) -> None:
    header = await held(server)
    tips = (await legs_of(server, header))[2].destination_id
    await server.ledgers.FreezeBalance(ledger_service_pb2.FreezeBalanceRequest(balance_id=tips))
    rejection = await wire.rejection(wire.resolve(server, wire.commit(header.id)))
    assert rejection.details == {"balance": tips, "side": "destination", "leg": header.leg_ids[2]}
    assert await takers(server) == [0, 0, 0]
    assert figures((await wire.resolve(server, wire.void(header.id))).hold) == (VOID, "0", "100", "0")
    await prove(server)


# Automatically ---------------------------------------------------------------------------------


async def until_resolved(server: Server, transaction_id: str) -> transaction_pb2.Transaction:
    async with asyncio.timeout(wire.PATIENCE_SECONDS):
        while (transaction := await wire.transaction(server, transaction_id=transaction_id)).status == INFLIGHT:
            await asyncio.sleep(0.02)
    return transaction


@pytest.mark.yesterday
async def test_a_split_expires_as_one(server: Server, begin_timed_work: Begin) -> None:
    watching = await wire.watch(server)
    header = await held(server, inflight_expiry_time=wire.due())
    await wire.resolve(server, wire.commit(header.leg_ids[0], 10, "c"))
    await begin_timed_work()
    assert figures(await until_resolved(server, header.id)) == (APPLIED, "10", "90", "0")
    kinds = [event.kind for event in await watching.events(15)][7:]
    voided, expired = event_pb2.EVENT_KIND_TRANSACTION_VOIDED, event_pb2.EVENT_KIND_TRANSACTION_EXPIRED
    assert kinds == [voided, *[voided, expired] * 3, expired]
    watching.cancel()
    assert await due(server) == 0
    await prove(server)


@pytest.mark.yesterday
async def test_a_split_commits_at_its_time(server: Server) -> None:
    header = await held(server, inflight_commit_time=wire.due())
    assert figures(await until_resolved(server, header.id)) == (APPLIED, "100", "0", "0")
    commits = await wire.listed(server, f'parent_id = "{header.id}" AND kind = COMMIT')
    assert [commit.amount.precise for commit in commits] == ["100"]
    assert await due(server) == 0


async def test_a_split_resolved_in_time_is_no_longer_due(server: Server) -> None:
    header = await held(server, inflight_expiry_time=wire.in_seconds(3_600))
    assert await due(server) == 1
    for leg in header.leg_ids:
        await wire.resolve(server, wire.commit(leg))
    assert await due(server) == 0


async def due(server: Server) -> int:
    connection = await asyncpg.connect(server.app.dsn)
    try:
        return int(await connection.fetchval("SELECT count(*) FROM due"))
    finally:
        await connection.close()


# A batch ---------------------------------------------------------------------------------------


async def posted(server: Server, *more: operation_pb2.Operation, mode: Any = wire.ATOMIC) -> pb.PostBatchResponse:
    """A hold, a movement and a held split that come together."""
    operations = [
        wire.post(wire.draft("hold", "@Payer", "@Shop", 40, allow_overdraft=True, inflight=True)),
        wire.post(wire.from_world("moved", "@Payer", 7)),
        wire.post(split("split", "@Payer", {"@Tax": "30", "@Tips": "left"}, 60, inflight=True)),
        *more,
    ]
    answer = await wire.batch(server, operations, mode)
    assert set(wire.outcomes(answer.results)) == {"posted"}
    return answer


def ids(answer: pb.PostBatchResponse) -> list[str]:
    return [result.posted.transaction_id for result in answer.results]


@pytest.mark.parametrize("mode", [wire.ATOMIC, wire.INDEPENDENT])
async def test_a_batch_is_committed_by_its_id(server: Server, mode: Any) -> None:
    watching = await wire.watch(server)
    batch = await posted(server, mode=mode)
    hold, moved, parted = ids(batch)
    answer = await wire.resolve(server, wire.commit(batch.batch.id))
    assert answer.HasField("hold") is False
    header = answer.transaction
    assert (header.reference, header.parent_id, header.amount.precise) == (
        f"ledgerd:commit:{batch.batch.id}",
        "",
        "100",
    )
    assert precise(answer.legs) == [40, 30, 30]
    assert figures(await wire.transaction(server, transaction_id=parted)) == (APPLIED, "60", "0", "0")
    assert figures(await wire.transaction(server, transaction_id=hold)) == (APPLIED, "40", "0", "0")
    assert (await wire.resolve(server, wire.commit(batch.batch.id))).replayed
    rejection = await wire.rejection(wire.resolve(server, wire.void(batch.batch.id)))
    assert (rejection.reason, rejection.details) == ("HOLD_RESOLVED", {"batch": batch.batch.id})
    events = (await watching.events(13))[5:]
    assert [event.transaction.transaction.id for event in events][-1] == parted
    assert (await wire.listed(server, f'parent_id = "{moved}"')) == []
    watching.cancel()
    await prove(server)


async def test_a_batch_is_committed_in_parts_and_the_rest_voided(server: Server) -> None:
    batch = await posted(server)
    assert precise((await wire.resolve(server, wire.commit(batch.batch.id, 10, "c"))).legs) == [4, 3, 3]
    rejection = await wire.rejection(wire.resolve(server, wire.commit(batch.batch.id, 91, "c2")))
    assert rejection.details == {"batch": batch.batch.id, "requested": "91", "remaining": "90"}
    assert precise((await wire.resolve(server, wire.void(batch.batch.id, "v"))).legs) == [36, 27, 27]
    await prove(server)


async def test_a_batch_is_refunded_the_latest_first(server: Server) -> None:
    """What was passed on in the batch goes back by the same hands."""
    hands = [await wire.open_balance(server) for _ in range(3)]
    chain = [wire.post(wire.from_world("in", hands[0], 10))]
    chain += [wire.post(wire.draft(f"on {n}", hands[n], hands[n + 1], 10)) for n in range(2)]
    batch = await wire.batch(server, chain, wire.ATOMIC)
    asked = operation_pb2.RefundTransaction(target=wire.target(batch.batch.id), reference="f")
    answer = await server.transactions.RefundTransaction(pb.RefundTransactionRequest(refund=asked))
    assert [leg.parent_id for leg in answer.legs] == ids(batch)[::-1]
    assert answer.HasField("refunded") is False
    refund = answer.transaction
    assert (refund.parent_id, refund.batch_id, refund.target_batch_id) == ("", "", batch.batch.id)
    assert {(leg.header_id, leg.target_batch_id) for leg in answer.legs} == {(refund.id, "")}
    assert [await wire.balance(server, balance) for balance in (*hands, "@World")] == [0, 0, 0, 0]
    await prove(server)


async def test_what_was_committed_in_a_batch_is_refunded_and_its_settlements_are_not_touched(server: Server) -> None:
    before = await wire.hold(server, "before", 5)
    batch = await posted(server, wire.commit(before.id, None, "of before"))
    await wire.resolve(server, wire.commit(batch.batch.id, 50, "c"))
    answer = await give_back(server, batch.batch.id)
    assert sorted(precise(answer.legs)) == [7, 15, 15, 20]
    assert (await wire.transaction(server, transaction_id=before.id)).refund.remaining.precise == "5"
    await prove(server)


async def test_of_a_batch_in_several_currencies_only_all_can_be_asked(server: Server) -> None:
    euro = wire.draft("e", "@Payer", "@Shop", 5, allow_overdraft=True, inflight=True)
    euro.currency = "EUR"
    batch = await posted(server, wire.post(euro))
    rejection = await wire.rejection(wire.resolve(server, wire.commit(batch.batch.id, 5, "part")))
    assert (rejection.reason, rejection.details["currencies"]) == ("CURRENCY_MISMATCH", "EUR,USD")
    answer = await wire.resolve(server, wire.commit(batch.batch.id))
    assert answer.transaction.HasField("amount") is False
    assert (await wire.balance(server, "@Shop"), await wire.balance(server, "@Shop", "EUR")) == (40, 5)
    again = await wire.resolve(server, wire.commit(batch.batch.id))
    assert (again.replayed, again.transaction) == (True, answer.transaction)
    await prove(server)


async def test_a_batch_can_be_committed_as_a_preview(server: Server) -> None:
    batch = await posted(server)
    seen = await wire.resolve(server, wire.commit(batch.batch.id, 10, "c"), preview=True)
    done = await wire.resolve(server, wire.commit(batch.batch.id, 10, "c"))
    assert [(leg.parent_id, leg.amount) for leg in seen.legs] == [(leg.parent_id, leg.amount) for leg in done.legs]
    assert (seen.transaction.amount, seen.transaction.id) == (done.transaction.amount, "")
    await prove(server)


async def test_a_batch_that_is_not_there_or_holds_nothing(server: Server) -> None:
    nobody = "bat_01hzzzzzzzzzzzzzzzzzzzzzzz"
    rejection = await wire.rejection(wire.resolve(server, wire.commit(nobody)))
    assert (rejection.code, rejection.reason, rejection.details) == ("NOT_FOUND", "BATCH_NOT_FOUND", {"batch": nobody})
    assert (await wire.rejection(give_back(server, nobody))).reason == "BATCH_NOT_FOUND"
    plain = await wire.batch(server, wire.drafts(2))
    assert (await wire.rejection(wire.resolve(server, wire.void(plain.batch.id)))).reason == "NOT_A_HOLD"
    malformed = await wire.rejection(wire.resolve(server, wire.commit("bln_01hzzzzzzzzzzzzzzzzzzzzzzz")))
    assert malformed.fields == ("commit_hold.target.transaction_id",)


async def test_splits_are_resolved_inside_batches_and_streams_too(server: Server) -> None:
    header, batch = await held(server), await posted(server)
    poor = wire.post(wire.draft("poor", "@Empty", "@Shop", 1))
    both = [wire.commit(header.id, 11, "c"), wire.void(batch.batch.id)]
    answer = await wire.batch(server, [*both, poor], wire.ATOMIC)
    assert wire.outcomes(answer.results)[2] == "INSUFFICIENT_FUNDS"
    assert figures(await wire.transaction(server, transaction_id=header.id)) == (INFLIGHT, "0", "0", "100")
    answer = await wire.batch(server, both, wire.ATOMIC)
    assert [precise(result.posted.legs) for result in answer.results] == [[7, 3, 1], [40, 30, 30]]
    assert answer.results[1].reference == f"ledgerd:void:{batch.batch.id}"
    upload = wire.Upload(server)
    await upload.open()
    assert (await upload.chunk(both)).replayed_count == 2
    assert (await wire.rejection(wire.resolve(server, wire.commit(answer.batch.id)))).reason == "NOT_A_HOLD"
    await prove(server)


async def test_a_large_batch_is_committed_at_once_and_the_answer_can_be_received(server: Server) -> None:
    holds = [
        wire.post(wire.draft(f"h{n}", "@Payer", f"@T{n % 50}", 1, allow_overdraft=True, inflight=True))
        for n in range(10_000)
    ]
    batch = await wire.batch(server, holds, view=wire.BASIC)
    answer = await wire.resolve(server, wire.commit(batch.batch.id))
    assert (len(answer.transaction.leg_ids), len(answer.legs)) == (10_000, 0)
    assert (await wire.resolve(server, wire.commit(batch.batch.id))).transaction == answer.transaction
    assert batch.batch.mode == batch_pb2.BATCH_MODE_INDEPENDENT
    await prove(server)
