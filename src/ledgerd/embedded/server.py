"""The life of the embedded PostgreSQL: it is started or adopted, started again when it ends, and stopped."""

import asyncio
import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import asyncpg
import structlog

from ledgerd.embedded import directory
from ledgerd.embedded.account import CLEAN_ENVIRONMENT, Account
from ledgerd.embedded.layout import DATABASE, EmbeddedError, Layout, layout_of
from ledgerd.embedded.postmaster import disarm_stale_lock_files, running_postmaster
from ledgerd.embedded.settings import write_settings

# Crash recovery replays up to max_wal_size. On a slow disk that takes minutes, and no shorter limit would help.
START_TIMEOUT_S = 600.0
# A stop first writes the changed pages in memory to disk.
STOP_TIMEOUT_S = 60.0
# How long a passing error may last, such as children of a killed postmaster that have not ended yet.
PASSING_TIMEOUT_S = 30.0

_PROBE_TIMEOUT_S = 5.0
_POLL_S = 0.02
_POLL_MAX_S = 1.0
_RELAUNCH_S = 0.25
_FIRST_REPORT_S = 5.0
_QUOTED_LOG_BYTES = 2000
# Parts of the messages of postgres when its predecessor has not ended yet, or when it was stopped. After any other
# error, a new start would fail again.
_PASSING_TROUBLE = (
    "pre-existing shared memory block",
    "lock file",
    "shutdown request",
)

log = structlog.get_logger()


class EmbeddedPostgres:
    """A running PostgreSQL, owned by this process until `stop`.

    `start` makes it. If this process is killed, PostgreSQL continues, and the next `start` adopts it.
    """

    def __init__(self, layout: Layout) -> None:
        """Only `start` calls this."""
        self._layout = layout
        self._account = Account()
        self._child: subprocess.Popen[bytes] | None = None
        self._lock: int | None = None
        self._log_begin = 0
        self._guard = asyncio.Lock()

    @classmethod
    async def start(cls, data_dir: Path | None = None) -> Self:
        """Make the data directory if missing, start or adopt its PostgreSQL, and wait until it answers.

        `data_dir` defaults to `default_data_dir()`. Waits for crash recovery, up to `START_TIMEOUT_S`.
        Raises EmbeddedError, for example when another process owns the directory.
        """
        self = cls(layout_of(data_dir))
        try:
            with _rejections_named(self._layout):
                await asyncio.to_thread(self._prepare)
                await self._bring_up()
                await _create_database(self._layout)
        except BaseException:
            await self.stop()
            raise
        return self

    @property
    def dsn(self) -> str:
        """The asyncpg DSN of database `ledgerd`, over the unix socket, as superuser."""
        return self._layout.dsn(DATABASE)

    async def ensure_running(self) -> bool:
        """Start PostgreSQL again if it ended. Call it about every second; a call costs almost nothing.

        Returns True when it was started. After `stop` it does nothing. Raises EmbeddedError when the start fails.
        Cancel a pending call before `stop`, which otherwise waits for it.
        """
        async with self._guard:
            if self._lock is None or self._pid() is not None:
                return False
            log.warning("PostgreSQL is gone; starting it again", directory=str(self._layout.root))
            with _rejections_named(self._layout):
                await self._bring_up()
            return True

    async def stop(self) -> None:
        """Stop PostgreSQL, which rolls open transactions back, and release the directory. Safe to repeat."""
        async with self._guard:
            if self._lock is None:
                return
            try:
                await self._shut_down(signal.SIGINT)
            finally:
                os.close(self._lock)
                self._lock = None

    async def stop_immediate(self) -> None:
        """Crash PostgreSQL as `pg_ctl stop -m immediate` does. The directory stays owned. For fault tests."""
        async with self._guard:
            if self._lock is not None:
                await self._shut_down(signal.SIGQUIT)

    def _prepare(self) -> None:
        layout = self._layout
        directory.site_directory()  # First, because nothing works without the package.
        self._account = directory.prepare(layout)
        self._lock = directory.acquire(layout)
        self._account.make_private(layout.socket_dir)
        write_settings(layout)
        if not layout.pgdata.exists():
            directory.initialise(layout, self._account)

    async def _bring_up(self) -> None:
        # Only a query proves that it serves: pid file, socket and process can all exist without a server.
        clock = asyncio.get_running_loop().time
        began, launches, patience_s = clock(), 0, _FIRST_REPORT_S
        while not await _answers(self._layout):
            waited_s = clock() - began
            if waited_s > START_TIMEOUT_S:
                raise EmbeddedError(self._complaint(f"did not answer within {START_TIMEOUT_S:.0f} seconds"))
            if waited_s > patience_s:
                patience_s *= 2
                log.warning("PostgreSQL does not answer yet", seconds=int(waited_s), log=str(self._layout.log))
            if self._pid() is None:
                if launches and not self._is_worth_another_try(waited_s):
                    raise EmbeddedError(self._complaint("did not start"))
                await asyncio.sleep(_RELAUNCH_S if launches else 0)
                # The binaries may have to be copied. The launch stays on the event loop: if it were cancelled in
                # a thread, it could leave a PostgreSQL that `stop` does not know.
                binaries = await asyncio.to_thread(directory.binaries, self._layout, self._account)
                self._launch(binaries / "postgres")
                launches += 1
            await asyncio.sleep(min(_POLL_S + waited_s / 10, _POLL_MAX_S))

    def _launch(self, postgres: Path) -> None:
        layout, account = self._layout, self._account
        disarm_stale_lock_files(layout)
        directory.rotate_log(layout)
        with layout.log.open("ab") as log:
            self._log_begin = log.tell()
            # A separate session, so that Ctrl-C in the terminal reaches this process alone: PostgreSQL stops
            # after our last write. Popen is used because asyncio's subprocess kills its children when the
            # event loop closes.
            self._child = subprocess.Popen(
                [str(postgres), "-D", str(layout.pgdata), "-c", f"config_file={layout.settings}"],
                user=account.uid,
                group=account.gid,
                extra_groups=account.extra_groups,
                cwd="/",
                env=CLEAN_ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _pid(self) -> int | None:
        # The poll of our child also reaps it, so that it never remains as a zombie.
        if self._child is not None and self._child.poll() is None:
            return self._child.pid
        return running_postmaster(self._layout.pgdata)

    async def _shut_down(self, how: signal.Signals) -> None:
        if await self._signal_and_wait(how):
            return
        log.error("PostgreSQL does not stop; its next start will recover", directory=str(self._layout.root))
        if not await self._signal_and_wait(signal.SIGQUIT):
            raise EmbeddedError(self._complaint("does not stop; end it by hand"))

    async def _signal_and_wait(self, how: signal.Signals) -> bool:
        clock = asyncio.get_running_loop().time
        give_up = clock() + STOP_TIMEOUT_S
        pid = self._pid()
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, how)
        while self._pid() is not None:
            if clock() > give_up:
                return False
            await asyncio.sleep(_POLL_S)
        return True

    def _is_worth_another_try(self, waited_s: float) -> bool:
        was_killed = self._child is not None and (self._child.returncode or 0) < 0
        said = self._last_words()
        is_passing = was_killed or any(trouble in said for trouble in _PASSING_TROUBLE)
        return is_passing and waited_s < PASSING_TIMEOUT_S

    def _complaint(self, what: str) -> str:
        return f"PostgreSQL in {self._layout.root} {what}. It said, in {self._layout.log}:\n{self._last_words()}"

    def _last_words(self) -> str:
        try:
            with self._layout.log.open("rb") as log:
                log.seek(self._log_begin)
                return log.read()[-_QUOTED_LOG_BYTES:].decode(errors="replace").strip()
        except OSError:
            return ""


