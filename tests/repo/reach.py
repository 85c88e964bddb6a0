"""Which reasons a function can give: those that it and whatever it uses name, found by reading the source."""

import ast
import inspect
import textwrap
import typing
from collections.abc import Callable, Iterator
from types import FunctionType, ModuleType
from typing import Any

from ledgerd.core.model.rejection import Reason


def reasons(*entries: Callable[..., Any], beyond: Callable[[str], bool] = lambda module: False) -> set[Reason]:
    """Every reason that is named in these functions, or in any of the project's functions that they use, at any depth.

    A name is followed as Python would find it: in the module, in a class by the annotation of a parameter, by what was
    called to make a local variable, or by `self`. A reason that is only compared with is not given. Functions of
    modules that are `beyond` are not looked at.
    """
    given: set[Reason] = set()
    todo, seen = [*entries], set[Any]()
    while todo:
        used = inspect.unwrap(todo.pop())
        if used not in seen:
            seen.add(used)
            for value in _values(used):
                if isinstance(value, Reason):
                    given.add(value)
                else:
                    todo += [function for function in _functions(value) if not beyond(function.__module__)]
    return given


def _functions(value: Any) -> list[Callable[..., Any]]:
    """What may be called where this value is used."""
    if isinstance(value, FunctionType) and value.__module__.startswith("ledgerd."):
        is_written = not value.__code__.co_filename.startswith("<")  # A dataclass makes its own methods.
        return [value] if is_written else []
    if isinstance(value, type) and value.__module__.startswith("ledgerd."):
        return _functions(vars(value).get("__init__"))
    if isinstance(value, tuple | list):
        return [function for item in value for function in _functions(item)]
    if isinstance(value, dict):
        return [function for item in value.values() for function in _functions(item)]
    return []


def _values(function: Callable[..., Any]) -> Iterator[Any]:
    """The values that names in this function's body stand for."""
    if function.__name__ == "<lambda>":  # Its source cannot be told from what is around it.
        yield from (function.__globals__.get(name) for name in function.__code__.co_names)
        return
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(function))).body
    assert isinstance(tree, ast.FunctionDef | ast.AsyncFunctionDef), function
    names = function.__globals__ | _instances(function, tree)
    for statement in tree.body:
        for node in _walk(statement):
            yield _value(node, names)


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes that say what is done: not comparisons and annotations, and of an attribute not its beginnings."""
    if isinstance(node, ast.Compare | ast.arguments):
        return
    if isinstance(node, ast.Name | ast.Attribute):
        yield node
        while isinstance(node, ast.Attribute):
            node = node.value
        if isinstance(node, ast.Name):
            return
    for name, child in ast.iter_fields(node):
        if name not in ("annotation", "returns"):
            for item in child if isinstance(child, list) else [child]:
                if isinstance(item, ast.AST):
                    yield from _walk(item)


def _value(node: ast.AST, names: dict[str, Any]) -> Any:
    if isinstance(node, ast.Name):
        return names.get(node.id)
    if isinstance(node, ast.Attribute):
        owner = _value(node.value, names)
        if isinstance(owner, _Instance):
            return owner.attribute(node.attr)
        if isinstance(owner, type | ModuleType | tuple):
            return getattr(owner, node.attr, None)
    return None


class _Instance:
    """Some value of a class of the project."""

    def __init__(self, of: type) -> None:
        self._of = of

    def attribute(self, name: str) -> Any:
        """A method, or what the constructor was given under this name."""
        method = getattr(self._of, name, None)
        if isinstance(method, FunctionType):
            return method
        return _instance(_hints(self._of.__init__).get(name.removeprefix("_")))  # type: ignore[misc]


def _instances(function: Callable[..., Any], tree: ast.FunctionDef | ast.AsyncFunctionDef) -> dict[str, Any]:
    """What is known of the parameters, of `self`, and of the variables that are made by calling a class."""
    known = {name: _instance(hint) for name, hint in _hints(function).items()}
    owner = _owner(function)
    if owner is not None:
        known["self"] = _Instance(owner)
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and isinstance(node.targets[0], ast.Name):
            made = _value(node.value.func, function.__globals__)
            known[node.targets[0].id] = _instance(made)
    return known


def _instance(hint: Any) -> _Instance | None:
    return _Instance(hint) if isinstance(hint, type) and hint.__module__.startswith("ledgerd.") else None


def _owner(function: Callable[..., Any]) -> type | None:
    name = function.__qualname__.rpartition(".")[0]
    owner = function.__globals__.get(name)
    return owner if isinstance(owner, type) else None


def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    try:
        return typing.get_type_hints(function)
    except NameError:  # A name that is imported for type checkers alone.
        return {}
