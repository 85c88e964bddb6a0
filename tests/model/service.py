"""A door to the ledger: its gRPC service, asked in the test's words."""

from collections.abc import Mapping
from datetime import datetime

import grpc
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from google.rpc import error_details_pb2, status_pb2
from ledgerapi.v1 import error_reason_pb2, operation_pb2, transaction_pb2, transaction_service_pb2
from ledgerapi.v1.batch_pb2 import BatchMode
from ledgerapi.v1.draft_pb2 import Draft

from tests.model.doors import DECIDER, Answer, Names
from tests.model.pages import POSTED, REPLAYED
from tests.model.wishes import CallOff, Divide, GiveBack, Later, Move, Order, Pay, Review, Wish


class Service:
    """The gRPC service: single calls, batches, and streams of one chunk, as it comes."""

    def __init__(self, stub: object) -> None:
        self._stub = stub

    async def ask(
        self, wishes: list[Wish], names: Names, *, atomic: bool, as_batch: bool, preview: bool
    ) -> list[Answer]:
        if isinstance(wishes[0], CallOff | Move | Review) and len(wishes) == 1 and not atomic and not as_batch:
            return [await self._order(wishes[0], names, validate_only=preview)]
        messages = [message(wish, names) for wish in wishes]
        if len(wishes) == 1 and not atomic and not as_batch:
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

    async def _order(self, order: Order, names: Names, *, validate_only: bool) -> Answer:
        """An order on its own answers the transaction that it is about; its own is read by its reference."""
        pb, subject = transaction_service_pb2, names.transaction(order.of)
        common = {
            "transaction_id": subject,
            "reference": names.reference(order.reference) if order.reference else "",
            "description": order.note,
        }
        try:
            if isinstance(order, CallOff):
                response = await self._stub.CancelTransaction(
                    pb.CancelTransactionRequest(cancel=operation_pb2.Cancel(**common), validate_only=validate_only)
                )
            elif isinstance(order, Move):
                asked = operation_pb2.Reschedule(scheduled_time=_stamp(names.time(order.at)), **common)
                response = await self._stub.RescheduleTransaction(
                    pb.RescheduleTransactionRequest(reschedule=asked, validate_only=validate_only)
                )
            elif order.approves:
                asked = operation_pb2.Approve(decided_by=DECIDER, **common)
                response = await self._stub.ApproveTransaction(
                    pb.ApproveTransactionRequest(approve=asked, validate_only=validate_only)
                )
            else:
                asked = operation_pb2.Deny(decided_by=DECIDER, **common)
                response = await self._stub.DenyTransaction(
                    pb.DenyTransactionRequest(deny=asked, validate_only=validate_only)
                )
        except grpc.aio.AioRpcError as error:
            return Answer(reason(error))
        assert response.transaction.id == subject
        word, told = REPLAYED if response.replayed else POSTED, _status(response.transaction.status)
        if validate_only:
            return Answer(word, None, None, told)
        reference = names.order_reference(order)
        own = (await self._stub.GetTransaction(pb.GetTransactionRequest(reference=reference))).transaction
        return Answer(word, own.id, _status(own.status), told)

    async def _batch(self, asked: list[operation_pb2.Operation], *, atomic: bool, validate_only: bool) -> list[Answer]:
        mode = BatchMode.BATCH_MODE_ATOMIC if atomic else BatchMode.BATCH_MODE_INDEPENDENT
        response = await self._stub.PostBatch(
            transaction_service_pb2.PostBatchRequest(mode=mode, operations=asked, validate_only=validate_only)
        )
        return [result(one) for one in response.results]

    async def show(
        self, wishes: list[Wish], names: Names, *, atomic: bool, preview: bool
    ) -> tuple[list[Answer], list[Message]]:
        """The answers of a batch; and all it tells, but for what only a record has: its id, its times, its batch."""
        response = await self._stub.PostBatch(
            transaction_service_pb2.PostBatchRequest(
                mode=BatchMode.BATCH_MODE_ATOMIC if atomic else BatchMode.BATCH_MODE_INDEPENDENT,
                operations=[message(wish, names) for wish in wishes],
                validate_only=preview,
                view=operation_pb2.RESULT_VIEW_FULL,
            )
        )
        answers = [result(one) for one in response.results]
        new = {one.id for one in answers if one.word == POSTED}
        for one in response.results:
            if one.HasField("posted") and one.posted.transaction_id in new:
                one.posted.transaction_id = ""
                for transaction in (one.posted.transaction, *one.posted.legs):
                    _clear_what_is_new(transaction, new)
        return answers, list(response.results)

    async def _stream(self, asked: list[operation_pb2.Operation], *, validate_only: bool) -> list[Answer]:
        pb = transaction_service_pb2
        requests = [
            pb.PostStreamRequest(open=pb.OpenStream(validate_only=validate_only)),
            pb.PostStreamRequest(chunk=pb.Chunk(sequence=1, operations=asked)),
            pb.PostStreamRequest(finish=pb.FinishStream(operation_count=len(asked))),
        ]
        responses = [one async for one in self._stub.PostStream(iter(requests))]
        assert [one.WhichOneof("message") for one in responses] == ["opened", "result", "finished"]
        return [result(one) for one in responses[1].result.results]


