"""Every field that an answer can have is set somewhere, or is named here with the reason why not."""

from itertools import count as counted
from typing import Any

from google.protobuf.message import Message
from ledgerapi.v1 import operation_pb2

from tests.conftest import Server
from tests.rpc import contract, filled, wire
from tests.rpc.contract import identities, ledgers, monitors, pb

NOT_FILLED = {
    "Transaction.created_by": "nobody is known before there is authentication",
    "Review.decided_by": "nobody is known before there is authentication",
    "Batch.created_by": "nobody is known before there is authentication",
    "MonitorCondition.clear_threshold": "not supported yet",
    "Balance.track_fund_lineage": "not supported yet",
    "Balance.allocation_strategy": "not supported yet",
    **{f"Event.{payload}": "see test_filled_reconciliation.py" for payload in filled.OF_RECONCILIATION},
    "PostBatchResponse.reduced": "when an answer would be too large: see test_large_answers.py",
    "PostStreamChunkResult.reduced": "when an answer would be too large: see test_large_answers.py",
    "PostStreamResponse.going_away": "when the server stops: see test_stream_breaks.py",
}


class Story:
    """Calls whose answers are looked at."""

    def __init__(self, server: Server) -> None:
        self.server, self.answers = filled.noting(server)
        self._request_ids = (f"request {number}" for number in counted())

    async def ask(self, name: str, request: Message) -> Any:
        """A create is asked twice, under a request id: the second answer says that it is replayed."""
        (method,) = (method for method in contract.METHODS if method.name == name)
        call, request_id = contract.stub(self.server, method), next(self._request_ids)
        if name.startswith(("Create", "BatchCreate")):
            keyed = type(request)(request_id=request_id)
            keyed.MergeFrom(request)
            await call(keyed)
            request = keyed
        return await call(request)

    async def post(self, draft: Any) -> Any:
        return (await self.ask("PostTransaction", pb.PostTransactionRequest(draft=draft))).transaction


async def test_every_field_of_every_answer_is_filled_in_somewhere(server: Server) -> None:
    story = Story(server)
    watches = (
        (await wire.watch(story.server), 40),
        (await wire.watch_monitors(story.server), 1),
        (await wire.watch_events(story.server), 60),
    )
    for tell in (_books, _settings, _movements, _what_waits, _batches, _stream):
        await tell(story)
    for watch, count in watches:
        *_, event = await watch.events(count)
        watch.cancel()
    await story.ask("GetEvent", contract.events.GetEventRequest(event_id=event.id))
    await story.ask("ListEvents", contract.events.ListEventsRequest(page_size=1_000))
    pages = ("ListLedgers", "ListBalances", "ListTransactions", "ListBatches", "ListMonitors", "ListIdentities")
    for name in (*pages, "ListIdentityVerifications"):
        (method,) = (method for method in contract.METHODS if method.name == name)
        request = type(contract.REQUESTS[name]())(page_size=1, include_total=True)
        await story.ask(method.name, request)
    answers = [
        method.output_type
        for method in contract.METHODS
        if method.containing_service.name != "ReconciliationService"  # See test_filled_reconciliation.py.
    ]
    filled.check(filled.can_be_filled(answers, NOT_FILLED), set().union(*story.answers.seen.values()), NOT_FILLED)


METADATA = {"order": "17"}


