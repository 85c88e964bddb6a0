"""``ledgerd demo``: the payroll of a whole company, on a server and a database of its own, checked to the cent.

`company` says who is paid, `server` runs a real server, `story` is what happens on it.
"""

import asyncio
import shlex
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape

from ledgerd.cli.demo import show
from ledgerd.cli.demo.checks import Checks, DemoFailed
from ledgerd.cli.demo.server import DemoServer

_STOPPED = 130
"""The exit code of a program that was ended by Ctrl-C."""
_CLIENT = "ledgerd_client"


async def run_demo(console: Console, *, keep: bool) -> int:
    """Run the demo. Returns 0 only when all its checks succeeded. With `keep`, its database stays."""
    try:
        from ledgerd.cli.demo import story  # noqa: F401, PLC0415  (the client is an optional extra)
    except ModuleNotFoundError as error:
        if error.name != _CLIENT:
            raise
        console.print("[red]The demo needs the Python client: install ledgerd-client, or use `make demo`.[/red]")
        return 1
    began = time.perf_counter()
    server, checks = DemoServer(), Checks()
    run = asyncio.create_task(_run(console, server, checks))
    with _signals_cancel(run):
        try:
            code = await _outcome(console, server, checks, run)
        finally:
            await server.stop()
            if not keep:
                server.remove()
    console.print(f"It took {time.perf_counter() - began:.1f} seconds.", highlight=False)
    if keep:
        _say_how_to_go_on(console, server)
    return code


async def _run(console: Console, server: DemoServer, checks: Checks) -> None:
    from ledgerd_client import LedgerClient  # noqa: PLC0415

    from ledgerd.cli.demo.story import Story  # noqa: PLC0415

    show.step(console, 1, "Start a server with its own PostgreSQL")
    await server.start()
    show.line(console, f"serving on {server.target}, data in {server.directory}")
    async with LedgerClient(server.target) as client:
        await Story(console, client, checks, directory=server.directory, data_dir=server.data_dir).run()


async def _outcome(console: Console, server: DemoServer, checks: Checks, run: "asyncio.Task[None]") -> int:
    from ledgerd_client import LedgerError  # noqa: PLC0415

    failed = False
    try:
        await run
    except asyncio.CancelledError:
        if not run.cancelled():
            raise
        console.print("[yellow]Stopped; cleaning up.[/yellow]")
        return _STOPPED
    except (DemoFailed, LedgerError) as error:
        failed = True
        console.print(server.last_words(), markup=False, highlight=False, soft_wrap=True)
        console.print(f"[red]{escape(str(error))}[/red]", highlight=False, soft_wrap=True)
    if checks.made:
        console.print(show.checks_table(checks.made))
    if failed or not checks.all_hold:
        console.print("[red]Not everything held.[/red]")
        return 1
    console.print("[green]Everything held.[/green]")
    return 0


@contextmanager
def _signals_cancel(run: "asyncio.Task[None]") -> Iterator[None]:
    """The first signal ends the run. Later signals do not interrupt the clean-up."""
    loop = asyncio.get_running_loop()
    names = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def cancel() -> None:
        if not run.cancelling():
            run.cancel()

    for name in names:
        loop.add_signal_handler(name, cancel)
    try:
        yield
    finally:
        for name in names:
            loop.remove_signal_handler(name)


def _say_how_to_go_on(console: Console, server: DemoServer) -> None:
    setting = f"LEDGERD_DATA_DIR={shlex.quote(str(server.data_dir))} {shlex.quote(sys.executable)} -m ledgerd"
    console.print("Its database is kept. Serve it, prove it, delete it:", highlight=False)
    for command in (f"{setting} serve", f"{setting} verify", f"rm -r {shlex.quote(str(server.directory))}"):
        console.print(f"  {command}", markup=False, highlight=False, soft_wrap=True)
