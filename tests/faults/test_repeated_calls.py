"""What the channel repeats automatically when an answer is lost gives the caller the answer that was lost.

The policy is ``service_config.json``; every method of the contract is in one of the three classes below.
"""

import json
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncpg
import grpc
import pytest
from google.protobuf.json_format import MessageToDict
from google.protobuf.message_factory import GetMessageClass
from ledgerapi.v1 import reconciliation_service_pb2 as found
from ledgerapi.v1.reconciliation_service_pb2 import (
    GetExternalRecordRequest,
    GetExternalSourceRequest,
    GetUploadRequest,
    ListUploadFaultsRequest,
)
from ledgerapi.v1.reconciliation_service_pb2_grpc import ReconciliationServiceStub

from ledgerd.rpc.server import SERVICES
from ledgerd.rpc.servicers.reconciliations import NOT_SERVED
from tests.conftest import Server
from tests.faults.relay import Relay
from tests.rpc import bank_runs, contract, records, rules, wire
from tests.rpc.contract import events, identities, ledgers, monitors, pb

CONFIG = (Path(__file__).parents[2] / "protos/ledgerapi/v1/service_config.json").read_text()
METHODS = {method.name: method for service in SERVICES for method in service.methods}

Prepare = Callable[[Server, str], Awaitable[Any]]
"""Makes what the call is about, under names that end so, and the request of it."""

ON_DEMAND = {
    **dict.fromkeys(
        (
            *("CreateLedger", "CreateBalance", "CreateMonitor", "CreateIdentity", "CreateIdentityVerification"),
            *("BatchCreateIdentities", "BatchCreateBalances", "CreateMatchingRule", "CreateExternalSource"),
            "CreateMatchingRuleSet",
            *("ConfirmMatches", "RejectMatches", "CreateMatch", "ReleaseMatch", "IgnoreRows", "RestoreRows"),
            *("CreateReconciliationStatement", "ConfirmReconciliationStatement"),
        ),
        "safe with a request id only, which the channel cannot see",
    ),
    **dict.fromkeys(
        (
            *("UpdateLedger", "UpdateBalance", "UpdateMonitor", "UpdateIdentity", "UpdateServiceSettings"),
            *("FreezeBalance", "UnfreezeBalance", "UpdateExternalSource"),
            *("UpdateMatchingRule", "UpdateMatchingRuleSet", "UpdateReconciliationException"),
        ),
        "has no key: what somebody else changed in between would be changed back",
    ),
    **dict.fromkeys(
        (
            *("DeleteMonitor", "DeleteIdentity", "DeleteMatchingRule", "DeleteMatchingRuleSet"),
            "DeleteExternalSource",
        ),
        "has no key: not found the second time",
    ),
    **dict.fromkeys(
        ("PostReconciliationAdjustments", "RejectReconciliationAdjustments", "ReverseReconciliationAdjustment"),
        "safe, and left to its caller: what somebody else decided in between counts",
    ),
    "ClosePeriod": "has no key: what was reopened in between would be closed again",
    "PostStream": "what was sent on a stream is not kept: its client sends again what has no result",
    "UploadRecords": "what was sent on a stream is not kept: its client goes on with the chunk that comes next",
    "ExportReconciliationStatement": "the caller waits for it and can ask again",
    "StartReconciliation": "has no key",
    "ReplayReconciliation": "has no key",
    "CancelReconciliation": "the caller sees what became of the run",
    "CancelUpload": "the caller sees what became of the upload",
}
"""What the channel never repeats, and why."""


def draft(kind: str, s: str, **more: Any) -> Any:
    """Between balances that nobody else moves."""
    more = {"allow_overdraft": True, **more}
    return wire.draft(f"{kind}-{s}", f"@From{kind}-{s}", f"@To{kind}-{s}", 5, **more)


async def made(server: Server, kind: str, s: str, **more: Any) -> str:
    return (await wire.record(server, draft(kind, s, **more))).transaction.id


