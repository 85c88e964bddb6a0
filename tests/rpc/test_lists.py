"""Lists: filters, orders and pages, and single transactions and batches."""

import pytest
from ledgerapi.v1 import batch_pb2
from ledgerapi.v1 import identity_service_pb2 as identities_pb
from ledgerapi.v1 import ledger_service_pb2 as ledgers_pb
from ledgerapi.v1 import monitor_service_pb2 as monitors_pb
from ledgerapi.v1 import transaction_service_pb2 as pb


async def transactions(server, **fields):
    return await server.transactions.ListTransactions(pb.ListTransactionsRequest(**fields))


async def references(server, filter_text="", **fields):
    page = await transactions(server, filter=filter_text, order_by="create_time", **fields)
    return [transaction.reference for transaction in page.transactions]


async def balances(server, **fields):
    return await server.ledgers.ListBalances(ledgers_pb.ListBalancesRequest(**fields))


async def walk(call, **fields):
    """All rows of a list, page by page."""
    rows, token = [], ""
    while True:
        page = await call(page_token=token, **fields)
        rows.append(page)
        token = page.next_page_token
        if not token:
            return rows


# Pages -----------------------------------------------------------------------------------------


@pytest.fixture
async def ledger(bank):
    """A ledger with seven balances, tagged in order."""
    ledger = await bank.ledger()
    for number in range(7):
        await bank.balance(ledger_id=ledger.id, tag=str(number))
    return ledger


@pytest.mark.parametrize(
    ("order", "tags"), [("create_time", "0123456"), ("create_time desc", "6543210"), ("", "6543210")]
)
async def test_pages_give_every_row_once_in_order(server, ledger, order, tags):
    pages = await walk(
        lambda **fields: balances(server, **fields), page_size=3, order_by=order, filter=f"ledger_id = {ledger.id}"
    )
    assert [len(page.balances) for page in pages] == [3, 3, 1]
    assert "".join(balance.tag for page in pages for balance in page.balances) == tags


async def test_a_last_page_that_is_full_has_no_next(server, ledger):
    page = await balances(server, page_size=7, filter=f"ledger_id = {ledger.id}")
    assert (len(page.balances), page.next_page_token) == (7, "")


async def test_rows_that_come_in_between_do_not_disturb(server, bank, ledger):
    asked = {"page_size": 3, "order_by": "create_time desc", "filter": f"ledger_id = {ledger.id}"}
    first = await balances(server, **asked)
    await bank.balance(ledger_id=ledger.id, tag="new")
    second = await balances(server, page_token=first.next_page_token, **asked)
    assert [balance.tag for balance in second.balances] == ["3", "2", "1"]


async def test_the_total_counts_all_pages_where_asked(server, ledger):
    page = await balances(server, page_size=2, filter=f"ledger_id = {ledger.id}", include_total=True)
    assert page.total_size == 7
    assert not (await balances(server)).HasField("total_size")


async def test_a_token_belongs_to_its_list_filter_and_order(server, ledger, rejection):
    page = await balances(server, page_size=2, filter="currency = USD")
    token = page.next_page_token
    assert (await balances(server, page_size=5, filter="currency = USD", page_token=token)).balances
    for call in (
        balances(server, page_token=token),
        balances(server, filter="currency = USD", order_by="create_time", page_token=token),
        server.ledgers.ListLedgers(ledgers_pb.ListLedgersRequest(page_token=token)),
    ):
        rejected = await rejection(call)
        assert (rejected.code, rejected.reason) == ("INVALID_ARGUMENT", "PAGE_TOKEN_INVALID")


@pytest.mark.parametrize("token", ["x", "????", "e30", "bnVsbA", "W10", "ü", "A" * 10_000])
async def test_a_token_that_is_not_ours_is_rejected(server, rejection, token):
    assert (await rejection(balances(server, page_token=token))).reason == "PAGE_TOKEN_INVALID"


