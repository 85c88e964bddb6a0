"""The repository about itself: sizes, leftovers, imports, and what its documents name."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
import typer.core
import typer.main

from ledgerd.cli import commands
from tests.repo import documents

ROOT = Path(__file__).parents[2]
PACKAGES = [ROOT / "src/ledgerd", ROOT / "clients/python/src/ledgerd_client"]
SOURCES = [path for package in PACKAGES for path in sorted(package.rglob("*.py"))]
TESTS = [path for path in sorted((ROOT / "tests").rglob("*.py")) if path != Path(__file__)]
TESTS += sorted((ROOT / "clients/python/tests").rglob("*.py"))
DOCUMENTS = documents.ALL

FILE_MAX_LINES = 400
FUNCTION_MAX_LINES = 65
HANDLER_MAX_STATEMENTS = 15

LEFTOVERS = re.compile("|".join(["TO" + "DO", "FIX" + "ME", r"#\s*XX" + "X", "HA" + "CK", "NotImplemented" + "Error"]))
MACHINE_PATHS = re.compile(r"(?<![\w.:])/(?:work|root|home|Users)/\w|\.\./shared|/shared/")
SKIPPED = re.compile(r"pytest\.(?:skip|xfail)|mark\.(?:skip|xfail)\b")
MOCKS = re.compile(r"unittest\.mock|MagicMock|mocker\b")


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def tracked() -> Iterator[Path]:
    """Every text file of ours that belongs to the repository, also if it is not committed yet."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for line in listed.stdout.splitlines():
        path = ROOT / line
        is_of_others = line.startswith("protos/third_party/")
        is_text = path.is_file() and path.suffix != ".binpb" and b"\0" not in path.read_bytes()[:1024]
        if is_text and not is_of_others and path != Path(__file__):
            yield path


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its docstring."""
    first = function.body[0]
    is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    described = (first.end_lineno or 0) - first.lineno + 1 if is_docstring else 0
    return (function.end_lineno or 0) - function.lineno + 1 - described


# Sizes -----------------------------------------------------------------------------------------


def test_no_module_is_too_long() -> None:
    lengths = {name(path): len(path.read_text().splitlines()) for path in (*SOURCES, *TESTS)}
    assert {path: lines for path, lines in lengths.items() if lines > FILE_MAX_LINES} == {}


def test_no_function_is_too_long() -> None:
    lengths = {
        (name(path), function.name): length(function) for path in (*SOURCES, *TESTS) for function in functions(path)
    }
    assert {where: lines for where, lines in lengths.items() if lines > FUNCTION_MAX_LINES} == {}


def test_handlers_decode_do_and_encode() -> None:
    counts = {
        (path.name, function.name): sum(isinstance(node, ast.stmt) for node in ast.walk(function)) - 1
        for path in sorted((ROOT / "src/ledgerd/rpc/servicers").glob("*.py"))
        for function in functions(path)
        if function.name[0].isupper()
    }
    assert len(counts) > 20
    assert {where: count for where, count in counts.items() if count > HANDLER_MAX_STATEMENTS} == {}


def test_the_core_awaits_nothing() -> None:
    waiting = (ast.Await, ast.AsyncFor, ast.AsyncWith, ast.AsyncFunctionDef)
    for path in (ROOT / "src/ledgerd/core").glob("*.py"):
        assert not [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, waiting)], path


def test_the_write_path_makes_no_union_of_types_at_each_call() -> None:
    """isinstance(x, A | B) makes the union whenever it runs, and takes three times as long as with (A, B)."""
    found = [
        f"{name(path)}:{node.lineno}"
        for path in SOURCES
        if path.is_relative_to(ROOT / "src/ledgerd/core") or path.is_relative_to(ROOT / "src/ledgerd/poster")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "isinstance"
        if isinstance(node.args[1], ast.BinOp)
    ]
    assert found == []


def test_no_float_comes_near_money() -> None:
    """In the core there is no float, and no division but that of whole numbers."""
    for path in (ROOT / "src/ledgerd/core").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            assert not (isinstance(node, ast.Name) and node.id in ("float", "Decimal")), path
            assert not (isinstance(node, ast.Constant) and isinstance(node.value, float)), path
            assert not isinstance(node, ast.Div), path


# Leftovers -------------------------------------------------------------------------------------


def test_nothing_is_left_over() -> None:
    found = {name(path) for path in tracked() if LEFTOVERS.search(path.read_text()) and path.suffix != ".txt"}
    assert found - GENERATED_OR_LEGAL == set()


GENERATED_OR_LEGAL = {name(path) for path in (ROOT / "protos/gen").rglob("*_pb2_grpc.py")} | {"LICENSE"}
"""grpc writes NotImplementedError into the servicers that it generates."""


def test_nothing_names_the_machine_that_it_was_written_on() -> None:
    found = {name(path): MACHINE_PATHS.findall(path.read_text()) for path in tracked()}
    assert {path: places for path, places in found.items() if places} == {}


def test_no_test_is_skipped_and_nothing_of_ours_is_mocked() -> None:
    found = {name(path): (SKIPPED.findall(text), MOCKS.findall(text)) for path in TESTS for text in [path.read_text()]}
    assert {path: places for path, places in found.items() if any(places)} == {}


def test_no_random_input_is_given_a_time() -> None:
    """An example that takes long on a busy machine is no fault. So only the profiles of the conftest say what
    Hypothesis checks beside the test itself, and none of them has a deadline."""
    profiles = [hypothesis.settings.default, hypothesis.settings.get_profile("programs")]
    assert [profile.deadline for profile in profiles] == [None, None]
    assert all(hypothesis.HealthCheck.too_slow in profile.suppress_health_check for profile in profiles)
    limits = {"deadline", "suppress_health_check"}
    own = {
        name(path)
        for path in TESTS
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.keyword) and node.arg in limits
    }
    assert own == {"tests/conftest.py"}


def test_every_test_asserts_something() -> None:
    """By itself, or by a function of the tests that it calls."""
    everything = [(path, function) for path in TESTS for function in functions(path)]
    asserting = {
        function.name for _, function in everything if any(isinstance(node, ast.Assert) for node in ast.walk(function))
    }
    asserting |= {"raises", "raise_exception", "timeout"}  # Those of pytest and asyncio that fail a test.
    while grown := {function.name for _, function in everything if _named(function) & asserting} - asserting:
        asserting |= grown
    silent = {(name(path), function.name) for path, function in everything if function.name.startswith("test_")}
    assert {(where, test) for where, test in silent if test not in asserting} == set()


def _named(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    nodes = list(ast.walk(function))
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    return names | {node.attr for node in nodes if isinstance(node, ast.Attribute)}


# Imports ---------------------------------------------------------------------------------------

_IMPORT_ALL = """
import importlib, pkgutil, socket, sys

