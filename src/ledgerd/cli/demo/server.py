"""A real server in a separate process, on an embedded PostgreSQL in a separate directory."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Self

from ledgerd import embedded
from ledgerd.cli import health
from ledgerd.cli.demo.checks import DemoFailed

_START_SECONDS = 60.0
_STOP_SECONDS = 30.0
_POLL_SECONDS = 0.05
_LOG_LINES_SHOWN = 15


class DemoServer:
    """The server's process and its files, which `remove` deletes."""

    def __init__(self) -> None:
        # Short, because a socket's path below it may not be longer than about a hundred bytes.
        self.directory = Path(tempfile.mkdtemp(prefix="ledgerd-"))
        if os.geteuid() == 0:
            # Under root, PostgreSQL runs as another user, who must be able to enter its own directory.
            self.directory.chmod(0o711)
        self.data_dir = self.directory / "db"
        self._log = self.directory / "server.log"
        self._process: subprocess.Popen[bytes] | None = None
        self.target = ""

    async def start(self) -> Self:
        """Start it and wait until it serves. Raises DemoFailed when it does not."""
        environment = {name: value for name, value in os.environ.items() if not _is_setting(name)}
        environment |= {"LEDGERD_DATA_DIR": str(self.data_dir), "LEDGERD_LISTEN": "127.0.0.1:0"}
        with self._log.open("wb") as log:
            # Popen returns as soon as the process exists. The process has its own session: Ctrl-C in the
            # terminal reaches the demo alone, which then stops the server in order.
            self._process = subprocess.Popen(
                [sys.executable, "-m", "ledgerd", "serve"],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        port = await self._wait_for_port(self._process)
        self.target = f"127.0.0.1:{port}"
        if (why := await health.trouble(self.target)) is not None:
            raise DemoFailed(why)
        return self

    async def stop(self) -> None:
        """Stop the server and its PostgreSQL. Safe to repeat."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.poll() is None:
            process.terminate()
        try:
            await asyncio.to_thread(process.wait, _STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.returncode != 0:
            await self._stop_orphan()

    def remove(self) -> None:
        """Delete everything. Call after `stop`."""
        shutil.rmtree(self.directory, ignore_errors=True)

    def last_words(self) -> str:
        """The end of the server's log, for when something went wrong."""
        try:
            return "\n".join(self._log.read_text(errors="replace").splitlines()[-_LOG_LINES_SHOWN:])
        except OSError:
            return ""

    async def _wait_for_port(self, process: subprocess.Popen[bytes]) -> int:
        # The server chooses a free port and logs it. A port chosen here could be used by another process meanwhile.
        try:
            async with asyncio.timeout(_START_SECONDS):
                while (port := self._logged_port()) is None:
                    if process.poll() is not None:
                        raise DemoFailed(f"The server ended with code {process.returncode} before it served.")
                    await asyncio.sleep(_POLL_SECONDS)
        except TimeoutError:
            raise DemoFailed(f"The server did not serve within {_START_SECONDS:.0f} seconds.") from None
        return port

    def _logged_port(self) -> int | None:
        for line in self._log.read_text(errors="replace").splitlines():
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            if isinstance(entry, dict) and entry.get("event") == "serving":
                return int(entry["port"])
        return None

    async def _stop_orphan(self) -> None:
        # A server that was killed leaves its PostgreSQL running. The next owner adopts and stops it.
        try:
            await embedded.attach(self.data_dir)
        except embedded.EmbeddedError:
            return
        await (await embedded.EmbeddedPostgres.start(self.data_dir)).stop()


def _is_setting(name: str) -> bool:
    """Whether a variable would change the settings of the demo's server."""
    return name.startswith(("LEDGERD_", "DATABASE_URL", "REDIS_URL"))
