"""The proof of the books as a table."""

from rich.console import Console
from rich.table import Table

from ledgerd.operations.verify import Report

_FAULTS_SHOWN = 100


def print_report(console: Console, report: Report) -> None:
    """Print what was proved, then every difference."""
    table = Table(title="The books", show_header=False)
    table.add_row("transactions", f"{report.transactions:,}")
    table.add_row("balances", f"{report.balances:,}")
    table.add_row("commits", f"{report.commits:,}")
    table.add_row("head", report.head[:32] + "…")
    for check in report.checks:
        wrong = sum(fault.startswith(check) for fault in report.faults)
        table.add_row(check, "[red]no[/red]" if wrong else "[green]yes[/green]")
    console.print(table)
    for fault in report.faults[:_FAULTS_SHOWN]:
        console.print(f"[red]{fault}[/red]", soft_wrap=True)
    if len(report.faults) > _FAULTS_SHOWN:
        console.print(f"[red]… and {len(report.faults) - _FAULTS_SHOWN:,} more[/red]")
    console.print("[red]The books do not hold.[/red]" if report.faults else "[green]The books hold.[/green]")