async def _books(story: Story) -> None:
    person = {"individual": dict.fromkeys(contract.identity_pb2.Individual.DESCRIPTOR.fields_by_name, "x")}
    person["individual"] |= {"birth_date": "1915-12-10", "nationality": "GB"}
    contact = {"category": "x", "email_address": "ada@example.org", "phone_number": "+442079460958", "country": "GB"}
    address = {**contact, **dict.fromkeys(("street", "state", "post_code", "city"), "x")}
    made = await story.ask(
        "CreateIdentity", identities.CreateIdentityRequest(identity={**person, **address, "metadata": METADATA})
    )
    owner = made.identity.id
    company = {"organization": {"name": "Acme"}, "category": "Bank"}
    await story.ask("CreateIdentity", identities.CreateIdentityRequest(identity=company))
    update = identities.UpdateIdentityRequest(identity={"id": owner, "city": "y"}, update_mask={"paths": ["city"]})
    await story.ask("UpdateIdentity", update)
    checked = {"identity_id": owner, "kind": 1, "outcome": 2, "tier": "2", "provider": "x", "provider_reference": "r"}
    checked |= {"check_time": {"seconds": 1}, "expire_time": {"seconds": 2}, "description": "x"}
    verified = await story.ask(
        "CreateIdentityVerification", identities.CreateIdentityVerificationRequest(verification=checked)
    )
    await story.ask("CreateIdentityVerification", identities.CreateIdentityVerificationRequest(verification=checked))
    verification_id = verified.verification.id
    await story.ask(
        "GetIdentityVerification", identities.GetIdentityVerificationRequest(verification_id=verification_id)
    )
    await story.ask("GetIdentity", identities.GetIdentityRequest(identity_id=owner))
    ledger = (
        await story.ask("CreateLedger", ledgers.CreateLedgerRequest(ledger={"name": "x", "metadata": METADATA}))
    ).ledger
    await story.ask("UpdateLedger", ledgers.UpdateLedgerRequest(ledger=ledger, update_mask={"paths": ["name"]}))
    closing = contract.admin_service_pb2.ClosePeriodRequest(
        ledger_id=ledger.id, closed_before={"seconds": 1}, reason="x"
    )
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
        asked = contract.balance_pb2.Balance(ledger_id=ledger.id, identity_id=owner, currency="USD", **settings)
        await _created_together(story, asked)
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
    condition = {"field": 1, "operator": 1, "threshold": {"decimal": "0"}}
    for _ in range(2):
        asked = monitors.CreateMonitorRequest(monitor={**watched, "conditions": [condition], "metadata": METADATA})
        monitor = (await story.ask("CreateMonitor", asked)).monitor
    changed = {"id": monitor.id, "description": "y"}
    update = monitors.UpdateMonitorRequest(monitor=changed, update_mask={"paths": ["description"]})
    await story.ask("UpdateMonitor", update)
    await story.ask("GetMonitor", monitors.GetMonitorRequest(monitor_id=monitor.id))


async def _settings(story: Story) -> None:
    change = contract.admin_service_pb2.UpdateServiceSettingsRequest(
        service_settings={"default_currency": "USD"}, update_mask={"paths": ["default_currency"]}
    )
    await story.ask("UpdateServiceSettings", change)
    change.service_settings.default_currency = "EUR"
    await story.ask("UpdateServiceSettings", change)
    await story.ask("GetServiceSettings", contract.admin_service_pb2.GetServiceSettingsRequest())


async def _created_together(story: Story, balance: Any) -> None:
    batch = ledgers.BatchCreateBalancesRequest(requests=[{"balance": balance}])
    await story.ask("BatchCreateBalances", batch)
    owned = [{"ledger_id": balance.ledger_id, "currency": "USD"}]
    acme = identities.CreateIdentityRequest(identity={"organization": {"name": "Acme"}}, balances=owned)
    await story.ask("CreateIdentity", acme)
    await story.ask("BatchCreateIdentities", identities.BatchCreateIdentitiesRequest(requests=[acme]))


async def _movements(story: Story) -> None:
    page = await story.ask("ListIdentities", identities.ListIdentitiesRequest(page_size=1))
    concerned = {"identity_ids": [page.identities[0].id]}
    words = {"description": "d", "group": "g", "tag": "t", "metadata": METADATA, **concerned}
    draft = wire.from_world("p", "@Watched", 5, precise_overdraft_limit="50", **words)
    paid = await story.post(draft)
    await story.post(draft)  # Replays.
    await story.post(wire.draft("sweep", "@Watched", "@Till", 0, available={"at_most": {"decimal": "0.01"}}))
    await story.ask("GetTransaction", pb.GetTransactionRequest(transaction_id=paid.id))
    for name in ("f", "f"):
        refund = pb.RefundTransactionRequest(
            refund={"target": wire.target(paid.id), "precise_amount": "2", "reference": name, "allow_overdraft": True}
        )
        await story.ask("RefundTransaction", refund)
    times = {"inflight_commit_time": wire.in_seconds(3_600), "inflight_expiry_time": wire.in_seconds(7_200)}
    hold = await story.post(wire.from_world("h", "@Till", 5, inflight=True, allow_over_commit=True, **times))
    asked = {"target": wire.target(hold.id), "inflight_expiry_time": wire.in_seconds(9_000)}
    for change in ("increase", "decrease", "decrease"):
        adjust = {**asked, "reference": change, change: {"decimal": "0.01"}}
        await story.ask("AdjustHold", pb.AdjustHoldRequest(adjust_hold=adjust))
    for _ in range(2):
        commit = pb.CommitHoldRequest(commit_hold=wire.commit(hold.id, 2, "c").commit_hold)
        await story.ask("CommitHold", commit)
        await story.ask("VoidHold", pb.VoidHoldRequest(void_hold={"target": wire.target(hold.id)}))
    split = wire.draft("s", "@World", "", 9, allow_overdraft=True, inflight=True)
    split.destinations.shares.add(balance="@A", precise_amount="4")
    split.destinations.shares.add(balance="@B", remainder=True)
    header = await story.post(split)
    await story.ask(
        "CommitHold",
        pb.CommitHoldRequest(commit_hold={"target": wire.target(header.id), "precise_amount": "6", "reference": "c6"}),
    )
    await story.ask("VoidHold", pb.VoidHoldRequest(void_hold={"target": wire.target(header.id)}))
    back = {"target": wire.target(header.id), "reference": "back", "allow_overdraft": True}
    await story.ask("RefundTransaction", pb.RefundTransactionRequest(refund=back))


