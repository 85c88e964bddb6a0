"""An entry point to the ledger: its gRPC service."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import grpc
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from google.rpc import error_details_pb2, status_pb2
from ledgerapi.v1 import error_reason_pb2, operation_pb2, transaction_pb2, transaction_service_pb2
from ledgerapi.v1.batch_pb2 import BatchMode
from ledgerapi.v1.draft_pb2 import Available, Draft

from tests.model.entry_points import REVIEWER, Answer, Names
from tests.model.requests import (
    AdjustHold,
    Amendment,
    Cancel,
    Deferral,
    Payment,
    Pooled,
    Refund,
    Request,
    Reschedule,
    ResolveHold,
    Review,
    Split,
)
from tests.model.state import POSTED, REPLAYED


class Service:
    """The gRPC service: single calls, batches, and streams of one chunk, by the number of requests and their mode."""

    def __init__(self, stub: object) -> None:
        self._stub = stub

    async def send(
        self, requests: list[Request], names: Names, *, atomic: bool, as_batch: bool, preview: bool
    ) -> list[Answer]:
        if isinstance(requests[0], Cancel | Reschedule | Review) and len(requests) == 1 and not atomic and not as_batch:
            return [await self._amend(requests[0], names, validate_only=preview)]
        messages = [message(request, names) for request in requests]
        if len(requests) == 1 and not atomic and not as_batch:
            return [await self._single(messages[0], validate_only=preview)]
        if atomic or as_batch:
            return await self._batch(messages, atomic=atomic, validate_only=preview)
        return await self._stream(messages, validate_only=preview)

    async def _single(self, asked: operation_pb2.Operation, *, validate_only: bool) -> Answer:
        try:
            if asked.HasField("post"):
                request = transaction_service_pb2.PostTransactionRequest(draft=asked.post, validate_only=validate_only)
                response = await self._stub.PostTransaction(request)
            elif asked.HasField("commit_hold"):
                request = transaction_service_pb2.CommitHoldRequest(
                    commit_hold=asked.commit_hold, validate_only=validate_only
                )
                response = await self._stub.CommitHold(request)
            elif asked.HasField("adjust_hold"):
                response = await self._stub.AdjustHold(
                    transaction_service_pb2.AdjustHoldRequest(
                        adjust_hold=asked.adjust_hold, validate_only=validate_only
                    )
                )
            elif asked.HasField("refund"):
                response = await self._stub.RefundTransaction(
                    transaction_service_pb2.RefundTransactionRequest(refund=asked.refund, validate_only=validate_only)
                )
            else:
                request = transaction_service_pb2.VoidHoldRequest(
                    void_hold=asked.void_hold, validate_only=validate_only
                )
                response = await self._stub.VoidHold(request)
        except grpc.aio.AioRpcError as error:
            return Answer(reason(error))
        told = response.transaction
        return Answer(REPLAYED if response.replayed else POSTED, told.id, _status(told.status))

    async def _amend(self, amendment: Amendment, names: Names, *, validate_only: bool) -> Answer:
        """A single amendment is answered with itself and with its subject."""
        pb, common = transaction_service_pb2, _common(amendment, names)
        try:
            if isinstance(amendment, Cancel):
                response = await self._stub.CancelTransaction(
                    pb.CancelTransactionRequest(
                        cancel=operation_pb2.CancelTransaction(**common), validate_only=validate_only
                    )
                )
            elif isinstance(amendment, Reschedule):
                asked = operation_pb2.RescheduleTransaction(scheduled_time=_stamp(names.time(amendment.at)), **common)
                response = await self._stub.RescheduleTransaction(
                    pb.RescheduleTransactionRequest(reschedule=asked, validate_only=validate_only)
                )
            elif amendment.approves:
                asked = operation_pb2.ApproveTransaction(on_behalf_of=REVIEWER, **common)
                response = await self._stub.ApproveTransaction(
                    pb.ApproveTransactionRequest(approve=asked, validate_only=validate_only)
                )
            else:
                asked = operation_pb2.DenyTransaction(on_behalf_of=REVIEWER, **common)
                response = await self._stub.DenyTransaction(
                    pb.DenyTransactionRequest(deny=asked, validate_only=validate_only)
                )
        except grpc.aio.AioRpcError as error:
            return Answer(reason(error))
        outcome, own, told = REPLAYED if response.replayed else POSTED, response.transaction, None
        if response.HasField("amended"):
            assert response.amended.id == names.transaction(amendment.of)
            told = _status(response.amended.status)
        return Answer(outcome, own.id or None, _status(own.status), told)

    async def _batch(self, asked: list[operation_pb2.Operation], *, atomic: bool, validate_only: bool) -> list[Answer]:
        mode = BatchMode.BATCH_MODE_ATOMIC if atomic else BatchMode.BATCH_MODE_INDEPENDENT
        response = await self._stub.PostBatch(
            transaction_service_pb2.PostBatchRequest(mode=mode, operations=asked, validate_only=validate_only)
        )
        return [_answer(result) for result in response.results]

    async def show(
        self, requests: list[Request], names: Names, *, atomic: bool, preview: bool
    ) -> tuple[list[Answer], list[Message]]:
        """The answers of a batch, and its results without what only a recorded transaction has (ids, times)."""
        response = await self._stub.PostBatch(
            transaction_service_pb2.PostBatchRequest(
                mode=BatchMode.BATCH_MODE_ATOMIC if atomic else BatchMode.BATCH_MODE_INDEPENDENT,
                operations=[message(request, names) for request in requests],
                validate_only=preview,
                view=operation_pb2.TRANSACTION_VIEW_FULL,
            )
        )
        answers = [_answer(result) for result in response.results]
        new = {answer.id for answer in answers if answer.outcome == POSTED}
        for result in response.results:
            if result.HasField("posted") and result.posted.transaction_id in new:
                result.posted.transaction_id = ""
                for transaction in (result.posted.transaction, *result.posted.legs):
                    _clear_what_is_new(transaction, new)
        return answers, list(response.results)

    async def _stream(self, asked: list[operation_pb2.Operation], *, validate_only: bool) -> list[Answer]:
        pb = transaction_service_pb2
        requests = [
            pb.PostStreamRequest(open=pb.PostStreamOpen(validate_only=validate_only)),
            pb.PostStreamRequest(chunk=pb.PostStreamChunk(sequence=1, operations=asked)),
            pb.PostStreamRequest(finish=pb.PostStreamFinish(operation_count=len(asked))),
        ]
        responses = [response async for response in self._stub.PostStream(iter(requests))]
        assert [response.WhichOneof("message") for response in responses] == ["opened", "result", "finished"]
        return [_answer(result) for result in responses[1].result.results]


def _clear_what_is_new(transaction: Message, new: set[str | None]) -> None:
    for name in ("id", "batch_id", "create_time", "record_time", "effective_time", "leg_ids"):
        transaction.ClearField(name)
    if transaction.parent_id in new:
        transaction.parent_id = ""
    if transaction.header_id in new:
        transaction.header_id = ""


def message(request: Request, names: Names) -> operation_pb2.Operation:
    if isinstance(request, Payment):
        draft = Draft(
            reference=names.reference(request.reference),
            **_amount(request.amount, request.available),
            currency=names.money(request.currency),
            precision=100,
            source=names.balance(request.source),
            destination=names.balance(request.destination),
            allow_overdraft=request.overdraft,
            precise_overdraft_limit=None if request.limit is None else str(request.limit),
            inflight=request.held,
            description=request.note,
            allow_over_commit=request.allow_over_commit,
        )
        if request.deferral is not None:
            _set_deferral(draft, request.deferral, names)
        return operation_pb2.Operation(post=draft)
    if isinstance(request, Pooled):
        return operation_pb2.Operation(post=_pooled_draft(request, names))
    if isinstance(request, Split):
        return operation_pb2.Operation(post=_split_draft(request, names))
    if isinstance(request, Cancel | Reschedule | Review):
        return _amendment(request, names)
    amount = None if request.amount is None else str(request.amount)
    if isinstance(request, Refund):
        refund = operation_pb2.RefundTransaction(
            target=names.target(request),
            reference=names.reference(request.reference),
            **_amount(request.amount, request.available),
            allow_overdraft=request.overdraft,
            description=request.note,
            scheduled_time=_stamp(names.time(request.at)),
            effective_time=_stamp(names.time(request.effective)),
        )
        return operation_pb2.Operation(refund=refund)
    common = _common(request, names)
    if isinstance(request, AdjustHold):
        change = {} if request.change is None else {request.change: {"precise": amount}}
        expiry = _stamp(names.time(request.expires))
        return operation_pb2.Operation(
            adjust_hold=operation_pb2.AdjustHold(inflight_expiry_time=expiry, **change, **common)
        )
    if request.void:
        return operation_pb2.Operation(void_hold=operation_pb2.VoidHold(**common))
    return operation_pb2.Operation(
        commit_hold=operation_pb2.CommitHold(
            precise_amount=amount, effective_time=_stamp(names.time(request.effective)), **common
        )
    )


def _common(request: ResolveHold | AdjustHold | Amendment, names: Names) -> Mapping[str, Any]:
    return {
        "target": names.target(request),
        "reference": names.reference(request.reference) if request.reference else "",
        "description": request.note,
    }


def _amendment(request: Amendment, names: Names) -> operation_pb2.Operation:
    common = _common(request, names)
    if isinstance(request, Cancel):
        return operation_pb2.Operation(cancel=operation_pb2.CancelTransaction(**common))
    if isinstance(request, Reschedule):
        when = _stamp(names.time(request.at))
        return operation_pb2.Operation(reschedule=operation_pb2.RescheduleTransaction(scheduled_time=when, **common))
    decision = {"on_behalf_of": REVIEWER, **common}
    if request.approves:
        return operation_pb2.Operation(approve=operation_pb2.ApproveTransaction(**decision))
    return operation_pb2.Operation(deny=operation_pb2.DenyTransaction(**decision))


def _set_deferral(draft: Draft, deferral: Deferral, names: Names) -> None:
    draft.queue = deferral.at is None and not deferral.review
    draft.require_review = deferral.review
    draft.check_deferred = deferral.check_deferred
    if deferral.at is not None:
        draft.scheduled_time.CopyFrom(_stamp(names.time(deferral.at)))


def _stamp(when: datetime | None) -> Timestamp | None:
    if when is None:
        return None
    stamp = Timestamp()
    stamp.FromDatetime(when)
    return stamp


def _amount(amount: int | None, available: bool) -> dict[str, object]:
    if available:
        return {"available": Available(at_most=None if amount is None else {"precise": str(amount)})}
    return {} if amount is None else {"precise_amount": str(amount)}


def _pooled_draft(request: Pooled, names: Names) -> Draft:
    draft = Draft(
        reference=names.reference(request.reference),
        precise_amount=str(request.amount),
        currency=names.money("own"),
        precision=100,
        destination=names.balance(request.destination),
        allow_overdraft=request.overdraft,
        inflight=request.held,
        description=request.note,
    )
    for name in request.sources:
        draft.sources.shares.add(balance=names.balance(name), **_amount(request.at_most, True))
    if request.last_pays_remainder:
        draft.sources.shares[-1].remainder = True
    if request.deferral is not None:
        _set_deferral(draft, request.deferral, names)
    return draft


def _split_draft(request: Split, names: Names) -> Draft:
    draft = Draft(
        reference=names.reference(request.reference),
        **_amount(None if request.available else request.amount, request.available),
        currency=names.money("own"),
        precision=100,
        source=names.balance(request.source),
        allow_overdraft=request.overdraft,
        inflight=request.held,
        description=request.note,
    )
    for name, amount in request.shares[:-1]:
        draft.destinations.shares.add(balance=names.balance(name), precise_amount=str(amount))
    draft.destinations.shares.add(balance=names.balance(request.shares[-1][0]), remainder=True)
    if request.deferral is not None:
        _set_deferral(draft, request.deferral, names)
    return draft


def _answer(result: operation_pb2.OperationResult) -> Answer:
    if result.HasField("rejection"):
        name = error_reason_pb2.ErrorReason.Name(result.rejection.reason)
        return Answer(name.removeprefix("ERROR_REASON_"))
    return Answer(
        REPLAYED if result.posted.replayed else POSTED, result.posted.transaction_id, _status(result.posted.status)
    )


def _status(number: int) -> str:
    return transaction_pb2.TransactionStatus.Name(number).removeprefix("TRANSACTION_STATUS_")


def reason(error: grpc.aio.AioRpcError) -> str:
    trailers = dict(error.trailing_metadata() or ())
    status = status_pb2.Status.FromString(trailers["grpc-status-details-bin"])
    info = error_details_pb2.ErrorInfo()
    assert any(detail.Unpack(info) for detail in status.details)
    return str(info.reason)


def without_new_names(done: operation_pb2.OperationResult, shown: operation_pb2.OperationResult) -> Message:
    """The result of the call without what a preview cannot know: the time, and ids of balances that were opened."""
    pairs = zip(
        (done.posted.transaction, *done.posted.legs), (shown.posted.transaction, *shown.posted.legs), strict=True
    )
    for after, before in pairs if shown.HasField("posted") else ():
        for side in ("source", "destination"):
            if not getattr(before, f"{side}_id"):
                setattr(after, f"{side}_id", "")
                if after.HasField(f"{side}_figures"):
                    getattr(after, f"{side}_figures").balance_id = ""
    if shown.rejection.details.get("balance", "").startswith("@"):
        done.rejection.details["balance"] = shown.rejection.details["balance"]
    if shown.rejection.reason == error_reason_pb2.ERROR_REASON_SCHEDULE_IN_PAST:
        done.rejection.details["limit"] = shown.rejection.details["limit"]  # The time then.
    return done