def about(request: Any, field: str, kind: str, of: dict[str, Any], **more: Any) -> Prepare:
    """A call about a transaction that was made before."""

    async def prepare(server: Server, s: str) -> Any:
        amendment = {"target": {"transaction_id": await made(server, kind, s, **of)}, **more}
        return request(**{field: amendment if "reference" not in more else {**amendment, "reference": f"{kind}2-{s}"}})

    return prepare


async def post(server: Server, s: str) -> Any:
    return pb.PostTransactionRequest(draft=draft("post", s))


async def batch(server: Server, s: str) -> Any:
    return pb.PostBatchRequest(operations=[wire.post(draft("batch", s)), wire.post(draft("other", s, inflight=True))])


async def close(server: Server, s: str) -> Any:
    return ledgers.CloseBalanceRequest(balance_id=await wire.open_balance(server), reason=f"why-{s}")


FAR = {"seconds": 4_000_000_000}
REVIEW = {"require_review": True}
HOLD = {"inflight": True}
WITH_A_KEY: dict[str, Prepare] = {
    "PostTransaction": post,
    "PostBatch": batch,
    "CommitHold": about(pb.CommitHoldRequest, "commit_hold", "c", HOLD, precise_amount="2", reference=""),
    "AdjustHold": about(pb.AdjustHoldRequest, "adjust_hold", "j", HOLD, increase={"precise": "2"}, reference=""),
    "VoidHold": about(pb.VoidHoldRequest, "void_hold", "v", HOLD),
    "RefundTransaction": about(pb.RefundTransactionRequest, "refund", "r", {}, reference=""),
    "CancelTransaction": about(pb.CancelTransactionRequest, "cancel", "x", {"scheduled_time": FAR}),
    "RescheduleTransaction": about(
        pb.RescheduleTransactionRequest, "reschedule", "s", {"scheduled_time": FAR}, scheduled_time=FAR, reference=""
    ),
    "ApproveTransaction": about(pb.ApproveTransactionRequest, "approve", "a", REVIEW, on_behalf_of="ada"),
    "DenyTransaction": about(pb.DenyTransactionRequest, "deny", "d", REVIEW, on_behalf_of="ada"),
    "CloseBalance": close,
}
"""Writes whose reference, or whose final outcome, makes the second one find what the first one did."""

READING = ("Get", "List", "BatchGet", "Explain", "Preview", "Suggest", "Wait", "Watch")
READS = {name for name, method in METHODS.items() if name.startswith(READING) and not method.client_streaming}
"""They change nothing."""


@pytest.fixture
async def relayed(server: Server) -> Any:
    """The server through a relay, by a channel that has the policy and nothing else."""
    relay = Relay(server.app.port)
    options = [
        ("grpc.service_config", CONFIG),
        ("grpc.initial_reconnect_backoff_ms", 50),
        ("grpc.min_reconnect_backoff_ms", 1_000),
        ("grpc.max_reconnect_backoff_ms", 100),
    ]
    async with grpc.aio.insecure_channel(await relay.start(), options=options) as channel:
        yield relay, Server(server.app, channel)
    await relay.stop()


def test_every_method_is_in_one_class_and_the_policy_says_the_same() -> None:
    entries = json.loads(CONFIG)["methodConfig"]
    repeated = {name["method"] for entry in entries if "retryPolicy" in entry for name in entry["name"]}
    assert repeated == WITH_A_KEY.keys() | READS
    assert METHODS.keys() - repeated == ON_DEMAND.keys()


_ID = re.compile(r"\b[a-z]{3}_[0-7][0-9a-z]{25}\b")
_TIME = re.compile(r"20\d\d-\d\d-\d\dT[0-9:.]+Z")


def told(answer: Any) -> str:
    """An answer without what differs from one call to the next: ids, times, names, and whether it replayed."""
    text = json.dumps(MessageToDict(answer), sort_keys=True).replace('"replayed": true', '"replayed": false')
    text = text.replace(', "replayed": false', "").replace('"replayed": false, ', "")
    text = re.sub(r'"(posted|replayed)Count": "\d+"', "", text)
    return re.sub(r"-[ab]\b", "", _TIME.sub("time", _ID.sub("id", text)))


