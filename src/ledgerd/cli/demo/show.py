"""What the demo prints: lines, bars on a terminal, tables."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from ledgerd.cli.demo.checks import Check
from ledgerd.cli.demo.company import COUNTRIES
from ledgerd.core.model.amount import decimal_text

Rate = tuple[str, int, str, float]
"""A step: its name, how many of what it did, in how many seconds."""


def money(minor: int, precision: int) -> str:
    """Minor units in major units, for people: (-1205000, 100) → "-12,050.00"."""
    whole, point, decimals = decimal_text(abs(minor), precision).partition(".")
    return f"{'-' if minor < 0 else ''}{int(whole):,}{point}{decimals}"


def step(console: Console, number: int, text: str) -> None:
    """The heading of a step."""
    console.print(f"\n[bold cyan]{number}[/bold cyan] [bold]{text}[/bold]", highlight=False)


def line(console: Console, text: str) -> None:
    """One line of what happened."""
    console.print(f"  {text}", highlight=False, soft_wrap=True)


class Bar:
    """A progress bar that the caller moves."""

    def __init__(self, progress: Progress, name: str, total: int) -> None:
        self._progress = progress
        self._task = progress.add_task(name, total=total)

    def advance(self, steps: int) -> None:
        """Move by so many."""
        self._progress.advance(self._task, steps)

    def reach(self, completed: int) -> None:
        """Move to this number."""
        self._progress.update(self._task, completed=completed)


@contextmanager
def bar(console: Console, name: str, total: int) -> Iterator[Bar]:
    """A progress bar. Without a terminal there is none: its lines would only repeat the next message."""
    columns = (
        TextColumn("  {task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        yield Bar(progress, name, total)


def countries_table(paid: Mapping[str, int], employees: Mapping[str, int]) -> Table:
    """The paid sums by country, from the ledger."""
    table = Table(title="Paid")
    table.add_column("country")
    table.add_column("currency")
    table.add_column("employees", justify="right")
    table.add_column("paid", justify="right")
    for country in COUNTRIES:
        amount = money(paid[country.code], country.precision)
        table.add_row(country.name, country.currency, f"{employees[country.code]:,}", amount)
    table.add_section()
    table.add_row("all", "", f"{sum(employees.values()):,}", "")
    return table


def rates_table(rates: Sequence[Rate]) -> Table:
    """How fast each step was."""
    table = Table(title="Rates")
    table.add_column("step")
    table.add_column("done", justify="right")
    table.add_column("seconds", justify="right")
    table.add_column("per second", justify="right")
    for name, count, what, seconds in rates:
        table.add_row(name, f"{count:,} {what}", f"{seconds:.2f}", f"{count / seconds:,.0f}")
    return table


def rejection_table(facts: Mapping[str, str]) -> Table:
    """The rejected payment: the rule and the numbers."""
    table = Table(title="The rejection", show_header=False)
    for name, value in facts.items():
        table.add_row(name, value)
    return table


def checks_table(checks: Sequence[Check]) -> Table:
    """Every check, and what was found where it failed."""
    table = Table(title="What had to hold", show_header=False)
    table.add_column(ratio=1)
    table.add_column()
    for check in checks:
        verdict = "[green]yes[/green]" if check.holds else f"[red]no: {escape(check.found[:500])}[/red]"
        table.add_row(check.statement, verdict)
    return table