async def test_sizes_and_orders_are_judged(server, rejection):
    assert (await rejection(balances(server, page_size=-1))).fields == ["page_size"]
    assert (await rejection(balances(server, order_by="name"))).fields == ["order_by"]
    assert (await balances(server, page_size=1_000_000, order_by="  create_time   desc ")).next_page_token == ""


# Filters ---------------------------------------------------------------------------------------


async def tags(server, ledger, filter_text):
    page = await balances(server, filter=f"ledger_id = {ledger.id} AND {filter_text}", order_by="create_time")
    return "".join(balance.tag for balance in page.balances)


@pytest.mark.parametrize(
    ("filter_text", "expected"),
    [
        ("tag = 3", "3"),
        ("tag != 3", "012456"),
        ('tag >= "3" AND tag<5', "34"),
        ("tag = '3'", "3"),
        ("tag > 5", "6"),
        ("tag <= 1", "01"),
        ('group = ""', "0123456"),
        ("group != x", "0123456"),
        ('group != ""', ""),
        ("group < x", "0123456"),
        ("status = OPEN", "0123456"),
        ("status = BALANCE_STATUS_OPEN", "0123456"),
        ("status != OPEN", ""),
        ("status = CLOSED", ""),
        ("currency = USD AND indicator = @World", ""),
        ("create_time > 2020-01-01T00:00:00Z", "0123456"),
        ("create_time < 2020-01-01T00:00:00.123456789+02:00", ""),
        ("create_time <= '9999-12-31T23:59:59Z'", "0123456"),
        ('tag = "\'; DROP TABLE balances --"', ""),
    ],
)
async def test_a_filter_keeps_what_fits(server, ledger, filter_text, expected):
    assert await tags(server, ledger, filter_text) == expected


async def test_quotes_may_be_escaped(server, bank, ledger):
    await bank.balance(ledger_id=ledger.id, tag='a "b" \\ c')
    assert await tags(server, ledger, 'tag = "a \\"b\\" \\\\ c"') == 'a "b" \\ c'


@pytest.mark.parametrize(
    ("filter_text", "position", "problem"),
    [
        ("colour = red", "0", "no such field"),
        ("tag = a AND colour = red", "12", "no such field"),
        ("tag", "3", "expected one of"),
        ("tag ~ x", "3", "expected one of"),
        ("tag =", "5", "expected a value"),
        ('tag = "open', "5", "expected a value"),
        ("tag = a OR tag = b", "7", "expected AND"),
        ("tag = a AND", "7", "expected AND"),
        ("(tag = a)", "0", "expected a field"),
        ("status = BROKEN", "9", "expected one of"),
        ("status > OPEN", "7", "can only be compared"),
        ("ledger_id = 7", "12", "expected an id"),
        ("create_time > yesterday", "14", "expected a time"),
        ("create_time > 2026-02-30T00:00:00Z", "14", "expected a time"),
        ("tag = " + "x" * 2000, "0", "characters"),
        (" AND ".join(["tag = a"] * 21), "235", "comparisons"),
    ],
)
async def test_a_filter_that_cannot_be_read_says_where(server, rejection, filter_text, position, problem):
    rejected = await rejection(balances(server, filter=filter_text))
    assert (rejected.code, rejected.reason) == ("INVALID_ARGUMENT", "FILTER_INVALID")
    assert rejected.details["position"] == position
    assert problem in rejected.details["problem"]


