"""The figures as a table on the screen and as ``results/latest.json``."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.figures import Figure, Figures

_FAULTS_SHOWN = 20
_DISTURBED = 0.10
"""Share of the CPU used by others from which on the figures deserve a warning."""
RESULT = Path(__file__).with_name("results") / "latest.json"


@dataclass(frozen=True, slots=True)
class Bar:
    """What a figure is held against."""

    limit: float
    at_least: bool = True
    unit: str = ""

    def met(self, value: float) -> bool:
        return value >= self.limit if self.at_least else value <= self.limit

    def text(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.limit:g}{self.unit}"


BARS = {
    "bulk_over_copy": Bar(0.40),
    "hot_over_uniform": Bar(1.0),
    "unary_over_noop": Bar(0.5),
    "get_over_noop": Bar(0.6),
    "get_beside_lists": Bar(3, at_least=False),
    "queue_over_bulk": Bar(0.6),
    "two_process_hot": Bar(0.5),
    "two_process_least_share": Bar(0.2),
    "watch_p99_ms": Bar(50, at_least=False, unit=" ms"),
    "reconcile_over_join": Bar(6, at_least=False),
    "posting_beside_reconciling": Bar(0.7),
    "grouped_s": Bar(60, at_least=False, unit=" s"),
    "reconcile_rss_growth_mib": Bar(300, at_least=False, unit=" MiB"),
    "rss_growth_mib": Bar(100, at_least=False, unit=" MiB"),
}
RATES = (
    ("raw COPY, rows/s", "copy_rows_per_s", None),
    ("bulk, uniform, tx/s", "bulk_tx_per_s", "bulk_over_copy"),
    ("bulk, one hot source, tx/s", "bulk_hot_tx_per_s", "hot_over_uniform"),
    ("queue accepted, tx/s", "accept_tx_per_s", None),
    ("queue applied, tx/s", "queue_tx_per_s", "queue_over_bulk"),
    ("no-op, 64 in flight, /s", "noop_per_s", None),
    ("unary posting, 64 in flight, /s", "unary_per_s", "unary_over_noop"),
    ("GetBalance, 64 in flight, /s", "get_balance_per_s", "get_over_noop"),
    ("10 hot, 1 process, tx/s", "one_process_hot_tx_per_s", None),
    ("10 hot, 2 processes, tx/s", "two_process_hot_tx_per_s", "two_process_hot"),
)


def show(console: Console, figures: Figures) -> None:
    """Print everything that was measured, and what it is held against."""
    table = Table(title="ledgerd, durable, everything on this machine")
    table.add_column("figure")
    for column in ("median", "spread", "ratio", "bar", "met", "CPU µs each*"):
        table.add_column(column, justify="right", no_wrap=True)
    for label, name, ratio in RATES:
        table.add_row(label, *_rate_cells(figures, figures.rates[name], ratio))
    table.add_section()
    table.add_row("smaller share of the two", *_value_cells(figures, "two_process_least_share", ".2f", ""))
    table.add_row("GetBalance, p99, alone", *_value_cells(figures, "get_alone_p99_ms", ".1f", " ms"))
    table.add_row("GetBalance, p99, beside 15 lists", *_value_cells(figures, "get_beside_lists_p99_ms", ".1f", " ms"))
    table.add_row("the second over the first", *_value_cells(figures, "get_beside_lists", ".2f", ""))
    table.add_row("reconciling over a bare join", *_value_cells(figures, "reconcile_over_join", ".2f", ""))
    table.add_row("posting beside reconciling", *_value_cells(figures, "posting_beside_reconciling", ".2f", ""))
    grouped = f"groups by search, {figures.facts['groups_found']:,} and {figures.facts['groups_disputed']} disputed"
    table.add_row(grouped, *_value_cells(figures, "grouped_s", ".1f", " s"))
    if "reconcile_rss_growth_mib" in figures.values:
        table.add_row("memory of a run", *_value_cells(figures, "reconcile_rss_growth_mib", ".1f", " MiB"))
    for name in (value for value in figures.values if value.startswith("watch_")):
        table.add_row(_watch_label(name), *_value_cells(figures, name, ".1f", " ms"))
    if "rss_growth_mib" in figures.values:
        label = f"memory, {figures.facts['streamed_rows']:,} drafts later"
        table.add_row(label, *_value_cells(figures, "rss_growth_mib", ".1f", " MiB"))
    console.print(table)
    if figures.facts["others_cpu_share"] > _DISTURBED:
        share = f"{figures.facts['others_cpu_share']:.0%}"
        console.print(f"[yellow]Other programs used {share} of this machine's CPU meanwhile.[/yellow]")
    console.print("* of ledgerd · PostgreSQL · the load maker", style="dim")
    console.print(_facts_line(figures.facts), style="dim", highlight=False)
    for fault in figures.faults[:_FAULTS_SHOWN]:
        console.print(f"[red]{fault}[/red]")
    if len(figures.faults) > _FAULTS_SHOWN:
        console.print(f"[red]… and {len(figures.faults) - _FAULTS_SHOWN:,} more[/red]")
    proved = "proved from the whole history" if figures.facts["history_proved"] else "sums and counts checked"
    console.print(
        "[red]The books do not hold.[/red]" if figures.faults else f"[green]The books hold[/green] ({proved})."
    )


def write(figures: Figures, path: Path = RESULT) -> None:
    """Write the same as JSON."""
    content: dict[str, Any] = {name: round(figure.median, 1) for name, figure in figures.rates.items()}
    content |= {name: round(value, 3) for name, value in figures.values.items()}
    content["met"] = {name: bar.met(figures.values[name]) for name, bar in BARS.items() if name in figures.values}
    content["rounds"] = {name: [round(rate, 1) for rate in figure.rates] for name, figure in figures.rates.items()}
    content["cpu_us_each"] = {name: figure.cpu_us_each() for name, figure in figures.rates.items()}
    content["books_hold"] = not figures.faults
    content["facts"] = figures.facts
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def _rate_cells(figures: Figures, figure: Figure, ratio: str | None) -> tuple[str, ...]:
    spread = f"{min(figure.rates):,.0f} to {max(figure.rates):,.0f}" if len(figure.rates) > 1 else ""
    cpu = " · ".join(f"{cost:.0f}" for cost in figure.cpu_us_each().values())
    if ratio is None:
        return (f"{figure.median:,.0f}", spread, "", "", "", cpu)
    value = figures.values[ratio]
    return (f"{figure.median:,.0f}", spread, f"{value:.2f}", BARS[ratio].text(), _met(ratio, value), cpu)


def _value_cells(figures: Figures, name: str, form: str, unit: str) -> tuple[str, ...]:
    value = figures.values[name]
    bar = BARS.get(name)
    return (f"{value:{form}}{unit}", "", "", bar.text() if bar else "", _met(name, value), "")


def _met(name: str, value: float) -> str:
    if name not in BARS:
        return ""
    return "[green]yes[/green]" if BARS[name].met(value) else "[red]no[/red]"


def _watch_label(name: str) -> str:
    share, _, watchers = name.rpartition("_ms")
    which = "p50" if "p50" in share else "p99"
    origin = "reply" if "after_reply" in share else "send" if "from_send" in share else "commit"
    return f"watch, {origin} to event, {which}, {watchers.strip('_') or '100'}"


def _facts_line(facts: dict[str, Any]) -> str:
    return (
        f"{facts['cores']} cores, {facts['memory_gib']} GiB, Python {facts['python']}, "
        f"PostgreSQL {facts['postgresql']}, fsync {facts['fsync']}, synchronous_commit {facts['synchronous_commit']}, "
        f"{facts['transactions']:,} transactions, {facts['seconds']:.0f} s"
    )
