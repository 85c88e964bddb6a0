"""What commits, voids, refunds and amendments are about: a transaction by its id or its reference, or a batch."""

from typing import Any

import asyncpg
import pytest
from ledgerapi.v1 import operation_pb2

from tests.conftest import Server
from tests.rpc import wire
from tests.rpc.deferred import approve, cancel, prove, reschedule, status

pb = wire.pb
Operation = operation_pb2.Operation


def hold(reference: str, amount: int = 100, **more: Any) -> Operation:
    return wire.post(wire.draft(reference, "@Payer", "@Shop", amount, allow_overdraft=True, inflight=True, **more))


def refund(of: str, reference: str, **more: Any) -> Operation:
    return Operation(refund={"target": wire.target(of), "reference": reference, "allow_overdraft": True, **more})


def reviewed(reference: str, amount: int = 5, **more: Any) -> Operation:
    return wire.post(wire.from_world(reference, "@Sales", amount, require_review=True, **more))


def amendment(name: str, of: str, **more: Any) -> Operation:
    if name in ("approve", "deny"):
        more = {"on_behalf_of": "ada", **more}
    return Operation(**{name: {"target": wire.target(of), **more}})


def said(response: pb.PostBatchResponse | pb.PostStreamChunkResult) -> list[str]:
    """The status of each result, or the reason of its rejection."""
    return [
        status(result.posted) if result.HasField("posted") else wire.of_rejection(result.rejection).reason
        for result in response.results
    ]


async def test_a_webhook_resolves_by_the_callers_own_reference(server: Server) -> None:
    held = await wire.hold(server, "order-17", 100)
    commit = (await wire.resolve(server, wire.commit("@order-17", 30, "part"))).transaction
    assert commit.parent_id == held.id
    answer = await wire.resolve(server, wire.void("@order-17"))
    assert (answer.hold.id, answer.transaction.reference) == (held.id, f"ledgerd:void:{held.id}")


@pytest.mark.parametrize("first", ["by id", "by reference"])
async def test_one_hold_by_its_id_and_by_its_reference_is_the_same_content(server: Server, first: str) -> None:
    names = [(await wire.hold(server, "order-17", 100)).id, "@order-17"]
    names = names if first == "by id" else names[::-1]
    for reference, amount in (("part", 30), ("", None)):
        answers = [await wire.resolve(server, wire.commit(name, amount, reference)) for name in names]
        assert [answer.replayed for answer in answers] == [False, True]
        assert answers[0].transaction.id == answers[1].transaction.id


async def test_another_target_is_a_conflict(server: Server) -> None:
    await wire.hold(server, "one", 100)
    await wire.hold(server, "other", 100)
    await wire.resolve(server, wire.commit("@one", 30, "part"))
    for of in ("@other", "@nobody"):
        rejection = await wire.rejection(wire.resolve(server, wire.commit(of, 30, "part")))
        assert (rejection.reason, rejection.details["fields"]) == ("REFERENCE_CONFLICT", "target")


async def test_nothing_has_the_reference(server: Server) -> None:
    for resolve in (wire.commit("@nobody"), wire.void("@nobody"), wire.commit("@nobody", 1, "c")):
        rejection = await wire.rejection(wire.resolve(server, resolve))
        assert (rejection.reason, rejection.details) == ("TRANSACTION_NOT_FOUND", {"reference": "nobody"})
    rejection = await wire.rejection(cancel(server, "@nobody"))
    assert (rejection.reason, rejection.details) == ("TRANSACTION_NOT_FOUND", {"reference": "nobody"})


@pytest.mark.parametrize(
    ("field", "target"),
    [
        ("target", {}),
        ("target.transaction_id", {"transaction_id": "bat_01hzzzzzzzzzzzzzzzzzzzzzzz"}),
        ("target.batch_id", {"batch_id": "txn_01hzzzzzzzzzzzzzzzzzzzzzzz"}),
        ("target.reference", {"reference": ""}),
        ("target.reference", {"reference": "x" * 256}),
        ("target.reference", {"reference": "two\nlines"}),
    ],
)
async def test_a_malformed_target_is_told_by_its_field(server: Server, field: str, target: dict[str, str]) -> None:
    request = pb.CommitHoldRequest(commit_hold={"target": target})
    rejection = await wire.rejection(server.transactions.CommitHold(request))
    assert (rejection.reason, rejection.fields[0]) == ("FIELD_INVALID", f"commit_hold.{field}")
    without = pb.CancelTransactionRequest(cancel={"reference": "c"})
    assert (await wire.rejection(server.transactions.CancelTransaction(without))).fields == ("cancel.target",)


# Earlier in the same batch, chunk or stream ----------------------------------------------------

