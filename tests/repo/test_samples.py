"""The samples of the Python client print what is kept beside them, against a real server.

What differs from one run to the next is replaced by a name and a number: the first transaction id in the output is
`<transaction 1>` wherever it appears. `KEEP_SAMPLE_OUTPUT=1 pytest tests/repo/test_samples.py` writes the files anew.
"""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.conftest import Server
from tests.repo.documents import ROOT

SAMPLES = ROOT / "clients/python/samples"
PATIENCE_SECONDS = 60
CHANGING = re.compile(
    r"(?P<transaction>\btxn_[0-7][0-9a-z]{25}\b)"
    r"|(?P<cursor>(?<=watching from )\S+)"
    r"|(?P<run>\b[0-9a-f]{32}\b)"
)
"""What no two runs have in common, by the name of its placeholder."""


class Console:
    """A terminal: what is typed into it, and what stays on the screen."""

    def __init__(self, address: str, folder: Path) -> None:
        self._address = address
        self._folder = folder
        self.screen = ""

    async def run(self, sample: str, *arguments: str) -> None:
        """Run a sample to its end."""
        async with self._started(sample, *arguments) as process:
            printed, _ = await process.communicate()
        assert process.returncode == 0, printed.decode()
        self.screen += printed.decode()

    @asynccontextmanager
    async def running(self, sample: str, *arguments: str) -> AsyncIterator["Running"]:
        """Run a sample that does not end on its own; at the end of the block Ctrl-C is pressed."""
        async with self._started(sample, *arguments) as process:
            running = Running(process)
            yield running
            process.send_signal(signal.SIGINT)
            assert await process.wait() == 0
        self.screen += running.printed + "^C\n"

    @asynccontextmanager
    async def _started(self, sample: str, *arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
        self.screen += " ".join(("$ python", f"samples/{sample}", "localhost:50051", *arguments)) + "\n"
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, str(SAMPLES / sample), self._address, *arguments),
            cwd=self._folder,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            # Tests may run in the background of a shell, where Ctrl-C is ignored: that would be inherited.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                yield process
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


class Running:
    """A sample that goes on until it is stopped."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.printed = ""

    async def line(self) -> None:
        """Wait until it printed another line."""
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        assert line, self.printed
        self.printed += line.decode()


def as_it_stays(printed: str) -> str:
    """What a reader sees: a line that was written over shows its last text, and what changes has a placeholder."""
    seen: dict[str, dict[str, int]] = {}

    def placeholder(found: re.Match[str]) -> str:
        name = found.lastgroup or ""
        numbers = seen.setdefault(name, {})
        return f"<{name} {numbers.setdefault(found[0], len(numbers) + 1)}>"

    lines = [line.rpartition("\r")[2] for line in printed.split("\n")]
    return CHANGING.sub(placeholder, "\n".join(lines))


async def quickstart(console: Console, _server: Server) -> None:
    await console.run("quickstart.py")


async def bulk(console: Console, _server: Server) -> None:
    await console.run("bulk.py", "2000")


async def watch(console: Console, server: Server) -> None:
    """While it watches, and while it does not, payments are made."""
    beside = Console(server.target, ROOT)
    async with console.running("watch.py", "cursor.txt") as watching:
        await watching.line()
        await beside.run("quickstart.py")
        await watching.line()
    await beside.run("quickstart.py")
    async with console.running("watch.py", "cursor.txt") as watching:
        await watching.line()
        await watching.line()


RUNS = {"quickstart": quickstart, "bulk": bulk, "watch": watch}


def test_every_sample_is_run_and_its_output_is_kept() -> None:
    assert {path.stem for path in SAMPLES.glob("*.py")} == RUNS.keys()
    assert {path.stem for path in SAMPLES.glob("*.txt")} == RUNS.keys()


@pytest.mark.parametrize("name", RUNS)
async def test_a_sample_prints_what_is_kept_beside_it(server: Server, tmp_path: Path, name: str) -> None:
    console, kept = Console(server.target, tmp_path), SAMPLES / f"{name}.txt"
    await RUNS[name](console, server)
    printed = as_it_stays(console.screen)
    if os.environ.get("KEEP_SAMPLE_OUTPUT"):
        kept.write_text(printed)
    assert printed == kept.read_text()