@pytest.mark.parametrize("name", WITH_A_KEY)
async def test_a_write_whose_answer_was_lost_is_answered_by_its_repetition(
    server: Server, relayed: Any, connection: Any, name: str
) -> None:
    relay, through = relayed
    undisturbed, disturbed = [await WITH_A_KEY[name](server, s) for s in "ab"]
    stub = contract.stub(through, METHODS[name])
    expected = await stub(undisturbed)
    relay.to_swallow = 1
    answer = await stub(disturbed)
    assert relay.swallowed == 1
    assert told(answer) == told(expected)
    count = "SELECT count(*) FROM transactions WHERE reference LIKE '%-' || $1"
    assert await connection.fetchval(count, "a") == await connection.fetchval(count, "b")


async def reads(server: Server) -> dict[str, Any]:
    """A request of every read that is served, about things that are there."""
    balance_id = await wire.open_balance(server)
    paid = (await wire.batch(server, [wire.post(wire.from_world("paid", balance_id, 5))])).batch
    transaction_id = (await wire.transaction(server, reference="paid")).id
    monitor_id = await wire.monitor(server, "BALANCE", "GREATER", 10, balance_id=balance_id)
    asked = identities.CreateIdentityRequest(identity={"organization": {"name": "Acme"}})
    identity_id = (await server.identities.CreateIdentity(asked)).identity.id
    checked = {"identity_id": identity_id, "kind": "VERIFICATION_KIND_PEP", "outcome": "VERIFICATION_OUTCOME_PASSED"}
    verification = await server.identities.CreateIdentityVerification(
        identities.CreateIdentityVerificationRequest(verification=checked)
    )
    verification_id = verification.verification.id
    first_page = await server.events.ListEvents(events.ListEventsRequest(page_size=1))
    about_things = {
        "GetEvent": events.GetEventRequest(event_id=first_page.events[0].id),
        "GetLedger": ledgers.GetLedgerRequest(ledger_id=wire.GENERAL_LEDGER),
        "GetBalance": ledgers.GetBalanceRequest(balance_id=balance_id),
        "BatchGetBalances": ledgers.BatchGetBalancesRequest(balance_ids=[balance_id]),
        "GetTransaction": pb.GetTransactionRequest(transaction_id=transaction_id),
        "WaitTransaction": pb.WaitTransactionRequest(transaction_id=transaction_id),
        "GetBatch": pb.GetBatchRequest(batch_id=paid.id),
        "WatchBatch": pb.WatchBatchRequest(batch_id=paid.id),
        "ListBatchRejections": pb.ListBatchRejectionsRequest(batch_id=paid.id),
        "GetMonitor": monitors.GetMonitorRequest(monitor_id=monitor_id),
        "GetIdentity": identities.GetIdentityRequest(identity_id=identity_id),
        "ListIdentityBalances": identities.ListIdentityBalancesRequest(identity_id=identity_id),
        "GetIdentityVerification": identities.GetIdentityVerificationRequest(verification_id=verification_id),
        "GetPeriod": contract.admin_service_pb2.GetPeriodRequest(ledger_id=wire.GENERAL_LEDGER),
    }
    bank = await records.source(server)
    uploaded = await records.upload(server, bank.id, records.records(1))
    (record,) = [each async for each in records.every(server)]
    about_things |= {
        "GetExternalSource": GetExternalSourceRequest(external_source_id=bank.id),
        "GetUpload": GetUploadRequest(upload_id=uploaded.id),
        "ListUploadFaults": ListUploadFaultsRequest(upload_id=uploaded.id),
        "GetExternalRecord": GetExternalRecordRequest(external_record_id=record.id),
    }
    about_things |= await _about_a_run(server)
    rule = await rules.create(server, name="repeated")
    a_set = await rules.create_set(server, rule.id, name="repeated")
    about_things |= {
        "GetMatchingRule": found.GetMatchingRuleRequest(matching_rule_id=rule.id),
        "ListMatchingRuleVersions": found.ListMatchingRuleVersionsRequest(matching_rule_id=rule.id),
        "GetMatchingRuleSet": found.GetMatchingRuleSetRequest(matching_rule_set_id=a_set.id),
        "SuggestFormatProfile": found.SuggestFormatProfileRequest(sample=records.csv(records.row(1))),
        "PreviewMatchingRule": found.PreviewMatchingRuleRequest(matching_rule_id=rule.id),
    }
    names = READS - about_things.keys()
    return about_things | {name: GetMessageClass(METHODS[name].input_type)() for name in names}


