"""A process that does one piece of work for a server, and the server's side of it.

It reads its order, one line of JSON, from its input, and ends when its input ends: the server that started it is gone,
or wants nothing more of it. Its output is one line of JSON: how it ended.
"""

import asyncio
import contextlib
import json
import os
import sys
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from ledgerd.store import errors

AWAY, FAILED = "AWAY", "FAILED"
"""The database was unavailable, or busy; or a fault of our own."""
SETTINGS = {
    "jit": "off",
    "client_min_messages": "warning",
    "max_parallel_workers_per_gather": "0",
    # Between two pieces of a cursor much may be computed, and a processor may be busy with what is more urgent.
    "statement_timeout": "15min",
    "idle_in_transaction_session_timeout": "15min",
    "lock_timeout": "60s",
}
"""Of its connections."""
_MEMORY = {"MALLOC_MMAP_THRESHOLD_": "262144"}
"""What glibc is told: the system gets what is larger as soon as it is freed. By default glibc keeps more
and more of it, and a run of a million rows would take a tenth more memory."""
_LESS_URGENT = 10
"""By how much the process gives way to the write path, where processors are short."""

Told = dict[str, Any]
"""How the work ended: at least ``ended``."""


class Away(Exception):
    """The process that works ended because the database was unavailable."""


class Crashed(Exception):
    """The process that works ended before it was done."""


@contextlib.asynccontextmanager
async def started(command: tuple[str, ...]) -> AsyncIterator[tuple[asyncio.StreamWriter, asyncio.StreamReader]]:
    """A process, by what it reads and what it writes. It is killed where it has not ended at the end."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=_MEMORY | os.environ,
        start_new_session=True,  # Whoever interrupts the server leaves it to the server to end its processes.
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield process.stdin, process.stdout
    finally:
        process.stdin.close()
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
        await process.wait()


async def ordered(command: tuple[str, ...], order: dict[str, str]) -> Told:
    """What a process told of the order. Whoever no longer waits for it ends it. Raises Away, Crashed."""
    told: Told = {}
    async with started(command) as (incoming, outgoing):
        with contextlib.suppress(ConnectionError, ValueError):
            # Not as arguments, which every user of the machine can read.
            incoming.write(json.dumps(order).encode() + b"\n")
            await incoming.drain()
            told = json.loads(await outgoing.readline() or b"{}")
    if told.get("ended") == AWAY:
        raise Away("the database was unavailable")
    if told.get("ended", FAILED) == FAILED:
        raise Crashed(told.get("error", "the process that works ended"))
    return told


def main(work: Callable[[dict[str, str]], Awaitable[Told]]) -> None:
    """Do the work of the order that comes in."""
    os.nice(_LESS_URGENT)
    asyncio.run(_main(work))


async def _main(work: Callable[[dict[str, str]], Awaitable[Told]]) -> None:
    loop, incoming = asyncio.get_running_loop(), asyncio.StreamReader(limit=1024 * 1024)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(incoming), sys.stdin)
    order = json.loads(await incoming.readline())
    working, gone = asyncio.ensure_future(work(order)), asyncio.ensure_future(_ends(incoming))
    await asyncio.wait({working, gone}, return_when=asyncio.FIRST_COMPLETED)
    if not working.done():
        working.cancel()
        await asyncio.wait({working}, timeout=1)
        return
    gone.cancel()
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.write(json.dumps(_told(working)) + "\n")
        sys.stdout.flush()


async def _ends(incoming: asyncio.StreamReader) -> None:
    """Returns when nobody is there."""
    while await incoming.read(1024):
        pass


def _told(working: "asyncio.Future[Told]") -> Told:
    """How the work ended. Of an error, where and not why: its message may quote a row, and logs are read by many."""
    error = working.exception()
    if error is None:
        return working.result()
    if isinstance(error, Exception) and errors.is_passing(error):
        return {"ended": AWAY}
    where = "".join(traceback.format_tb(error.__traceback__))
    return {"ended": FAILED, "error": f"{type(error).__name__}\n{where}"}
