"""Two doors to the same ledger: its write path itself, and its gRPC service. Both are asked in the test's words."""

from collections.abc import Mapping
from typing import Protocol

import grpc
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2
from ledgerapi.v1 import error_reason_pb2, operation_pb2, transaction_service_pb2
from ledgerapi.v1.batch_pb2 import BatchMode
from ledgerapi.v1.draft_pb2 import Draft

from ledgerd.core.amount import Quantity
from ledgerd.core.operation import Operation, Post
from ledgerd.core.operation import Refund as RefundOperation
from ledgerd.core.operation import Settle as SettleOperation
from ledgerd.core.rejection import Rejection
from ledgerd.core.split import Left, Share
from tests.model.books import POSTED, REPLAYED, Divide, GiveBack, Pay, Wish
from tests.poster.desk import Desk, id_of, said

NOBODY = "bln_01jd0000000000000000000000"
NOTHING = "txn_01jd0000000000000000000000"

Answer = tuple[str, str | None]
"""The word, and the id of the transaction if there is one."""


class Names:
    """What the ledger calls the things that the test has named."""

    def __init__(self, prefix: str, currency: str) -> None:
        self.prefix = prefix
        self.currency = currency
        self.balances: dict[str, str] = {}
        self.transactions: dict[str, str] = {}

    def balance(self, name: str) -> str:
        return name if name.startswith("@") else self.balances.get(name, NOBODY)

    def money(self, currency: str) -> str:
        return self.currency if currency == "own" else f"{self.currency}X"

    def reference(self, reference: str) -> str:
        return f"{self.prefix} {reference}"

    def transaction(self, reference: str) -> str:
        return self.transactions.get(reference, NOTHING)


class Door(Protocol):
    async def ask(
        self, wishes: list[Wish], names: Names, *, atomic: bool, as_batch: bool, preview: bool
    ) -> list[Answer]: ...


class Path:
    """The write path of one process."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def ask(
        self, wishes: list[Wish], names: Names, *, atomic: bool, as_batch: bool, preview: bool
    ) -> list[Answer]:
        operations = [operation(wish, names) for wish in wishes]
        if preview:
            batch_id = self._desk.minter.id("bat") if atomic else None
            outcomes = await self._desk.poster.preview(operations, atomic=atomic, batch_id=batch_id)
        elif atomic or as_batch:
            outcomes = await self._desk.batch(operations, atomic=atomic)
        else:
            outcomes = await self._desk.chunk(operations)
        return [(said(one), None if isinstance(one, Rejection) else id_of(one)) for one in outcomes]


def operation(wish: Wish, names: Names) -> Operation:
    if isinstance(wish, Pay):
        return Post(
            reference=names.reference(wish.reference),
            currency=names.money(wish.currency),
            quantity=Quantity(wish.amount, None),
            source=names.balance(wish.source),
            destination=names.balance(wish.destination),
            precision=100,
            allow_overdraft=wish.overdraft,
            overdraft_limit=None if wish.limit is None else Quantity(wish.limit, None),
            inflight=wish.held,
            description=wish.note or None,
            allow_over_commit=wish.stretches,
        )
    if isinstance(wish, GiveBack):
        return RefundOperation(
            reference=names.reference(wish.reference),
            transaction_id=names.transaction(wish.of),
            quantity=None if wish.amount is None else Quantity(wish.amount, None),
            allow_overdraft=wish.overdraft,
            description=wish.note or None,
        )
    if isinstance(wish, Divide):
        parts = [Share(names.balance(name), Quantity(part, None)) for name, part in wish.parts]
        return Post(
            reference=names.reference(wish.reference),
            currency=names.money("own"),
            quantity=Quantity(wish.amount, None),
            source=names.balance(wish.source),
            destination="",
            precision=100,
            allow_overdraft=wish.overdraft,
            inflight=wish.held,
            description=wish.note or None,
            destinations=(*parts[:-1], Share(parts[-1].balance, Left())),
        )
    hold = names.transaction(wish.hold)
    return SettleOperation(
        reference=names.reference(wish.reference)
        if wish.reference
        else f"ledgerd:{'void' if wish.void else 'commit'}:{hold}",
        hold_id=hold,
        void=wish.void,
        quantity=None if wish.amount is None else Quantity(wish.amount, None),
        description=wish.note or None,
    )


class Service:
    """The gRPC service: single calls, batches, and streams of one chunk, as it comes."""

    def __init__(self, stub: object) -> None:
        self._stub = stub

    async def ask(
        self, wishes: list[Wish], names: Names, *, atomic: bool, as_batch: bool, preview: bool
    ) -> list[Answer]:
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
            return reason(error), None
        return REPLAYED if response.replayed else POSTED, response.transaction.id

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
        new = {id_ for word, id_ in answers if word == POSTED}
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
        return operation_pb2.Operation(post=draft)
    if isinstance(wish, Divide):
        return operation_pb2.Operation(post=_divided(wish, names))
    amount = None if wish.amount is None else str(wish.amount)
    if isinstance(wish, GiveBack):
        refund = operation_pb2.Refund(
            transaction_id=names.transaction(wish.of),
            reference=names.reference(wish.reference),
            precise_amount=amount,
            allow_overdraft=wish.overdraft,
            description=wish.note,
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
    return draft


def result(one: operation_pb2.OperationResult) -> Answer:
    if one.HasField("rejection"):
        name = error_reason_pb2.ErrorReason.Name(one.rejection.reason)
        return name.removeprefix("ERROR_REASON_"), None
    return REPLAYED if one.posted.replayed else POSTED, one.posted.transaction_id


def reason(error: grpc.aio.AioRpcError) -> str:
    trailers = dict(error.trailing_metadata() or ())
    status = status_pb2.Status.FromString(trailers["grpc-status-details-bin"])
    info = error_details_pb2.ErrorInfo()
    assert any(detail.Unpack(info) for detail in status.details)
    return str(info.reason)


def without_new_names(done: operation_pb2.OperationResult, shown: operation_pb2.OperationResult) -> Message:
    """What was done, without the ids of internal balances that were opened by it: a preview cannot know them."""
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
    return done