async def _about_a_run(server: Server) -> dict[str, Any]:
    connection = await asyncpg.connect(server.app.dsn)
    bank = await bank_runs.Bank.open(server, connection)
    entry = await bank.post("about-a-run", "1.00")
    matched = records.record("a", "1.00", references=["about-a-run"])
    _, lost = await bank.tell(matched, records.record("b", "7.00", description="x"))
    of_run = {"reconciliation_id": await bank.run(bank_runs.EXACT, bank_runs.of_records(".*"))}
    (opened,) = await bank.exceptions()
    scope = {"external_source_id": bank.source.id, "currency": "USD", "date": "2026-03-31"}
    stated = await server.reconciliations.CreateReconciliationStatement(
        found.CreateReconciliationStatementRequest(scope=scope)
    )
    (adjustment,) = await bank.adjustments(of_run["reconciliation_id"])
    await connection.close()
    return {
        "GetReconciliation": found.GetReconciliationRequest(**of_run),
        "WatchReconciliation": found.WatchReconciliationRequest(**of_run),
        "ListMatches": found.ListMatchesRequest(**of_run),
        "GetMatch": found.GetMatchRequest(**of_run, number=1),
        "ListUnmatchedRows": found.ListUnmatchedRowsRequest(**of_run),
        "ExplainPair": found.ExplainPairRequest(**of_run, external_record_id=lost, entry=entry),
        "GetReconciliationException": found.GetReconciliationExceptionRequest(reconciliation_exception_id=opened.id),
        "ListReconciliationExceptions": found.ListReconciliationExceptionsRequest(),
        "GetReconciliationStatement": found.GetReconciliationStatementRequest(
            reconciliation_statement_id=stated.reconciliation_statement.id
        ),
        "GetReconciliationAdjustment": found.GetReconciliationAdjustmentRequest(
            reconciliation_adjustment_id=adjustment.id
        ),
        "ListReconciliationAdjustments": found.ListReconciliationAdjustmentsRequest(),
    }


async def test_a_read_whose_answer_was_lost_is_answered_by_its_repetition(server: Server, relayed: Any) -> None:
    relay, through = relayed
    requests = await reads(server)
    answers: dict[str, list[str]] = {}
    for name, request in sorted(requests.items()):
        for to_swallow in (0, 1):
            relay.to_swallow, before = to_swallow, relay.swallowed
            answers.setdefault(name, []).append(await _read(through, name, request))
            assert relay.swallowed == before + to_swallow, name
    assert {name: both for name, both in answers.items() if both[0] != both[1]} == {}


async def _read(through: Server, name: str, request: Any) -> str:
    method = METHODS[name]
    if name in NOT_SERVED:
        call = getattr(ReconciliationServiceStub(through.channel), name)
        return (await wire.rejection(call(request))).reason
    call = contract.stub(through, method)(request)
    if not method.server_streaming:
        return told(await call)
    first = await call.read()
    call.cancel()
    return told(first)


@pytest.mark.parametrize("name", ["DeleteMonitor", "FreezeBalance", "UpdateBalance", "CreateLedger"])
async def test_what_has_no_key_is_left_to_its_caller(server: Server, relayed: Any, name: str) -> None:
    relay, through = relayed
    relay.to_swallow = 1
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await contract.stub(through, METHODS[name])(contract.REQUESTS[name]())
    assert (caught.value.code().name, relay.swallowed) == ("UNAVAILABLE", 1)
