"""What commits, voids and refunds say where they were given no words: what their parent says."""

from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict
from ledgerapi.v1 import draft_pb2, operation_pb2, transaction_pb2

from tests.conftest import Begin, Server
from tests.rpc import wire
from tests.rpc.test_refunds import give_back, refund
from tests.rpc.test_timed_holds import until_resolved

WORDS = {"description": "Room 12", "metadata": {"order": "o-1"}}
SAID = ("Room 12", {"order": "o-1"})
NOTHING: tuple[str, dict[str, str]] = ("", {})
OWN = {"description": "the tip", "metadata": {"waiter": "kim"}}


def words(transaction: transaction_pb2.Transaction) -> tuple[str, dict[str, Any]]:
    return transaction.description, MessageToDict(transaction.metadata)


async def read(server: Server, transaction: transaction_pb2.Transaction) -> tuple[str, dict[str, Any]]:
    return words(await wire.transaction(server, transaction_id=transaction.id))


def with_words(operation: operation_pb2.Operation, **said: Any) -> operation_pb2.Operation:
    asked = getattr(operation, operation.WhichOneof("operation"))
    asked.MergeFrom(type(asked)(**said))
    return operation


async def test_answers_reads_lists_and_events_show_the_words_of_the_parent(server: Server) -> None:
    watching = await wire.watch(server)
    hold = await wire.hold(server, "h", 100, **WORDS)
    commit = (await wire.resolve(server, wire.commit(hold.id, 30, "c"))).transaction
    void = (await wire.resolve(server, wire.void(hold.id, "v"))).transaction
    back = (await give_back(server, refund(hold.id, 10))).transaction
    done = (commit, void, back)
    assert [words(child) for child in done] == [SAID] * 3
    assert [await read(server, child) for child in done] == [SAID] * 3
    assert [words(child) for child in await wire.listed(server, f'parent_id = "{hold.id}"')] == [SAID] * 3
    assert [words(event.transaction.transaction) for event in await watching.events(7)] == [SAID] * 7


async def test_each_of_the_two_is_inherited_by_itself(server: Server) -> None:
    hold = await wire.hold(server, "h", 100, **WORDS)
    for number, (said, shown) in enumerate(
        [
            ({"description": "the tip"}, ("the tip", {"order": "o-1"})),
            ({"metadata": {"waiter": "kim"}}, ("Room 12", {"waiter": "kim"})),
            (OWN, ("the tip", {"waiter": "kim"})),
        ]
    ):
        answer = await wire.resolve(server, with_words(wire.commit(hold.id, 1, f"c{number}"), **said))
        assert words(answer.transaction) == await read(server, answer.transaction) == shown


async def test_a_replay_compares_what_was_given_and_not_what_is_shown(server: Server) -> None:
    hold = await wire.hold(server, "h", 100, **WORDS)
    first = await wire.resolve(server, wire.commit(hold.id, 30, "c"))
    again = await wire.resolve(server, wire.commit(hold.id, 30, "c"))
    assert (again.replayed, again.transaction) == (True, first.transaction)
    same_text = wire.resolve(server, with_words(wire.commit(hold.id, 30, "c"), **WORDS))
    assert (await wire.rejection(same_text)).details["fields"] == "description,metadata"


@pytest.mark.yesterday
async def test_automatic_commits_and_voids_inherit_too(server: Server, begin_timed_work: Begin) -> None:
    expiring = await wire.hold(server, "e", 100, inflight_expiry_time=wire.due(), **WORDS)
    committing = await wire.hold(server, "c", 100, inflight_commit_time=wire.due(), **WORDS)
    await begin_timed_work()
    for hold in (expiring, committing):
        await until_resolved(server, hold.id)
        (child,) = await wire.listed(server, f'parent_id = "{hold.id}"')
        assert words(child) == SAID


@pytest.mark.yesterday
async def test_a_scheduled_refund_shows_them_from_the_beginning(server: Server) -> None:
    sold = (await wire.record(server, wire.from_world("s", "@Shop", 100, **WORDS))).transaction
    back = (await give_back(server, refund(sold.id, scheduled_time=wire.due()))).transaction
    assert words(back) == await read(server, back) == SAID


async def test_the_header_has_the_words_of_a_split_and_its_legs_have_none(server: Server) -> None:
    draft = wire.draft("s", "@Payer", "", 10, allow_overdraft=True, inflight=True, **WORDS)
    shares = [{"balance": "@A", "precise_amount": "4"}, {"balance": "@B", "remainder": True}]
    draft.destinations.CopyFrom(draft_pb2.Distribution(shares=shares))
    split = await wire.record(server, draft)
    assert [words(leg) for leg in split.legs] == [NOTHING] * 2
    whole = await wire.resolve(server, wire.commit(split.transaction.id, 5, "whole"))
    assert words(whole.transaction) == await read(server, whole.transaction) == SAID
    assert [words(leg) for leg in whole.legs] == [await read(server, leg) for leg in whole.legs] == [NOTHING] * 2
    alone = (await wire.resolve(server, wire.commit(split.legs[0].id, 1, "alone"))).transaction
    assert words(alone) == await read(server, alone) == SAID


async def test_what_is_done_to_a_batch_has_no_words_but_its_own(server: Server) -> None:
    draft = wire.draft("h", "@Payer", "@Shop", 10, allow_overdraft=True, inflight=True, **WORDS)
    batch = (await wire.batch(server, [wire.post(draft)])).batch
    plain = await wire.resolve(server, wire.commit(batch.id, 5, "c"))
    said = await wire.resolve(server, with_words(wire.void(batch.id), **OWN))
    assert [words(done.transaction) for done in (plain, said)] == [NOTHING, ("the tip", {"waiter": "kim"})]
    assert [words(leg) for done in (plain, said) for leg in done.legs] == [NOTHING] * 2


async def test_results_and_previews_show_the_same(server: Server) -> None:
    hold = await wire.hold(server, "h", 100, **WORDS)
    asked = [wire.commit(hold.id, 30, "c"), with_words(wire.commit(hold.id, 30, "own"), **OWN), wire.void(hold.id)]
    shown = [SAID, ("the tip", {"waiter": "kim"}), SAID]
    for preview in (True, False):
        answer = await wire.batch(server, asked, validate_only=preview)
        assert [words(result.posted.transaction) for result in answer.results] == shown
        assert not any(result.posted.replayed for result in answer.results)
    again = await wire.batch(server, asked)
    assert [words(result.posted.transaction) for result in again.results] == shown
    assert all(result.posted.replayed for result in again.results)