async def test_every_list_can_be_filtered_by_its_fields(server, bank):
    person, ledger = await bank.person(country="GB"), await bank.ledger("Named")
    await bank.person(country="FR")
    await bank.ledger("Other")
    balance = await bank.balance(identity_id=person.id)
    monitor = await bank.monitor(balance.id)
    await bank.monitor((await bank.balance()).id)

    found = await server.identities.ListIdentities(
        identities_pb.ListIdentitiesRequest(filter="identity_type = INDIVIDUAL AND country = GB")
    )
    assert list(found.identities) == [person]
    merchants = [await bank.person(category=category) for category in ("merchant", "merchant of wine", "merchant")]
    for filter_text, wanted in (
        ("category = merchant", [merchants[2], merchants[0]]),
        ('category > "merchant"', [merchants[1]]),
        (f'category = "" AND create_time <= {person.create_time.ToJsonString()}', [person]),
    ):
        found = await server.identities.ListIdentities(identities_pb.ListIdentitiesRequest(filter=filter_text))
        assert list(found.identities) == wanted
    found = await server.ledgers.ListLedgers(ledgers_pb.ListLedgersRequest(filter="name = Named"))
    assert list(found.ledgers) == [ledger]
    found = await server.monitors.ListMonitors(
        monitors_pb.ListMonitorsRequest(filter=f"balance_id = {balance.id}", include_total=True)
    )
    assert (list(found.monitors), found.total_size) == ([monitor], 1)
    found = await balances(server, filter=f"identity_id = {person.id}")
    assert [balance.id for balance in found.balances] == [balance.id]


# Transactions ----------------------------------------------------------------------------------


@pytest.fixture
async def history(bank):
    """Two balances and five movements, by reference: f, a1, a2 and b1 of alice, other of neither."""
    alice, bob, carol = [await bank.balance(tag=name) for name in ("alice", "bob", "carol")]
    await bank.pay("@World", alice.id, "10", allow_overdraft=True, reference="f")
    await bank.pay(alice.id, bob.id, "1", reference="a1", tag="rent")
    await bank.pay(alice.id, carol.id, "2", reference="a2", inflight=True)
    await bank.pay("@World", carol.id, "5", allow_overdraft=True, reference="other", group="g")
    await bank.pay(bob.id, alice.id, "0.50", reference="b1")
    return alice, bob, carol


async def test_a_transaction_is_read_by_id_and_by_reference(server, bank, history, rejection):
    by_reference = (await server.transactions.GetTransaction(pb.GetTransactionRequest(reference="a1"))).transaction
    by_id = await server.transactions.GetTransaction(pb.GetTransactionRequest(transaction_id=by_reference.id))
    assert by_id.transaction == by_reference
    assert by_reference.source_figures.before.balance == "1000"
    assert by_reference.source_figures.after.balance == "900"
    rejected = await rejection(server.transactions.GetTransaction(pb.GetTransactionRequest(reference="none")))
    assert (rejected.code, rejected.reason) == ("NOT_FOUND", "TRANSACTION_NOT_FOUND")
    assert rejected.details == {"reference": "none"}
    rejected = await rejection(server.transactions.GetTransaction(pb.GetTransactionRequest()))
    assert rejected.fields == ["transaction_id"]


async def test_a_balance_finds_its_movements_on_either_side_in_order(server, history):
    alice, bob, _ = history
    assert await references(server, f"balance_id = {alice.id}") == ["f", "a1", "a2", "b1"]
    assert await references(server, f"source_id = {alice.id}") == ["a1", "a2"]
    assert await references(server, f"destination_id = {alice.id}") == ["f", "b1"]
    assert await references(server, f"balance_id = {alice.id} AND balance_id = {bob.id}") == ["a1", "b1"]
    assert await references(server, f"balance_id != {alice.id}") == ["other"]


@pytest.mark.parametrize("order", ["create_time", "create_time desc"])
@pytest.mark.parametrize("filter_text", ["balance_id = {0}", "balance_id = {0} AND currency = USD", "reference != x"])
async def test_a_history_comes_in_pages(server, bank, order, filter_text):
    first, second = await bank.balance(), await bank.balance()
    await bank.fund(first.id, "10")
    for number in range(10):
        await bank.pay(*((first.id, second.id) if number % 3 else (second.id, first.id)), "1", allow_overdraft=True)
    asked = {"page_size": 4, "order_by": order, "filter": filter_text.format(first.id)}
    pages = await walk(lambda **fields: transactions(server, **fields), **asked)
    found = [movement.reference for page in pages for movement in page.transactions]
    in_order = [f"ref-{number}" for number in range(1, 12)]
    assert found == (in_order if order == "create_time" else in_order[::-1])


