"""The contract, walked over by its descriptors: a request of every method that is served, every field of it at any
depth, and what the service says of it when one of them is changed."""

import re
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any, NamedTuple

import grpc
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message
from ledgerapi.v1 import (
    admin_service_pb2,
    balance_pb2,
    draft_pb2,
    event_service_pb2,
    identity_pb2,
    identity_service_pb2,
    ledger_pb2,
    ledger_service_pb2,
    monitor_pb2,
    monitor_service_pb2,
    operation_pb2,
    reconciliation_service_pb2,
    verification_pb2,
)

from ledgerd.operations.identities import COMMON
from ledgerd.rpc.server import SERVICES
from ledgerd.rpc.servicers.reconciliations import NOT_SERVED
from tests.conftest import Server
from tests.rpc import found_requests, reconciliation_requests, run_requests, wire

pb, ledgers, identities, monitors = wire.pb, ledger_service_pb2, identity_service_pb2, monitor_service_pb2
events = event_service_pb2

_STUBS = {
    "LedgerService": "ledgers",
    "TransactionService": "transactions",
    "MonitorService": "monitors",
    "EventService": "events",
    "IdentityService": "identities",
    "AdminService": "admin",
    "ReconciliationService": "reconciliations",
}
_ELSEWHERE = {*NOT_SERVED, *reconciliation_requests.ELSEWHERE}
"""What is not served, and what has tests of its own in place of those that walk over the contract."""
METHODS: list[MethodDescriptor] = [
    method for service in SERVICES for method in service.methods if method.name not in _ELSEWHERE
]
"""What is served."""

NOBODY = "01hzzzzzzzzzzzzzzzzzzzzzzz"
"""No id of any prefix ends so."""

Path = tuple[FieldDescriptor, ...]
_INSIDE_ELSEWHERE = {"ExternalRecord", "ReconciliationException"}
"""Messages whose fields have tests of their own: what is wrong with a record is a fault of its upload, and most of an
exception is output only."""


# Requests --------------------------------------------------------------------------------------

_numbers = count()


def _draft() -> draft_pb2.Draft:
    """Everything is accepted of it that other fields do not forbid. Each is new: a repetition is judged otherwise."""
    more: dict[str, Any] = {"allow_overdraft": True, "require_review": True, "review_reason": "x"}
    return wire.draft(f"r{next(_numbers)}", "@World", "@Sales", "1.00", **more)


def _ledger(**fields: Any) -> ledger_pb2.Ledger:
    return ledger_pb2.Ledger(name="Customers", **fields)


def _balance(**fields: Any) -> balance_pb2.Balance:
    floor = {"precise": "-5"}
    return balance_pb2.Balance(
        ledger_id=f"ldg_{NOBODY}", currency="USD", floor=floor, ceiling={"decimal": "5"}, **fields
    )


def _monitor(**fields: Any) -> monitor_pb2.Monitor:
    condition = {"field": 1, "operator": 1, "threshold": {"decimal": "1.00"}}
    return monitor_pb2.Monitor(balance_id=f"bln_{NOBODY}", conditions=[condition], **fields)


def _identity(**fields: Any) -> identity_pb2.Identity:
    return identity_pb2.Identity(individual={"first_name": "Ada"}, **fields)


def _operations() -> list[operation_pb2.Operation]:
    return [wire.post(_draft())]


