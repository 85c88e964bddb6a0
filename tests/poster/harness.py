"""A write path of the test's own: what one server process has, without the server."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import asyncpg
import pytest

from ledgerd.access.caller import ANONYMOUS
from ledgerd.core.decide import Outcome
from ledgerd.core.effects import HeaderEntry, Movement
from ledgerd.core.model.account import BalanceStatus
from ledgerd.core.model.amount import Quantity
from ledgerd.core.model.ids import BALANCE, BATCH, TRANSACTION, decode, encode
from ledgerd.core.model.monitor import Comparison, Field, Trigger
from ledgerd.core.model.operation import Operation, Post, ResolveHold, Target
from ledgerd.core.model.rejection import Reason, Rejected, Rejection
from ledgerd.core.replay import Replay
from ledgerd.operations import balance_life, balances, monitors
from ledgerd.operations.costly import CostlyReads
from ledgerd.operations.engine import Engine
from ledgerd.operations.ledgers import GENERAL_LEDGER
from ledgerd.operations.sums import Sum
from ledgerd.operations.verify import verify
from ledgerd.poster.ids_and_clock import IdsAndClock
from ledgerd.poster.poster import Poster
from ledgerd.poster.settings import USUAL, PosterSettings
from ledgerd.poster.submission import Traffic
from ledgerd.store import pool as pools
from ledgerd.store.pools import Pools
from tests.poster.points import Points

_CONNECTIONS = 5


YESTERDAY = -timedelta(days=1)


def due_time(seconds: float = 0) -> datetime:
    """A time that is due by the database's clock and ahead for processes of yesterday; more seconds are later."""
    return datetime.now(UTC) - timedelta(hours=1) + timedelta(seconds=seconds)


class ShiftedTime(IdsAndClock):
    """The time of a process for which it is earlier or later than the database says."""

    def __init__(self, ahead: timedelta) -> None:
        super().__init__()
        self.ahead = ahead

    def now(self) -> datetime:
        return super().now() + self.ahead


@dataclass
class Harness:
    """Posts to one database through a Poster of its own. Two harnesses are two processes."""

    pool: asyncpg.Pool
    poster: Poster
    ids_and_clock: IdsAndClock
    running: "asyncio.Task[None]"

    @property
    def engine(self) -> Engine:
        pools = Pools(self.pool, self.pool, self.pool, self.pool, self.pool)
        costly = CostlyReads(self.pool, at_once=1, seconds=60)
        return Engine(pools, costly, self.poster, self.ids_and_clock, lambda: None)

    # Making things -----------------------------------------------------------------------------

    async def balance(self, *, money: int = 0, floor: int | None = None, currency: str = "USD") -> str:
        """The id of a new balance, with money from @World on it."""
        made = await balances.create(
            self.engine,
            ANONYMOUS,
            balances.Draft(
                ledger_id=GENERAL_LEDGER, indicator=None, currency=currency, precision=100, settings=_settings(floor)
            ),
            None,
        )
        balance_id = encode(BALANCE, made.rows["id"].int)
        if money:
            await self.fund(balance_id, money)
        return balance_id

    async def fund(self, balance_id: str, minor: int, reference: str | None = None, currency: str = "USD") -> Outcome:
        reference = reference or f"fund {uuid.uuid4()}"
        return await self.one(post("@World", balance_id, minor, reference, allow_overdraft=True, currency=currency))

    async def change_floor(self, balance_id: str, floor: int | None) -> None:
        await balances.update(self.engine, ANONYMOUS, _uuid(balance_id, BALANCE), _settings(floor), {"floor"}, None)

    async def change_ceiling(self, balance_id: str, ceiling: int | None) -> None:
        await balances.update(
            self.engine,
            ANONYMOUS,
            _uuid(balance_id, BALANCE),
            _settings(None, ceiling),
            {"ceiling"},
            None,
        )

    async def set_status(self, balance_id: str, status: BalanceStatus) -> None:
        named = (self.engine, ANONYMOUS, _uuid(balance_id, BALANCE), None, None)
        match status:
            case BalanceStatus.FROZEN:
                await balance_life.freeze(*named)
            case BalanceStatus.OPEN:
                await balance_life.unfreeze(*named)
            case BalanceStatus.CLOSED:
                await balance_life.close(*named, named_by="balance_id")

    async def watch_debits(self, balance_id: str) -> uuid.UUID:
        """A monitor that fires on every debit of the balance."""
        condition = monitors.ConditionRequest(
            Field.DEBIT_AMOUNT, Comparison.GREATER, Sum(Quantity(0, None), None, None)
        )
        settings = monitors.Settings(conditions=[condition], trigger=Trigger.EDGE, description=None, metadata=None)
        made = await monitors.create(self.engine, ANONYMOUS, _uuid(balance_id, BALANCE), settings, None)
        found: uuid.UUID = made.rows["id"]
        return found

    async def watch_every_movement(self, balance_id: str, count: int) -> None:
        """As many monitors that fire on each movement of the balance, with a lot to say."""
        condition = monitors.ConditionRequest(Field.BALANCE, Comparison.NOT_EQUAL, Sum(Quantity(-5, None), None, None))
        for _ in range(count):
            settings = monitors.Settings(
                conditions=[condition] * 8, trigger=Trigger.LEVEL, description="x" * 1_000, metadata=None
            )
            await monitors.create(self.engine, ANONYMOUS, _uuid(balance_id, BALANCE), settings, None)

    # Posting -----------------------------------------------------------------------------------

    async def one(self, operation: Operation) -> Outcome:
        return (await self.poster.submit([operation], traffic=Traffic.UNARY))[0]

    async def chunk(self, operations: Sequence[Operation]) -> list[Outcome]:
        """Independent operations that arrive together, as a stream's chunk does."""
        return await self.poster.submit(operations, traffic=Traffic.BULK)

    async def patient(self, operations: Sequence[Operation]) -> list[Outcome]:
        """A chunk that waits where the queue is full."""
        return await self.poster.submit(operations, traffic=Traffic.BULK, patient=True)

    async def batch(
        self, operations: Sequence[Operation], *, atomic: bool = False, malformed: int = 0
    ) -> list[Outcome]:
        """The same, recorded as a batch."""
        return await self.poster.submit(
            operations, traffic=Traffic.BULK, atomic=atomic, batch_id=self.ids_and_clock.id(BATCH), malformed=malformed
        )

    # Reading -----------------------------------------------------------------------------------

    async def posted(self, *balance_ids: str) -> list[int]:
        """What is on these balances, held money included."""
        rows = await balances.get_many(
            self.engine, ANONYMOUS, [_uuid(balance_id, BALANCE).hex for balance_id in balance_ids]
        )
        return [row["credit"] - row["debit"] for row in rows]

    async def recorded(self, *references: str) -> int:
        """How many transactions these references recorded."""
        return int(
            await self.pool.fetchval("SELECT count(*) FROM transactions WHERE reference = ANY($1)", list(references))
        )

    async def prove(self) -> None:
        """The books are right, from what was written."""
        async with self.pool.acquire() as connection:
            report = await verify(connection)
        assert report.faults == [], report.faults

    async def close(self) -> None:
        self.poster.stop()
        await asyncio.wait_for(self.running, 120)
        await self.pool.close()


