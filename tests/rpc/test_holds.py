"""Holds: reserved on both sides, then committed, in parts or whole, or voided. Never twice."""

import asyncio
from collections import Counter
from typing import Any

import grpc
import pytest
from ledgerapi.v1 import operation_pb2, transaction_pb2

from tests.conftest import Server
from tests.rpc import wire

INFLIGHT = transaction_pb2.TRANSACTION_STATUS_INFLIGHT
APPLIED = transaction_pb2.TRANSACTION_STATUS_APPLIED
VOID = transaction_pb2.TRANSACTION_STATUS_VOID


def hold_figures(hold: transaction_pb2.Transaction) -> tuple[int, str, str, str]:
    """A hold's status and its figures: committed, voided, remaining."""
    return hold.status, hold.hold.committed.precise, hold.hold.voided.precise, hold.hold.remaining.precise


async def pools(server: Server, name: str) -> tuple[str, str, str]:
    figures = await wire.figures(server, name)
    return figures.balance, figures.inflight_credit_balance, figures.inflight_debit_balance


async def outcome(call: Any) -> str:
    """ "recorded", "replayed", or the reason of the rejection."""
    try:
        return "replayed" if (await call).replayed else "recorded"
    except grpc.aio.AioRpcError as error:
        return wire.of_error(error).reason


# The life of a hold ----------------------------------------------------------------------------


async def test_a_hold_reserves_on_both_sides_and_moves_nothing(server: Server) -> None:
    hold = await wire.hold(server, "h", 100)
    assert hold.kind == transaction_pb2.TRANSACTION_KIND_HOLD
    assert hold_figures(hold) == (INFLIGHT, "0", "0", "100")
    assert await pools(server, "@Payer") == ("0", "0", "100")
    assert await pools(server, "@Shop") == ("0", "100", "0")


async def test_held_money_cannot_be_spent(server: Server) -> None:
    payer = await wire.open_balance(server)
    await wire.record(server, wire.from_world("open", payer, 100))
    await wire.record(server, wire.draft("h", payer, "@Shop", 60, inflight=True))
    rejection = await wire.rejection(wire.record(server, wire.draft("more", payer, "@Shop", 41)))
    assert rejection.details == {"balance": payer, "requested": "41", "available": "40"}


async def test_a_commit_moves_what_was_held(server: Server) -> None:
    hold = await wire.hold(server, "h", 100)
    answer = await wire.resolve(server, wire.commit(hold.id))
    assert answer.transaction.kind == transaction_pb2.TRANSACTION_KIND_COMMIT
    assert (answer.transaction.parent_id, answer.transaction.amount.precise) == (hold.id, "100")
    assert hold_figures(answer.hold) == (APPLIED, "100", "0", "0")
    assert await pools(server, "@Payer") == ("-100", "0", "0")
    assert await pools(server, "@Shop") == ("100", "0", "0")


async def test_a_commit_shows_the_figures_of_both_sides(server: Server) -> None:
    hold = await wire.hold(server, "h", 100)
    commit = (await wire.resolve(server, wire.commit(hold.id, 30, "c"))).transaction
    before, after = commit.source_figures.before, commit.source_figures.after
    assert (before.balance, before.inflight_debit_balance, before.available) == ("0", "100", "-100")
    assert (after.balance, after.inflight_debit_balance, after.available) == ("-30", "70", "-100")
    before, after = commit.destination_figures.before, commit.destination_figures.after
    assert (before.balance, before.inflight_credit_balance) == ("0", "100")
    assert (after.balance, after.inflight_credit_balance) == ("30", "70")


async def test_a_hold_is_committed_in_parts_until_nothing_remains(server: Server) -> None:
    hold = await wire.hold(server, "h", 100)
    life = [
        hold_figures((await wire.resolve(server, wire.commit(hold.id, part, f"c{part}"))).hold) for part in (30, 50)
    ]
    life.append(hold_figures((await wire.resolve(server, wire.commit(hold.id))).hold))
    assert life == [(INFLIGHT, "30", "0", "70"), (INFLIGHT, "80", "0", "20"), (APPLIED, "100", "0", "0")]
    assert await pools(server, "@Shop") == ("100", "0", "0")


async def test_a_void_releases_what_remains(server: Server) -> None:
    hold = await wire.hold(server, "h", 100)
    answer = await wire.resolve(server, wire.void(hold.id))
    assert (answer.transaction.kind, answer.transaction.status) == (transaction_pb2.TRANSACTION_KIND_VOID, VOID)
    assert (answer.transaction.parent_id, answer.transaction.amount.precise) == (hold.id, "100")
    assert hold_figures(answer.hold) == (VOID, "0", "100", "0")
    assert await pools(server, "@Payer") == ("0", "0", "0")
    assert await pools(server, "@Shop") == ("0", "0", "0")


async def test_a_hold_that_is_voided_after_a_part_was_committed_counts_as_applied(server: Server) -> None:
    hold = await wire.hold(server, "h", 100)
    await wire.resolve(server, wire.commit(hold.id, 30, "c"))
    await wire.resolve(server, wire.void(hold.id))
    assert hold_figures(await wire.transaction(server, transaction_id=hold.id)) == (APPLIED, "30", "70", "0")
    assert await pools(server, "@Shop") == ("30", "0", "0")


