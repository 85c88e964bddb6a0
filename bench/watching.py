"""How long after a posting's commit its watchers hear of it.

A client cannot see the commit, but PostgreSQL notes when it made each one (``track_commit_timestamp``,
which the bench switches on), and both run on one machine. That time is taken before the commit is
written to disk and confirmed, so it is earlier than the true commit, never later: the headline includes
the posting's own wait for the disk.

Beside it stand the two moments that a client can see: ``from_send`` includes the whole posting, and
``after_reply`` counts from the answer and is zero where the event overtook it.

While the clock runs, messages are only noted with their time of arrival; they are read afterwards.
"""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import grpc
from ledgerapi.v1 import transaction_service_pb2 as transactions

from bench import messages
from bench.plan import WatchPlan

WATCHERS_PER_CHANNEL = 100
_LAST_ARRIVALS_S = 30.0
_COMMITTED = """
SELECT reference, EXTRACT(epoch FROM pg_xact_commit_timestamp(xmin))::float8 AS at
FROM transactions WHERE reference = ANY($1::text[])
"""


@dataclass(slots=True)
class _Heard:
    """What arrived at all watchers: times and messages."""

    expected: int
    arrivals: list[tuple[float, bytes]] = field(default_factory=list)
    complete: asyncio.Event = field(default_factory=asyncio.Event)

    def note(self, message: bytes) -> None:
        self.arrivals.append((time.monotonic(), message))
        if len(self.arrivals) >= self.expected:
            self.complete.set()


@dataclass(frozen=True, slots=True)
class _Posting:
    reference: str
    request: bytes


class WatchJob:
    """Watchers of one balance, and a poster who moves money into it at a steady rate."""

    def __init__(self, target: str, dsn: str, plan: WatchPlan, balances: list[str]) -> None:
        self._target = target
        self._dsn = dsn
        self._plan = plan
        self._watched = balances[0]
        sides = iter([(source, self._watched) for source in balances[1 : 1 + plan.posts_per_s * plan.seconds]])
        self._postings = [_posting(sides) for _ in range(plan.posts_per_s * plan.seconds)]
        self._sent: dict[str, float] = {}
        self._replied: dict[str, float] = {}
        self._wall_ahead: dict[str, float] = {}
        """By how much the wall clock, which PostgreSQL reads, was ahead of ours when each was sent."""

    async def run(self) -> dict[str, Any]:
        """Start the watchers, wait until each is under way, post, and wait for every last message."""
        heard = _Heard(len(self._postings) * self._plan.watchers)
        count = -(-self._plan.watchers // WATCHERS_PER_CHANNEL)
        # Channels with equal arguments share a connection; these are to have one each.
        channels = [grpc.aio.insecure_channel(self._target, options=(("bench.channel", n),)) for n in range(count + 1)]
        calls = [
            channels[1 + n % count].unary_stream(messages.WATCH_TRANSACTIONS)(messages.watch(self._watched))
            for n in range(self._plan.watchers)
        ]
        await asyncio.gather(*(call.read() for call in calls))
        watching = [asyncio.create_task(_listen(call, heard)) for call in calls]
        try:
            begun = time.perf_counter()
            await self._post_steadily(channels[0])
            async with asyncio.timeout(_LAST_ARRIVALS_S):
                await heard.complete.wait()
            seconds = time.perf_counter() - begun
        finally:
            for call in calls:
                call.cancel()
            await asyncio.gather(*watching, return_exceptions=True)
            await asyncio.gather(*(channel.close() for channel in channels))
        return {"posted": len(self._postings), "seconds": seconds, **self._delays(heard, await self._committed())}

    async def _post_steadily(self, channel: grpc.aio.Channel) -> None:
        """By the clock, not one after the other: a slow answer must not keep the next posting back."""
        post = channel.unary_unary(messages.POST_TRANSACTION)
        begun = time.monotonic()
        under_way = []
        for number, posting in enumerate(self._postings):
            await asyncio.sleep(begun + number / self._plan.posts_per_s - time.monotonic())
            under_way.append(asyncio.create_task(self._post(post, posting)))
        await asyncio.gather(*under_way)

    async def _post(self, post: grpc.aio.UnaryUnaryMultiCallable, posting: _Posting) -> None:
        self._sent[posting.reference] = time.monotonic()
        self._wall_ahead[posting.reference] = time.time() - time.monotonic()
        await post(posting.request)
        self._replied[posting.reference] = time.monotonic()

    async def _committed(self) -> dict[str, float]:
        """When each posting was committed, by our clock."""
        connection = await asyncpg.connect(self._dsn)
        try:
            rows = await connection.fetch(_COMMITTED, list(self._sent))
        finally:
            await connection.close()
        return {row["reference"]: row["at"] - self._wall_ahead[row["reference"]] for row in rows}

    def _delays(self, heard: _Heard, committed: dict[str, float]) -> dict[str, float]:
        references: dict[bytes, str] = {}
        from_commit, from_send, after_reply = [], [], []
        for arrived, message in heard.arrivals:
            reference = references.get(message)
            if reference is None:
                event = transactions.WatchTransactionsResponse.FromString(message).event
                reference = references[message] = event.transaction.transaction.reference
            # It was committed before it was answered, whatever the two clocks say.
            from_commit.append(arrived - min(committed[reference], self._replied[reference]))
            from_send.append(arrived - self._sent[reference])
            after_reply.append(max(0.0, arrived - self._replied[reference]))
        return {
            "p50_ms": _percentile_ms(from_commit, 0.50),
            "p99_ms": _percentile_ms(from_commit, 0.99),
            "from_send_p50_ms": _percentile_ms(from_send, 0.50),
            "from_send_p99_ms": _percentile_ms(from_send, 0.99),
            "after_reply_p50_ms": _percentile_ms(after_reply, 0.50),
            "after_reply_p99_ms": _percentile_ms(after_reply, 0.99),
            "post_p50_ms": _percentile_ms(
                [self._replied[reference] - at for reference, at in self._sent.items()], 0.50
            ),
        }


def _posting(sides: messages.Sides) -> _Posting:
    draft = messages.draft(sides)
    return _Posting(draft.reference, transactions.PostTransactionRequest(draft=draft).SerializeToString())


async def _listen(call: grpc.aio.UnaryStreamCall, heard: _Heard) -> None:
    while (message := await call.read()) is not grpc.aio.EOF:
        heard.note(message)


def _percentile_ms(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1_000, 2)