@asynccontextmanager
async def open_harness(
    dsn: str,
    *,
    ids_and_clock: IdsAndClock | None = None,
    settings: PosterSettings = USUAL,
    points: Points | None = None,
    session: Mapping[str, str] = MappingProxyType({}),
    **changed: int | float,
) -> AsyncIterator[Harness]:
    """A harness that is closed at the end, and must then have nothing left to do. A test may give it the time, say
    what is different about its settings and its sessions, and watch its points."""
    points = points or Points()
    pool = await pools.open_posting_pool(
        dsn,
        min_size=1,
        max_size=_CONNECTIONS,
        settings={**await pools.service_settings(dsn), **session},
        connection_class=points.connection_class,
    )
    ids_and_clock = ids_and_clock or IdsAndClock()
    poster = Poster(pool, ids_and_clock, settings=replace(settings, steps=points, **changed))  # type: ignore[arg-type]
    harness = Harness(pool, poster, ids_and_clock, asyncio.create_task(poster.run(), name="poster"))
    try:
        yield harness
    finally:
        await harness.close()


def post(source: str, destination: str, minor: int, reference: str, **more: object) -> Post:
    fields: dict[str, object] = {"currency": "USD", "precision": 100, **more}
    return Post(reference=reference, quantity=Quantity(minor, None), source=source, destination=destination, **fields)  # type: ignore[arg-type]


def commit(hold: Outcome | str, minor: int | None = None, reference: str = "commit") -> ResolveHold:
    quantity = None if minor is None else Quantity(minor, None)
    return ResolveHold(reference, Target(hold if isinstance(hold, str) else id_of(hold)), False, quantity)


def void(hold: Outcome | str, reference: str = "void") -> ResolveHold:
    return ResolveHold(reference, Target(hold if isinstance(hold, str) else id_of(hold)), True)


def id_of(outcome: Outcome) -> str:
    assert not isinstance(outcome, Rejection), outcome
    return outcome.recorded.id if isinstance(outcome, Replay) else outcome.id


def said(outcome: Outcome) -> str:
    """An outcome in one word."""
    if isinstance(outcome, Rejection):
        return outcome.reason.value
    return "posted" if isinstance(outcome, Movement | HeaderEntry) else "replayed"


async def rejection(answer: Awaitable[object]) -> Reason:
    """Why something is not taken at all; fails when it is."""
    with pytest.raises(Rejected) as rejected:
        await answer
    return rejected.value.rejection.reason


def _settings(floor: int | None, ceiling: int | None = None) -> balances.Settings:
    return balances.Settings(
        identity_id=None,
        floor=None if floor is None else Sum(Quantity(floor, None), None, None),
        ceiling=None if ceiling is None else Sum(Quantity(ceiling, None), None, None),
        group=None,
        tag=None,
        track_fund_lineage=False,
        allocation_strategy="FIFO",
        metadata=None,
    )


def _uuid(text: str, prefix: str = TRANSACTION) -> uuid.UUID:
    number = decode(prefix, text)
    assert number is not None
    return uuid.UUID(int=number)
