"""Answers that would be too large to receive: what happened is told all the same, and lists go on."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import grpc
import pytest
from google.protobuf import struct_pb2
from ledgerapi.v1 import draft_pb2, operation_pb2, transaction_pb2
from ledgerapi.v1 import identity_service_pb2 as identities_pb
from ledgerapi.v1 import ledger_service_pb2 as ledgers_pb
from ledgerapi.v1 import monitor_service_pb2 as monitors_pb

from ledgerd.core.model import limits
from ledgerd.rpc.server import SERVICES
from ledgerd.wire import paging, results
from tests.conftest import Server
from tests.rpc import wire
from tests.rpc.conftest import Bank

pb = wire.pb


MIB = 1024 * 1024
ASKED = limits.MESSAGE_MAX_BYTES


@pytest.fixture
async def wide(server: Server) -> AsyncIterator[Server]:
    """A client that receives as much as the contract allows to ask for. All others here receive gRPC's 4 MiB."""
    options = [("grpc.max_receive_message_length", ASKED)]
    async with grpc.aio.insecure_channel(server.target, options=options) as opened:
        yield Server(server.app, opened)


def large(count: int) -> list[operation_pb2.Operation]:
    """Posts that fit into a request, and whose transactions do not fit into an answer."""
    words = {"description": "d" * 1_000, "group": "g" * 200, "tag": "t" * 200}
    return [wire.post(wire.from_world(f"r-{n}", "@Sales", 1, **words)) for n in range(count)]


def heavy() -> struct_pb2.Struct:
    """16 KiB of JSON, and more than five times as much on the wire."""
    made = struct_pb2.Struct()
    made.update({"zeros": [0] * 8_000})
    return made


# Every method ----------------------------------------------------------------------------------


BOUNDED = {
    "SuggestFormatProfile": "a few proposals",
    "ExplainPair": "a verdict for each criterion of at most 100 rules",
    "ConfirmMatches": "the first matches that were passed over",
    "RejectMatches": "the first matches that were passed over",
    "PostReconciliationAdjustments": "the first adjustments that were passed over",
    "RejectReconciliationAdjustments": "the first adjustments that were passed over",
    "PreviewMatchingRule": "100 pairs, each with the verdicts of at most 16 criteria",
}
"""Methods whose answers have few things, whatever is asked."""


def test_whoever_can_be_answered_with_many_things_can_say_how_many_bytes_are_welcome() -> None:
    """Legs have a bound of their own: they come whole or not at all. What was created is bounded by its request."""
    for method in (method for service in SERVICES for method in service.methods):
        if method.name.startswith(("Create", "BatchCreate")) or method.name in BOUNDED:
            continue
        answer, asked = method.output_type, method.input_type.fields_by_name
        many = [
            field.name for field in answer.fields if field.is_repeated and field.message_type and field.name != "legs"
        ]
        assert ("max_response_bytes" in asked) == bool(many), method.full_name


def test_the_largest_answer_about_one_transaction_is_below_4_mib() -> None:
    ids = ["txn_" + "z" * 26] * limits.LEGS_MAX
    words = "\N{MONEY BAG}" * limits.LABEL_MAX_CHARS
    largest = transaction_pb2.Transaction(
        leg_ids=ids, metadata=heavy(), description=words * 4, reference=words, group=words, tag=words
    )
    assert 2 * largest.ByteSize() + results.LEGS_CAPACITY_BYTES < limits.RESPONSE_DEFAULT_BYTES - 8 * 1024


@pytest.mark.parametrize("asked", [-1, 1, 4 * MIB - 1, 16 * MIB + 1])
async def test_the_bytes_that_are_welcome_are_bounded_too(server: Server, asked: int) -> None:
    upload = wire.Upload(server)
    await upload.send(open=pb.PostStreamOpen(max_response_bytes=asked))
    operations = [wire.post(wire.from_world("r", "@Sales", 1))]
    rejections = [
        await wire.rejection(server.ledgers.ListLedgers(ledgers_pb.ListLedgersRequest(max_response_bytes=asked))),
        await wire.rejection(
            server.transactions.PostBatch(pb.PostBatchRequest(operations=operations, max_response_bytes=asked))
        ),
    ]
    assert {rejection.fields for rejection in rejections} == {("max_response_bytes",)}
    assert (await upload.rejected()).fields == ("open.max_response_bytes",)
    assert await wire.listed(server) == []


# Batches ---------------------------------------------------------------------------------------


