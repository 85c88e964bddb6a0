"""`ledgerd verify` as an operator calls it: what it prints, what it leaves behind, and its exit codes."""

import asyncio
import io
import os
import re
import sys
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from rich.console import Console

from ledgerd.cli import commands
from ledgerd.cli.report import ProgressShown
from ledgerd.cli.verify import CANNOT_RUN, FOUND, PROVED, Head, Options, run_verify
from ledgerd.operations.verify import Progress
from ledgerd.starting import CannotStart
from tests.conftest import Server
from tests.journal.test_verify_checkpoint import placed
from tests.rpc import wire


async def run(dsn: str, **options: Any) -> tuple[int, str]:
    """The command's exit code and what it printed, not on a terminal."""
    text = io.StringIO()
    every: dict[str, Any] = {"expected": None, "since": None, "checkpoint": None, "connections": 2, **options}
    code = await run_verify(Console(file=text, width=200), dsn, Options(**every))
    return code, text.getvalue()


async def test_a_proof_its_head_and_its_checkpoint(
    server: Server, dsn: str, connection: asyncpg.Connection, tmp_path: Path
) -> None:
    path = tmp_path / "checkpoint"
    await wire.record(server, wire.from_world("one", "@Sales", 100))
    code, printed = await run(dsn, checkpoint=path)
    assert code == PROVED
    assert "The books hold." in printed
    assert f"checkpoint written to {path}" in printed
    kept = Head.parse(re.findall(r"^head (\S+)$", printed, re.MULTILINE)[0])
    assert kept is not None
    await wire.record(server, wire.from_world("two", "@Sales", 100))
    await placed(server, connection)  # A head moves when a commit has its position, which is a moment later.
    first = path.read_text()
    code, printed = await run(dsn, since=path, expected=kept, connections=1)
    assert code == PROVED
    assert f"What precedes position {kept.position} was not proved again" in printed
    assert path.read_text() != first


async def test_what_is_found_keeps_the_old_checkpoint(
    server: Server, dsn: str, connection: asyncpg.Connection, tmp_path: Path
) -> None:
    path = tmp_path / "checkpoint"
    assert (await run(dsn, checkpoint=path))[0] == PROVED
    first = path.read_text()
    await wire.record(server, wire.from_world("one", "@Sales", 100))
    await connection.execute("SET session_replication_role = replica")
    await connection.execute("UPDATE balances SET credit = credit + 1")
    code, printed = await run(dsn, since=path)
    assert code == FOUND
    assert "The books do not hold." in printed
    assert path.read_text() == first


async def test_a_head_that_history_does_not_lead_to_is_found(server: Server, dsn: str) -> None:
    code, printed = await run(dsn, expected=Head(10**6, bytes(32)))
    assert code == FOUND
    assert "history leads to the head that was kept: position 1000000 is not there" in printed


async def test_a_checkpoint_that_cannot_be_used_is_rejected(dsn: str, tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="cannot be read"):
        await run(dsn, since=tmp_path / "nowhere")
    (tmp_path / "foreign").write_text("{}")
    with pytest.raises(CannotStart, match="is not a checkpoint"):
        await run(dsn, since=tmp_path / "foreign")


async def test_exit_codes_of_the_command_itself(dsn: str) -> None:
    async def command(database: str, *arguments: str) -> int | None:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "ledgerd", "verify", *arguments),
            env={**os.environ, "DATABASE_URL": database, "COLUMNS": "200"},
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        return await process.wait()

    assert await command(dsn) == PROVED
    assert await command(dsn, "--expect-head", "5:" + "00" * 32) == FOUND
    assert await command(dsn, "--expect-head", "nonsense") == CANNOT_RUN
    assert await command(dsn, "--since-checkpoint", "/nowhere/checkpoint") == CANNOT_RUN
    assert await command("postgresql://nobody@/nothing?host=/nowhere") == CANNOT_RUN


def test_without_a_terminal_progress_is_told_in_lines() -> None:
    text = io.StringIO()
    with ProgressShown(Console(file=text, width=200), line_seconds=0) as shown:
        shown(Progress("entries", 1_000, 4_000))
    assert re.fullmatch(r"verifying: entries, 1,000 of 4,000 entries read, [\d,]+/s\n", text.getvalue())


def test_on_a_terminal_progress_is_one_line_that_changes() -> None:
    text = io.StringIO()
    with ProgressShown(Console(file=text, width=200, force_terminal=True)) as shown:
        shown(Progress("entries", 1_000, 4_000))
    assert "verifying" in text.getvalue()


def test_what_nobody_foresaw_is_not_taken_for_a_difference(capsys: pytest.CaptureFixture[str]) -> None:
    async def fails() -> None:
        raise RuntimeError("a password")

    with pytest.raises(SystemExit) as ended:
        commands._run(fails, failed=CANNOT_RUN)
    assert ended.value.code == CANNOT_RUN
    told = capsys.readouterr().err
    assert told.startswith("ledgerd failed:\nbuiltins.RuntimeError\n")
    assert "password" not in told
