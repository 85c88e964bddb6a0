"""``ledgerd verify``. Exit code 0: the books are proved. 1: a fault was found. 2: nothing could be proved."""

from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import asyncpg
from rich.console import Console
from rich.markup import escape

from ledgerd import starting
from ledgerd.cli.report import ProgressShown, print_report
from ledgerd.operations.verify import CheckpointError, Head, checkpoint, verify
from ledgerd.store import pool

PROVED, FOUND, CANNOT_RUN = 0, 1, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What is to be proved, and which checkpoint is to be written."""

    expected: Head | None
    since: Path | None
    """The checkpoint from which the proof continues."""
    checkpoint: Path | None
    """Where to write the next one; by default in place of the one that was read."""
    connections: int


async def run_verify(console: Console, dsn: str, options: Options) -> int:
    """Prove the books, print the report, and write the checkpoint if all is proved. Raises CannotStart."""
    try:
        since = None if options.since is None else checkpoint.read(options.since)
        async with AsyncExitStack() as stack:
            connections = []
            for _ in range(options.connections if options.connections == 1 else options.connections + 1):
                connection = await asyncpg.connect(dsn, timeout=10)
                stack.push_async_callback(connection.close)
                await pool.prepare(connection)
                connections.append(connection)
            with ProgressShown(console) as shown:
                report = await verify(
                    connections[0], shown, helpers=connections[1:], since=since, expected=options.expected
                )
        print_report(console, report)
        path = options.checkpoint or options.since
        if path is not None and report.checkpoint is not None:
            checkpoint.write(path, report.checkpoint)
            console.print(f"checkpoint written to {escape(str(path))}", soft_wrap=True, highlight=False)
    except CheckpointError as error:
        raise starting.CannotStart(str(error)) from error
    return FOUND if report.faults else PROVED


__all__ = ["CANNOT_RUN", "Head", "Options", "run_verify"]
