"""The command line. Each command reads the environment once and passes the configuration down."""

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import asyncpg
import structlog
import typer
from rich.console import Console

from ledgerd import config, embedded, logs, starting
from ledgerd.store.migrate import MigrationError

cli = typer.Typer(
    help="A double-entry ledger as a gRPC microservice.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
console = Console()
log = structlog.get_logger()
_WRONG_SETTING = 2
_CLIENT = "ledgerd_client"
_SIGNALLED = 128


def main() -> None:
    """Run the command line. An unexpected error is shown without messages and locals, which may quote a secret."""
    try:
        cli()
    except Exception as error:  # noqa: BLE001  (the one place where everything ends)
        sys.exit(_unforeseen(error))


@cli.command()
def serve() -> None:
    """Serve until SIGTERM or SIGINT. Without DATABASE_URL it starts its own PostgreSQL."""
    settings = _read_config()
    _configure_logs(settings)
    sys.exit(_run(lambda: _serve(settings)))


@cli.command()
def work() -> None:
    """Apply what is queued and due until SIGTERM or SIGINT, without serving anybody."""
    settings = _read_config()
    _configure_logs(settings)
    sys.exit(_run(lambda: _work(settings)))


@cli.command()
def migrate(
    new_epoch: Annotated[
        bool, typer.Option(help="After restoring a backup: reject every cursor handed out before.")
    ] = False,
) -> None:
    """Bring the database's schema up to date."""
    settings = _read_config()
    _configure_logs(settings)
    _run(lambda: _with_connection(settings, lambda connection: _migrate(connection, new_epoch=new_epoch)))


@cli.command()
def verify(
    expect_head: Annotated[
        str | None,
        typer.Option(metavar="HEAD", help="A head that an earlier run printed: history must still lead to it."),
    ] = None,
    checkpoint: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where to write a checkpoint when everything is proved.")
    ] = None,
    since_checkpoint: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Prove only what came after this checkpoint, and what that is about; then replace it by a new one.",
        ),
    ] = None,
    connections: Annotated[int, typer.Option(min=1, max=16, help="How many do the work at the same time.")] = 2,
) -> None:
    """Prove the books: every balance, sum, pool, running total, setting and the chain.

    Exit code 0: proved. 1: differences were found. 2: nothing could be proved; the message says why.
    """
    from ledgerd.cli.verify import CANNOT_RUN, Head, Options, run_verify  # noqa: PLC0415

    expected = None if expect_head is None else Head.parse(expect_head)
    if expect_head is not None and expected is None:
        raise typer.BadParameter("is not a head: verify prints one, a position and 64 hex digits with a colon between")
    options = Options(expected=expected, since=since_checkpoint, checkpoint=checkpoint, connections=connections)
    settings = _read_config()
    _configure_logs(settings)
    sys.exit(_run(lambda: _with_database(settings, lambda dsn: run_verify(console, dsn, options)), failed=CANNOT_RUN))


@cli.command()
def demo(keep: Annotated[bool, typer.Option(help="Keep the demo's database and say where it is.")] = False) -> None:
    """Run the whole payroll of a 3,000-person company on a ledger of its own, and prove its books."""
    from ledgerd.cli.demo import run_demo  # noqa: PLC0415  (imports grpc; other commands start faster without)

    sys.exit(_run(lambda: run_demo(console, keep=keep)))


@cli.command()
def health(
    target: Annotated[
        str, typer.Argument(help="host:port; without it, where LEDGERD_LISTEN says", show_default=False)
    ] = "",
) -> None:
    """Ask a server whether it serves. Exit 0 if it does; else it says why not."""
    from ledgerd.cli.health import trouble  # noqa: PLC0415  (imports grpc)

    address = target or _read_config().listen.from_here
    if (why := _run(lambda: trouble(address))) is not None:
        sys.exit(why)


@cli.command()
def reconcile(
    file: Annotated[Path, typer.Argument(help="The file of the bank, which may be packed with gzip or zip.")],
    source: Annotated[str, typer.Option(help="Whose records they are: a source, by id or name.")],
    rules: Annotated[str, typer.Option(help="How they are matched: a set of rules, by id or name.")],
    target: Annotated[
        str, typer.Option(metavar="HOST:PORT", help="The server; without it, where LEDGERD_LISTEN says.")
    ] = "",
    currency: Annotated[str, typer.Option(help="State only this currency.")] = "",
    date: Annotated[
        datetime | None,
        typer.Option(
            metavar="YYYY-MM-DD",
            formats=["%Y-%m-%d"],
            help="State the balances at the end of this day; without it, that on which the file's last statement "
            "closes, else today.",
        ),
    ] = None,
    by_effective_time: Annotated[
        bool, typer.Option("--by-effective-time", help="Entries belong to a day by their effective time.")
    ] = False,
    only_file: Annotated[
        bool, typer.Option("--only-file", help="Compare the records of this file, not all that are open.")
    ] = False,
    confirm: Annotated[
        bool, typer.Option("--confirm", help="Confirm what the run proposes, except ambiguous matches.")
    ] = False,
    all_matched: Annotated[
        bool, typer.Option("--all-matched", help="Exit with 0 only where every row is matched without a difference.")
    ] = False,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the report as one page of HTML.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead of tables.")] = False,
) -> None:
    """Match a file of a bank with the ledger, and say whether the two balances are explained.

    Exit code 0: explained to the last unit; where the bank tells no balance, every row is matched without a difference.
    1: not explained. 2: the command could not run; the message says why.
    """
    try:
        from ledgerd.cli.reconcile import CANNOT_RUN, Options, run_reconcile  # noqa: PLC0415  (imports grpc)
    except ModuleNotFoundError as error:
        if error.name != _CLIENT:
            raise
        print("The command needs the Python client: install ledgerd-client.", file=sys.stderr)
        sys.exit(_WRONG_SETTING)
    options = Options(
        file=file,
        source=source,
        rules=rules,
        target=target or _read_config().listen.from_here,
        currency=currency,
        date="" if date is None else date.date().isoformat(),
        by_effective_time=by_effective_time,
        only_file=only_file,
        confirm=confirm,
        all_matched=all_matched,
        html=html,
        as_json=as_json,
    )
    sys.exit(_run(lambda: run_reconcile(options), failed=CANNOT_RUN))


