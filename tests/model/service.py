"""An entry point to the ledger: its gRPC service."""

from collections.abc import Mapping
from datetime import datetime

import grpc
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from google.rpc import error_details_pb2, status_pb2
from ledgerapi.v1 import error_reason_pb2, operation_pb2, transaction_pb2, transaction_service_pb2
from ledgerapi.v1.batch_pb2 import BatchMode
from ledgerapi.v1.draft_pb2 import Draft

from tests.model.entry_points import REVIEWER, Answer, Names
from tests.model.requests import Amendment, Cancel, Deferral, Payment, Refund, Request, Reschedule, Review, Split
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
            elif asked.HasField("commit"):
                request = transaction_service_pb2.CommitInflightRequest(
                    commit=asked.commit, validate_only=validate_only
                )
                response = await self._stub.CommitInflight(request)
            elif asked.HasField("refund"):
                response = await self._stub.RefundTransaction(
                    transaction_service_pb2.RefundTransactionRequest(refund=asked.refund, validate_only=validate_only)
                )
            else:
                request = transaction_service_pb2.VoidInflightRequest(void=asked.void, validate_only=validate_only)
                response = await self._stub.VoidInflight(request)
        except grpc.aio.AioRpcError as error:
            return Answer(reason(error))
        told = response.transaction
        return Answer(REPLAYED if response.replayed else POSTED, told.id, _status(told.status))

    async def _amend(self, amendment: Amendment, names: Names, *, validate_only: bool) -> Answer:
        """A single amendment is answered with its subject; its own transaction is read by its reference."""
        pb, subject = transaction_service_pb2, names.transaction(amendment.of)
        common = {
            "transaction_id": subject,
            "reference": names.reference(amendment.reference) if amendment.reference else "",
            "description": amendment.note,
        }
        try:
            if isinstance(amendment, Cancel):
                response = await self._stub.CancelTransaction(
                    pb.CancelTransactionRequest(cancel=operation_pb2.Cancel(**common), validate_only=validate_only)
                )
            elif isinstance(amendment, Reschedule):
                asked = operation_pb2.Reschedule(scheduled_time=_stamp(names.time(amendment.at)), **common)
                response = await self._stub.RescheduleTransaction(
                    pb.RescheduleTransactionRequest(reschedule=asked, validate_only=validate_only)
                )
            elif amendment.approves:
                asked = operation_pb2.Approve(decided_by=REVIEWER, **common)
                response = await self._stub.ApproveTransaction(
                    pb.ApproveTransactionRequest(approve=asked, validate_only=validate_only)
                )
            else:
                asked = operation_pb2.Deny(decided_by=REVIEWER, **common)
                response = await self._stub.DenyTransaction(
                    pb.DenyTransactionRequest(deny=asked, validate_only=validate_only)
                )
        except grpc.aio.AioRpcError as error:
            return Answer(reason(error))
        assert response.transaction.id == subject
        outcome, told = REPLAYED if response.replayed else POSTED, _status(response.transaction.status)
        if validate_only:
            return Answer(outcome, None, None, told)
        reference = names.amendment_reference(amendment)
        own = (await self._stub.GetTransaction(pb.GetTransactionRequest(reference=reference))).transaction
        return Answer(outcome, own.id, _status(own.status), told)

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
                view=operation_pb2.RESULT_VIEW_FULL,
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
            pb.PostStreamRequest(open=pb.OpenStream(validate_only=validate_only)),
            pb.PostStreamRequest(chunk=pb.Chunk(sequence=1, operations=asked)),
            pb.PostStreamRequest(finish=pb.FinishStream(operation_count=len(asked))),
        ]
        responses = [response async for response in self._stub.PostStream(iter(requests))]
        assert [response.WhichOneof("message") for response in responses] == ["opened", "result", "finished"]
        return [_answer(result) for result in responses[1].result.results]


def _clear_what_is_new(transaction: Message, new: set[str | None]) -> None:
    for name in ("id", "batch_id", "create_time", "record_time", "effective_time", "leg_ids"):
        transaction.ClearField(name)
    if transaction.parent_id in new:
        transaction.parent_id = ""


def message(request: Request, names: Names) -> operation_pb2.Operation:
    if isinstance(request, Payment):
        draft = Draft(
            reference=names.reference(request.reference),
            precise_amount=str(request.amount),
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
    if isinstance(request, Split):
        return operation_pb2.Operation(post=_split_draft(request, names))
    if isinstance(request, Cancel):
        reference = names.reference(request.reference) if request.reference else ""
        asked = operation_pb2.Cancel(
            transaction_id=names.transaction(request.of), reference=reference, description=request.note
        )
        return operation_pb2.Operation(cancel=asked)
    amount = None if request.amount is None else str(request.amount)
    if isinstance(request, Refund):
        refund = operation_pb2.Refund(
            transaction_id=names.transaction(request.of),
            reference=names.reference(request.reference),
            precise_amount=amount,
            allow_overdraft=request.overdraft,
            description=request.note,
            scheduled_time=_stamp(names.time(request.at)),
        )
        return operation_pb2.Operation(refund=refund)
    common: Mapping[str, str] = {
        "transaction_id": names.transaction(request.hold),
        "reference": names.reference(request.reference) if request.reference else "",
        "description": request.note,
    }
    if request.void:
        return operation_pb2.Operation(void=operation_pb2.Void(**common))
    return operation_pb2.Operation(commit=operation_pb2.Commit(precise_amount=amount, **common))


def _set_deferral(draft: Draft, deferral: Deferral, names: Names) -> None:
    draft.queue = deferral.at is None and not deferral.review
    draft.hold_for_review = deferral.review
    draft.check_queued = deferral.check_queued
    if deferral.at is not None:
        draft.scheduled_time.CopyFrom(_stamp(names.time(deferral.at)))


def _stamp(when: datetime | None) -> Timestamp | None:
    if when is None:
        return None
    stamp = Timestamp()
    stamp.FromDatetime(when)
    return stamp


def _split_draft(request: Split, names: Names) -> Draft:
    draft = Draft(
        reference=names.reference(request.reference),
        precise_amount=str(request.amount),
        currency=names.money("own"),
        precision=100,
        source=names.balance(request.source),
        allow_overdraft=request.overdraft,
        inflight=request.held,
        description=request.note,
    )
    for name, amount in request.shares[:-1]:
        draft.destinations.shares.add(balance=names.balance(name), precise_amount=str(amount))
    draft.destinations.shares.add(balance=names.balance(request.shares[-1][0]), left=True)
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
