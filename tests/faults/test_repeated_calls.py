"""What the channel repeats automatically when an answer is lost gives the caller the answer that was lost.

The policy is ``service_config.json``; every method of the contract is in one of the three classes below.
"""

import json
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.json_format import MessageToDict
from google.protobuf.message_factory import GetMessageClass
from ledgerapi.v1.reconciliation_service_pb2_grpc import ReconciliationServiceStub

from ledgerd.rpc.server import SERVICES
from tests.conftest import Server
from tests.faults.relay import Relay
from tests.rpc import contract, wire
from tests.rpc.contract import identities, ledgers, monitors, pb

CONFIG = (Path(__file__).parents[2] / "protos/ledgerapi/v1/service_config.json").read_text()
METHODS = {method.name: method for service in SERVICES for method in service.methods}

Prepare = Callable[[Server, str], Awaitable[Any]]
"""Makes what the call is about, under names that end so, and the request of it."""

ON_DEMAND = {
    **dict.fromkeys(
        ("CreateLedger", "CreateBalance", "CreateMonitor", "CreateIdentity", "CreateMatchingRule"),
        "safe with a request id only, which the channel cannot see",
    ),
    **dict.fromkeys(
        ("UpdateLedger", "UpdateBalance", "UpdateMonitor", "UpdateIdentity", "FreezeBalance", "UnfreezeBalance"),
        "has no key: what somebody else changed in between would be changed back",
    ),
    **dict.fromkeys(("DeleteMonitor", "DeleteIdentity", "DeleteMatchingRule"), "has no key: not found the second time"),
    "ClosePeriod": "has no key: what was reopened in between would be closed again",
    "PostStream": "what was sent on a stream is not kept: its client sends again what has no result",
    "UploadExternalRows": "a stream of the client",
    "StartReconciliation": "has no key",
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
        amendment = {"transaction_id": await made(server, kind, s, **of), **more}
        return request(**{field: amendment if "reference" not in more else {**amendment, "reference": f"{kind}2-{s}"}})

    return prepare


async def post(server: Server, s: str) -> Any:
    return pb.PostTransactionRequest(draft=draft("post", s))


async def batch(server: Server, s: str) -> Any:
    return pb.PostBatchRequest(operations=[wire.post(draft("batch", s)), wire.post(draft("other", s, inflight=True))])


async def close(server: Server, s: str) -> Any:
    return ledgers.CloseBalanceRequest(balance_id=await wire.open_balance(server), reason=f"why-{s}")


FAR = {"seconds": 4_000_000_000}
REVIEW = {"hold_for_review": True}
HOLD = {"inflight": True}
WITH_A_KEY: dict[str, Prepare] = {
    "PostTransaction": post,
    "PostBatch": batch,
    "CommitInflight": about(pb.CommitInflightRequest, "commit", "c", HOLD, precise_amount="2", reference=""),
    "VoidInflight": about(pb.VoidInflightRequest, "void", "v", HOLD),
    "RefundTransaction": about(pb.RefundTransactionRequest, "refund", "r", {}, reference=""),
    "CancelTransaction": about(pb.CancelTransactionRequest, "cancel", "x", {"scheduled_time": FAR}),
    "RescheduleTransaction": about(
        pb.RescheduleTransactionRequest, "reschedule", "s", {"scheduled_time": FAR}, scheduled_time=FAR, reference=""
    ),
    "ApproveTransaction": about(pb.ApproveTransactionRequest, "approve", "a", REVIEW, decided_by="ada"),
    "DenyTransaction": about(pb.DenyTransactionRequest, "deny", "d", REVIEW, decided_by="ada"),
    "CloseBalance": close,
}
"""Writes whose reference, or whose final outcome, makes the second one find what the first one did."""

READS = {
    name
    for name, method in METHODS.items()
    if name.startswith(("Get", "List", "BatchGet", "Wait", "Watch")) and not method.client_streaming
}
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
    about_things = {
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
        "GetPeriod": contract.admin_service_pb2.GetPeriodRequest(ledger_id=wire.GENERAL_LEDGER),
    }
    names = READS - about_things.keys()
    return about_things | {name: GetMessageClass(METHODS[name].input_type)() for name in names}


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
    if method.containing_service.name == "ReconciliationService":
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
