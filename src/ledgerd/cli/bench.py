"""``ledgerd bench``: runs the measurements of the source tree, which are not installed with the package."""

import os
import subprocess
import sys
from pathlib import Path

from rich.console import Console

_TREE = Path(__file__).resolve().parents[3]


def run_bench(console: Console, *, quick: bool) -> int:
    """Measure in a separate process. Returns its exit code, or 2 where there is no source tree."""
    if not (_TREE / "bench" / "__main__.py").exists():
        console.print("[red]The measurements are part of the source tree: run `make bench` there.[/red]")
        return 2
    process = subprocess.Popen([sys.executable, "-m", "bench"], cwd=_TREE, env=os.environ | {"QUICK": str(int(quick))})
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            # The terminal sent the signal to the bench as well: it is stopping its servers.
            continue
