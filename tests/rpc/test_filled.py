"""Every field that an answer can have is set somewhere, or is named here with the reason why not."""

from typing import Any

from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message
from ledgerapi.v1 import operation_pb2

from tests.conftest import Server
from tests.rpc import contract, wire
from tests.rpc.contract import identities, ledgers, monitors, pb

NOT_FILLED = {
    "Transaction.created_by": "nobody is known before there is authentication",
    "Batch.created_by": "nobody is known before there is authentication",
    "Monitor.clear_threshold": "not supported yet",
    "Condition.threshold": "for requests; answers have `value`",
    "Condition.precise_threshold": "for requests; answers have `value`",
    "Event.batch": "no watch tells of batches yet",
    "Event.identity": "no watch tells of identities yet",
    "Event.ledger": "no watch tells of ledgers yet",
    "Event.reconciliation": "reconciliations are not served yet",
    "PostBatchResponse.is_reduced": "when an answer would be too large: see test_large_answers.py",
    "ChunkResult.is_reduced": "when an answer would be too large: see test_large_answers.py",
    "PostStreamResponse.going_away": "when the server stops: see test_stream_breaks.py",
}

Seen = set[str]


def note(seen: Seen, message: Message) -> None:
    """Remember what is set, at any depth."""
    for field, value in message.ListFields():
        if field.containing_type.file.package != "ledgerapi.v1":
            continue
        seen.add(field.full_name.removeprefix("ledgerapi.v1."))
        if field.message_type is not None and field.message_type.file.package == "ledgerapi.v1":
            if field.message_type.GetOptions().map_entry:
                continue
            for item in value if field.is_repeated else [value]:
                note(seen, item)


def can_be_filled(descriptor: Descriptor, into: Seen) -> None:
    """Every field of the message and of those inside, but for what stands inside of what is not set."""
    for field in descriptor.fields:
        name = field.full_name.removeprefix("ledgerapi.v1.")
        if name in into:
            continue
        into.add(name)
        inner = field.message_type
        if inner is None or inner.file.package != "ledgerapi.v1" or inner.GetOptions().map_entry:
            continue
        if name not in NOT_FILLED:
            can_be_filled(inner, into)


