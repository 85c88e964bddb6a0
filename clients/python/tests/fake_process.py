"""The fake ledger in a process of its own, for clients that have an event loop in this one.

    python fake_process.py [FAULT ...]      (a fault is "after:kind", one for each stream)

Prints its address, then records an event for every line that it reads, and ends with its input.
"""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from fake_ledger import Fault, info, serving
from grpc import StatusCode


async def _main() -> None:
    async with serving() as ledger:
        for argument in sys.argv[1:]:
            after, kind = argument.split(":")
            if kind == "poor":
                ledger.scenario.unary_failures = [(StatusCode.FAILED_PRECONDITION, [info("INSUFFICIENT_FUNDS")])]
            else:
                ledger.scenario.faults.append(Fault(int(after), kind))
        print(ledger.target, flush=True)  # noqa: T201
        while await asyncio.to_thread(sys.stdin.readline):
            await ledger.journal.record()
            print(flush=True)  # noqa: T201


@dataclass
class RemoteLedger:
    target: str
    _input: IO[str]
    _output: IO[str]

    def record(self) -> None:
        """An event happens; it has happened when this returns."""
        print(file=self._input, flush=True)
        self._output.readline()


@contextmanager
def serving_elsewhere(*faults: str) -> Iterator[RemoteLedger]:
    command = [sys.executable, __file__, *faults]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield RemoteLedger(process.stdout.readline().strip(), process.stdin, process.stdout)
        finally:
            process.stdin.close()


if __name__ == "__main__":
    asyncio.run(_main())