EARLIER = {
    "a hold": [hold("h"), wire.commit("@h", 30, "part"), wire.void("@h"), wire.commit("@h"), refund("@h", "r")],
    "a movement": [wire.post(wire.from_world("p", "@Sales", 5)), refund("@p", "r"), refund("@p", "again")],
    "a split": [
        wire.post(
            wire.draft(
                "s", "@Payer", "", 100, allow_overdraft=True, inflight=True,
                destinations={"shares": [{"balance": "@A", "percent": "50"}, {"balance": "@B", "percent": "50"}]},
            )
        ),
        wire.commit("@s", 31, "part"), wire.void("@s"), refund("@s", "r"), wire.void("@s", "again"),
    ],
    "a deferred one": [
        reviewed("x"), amendment("reschedule", "@x", reference="t", scheduled_time={"seconds": 4_000_000_000}),
        amendment("approve", "@x"), amendment("cancel", "@x"), amendment("deny", "@x", reference="d"),
    ],
    "one that is approved": [
        reviewed("y"), amendment("approve", "@y"), refund("@y", "r"), amendment("cancel", "@y", reference="c"),
    ],
    "a hold that is approved": [
        reviewed("z", inflight=True), wire.commit("@z", 1, "c"), amendment("approve", "@z"), wire.commit("@z", 2, "d"),
        wire.void("@z"),
    ],
    "one that is denied": [reviewed("w"), amendment("deny", "@w"), refund("@w", "r"), amendment("approve", "@w")],
}  # fmt: skip
SAID = {
    "a hold": ["INFLIGHT", "APPLIED", "VOID", "HOLD_RESOLVED", "APPLIED"],
    "a movement": ["APPLIED", "APPLIED", "REFUND_EXCEEDED"],
    "a split": ["INFLIGHT", "APPLIED", "VOID", "APPLIED", "HOLD_RESOLVED"],
    "a deferred one": ["IN_REVIEW", "APPLIED", "APPLIED", "APPLIED", "NOT_IN_REVIEW"],
    "one that is approved": ["IN_REVIEW", "APPLIED", "APPLIED", "NOT_DEFERRED"],
    "a hold that is approved": ["IN_REVIEW", "HOLD_NOT_IN_PLACE", "APPLIED", "APPLIED", "VOID"],
    "one that is denied": ["IN_REVIEW", "APPLIED", "NOT_REFUNDABLE", "NOT_IN_REVIEW"],
}


@pytest.mark.parametrize("what", EARLIER)
@pytest.mark.parametrize("how", ["batch", "preview", "chunks"])
async def test_a_target_may_stand_earlier(server: Server, connection: asyncpg.Connection, what: str, how: str) -> None:
    operations, expected = EARLIER[what], SAID[what]
    if how == "chunks":
        # One operation a chunk, sent at once: the commit of the chunk before may still be written.
        upload = wire.Upload(server)
        await upload.open()
        for operation in operations:
            await upload.send_chunk([operation])
        results = [await upload.result() for _ in operations]
        await upload.finish(len(operations))
        assert [said(result)[0] for result in results] == expected
    else:
        assert said(await wire.batch(server, operations, validate_only=how == "preview")) == expected
        if how == "preview":
            assert await connection.fetchval("SELECT count(*) FROM transactions") == 0
            return
        again = await wire.batch(server, operations)
        assert [result.posted.replayed for result in again.results] == [
            result.HasField("posted") for result in again.results
        ]
    await prove(connection)


@pytest.mark.parametrize("what", EARLIER)
async def test_an_atomic_group_is_rolled_back_with_its_targets(
    server: Server, connection: asyncpg.Connection, what: str
) -> None:
    accepted = [op for op, word in zip(EARLIER[what], SAID[what], strict=True) if (word.isupper() and "_" not in word)
                or word == "IN_REVIEW"]  # fmt: skip
    fails = wire.post(wire.draft("fails", "@Empty", "@Shop", 1))
    answer = await wire.batch(server, [*accepted, fails], wire.ATOMIC)
    assert said(answer) == [*["NOT_APPLIED_WITH_GROUP"] * len(accepted), "INSUFFICIENT_FUNDS"]
    assert await connection.fetchval("SELECT count(*) FROM transactions") == 0
    # The Book knows nothing of the group that was undone: other transactions may have its ids now.
    mixed = [wire.post(wire.from_world("other", "@Shop", 1)), *accepted[1:2]]
    assert said(await wire.batch(server, mixed))[1] == "TRANSACTION_NOT_FOUND"
    whole = await wire.batch(server, accepted, wire.ATOMIC)
    assert [result.HasField("posted") for result in whole.results] == [True] * len(accepted)
    again = await wire.batch(server, accepted, wire.ATOMIC)
    assert [result.posted.replayed for result in again.results] == [True] * len(accepted)
    await prove(connection)


async def test_a_target_that_is_rejected_falls_with_its_group(server: Server) -> None:
    group = [wire.post(wire.draft("poor", "@Empty", "@Shop", 1, inflight=True)), wire.commit("@poor")]
    assert said(await wire.batch(server, group, wire.ATOMIC)) == ["INSUFFICIENT_FUNDS", "NOT_APPLIED_WITH_GROUP"]
    answer = await wire.batch(server, group)
    assert said(answer) == ["INSUFFICIENT_FUNDS", "TRANSACTION_NOT_FOUND"]
    assert [result.reference for result in answer.results] == ["poor", ""]


async def test_amendments_stand_in_batches(server: Server, connection: asyncpg.Connection) -> None:
    far = {"seconds": 4_000_000_000}
    await wire.batch(server, [reviewed(name) for name in "abcd"])
    answer = await wire.batch(
        server,
        [
            amendment("approve", "@a"),
            amendment("deny", "@b"),
            amendment("reschedule", "@c", reference="t", scheduled_time=far),
            amendment("cancel", "@d"),
        ],
    )
    assert said(answer) == ["APPLIED"] * 4
    ends = [status(await wire.transaction(server, reference=name)) for name in "abcd"]
    assert ends == ["APPLIED", "REJECTED", "IN_REVIEW", "CANCELLED"]
    assert status((await approve(server, "@c")).amended) == "SCHEDULED"
    assert status((await reschedule(server, "@c", far, "t2")).amended) == "SCHEDULED"
    await prove(connection)
