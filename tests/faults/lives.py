"""What is done beside the upload by single calls and batches, one after the other: holds that are adjusted, batches
that are committed, voided, refunded, rescheduled and cancelled by their id, and balances of which all is taken.

Every call has a reference and is repeated until it is acknowledged, so what comes of it follows from the numbers alone.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from ledgerapi.v1.batch_pb2 import BatchMode
from ledgerapi.v1.draft_pb2 import Draft
from ledgerapi.v1.operation_pb2 import RescheduleTransaction
from ledgerapi.v1.transaction_service_pb2 import (
    GetTransactionRequest,
    PostBatchRequest,
    RescheduleTransactionRequest,
)
from ledgerd_client import Busy, LedgerClient, Unavailable, available, draft, operation, target

from ledgerd.core.model.ids import LEDGER, encode
from ledgerd.operations.ledgers import GENERAL_LEDGER

NEXT_CENTURY = datetime(2100, 1, 1, tzinfo=UTC)
CURRENCY = "EUR"
_FUNDED, _HELD, _KEPT, _PAID, _MORE = 100, 40, 20, 10, 7
T = TypeVar("T")


@dataclass
class Lives:
    """Lives of holds and batches, and what they leave."""

    client: LedgerClient
    acknowledged: dict[str, str]
    """The id of every transaction that was acknowledged, by reference."""
    expected: Counter[str] = field(default_factory=Counter)
    """What is on each balance then."""
    ended: int = 0
    moves: set[str] = field(default_factory=set)
    """The references of what moved or held something."""
    amendments: set[str] = field(default_factory=set)
    """The references of what was cancelled, and of what cancelled it."""

    async def live(self, rng: random.Random, is_over: asyncio.Event) -> None:
        """One life after another, until it is over and the last one has ended."""
        payer, shop, till = [await self._open(name) for name in ("payer", "shop", "till")]
        while not is_over.is_set():
            await self._live_once(rng, payer, shop, till)
            await self._cancel_once(payer, shop)
            self.ended += 1

    async def _open(self, name: str) -> str:
        request_id = f"balance of lives: {name}"
        ledger = encode(LEDGER, GENERAL_LEDGER.int)
        opened = await _until_answered(
            lambda: self.client.open_balance(CURRENCY, request_id=request_id, ledger_id=ledger)
        )
        return str(opened.id)

    async def _live_once(self, rng: random.Random, payer: str, shop: str, till: str) -> None:
        """A batch with holds: one is adjusted, part of the batch is committed and the rest voided; as much is refunded
        as the shop has, up to a bound; then all that the payer has is taken."""
        life = f"of life {self.ended}"
        committed = rng.randint(1, _HELD + _MORE + _KEPT - 1)
        refunded = rng.randint(1, committed + _PAID)
        batch_id = await self._post_batch(
            _draft(f"fund {life}", "@World", payer, _FUNDED, allow_overdraft=True),
            _draft(f"hold {life}", payer, shop, _HELD, inflight=True),
            _draft(f"keep {life}", payer, shop, _KEPT, inflight=True),
            _draft(f"pay {life}", payer, shop, _PAID),
        )
        client = self.client
        await self._do(f"adjust {life}", lambda name: client.adjust(f"hold {life}", name, increase=_major(_MORE)))
        await self._do(f"commit {life}", lambda name: client.commit(batch_id, precise_amount=committed, reference=name))
        await self._do(f"void {life}", lambda name: client.void(batch_id, reference=name))
        at_most = available(_major(refunded))
        await self._do(f"refund {life}", lambda name: client.refund(batch_id, name, available=at_most))
        await self._do(
            f"sweep {life}",
            lambda name: client.post(name, source=payer, destination=till, currency=CURRENCY, available=available()),
        )
        self.expected[shop] += _PAID + committed - refunded
        self.expected[till] += _FUNDED - _PAID - committed + refunded
        self.expected[payer] += 0

    async def _cancel_once(self, payer: str, shop: str) -> None:
        """A batch of scheduled drafts that gets another time, and is then cancelled."""
        life, transactions = f"of life {self.ended}", self.client.transactions
        names = [f"later {life} {which}" for which in ("first", "second")]
        later = [_draft(name, payer, shop, 1, scheduled_time=NEXT_CENTURY) for name in names]
        batch_id = await self._post_batch(*later, moves=False)
        reschedule = RescheduleTransaction(target=target(batch_id), reference=f"move {life}")
        reschedule.scheduled_time.FromDatetime(NEXT_CENTURY.replace(year=2101))
        request = RescheduleTransactionRequest(reschedule=reschedule)
        await self._amend(f"move {life}", lambda: transactions.RescheduleTransaction(request))
        await self._amend(f"cancel {life}", lambda: self.client.cancel(batch_id, reference=f"cancel {life}"))

    async def _post_batch(self, *drafts: Draft, moves: bool = True) -> str:
        request = PostBatchRequest(
            mode=BatchMode.BATCH_MODE_ATOMIC, operations=[operation(message) for message in drafts]
        )
        response = await _until_answered(lambda: self.client.transactions.PostBatch(request))
        for message, result in zip(drafts, response.results, strict=True):
            assert result.HasField("posted"), result.rejection
            self._note(message.reference, result.posted.transaction_id, moves=moves)
        return str(response.batch.id)

    async def _do(self, reference: str, call: Callable[[str], Awaitable[T]]) -> None:
        response = await _until_answered(lambda: call(reference))
        self._note(reference, response.transaction.id)  # type: ignore[attr-defined]

    async def _amend(self, reference: str, call: Callable[[], Awaitable[object]]) -> None:
        """An amendment of a batch is answered without the amendment's own transaction."""
        await _until_answered(call)
        request = GetTransactionRequest(reference=reference)
        own = await _until_answered(lambda: self.client.transactions.GetTransaction(request))
        self._note(reference, own.transaction.id, moves=False)

    def _note(self, reference: str, transaction_id: str, *, moves: bool = True) -> None:
        self.acknowledged[reference] = transaction_id
        (self.moves if moves else self.amendments).add(reference)


async def _until_answered(call: Callable[[], Awaitable[T]]) -> T:
    while True:
        try:
            return await call()
        except (Unavailable, Busy):
            await asyncio.sleep(0.05)


def _draft(reference: str, source: str, destination: str, amount: int, **fields: object) -> Draft:
    return draft(reference, source=source, destination=destination, currency=CURRENCY, precise_amount=amount, **fields)  # type: ignore[arg-type]


def _major(amount: int) -> str:
    return f"{amount // 100}.{amount % 100:02}"
