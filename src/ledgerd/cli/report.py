"""The result of the proof of the books as a table, and its progress while it runs."""

import time

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ledgerd.operations.verify import Progress, Report

_FAULTS_SHOWN = 100
_LINE_SECONDS = 10.0


class ProgressShown:
    """Shows the progress of a proof: on a terminal in one line that changes, elsewhere in a line every ten seconds."""

    def __init__(self, console: Console, *, line_seconds: float = _LINE_SECONDS) -> None:
        self._console = console
        self._line_seconds = line_seconds
        self._begun = self._told_at = time.monotonic()
        self._status = console.status("verifying") if console.is_terminal else None

    def __enter__(self) -> "ProgressShown":
        if self._status is not None:
            self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._status is not None:
            self._status.stop()

    def __call__(self, progress: Progress) -> None:
        now = time.monotonic()
        rate = progress.done / max(now - self._begun, 1e-3)
        text = f"verifying: {progress.step}, {progress.done:,} of {progress.total:,} entries read, {rate:,.0f}/s"
        if self._status is not None:
            self._status.update(text)
        elif now - self._told_at >= self._line_seconds:
            self._told_at = now
            self._console.print(text, soft_wrap=True)


def print_report(console: Console, report: Report) -> None:
    """Print what was proved, then every difference, then the head, to be kept."""
    table = Table(title="The books", show_header=False)
    if report.since is None:
        table.add_row("transactions", f"{report.transactions:,}")
    else:
        table.add_row("proved since position", f"{report.since.position:,}")
    table.add_row("balances", f"{report.balances:,}")
    table.add_row("commits read", f"{report.commits:,}")
    table.add_row("entries read", f"{report.entries:,}")
    for check in report.checks:
        wrong = any(fault.startswith(f"{check}:") for fault in report.faults)
        table.add_row(check, "[red]no[/red]" if wrong else "[green]yes[/green]")
    console.print(table)
    for fault in report.faults[:_FAULTS_SHOWN]:
        console.print(f"[red]{escape(fault)}[/red]", soft_wrap=True)
    more = len(report.faults) - _FAULTS_SHOWN + report.faults_unlisted
    if more > 0:
        console.print(f"[red]… and {more:,} more[/red]")
    _print_limits(console, report)
    console.print(f"head {report.head}", soft_wrap=True, highlight=False)
    console.print("[red]The books do not hold.[/red]" if report.faults else "[green]The books hold.[/green]")


def _print_limits(console: Console, report: Report) -> None:
    """Print what this proof does not cover."""
    if report.since is not None:
        text = (
            f"What precedes position {report.since.position} was not proved again, except where later entries concern "
            "it. Every balance was compared with its last movement."
        )
        console.print(text, soft_wrap=True, highlight=False)
    if report.untold:
        text = (
            f"{report.untold:,} ledgers, balances, identities or monitors were last changed before the journal told "
            "settings: what they are set to was not proved."
        )
        console.print(text, soft_wrap=True, highlight=False)
