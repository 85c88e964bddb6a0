"""What the operating system knows: CPU seconds and memory of processes, and plain facts of the machine.

Read from /proc; where there is none the figures are left out.
"""

import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
HAS_PROC = (_PROC / "self" / "stat").exists()


@dataclass(frozen=True, slots=True)
class CpuSeconds:
    """CPU seconds spent by the ledgerd processes and by PostgreSQL."""

    server: float = 0.0
    postgres: float = 0.0

    @property
    def total(self) -> float:
        return self.server + self.postgres

    def since(self, before: "CpuSeconds") -> "CpuSeconds":
        return CpuSeconds(self.server - before.server, self.postgres - before.postgres)


def cpu_seconds(server_pids: list[int], postmaster_pid: int) -> CpuSeconds:
    """CPU used so far, PostgreSQL's backends included."""
    if not HAS_PROC:
        return CpuSeconds()
    server = cpu_of(*server_pids)
    postmaster = _process(postmaster_pid)
    living = sum(process.own for process in _processes() if process.parent_pid == postmaster_pid)
    return CpuSeconds(server, postmaster.own + postmaster.of_ended_children + living)


class Others:
    """How much of the CPU went to what is not ours, the kernel's own threads included."""

    def __init__(self, ours: Callable[[], float]) -> None:
        self._ours = ours
        self._begun = time.monotonic()
        self._before = _busy_seconds() - ours()

    def share(self) -> float:
        """Since the beginning, as a share of all cores."""
        seconds = (time.monotonic() - self._begun) * (os.cpu_count() or 1)
        return (_busy_seconds() - self._ours() - self._before) / seconds


def cpu_of(*pids: int) -> float:
    """CPU seconds that these processes have used so far."""
    return sum(_process(pid).own for pid in pids) if HAS_PROC else 0.0


def rss_mib(pid: int) -> float | None:
    """Resident memory of one process."""
    try:
        status = (_PROC / str(pid) / "status").read_text(encoding="ascii")
    except OSError:
        return None
    for line in status.splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return None


def children(pid: int) -> list[int]:
    """The processes that a process started and that have not ended."""
    try:
        return [int(child) for child in (_PROC / f"{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def facts() -> dict[str, object]:
    """What a reader needs to place the figures; nothing that names the machine."""
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    return {
        "cores": os.cpu_count(),
        "memory_gib": round(memory_gib, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }


@dataclass(frozen=True, slots=True)
class _Process:
    parent_pid: int
    own: float
    of_ended_children: float


def _busy_seconds() -> float:
    """CPU seconds that the whole machine has used since it started."""
    if not HAS_PROC:
        return 0.0
    numbers = [int(field) for field in (_PROC / "stat").read_text(encoding="ascii").split(maxsplit=9)[1:9]]
    user, nice, system, _, _, interrupts, soft_interrupts, stolen = numbers
    return (user + nice + system + interrupts + soft_interrupts + stolen) / _TICKS_PER_S


def _process(pid: int) -> _Process:
    try:
        text = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return _Process(0, 0.0, 0.0)
    # After the name, which is in parentheses and may hold anything, come state, parent, …
    fields = text.rpartition(")")[2].split()
    user, system, children_user, children_system = (int(field) / _TICKS_PER_S for field in fields[11:15])
    return _Process(int(fields[1]), user + system, children_user + children_system)


def _processes() -> list[_Process]:
    return [_process(int(entry.name)) for entry in _PROC.iterdir() if entry.name.isdigit()]
