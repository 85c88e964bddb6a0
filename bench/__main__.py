"""The whole run: ``python -m bench``, or ``QUICK=1 python -m bench`` for a short one."""

import asyncio
import os
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
from rich.console import Console

from bench import books, machine, measures, reconciling, report, service
from bench.figures import Figures
from bench.load import Load
from bench.plan import FULL, QUICK, Plan
from bench.rawcopy import FrozenTable
from ledgerd import embedded
from ledgerd.operations.verify import verify
from ledgerd.store import pool

_WIDTH_OF_FILES = 110


def main() -> int:
    """Measure, print, write. 0 whatever the speed; 1 when the books are wrong or the bench could not run."""
    console = Console()
    if not console.is_terminal:
        console.width = _WIDTH_OF_FILES
    plan = QUICK if os.environ.get("QUICK", "0") not in ("", "0") else FULL
    try:
        figures = asyncio.run(_guarded(plan, console))
    except service.BenchError as error:
        console.print(f"[red]{error}[/red]")
        return 1
    except (KeyboardInterrupt, asyncio.CancelledError):
        console.print("[red]Stopped. Nothing is left behind.[/red]")
        return 130
    report.show(console, figures)
    report.write(figures)
    return 1 if figures.faults else 0


async def _guarded(plan: Plan, console: Console) -> Figures:
    """SIGTERM ends it as Ctrl-C does: by way of every clean-up."""
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    with service.data_directory() as data_dir, console.status("starting") as status:
        try:
            return await run(plan, data_dir, status.update)
        finally:
            await service.remove_postgres(data_dir)


async def run(plan: Plan, data_dir: Path, say: measures.Say) -> Figures:
    """Measure everything, in a data directory of its own."""
    begun = time.monotonic()
    figures = Figures()
    await service.note_commit_times(data_dir)
    async with service.serving({"LEDGERD_DATA_DIR": str(data_dir)}) as server:
        dsn = await embedded.attach(data_dir)
        pids, postmaster = [server.pid], service.postmaster_pid(data_dir)
        connection = await asyncpg.connect(dsn)
        await pool.prepare(connection)
        try:
            async with Load(lambda: machine.cpu_seconds(pids, postmaster)) as load:
                others = machine.Others(lambda: load.meter().total + machine.cpu_of(os.getpid(), load.pid))
                bench = measures.Bench(plan, server, dsn, load, figures, say)
                await measures.bulk(bench, await _prepare(bench, connection))
                await measures.calls(bench)
                await measures.beside_lists(bench)
                await measures.watches(bench)
                async with service.serving({"DATABASE_URL": dsn}) as second:
                    pids.append(second.pid)
                    await measures.two_processes(bench, second)
                    pids.remove(second.pid)
                # Last, because what it changes is vacuumed for minutes, beside whatever is measured then.
                await measures.queue(bench, connection)
                await reconciling.reconciling(bench)
                figures.facts["others_cpu_share"] = round(others.share(), 3)
            await _note_facts(figures, plan, connection)
            say("checking the books")
            figures.faults += await books.faults(connection, load.posted)
            seconds_left = plan.time_for_proof_s - (time.monotonic() - begun)
            figures.facts["history_proved"] = seconds_left > 0
            if seconds_left > 0:
                figures.faults += (await verify(connection, lambda name: say(f"proving: {name}"))).faults
        finally:
            await connection.close()
    figures.facts["seconds"] = round(time.monotonic() - begun, 1)
    return figures


async def _prepare(bench: measures.Bench, connection: asyncpg.Connection) -> FrozenTable:
    """Make the balances, tell the load maker of them, and make the table for raw COPY."""
    balance_ids = await books.create_balances(bench.server.target, bench.plan.balances)
    await connection.execute("VACUUM ANALYZE balances")
    await bench.load.run("balances", ids=balance_ids)
    table = FrozenTable(connection, [books.key(balance_id) for balance_id in balance_ids])
    await table.create()
    return table


async def _note_facts(figures: Figures, plan: Plan, connection: asyncpg.Connection) -> None:
    facts = figures.facts
    facts |= {"date": datetime.now(UTC).date().isoformat(), "quick": plan.quick, **machine.facts()}
    facts["postgresql"] = await connection.fetchval("SHOW server_version")
    for setting in ("fsync", "synchronous_commit", "full_page_writes", "shared_buffers"):
        facts[setting] = await connection.fetchval(f"SHOW {setting}")
    facts["streamed_rows"] = plan.streamed_rows
    facts["transactions"] = await connection.fetchval("SELECT count(*) FROM transactions")


if __name__ == "__main__":
    sys.exit(main())
