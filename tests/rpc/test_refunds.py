"""Refunds: of what was moved, in parts or whole, and never of more than that."""

import asyncio
from collections import Counter
from typing import Any

from ledgerapi.v1 import event_pb2, operation_pb2, transaction_pb2

from tests.conftest import Server
from tests.rpc import wire

KIND = event_pb2.EventKind.Value


def refund(
    transaction_id: str, amount: int | None = None, reference: str = "f", **more: Any
) -> operation_pb2.RefundTransaction:
    asked = operation_pb2.RefundTransaction(target=wire.target(transaction_id), reference=reference, **more)
    if amount is not None:
        asked.precise_amount = str(amount)
    return asked


async def give_back(
    server: Server, asked: operation_pb2.RefundTransaction, *, preview: bool = False
) -> wire.pb.RefundTransactionResponse:
    return await server.transactions.RefundTransaction(
        wire.pb.RefundTransactionRequest(refund=asked, validate_only=preview)
    )


async def sale(server: Server, amount: int = 100) -> transaction_pb2.Transaction:
    return (await wire.record(server, wire.from_world("sale", "@Shop", amount))).transaction


def given(transaction: transaction_pb2.Transaction) -> tuple[str, str]:
    return transaction.refund.refunded.precise, transaction.refund.remaining.precise


async def test_a_refund_gives_everything_back(server: Server) -> None:
    sold = await sale(server)
    assert given(sold) == ("0", "100")
    answer = await give_back(server, refund(sold.id))
    back = answer.transaction
    assert back.kind == transaction_pb2.TRANSACTION_KIND_REFUND
    assert (back.parent_id, back.amount.precise) == (sold.id, "100")
    assert (back.source_id, back.destination_id) == (sold.destination_id, sold.source_id)
    assert given(answer.refunded) == given(await wire.transaction(server, transaction_id=sold.id)) == ("100", "0")
    assert await wire.balance(server, "@Shop") == await wire.balance(server, "@World") == 0
    assert [transaction.id for transaction in await wire.listed(server, f'parent_id = "{sold.id}"')] == [back.id]


async def test_refunds_in_parts_end_when_nothing_remains(server: Server) -> None:
    sold = await sale(server)
    assert given((await give_back(server, refund(sold.id, 30, "f1"))).refunded) == ("30", "70")
    rejection = await wire.rejection(give_back(server, refund(sold.id, 71, "f2")))
    assert (rejection.code, rejection.reason) == ("FAILED_PRECONDITION", "REFUND_EXCEEDED")
    assert rejection.details == {"transaction": sold.id, "requested": "71", "remaining": "70"}
    assert given((await give_back(server, refund(sold.id, reference="f3"))).refunded) == ("100", "0")
    assert (await wire.rejection(give_back(server, refund(sold.id, reference="f4")))).reason == "REFUND_EXCEEDED"


async def test_a_repeated_refund_replays(server: Server) -> None:
    sold = await sale(server)
    first = await give_back(server, refund(sold.id, 30))
    again = await give_back(server, refund(sold.id, 30))
    assert again.replayed
    assert again.transaction.id == first.transaction.id
    assert await wire.balance(server, "@Shop") == 70
    rejection = await wire.rejection(give_back(server, refund(sold.id, 31, allow_overdraft=True)))
    assert rejection.details["fields"] == "precise_amount,allow_overdraft"


async def test_many_refunds_at_once_never_exceed_what_was_moved(server: Server) -> None:
    sold = await sale(server)

    async def outcome(number: int) -> str:
        asked = give_back(server, refund(sold.id, 20, f"f{number}"))
        try:
            return "refunded" if (await asked).transaction.id else ""
        except wire.grpc.aio.AioRpcError as error:
            return wire.of_error(error).reason

    assert Counter(await asyncio.gather(*map(outcome, range(10)))) == {"refunded": 5, "REFUND_EXCEEDED": 5}
    assert await wire.balance(server, "@Shop") == 0


async def test_who_refunds_must_have_it(server: Server) -> None:
    shop = await wire.open_balance(server)
    sold = (await wire.record(server, wire.from_world("sale", shop, 100))).transaction
    await wire.record(server, wire.draft("spent", shop, "@Rent", 60))
    rejection = await wire.rejection(give_back(server, refund(sold.id)))
    assert (rejection.reason, rejection.details["available"]) == ("INSUFFICIENT_FUNDS", "40")
    await give_back(server, refund(sold.id, allow_overdraft=True))
    assert await wire.balance(server, shop) == -60


async def test_of_a_hold_what_was_committed_is_refunded(server: Server) -> None:
    hold = await wire.hold(server, "h", 100)
    rejection = await wire.rejection(give_back(server, refund(hold.id)))
    assert (rejection.reason, rejection.details["status"]) == ("NOT_REFUNDABLE", "INFLIGHT")
    committed = (await wire.resolve(server, wire.commit(hold.id, 60, "c"))).transaction
    answer = await give_back(server, refund(hold.id))
    assert given(answer.refunded) == ("60", "0")
    assert await wire.balance(server, "@Payer") == 0
    rejection = await wire.rejection(give_back(server, refund(committed.id, reference="f2")))
    assert (rejection.reason, rejection.details["kind"]) == ("NOT_REFUNDABLE", "COMMIT")


async def test_a_preview_of_a_refund_shows_it_and_writes_nothing(server: Server) -> None:
    sold = await sale(server)
    preview = await give_back(server, refund(sold.id, 30), preview=True)
    assert given(preview.refunded) == ("30", "70")
    assert preview.transaction.source_figures.after.balance == "70"
    assert given(await wire.transaction(server, transaction_id=sold.id)) == ("0", "100")


async def test_refunds_travel_in_batches_and_are_told(server: Server) -> None:
    watching = await wire.watch(server)
    sold = await sale(server)
    operations = [operation_pb2.Operation(refund=refund(sold.id, 40, f"f{n}")) for n in range(3)]
    answer = await wire.batch(server, operations)
    assert [result.HasField("posted") for result in answer.results] == [True, True, False]
    told = [(event.kind, event.transaction.transaction) for event in await watching.events(5)]
    assert [kind for kind, _ in told[1:]] == [
        KIND("EVENT_KIND_TRANSACTION_APPLIED"),
        KIND("EVENT_KIND_TRANSACTION_REFUNDED"),
    ] * 2
    assert [given(transaction) for _, transaction in told if transaction.id == sold.id] == [
        ("0", "100"),
        ("40", "60"),
        ("80", "20"),
    ]


async def test_an_atomic_batch_with_a_refund_too_much_gives_nothing_back(server: Server) -> None:
    sold = await sale(server)
    operations = [operation_pb2.Operation(refund=refund(sold.id, 60, f"f{n}")) for n in range(2)]
    await wire.batch(server, operations, wire.ATOMIC)
    assert given(await wire.transaction(server, transaction_id=sold.id)) == ("0", "100")
    assert await wire.balance(server, "@Shop") == 100
