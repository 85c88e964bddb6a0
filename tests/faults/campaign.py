"""A long upload under faults: servers are killed and stopped, PostgreSQL crashes, a standby takes over, Redis fails and
false wake-ups are sent. At the end the books are proved.

One server takes the upload: drafts, holds that are adjusted and committed, and balances of which all that is available
is taken. A subscriber follows all of it on another one, and starts anew from its last cursor at every fault. On that
server single payments are posted, too, from the balance that the upload needs; and holds and batches live there, see
lives.py.
"""

import asyncio
import random
import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum
from itertools import count

import asyncpg
from ledgerapi.v1.balance_pb2 import Balance
from ledgerapi.v1.event_pb2 import EventKind
from ledgerapi.v1.ledger_service_pb2 import CreateBalanceRequest
from ledgerapi.v1.operation_pb2 import Operation
from ledgerd_client import LedgerClient, Unavailable, operation, watch_transactions
from ledgerd_client.bulk import bulk_results

from ledgerd.core.model.ids import LEDGER, decode, encode
from ledgerd.journal import head as journal_head
from ledgerd.operations.ledgers import GENERAL_LEDGER
from ledgerd.operations.verify import verify
from ledgerd.store import pool
from ledgerd.wakeups import pubsub
from tests.faults.lives import Lives
from tests.faults.pair import Pair, open_pair
from tests.faults.postgres import Postgres, own_postgres
from tests.faults.process import ServerProcess, serving
from tests.faults.upload import PURSE, moved, of_number
from tests.journal.redis_server import RedisServer, running

BALANCES = 50
_MOVES = "^(draft|hold|keep|fund|pay|adjust|commit|void|refund|sweep) "
"""The references of what moves or holds something."""
_CANCELS = "^(later|move|cancel) "
_OWN_EVENT = {
    EventKind.EVENT_KIND_TRANSACTION_APPLIED: "",
    EventKind.EVENT_KIND_TRANSACTION_INFLIGHT: "",
    EventKind.EVENT_KIND_TRANSACTION_ADJUSTED: "adjust ",
    EventKind.EVENT_KIND_TRANSACTION_VOIDED: "void ",
}
"""The kinds of events about a new transaction, with how its reference begins: other events of these kinds are about the
hold that was adjusted or voided."""
CATCH_UP_SECONDS = 120
_STOPPED_SECONDS = 7.0
PATIENCE_SECONDS = 300.0


FALSE_HINTS = ("999999999", "-1", "", "nonsense", "9" * 5_000)


class Fault(Enum):
    KILL_SERVER = "kill -9 of the server"
    CRASH_POSTGRES = "immediate stop of PostgreSQL"
    KILL_REDIS = "kill -9 of Redis"
    HANG_REDIS = "Redis stands still"
    FALSE_HINTS = "false wake-ups, by NOTIFY and in Redis"
    STOP_SERVER = "stop of the second server, for longer than it may keep its locks"
    SWITCH_OVER = "a synchronous standby takes over"


