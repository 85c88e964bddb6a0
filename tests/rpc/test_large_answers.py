"""Answers that would be too large to receive: what happened is told all the same, and lists go on."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import grpc
import pytest
from google.protobuf import struct_pb2
from ledgerapi.v1 import identity_service_pb2 as identities_pb
from ledgerapi.v1 import ledger_service_pb2 as ledgers_pb
from ledgerapi.v1 import ledger_service_pb2_grpc as ledgers_grpc
from ledgerapi.v1 import monitor_service_pb2 as monitors_pb
from ledgerapi.v1 import operation_pb2
from ledgerapi.v1 import transaction_service_pb2_grpc as transactions_grpc

from ledgerd.core import limits
from ledgerd.rpc import paging
from tests.conftest import Server
from tests.rpc import wire
from tests.rpc.conftest import Bank

pb = wire.pb


@pytest.fixture
async def channel(server: Server) -> AsyncIterator[grpc.aio.Channel]:
    """Of a client that receives as much as the contract says, and no more."""
    options = [("grpc.max_receive_message_length", limits.MESSAGE_MAX_BYTES)]
    async with grpc.aio.insecure_channel(server.target, options=options) as opened:
        yield opened


def large(count: int) -> list[operation_pb2.Operation]:
    """Posts that fit into a request, and whose transactions do not fit into an answer."""
    words = {"description": "d" * 1_000, "group": "g" * 200, "tag": "t" * 200}
    return [wire.post(wire.from_world(f"r-{n}", "@Sales", 1, **words)) for n in range(count)]


def heavy() -> struct_pb2.Struct:
    """16 KiB of JSON, and more than five times as much on the wire."""
    made = struct_pb2.Struct()
    made.update({"zeros": [0] * 8_000})
    return made


# Batches ---------------------------------------------------------------------------------------


@pytest.mark.slow
async def test_a_batch_whose_transactions_are_too_many_bytes_is_answered_without_them(
    server: Server, channel: grpc.aio.Channel
) -> None:
    request = pb.PostBatchRequest(operations=[*large(9_000), wire.post(wire.draft("poor", "@Empty", "@Sales", 1))])
    assert request.ByteSize() < limits.MESSAGE_MAX_BYTES
    for outcome in ("posted", "replayed"):
        answer = await transactions_grpc.TransactionServiceStub(channel).PostBatch(request)
        assert set(wire.outcomes(answer.results[:-1])) == {outcome}
        assert all(one.posted.transaction_id for one in answer.results[:-1])
        assert not any(one.posted.HasField("transaction") for one in answer.results)
        assert wire.of_rejection(answer.results[-1].rejection).details["balance"]
    assert await wire.balance(server, "@Sales") == 9_000


@pytest.mark.slow
async def test_a_batch_whose_refusals_are_too_many_bytes_is_answered_with_their_reasons(
    server: Server, channel: grpc.aio.Channel
) -> None:
    """Each reference has 1,020 bytes, and a conflict names it twice."""

    def batch(count: int, amount: int) -> pb.PostBatchRequest:
        names = (f"{n:05}" + "\N{MONEY BAG}" * 250 for n in range(count))
        return pb.PostBatchRequest(
            operations=[wire.post(wire.from_world(name, "@Sales", amount)) for name in names], view=wire.BASIC
        )

    transactions = transactions_grpc.TransactionServiceStub(channel)
    await transactions.PostBatch(batch(9_999, 1))
    answer = await transactions.PostBatch(batch(10_000, 2))
    assert set(wire.outcomes(answer.results[:-1])) == {"REFERENCE_CONFLICT"}
    assert wire.outcomes(answer.results[-1:]) == ["posted"]
    assert (answer.batch.posted_count, answer.batch.rejected_count) == (1, 9_999)


async def test_a_reference_that_is_too_long_is_told_cut_off(server: Server) -> None:
    (result,) = (await wire.batch(server, [wire.post(wire.from_world("r" * 10_000, "@Sales", 1))])).results
    assert (result.reference, wire.outcomes([result])) == ("r" * 255, ["FIELD_INVALID"])


# Lists -----------------------------------------------------------------------------------------


async def walk(call: Callable[[Any], Awaitable[Any]], request: Any, items: str) -> list[list[Any]]:
    """The items of every page."""
    pages = []
    while True:
        page = await call(request)
        pages.append(list(getattr(page, items)))
        if not page.next_page_token:
            return pages
        request.page_token = page.next_page_token


async def test_pages_end_before_they_are_too_large(server: Server, bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is listed, and in whichever order: each row comes once."""
    for number in range(5):
        person = await bank.person(city=str(number))
        till = await bank.balance(tag=str(number), identity_id=person.id)
        await bank.monitor(till.id, description=str(number))
        await wire.batch(server, [wire.post(wire.from_world(f"r{number}", till.id, 1))])
    lists = [
        (server.ledgers.ListLedgers, ledgers_pb.ListLedgersRequest(filter="name = Customers"), "ledgers"),
        (server.ledgers.ListBalances, ledgers_pb.ListBalancesRequest(filter='indicator = ""'), "balances"),
        (server.identities.ListIdentities, identities_pb.ListIdentitiesRequest(), "identities"),
        (server.monitors.ListMonitors, monitors_pb.ListMonitorsRequest(), "monitors"),
        (server.transactions.ListTransactions, pb.ListTransactionsRequest(), "transactions"),
        (server.transactions.ListBatches, pb.ListBatchesRequest(order_by="create_time"), "batches"),
    ]
    for call, request, items in lists:
        (whole,) = await walk(call, request, items)
        assert len(whole) == 5
        for bound, sizes in ((2 * max(one.ByteSize() for one in whole) + 20, [2, 2, 1]), (1, [1] * 5)):
            with monkeypatch.context() as smaller:
                smaller.setattr(paging, "ITEMS_MAX_BYTES", bound)
                request.page_token = ""
                pages = await walk(call, request, items)
            assert [len(page) for page in pages] == sizes
            assert [one for page in pages for one in page] == whole


@pytest.mark.slow
async def test_a_history_of_heavy_transactions_is_received_in_pages(
    server: Server, bank: Bank, channel: grpc.aio.Channel
) -> None:
    till, metadata = await bank.balance(), heavy()
    for half in ("a", "b"):
        drafts = [wire.from_world(f"{half}{number}", till.id, 1, metadata=metadata) for number in range(100)]
        await wire.batch(server, [wire.post(one) for one in drafts], view=wire.BASIC)
    request = pb.ListTransactionsRequest(page_size=1_000, filter=f"balance_id = {till.id}")
    transactions = transactions_grpc.TransactionServiceStub(channel)
    pages = await walk(transactions.ListTransactions, request, "transactions")
    assert len(pages) == 2
    assert len({one.reference for page in pages for one in page}) == 200


@pytest.mark.slow
async def test_balances_that_are_too_many_bytes_are_refused_by_name(server: Server, channel: grpc.aio.Channel) -> None:
    till = await wire.open_balance(server, metadata=heavy())
    ledgers = ledgers_grpc.LedgerServiceStub(channel)
    refusal = await wire.refusal(ledgers.BatchGetBalances(ledgers_pb.BatchGetBalancesRequest(balance_ids=[till] * 200)))
    assert (refusal.code, refusal.reason) == ("RESOURCE_EXHAUSTED", "MESSAGE_TOO_LARGE")
    assert refusal.details["limit"] == str(16 * 1024 * 1024)
