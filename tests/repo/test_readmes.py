"""Every block of the documents is run as a new user would: literally, in their order, in a checkout of its own.

Three things differ. The environment is the one of these tests, because making it anew takes a minute; its code is that
of the repository, which the checkout is a copy of. The port is a free one wherever 50051 is written. And lines that run
all this themselves, or measure for minutes, are left out, by name.
"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
import yaml

from ledgerd import config
from ledgerd.reconciliation.matching.checking import problems_of
from ledgerd.store.rule_json import load_rules
from tests.repo import documents
from tests.repo.checkout import copy_of_the_repository

ROOT = documents.ROOT
OPERATIONS = ROOT / "docs/operations.md"
RUN = [ROOT / "CONTRIBUTING.md", *documents.READMES, OPERATIONS]
LANGUAGES = {"sh", "python", "ini", "yaml", "text", "xml", "json"}
LEFT_OUT = {
    "make test": "is what runs this",
    "make check": "is run beside the tests",
    "make bench": "measures for minutes",
    "make soak": "goes on for as long as one likes",
    "make newest": "is run beside the tests, and makes an environment",
    "make lock": "asks the package index",
    "make stubs": "needs the tools and registries of other languages",
    "make pin": "changes on purpose what later changes are compared with",
}
PATIENCE_SECONDS = 300
EXPORTED = ".exported"


class Checkout:
    """A copy of the repository with an environment, and a terminal in it."""

    def __init__(self, folder: Path, data: Path, port: int) -> None:
        self.folder = copy_of_the_repository(folder)
        self.server: subprocess.Popen[bytes] | None = None
        not_a_users = ("MAKE", "MFLAGS", "LEDGERD_", "DATABASE_URL", "REDIS_URL")
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith(not_a_users)} | {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "LEDGERD_LISTEN": f"127.0.0.1:{port}",
            "LEDGERD_DATA_DIR": str(data),
        }
        self._use_this_environment()
        for path in RUN:
            copy = folder / path.relative_to(ROOT)
            copy.write_text(copy.read_text().replace("50051", str(port)))

    def _use_this_environment(self) -> None:
        venv = self.folder / ".venv"
        venv.mkdir()
        for name in ("bin", "lib", "pyvenv.cfg"):
            (venv / name).symlink_to(Path(sys.prefix) / name)
        (venv / ".ready").touch()

    def follow(self, path: Path) -> str:
        """Do what a document shows; returns what was printed."""
        printed = ""
        for block in documents.blocks(self.folder / path.relative_to(ROOT)):
            if block.language == "python":
                assert block.file is not None, f"{path} does not say into which file this goes:\n{block.text}"
                (self.folder / block.file).write_text(block.text)
            elif block.text == "make serve\n":
                self.serve()
            elif block.language == "sh":
                lines = [line for line in block.text.splitlines() if not line.startswith(tuple(LEFT_OUT))]
                printed += self.run("\n".join(lines))
        return printed

    def run(self, lines: str) -> str:
        """Lines that are typed into bash; what one block exports is there for the next."""
        script = f"set -euo pipefail\n[ ! -e {EXPORTED} ] || . ./{EXPORTED}\n{lines}\nexport -p > {EXPORTED}\n"
        done = subprocess.run(
            ("bash", "-c", script),
            cwd=self.folder,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
        assert done.returncode == 0, f"{lines}\n\n{done.stdout}"
        return done.stdout

    def serve(self) -> None:
        """Type it into a terminal of its own, and wait until the server serves."""
        log = self.folder / "server.log"
        with log.open("wb") as output:
            self.server = subprocess.Popen(
                ("make", "serve"),
                cwd=self.folder,
                env=self._environment,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        ending = time.monotonic() + PATIENCE_SECONDS
        while '"serving"' not in log.read_text():
            assert self.server.poll() is None, log.read_text()
            assert time.monotonic() < ending, log.read_text()
            time.sleep(0.1)

    def leave(self) -> None:
        """Press Ctrl-C in the server's terminal."""
        if self.server is not None:
            os.killpg(self.server.pid, signal.SIGINT)
            self.server.wait(PATIENCE_SECONDS)


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Checkout]:
    # Short, because of the socket below it, and open to PostgreSQL's own user.
    data = Path(tempfile.mkdtemp(prefix="lgd", dir="/tmp"))
    data.chmod(0o755)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    made = Checkout(tmp_path, data / "data", port)
    yield made
    made.leave()
    shutil.rmtree(data, ignore_errors=True)


@pytest.mark.slow
def test_every_block_works_as_it_is_written(checkout: Checkout) -> None:
    printed = {path: checkout.follow(path) for path in RUN}
    assert not [path for path, text in printed.items() if "Traceback" in text]
    assert re.search(r"^txn_\w+ 12050$", printed[ROOT / "README.md"], re.MULTILINE)
    assert "The books hold" in printed[OPERATIONS]
    for path in ("protos/gen/ledgerapi/v1/draft_pb2.py", "protos/gen/ledgerapi/v1/descriptor_set.binpb", "Makefile"):
        assert (checkout.folder / path).read_bytes() == (ROOT / path).read_bytes()


@pytest.mark.parametrize("path", documents.ALL, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_block_has_a_language(path: Path) -> None:
    assert {block.language for block in documents.blocks(path)} <= LANGUAGES
    assert path in RUN or not [block for block in documents.blocks(path) if block.language in ("sh", "python")]


def test_the_rules_that_are_shown_are_rules() -> None:
    blocks = [
        block.text for block in documents.blocks(ROOT / "docs/design/reconciliation.md") if block.language == "json"
    ]
    shown = [json.loads(text) | {"id": "0" * 32, "version": 1} for block in blocks for text in block.split("\n\n")]
    assert [problems_of(rule) for rule in load_rules(json.dumps(shown))] == [()] * 6


def test_what_is_left_out_is_named_in_a_document() -> None:
    lines = [line for path in RUN for block in documents.blocks(path) for line in block.text.splitlines()]
    assert [word for word in LEFT_OUT if not any(line.startswith(word) for line in lines)] == []


async def test_postgresql_takes_the_settings_that_are_advised(connection: asyncpg.Connection) -> None:
    (block,) = [block for block in documents.blocks(OPERATIONS) if block.language == "ini"]
    advised = re.findall(r"^(\w+) = (\S+)", block.text, re.MULTILINE)
    assert len(advised) == len(block.text.splitlines())
    async with connection.transaction():
        for name, value in advised:
            await connection.execute("SELECT set_config($1, $2, true)", name, value)


def test_the_pod_has_settings_that_exist_and_time_to_stop() -> None:
    (block,) = [block for block in documents.blocks(OPERATIONS) if block.language == "yaml"]
    pod = yaml.safe_load(block.text)["spec"]
    (container,) = pod["containers"]
    values = {variable["name"]: variable["value"] for variable in container["env"]}
    config.read({name: value for name, value in values.items() if not name.endswith("_FILE")})
    assert {name.removesuffix("_FILE") for name in values} <= config.names().keys()
    ports = {f"{values['LEDGERD_LISTEN'].rpartition(':')[2]}", values["LEDGERD_METRICS_PORT"]}
    assert {str(port["containerPort"]) for port in container["ports"]} == ports
    pause = int(container["lifecycle"]["preStop"]["exec"]["command"][1])
    assert pod["terminationGracePeriodSeconds"] > pause + 2 * config.Config().stop_grace_seconds