async def test_transactions_are_filtered_by_what_they_are(server, history):
    assert await references(server, "reference = a1") == ["a1"]
    assert await references(server, "kind = HOLD AND status = INFLIGHT") == ["a2"]
    assert await references(server, "tag = rent") == ["a1"]
    assert await references(server, "group = g") == ["other"]
    assert await references(server, "currency != USD") == []
    assert await references(server, "status = QUEUED") == []
    page = await transactions(server, filter="kind = POSTING", include_total=True, page_size=1)
    assert page.total_size == 4


async def test_transactions_are_filtered_by_time(server, history):
    second = (await transactions(server, order_by="create_time")).transactions[1]
    text = second.create_time.ToJsonString()
    assert await references(server, f"create_time > {text}") == ["a2", "other", "b1"]
    assert await references(server, f"create_time <= {text}") == ["f", "a1"]
    assert await references(server, f"create_time = {text}") == ["a1"]
    assert await references(server, f"effective_time >= {text} AND balance_id = {history[0].id}") == ["a1", "a2", "b1"]


async def test_the_children_of_a_hold_are_found_by_their_parent(server, history):
    hold = (await server.transactions.GetTransaction(pb.GetTransactionRequest(reference="a2"))).transaction
    await server.transactions.CommitHold(
        pb.CommitHoldRequest(commit_hold={"target": {"transaction_id": hold.id}, "amount": "1", "reference": "part"})
    )
    assert await references(server, f"parent_id = {hold.id}") == ["part"]
    found = (await server.transactions.GetTransaction(pb.GetTransactionRequest(reference="a2"))).transaction
    assert (found.hold.committed.decimal, found.hold.remaining.decimal) == ("1.00", "1.00")


# Batches ---------------------------------------------------------------------------------------


async def post_batch(server, mode, *references):
    drafts = [
        {
            "post": {
                "reference": reference,
                "amount": "1",
                "currency": "USD",
                "source": "@World",
                "destination": "@Revenue",
                "allow_overdraft": True,
            }
        }
        for reference in references
    ]
    return (await server.transactions.PostBatch(pb.PostBatchRequest(mode=mode, operations=drafts))).batch


async def test_a_batch_is_read_and_listed_with_its_counts(server, rejection):
    atomic = await post_batch(server, batch_pb2.BATCH_MODE_ATOMIC, "x", "y")
    single = await post_batch(server, batch_pb2.BATCH_MODE_INDEPENDENT, "x", "z")
    read = (await server.transactions.GetBatch(pb.GetBatchRequest(batch_id=single.id))).batch
    assert (read.operation_count, read.posted_count, read.replayed_count) == (2, 1, 1)
    assert read.status == batch_pb2.BATCH_STATUS_FINISHED
    listed = await server.transactions.ListBatches(pb.ListBatchesRequest())
    assert [batch.id for batch in listed.batches] == [single.id, atomic.id]
    listed = await server.transactions.ListBatches(pb.ListBatchesRequest(filter="mode = ATOMIC AND status = FINISHED"))
    assert [batch.id for batch in listed.batches] == [atomic.id]
    assert await references(server, f"batch_id = {atomic.id}") == ["x", "y"]


async def test_an_unknown_batch_is_not_found(server, bank, rejection):
    unknown = "bat_" + (await bank.ledger()).id[4:]
    rejected = await rejection(server.transactions.GetBatch(pb.GetBatchRequest(batch_id=unknown)))
    assert (rejected.code, rejected.reason) == ("NOT_FOUND", "BATCH_NOT_FOUND")
    assert rejected.details == {"batch": unknown}