def _clear_what_is_new(transaction: Message, new: set[str | None]) -> None:
    for name in ("id", "batch_id", "create_time", "record_time", "effective_time", "leg_ids"):
        transaction.ClearField(name)
    if transaction.parent_id in new:
        transaction.parent_id = ""


def message(wish: Wish, names: Names) -> operation_pb2.Operation:
    if isinstance(wish, Pay):
        draft = Draft(
            reference=names.reference(wish.reference),
            precise_amount=str(wish.amount),
            currency=names.money(wish.currency),
            precision=100,
            source=names.balance(wish.source),
            destination=names.balance(wish.destination),
            allow_overdraft=wish.overdraft,
            precise_overdraft_limit=None if wish.limit is None else str(wish.limit),
            inflight=wish.held,
            description=wish.note,
            allow_over_commit=wish.stretches,
        )
        if wish.later is not None:
            _wait(draft, wish.later, names)
        return operation_pb2.Operation(post=draft)
    if isinstance(wish, Divide):
        return operation_pb2.Operation(post=_divided(wish, names))
    if isinstance(wish, CallOff):
        reference = names.reference(wish.reference) if wish.reference else ""
        asked = operation_pb2.Cancel(
            transaction_id=names.transaction(wish.of), reference=reference, description=wish.note
        )
        return operation_pb2.Operation(cancel=asked)
    amount = None if wish.amount is None else str(wish.amount)
    if isinstance(wish, GiveBack):
        refund = operation_pb2.Refund(
            transaction_id=names.transaction(wish.of),
            reference=names.reference(wish.reference),
            precise_amount=amount,
            allow_overdraft=wish.overdraft,
            description=wish.note,
            scheduled_time=_stamp(names.time(wish.at)),
        )
        return operation_pb2.Operation(refund=refund)
    common: Mapping[str, str] = {
        "transaction_id": names.transaction(wish.hold),
        "reference": names.reference(wish.reference) if wish.reference else "",
        "description": wish.note,
    }
    if wish.void:
        return operation_pb2.Operation(void=operation_pb2.Void(**common))
    return operation_pb2.Operation(commit=operation_pb2.Commit(precise_amount=amount, **common))


def _wait(draft: Draft, later: Later, names: Names) -> None:
    draft.queue = later.at is None and not later.review
    draft.hold_for_review = later.review
    draft.check_queued = later.covers
    if later.at is not None:
        draft.scheduled_time.CopyFrom(_stamp(names.time(later.at)))


def _stamp(when: datetime | None) -> Timestamp | None:
    if when is None:
        return None
    stamp = Timestamp()
    stamp.FromDatetime(when)
    return stamp


def _divided(wish: Divide, names: Names) -> Draft:
    draft = Draft(
        reference=names.reference(wish.reference),
        precise_amount=str(wish.amount),
        currency=names.money("own"),
        precision=100,
        source=names.balance(wish.source),
        allow_overdraft=wish.overdraft,
        inflight=wish.held,
        description=wish.note,
    )
    for name, part in wish.parts[:-1]:
        draft.destinations.shares.add(balance=names.balance(name), precise_amount=str(part))
    draft.destinations.shares.add(balance=names.balance(wish.parts[-1][0]), left=True)
    if wish.later is not None:
        _wait(draft, wish.later, names)
    return draft


def result(one: operation_pb2.OperationResult) -> Answer:
    if one.HasField("rejection"):
        name = error_reason_pb2.ErrorReason.Name(one.rejection.reason)
        return Answer(name.removeprefix("ERROR_REASON_"))
    return Answer(REPLAYED if one.posted.replayed else POSTED, one.posted.transaction_id, _status(one.posted.status))


def _status(number: int) -> str:
    return transaction_pb2.TransactionStatus.Name(number).removeprefix("TRANSACTION_STATUS_")


def reason(error: grpc.aio.AioRpcError) -> str:
    trailers = dict(error.trailing_metadata() or ())
    status = status_pb2.Status.FromString(trailers["grpc-status-details-bin"])
    info = error_details_pb2.ErrorInfo()
    assert any(detail.Unpack(info) for detail in status.details)
    return str(info.reason)


def without_new_names(done: operation_pb2.OperationResult, shown: operation_pb2.OperationResult) -> Message:
    """What was done, without what a preview cannot know: the time, and ids of internal balances that were opened."""
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
