"""How much an answer contains: id and status alone, everything, or everything with decimals."""

from typing import Any

import pytest
from ledgerapi.v1 import balance_pb2, identity_service_pb2, ledger_service_pb2, operation_pb2, transaction_pb2

from tests.conftest import Server
from tests.rpc import wire
from tests.rpc.conftest import Bank
from tests.rpc.deferred import status

pb, ledgers, identities = wire.pb, ledger_service_pb2, identity_service_pb2
DECIMALS = operation_pb2.TRANSACTION_VIEW_DECIMALS
EVERYTHING = [operation_pb2.TRANSACTION_VIEW_UNSPECIFIED, wire.FULL]
IN_VIEWS = [balance_pb2.BALANCE_VIEW_DECIMALS, balance_pb2.BALANCE_VIEW_DEFERRED]


async def write(server: Server, number: int, what: str, **fields: Any) -> Any:
    """A write of one transaction by the RPC of its own, and what it needs before."""
    reference = f"{what}-{number}"
    if what == "post":
        draft = wire.from_world(reference, "@Sales", "1.20")
        return await server.transactions.PostTransaction(pb.PostTransactionRequest(draft=draft, **fields))
    if what in ("commit", "void", "adjust"):
        hold = await wire.hold(server, f"hold-{reference}", 120)
        if what == "adjust":
            adjust = {"target": {"transaction_id": hold.id}, "increase": {"decimal": "0.30"}, "reference": reference}
            return await server.transactions.AdjustHold(pb.AdjustHoldRequest(adjust_hold=adjust, **fields))
        if what == "commit":
            resolve = {"target": {"transaction_id": hold.id}, "amount": "0.20", "reference": reference}
            return await server.transactions.CommitHold(pb.CommitHoldRequest(commit_hold=resolve, **fields))
        return await server.transactions.VoidHold(
            pb.VoidHoldRequest(void_hold={"target": {"transaction_id": hold.id}}, **fields)
        )
    if what == "refund":
        paid = (await wire.record(server, wire.from_world(f"paid-{reference}", "@Sales", "1.20"))).transaction
        refund = {"target": {"transaction_id": paid.id}, "amount": "0.20", "reference": reference}
        return await server.transactions.RefundTransaction(pb.RefundTransactionRequest(refund=refund, **fields))
    draft = wire.from_world(f"later-{reference}", "@Sales", "1.20", require_review=True)
    later = (await wire.record(server, draft)).transaction
    amended: dict[str, Any] = {"target": {"transaction_id": later.id}, "reference": reference}
    if what == "cancel":
        return await server.transactions.CancelTransaction(pb.CancelTransactionRequest(cancel=amended, **fields))
    if what == "reschedule":
        amended["scheduled_time"] = wire.in_seconds(3_600)
        return await server.transactions.RescheduleTransaction(
            pb.RescheduleTransactionRequest(reschedule=amended, **fields)
        )
    amended["on_behalf_of"] = "ada"
    if what == "approve":
        return await server.transactions.ApproveTransaction(pb.ApproveTransactionRequest(approve=amended, **fields))
    return await server.transactions.DenyTransaction(pb.DenyTransactionRequest(deny=amended, **fields))


AMENDMENTS = ("cancel", "reschedule", "approve", "deny")
WRITES = {
    "post": "APPLIED",
    "commit": "APPLIED",
    "void": "VOID",
    "adjust": "APPLIED",
    "refund": "APPLIED",
    **dict.fromkeys(AMENDMENTS, "APPLIED"),
}


@pytest.mark.parametrize(("what", "ends"), WRITES.items())
async def test_a_basic_answer_is_id_and_status(server: Server, what: str, ends: str) -> None:
    answer = await write(server, 1, what, view=wire.BASIC)
    assert status(answer.transaction) == ends
    bare = transaction_pb2.Transaction(id=answer.transaction.id, status=answer.transaction.status)
    counts = {"transaction_count": 1} if "transaction_count" in answer.DESCRIPTOR.fields_by_name else {}
    assert answer == type(answer)(transaction=bare, **counts)
    assert (await wire.transaction(server, transaction_id=bare.id)).status == bare.status

    preview = await write(server, 2, what, view=wire.BASIC, validate_only=True)
    assert status(preview.transaction) == ends
    assert preview == type(answer)(transaction=transaction_pb2.Transaction(status=bare.status), **counts)
    for number, view in enumerate(EVERYTHING, 3):
        full = await write(server, number, what, view=view)
        assert status(full.transaction) == ends
        moved = full.amended if what in AMENDMENTS else full.transaction
        assert moved.amount.currency == "USD"
        assert not moved.source_figures.after.HasField("decimals")