def closed(*arguments, **options):
    raise OSError("sockets are disabled")

socket.socket.connect = socket.socket.bind = socket.create_connection = socket.getaddrinfo = closed

import ledgerd, ledgerd_client, ledgerapi.v1
count = 0
for package in (ledgerd, ledgerd_client, ledgerapi.v1):
    for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if not found.name.endswith("__main__"):
            importlib.import_module(found.name)
            count += 1
import threading, asyncio
assert threading.active_count() == 1, threading.enumerate()
print(count)
"""


def test_importing_any_module_does_nothing(tmp_path: Path) -> None:
    """In an empty environment, without sockets, from an empty directory that stays empty."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", _IMPORT_ALL],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert int(done.stdout) > 80
    assert list(tmp_path.iterdir()) == []


def test_the_import_contracts_hold() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


# Documents -------------------------------------------------------------------------------------


def targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def code_of(text: str) -> str:
    """What a document shows as code, inline and in blocks."""
    blocks = re.findall(r"```.*?```", text, re.DOTALL)
    return "\n".join([*blocks, *re.findall(r"`[^`\n]+`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))])


@pytest.mark.parametrize("path", DOCUMENTS, ids=name)
def test_the_commands_that_a_document_names_exist(path: Path) -> None:
    code = code_of(path.read_text())
    assert set(re.findall(r"\bmake ([a-z][a-z-]*)", code)) - targets() == set()
    assert set(re.findall(r"(?:^|[\s`/])ledgerd ([a-z]+)\b", code)) - _ledgerd_commands() == set()


def _ledgerd_commands() -> set[str]:
    made = typer.main.get_command(commands.cli)
    assert isinstance(made, typer.core.TyperGroup)
    return set(made.commands)


@pytest.mark.parametrize("path", DOCUMENTS, ids=name)
def test_the_files_that_a_document_names_exist(path: Path) -> None:
    text = path.read_text()
    linked = {link.partition("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link}
    named = set(re.findall(r"`((?:src|tests|protos|bench|clients|docs)/[\w./-]+\w)`", text))
    assert {link for link in linked if link and not (path.parent / link).exists()} == set()
    assert {place for place in named if not (ROOT / place).exists()} == set()


# What a log line may be given ------------------------------------------------------------------

LOGGERS = {"log", "_log", "logger"}
LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
SHOWS_VALUES = re.compile(r"dict_tracebacks|show_locals|ExceptionRenderer|RichTracebackFormatter|traceback\.format_exc")


def log_calls(path: Path) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_text())):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in LEVELS
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id in LOGGERS
        ):
            yield node


def may_quote(value: ast.expr) -> bool:
    """Texts that are put together, and exceptions: their messages may quote a row, a request or a DSN."""
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
        return value.func.id in {"repr", "format"} or any(map(may_quote, value.args))
    is_exception = isinstance(value, ast.Name) and value.id in {"error", "exception", "exc"}
    return is_exception or isinstance(value, ast.JoinedStr | ast.BinOp | ast.BoolOp)


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_no_log_line_is_given_what_may_quote_a_secret(path: Path) -> None:
    assert SHOWS_VALUES.findall(path.read_text()) == []
    for call in log_calls(path):
        assert isinstance(call.func, ast.Attribute)
        assert call.func.attr != "exception", f"line {call.lineno}: it takes no exc_info that says which"
        assert all(isinstance(event, ast.Constant | ast.IfExp | ast.Name) for event in call.args), call.lineno
        given = [key.value for key in call.keywords if key.arg != "exc_info"]
        assert [ast.unparse(value) for value in given if may_quote(value)] == [], call.lineno


def test_only_one_module_knows_the_standard_loggers() -> None:
    users = [name(path) for path in SOURCES if re.search(r"^import logging|getLogger", path.read_text(), re.MULTILINE)]
    assert users == ["src/ledgerd/logs.py"]
