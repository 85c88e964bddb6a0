"""The composition root: builds everything, and owns the order of start and stop."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from wsgiref.simple_server import WSGIServer

import grpc
import structlog

from ledgerd import metrics, starting
from ledgerd.config import Config
from ledgerd.core.model.limits import BATCH_WATCHES_MAX
from ledgerd.embedded import EmbeddedPostgres
from ledgerd.journal import head as journal_head
from ledgerd.journal import reader, sequencer
from ledgerd.journal.feed import Feed
from ledgerd.operations.board import Board
from ledgerd.operations.costly import CostlyReads
from ledgerd.operations.engine import Engine
from ledgerd.pause import pause
from ledgerd.poster.backlog import Backlog
from ledgerd.poster.clock import Clock
from ledgerd.poster.ids_and_clock import IdsAndClock
from ledgerd.poster.poster import Poster
from ledgerd.poster.settings import USUAL as USUAL_POSTER
from ledgerd.poster.settings import PosterSettings
from ledgerd.rpc import server, transport
from ledgerd.rpc.health import Health
from ledgerd.rpc.interceptors.admission import Bounds
from ledgerd.rpc.interceptors.drain import Drain
from ledgerd.rpc.waits import MARGIN_SECONDS, Waits
from ledgerd.rpc.watch import Watch
from ledgerd.store import migrate
from ledgerd.store import pool as pools
from ledgerd.store.connecting import connect, ping
from ledgerd.store.pools import Pools, open_pools
from ledgerd.store.primary import Primary
from ledgerd.wakeups import notify, pubsub
from ledgerd.wakeups.head import Head
from ledgerd.wire import events
from ledgerd.workers import adjustments, arrivals, backlog, batches, queue, reconciliations, timed, uploads

log = structlog.get_logger()

_WATCHDOG_SECONDS = 1.0
_QUIET_SECONDS_MAX = 1.0
_ENDING_SECONDS = 1.0
"""The time for the answers to calls that outlast the grace. gRPC would end these calls without a reason."""
_GOING_SECONDS = 0.05
"""The time in which gRPC tells clients that the server stops, before those held get answers and call again."""
_TURN_SECONDS = 0.03
"""Between the beginnings of two workers."""
_MIGRATION_SETTINGS = {
    # A process that stopped during a migration must not block the others. Statements have no time limit.
    "idle_in_transaction_session_timeout": "5s",
    "idle_session_timeout": "5s",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """Sizes and pauses that no operator sets: how much is done at once, and how often."""

    poster: PosterSettings = USUAL_POSTER
    placing: sequencer.Settings = sequencer.USUAL
    redis: pubsub.Settings = pubsub.USUAL
    timed_work: timed.Settings = timed.USUAL
    queue_work: queue.Settings = queue.USUAL
    batch_work: batches.Settings = batches.USUAL
    upload_work: uploads.Settings = uploads.USUAL
    run_work: reconciliations.Settings = reconciliations.USUAL
    arrival_work: arrivals.Settings = arrivals.USUAL
    adjustment_work: adjustments.Settings = adjustments.USUAL
    batch_watches_max: int = BATCH_WATCHES_MAX
    wait_margin_seconds: float = MARGIN_SECONDS

    def without_calls(self) -> "Tuning":
        """For workers whose process serves no calls: nobody wakes them, so they look as often as when they work."""
        batch_work, upload_work, run_work = self.batch_work, self.upload_work, self.run_work
        return replace(
            self,
            batch_work=replace(batch_work, quiet_seconds=batch_work.poll_seconds),
            upload_work=replace(upload_work, quiet_seconds=upload_work.poll_seconds),
            run_work=replace(run_work, quiet_seconds=run_work.poll_seconds),
        )


USUAL = Tuning()


class App:
    """A running ledgerd: a server, or with ``serves`` false the workers alone. ``failed`` is set when a background
    task died and the process must end."""

    def __init__(
        self, config: Config, *, serves: bool = True, clock: Clock | None = None, tuning: Tuning = USUAL
    ) -> None:
        self._config = config
        self._tuning = tuning if serves else tuning.without_calls()
        self._clock = clock or Clock(tolerance_seconds=config.clock_tolerance_seconds)
        self._serves = serves
        self._stopping = asyncio.Event()
        self._stop_tasks = asyncio.Event()
        self._stop_workers = asyncio.Event()
        self._server: grpc.aio.Server | None = None
        self._health: Health | None = None
        self._drain: Drain | None = None
        self._metrics: WSGIServer | None = None
        self._engine: Engine | None = None
        self._pools: Pools | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._embedded: EmbeddedPostgres | None = None
        self._primary: Primary | None = None
        self._head = Head()
        self._has_started = False
        self.failed = asyncio.Event()
        self.port = 0

    async def start(self) -> None:
        """Start PostgreSQL if it is ours, then the write path, the journal, and last the server.

        A start that fails or is cancelled undoes what it began. Raises CannotStart and EmbeddedError.
        """
        try:
            await self._start()
        except BaseException:
            await self.stop()
            raise

    async def _start(self) -> None:
        config, listen = self._config, self._config.listen
        if self._listens:
            starting.check_listening("LEDGERD_LISTEN", host=listen.host, port=listen.port, path=listen.path)
        if config.metrics_address is not None:
            with starting.listening("LEDGERD_METRICS_PORT", "{} port {}".format(*config.metrics_address)):
                self._metrics = metrics.serve(*config.metrics_address)
        if config.database_url is None:
            self._embedded = await EmbeddedPostgres.start(config.data_dir)
        self.dsn = config.database_url or self._embedded_dsn()
        with starting.using_database():
            engine, channel = await self._start_engine(config)
        head, placed = self._head, asyncio.Event()
        ticking = sequencer.run(
            self.pools.upkeep, channel, head, self._wake, self._stop_tasks, placed=placed, settings=self._tuning.placing
        )
        self._spawn(ticking, "sequencer")
        if config.redis_url is not None:
            self._follow_redis(pubsub.Wakeups(config.redis_url, head, self._tuning.redis), placed)
        self._spawn(backlog.run(engine, self._stop_tasks), "backlog")
        if config.workers or not self._serves:
            self._start_workers(engine)
        if self._serves:
            listening = partial(connect, self.dsn, command_timeout=10)
            self._spawn(notify.listen(listening, ping, channel, head, self._stop_tasks), "wake-ups")
            self._spawn(journal_head.run(self.pools.upkeep, head, self._stop_tasks), "journal-head")
        if self._listens:
            await self._start_server(engine)
        # The watchdog also reads the time, so that an idle server knows it.
        self._primary = Primary(self.dsn, self._clock.consult)
        self._spawn(self._watchdog(), "watchdog")
        self._has_started = True
        log.info("serving" if self._serves else "working", port=self.port, embedded=self._embedded is not None)

    @property
    def _listens(self) -> bool:
        """Whether health is served. Workers alone serve it only at a given address: they may run beside a server."""
        return self._serves or "listen" in self._config.model_fields_set

    async def _start_engine(self, config: Config) -> tuple[Engine, str]:
        """Everything that needs the database, up to the running write path; and the channel of its wake-ups."""
        await _bring_up_to_date(self.dsn, may_migrate=config.migrate)
        role, posting = await pools.service_settings(self.dsn), self._tuning.poster
        self._pools = self.pools = await open_pools(
            self.dsn,
            posting=posting.overlap,
            previews=posting.previews,
            calls=config.pool_size,
            costly=config.costly_reads,
            read_seconds=config.read_seconds,
            settings=role,
        )
        metrics.watch(self.pools.by_purpose())
        ids_and_clock, self._wake = IdsAndClock(self._clock), asyncio.Event()
        self.backlog = Backlog(config.queue_limit)
        self._poster = Poster(self.pools.posting, ids_and_clock, settings=posting, backlog=self.backlog)
        self._poster.on_commit.append(self._wake)
        costly = CostlyReads(self.pools.costly, at_once=config.costly_reads, seconds=config.read_seconds)
        engine = self._engine = Engine(
            self.pools, costly, self._poster, ids_and_clock, self._wake.set, Board(self._tuning.batch_watches_max)
        )
        self._posting = self._spawn(self._poster.run(), "poster")
        async with self.pools.upkeep.acquire() as connection:
            await journal_head.look(connection, self._head)
            await self._clock.consult(connection)
            return engine, await journal_head.channel(connection)

    def _follow_redis(self, wakeups: pubsub.Wakeups, placed: asyncio.Event) -> None:
        self._spawn(wakeups.publish(placed, self._stop_tasks), "redis-publish")
        if self._serves:
            self._spawn(wakeups.subscribe(self._stop_tasks), "redis-subscribe")

    def _start_workers(self, engine: Engine) -> None:
        accepted, stop, tuning = asyncio.Event(), self._stop_workers, self._tuning
        self._poster.on_accept.append(accepted)
        workers = {
            "timed": partial(timed.run, engine, stop, tuning.timed_work),
            "queue": partial(queue.run, engine, accepted, stop, tuning.queue_work),
            "accepted-batches": partial(batches.run, engine, stop, tuning.batch_work),
            "uploads": partial(uploads.run, engine, stop, tuning.upload_work),
            "reconciliations": partial(reconciliations.run, engine, self.dsn, stop, tuning.run_work),
            "arrivals": partial(arrivals.run, engine, self.dsn, stop, tuning.arrival_work),
            "adjustments": partial(adjustments.run, engine, stop, tuning.adjustment_work),
        }
        for place, (name, work) in enumerate(workers.items()):
            self._spawn(self._in_turn(place, work), name)

    async def _in_turn(self, place: int, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Workers begin one after another: their first looks at the same moment would need a connection each."""
        await pause(self._stop_workers, place * _TURN_SECONDS)
        await work()

    async def _start_server(self, engine: Engine) -> None:
        config, head, stopping = self._config, self._head, self._stopping
        bounds = _bounds(config)
        options = transport.options(
            connection_age_seconds=config.connection_age_seconds,
            connection_grace_seconds=config.connection_grace_seconds,
        )
        if self._serves:
            watches = server.Watches(
                transactions=self._watch(reader.TRANSACTIONS, head, "transactions"),
                monitors=self._watch(reader.MONITORS, head, "monitors"),
                events=self._watch(reader.EVERYTHING, head, "events"),
                waits=Waits(self.pools.journal, head, stopping, margin_seconds=self._tuning.wait_margin_seconds),
            )
            built = server.build(
                engine, watches, stopping, bounds=bounds, options=options, with_reflection=config.reflection
            )
        else:
            built = server.build_health(stopping, bounds=bounds, options=options)
        self._server, self._health, self._drain = built.server, built.health, built.drain
        with starting.listening("LEDGERD_LISTEN", str(config.listen)):
            self.port = await server.listen(self._server, str(config.listen))
        await self._health.set_serving(True)

    async def stop(self) -> None:
        """Stop in order: reject new calls, finish accepted work, end watches, then close. A part that the start did not
        reach is skipped."""
        grace = self._config.stop_grace_seconds
        if self._health is not None:
            await self._health.set_serving(False)
        self._stopping.set()
        self._stop_workers.set()
        self._head.wake()
        if self._engine is not None:
            self._engine.board.wake()
        stopped = asyncio.create_task(self._stop_server(grace))
        await asyncio.wait({stopped}, timeout=grace)
        if self._engine is not None:
            self._engine.poster.stop()
            await asyncio.wait({self._posting}, timeout=grace)
        self._stop_tasks.set()
        await stopped
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._primary is not None:
            await self._primary.close()
        if self._pools is not None:
            await self._pools.close()
        if self._metrics is not None:
            await asyncio.to_thread(self._metrics.shutdown)
            self._metrics.server_close()
        if self._embedded is not None:
            await self._embedded.stop()
        if self._has_started:
            log.info("stopped")

    async def _stop_server(self, grace: int) -> None:
        if self._server is None or self._drain is None:
            return
        await self._drain.quiet(within_seconds=_QUIET_SECONDS_MAX)
        stopped = asyncio.create_task(self._server.stop(grace + _ENDING_SECONDS))
        await asyncio.sleep(0)
        if self._drain.holds_calls:
            await asyncio.sleep(_GOING_SECONDS)
        self._drain.dismiss()
        await asyncio.wait({stopped}, timeout=grace)
        self._drain.end()
        await stopped

    def _watch(self, channel: reader.Channel, head: Head, kind: str) -> Watch:
        feed = Feed(self.pools.journal, head, channel, events.show)
        return Watch(self.pools.journal, feed, head, self._clock, stopping=self._stopping, kind=kind)

    def _embedded_dsn(self) -> str:
        assert self._embedded is not None
        return self._embedded.dsn

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> "asyncio.Task[None]":
        """Start a named background task. If the task fails, the server logs the error and stops."""
        task = asyncio.create_task(work, name=name)
        task.add_done_callback(self._died)
        self._tasks.append(task)
        return task

    def _died(self, task: "asyncio.Task[None]") -> None:
        if self._stopping.is_set() or task.cancelled():
            return
        log.error("a background task died", task=task.get_name(), exc_info=task.exception())
        self.failed.set()

    async def _watchdog(self) -> None:
        """Report serving only while the database takes writes. An embedded PostgreSQL that ended is started again."""
        assert self._primary is not None
        serving = True
        while True:
            await asyncio.sleep(_WATCHDOG_SECONDS)
            answers = await self._primary.takes_writes()
            metrics.DATABASE_UP.set(answers)
            if not answers and self._embedded is not None and await self._embedded.ensure_running():
                log.warning("started PostgreSQL again")
            if answers != serving:
                serving = answers
                log.warning("health changed", serving=serving)
                if self._health is not None:
                    await self._health.set_serving(serving)


def _bounds(config: Config) -> Bounds:
    return Bounds(
        calls=config.calls_max,
        streams=(config.streams_max, config.streams_per_connection_max),
        watches=(config.watches_max, config.watches_per_connection_max),
        waits=(config.waits_max, config.waits_per_connection_max),
        stream_open_seconds=config.stream_open_seconds,
    )


async def _bring_up_to_date(dsn: str, *, may_migrate: bool) -> None:
    """Apply pending migrations, or check that this code needs none of them."""
    connection = await connect(dsn, _MIGRATION_SETTINGS)
    try:
        if may_migrate:
            applied = await migrate.migrate(connection)
            if applied:
                log.info("migrated", versions=applied)
        elif overdue := await migrate.overdue(connection):
            raise starting.CannotStart(
                f"The database lacks the migrations {', '.join(overdue)}. "
                "Run `ledgerd migrate`, or set LEDGERD_MIGRATE=true."
            )
    finally:
        await connection.close()