async def test_a_basic_answer_that_is_repeated_says_so(server: Server) -> None:
    draft = wire.from_world("r", "@Sales", 5, queue=True)
    request = pb.PostTransactionRequest(draft=draft, view=wire.BASIC)
    first = await server.transactions.PostTransaction(request)
    assert (status(first.transaction), first.replayed) == ("QUEUED", False)
    await server.transactions.WaitTransaction(pb.WaitTransactionRequest(reference="r"))
    again = await server.transactions.PostTransaction(request)
    assert (again.transaction.id, status(again.transaction), again.replayed) == (first.transaction.id, "APPLIED", True)
    later = (await wire.record(server, wire.from_world("later", "@Sales", 5, require_review=True))).transaction
    cancel = pb.CancelTransactionRequest(cancel={"target": {"transaction_id": later.id}}, view=wire.BASIC)
    answers = [await server.transactions.CancelTransaction(cancel) for _ in range(2)]
    own = await wire.transaction(server, reference=f"ledgerd:cancel:{later.id}")
    assert [(answer.transaction.id, status(answer.transaction), answer.replayed) for answer in answers] == [
        (own.id, "APPLIED", False),
        (own.id, "APPLIED", True),
    ]


async def test_a_basic_answer_has_no_legs(server: Server) -> None:
    draft = wire.from_world("split", "@Sales", 10)
    draft.ClearField("destination")
    for name in ("@A", "@B"):
        draft.destinations.shares.add(balance=name, percent="50")
    answer = await server.transactions.PostTransaction(pb.PostTransactionRequest(draft=draft, view=wire.BASIC))
    assert (len(answer.legs), len(answer.transaction.leg_ids)) == (0, 0)
    refund = {"target": {"transaction_id": answer.transaction.id}, "reference": "back", "allow_overdraft": True}
    full = await server.transactions.RefundTransaction(pb.RefundTransactionRequest(refund=refund, view=DECIMALS))
    assert [leg.destination_figures.after.decimals.balance for leg in full.legs] == ["-0.05", "0.00"]


@pytest.mark.parametrize("what", WRITES)
async def test_a_view_that_does_not_exist_is_rejected_and_nothing_happens(server: Server, what: str) -> None:
    rejection = await wire.rejection(write(server, 1, what, view=99))
    assert (rejection.reason, rejection.fields) == ("FIELD_INVALID", ("view",))
    assert [found for found in await wire.listed(server) if found.reference == f"{what}-1"] == []


# Decimals ----------------------------------------------------------------------------------------


def assert_decimals(figures: balance_pb2.Figures, decimals: int = 2) -> None:
    """All seven figures in major units."""
    for field, text in figures.decimals.ListFields():
        minor = int(getattr(figures, field.name))
        sign, digits = "-" if minor < 0 else "", str(abs(minor)).rjust(decimals + 1, "0")
        assert text == f"{sign}{digits[:-decimals]}.{digits[-decimals:]}"
    assert len(figures.decimals.ListFields()) == 7


@pytest.mark.parametrize("what", ["post", "commit", "void", "adjust", "refund", "approve"])
async def test_a_write_has_decimals_on_request(server: Server, what: str) -> None:
    answer = await write(server, 1, what, view=DECIMALS)
    moved = answer.amended if what == "approve" else answer.transaction
    for side in (moved.source_figures, moved.destination_figures):
        assert_decimals(side.before)
        assert_decimals(side.after)
    for name in ("hold", "refunded"):
        if name in answer.DESCRIPTOR.fields_by_name:
            assert_decimals(getattr(answer, name).source_figures.after)


async def test_a_balance_that_is_read_has_decimals(server: Server) -> None:
    await wire.record(server, wire.from_world("in", "@Sales", "120.50"))
    await wire.hold(server, "hold", 30)
    for indicator in ("@Sales", "@World", "@Payer", "@Shop"):
        request = ledgers.GetBalanceRequest(indicator_key={"indicator": indicator, "currency": "USD"})
        named = (await server.ledgers.GetBalance(request)).balance
        assert_decimals(named.figures)
        assert (await server.ledgers.GetBalance(ledgers.GetBalanceRequest(balance_id=named.id))).balance == named
    assert named.figures.decimals.inflight_credit_balance == "0.30"
    plain = ledgers.GetBalanceRequest(balance_id=named.id, view=balance_pb2.BALANCE_VIEW_BASIC)
    assert not (await server.ledgers.GetBalance(plain)).balance.figures.HasField("decimals")
    for view in IN_VIEWS:
        request = ledgers.GetBalanceRequest(balance_id=named.id, view=view)
        assert_decimals((await server.ledgers.GetBalance(request)).balance.figures)