@dataclass
class Campaign:
    """What was done and what came of it."""

    drafts: int
    faults: list[Fault]
    seed: int
    chunk_operations: int = 500
    acknowledged: dict[str, str] = field(default_factory=dict)
    """The id of everything that was acknowledged, by reference."""
    sent: set[str] = field(default_factory=set)
    """The references of the upload."""
    lives: Lives | None = None
    replayed: int = 0
    seen: list[str] = field(default_factory=list)
    """The references that the subscriber was told of, in order."""
    cursor: str = ""
    subscriptions: int = 0
    seconds: float = 0
    findings: list[str] = field(default_factory=list)

    async def run(self) -> None:
        rng = random.Random(self.seed)
        begun = time.monotonic()
        async with (
            _database(self.faults) as database,
            running() as redis,
            serving(database.address, REDIS_URL=redis.url) as server,
            serving(database.address, REDIS_URL=redis.url) as watched,
            LedgerClient(server.target) as client,
            LedgerClient(watched.target) as subscribing,
        ):
            accounts = await _open_accounts(client)
            listening = asyncio.Event()
            injected: asyncio.Queue[Fault] = asyncio.Queue()
            injector = _FaultInjector(rng, database, redis, [server, watched], injected)
            self.lives, is_over = Lives(subscribing, self.acknowledged), asyncio.Event()
            async with asyncio.TaskGroup() as group:
                subscribing_task = group.create_task(self._keep_subscribed(subscribing, injected, listening))
                await listening.wait()
                injecting = group.create_task(self._inject_faults(rng, injector))
                posting = group.create_task(_post_payments(subscribing))
                living = group.create_task(self.lives.live(random.Random(self.seed), is_over))
                await self._upload(client, accounts)
                await injecting
                posting.cancel()
                is_over.set()
                await living
                await self._catch_up()
                subscribing_task.cancel()
            await self._prove(database.writer.dsn, accounts)
        self.seconds = time.monotonic() - begun

    # The upload --------------------------------------------------------------------------------

    async def _upload(self, client: LedgerClient, accounts: list[str]) -> None:
        results = bulk_results(
            client,
            self._operations(accounts),
            chunk_operations=self.chunk_operations,
            in_flight=8,
            give_up_seconds=PATIENCE_SECONDS,
        )
        async with aclosing(results):
            async for asked, result in results:
                name = getattr(asked, asked.WhichOneof("operation")).reference
                if result.HasField("rejection"):
                    self.findings.append(f"{name} was rejected: {result.rejection}")
                    continue
                self.acknowledged[name] = result.posted.transaction_id
                self.replayed += result.posted.replayed

    def _operations(self, accounts: list[str]) -> Iterator[Operation]:
        for number in range(self.drafts):
            account = accounts[number % BALANCES]
            for message in of_number(number, account):
                self.sent.add(message.reference)
                yield operation(message)

    # The faults --------------------------------------------------------------------------------

    async def _inject_faults(self, rng: random.Random, injector: "_FaultInjector") -> None:
        """Each fault at a random moment of the upload."""
        moments = sorted(rng.randrange(self.drafts * 95 // 100) for _ in self.faults)
        for fault, moment in zip(self.faults, moments, strict=True):
            while len(self.acknowledged) < moment:
                await asyncio.sleep(0.002)
            await asyncio.sleep(rng.uniform(0, 0.05))
            await injector.inject(fault)

    # The subscriber ----------------------------------------------------------------------------

    async def _subscribe(self, client: LedgerClient, listening: asyncio.Event) -> None:
        """Watch from the last cursor that was handled."""
        self.subscriptions += 1
        async with watch_transactions(client, after_cursor=self.cursor) as watcher:
            await watcher.ready()
            self.cursor = watcher.cursor  # The first time this is where it began, before there was any event.
            listening.set()
            async for event in watcher:
                reference = event.transaction.transaction.reference
                begins = _OWN_EVENT.get(event.kind)
                if begins is not None and reference.startswith(begins) and re.match(_MOVES, reference):
                    self.seen.append(reference)
                self.cursor = event.cursor

    async def _keep_subscribed(
        self, client: LedgerClient, injected: "asyncio.Queue[Fault]", listening: asyncio.Event
    ) -> None:
        """At every fault the subscriber itself dies as well, and another one goes on from what it kept."""
        while True:
            async with asyncio.TaskGroup() as group:
                subscriber = group.create_task(self._subscribe(client, listening))
                await injected.get()
                subscriber.cancel()

    async def _catch_up(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(CATCH_UP_SECONDS):
                while len(self.seen) < len(self._moves()):
                    await asyncio.sleep(0.05)
        await asyncio.sleep(0.5)

    def _moves(self) -> set[str]:
        """The references of all that was sent and moves or holds something."""
        assert self.lives is not None
        return self.sent | self.lives.moves

    # The proof ---------------------------------------------------------------------------------

    async def _prove(self, dsn: str, accounts: list[str]) -> None:
        connection = await asyncpg.connect(dsn)
        await pool.prepare(connection)
        try:
            self.findings += (await verify(connection)).faults
            await self._prove_recorded(connection)
            await self._prove_seen(connection)
            await self._prove_balances(connection, accounts)
        finally:
            await connection.close()

    async def _prove_recorded(self, connection: asyncpg.Connection) -> None:
        rows = await connection.fetch(
            "SELECT reference, id FROM transactions WHERE reference ~ $1 OR reference ~ $2", _MOVES, _CANCELS
        )
        recorded = {row["reference"]: encode("txn", row["id"].int) for row in rows}
        assert self.lives is not None
        self._differ("acknowledged and recorded", self.acknowledged, recorded)
        self._differ("sent and recorded", self._moves() | self.lives.amendments, set(recorded))
        rows = await connection.fetch("SELECT reference FROM transactions WHERE status = 'CANCELLED'")
        later = {name for name in self.lives.amendments if name.startswith("later")}
        self._differ("to be cancelled and cancelled", later, {row["reference"] for row in rows})

    async def _prove_seen(self, connection: asyncpg.Connection) -> None:
        rows = await connection.fetch(
            "SELECT t.reference, CASE WHEN t.reference LIKE 'draft%' THEN t.source_version END AS version"
            " FROM positions p JOIN journal j ON j.id = p.journal_id"
            " JOIN transactions t ON substr(t.id::text, 1, 30) = substr(j.id::text, 1, 30)"
            " WHERE t.reference ~ $1 ORDER BY p.position, t.id",
            _MOVES,
        )
        recorded = [row["reference"] for row in rows]
        self._differ("seen and recorded, in order", self.seen, recorded)
        missed = set(recorded) - set(self.seen)
        if missed:
            first = next(place for place, reference in enumerate(recorded) if reference in missed)
            last = len(recorded) - 1 - next(n for n, reference in enumerate(reversed(recorded)) if reference in missed)
            self.findings.append(f"not seen: {len(missed)} of {len(recorded)}, between place {first} and {last}")
        versions = [row["version"] for row in rows if row["version"] is not None]
        if versions != sorted(versions):
            self.findings.append("the journal does not follow the versions of @World")
        twice = [reference for reference, times in Counter(self.seen).items() if times > 1]
        if twice:
            self.findings.append(f"seen twice: {twice[:3]}")

    async def _prove_balances(self, connection: asyncpg.Connection, accounts: list[str]) -> None:
        expected = Counter()
        for number in range(self.drafts):
            expected[accounts[number % BALANCES]] += moved(number)
        assert self.lives is not None
        expected.update(self.lives.expected)
        rows = await connection.fetch("SELECT id, credit - debit AS balance FROM balances WHERE indicator IS NULL")
        self._differ("balances", dict(expected), {encode("bln", row["id"].int): row["balance"] for row in rows})
        left = await connection.fetchval(
            "SELECT count(*) FROM balances WHERE (inflight_credit, inflight_debit) <> (0, 0)"
            " OR (indicator = $1 AND credit <> debit)",
            PURSE,
        )
        if left:
            self.findings.append(f"{left} balances still hold something, or kept what was all to be taken")

    def _differ(self, what: str, expected: object, found: object) -> None:
        if expected != found:
            sizes = f"{len(expected)} and {len(found)}"  # type: ignore[arg-type]
            self.findings.append(f"{what} differ: {sizes}")


class _FaultInjector:
    """Injects faults, and reports each of them when it has begun."""

    def __init__(
        self,
        rng: random.Random,
        database: "_Database",
        redis: RedisServer,
        servers: list[ServerProcess],
        injected: "asyncio.Queue[Fault]",
    ) -> None:
        self._rng = rng
        self._database = database
        self._redis = redis
        self._servers = servers
        self._injected = injected

    async def inject(self, fault: Fault) -> None:
        if fault is Fault.KILL_SERVER:
            server = self._rng.choice(self._servers)
            await server.kill()
            await self._let_it_last(fault)
            await server.start()
        elif fault is Fault.CRASH_POSTGRES:
            await self._database.writer.crash()
            await self._let_it_last(fault)
            await self._database.writer.restart()
        elif fault is Fault.KILL_REDIS:
            await self._redis.stop()
            await self._let_it_last(fault)
            await self._redis.start()
        elif fault is Fault.HANG_REDIS:
            self._redis.pause()
            await self._let_it_last(fault)
            self._redis.resume()
        elif fault is Fault.STOP_SERVER:
            self._servers[1].pause()
            await asyncio.sleep(_STOPPED_SECONDS)
            self._servers[1].resume()
            await self._let_it_last(fault)
        elif fault is Fault.SWITCH_OVER:
            await self._database.switch_over()
            await self._let_it_last(fault)
        else:
            await self._send_false_hints()
            await self._let_it_last(fault)

    async def _let_it_last(self, fault: Fault) -> None:
        self._injected.put_nowait(fault)
        await asyncio.sleep(self._rng.uniform(0, 0.3))

    async def _send_false_hints(self) -> None:
        connection = await asyncpg.connect(self._database.writer.dsn)
        try:
            channel = await journal_head.channel(connection)
            epoch = await connection.fetchval("SELECT epoch FROM journal_head")
            for hint in FALSE_HINTS:
                await connection.execute("SELECT pg_notify($1, $2)", channel, hint)
                await self._redis.tell("PUBLISH", pubsub.channel(epoch), hint)
        finally:
            await connection.close()


@dataclass
class _Database:
    """``writer`` is the PostgreSQL that takes writes; services connect to ``address``."""

    writer: Postgres
    address: str
    pair: Pair | None = None

    async def switch_over(self) -> None:
        """Once: there is one standby."""
        assert self.pair is not None
        await self.pair.make_old_read_only()
        await self.pair.take_over()
        self.writer, self.pair = self.pair.writer, None


@asynccontextmanager
async def _database(faults: list[Fault]) -> AsyncIterator[_Database]:
    if Fault.SWITCH_OVER in faults:
        async with open_pair() as pair:
            yield _Database(pair.writer, pair.address.dsn, pair)
    else:
        async with own_postgres() as postgres:
            yield _Database(postgres, postgres.dsn)


async def _post_payments(client: LedgerClient) -> None:
    """Post one payment after another. The proof does not need those that fail."""
    for number in count():
        with suppress(Unavailable):
            await client.post(
                reference=f"payment {number}",
                source="@World",
                destination="@Payee",
                currency="USD",
                precise_amount=1,
                allow_overdraft=True,
            )


async def _open_accounts(client: LedgerClient) -> list[str]:
    ledger = encode(LEDGER, GENERAL_LEDGER.int)
    accounts = []
    for number in range(BALANCES):
        request = CreateBalanceRequest(
            balance=Balance(ledger_id=ledger, currency="USD"), request_id=f"account {number}"
        )
        accounts.append((await client.ledgers.CreateBalance(request)).balance.id)
    assert all(decode("bln", account) for account in accounts)
    return accounts
