"""What the operating system knows: CPU seconds and memory of processes, and plain facts of the machine.

Read from /proc; where there is none the figures are left out.
"""

import os
import platform
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

    def since(self, before: "CpuSeconds") -> "CpuSeconds":
        return CpuSeconds(self.server - before.server, self.postgres - before.postgres)


def cpu_seconds(server_pids: list[int], postmaster_pid: int) -> CpuSeconds:
    """CPU used so far, PostgreSQL's backends included."""
    if not HAS_PROC:
        return CpuSeconds()
    server = sum(_process(pid).own for pid in server_pids)
    postmaster = _process(postmaster_pid)
    living = sum(one.own for one in _processes() if one.parent_pid == postmaster_pid)
    return CpuSeconds(server, postmaster.own + postmaster.of_ended_children + living)


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


def _process(pid: int) -> _Process:
    try:
        text = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return _Process(0, 0.0, 0.0)
    # After the name, which is in parentheses and may hold anything, come state, parent, …
    fields = text.rpartition(")")[2].split()
    user, system, children_user, children_system = (int(one) / _TICKS_PER_S for one in fields[11:15])
    return _Process(int(fields[1]), user + system, children_user + children_system)


def _processes() -> list[_Process]:
    return [_process(int(entry.name)) for entry in _PROC.iterdir() if entry.name.isdigit()]