class Story:
    """Calls whose answers are looked at."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.seen: Seen = set()

    async def ask(self, name: str, request: Message) -> Any:
        (method,) = (method for method in contract.METHODS if method.name == name)
        answer = await contract.stub(self.server, method)(request)
        note(self.seen, answer)
        return answer

    async def post(self, draft: Any) -> Any:
        return (await self.ask("PostTransaction", pb.PostTransactionRequest(draft=draft))).transaction


async def test_every_field_of_every_answer_is_filled_in_somewhere(server: Server) -> None:
    story = Story(server)
    watching = await wire.watch(server), await wire.watch_monitors(server)
    for tell in (_books, _movements, _what_waits, _batches, _stream):
        await tell(story)
    for watch, count in zip(watching, (40, 5), strict=True):
        for event in await watch.events(count):
            story.seen.add(f"{'WatchTransactions' if watch is watching[0] else 'WatchMonitors'}Response.event")
            note(story.seen, event)
        watch.cancel()
    note(
        story.seen, await wire.Watching(server.transactions.WatchTransactions(pb.WatchTransactionsRequest())).message()
    )
    note(story.seen, await wire.Watching(server.monitors.WatchMonitors(monitors.WatchMonitorsRequest())).message())
    for name in ("ListLedgers", "ListBalances", "ListTransactions", "ListBatches", "ListMonitors", "ListIdentities"):
        (method,) = (method for method in contract.METHODS if method.name == name)
        request = type(contract.REQUESTS[name]())(page_size=1, include_total=True)
        await story.ask(method.name, request)
    possible: Seen = set()
    for method in contract.METHODS:
        can_be_filled(method.output_type, possible)
    assert possible - story.seen - NOT_FILLED.keys() == set()
    assert story.seen & NOT_FILLED.keys() == set()


METADATA = {"order": "17"}


async def _books(story: Story) -> None:
    person = {"individual": dict.fromkeys(contract.identity_pb2.Individual.DESCRIPTOR.fields_by_name, "x")}
    person["individual"]["birth_date"] = "1815-12-10"
    address = dict.fromkeys(("street", "country", "state", "post_code", "city"), "x")
    made = await story.ask(
        "CreateIdentity", identities.CreateIdentityRequest(identity={**person, **address, "metadata": METADATA})
    )
    owner = made.identity.id
    company = {"organization": {"name": "Acme", "category": "Bank"}}
    await story.ask("CreateIdentity", identities.CreateIdentityRequest(identity=company))
    update = identities.UpdateIdentityRequest(identity={"id": owner, "city": "y"}, update_mask={"paths": ["city"]})
    await story.ask("UpdateIdentity", update)
    await story.ask("GetIdentity", identities.GetIdentityRequest(identity_id=owner))
    ledger = (
        await story.ask("CreateLedger", ledgers.CreateLedgerRequest(ledger={"name": "x", "metadata": METADATA}))
    ).ledger
    await story.ask("UpdateLedger", ledgers.UpdateLedgerRequest(ledger=ledger, update_mask={"paths": ["name"]}))
    closing = contract.admin_service_pb2.ClosePeriodRequest(ledger_id=ledger.id, close_time={"seconds": 1})
    await story.ask("ClosePeriod", closing)
    await story.ask("GetPeriod", contract.admin_service_pb2.GetPeriodRequest(ledger_id=ledger.id))
    await story.ask("GetLedger", ledgers.GetLedgerRequest(ledger_id=wire.GENERAL_LEDGER))
    await story.ask("GetLedger", ledgers.GetLedgerRequest(ledger_id=ledger.id))
    settings = {
        "floor": {"precise": "-9"},
        "ceiling": {"precise": "99"},
        "group": "g",
        "tag": "t",
        "metadata": METADATA,
    }
    for _ in range(2):
        asked = contract.balance_pb2.Balance(
            ledger_id=ledger.id, identity_id=owner, currency="USD", track_fund_lineage=True, **settings
        )
        balance = (await story.ask("CreateBalance", ledgers.CreateBalanceRequest(balance=asked))).balance
    for name in ("FreezeBalance", "UnfreezeBalance", "CloseBalance"):
        request = getattr(ledgers, f"{name}Request")(balance_id=balance.id, reason="why")
        await story.ask(name, request)
    change = ledgers.UpdateBalanceRequest(balance={"id": balance.id, "tag": "u"}, update_mask={"paths": ["tag"]})
    await story.ask("UpdateBalance", change)
    owned = identities.ListIdentityBalancesRequest(identity_id=owner, page_size=1, include_total=True)
    await story.ask("ListIdentityBalances", owned)
    await story.ask("CreateBalance", ledgers.CreateBalanceRequest(balance={"indicator": "@Till", "currency": "USD"}))
    watched = {"balance_id": await wire.open_balance(story.server, indicator="@Watched"), "description": "x"}
    condition = {"field": 1, "operator": 1, "threshold": "0"}
    for _ in range(2):
        asked = monitors.CreateMonitorRequest(monitor={**watched, "conditions": [condition], "metadata": METADATA})
        monitor = (await story.ask("CreateMonitor", asked)).monitor
    changed = {"id": monitor.id, "description": "y"}
    update = monitors.UpdateMonitorRequest(monitor=changed, update_mask={"paths": ["description"]})
    await story.ask("UpdateMonitor", update)
    await story.ask("GetMonitor", monitors.GetMonitorRequest(monitor_id=monitor.id))


async def _movements(story: Story) -> None:
    words = {"description": "d", "group": "g", "tag": "t", "metadata": METADATA}
    draft = wire.from_world("p", "@Watched", 5, precise_overdraft_limit="50", **words)
    paid = await story.post(draft)
    await story.post(draft)  # Replays.
    await story.ask("GetTransaction", pb.GetTransactionRequest(transaction_id=paid.id))
    for name in ("f", "f"):
        refund = pb.RefundTransactionRequest(
            refund={"transaction_id": paid.id, "precise_amount": "2", "reference": name, "allow_overdraft": True}
        )
        await story.ask("RefundTransaction", refund)
    times = {"inflight_commit_time": wire.in_seconds(3_600), "inflight_expiry_time": wire.in_seconds(7_200)}
    hold = await story.post(wire.from_world("h", "@Till", 5, inflight=True, allow_over_commit=True, **times))
    for _ in range(2):
        commit = pb.CommitInflightRequest(commit={"transaction_id": hold.id, "precise_amount": "2", "reference": "c"})
        await story.ask("CommitInflight", commit)
        await story.ask("VoidInflight", pb.VoidInflightRequest(void={"transaction_id": hold.id}))
    split = wire.draft("s", "@World", "", 9, allow_overdraft=True, inflight=True)
    split.destinations.shares.add(balance="@A", precise_amount="4")
    split.destinations.shares.add(balance="@B", left=True)
    header = await story.post(split)
    await story.ask(
        "CommitInflight",
        pb.CommitInflightRequest(commit={"transaction_id": header.id, "precise_amount": "6", "reference": "c6"}),
    )
    await story.ask("VoidInflight", pb.VoidInflightRequest(void={"transaction_id": header.id}))
    back = {"transaction_id": header.id, "reference": "back", "allow_overdraft": True}
    await story.ask("RefundTransaction", pb.RefundTransactionRequest(refund=back))


async def _what_waits(story: Story) -> None:
    far = wire.in_seconds(3_600)
    for name, amendment in (
        ("CancelTransaction", "cancel"),
        ("RescheduleTransaction", "reschedule"),
        ("ApproveTransaction", "approve"),
        ("DenyTransaction", "deny"),
    ):
        terms = {"scheduled_time": far, "hold_for_review": True, "review_reason": "odd"}
        deferred = await story.post(wire.from_world(amendment, "@Till", 1, **terms))
        balance = ledgers.GetBalanceRequest(view=2)
        balance.indicator_key.indicator, balance.indicator_key.currency = "@Till", "USD"
        await story.ask("GetBalance", balance)
        await story.ask("BatchGetBalances", ledgers.BatchGetBalancesRequest(balance_ids=[deferred.source_id]))
        message: dict[str, Any] = {"transaction_id": deferred.id, "reference": f"o-{amendment}"}
        if amendment == "reschedule":
            message["scheduled_time"] = far
        elif amendment != "cancel":
            message["decided_by"] = "ada"
        for _ in range(2):
            await story.ask(name, getattr(pb, f"{name}Request")(**{amendment: message}))
    denied = (await wire.transaction(story.server, reference="deny")).id
    await story.ask("WaitTransaction", pb.WaitTransactionRequest(transaction_id=denied))


def _bad() -> list[operation_pb2.Operation]:
    """One that moves, one that is rejected, and two that cannot be read."""
    poor = wire.draft("poor", "@Poor", "@Till", 5)
    return [*wire.drafts(1), wire.post(poor), *(operation_pb2.Operation(post={"reference": f"m{n}"}) for n in (1, 2))]


async def _batches(story: Story) -> None:
    await story.ask("PostBatch", pb.PostBatchRequest(operations=_bad()))
    await story.ask("PostBatch", pb.PostBatchRequest(operations=_bad(), mode=wire.ATOMIC))
    split = wire.draft("bs", "@World", "", 9, allow_overdraft=True)
    split.destinations.shares.add(balance="@A", precise_amount="4")
    split.destinations.shares.add(balance="@B", left=True)
    await story.ask("PostBatch", pb.PostBatchRequest(operations=[wire.post(split)]))
    accepted = pb.PostBatchRequest(operations=_bad(), run_async=True, request_id="b")
    batch = (await story.ask("PostBatch", accepted)).batch
    async for message in story.server.transactions.WatchBatch(pb.WatchBatchRequest(batch_id=batch.id)):
        note(story.seen, message)
    await story.ask("GetBatch", pb.GetBatchRequest(batch_id=batch.id))
    await story.ask("ListBatchRejections", pb.ListBatchRejectionsRequest(batch_id=batch.id, page_size=1))


async def _stream(story: Story) -> None:
    upload = wire.Upload(story.server)
    await upload.send(open=pb.OpenStream())
    await upload.send(chunk=pb.Chunk(sequence=1, operations=[*wire.drafts(2), *_bad()[1:]]))
    await upload.send(chunk=pb.Chunk(sequence=2, mode=wire.ATOMIC, operations=wire.drafts(1, prefix="q")))
    await upload.send(chunk=pb.Chunk(sequence=7, operations=wire.drafts(1)))
    await upload.send(finish=pb.FinishStream(operation_count=7))
    while (response := await upload.read()) is not None:
        note(story.seen, response)
