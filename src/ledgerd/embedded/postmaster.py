"""Finds the postmaster of a data directory, by more than the number in its pid file."""

import contextlib
import os
import subprocess
from pathlib import Path

from ledgerd.embedded.layout import Layout

_PROC = Path("/proc")


def running_postmaster(pgdata: Path) -> int | None:
    """The process id of the postmaster that runs on `pgdata`, or None.

    A zombie still has its number, because PID 1 may reap late. After a restart of a container the number
    belongs to another process. Both seem to be alive. The command line shows the difference: a zombie has
    none, and another process has a different one, even if it contains the directory, as that of a backup
    or an editor may.
    """
    pid = _recorded_pid(pgdata)
    if pid is None:
        return None
    program, _, arguments = _command_line(pid).partition(" -D ")
    return pid if os.path.basename(program) == "postgres" and f"{arguments} ".startswith(f"{pgdata} ") else None


def disarm_stale_lock_files(layout: Layout) -> None:
    """Let the next postgres see that these files are stale. Call it only when no postgres runs.

    postgres itself only checks whether the process with the number in them is alive, but it takes the number
    of its parent, which is this process, as stale. The files are not deleted: their line about shared memory
    keeps a new postgres from starting while children of the old one still write.
    """
    for path in (layout.pgdata / "postmaster.pid", layout.socket.with_name(f"{layout.socket.name}.lock")):
        with contextlib.suppress(FileNotFoundError):
            _replace_first_line(path, str(os.getpid()).encode())


def _replace_first_line(path: Path, line: bytes) -> None:
    with open(os.open(path, os.O_RDWR | os.O_NOFOLLOW), "r+b") as file:
        rest = file.read().partition(b"\n")[2]
        file.seek(0)
        file.truncate()
        file.write(line + b"\n" + rest)


def _recorded_pid(pgdata: Path) -> int | None:
    try:
        return int((pgdata / "postmaster.pid").read_text(encoding="ascii").split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None


def _command_line(pid: int) -> str:
    if (_PROC / "self").exists():
        try:
            return os.fsdecode((_PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" "))
        except (FileNotFoundError, ProcessLookupError):
            return ""
    ps = subprocess.run(["ps", "-ww", "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return ps.stdout
