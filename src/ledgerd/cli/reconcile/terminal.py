"""What the command prints: texts of others are shown, and never drive the terminal."""

import io
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from ledgerd.reconciliation.report.texts import shown


class CannotRun(Exception):
    """The command could not run. The message is a sentence for the user."""


class _Output(Console):
    """Standard output. That nobody reads it ends the printing only, not the command."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


@contextmanager
def output() -> Iterator[Console]:
    """Standard output, for all that is printed. Who reads it may stop, as head does: the exit code says the rest."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # A bank's text may have what the terminal cannot show.
    try:
        yield _Output()
        sys.stdout.flush()
    except BrokenPipeError:
        # What is not written yet would be an error again when Python ends.
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), sys.stdout.fileno())


class Printer:
    """Prints lines and tables. Nothing in them is markup, and what would move the cursor or hide is shown as a mark."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def line(self, text: str, style: str = "") -> None:
        """One line, however long."""
        self._console.print(Text(shown(text), style=style), soft_wrap=True)

    def table(self, title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], *, texts: int = 1) -> None:
        """A table. The first columns have texts, the others amounts and counts, which stand on the right."""
        made = Table(title=Text(shown(title)), title_justify="left", show_header=any(columns))
        for place, column in enumerate(columns):
            made.add_column(column, justify="left" if place < texts else "right", overflow="fold")
        for row in rows:
            made.add_row(*(Text(shown(cell)) for cell in row))
        self._console.print(made)


class Progressing:
    """How far the command is: a bar on a terminal, nothing elsewhere."""

    def __init__(self, console: Console) -> None:
        self._bars = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.fields[count]}", markup=False),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task: TaskID | None = None

    def __enter__(self) -> "Progressing":
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def show(self, doing: str, count: str = "", *, done: int = 0, total: int | None = None) -> None:
        """What is done now, and how much of it is done; without a total the bar only moves."""
        if self._task is None:
            self._task = self._bars.add_task(doing, count=count)
        self._bars.update(self._task, description=shown(doing), count=count, completed=done, total=total)