async def _what_waits(story: Story) -> None:
    far = wire.in_seconds(3_600)
    for name, amendment in (
        ("CancelTransaction", "cancel"),
        ("RescheduleTransaction", "reschedule"),
        ("ApproveTransaction", "approve"),
        ("DenyTransaction", "deny"),
    ):
        terms = {"scheduled_time": far, "require_review": True, "review_reason": "odd", "on_behalf_of": "ada"}
        deferred = await story.post(wire.from_world(amendment, "@Till", 1, **terms))
        balance = ledgers.GetBalanceRequest(view=contract.balance_pb2.BALANCE_VIEW_DEFERRED)
        balance.indicator_key.indicator, balance.indicator_key.currency = "@Till", "USD"
        await story.ask("GetBalance", balance)
        await story.ask("BatchGetBalances", ledgers.BatchGetBalancesRequest(balance_ids=[deferred.source_id]))
        message: dict[str, Any] = {"target": wire.target(deferred.id), "reference": f"o-{amendment}"}
        if amendment == "reschedule":
            message["scheduled_time"] = far
        elif amendment != "cancel":
            message["on_behalf_of"] = "ada"
        for _ in range(2):
            await story.ask(name, getattr(pb, f"{name}Request")(**{amendment: message}))
    for reference in ("deny", "reschedule"):
        await story.ask("WaitTransaction", pb.WaitTransactionRequest(reference=reference, timeout={"nanos": 1_000_000}))


def _bad() -> list[operation_pb2.Operation]:
    """One that moves, one that is rejected, and two that cannot be read."""
    poor = wire.draft("poor", "@Poor", "@Till", 5)
    return [*wire.drafts(1), wire.post(poor), *(operation_pb2.Operation(post={"reference": f"m{n}"}) for n in (1, 2))]


async def _batches(story: Story) -> None:
    await story.ask("PostBatch", pb.PostBatchRequest(operations=_bad()))
    await story.ask("PostBatch", pb.PostBatchRequest(operations=_bad(), mode=wire.ATOMIC))
    split = wire.draft("bs", "@World", "", 9, allow_overdraft=True)
    split.destinations.shares.add(balance="@A", precise_amount="4")
    split.destinations.shares.add(balance="@B", remainder=True)
    await story.ask("PostBatch", pb.PostBatchRequest(operations=[wire.post(split)]))
    deferred = wire.post(wire.from_world("off", "@Till", 1, scheduled_time={"seconds": 4_000_000_000}))
    batch = (await story.ask("PostBatch", pb.PostBatchRequest(operations=[deferred], metadata={"file": "a"}))).batch
    cancel = pb.CancelTransactionRequest(cancel={"target": {"batch_id": batch.id}})
    await story.ask("CancelTransaction", cancel)
    backlog = story.server.app.backlog
    limit, backlog.limit = backlog.limit, 0
    queued = wire.post(wire.from_world("full", "@Till", 1, queue=True))
    await story.ask("PostBatch", pb.PostBatchRequest(operations=[queued]))
    backlog.limit = limit
    accepted = pb.PostBatchRequest(operations=_bad(), run_async=True, request_id="b")
    await story.ask("PostBatch", accepted)
    batch = (await story.ask("PostBatch", accepted)).batch
    async for message in story.server.transactions.WatchBatch(pb.WatchBatchRequest(batch_id=batch.id)):
        assert message
    await story.ask("GetBatch", pb.GetBatchRequest(batch_id=batch.id))
    await story.ask("ListBatchRejections", pb.ListBatchRejectionsRequest(batch_id=batch.id, page_size=1))


async def _stream(story: Story) -> None:
    upload = wire.Upload(story.server)
    await upload.send(open=pb.PostStreamOpen())
    await upload.send(chunk=pb.PostStreamChunk(sequence=1, operations=[*wire.drafts(2), *_bad()[1:]]))
    await upload.send(chunk=pb.PostStreamChunk(sequence=2, mode=wire.ATOMIC, operations=wire.drafts(1, prefix="q")))
    await upload.send(chunk=pb.PostStreamChunk(sequence=7, operations=wire.drafts(1)))
    await upload.send(finish=pb.PostStreamFinish(operation_count=7))
    while await upload.read() is not None:
        pass