async def test_the_holds_own_record_follows_what_happens_to_it(server: Server) -> None:
    hold = await wire.hold(server, "h", 100)
    await wire.resolve(server, wire.commit(hold.id, 30, "c"))
    now = await wire.transaction(server, reference="h")
    assert hold_figures(now) == (INFLIGHT, "30", "0", "70")
    assert now.amount == hold.amount
    assert now.source_figures == hold.source_figures  # What it did when it was made stays as it was.
    assert [transaction.id for transaction in await wire.listed(server, "status = INFLIGHT")] == [hold.id]


async def test_the_children_of_a_hold_are_found_by_their_parent(server: Server) -> None:
    hold = await wire.hold(server, "h", 100)
    await wire.resolve(server, wire.commit(hold.id, 30, "c"))
    await wire.resolve(server, wire.void(hold.id, "v"))
    assert {transaction.reference for transaction in await wire.listed(server, f"parent_id = {hold.id}")} == {"c", "v"}


async def test_a_commit_in_major_units_and_with_words(server: Server) -> None:
    hold = await wire.hold(server, "h", 100)
    asked = wire.commit(hold.id, None, "c").commit_hold
    asked.amount, asked.description = "0.30", "first part"
    asked.metadata.update({"parcel": "1 of 3"})
    commit = (await wire.resolve(server, operation_pb2.Operation(commit_hold=asked))).transaction
    read = await wire.transaction(server, reference="c")
    assert read == commit
    assert (read.amount.precise, read.description, read.metadata["parcel"]) == ("30", "first part", "1 of 3")


# Rejections --------------------------------------------------------------------------------------


async def test_no_more_than_remains_can_be_committed(server: Server) -> None:
    hold = await wire.hold(server, "h", 50)
    await wire.resolve(server, wire.commit(hold.id, 30, "c1"))
    rejection = await wire.rejection(wire.resolve(server, wire.commit(hold.id, 21, "c2")))
    assert (rejection.code, rejection.reason) == ("FAILED_PRECONDITION", "HOLD_EXCEEDED")
    numbers = {"hold": hold.id, "requested": "21", "amount": "50", "committed": "30", "voided": "0", "remaining": "20"}
    assert rejection.details == numbers


async def test_a_resolved_hold_stays_resolved(server: Server) -> None:
    hold = await wire.hold(server, "h", 50)
    await wire.resolve(server, wire.void(hold.id))
    for again in (wire.commit(hold.id), wire.commit(hold.id, 1, "c"), wire.void(hold.id, "v")):
        rejection = await wire.rejection(wire.resolve(server, again))
        assert rejection.reason == "HOLD_RESOLVED"
        assert rejection.details["voided"] == "50"


async def test_only_a_hold_can_be_resolved(server: Server) -> None:
    posting = (await wire.record(server, wire.from_world("p", "@Shop", 5))).transaction
    for resolve in (wire.commit(posting.id), wire.void(posting.id)):
        rejection = await wire.rejection(wire.resolve(server, resolve))
        assert (rejection.reason, rejection.details) == ("NOT_A_HOLD", {"transaction": posting.id})


async def test_an_unknown_hold_is_not_found(server: Server) -> None:
    unknown = "txn_01hzzzzzzzzzzzzzzzzzzzzzzz"
    for resolve in (wire.commit(unknown), wire.void(unknown)):
        rejection = await wire.rejection(wire.resolve(server, resolve))
        assert (rejection.code, rejection.reason) == ("NOT_FOUND", "TRANSACTION_NOT_FOUND")


@pytest.mark.parametrize(
    ("field", "asked"),
    [
        ("commit_hold.target.transaction_id", wire.commit("txn_1")),
        ("commit_hold.target.transaction_id", wire.commit("bln_01hzzzzzzzzzzzzzzzzzzzzzzz")),
        ("commit_hold.reference", wire.commit("txn_01hzzzzzzzzzzzzzzzzzzzzzzz", 5)),
        ("commit_hold.reference", wire.commit("txn_01hzzzzzzzzzzzzzzzzzzzzzzz", None, "ledgerd:commit:mine")),
        ("commit_hold.reference", wire.commit("txn_01hzzzzzzzzzzzzzzzzzzzzzzz", 5, "x" * 256)),
        ("void_hold.target.transaction_id", wire.void("")),
        ("void_hold.reference", wire.void("txn_01hzzzzzzzzzzzzzzzzzzzzzzz", "ledgerd:void:mine")),
    ],
)
async def test_a_malformed_commit_or_void_is_told_the_field(
    server: Server, field: str, asked: operation_pb2.Operation
) -> None:
    rejection = await wire.rejection(wire.resolve(server, asked))
    assert (rejection.reason, rejection.fields) == ("FIELD_INVALID", (field,))