@cli.command()
def bench(quick: Annotated[bool, typer.Option(help="Under a minute instead of six.")] = False) -> None:
    """Measure the ledger on this machine, as ratios of one run. Needs a checkout of the project."""
    from ledgerd.cli.bench import run_bench  # noqa: PLC0415

    sys.exit(run_bench(console, quick=quick))


def _read_config() -> config.Config:
    try:
        return config.read(os.environ)
    except config.ConfigError as error:
        print(error, file=sys.stderr)
        sys.exit(_WRONG_SETTING)


def _configure_logs(settings: config.Config) -> None:
    logs.configure(level=settings.log_level, as_json=settings.log_json)
    logs.take_over()
    for name, meant in config.unknown(os.environ):
        log.warning("unknown setting", name=name, nearest=meant)


def _run(work: Callable[[], Awaitable[Any]], *, failed: int = 1) -> Any:
    """Run on uvloop where it is installed. If the command fails, say why and exit with ``failed``."""
    try:
        import uvloop  # noqa: PLC0415  (optional)

        run: Any = uvloop.run
    except ImportError:
        run = asyncio.run

    async def watched() -> Any:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None
        logs.take_over_loop(loop)
        # SIGTERM acts as Ctrl-C does: unfinished work is undone. A command that stops otherwise sets its own handler.
        loop.add_signal_handler(signal.SIGTERM, task.cancel)
        return await work()

    try:
        return run(watched())
    except (embedded.EmbeddedError, starting.CannotStart, MigrationError) as error:
        sentence = str(error)
        print(sentence[:1].upper() + sentence[1:], file=sys.stderr)
        sys.exit(failed)
    except asyncio.CancelledError:
        sys.exit(_SIGNALLED + signal.SIGTERM)
    except KeyboardInterrupt:
        sys.exit(_SIGNALLED + signal.SIGINT)
    except Exception as error:  # noqa: BLE001  (as in main; but for verify 1 means that differences were found)
        print(_unforeseen(error), file=sys.stderr)
        sys.exit(failed)


def _unforeseen(error: Exception) -> str:
    return f"ledgerd failed:\n{logs.describe_as_text(error)}"


async def _work(settings: config.Config) -> int:
    """Run the workers on the configured database. An embedded one must be running, because another server owns it."""
    dsn = settings.database_url or await embedded.attach(settings.data_dir)
    return await _serve(settings.model_copy(update={"database_url": dsn}), serves=False)


async def _serve(settings: config.Config, *, serves: bool = True) -> int:
    from ledgerd.app import App  # noqa: PLC0415  (imports grpc)

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    app = App(settings, serves=serves)
    starts = asyncio.create_task(app.start())
    waits = [asyncio.create_task(event.wait()) for event in (stop, app.failed)]
    await asyncio.wait([starts, *waits], return_when=asyncio.FIRST_COMPLETED)
    if not starts.done():
        starts.cancel()
        await asyncio.wait([starts])
    if not starts.cancelled():
        await starts
        # The objects built so far live as long as the process, so the collector need not scan them again.
        # Batches of thousands of short-lived objects should not start it too often.
        gc.freeze()
        gc.set_threshold(50_000, 20, 50)
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        await app.stop()
    for wait in waits:
        wait.cancel()
    return 1 if app.failed.is_set() else 0


async def _with_connection(settings: config.Config, work: Callable[[asyncpg.Connection], Awaitable[Any]]) -> Any:
    """Connect to the server of the configured database that takes writes."""
    from ledgerd.store import connecting  # noqa: PLC0415

    async def connected(dsn: str) -> Any:
        connection = await connecting.connect(dsn)
        try:
            return await work(connection)
        finally:
            await connection.close()

    return await _with_database(settings, connected)


async def _with_database(settings: config.Config, work: Callable[[str], Awaitable[Any]]) -> Any:
    """Run ``work`` with the configured database's DSN. An embedded PostgreSQL may be running already, or is started for
    this command."""
    started: embedded.EmbeddedPostgres | None = None
    dsn = settings.database_url
    if dsn is None:
        dsn, started = await _attach_or_start(settings.data_dir)
    try:
        with starting.using_database():
            return await work(dsn)
    finally:
        if started is not None:
            await started.stop()


async def _attach_or_start(data_dir: Path | None) -> tuple[str, embedded.EmbeddedPostgres | None]:
    try:
        return await embedded.attach(data_dir), None
    except embedded.EmbeddedError:
        started = await embedded.EmbeddedPostgres.start(data_dir)
        return started.dsn, started


async def _migrate(connection: asyncpg.Connection, *, new_epoch: bool) -> None:
    from ledgerd.store import migrate as migrations  # noqa: PLC0415

    applied = await migrations.migrate(connection)
    console.print(f"applied: {', '.join(applied)}" if applied else "nothing to apply")
    if new_epoch:
        await migrations.renew_epoch(connection)
        console.print("the journal has a new epoch")