_TXN = f"txn_{NOBODY}"
_TARGET = {"transaction_id": _TXN}
REQUESTS: dict[str, Any] = {
    "CreateLedger": lambda: ledgers.CreateLedgerRequest(ledger=_ledger()),
    "GetLedger": lambda: ledgers.GetLedgerRequest(ledger_id=f"ldg_{NOBODY}"),
    "ListLedgers": ledgers.ListLedgersRequest,
    "UpdateLedger": lambda: ledgers.UpdateLedgerRequest(
        ledger=_ledger(id=f"ldg_{NOBODY}"), update_mask={"paths": ["name", "metadata"]}
    ),
    "CreateBalance": lambda: ledgers.CreateBalanceRequest(balance=_balance()),
    "BatchCreateBalances": lambda: ledgers.BatchCreateBalancesRequest(requests=[{"balance": _balance()}]),
    "GetBalance": lambda: ledgers.GetBalanceRequest(balance_id=f"bln_{NOBODY}"),
    "BatchGetBalances": lambda: ledgers.BatchGetBalancesRequest(balance_ids=[f"bln_{NOBODY}"]),
    "ListBalances": ledgers.ListBalancesRequest,
    "UpdateBalance": lambda: ledgers.UpdateBalanceRequest(
        balance=_balance(id=f"bln_{NOBODY}"),
        update_mask={"paths": ["identity_id", "floor", "ceiling", "group", "tag", "metadata", "allocation_strategy"]},
    ),
    "FreezeBalance": lambda: ledgers.FreezeBalanceRequest(balance_id=f"bln_{NOBODY}"),
    "UnfreezeBalance": lambda: ledgers.UnfreezeBalanceRequest(balance_id=f"bln_{NOBODY}"),
    "CloseBalance": lambda: ledgers.CloseBalanceRequest(balance_id=f"bln_{NOBODY}"),
    "PostTransaction": lambda: pb.PostTransactionRequest(draft=_draft()),
    "PostBatch": lambda: pb.PostBatchRequest(operations=_operations()),
    "PostStream": lambda: pb.PostStreamRequest(chunk=pb.PostStreamChunk(sequence=1, operations=_operations())),
    "CommitHold": lambda: pb.CommitHoldRequest(commit_hold={"target": _TARGET, "reference": "c"}),
    "AdjustHold": lambda: pb.AdjustHoldRequest(
        adjust_hold={"target": _TARGET, "reference": "a", "increase": {"precise": "1"}}
    ),
    "VoidHold": lambda: pb.VoidHoldRequest(void_hold={"target": _TARGET}),
    "RefundTransaction": lambda: pb.RefundTransactionRequest(refund={"target": _TARGET, "reference": "f"}),
    "CancelTransaction": lambda: pb.CancelTransactionRequest(cancel={"target": _TARGET}),
    "RescheduleTransaction": lambda: pb.RescheduleTransactionRequest(
        reschedule={"target": _TARGET, "reference": "s", "scheduled_time": wire.in_seconds(3600)}
    ),
    "ApproveTransaction": lambda: pb.ApproveTransactionRequest(approve={"target": _TARGET, "on_behalf_of": "ada"}),
    "DenyTransaction": lambda: pb.DenyTransactionRequest(deny={"target": _TARGET, "on_behalf_of": "ada"}),
    "WaitTransaction": lambda: pb.WaitTransactionRequest(transaction_id=_TXN, timeout={"nanos": 1_000_000}),
    "GetTransaction": lambda: pb.GetTransactionRequest(transaction_id=_TXN),
    "ListTransactions": pb.ListTransactionsRequest,
    "WatchTransactions": pb.WatchTransactionsRequest,
    "GetBatch": lambda: pb.GetBatchRequest(batch_id=f"bat_{NOBODY}"),
    "ListBatches": pb.ListBatchesRequest,
    "WatchBatch": lambda: pb.WatchBatchRequest(batch_id=f"bat_{NOBODY}"),
    "ListBatchRejections": lambda: pb.ListBatchRejectionsRequest(batch_id=f"bat_{NOBODY}"),
    "CreateMonitor": lambda: monitors.CreateMonitorRequest(monitor=_monitor()),
    "GetMonitor": lambda: monitors.GetMonitorRequest(monitor_id=f"mon_{NOBODY}"),
    "ListMonitors": monitors.ListMonitorsRequest,
    "UpdateMonitor": lambda: monitors.UpdateMonitorRequest(
        monitor=_monitor(id=f"mon_{NOBODY}"),
        update_mask={"paths": ["conditions", "trigger", "description", "metadata"]},
    ),
    "DeleteMonitor": lambda: monitors.DeleteMonitorRequest(monitor_id=f"mon_{NOBODY}"),
    "WatchMonitors": monitors.WatchMonitorsRequest,
    "WatchEvents": events.WatchEventsRequest,
    "GetEvent": lambda: events.GetEventRequest(event_id=f"evt_{NOBODY}"),
    "ListEvents": events.ListEventsRequest,
    "CreateIdentity": lambda: identities.CreateIdentityRequest(identity=_identity(), balances=[_balance()]),
    "BatchCreateIdentities": lambda: identities.BatchCreateIdentitiesRequest(
        requests=[{"identity": _identity(), "balances": [_balance()]}]
    ),
    "GetIdentity": lambda: identities.GetIdentityRequest(identity_id=f"idt_{NOBODY}"),
    "ListIdentities": identities.ListIdentitiesRequest,
    "UpdateIdentity": lambda: identities.UpdateIdentityRequest(
        identity=_identity(id=f"idt_{NOBODY}"),
        update_mask={"paths": ["individual", *COMMON, "metadata"]},
    ),
    "DeleteIdentity": lambda: identities.DeleteIdentityRequest(identity_id=f"idt_{NOBODY}"),
    "ListIdentityBalances": lambda: identities.ListIdentityBalancesRequest(identity_id=f"idt_{NOBODY}"),
    "CreateIdentityVerification": lambda: identities.CreateIdentityVerificationRequest(
        verification={"identity_id": f"idt_{NOBODY}", "kind": 1, "outcome": 2, "check_time": {"seconds": 1}}
    ),
    "GetIdentityVerification": lambda: identities.GetIdentityVerificationRequest(verification_id=f"ver_{NOBODY}"),
    "ListIdentityVerifications": identities.ListIdentityVerificationsRequest,
    "ClosePeriod": lambda: admin_service_pb2.ClosePeriodRequest(
        ledger_id=f"ldg_{NOBODY}", closed_before={"seconds": 1}
    ),
    "GetServiceSettings": admin_service_pb2.GetServiceSettingsRequest,
    "UpdateServiceSettings": lambda: admin_service_pb2.UpdateServiceSettingsRequest(
        service_settings={"default_currency": "USD"}, update_mask={"paths": ["default_currency"]}
    ),
    **reconciliation_requests.REQUESTS,
    **found_requests.REQUESTS,
    "GetPeriod": lambda: admin_service_pb2.GetPeriodRequest(ledger_id=f"ldg_{NOBODY}"),
    **run_requests.REQUESTS,
}
"""For every method a request in which nothing is malformed. Whatever has an id names nobody."""


