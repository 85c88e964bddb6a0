"""Processes of work that begin at once: a process that has imported their module before forks one for each.

To import what reading and matching need takes a process longer than most tests do. Servers that tests start with
``ledgerd serve`` begin their processes as servers in use do.

    python -m tests.warm PATH MODULE      (forks for whoever calls at the socket PATH, until its input ends)
"""

import contextlib
import importlib
import os
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

MODULES = ("ledgerd.workers.matching", "ledgerd.workers.reading", "ledgerd.workers.proving")
_FOLDER = Path(tempfile.gettempdir()) / f"lgw{os.getpid()}"
_CLIENT = """
import os, sys, _socket
path, module = sys.argv[1:]
caller = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
try:
    caller.connect(path)
except OSError:
    os.execv(sys.executable, [sys.executable, "-m", module])
numbers = b"".join(number.to_bytes(4, sys.byteorder) for number in (0, 1, 2))
caller.sendmsg([b"."], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, numbers)])
os.close(0)
os.close(1)
code = caller.recv(1)
os._exit(code[0] if code else 1)
"""
"""Its beginning takes some milliseconds: it imports what Python has built in, and nothing else."""


def command(module: str) -> tuple[str, ...]:
    """What does the work of a module: with its imports done, or where nothing is warm, as in use."""
    return sys.executable, "-I", "-S", "-c", _CLIENT, str(_path(module)), module


def _path(module: str) -> Path:
    return _FOLDER / module.rpartition(".")[2]


@contextlib.contextmanager
def warm() -> Iterator[None]:
    """Keep a process for each module meanwhile."""
    _FOLDER.mkdir()
    running = [
        subprocess.Popen([sys.executable, "-m", "tests.warm", _path(module), module], stdin=subprocess.PIPE)
        for module in MODULES
    ]
    try:
        yield
    finally:
        for process in running:
            assert process.stdin is not None
            process.stdin.close()
            process.wait()
        shutil.rmtree(_FOLDER, ignore_errors=True)


class _Forks:
    """The processes under way, each with the connection of its caller."""

    def __init__(self, module: str) -> None:
        self._main = importlib.import_module(module).main
        self._ready = selectors.DefaultSelector()

    def serve(self, path: str) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
            listener.bind(path)
            listener.listen()
            self._ready.register(listener, selectors.EVENT_READ, lambda: self._fork(listener))
            self._ready.register(sys.stdin, selectors.EVENT_READ, None)
            while True:
                # One at a time: what it does may end the others.
                key, _ = self._ready.select()[0]
                if key.data is None:
                    return
                key.data()

    def _fork(self, listener: socket.socket) -> None:
        caller, _ = listener.accept()
        _, given, _, _ = socket.recv_fds(caller, 1, 3)
        child = os.fork()
        if not child:
            self._work(given)
        for number in given:
            os.close(number)
        ended = os.pidfd_open(child)
        self._ready.register(caller, selectors.EVENT_READ, lambda: self._kill(ended, caller))
        self._ready.register(ended, selectors.EVENT_READ, lambda: self._end(child, ended, caller))

    def _work(self, given: list[int]) -> None:
        code = 1
        try:
            os.setsid()
            for place, number in enumerate(given):
                os.dup2(number, place)
            os.closerange(3, 1_024)
            self._main()
            sys.stdout.flush()
            code = 0
        finally:
            os._exit(code)

    def _kill(self, ended: int, caller: socket.socket) -> None:
        self._ready.unregister(caller)
        signal.pidfd_send_signal(ended, signal.SIGKILL)

    def _end(self, child: int, ended: int, caller: socket.socket) -> None:
        _, status = os.waitpid(child, 0)
        with contextlib.suppress(KeyError):
            self._ready.unregister(caller)
        self._ready.unregister(ended)
        os.close(ended)
        with contextlib.suppress(OSError):
            caller.sendall(bytes([os.waitstatus_to_exitcode(status) & 0xFF]))
        caller.close()


if __name__ == "__main__":
    _Forks(sys.argv[2]).serve(sys.argv[1])
