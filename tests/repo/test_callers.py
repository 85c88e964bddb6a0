"""Every operation is told who asks, and so is the write path whatever it is given."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.repo.test_source import ROOT, name

SOURCE = ROOT / "src/ledgerd"
OPERATIONS = sorted(path for path in (SOURCE / "operations").glob("*.py"))
SERVICERS = sorted(
    [*(SOURCE / "rpc/servicers").glob("*.py"), *(SOURCE / "rpc").glob("*stream.py"), SOURCE / "wire/paging.py"]
)
TOOLS = {
    "adjustment_calls.chosen_once",
    "adjustment_calls.earlier",
    "adjustment_calls.remember",
    "creation.all_once",
    "creation.earlier",
    "creation.is_known",
    "creation.once",
    "unit.write",
    "uploads.bring",
}
"""What operations are made with. They have no caller of their own."""


def operations() -> Iterator[tuple[str, list[str]]]:
    """Each public coroutine whose first argument is the engine, with the types of its positional arguments."""
    for path in OPERATIONS:
        for node in ast.parse(path.read_text()).body:
            if not isinstance(node, ast.AsyncFunctionDef) or node.name.startswith("_"):
                continue
            types = [ast.unparse(argument.annotation) for argument in node.args.args if argument.annotation]
            if types[:1] == ["Engine"]:
                yield f"{path.stem}.{node.name}", types


def calls(path: Path) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            yield node


def test_every_operation_is_told_who_asks() -> None:
    found = dict(operations())
    assert len(found) > 25
    assert {operation for operation, types in found.items() if types[1:2] != ["Caller"]} == TOOLS


def test_servicers_call_operations_only() -> None:
    """What they call of a module of operations is one of those above, so nothing goes round the caller."""
    named, modules = dict(operations()), {path.stem for path in OPERATIONS}
    called = set()
    for path in SERVICERS:
        imported = {
            alias.name
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.ImportFrom) and node.module == "ledgerd.operations"
            for alias in node.names
        }
        for call in calls(path):
            operation = ast.unparse(call.func)
            module, _, function = operation.partition(".")
            if module in imported & modules and function[:1].islower():
                called.add(operation)
    assert len(called) > 20
    assert called - named.keys() == set()


def test_the_write_path_is_told_who_asks() -> None:
    submitted = [
        (name(path), call.lineno, {keyword.arg for keyword in call.keywords})
        for path in sorted(SOURCE.rglob("*.py"))
        for call in calls(path)
        if ast.unparse(call.func).endswith(("poster.submit", "poster.preview"))
    ]
    assert len(submitted) >= 7
    assert [(path, line) for path, line, given in submitted if "caller" not in given] == []