async def attach(data_dir: Path | None = None) -> str:
    """The DSN of a PostgreSQL that another process owns. This starts and stops nothing, and does not wait.

    Raises EmbeddedError when none runs there, or this user may not use it.
    """
    layout = layout_of(data_dir)
    with _rejections_named(layout):
        if await _answers(layout):
            return layout.dsn(DATABASE)
    raise EmbeddedError(
        f"no PostgreSQL answers in {layout.root}, or this user may not use it. "
        "Start `ledgerd serve` first, as the same user, or name the right LEDGERD_DATA_DIR."
    )


async def _answers(layout: Layout) -> bool:
    try:
        connection = await asyncpg.connect(layout.dsn("postgres"), timeout=_PROBE_TIMEOUT_S)
        try:
            await connection.fetchval("SELECT 1", timeout=_PROBE_TIMEOUT_S)
        finally:
            await connection.close(timeout=_PROBE_TIMEOUT_S)
    except asyncpg.TooManyConnectionsError:
        return True
    except (
        OSError,
        TimeoutError,
        asyncpg.PostgresConnectionError,
        asyncpg.OperatorInterventionError,  # starting up, recovering, shutting down
    ):
        return False
    return True


async def _create_database(layout: Layout) -> None:
    connection = await asyncpg.connect(layout.dsn("postgres"))
    try:
        if not await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", DATABASE):
            await connection.execute(f"CREATE DATABASE {DATABASE}")
    finally:
        await connection.close()


@contextlib.contextmanager
def _rejections_named(layout: Layout) -> Iterator[None]:
    try:
        yield
    except (OSError, asyncpg.PostgresError) as error:
        raise EmbeddedError(
            f"the embedded PostgreSQL in {layout.root} cannot be used: {error}. "
            "Name a directory that this user may write with LEDGERD_DATA_DIR, or a database with DATABASE_URL."
        ) from error