@pytest.mark.slow
async def test_a_batch_whose_transactions_are_too_many_bytes_is_answered_without_them(
    server: Server, wide: Server
) -> None:
    request = pb.PostBatchRequest(operations=[*large(3_000), wire.post(wire.draft("poor", "@Empty", "@Sales", 1))])
    for outcome in ("posted", "replayed"):
        answer = await server.transactions.PostBatch(request)
        assert set(wire.outcomes(answer.results[:-1])) == {outcome}
        assert all(result.posted.transaction_id for result in answer.results[:-1])
        assert not any(result.posted.HasField("transaction") for result in answer.results)
        assert answer.reduced
        assert wire.of_rejection(answer.results[-1].rejection).details["balance"]
    assert await wire.balance(server, "@Sales") == 3_000

    request.max_response_bytes = ASKED
    answer = await wide.transactions.PostBatch(request)
    assert all(result.posted.HasField("transaction") for result in answer.results[:-1])
    assert not answer.reduced


@pytest.mark.slow
async def test_a_batch_whose_references_are_too_many_bytes_is_answered_with_ids_and_reasons(server: Server) -> None:
    """Each reference has 1,020 bytes, and a conflict names it twice."""

    def batch(count: int, amount: int) -> pb.PostBatchRequest:
        names = (f"{n:05}" + "\N{MONEY BAG}" * 250 for n in range(count))
        return pb.PostBatchRequest(
            operations=[wire.post(wire.from_world(name, "@Sales", amount)) for name in names], view=wire.BASIC
        )

    answer = await server.transactions.PostBatch(batch(9_999, 1))
    assert all(result.posted.transaction_id and not result.reference for result in answer.results)
    answer = await server.transactions.PostBatch(batch(10_000, 2))
    assert set(wire.outcomes(answer.results[:-1])) == {"REFERENCE_CONFLICT"}
    assert wire.outcomes(answer.results[-1:]) == ["posted"]
    assert (answer.batch.posted_count, answer.batch.rejected_count, answer.reduced) == (1, 9_999, True)


async def test_a_chunk_of_which_much_is_to_be_told_is_told_in_4_mib(server: Server) -> None:
    """Of each operation twenty malformed fields, in the view that tells the least."""
    shares = [draft_pb2.Share(balance="x", amount="-") for _ in range(20)]
    rejected = [wire.draft(f"r{number}", "", "@Sales", 1) for number in range(1_000)]
    for draft in rejected:
        draft.sources.shares.extend(shares)
    upload = wire.Upload(server)
    await upload.open()
    result = await upload.chunk([wire.post(draft) for draft in rejected])
    assert set(wire.outcomes(result.results)) == {"FIELD_INVALID"}
    assert result.ByteSize() <= limits.RESPONSE_DEFAULT_BYTES


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
    around = paging._AROUND_ITEMS_BYTES
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
        for bound, sizes in ((2 * max(leg.ByteSize() for leg in whole) + 20, [2, 2, 1]), (1, [1] * 5)):
            with monkeypatch.context() as smaller:
                smaller.setattr(limits, "RESPONSE_DEFAULT_BYTES", bound + around)
                request.page_token = ""
                pages = await walk(call, request, items)
            assert [len(page) for page in pages] == sizes
            assert [row for page in pages for row in page] == whole


@pytest.mark.slow
async def test_a_history_of_heavy_transactions_is_received_in_pages(server: Server, wide: Server, bank: Bank) -> None:
    till, metadata = await bank.balance(), heavy()
    for half in ("a", "b"):
        drafts = [wire.from_world(f"{half}{number}", till.id, 1, metadata=metadata) for number in range(100)]
        await wire.batch(server, [wire.post(draft) for draft in drafts], view=wire.BASIC)
    request = pb.ListTransactionsRequest(page_size=1_000, filter=f"balance_id = {till.id}")
    for client, asked, count in ((server, 0, 5), (wide, ASKED, 2)):
        request.page_token, request.max_response_bytes = "", asked
        pages = await walk(client.transactions.ListTransactions, request, "transactions")
        assert len(pages) == count
        assert len({row.reference for page in pages for row in page}) == 200


@pytest.mark.slow
async def test_balances_that_are_too_many_bytes_are_rejected_by_name(server: Server, wide: Server) -> None:
    till = await wire.open_balance(server, metadata=heavy())
    request = ledgers_pb.BatchGetBalancesRequest(balance_ids=[till] * 100)
    rejection = await wire.rejection(server.ledgers.BatchGetBalances(request))
    assert (rejection.code, rejection.reason) == ("RESOURCE_EXHAUSTED", "MESSAGE_TOO_LARGE")
    assert rejection.details["limit"] == str(4 * MIB)
    request.max_response_bytes = ASKED
    assert len((await wide.ledgers.BatchGetBalances(request)).balances) == 100