# Once ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("resolve", [wire.commit, wire.void])
async def test_settling_all_without_a_reference_replays(server: Server, resolve: Any) -> None:
    hold = await wire.hold(server, "h", 50)
    first = await wire.resolve(server, resolve(hold.id))
    again = await wire.resolve(server, resolve(hold.id))
    assert (first.replayed, again.replayed) == (False, True)
    assert again.transaction == first.transaction
    assert again.hold == first.hold
    assert first.transaction.reference.startswith("ledgerd:")


async def test_a_repeated_partial_commit_replays(server: Server) -> None:
    hold = await wire.hold(server, "h", 50)
    first = await wire.resolve(server, wire.commit(hold.id, 20, "c"))
    again = await wire.resolve(server, wire.commit(hold.id, 20, "c"))
    assert again.replayed
    assert again.transaction == first.transaction
    assert hold_figures(again.hold) == (INFLIGHT, "20", "0", "30")


async def test_a_repeated_reference_of_a_commit_names_what_differs(server: Server) -> None:
    hold, other = await wire.hold(server, "h1", 50), await wire.hold(server, "h2", 50)
    await wire.resolve(server, wire.commit(hold.id, 20, "c"))
    differing = {
        "precise_amount": wire.commit(hold.id, 21, "c"),
        "target": wire.commit(other.id, 20, "c"),
        "operation": wire.void(hold.id, "c"),
    }
    for fields, asked in differing.items():
        rejection = await wire.rejection(wire.resolve(server, asked))
        assert (rejection.reason, rejection.details["fields"]) == ("REFERENCE_CONFLICT", fields)


async def test_a_commit_under_the_reference_of_its_hold_is_a_conflict(server: Server) -> None:
    hold = await wire.hold(server, "h", 50)
    rejection = await wire.rejection(wire.resolve(server, wire.commit(hold.id, 50, "h")))
    assert rejection.reason == "REFERENCE_CONFLICT"
    assert rejection.details["fields"] == "operation"


async def test_of_a_hundred_commits_at_once_one_succeeds(server: Server) -> None:
    hold = await wire.hold(server, "h", 100)
    calls = [outcome(wire.resolve(server, wire.commit(hold.id, 100, f"c{n}"))) for n in range(100)]
    assert Counter(await asyncio.gather(*calls)) == {"recorded": 1, "HOLD_RESOLVED": 99}
    assert await pools(server, "@Shop") == ("100", "0", "0")


async def test_of_a_hundred_commits_of_the_rest_at_once_one_succeeds(server: Server) -> None:
    hold = await wire.hold(server, "h", 100)
    calls = [outcome(wire.resolve(server, wire.commit(hold.id, None, f"c{n}"))) for n in range(100)]
    assert Counter(await asyncio.gather(*calls)) == {"recorded": 1, "HOLD_RESOLVED": 99}


async def test_of_a_hundred_redelivered_commits_one_records_and_all_answer(server: Server) -> None:
    hold = await wire.hold(server, "h", 100)
    calls = [outcome(wire.resolve(server, wire.commit(hold.id))) for _ in range(100)]
    assert Counter(await asyncio.gather(*calls)) == {"recorded": 1, "replayed": 99}


async def test_of_ten_partial_commits_at_once_as_many_succeed_as_the_hold_covers(server: Server) -> None:
    hold = await wire.hold(server, "h", 100)
    calls = [outcome(wire.resolve(server, wire.commit(hold.id, 20, f"c{n}"))) for n in range(10)]
    assert Counter(await asyncio.gather(*calls)) == {"recorded": 5, "HOLD_RESOLVED": 5}
    assert await pools(server, "@Shop") == ("100", "0", "0")
    assert await pools(server, "@Payer") == ("-100", "0", "0")


async def test_of_a_commit_and_a_void_at_once_one_is_rejected(server: Server) -> None:
    for n in range(10):
        hold = await wire.hold(server, f"h{n}", 10)
        calls = [outcome(wire.resolve(server, operation)) for operation in (wire.commit(hold.id), wire.void(hold.id))]
        assert Counter(await asyncio.gather(*calls)) == {"recorded": 1, "HOLD_RESOLVED": 1}


# Previews --------------------------------------------------------------------------------------


@pytest.mark.parametrize("resolve", [wire.commit, wire.void])
async def test_a_preview_shows_how_the_hold_would_stand_and_leaves_it(server: Server, resolve: Any) -> None:
    hold = await wire.hold(server, "h", 50)
    preview = await wire.resolve(server, resolve(hold.id), preview=True)
    assert preview.transaction.id == ""
    assert hold_figures(await wire.transaction(server, transaction_id=hold.id)) == (INFLIGHT, "0", "0", "50")
    real = await wire.resolve(server, resolve(hold.id))
    assert hold_figures(preview.hold) == hold_figures(real.hold)
    assert preview.transaction.source_figures == real.transaction.source_figures
    assert preview.transaction.destination_figures == real.transaction.destination_figures


async def test_a_preview_of_a_commit_is_rejected_as_the_real_one_is(server: Server) -> None:
    hold = await wire.hold(server, "h", 50)
    asked = wire.commit(hold.id, 51, "c")
    preview = await wire.rejection(wire.resolve(server, asked, preview=True))
    assert preview == await wire.rejection(wire.resolve(server, asked))