async def test_many_balances_have_decimals_on_request(server: Server) -> None:
    till = await wire.open_balance(server)
    for view in (balance_pb2.BALANCE_VIEW_UNSPECIFIED, balance_pb2.BALANCE_VIEW_BASIC, *IN_VIEWS):
        some = await server.ledgers.BatchGetBalances(ledgers.BatchGetBalancesRequest(balance_ids=[till], view=view))
        listed = await server.ledgers.ListBalances(ledgers.ListBalancesRequest(view=view))
        for balance in (*some.balances, *listed.balances):
            assert balance.figures.HasField("decimals") is (view in IN_VIEWS)


async def test_the_balances_of_an_identity_are_listed_in_every_view(server: Server, bank: Bank) -> None:
    person = await bank.person()
    till = (await bank.balance(identity_id=person.id)).id
    await wire.record(server, wire.from_world("in", till, 120))
    await wire.record(server, wire.draft("later", till, "@Shop", 20, require_review=True))
    request = identities.ListIdentityBalancesRequest(identity_id=person.id)
    for view in balance_pb2.BalanceView.values():
        request.view = view
        (listed,) = (await server.identities.ListIdentityBalances(request)).balances
        named = await server.ledgers.ListBalances(
            ledgers.ListBalancesRequest(filter=f"identity_id = {person.id}", view=view)
        )
        assert [listed] == list(named.balances)
        assert listed.figures.HasField("decimals") is (view in IN_VIEWS)
        assert listed.HasField("deferred_debit") is (view == balance_pb2.BALANCE_VIEW_DEFERRED)
    assert listed.deferred_debit.precise == "20"
    request.view = 99
    assert (await wire.rejection(server.identities.ListIdentityBalances(request))).fields == ("view",)


async def test_transactions_are_listed_in_every_view(server: Server) -> None:
    await wire.batch(server, wire.drafts(3))
    everything = await wire.listed(server)
    assert len(everything) == 3
    for view in (*EVERYTHING, wire.BASIC, DECIMALS):
        request = pb.ListTransactionsRequest(view=view, page_size=2)
        first = await server.transactions.ListTransactions(request)
        request.page_token = first.next_page_token
        found = [*first.transactions, *(await server.transactions.ListTransactions(request)).transactions]
        read = [await wire.transaction(server, transaction_id=each.id, view=view) for each in everything]
        assert found == read
    assert_decimals(found[0].source_figures.after)
    request = pb.ListTransactionsRequest(view=99)
    assert (await wire.rejection(server.transactions.ListTransactions(request))).fields == ("view",)


async def test_a_transaction_is_read_in_every_view(server: Server) -> None:
    whole = (await wire.record(server, wire.from_world("r", "@Sales", 5))).transaction
    for view in (*EVERYTHING, wire.BASIC, DECIMALS):
        read = await wire.transaction(server, reference="r", view=view)
        waiting = pb.WaitTransactionRequest(transaction_id=whole.id, view=view)
        assert (await server.transactions.WaitTransaction(waiting)).transaction == read
        if view in EVERYTHING:
            assert read == whole
        elif view == wire.BASIC:
            assert read == transaction_pb2.Transaction(id=whole.id, status=whole.status)
        else:
            assert_decimals(read.destination_figures.after)
    for call in (
        server.transactions.GetTransaction(pb.GetTransactionRequest(reference="r", view=99)),
        server.transactions.WaitTransaction(pb.WaitTransactionRequest(reference="r", view=99)),
    ):
        assert (await wire.rejection(call)).fields == ("view",)


async def test_bulk_results_and_events_have_no_decimals_and_lists_have_none_unless_asked(server: Server) -> None:
    watching = await wire.watch(server)
    (result,) = (await wire.batch(server, wire.drafts(1), view=wire.FULL)).results
    (listed,) = await wire.listed(server)
    (event,) = await watching.events(1)
    assert result.posted.transaction == listed == event.transaction.transaction
    assert listed.destination_figures.after.balance == "1"
    assert not listed.destination_figures.after.HasField("decimals")
    watching.cancel()


async def test_bulk_results_are_not_shown_in_decimals(server: Server) -> None:
    call = server.transactions.PostBatch(pb.PostBatchRequest(operations=wire.drafts(1), view=DECIMALS))
    assert (await wire.rejection(call)).fields == ("view",)
    upload = wire.Upload(server)
    await upload.send(open=pb.PostStreamOpen(view=DECIMALS))
    assert (await upload.rejected()).fields == ("open.view",)
    assert await wire.listed(server) == []
