"""Statements are described, declared and used."""

import ast
import re
from pathlib import Path

import asyncpg
import pytest

import ledgerd
from ledgerd.core.model.figures import DEFERRED
from ledgerd.store import queries, sql

SOURCES = Path(ledgerd.__file__).parent
FILES = sorted(path.name for path in (SOURCES / "store/queries").glob("*.sql"))
DECLARED = {constant: value for constant, value in vars(queries).items() if constant.isupper()}


class Known(sql.Statements):
    known: str


class Unknown(sql.Statements):
    known: str
    unknown: str


class Nothing(sql.Statements):
    pass


def test_a_file_fills_the_class_that_declares_its_statements() -> None:
    known = sql.load(Known, "batches.sql").known
    assert known.startswith("SELECT")
    assert known.endswith("FROM batch_runs")


def test_a_declared_name_without_a_statement_is_an_error() -> None:
    with pytest.raises(TypeError, match="Unknown and its file differ in unknown"):
        sql.load(Unknown, "batches.sql")


def test_a_statement_without_a_declared_name_is_an_error() -> None:
    with pytest.raises(TypeError, match="Nothing and its file differ in known"):
        sql.load(Nothing, "batches.sql")


def test_every_file_is_loaded() -> None:
    assert {f"{constant.lower()}.sql" for constant in DECLARED} == set(FILES)


@pytest.mark.parametrize("file_name", FILES)
def test_every_statement_has_a_name_of_its_own_and_a_description(file_name: str) -> None:
    named = sql.named(sql.read(file_name))
    assert len(dict(named)) == len(named)
    assert [name for name, text in named if not text.startswith("-- ")] == []


def test_every_statement_is_used() -> None:
    used = {name for path in SOURCES.rglob("*.py") for name in _used(ast.parse(path.read_text()))}
    declared = {(constant, name) for constant, value in DECLARED.items() for name in vars(value)}
    assert declared - used == set()


def test_the_deferred_statuses_are_those_of_core() -> None:
    """Statements take them from there; the schema repeats them, in constraints, indexes and a trigger."""
    deferred = ", ".join(f"'{status}'" for status in ("QUEUED", "SCHEDULED", "IN_REVIEW"))
    assert set(re.findall(r"\w+", deferred)) == DEFERRED
    assert queries.DEFERRED.backlog.endswith(f"WHERE status IN ({deferred})")
    assert [name for name in FILES if deferred in sql.read(name)] == []
    schema = (SOURCES / "store/schema.sql").read_text()
    assert schema.count(deferred) == schema.count("'IN_REVIEW'") > 0


async def test_what_is_deferred_is_found_by_its_indexes(connection: asyncpg.Connection) -> None:
    await connection.execute("SET enable_seqscan = off")
    plan = await connection.fetch(f"EXPLAIN {queries.DEFERRED.queued}", "{}")
    used = {index for row in plan for index in re.findall(r"transactions_\w+", row[0])}
    assert used == {"transactions_deferred_by_source", "transactions_deferred_by_destination"}


def _used(module: ast.Module) -> set[tuple[str, str]]:
    """Statements that a module takes from ``queries``, under its name or another."""
    names = {
        target.id: value.attr
        for node in module.body
        if isinstance(node, ast.Assign) and isinstance(value := node.value, ast.Attribute)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    used = set()
    for node in ast.walk(module):
        if isinstance(node, ast.Attribute):
            match node.value:
                case ast.Name(id=name) if name in names:
                    used.add((names[name], node.attr))
                case ast.Attribute(value=ast.Name(id="queries"), attr=constant):
                    used.add((constant, node.attr))
    return used