def request(method: MethodDescriptor, fields: Mapping[str, Any]) -> Any:
    """A request of a method with these fields."""
    return type(REQUESTS[method.name]())(**fields)


def with_siblings(message: Message, path: Path) -> Message:
    """The request with what a field needs beside it."""
    first = path[0].name
    if isinstance(message, identities.UpdateIdentityRequest) and "organization" in [field.name for field in path]:
        message.update_mask.paths[0] = "organization"
    if isinstance(message, pb.PostBatchRequest) and first in ("run_async", "request_id"):
        message.run_async, message.request_id = True, "b"
    if isinstance(message, monitors.CreateMonitorRequest) and first == "indicator_key":
        message.monitor.balance_id = ""
        message.indicator_key.indicator, message.indicator_key.currency = "@World", "USD"
    if isinstance(message, reconciliation_service_pb2.StartReconciliationRequest):
        run_requests.with_siblings(message, first)
    return message


# Fields ----------------------------------------------------------------------------------------


def paths(descriptor: Descriptor, before: Path = ()) -> Iterator[Path]:
    """Every field at any depth, outer ones first. Messages that are not the contract's own have no depth."""
    for field in descriptor.fields:
        path = (*before, field)
        yield path
        inner = field.message_type
        if inner is not None and inner.file.package == "ledgerapi.v1" and inner.name not in _INSIDE_ELSEWHERE:
            yield from paths(inner, path)


def put(message: Message, path: Path, value: Any) -> None:
    """Set a field, with everything around it; in a list its first element, or for a leaf the whole list. None sets a
    message that has nothing in it."""
    *outer, last = path
    target: Any = message
    for field in outer:
        target = getattr(target, field.name)
        if field.is_repeated:
            target = target[0] if target else target.add()
    if last.message_type is not None and value is None:
        if last.is_repeated:
            getattr(target, last.name).add()
        else:
            getattr(target, last.name).SetInParent()
    elif last.is_repeated:
        del getattr(target, last.name)[:]
        getattr(target, last.name).append(value)
    elif last.message_type is not None:
        getattr(target, last.name).CopyFrom(value)
    else:
        setattr(target, last.name, value)


def at(message: Message, path: Path) -> Any:
    """What is at a path; in a list its first element, but the list itself at the end."""
    found: Any = message
    for field in path:
        found = getattr(found, field.name)
        if field.is_repeated and field is not path[-1]:
            found = found[0]
    return found


def text(path: Path, *, within: Descriptor | None = None) -> str:
    """The name of a field as violations write it, from the request or from the message that it is within."""
    names = []
    for field in path:
        if within is not None and field.containing_type is within:
            names = []
        names.append(f"{field.name}[0]" if field.is_repeated and field is not path[-1] else field.name)
    return ".".join(names)


_STEP = re.compile(r"([a-z][a-z0-9_]*)(\[[0-9]+\])?")


def exists(root: Descriptor, path: str) -> bool:
    """Whether a message has this field. A place is given in lists alone, where what is inside is meant."""
    at: Descriptor | None = root
    steps = path.split(".")
    for step in steps:
        match = _STEP.fullmatch(step)
        field = at.fields_by_name.get(match[1]) if at is not None and match is not None else None
        if match is None or field is None or (match[2] and not field.is_repeated):
            return False
        if field.is_repeated and match[2] is None and step is not steps[-1]:
            return False
        at = field.message_type
    return True


# Asking ----------------------------------------------------------------------------------------


class Told(NamedTuple):
    """A rejection, and the message that its paths begin at."""

    rejection: wire.Rejection
    root: Descriptor


def stub(server: Server, method: MethodDescriptor) -> Any:
    """The method as a client calls it."""
    return getattr(getattr(server, _STUBS[method.containing_service.name]), method.name)


