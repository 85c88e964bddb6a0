"""Only ``store`` and ``journal`` talk to PostgreSQL."""

import ast
from pathlib import Path

import asyncpg
import pytest

import ledgerd

ROOT = Path(ledgerd.__file__).parent
AT_HOME = ("store/", "journal/")

EXCUSED = {
    "embedded/server.py": "asks a server that it has started whether it answers, before a store can have anything",
}
METHODS = {
    name for name in dir(asyncpg.Connection) if name.startswith(("fetch", "execute", "copy_", "cursor", "prepare"))
}


def sql_calls(text: str) -> list[int]:
    """The lines that name a method of asyncpg which sends a statement.

    A method of a module of ours or of ``self`` is something else; so is a call without arguments, because every
    statement is one, and a cursor that is not called, because places in the journal have that name.
    """
    module = ast.parse(text)
    others = {"self", "cls", *_modules(module)}
    calls = {id(node.func): bool(node.args or node.keywords) for node in ast.walk(module) if isinstance(node, ast.Call)}
    return [
        node.lineno
        for node in ast.walk(module)
        if isinstance(node, ast.Attribute)
        and node.attr in METHODS
        and calls.get(id(node), node.attr != "cursor")
        and not (isinstance(node.value, ast.Name) and node.value.id in others)
    ]


def _modules(module: ast.Module) -> set[str]:
    """The names under which a module knows other modules of the package."""
    return {
        alias.asname or alias.name
        for node in ast.walk(module)
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == ROOT.name
        for alias in node.names
        for path in [ROOT.parent.joinpath(*(node.module or "").split("."), alias.name)]
        if path.is_dir() or path.with_suffix(".py").exists()
    }


def test_sql_is_called_in_store_and_journal_only() -> None:
    found = {}
    for path in sorted(ROOT.rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if not name.startswith(AT_HOME) and (lines := sql_calls(path.read_text())):
            found[name] = lines
    assert {name: lines for name, lines in found.items() if name not in EXCUSED} == {}
    assert EXCUSED.keys() - found.keys() == set(), "an excuse that nobody needs"


@pytest.mark.parametrize(
    "text",
    [
        "await connection.fetch('SELECT 1')",
        "await self._connection.fetchval(query, 1)",
        "async for row in pool.cursor(query): pass",
        "await connection.copy_records_to_table('t', records=rows)",
        "run = connection.execute",
        "await (await connect()).executemany(query, rows)",
        "statement = await connection.prepare(query)",
        "from elsewhere import pool\nawait pool.fetchrow(query)",
    ],
)
def test_a_call_is_seen(text: str) -> None:
    assert sql_calls(text) == [text.count("\n") + 1]


@pytest.mark.parametrize(
    "text",
    [
        "await pipeline.execute()",
        "self.execute(task)",
        "from ledgerd.store import pool\nawait pool.prepare(connection)",
        "from ledgerd.store import plan_writer as writer\nawait writer.execute(plan)",
        "await connection.transaction()",
        "rows = fetch(connection)",
        "text = entry.cursor.text()",
    ],
)
def test_what_only_looks_like_a_call_is_not(text: str) -> None:
    assert sql_calls(text) == []