async def ask(server: Server, method: MethodDescriptor, message: Message) -> list[Told]:
    """Every rejection that a call answers with; none where nothing is rejected."""
    call = stub(server, method)
    try:
        if method.client_streaming:
            return [answer async for answer in _upload(server, message)]
        if method.server_streaming:
            watching = call(message)
            await watching.read()
            watching.cancel()
            return []
        answer = await call(message)
    except grpc.aio.AioRpcError as error:
        return [Told(wire.of_error(error), method.input_type)]
    rejected = [result for result in getattr(answer, "results", ()) if result.HasField("rejection")]
    return [Told(wire.of_rejection(result.rejection), operation_pb2.Operation.DESCRIPTOR) for result in rejected]


async def _upload(server: Server, message: Any) -> Any:
    upload = wire.Upload(server)
    if not message.HasField("open"):
        await upload.open()
    await upload.call.write(message)
    response = await upload.read()
    upload.call.cancel()
    if response is None or not response.HasField("result"):
        return
    if response.result.HasField("rejection"):
        yield Told(wire.of_rejection(response.result.rejection), pb.PostStreamChunk.DESCRIPTOR)
    for result in response.result.results:
        if result.HasField("rejection"):
            yield Told(wire.of_rejection(result.rejection), operation_pb2.Operation.DESCRIPTOR)


async def violations(server: Server, method: MethodDescriptor, path: Path, value: Any) -> list[str]:
    """The fields that are told to be malformed when one of a well-formed request has this value."""
    message = with_siblings(REQUESTS[method.name](), path)
    put(message, path, value)
    told = await ask(server, method, message)
    return [field for answer in told if answer.rejection.reason == "FIELD_INVALID" for field in answer.rejection.fields]


def names(method: MethodDescriptor, path: Path) -> set[str]:
    """What a violation may call a field: its path from the request, or from the item or chunk whose result tells."""
    roots = (None, operation_pb2.Operation.DESCRIPTOR, pb.PostStreamChunk.DESCRIPTOR)
    found = {text(path, within=root) for root in roots}
    return found | {f"{name}[0]" for name in found} if path[-1].is_repeated else found


# Paths -----------------------------------------------------------------------------------------

_FROM_THE_REQUEST = ("FIELD_INVALID", "FIELD_NOT_SUPPORTED", "TOO_MANY_ITEMS")
_WITH_REFERENCE = [
    *(
        draft_pb2.Draft,
        operation_pb2.CommitHold,
        operation_pb2.VoidHold,
        operation_pb2.RefundTransaction,
        operation_pb2.CancelTransaction,
    ),
    *(
        operation_pb2.RescheduleTransaction,
        operation_pb2.ApproveTransaction,
        operation_pb2.DenyTransaction,
        operation_pb2.AdjustHold,
    ),
]
_WITH_REQUEST_ID = [
    *(ledger_pb2.Ledger, balance_pb2.Balance, monitor_pb2.Monitor, identity_pb2.Identity, pb.PostBatchRequest),
    *(verification_pb2.IdentityVerification, identities.CreateIdentityRequest),
    *(identities.BatchCreateIdentitiesRequest, ledgers.BatchCreateBalancesRequest),
]

_BATCHES_OF_CREATES = (
    identities.CreateIdentityRequest.DESCRIPTOR,
    identities.BatchCreateIdentitiesRequest.DESCRIPTOR,
    ledgers.BatchCreateBalancesRequest.DESCRIPTOR,
)


def unknown(told: Told) -> list[str]:
    """The paths of a rejection that are not where the contract says they are."""
    rejection, root = told
    reason, details = rejection.reason, rejection.details
    wrong = [path for path in rejection.fields if not exists(root, path)]
    if "field" in details:
        begins = {root} if reason in _FROM_THE_REQUEST else {draft_pb2.Draft.DESCRIPTOR, *_BATCHES_OF_CREATES}
        wrong += [details["field"]] * (not any(exists(begin, details["field"]) for begin in begins))
    if "leg" in details and not details["leg"].startswith("txn_"):
        wrong.append(details["leg"])
    if "fields" in details and details["fields"] != "operation":
        owners = _WITH_REFERENCE if reason == "REFERENCE_CONFLICT" else _WITH_REQUEST_ID
        paths = details["fields"].split(",")
        if not any(all(exists(owner.DESCRIPTOR, path) for path in paths) for owner in owners):
            wrong += paths
    return wrong


def is_known(rejection: wire.Rejection) -> bool:
    """Whether its paths are those of some request that could have been rejected so."""
    roots = [method.input_type for method in METHODS] + [
        operation_pb2.Operation.DESCRIPTOR,
        pb.PostStreamChunk.DESCRIPTOR,
    ]
    return any(not unknown(Told(rejection, root)) for root in roots)
